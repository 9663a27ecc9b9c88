"""The daily interval, figure by figure, and when it says nothing."""

from math import log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evenhand.stats.cells import Verdict
from evenhand.stats.rates import weeks_more
from evenhand.stats.sequence import ALPHA, Sequence, confidence_sequence, half_width, relative_verdict


def a_series(days: int = 40, *, gap: float = 0.0, spread: float = 0.3, a_day: float = 20.0, seed: int = 1) -> Sequence:
    chance = np.random.default_rng(seed)
    weights = chance.uniform(0.5, 1.5, days) * a_day
    return confidence_sequence(weights * (gap + chance.normal(0, spread, days)), weights)


def test_every_look_is_what_the_formula_says():
    chance = np.random.default_rng(1)
    weights = chance.uniform(10, 30, 30)
    differences = weights * chance.normal(0.1, 0.3, 30)
    seen = confidence_sequence(differences, weights)

    def variance(t: int) -> float:
        s, w = differences[:t], weights[:t]
        return t / (t - 1) * float(((s - s.sum() / w.sum() * w) ** 2).sum())

    first = next(t for t in range(14, 31) if weights[:t].sum() >= 200)
    r = (-2 * log(ALPHA) + log(-2 * log(ALPHA)) + 1) / (variance(first) * 28 / first)
    for t in range(first, 31):
        error = sqrt(variance(t)) / weights[:t].sum()
        normal = sqrt((variance(t) + 1 / r) * log((variance(t) * r + 1) / ALPHA**2)) / weights[:t].sum() / error
        half = stats.t.isf(stats.norm.sf(normal), t - 1) * error  # as far out, of so few days
        assert half > 1.05 * normal * error
        theta = differences[:t].sum() / weights[:t].sum()
        assert float(seen.theta[t - 1]) == pytest.approx(theta, rel=1e-9)
        assert (theta - seen.low[t - 1], seen.high[t - 1] - theta) == pytest.approx((half, half), rel=2e-3)
        assert half_width(variance(t), weights[:t].sum(), r, ALPHA) == pytest.approx(normal * error, rel=1e-9)
    assert seen.half_width() == pytest.approx((seen.high[-1] - seen.low[-1]) / 2, rel=1e-12)
    assert not seen.is_warm[: first - 1].any()


def test_before_two_weeks_and_two_hundred_cases_worth_there_is_no_verdict():
    young, thin = a_series(13), a_series(60, a_day=3)
    assert young.verdict(10.0) == thin.verdict(10.0) == Verdict.TOO_FEW
    assert np.isinf(young.not_ruled_out).all()
    assert a_series(14).verdict(10.0) == Verdict.EQUAL
    assert confidence_sequence([], []).verdict(1.0) == Verdict.TOO_FEW


def test_the_verdict_says_what_the_interval_shows():
    assert a_series(60, gap=0.0, spread=0.05).verdict(0.1) == Verdict.EQUAL
    assert a_series(60, gap=0.5, spread=0.05).verdict(0.1) == Verdict.UNEQUAL
    assert a_series(60, gap=0.0, spread=0.5).verdict(0.1) == Verdict.NOT_PROVEN


@given(st.integers(0, 200), st.floats(-50, 50), st.floats(0.1, 1000))
def test_another_unit_or_side_is_the_same_finding(seed: int, by: float, unit: float):
    chance = np.random.default_rng(seed)
    weights, noise = chance.uniform(10, 30, 25), chance.normal(0, 1, 25)
    one = confidence_sequence(weights * noise, weights)
    other = confidence_sequence(-weights * (noise + by) * unit, weights)
    np.testing.assert_allclose(other.low[14:], -(one.high[14:] + by) * unit, rtol=1e-6, atol=1e-7 * unit)


def test_a_day_more_changes_no_day_before_it():
    long = a_series(60)
    chance = np.random.default_rng(1)
    weights = chance.uniform(0.5, 1.5, 60) * 20
    differences = weights * chance.normal(0, 0.3, 60)
    part = confidence_sequence(differences[:59], weights[:59])
    np.testing.assert_allclose(part.high[14:], long.high[14:59], rtol=1e-9)


def test_a_series_without_any_spread_says_nothing_unless_its_outcome_is_yes_or_no():
    weights = np.full(30, 40.0)
    assert confidence_sequence(0 * weights, weights).verdict(0.05) == Verdict.TOO_FEW
    kept = confidence_sequence(0 * weights, weights, unit_variance=0.001)
    assert kept.verdict(0.05) == Verdict.EQUAL
    assert confidence_sequence(0 * weights, weights, unit_variance=0.5).verdict(0.05) == Verdict.NOT_PROVEN


def test_about_so_many_weeks_more_is_when_the_interval_fits():
    seen = a_series(42, gap=0.0, spread=0.3)
    margin, theta = abs(float(seen.theta[-1])) + 0.8 * seen.half_width(), float(seen.theta[-1])
    more = weeks_more(seen.half_width, theta, margin, 6)
    assert more > 0
    assert seen.half_width(1 + more / 6) + abs(theta) == pytest.approx(margin, rel=1e-4)
    assert weeks_more(seen.half_width, theta, 10.0, 6) == 0
    assert weeks_more(seen.half_width, margin, margin, 6) is None
    assert weeks_more(a_series(5).half_width, 0.0, margin, 6) is None


def test_what_makes_no_interval_is_refused():
    with pytest.raises(ValueError):
        confidence_sequence([1.0, 2.0], [1.0, 0.0])
    with pytest.raises(ValueError):
        confidence_sequence([1.0], [1.0, 2.0])
    with pytest.raises(ValueError):
        half_width(1.0, 0.0, 1.0, 0.05)
    with pytest.raises(ValueError):
        a_series().verdict(0.0)


@pytest.mark.parametrize(
    ("ratio", "spread", "verdict"),
    [
        (1.0, 0.05, Verdict.EQUAL),
        (1.3, 0.05, Verdict.UNEQUAL),
        (0.7, 0.05, Verdict.UNEQUAL),
        (1.0, 1.0, Verdict.NOT_PROVEN),
    ],
)
def test_a_margin_that_is_a_share_of_the_reference_is_tested_as_a_ratio(ratio: float, spread: float, verdict: Verdict):
    chance = np.random.default_rng(3)
    weights = chance.uniform(10, 30, 60)
    mean = chance.uniform(1, 3, 60)  # days differ; the ratio does not
    differences = weights * (mean * (ratio - 1) + chance.normal(0, spread, 60))
    assert relative_verdict(differences, weights, weights * mean, 0.1) == verdict
    assert relative_verdict(differences[:13], weights[:13], (weights * mean)[:13], 0.1) == Verdict.TOO_FEW


def test_a_ratio_that_holds_every_day_is_proven_though_the_days_differ():
    # Each day's reference moves the margin with it: 5 % on good days and on bad ones is 5 %.
    chance = np.random.default_rng(4)
    weights, mean = np.full(30, 20.0), chance.uniform(0.2, 6, 30)
    assert relative_verdict(weights * mean * 0.02, weights, weights * mean, 0.1) == Verdict.EQUAL
