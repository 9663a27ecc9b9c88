"""What a nightly audit keeps: any parts in any order are the whole, and a night costs the same after any history."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.stats.log_rank import log_rank_sums
from evenhand.stats.series import Cases, Series, StratumTwice

HORIZONS = [30, 45, 60]
EMPTY = Series.new(HORIZONS, 3, ("kept", "wait", "amount"))
CASES = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 5), st.integers(0, 2), st.integers(0, 90), st.booleans()),
    min_size=1,
    max_size=60,
)
Columns = list[np.ndarray]


def cases_of(columns: Columns) -> Cases:
    need, day, group, minute, ended = columns
    outcomes = {"kept": ended, "wait": minute * 1.0, "amount": np.where(minute % 7, minute * 0.25, np.nan)}
    return Cases(need, day, group, minute, ended, outcomes)


def columns(cases: list[tuple[int, int, int, int, bool]]) -> Columns:
    return [np.array(column) for column in zip(*cases, strict=True)]


def same(one: Series, other: Series) -> None:
    assert one.waits == other.waits
    np.testing.assert_array_equal(one.strata, other.strata)
    np.testing.assert_array_equal(one.tested.observed, other.tested.observed)
    np.testing.assert_allclose(one.tested.expected, other.tested.expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(one.tested.covariance, other.tested.covariance, rtol=1e-9, atol=1e-12)
    for name, cells in one.cells.items():
        for column in ("need", "day", "n", "total", "squares"):
            np.testing.assert_array_equal(getattr(cells, column), getattr(other.cells[name], column))


@given(CASES, st.randoms(use_true_random=False), st.integers(1, 4))
def test_nights_in_any_order_and_any_parts_are_what_all_rows_at_once_are(
    cases: list[tuple[int, int, int, int, bool]], random, parts: int
):
    whole = EMPTY.of(cases_of(columns(cases)))
    night = {stratum: random.randrange(parts) for stratum in sorted({c[:2] for c in cases})}
    nights = [[c for c in random.sample(cases, len(cases)) if night[c[:2]] == k] for k in range(parts)]
    one_by_one = EMPTY
    for some in nights:
        if some:
            one_by_one = one_by_one.with_cases(cases_of(columns(some)))
    same(one_by_one, whole)
    series = [EMPTY.of(cases_of(columns(some))) for some in nights if some]
    while len(series) > 1:
        a, b = (series.pop(random.randrange(len(series))) for _ in range(2))
        series.append(a.merged(b))
    same(series[0], whole)


@given(CASES)
def test_a_series_is_audited_as_its_rows_would_be(cases: list[tuple[int, int, int, int, bool]]):
    need, day, group, minute, ended = columns(cases)
    series = EMPTY.of(cases_of(columns(cases)))
    last = np.array(HORIZONS)[need]
    rows = log_rank_sums(np.minimum(minute, last + 1), ended & (minute <= last), group, day * 3 + need, groups=3).test()
    assert series.tested.test().chi_square == rows.chi_square
    assert series.cells["kept"].n.sum() == len(cases)
    assert series.cells["amount"].n.sum() == (minute % 7 > 0).sum()
    assert series.cells["kept"].total.sum() == ended.sum()
    assert series.waits.total().sum() == len(cases)


@given(CASES)
def test_a_series_comes_back_from_its_columns(cases: list[tuple[int, int, int, int, bool]]):
    series = EMPTY.of(cases_of(columns(cases)))
    same(Series.from_arrays(series.arrays()), series)
    same(Series.from_arrays(EMPTY.arrays()), EMPTY)


def test_a_stratum_is_added_once_and_whole():
    first = cases_of(columns([(0, 2, 0, 5, True), (1, 2, 1, 5, True)]))
    series = EMPTY.with_cases(first)
    with pytest.raises(StratumTwice) as refused:
        series.with_cases(cases_of(columns([(0, 2, 1, 9, True), (0, 3, 1, 9, True)])))
    assert (refused.value.need, refused.value.day) == (0, 2)
    assert series.waits.total().sum() == 2


def test_young_cases_lie_over_the_series_for_a_night():
    series = EMPTY.with_cases(cases_of(columns([(0, 2, 0, 5, True), (0, 2, 1, 9, True)])))
    tonight = series.provisional([0], [1], [7], [False])
    assert tonight.curve(1).at_risk.tolist() == [2, 1]
    assert series.waits.total()[0, 1] == 1


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError):
        EMPTY.merged(Series.new([30, 45], 3, ("kept", "wait", "amount")))
    with pytest.raises(ValueError):
        EMPTY.merged(Series.new(HORIZONS, 3, ("kept",)))
    cases = cases_of(columns([(0, 2, 0, 5, True)]))
    with pytest.raises(ValueError):
        Series.new(HORIZONS, 3, ("kept",)).of(cases)
    with pytest.raises(ValueError):
        EMPTY.of(cases_of(columns([(3, 2, 0, 5, True)])))


def a_past(days: int, first: int = 0) -> Cases:
    chance = np.random.default_rng(days)
    size = days * 5000
    need, group = chance.integers(0, 20, size), chance.integers(0, 6, size)
    minute = chance.exponential(1500, size).astype(np.int64)
    outcomes = {"kept": minute < 900, "wait": np.minimum(minute, 4320) / 1440}
    return Cases(need, first + np.arange(size) // 5000, group, minute, minute < 4320, outcomes)
