"""Nobody learns a small group's figure: not by reading it, not by subtracting."""

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from evenhand.stats.suppression import Shown, to_hide, with_sums

TABLES = arrays(np.int64, st.tuples(st.integers(1, 4), st.integers(1, 4)), elements=st.integers(0, 40))


def test_a_small_group_is_blank_and_so_is_another_that_the_sum_would_give_it_back_by():
    assert to_hide(np.array([4, 50, 30])).tolist() == [True, False, True, False]


def test_small_groups_that_are_small_together_take_a_large_one_with_them():
    assert to_hide(np.array([4, 3, 60])).tolist() == [True, True, True, False]
    assert to_hide(np.array([4, 8, 60])).tolist() == [True, True, False, False]


def test_where_all_are_few_the_sum_is_blank_too():
    assert to_hide(np.array([4, 3])).tolist() == [True, True, True]


def test_nothing_small_hides_nothing_and_nobody_is_no_group():
    assert not to_hide(np.array([[10, 0], [30, 12]])).any()


def test_in_a_table_a_blank_needs_one_beside_it_each_way():
    blank = to_hide(np.array([[5, 40, 60], [30, 20, 50], [70, 90, 80]]))
    assert blank.sum() == 4
    assert set(zip(*(i.tolist() for i in np.nonzero(blank)), strict=True)) == {(0, 0), (0, 1), (1, 0), (1, 1)}


def given_back(table: np.ndarray, blank: np.ndarray) -> set[tuple[int, int]]:
    """What subtracting finds out: any line with one blank gives it back, again and again."""
    known, found = ~blank, set()
    while True:
        lines = [[(r, c) for c in range(blank.shape[1])] for r in range(blank.shape[0])]
        lines += [[(r, c) for r in range(blank.shape[0])] for c in range(blank.shape[1])]
        new = {dark[0] for line in lines if len(dark := [place for place in line if not known[place]]) == 1}
        if not new:
            return found
        found |= new
        for place in new:
            known[place] = True


@settings(max_examples=60, deadline=None)
@given(TABLES)
def test_subtracting_gives_no_blank_back(table: np.ndarray):
    blank, full = to_hide(table), with_sums(table)
    assert blank[(full > 0) & (full < 10)].all()
    assert given_back(full, blank) == set()
    if not ((table > 0) & (table < 10)).any():
        assert not blank.any()


@settings(max_examples=30, deadline=None)
@given(arrays(np.int64, (2, 3, 2), elements=st.integers(0, 40)))
def test_a_table_with_three_sides_can_be_filled_otherwise_with_all_that_is_shown_kept(table: np.ndarray):
    blank = to_hide(table)
    places = np.argwhere(blank)
    if not len(places):
        return
    # For each blank there is a change of the hidden numbers that moves it and moves no sum that is shown.
    size = table.size
    weights = np.stack(
        [with_sums(np.eye(size, dtype=int)[i].reshape(table.shape)).ravel() for i in range(size)], axis=1
    )
    shown = weights[~blank.ravel()]
    for place in np.flatnonzero(blank.ravel()):
        more = np.vstack([shown, weights[place]])
        assert np.linalg.matrix_rank(more) > np.linalg.matrix_rank(shown)


def test_two_filters_that_differ_by_few_are_not_both_shown():
    shown = Shown()
    assert shown.show(range(100))
    assert not shown.show(range(95))
    assert "before" in shown.reason_against(range(95))
    assert shown.show(range(50))
    assert shown.show(range(100))
    assert not shown.show(range(7))
    assert "fewer than 10" in shown.reason_against(range(7))
    assert shown.show([])


def test_three_filters_that_give_away_a_few_together_are_not_all_shown():
    shown = Shown()
    assert shown.show(range(60))
    assert shown.show(range(40, 100))
    assert not shown.show(range(103))
    assert shown.show(range(200))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sets(st.integers(0, 11), min_size=1), min_size=1, max_size=6))
def test_no_two_figures_shown_ever_differ_by_a_small_group(filters: list[set[int]]):
    shown = Shown(least=4)
    for people in filters:
        shown.show(people)
    for one, two in combinations(shown.groups, 2):
        for difference in (one - two, two - one):
            assert len(difference) == 0 or len(difference) >= 4
    assert all(len(group) >= 4 for group in shown.groups)
