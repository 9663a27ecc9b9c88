"""How times are said: on chips, in sentences, in letters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from evenhand.ui import times

NOW = datetime(2026, 11, 24, 20, 20, tzinfo=UTC)  # a Tuesday; 12:20 in Oakland
OAKLAND = ZoneInfo("America/Los_Angeles")


@pytest.mark.parametrize(
    ("away", "said", "stands"),
    [
        (timedelta(minutes=-12, seconds=-20), "12 min late", "late"),
        (timedelta(seconds=-20), "under 1 min late", "late"),
        (timedelta(0), "under 1 min left", "soon"),
        (timedelta(minutes=18, seconds=59), "18 min left", "soon"),
        (timedelta(minutes=30), "30 min left", "soon"),
        (timedelta(minutes=65), "1 h 05 left", "ahead"),
        (timedelta(hours=3), "3 h left", "ahead"),
        (timedelta(hours=30), "1 day left", "ahead"),
        (timedelta(days=2, hours=23), "2 days left", "ahead"),
        (timedelta(days=-2), "2 days late", "late"),
    ],
)
def test_a_chip_says_what_is_left_and_never_more_than_that(away: timedelta, said: str, stands: str) -> None:
    assert times.time_left(NOW + away, NOW) == said
    assert times.state(NOW + away, NOW) == stands


def test_a_sentence_says_in_how_long_or_how_long_ago() -> None:
    assert times.time_until(NOW + timedelta(minutes=130), NOW) == "in 2 h 10 min"
    assert times.time_until(NOW - timedelta(minutes=12), NOW) == "12 min ago"
    assert times.time_until(NOW - timedelta(minutes=12), NOW, "es") == "hace 12 min"
    assert times.time_left(NOW + timedelta(days=1), NOW, "es-MX") == "aún 1 día"


def test_the_last_quarter_of_a_short_promise_is_soon_and_half_an_hour_of_a_long_one() -> None:
    assert times.soon_for(NOW, NOW + timedelta(minutes=60)) == timedelta(minutes=15)
    assert times.soon_for(NOW, NOW + timedelta(hours=8)) == timedelta(minutes=30)
    assert times.soon_for(None, NOW) == timedelta(minutes=30)


def test_a_time_names_its_day_and_its_date_once_the_weekday_could_mean_two_days() -> None:
    at = NOW + timedelta(hours=2, minutes=10)
    assert times.when(at, OAKLAND, NOW) == "Tuesday 14:30"
    assert times.when(at, OAKLAND, NOW, "es") == "martes 14:30"
    assert times.when(at + timedelta(days=6), OAKLAND, NOW) == "Monday 14:30"
    assert times.when(at + timedelta(days=7), OAKLAND, NOW) == "Tuesday 1 December, 14:30"
    assert times.when(at + timedelta(days=7), OAKLAND, NOW, "es") == "martes 1 de diciembre, 14:30"
    assert times.when(at - timedelta(days=365), OAKLAND, NOW) == "Monday 24 November 2025, 14:30"


def test_a_standard_is_said_in_whole_words() -> None:
    assert times.duration(timedelta(minutes=15)) == "15 minutes"
    assert times.duration(timedelta(hours=1)) == "1 hour"
    assert times.duration(timedelta(minutes=90)) == "1 hour and 30 minutes"
    assert times.duration(timedelta(hours=4), is_working=True) == "4 working hours"
    assert times.duration(timedelta(days=1), is_working=True) == "1 working day"
    assert times.duration(timedelta(days=3), "es", is_working=True) == "3 días hábiles"
    assert times.duration(timedelta(0)) == "0 minutes"
