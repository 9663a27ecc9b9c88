"""Curves of waiting against lifelines, against published figures, and against what must always hold."""

from math import sqrt

import lifelines
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifelines.datasets import load_waltons
from lifelines.utils import qth_survival_times

from evenhand.stats.survival import Curve, kaplan_meier

waits_and_ends = st.lists(st.tuples(st.integers(0, 60), st.booleans()), min_size=1, max_size=80)


def a_curve(cases: list[tuple[int, bool]]) -> Curve:
    return kaplan_meier(np.array([wait for wait, _ in cases]), np.array([ended for _, ended in cases]))


def some_waits(size: int, *, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(seed)
    waited, seen = chance.exponential(300, size), chance.exponential(500, size)
    return np.minimum(waited, seen).round(1), waited <= seen


def test_the_restricted_mean_of_the_published_example_and_its_standard_error():
    flies = load_waltons()
    means = {
        name: kaplan_meier(flies["T"][flies.group == name], flies.E[flies.group == name]).restricted_mean(10)
        for name in ("miR-137", "control")
    }
    assert round(means["miR-137"].value, 4) == 9.7941
    assert round(means["miR-137"].error, 4) == 0.1232
    assert round(means["miR-137"].minus(means["control"]).p, 4) == 0.1453


@pytest.mark.parametrize("size", [1, 2, 30, 3000])
def test_the_curve_is_that_of_lifelines(size: int):
    time, ended = some_waits(size)
    ours, theirs = kaplan_meier(time, ended), lifelines.KaplanMeierFitter().fit(time, ended)
    table = theirs.event_table.iloc[1:]
    assert ours.time.tolist() == table.index.tolist()
    assert ours.at_risk.tolist() == table.at_risk.tolist()
    assert ours.events.tolist() == table.observed.tolist()
    np.testing.assert_allclose(ours.survival, theirs.survival_function_["KM_estimate"].iloc[1:], rtol=1e-9, atol=1e-12)
    some = (ours.survival > 0) & (ours.survival < 1)
    band = theirs.confidence_interval_.iloc[1:].to_numpy()[some]
    np.testing.assert_allclose(np.stack([ours.low, ours.high], axis=1)[some], band, rtol=1e-9)


def test_medians_and_ninetieths_with_their_intervals_are_those_of_lifelines():
    time, ended = some_waits(500)
    theirs = lifelines.KaplanMeierFitter().fit(time, ended)
    for share in (0.1, 0.5, 0.75):
        ours = kaplan_meier(time, ended).quantile(share)
        low, high = qth_survival_times(1 - share, theirs.confidence_interval_).iloc[0].sort_values()
        assert (ours.value, ours.low, ours.high) == (
            qth_survival_times(1 - share, theirs.survival_function_),
            low,
            high,
        )


def test_the_restricted_mean_is_that_of_lifelines():
    time, ended = some_waits(500)
    theirs = lifelines.utils.restricted_mean_survival_time(lifelines.KaplanMeierFitter().fit(time, ended), t=400)
    assert kaplan_meier(time, ended).restricted_mean(400).value == pytest.approx(theirs, rel=1e-9)


def test_the_standard_error_of_the_restricted_mean_is_how_much_it_varies():
    means = [kaplan_meier(*some_waits(200, seed=seed)).restricted_mean(400) for seed in range(400)]
    spread = np.std([mean.value for mean in means], ddof=1)
    assert np.mean([mean.error for mean in means]) == pytest.approx(spread, rel=3 / sqrt(2 * 400))
    truth = 300 * (1 - np.exp(-400 / 300))
    inside = np.mean([mean.low <= truth <= mean.high for mean in means])
    assert inside >= 0.95 - 3 * sqrt(0.95 * 0.05 / 400)


def test_with_nobody_waiting_any_more_it_is_the_plain_mean_and_the_plain_standard_error():
    time = np.random.default_rng(5).integers(1, 90, 40)
    mean = kaplan_meier(time, np.ones(40, bool)).restricted_mean(90)
    assert mean.value == pytest.approx(time.mean())
    assert mean.error == pytest.approx(time.std() / sqrt(40))


def test_a_median_that_nobody_has_reached_is_not_made_up():
    quantile = kaplan_meier([1, 5, 5, 5], [True, False, False, False]).quantile()
    assert quantile.value is None
    assert quantile.high is None


def test_the_numbers_under_the_curve_are_those_who_had_waited_so_long():
    curve = kaplan_meier([1, 2, 2, 7], [True, True, False, True])
    assert curve.waiting([0, 1, 1.5, 2, 3, 7, 8]).tolist() == [4, 4, 3, 3, 1, 1, 0]
    assert [curve.at(t) for t in (0.5, 1, 2, 7)] == [1, 0.75, 0.5, 0]


@given(waits_and_ends, st.integers(0, 79))
def test_more_censoring_never_shortens_the_restricted_mean(cases: list[tuple[int, bool]], which: int):
    which %= len(cases)
    open_now = [(wait, ended and i != which) for i, (wait, ended) in enumerate(cases)]
    assert a_curve(open_now).restricted_mean(50).value >= a_curve(cases).restricted_mean(50).value - 1e-9


@given(waits_and_ends, st.integers(1, 1000))
def test_waiting_so_much_longer_moves_the_curve_and_changes_nothing_else(cases: list[tuple[int, bool]], by: int):
    before, after = a_curve(cases), a_curve([(wait + by, ended) for wait, ended in cases])
    np.testing.assert_array_equal(after.time, before.time + by)
    np.testing.assert_array_equal(after.survival, before.survival)
    assert after.restricted_mean(50 + by).value == pytest.approx(before.restricted_mean(50).value + by)
    assert after.restricted_mean(50 + by).error == pytest.approx(before.restricted_mean(50).error)


@given(waits_and_ends)
def test_a_row_that_stands_for_three_cases_is_three_rows(cases: list[tuple[int, bool]]):
    time, ended = np.array([c[0] for c in cases]), np.array([c[1] for c in cases])
    counted = kaplan_meier(time, ended, np.full(len(cases), 3))
    np.testing.assert_array_equal(counted.survival, a_curve(cases * 3).survival)
    np.testing.assert_array_equal(counted.at_risk, a_curve(cases * 3).at_risk)
    once = a_curve(cases).restricted_mean(50).error
    assert counted.restricted_mean(50).error == pytest.approx(once / sqrt(3))


@given(waits_and_ends)
def test_minutes_and_fractions_of_hours_give_one_curve(cases: list[tuple[int, bool]]):
    in_hours = kaplan_meier(np.array([wait / 60 for wait, _ in cases]), np.array([ended for _, ended in cases]))
    np.testing.assert_array_equal(in_hours.survival, a_curve(cases).survival)


@given(waits_and_ends)
def test_the_interval_holds_the_curve(cases: list[tuple[int, bool]]):
    curve = a_curve(cases)
    assert (curve.low <= curve.survival + 1e-12).all()
    assert (curve.survival <= curve.high + 1e-12).all()
    assert not np.isnan(curve.low).any()
    assert not np.isnan(curve.high).any()


@pytest.mark.parametrize(
    ("time", "ended"), [([], []), ([-1], [True]), ([np.nan], [True]), ([np.inf], [True]), ([1, 2], [True])]
)
def test_what_is_no_wait_is_refused(time: list[float], ended: list[bool]):
    with pytest.raises(ValueError):
        kaplan_meier(np.array(time, dtype=float), np.array(ended, dtype=bool))


def test_closed_cases_alone_would_flatter_and_the_curve_does_not():
    chance = np.random.default_rng(8)
    waited, seen = chance.exponential(600, 20_000), chance.uniform(0, 600, 20_000)
    time, ended = np.minimum(waited, seen), waited <= seen
    truth = 600 * (1 - np.exp(-500 / 600))
    assert np.minimum(time[ended], 500).mean() < 0.6 * truth
    mean = kaplan_meier(time, ended).restricted_mean(500)
    assert abs(mean.value - truth) < 3.5 * mean.error
    assert time.max() >= 500
