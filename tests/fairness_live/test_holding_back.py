"""What is shown of groups that cut across each other gives no small group away, not even by subtraction."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.fairness.live.contrasts import band, followers_from, thirds
from evenhand.fairness.live.holding_back import held_back

LEAST = 10
CLASSES = st.lists(
    st.tuples(
        st.sampled_from(["form", "mail", "mastodon", "bluesky"]),
        st.sampled_from(["en", "es"]),
        st.sampled_from(["oakland", "fresno", "davis"]),
        st.integers(1, 60),
    ),
    min_size=1,
    max_size=25,
)


def _named(door: str, language: str, place: str) -> frozenset[tuple[str, str]]:
    public = "public" if door in ("mastodon", "bluesky") else "private"
    return frozenset({("door", door), ("public", public), ("language", language), ("place", place)})


def _shown(rows: list[tuple[str, str, str, int]]) -> tuple[dict[frozenset, int], dict[tuple[str, str], set], dict]:
    counts: dict[frozenset, int] = {}
    for door, language, place, count in rows:
        key = _named(door, language, place)
        counts[key] = counts.get(key, 0) + count
    classes = list(counts)
    held = held_back(classes, [counts[each] for each in classes], LEAST)
    names = {name for each in classes for name in each} - set(held)
    return counts, {name: {each for each in classes if name in each} for name in names}, held


def test_a_group_of_few_is_held_back_and_so_is_the_one_that_would_give_it_away():
    doors = (("form", 500), ("mastodon", 96), ("bluesky", 4))
    _, shown, held = _shown([(door, "en", "oakland", count) for door, count in doors])
    assert "fewer than 10 cases" in held["door", "bluesky"]
    assert "subtracted" in held["door", "mastodon"]
    assert ("public", "public") in shown
    assert ("door", "form") in shown


def test_the_only_other_group_is_held_back_with_a_small_one_because_the_whole_is_known():
    _, _, held = _shown([("form", "en", "oakland", 500), ("form", "es", "oakland", 3)])
    assert set(held) == {("language", "es"), ("language", "en")}


def test_groups_that_are_large_together_and_apart_are_all_shown():
    _, shown, held = _shown(
        [(door, language, "oakland", 200) for door in ("form", "mail", "mastodon") for language in ("en", "es")]
    )
    assert held == {}
    assert len(shown) == 8


@given(rows=CLASSES)
def test_no_small_group_shows_and_none_is_what_is_left_of_two_or_three(rows):
    counts, shown, _ = _shown(rows)
    everybody = set(counts)
    sets = [everybody, *shown.values()]

    def size(some: set) -> int:
        return sum(counts[each] for each in some)

    for one in shown.values():
        assert size(one) >= LEAST
    for one, other in combinations(sets, 2):
        for large, small in ((one, other), (other, one)):
            if small < large:
                assert size(large - small) >= LEAST
    for whole in sets:
        for one, other in combinations(sets, 2):
            if one and other and not one & other and one | other < whole:
                assert size(whole - one - other) >= LEAST


@pytest.mark.parametrize(("classes", "counts", "least"), [([frozenset()], [], 10), ([], [], 1)])
def test_what_makes_no_sense_is_refused(classes, counts, least):
    with pytest.raises(ValueError):
        held_back(classes, counts, least)


@pytest.mark.parametrize(
    ("reach", "expected"),
    [
        ({}, None),
        (None, None),
        ({"followers": 0}, 0),
        ({"followers": 9}, 4),
        ({"followers": 99_999}, 20),
        ({"followers": "many"}, None),
        ({"followers": True}, None),
        ({"followers": -3}, None),
        ({"followers": 10**15}, None),
    ],
)
def test_reach_is_kept_as_a_band_and_never_as_a_number(reach, expected):
    assert band(reach) == expected


def test_thirds_are_as_near_to_thirds_as_bands_allow():
    assert thirds(list(range(30)) * 3) == [10, 20]
    assert thirds([0] * 60 + [5] * 20 + [9] * 20) == [5, 9]
    assert thirds([4] * 200) is None
    assert thirds(list(range(30))) is None, "too few to cut"
    assert followers_from(12) == 999


@given(bands=st.lists(st.integers(0, 40), min_size=90, max_size=400))
def test_every_third_has_somebody_in_it_or_there_are_none(bands):
    cuts = thirds(bands)
    if cuts is not None:
        assert cuts[0] < cuts[1]
        assert {sum(each >= cut for cut in cuts) for each in bands} == {0, 1, 2}
