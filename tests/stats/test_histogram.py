"""Counts that can be added to in any parts give what the rows themselves give, at a cost that history does not move."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.stats.histogram import Histogram
from evenhand.stats.log_rank import log_rank, risk_sets
from evenhand.stats.survival import kaplan_meier

HORIZONS = [30, 45, 60]
CASES = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 90), st.booleans()), min_size=1, max_size=80
)


def counted(cases: list[tuple[int, int, int, bool]]) -> Histogram:
    histogram = Histogram(HORIZONS, 3)
    if cases:
        histogram.add(*(np.array(column) for column in zip(*cases, strict=True)))
    return histogram


@given(CASES, st.randoms(use_true_random=False), st.integers(0, 80), st.integers(0, 80))
def test_histograms_merge_in_any_parts_and_order(cases: list[tuple[int, int, int, bool]], random, a: int, b: int):
    mixed, (first, second) = random.sample(cases, len(cases)), sorted((a, b))
    one, two, three = counted(mixed[:first]), counted(mixed[first:second]), counted(mixed[second:])
    assert one.merged(two).merged(three) == three.merged(one.merged(two)) == counted(cases)
    assert int(counted(cases).total().sum()) == len(cases)


@given(CASES)
def test_a_curve_from_counts_is_the_curve_from_rows(cases: list[tuple[int, int, int, bool]]):
    for group in {g for _, g, _, _ in cases}:
        of_group = [(min(m, 31), e and m <= 30) for _, g, m, e in cases if g == group]
        ours = counted(cases).curve(group)
        rows = kaplan_meier(np.array([m for m, _ in of_group]), np.array([e for _, e in of_group]))
        np.testing.assert_array_equal(ours.survival, rows.survival)
        np.testing.assert_array_equal(ours.at_risk, rows.at_risk)
        assert ours.restricted_mean(30) == rows.restricted_mean(30)


@given(CASES)
def test_tests_from_counts_are_tests_from_rows(cases: list[tuple[int, int, int, bool]]):
    need, group, minute, ended = (np.array(column) for column in zip(*cases, strict=True))
    limit = np.array(HORIZONS)[need]
    rows = risk_sets(np.minimum(minute, limit + 1), ended & (minute <= limit), group, need, groups=3)
    counts = counted(cases).risk_sets()
    for name in ("stratum", "time", "events", "at_risk"):
        np.testing.assert_array_equal(getattr(rows, name), getattr(counts, name))
    assert log_rank(counts).chi_square == log_rank(rows).chi_square


@given(CASES)
def test_the_table_of_counts_makes_the_histogram_again(cases: list[tuple[int, int, int, bool]]):
    rows = counted(cases).rows()
    again = Histogram(HORIZONS, 3)
    again.add(rows.need, rows.group, rows.minute, rows.is_answered, rows.count)
    assert again == counted(cases)
    assert (rows.count > 0).all()


def test_open_cases_lie_over_the_closed_ones_for_a_night():
    closed = counted([(0, 1, 5, True), (0, 1, 9, True)])
    tonight = closed.merged(counted([(0, 1, 7, False)]))
    assert tonight.curve(1).at_risk.tolist() == [3, 2, 1]
    assert closed.total()[0, 1] == 2
    assert tonight.share_within(0, 1, 5) == (1, 3)


def test_a_wait_beyond_the_horizon_is_known_to_be_longer_and_no_more():
    histogram = counted([(0, 0, 30, True), (0, 0, 31, True), (0, 0, 10**6, True)])
    assert histogram.share_within(0, 0, 30) == (1, 3)
    assert histogram.rows().minute.tolist() == [30, 31]
    assert histogram.rows().is_answered.tolist() == [True, False]


def a_night(cases: int, seed: int) -> list[np.ndarray]:
    chance = np.random.default_rng(seed)
    need = chance.integers(0, 20, cases)
    return [need, chance.integers(0, 6, cases), chance.exponential(1500, cases).astype(int), chance.random(cases) < 0.9]


def test_a_night_adds_its_cases_and_no_room():
    histogram = Histogram(np.linspace(180, 4320, 20).astype(int), 6)
    histogram.add(*a_night(1_000_000, 0))
    size, room = histogram.total().sum(), len(pickle.dumps(histogram))
    for night in range(3):
        histogram.add(*a_night(10_000, night + 1))
    assert histogram.total().sum() == size + 30_000
    assert len(pickle.dumps(histogram)) <= 1.01 * room


def test_what_cannot_be_counted_is_refused_and_nothing_is_added():
    histogram = counted([(0, 0, 1, True)])
    for wrong in ([(3, 0, 1, True)], [(0, 3, 1, True)], [(0, 0, -1, True)]):
        with pytest.raises(ValueError):
            histogram.add(*(np.array(column) for column in zip(*wrong, strict=True)))
    assert histogram == counted([(0, 0, 1, True)])
    with pytest.raises(ValueError):
        histogram.merged(Histogram([30], 3))
    with pytest.raises(ValueError):
        histogram.curve(2)
    with pytest.raises(ValueError):
        Histogram([], 2)
