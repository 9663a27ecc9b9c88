"""Promises that hold in the surge, not only in the calm before it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import ceil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.care.promises.calibration import Calibration, Served, quantile, ratio

HOUR = timedelta(hours=1)


NOW = datetime(2026, 6, 1, tzinfo=UTC)


def a_case(
    *,
    at: datetime = NOW,
    waited: timedelta = HOUR,
    forecast: timedelta = HOUR,
    told: timedelta = 2 * HOUR,
    is_stretched: bool = True,
) -> Served:
    return Served(at, waited, forecast, told, is_stretched)


def taught(cases: list[Served], start: Calibration | None = None) -> Calibration:
    calibration = start or Calibration()
    for nth, served in enumerate(cases):  # an hour apart
        calibration = calibration.after(replace(served, at=served.at + nth * HOUR))
    return calibration


def test_a_forecast_that_was_always_half_of_the_wait_is_doubled():
    calibration = taught([a_case(waited=5.5 * HOUR, forecast=2.5 * HOUR, told=9 * HOUR)] * 30)
    assert calibration.factor(2.5 * HOUR) == 2
    assert calibration.stretched(9.5 * HOUR) == 19.5 * HOUR
    assert calibration.told(24 * HOUR, 9.5 * HOUR) == 24 * HOUR
    assert calibration.told(HOUR, 9.5 * HOUR) == 19.5 * HOUR


def test_a_first_promise_is_cautious():
    assert Calibration().stretched(HOUR) == 1.75 * HOUR
    assert taught([a_case(waited=HOUR, forecast=2 * HOUR)] * 5).factor(HOUR) == 1.5
    assert taught([a_case(waited=4.5 * HOUR, forecast=2 * HOUR)] * 5).factor(HOUR) == 2


def test_a_forecast_of_no_wait_is_no_promise_of_the_past():
    assert taught([a_case(waited=timedelta(0), forecast=9 * HOUR)] * 50).stretched(timedelta(0)) == timedelta(0)


def test_only_the_last_four_hundred_count():
    calibration = taught([a_case(waited=90 * HOUR)] * 50 + [a_case()] * 400)
    assert calibration.factor(HOUR) == 1
    assert len(calibration.scores) == len(calibration.stretch) == 400


def test_the_cases_of_one_hour_count_as_four_at_most():
    calibration = Calibration()
    for _ in range(50):
        calibration = calibration.after(a_case(waited=9 * HOUR))
    assert len(calibration.scores) == 4
    assert len(calibration.stretch) == 50
    assert len(calibration.after(a_case(at=NOW + HOUR)).scores) == 5


def test_a_forecast_is_stretched_by_what_forecasts_like_it_missed():
    short = [a_case(waited=2.5 * HOUR, forecast=0.5 * HOUR, is_stretched=False)] * 150
    long = [a_case(waited=11 * HOUR, forecast=9.5 * HOUR, is_stretched=False)] * 150
    calibration = taught([*short, *long])
    assert calibration.factor(HOUR) == 3
    assert calibration.factor(12 * HOUR) == 1.15


def test_a_broken_promise_raises_the_level_and_kept_ones_bring_it_back_no_further_than_the_target():
    start = Calibration()
    broken = start.after(a_case(waited=3 * HOUR))
    assert broken.level > start.level
    assert taught([a_case()] * 1_000, broken).level == start.target


def test_a_promise_kept_by_the_standard_teaches_nothing_about_the_level():
    high = Calibration(level=0.97)
    floor = a_case(is_stretched=False)
    assert taught([floor] * 1_000, high).level == 0.97
    assert len(high.after(floor).scores) == 1
    assert high.after(floor).stretch == ()


def test_padding_is_noticed_on_stretched_promises_alone():
    assert taught([a_case(waited=HOUR, told=3 * HOUR)] * 30).is_padding
    assert not taught([a_case(waited=HOUR, told=1.5 * HOUR)] * 30).is_padding
    assert not taught([a_case(waited=HOUR, told=24 * HOUR, is_stretched=False)] * 30).is_padding
    assert not taught([a_case(waited=HOUR, told=3 * HOUR)] * 3).is_padding  # too few to say


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=500), st.floats(0.5, 0.99))
def test_the_quantile_is_the_conformal_one(scores, level):
    found = quantile(tuple(scores), level)
    if ceil((len(scores) + 1) * level) <= len(scores):
        assert sum(score <= found for score in scores) >= (len(scores) + 1) * level
        assert sum(score < found for score in scores) < (len(scores) + 1) * level
    else:
        assert found == max(1.5, *scores)


def test_one_more_case_of_the_same_kind_keeps_its_promise_as_often_as_was_meant():
    chance = np.random.default_rng(20_260_101)
    draws = chance.lognormal(0, 0.6, (4_000, 100))
    kept = np.mean([row[-1] <= quantile(tuple(row[:-1]), 0.95) for row in draws])
    assert 0.94 < kept < 0.965  # ⌈100 · .95⌉ of 99: exactly .95


def textbook(level: float, *, is_kept: bool, target: float) -> float:
    """The published update: every promise moves the level, and nothing holds it."""
    return min(max(level + 0.01 * ((0 if is_kept else 1) - (1 - target)), 0.0), 1.0)


def weeks_then_a_surge(target: float, *, is_textbook: bool, seed: int) -> tuple[float, float]:
    """Kept share of the stretched promises of a surge after six calm weeks, and the level on the eve.

    Standard 8 h. In calm weeks waits are minutes and the standard is all that is ever told; then for five days
    forecasts are of 12 to 40 h. Forecasts are off by a lognormal factor of 25 % throughout.
    """
    chance = np.random.default_rng(seed)
    standard, calibration, level = 8 * HOUR, Calibration(target=target, level=target), target
    kept, eve = [], target
    for nth in range(3_000 + 600):
        is_surge = nth >= 3_000
        if nth == 3_000:
            eve = level if is_textbook else calibration.level
        forecast = float(chance.uniform(12, 40) if is_surge else chance.uniform(0, 2)) * HOUR
        waited = max((forecast + HOUR / 2) * float(chance.lognormal(0, 0.25)) - HOUR / 2, timedelta(0))
        if is_textbook:
            factor = float(np.quantile(calibration.scores or (1.5,), level))
            told = max(standard, (forecast + HOUR / 2) * factor - HOUR / 2)
            level = textbook(level, is_kept=waited <= told, target=target)
        else:
            told = calibration.told(standard, forecast)
        calibration = calibration.after(Served(NOW + nth * HOUR / 4, waited, forecast, told, told > standard))
        if told > standard or (is_surge and is_textbook):
            kept.append(waited <= told)
    return float(np.mean(kept)), eve


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_trap_calm_weeks_do_not_loosen_the_promises_of_the_next_surge(seed):
    ours, our_level = weeks_then_a_surge(0.90, is_textbook=False, seed=seed)
    theirs, their_level = weeks_then_a_surge(0.90, is_textbook=True, seed=seed)
    assert our_level >= 0.90
    assert ours >= 0.88  # 600 draws at .90 have a standard error of .012
    assert their_level < 0.1
    assert theirs < 0.80


def test_a_calibration_is_kept_as_plain_numbers():
    calibration = taught([a_case(waited=n * HOUR) for n in range(30)])
    assert Calibration.from_json(calibration.to_json()) == calibration
    assert Calibration.from_json({}) == Calibration()
    with pytest.raises(ValueError, match="no calibration"):
        Calibration.from_json({"scores": [1]})
    with pytest.raises(ValueError, match="from its target up"):
        Calibration(level=0.5)


def test_two_minutes_against_one_are_no_double():
    assert ratio(timedelta(minutes=2), timedelta(minutes=1)) < 1.04
    assert ratio(48 * HOUR, 24 * HOUR) > 1.95
