"""What a customer is told: rounded up, on the clock of the place, never better than the standard."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.care.clock.working import ALWAYS, WorkingTime
from evenhand.care.promises.rounding import is_stretched, told

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = WorkingTime("Europe/Berlin", {day: [("09:00", "12:00"), ("13:00", "17:30")] for day in range(5)})
HOUR = timedelta(hours=1)


def wall(day: int, hour: int, minute: int = 0, second: int = 0, month: int = 6) -> datetime:
    return datetime(2026, month, day, hour, minute, second, tzinfo=BERLIN)


def on_the_wall(due: datetime, *, made: datetime, is_danger: bool = False, clock: WorkingTime = OFFICE) -> str:
    at = told(due, None, made, clock=clock, zone="Europe/Berlin", is_danger=is_danger)
    assert at >= due
    return f"{at.astimezone(BERLIN):%a %H:%M}"


def test_danger_is_told_to_the_minute():
    assert on_the_wall(wall(1, 10, 7, 1), made=wall(1, 9, 52), is_danger=True) == "Mon 10:08"
    assert on_the_wall(wall(1, 10, 7), made=wall(1, 9, 52), is_danger=True) == "Mon 10:07"


def test_within_four_hours_it_is_told_to_the_quarter():
    assert on_the_wall(wall(1, 14, 1), made=wall(1, 10, 1)) == "Mon 14:15"
    assert on_the_wall(wall(1, 14, 15), made=wall(1, 10, 30)) == "Mon 14:15"


def test_within_a_working_day_it_is_told_to_the_hour():
    assert on_the_wall(wall(2, 10, 20), made=wall(1, 14)) == "Tue 11:00"
    assert on_the_wall(wall(1, 16, 1), made=wall(1, 9)) == "Mon 17:00"
    assert on_the_wall(wall(3, 13, 20), made=wall(2, 15), clock=ALWAYS) == "Wed 14:00"


def test_later_than_that_it_is_told_to_half_a_day():
    assert on_the_wall(wall(3, 10, 20), made=wall(1, 9)) == "Wed 12:00"
    assert on_the_wall(wall(3, 13, 20), made=wall(1, 9)) == "Wed 17:30"
    assert on_the_wall(wall(3, 17, 30), made=wall(1, 9)) == "Wed 17:30"
    assert on_the_wall(wall(3, 12), made=wall(1, 9)) == "Wed 12:00"
    assert on_the_wall(wall(3, 13, 20), made=wall(1, 9), clock=ALWAYS) == "Thu 00:00"


def test_the_later_of_standard_and_forecast_is_told():
    made, standard, forecast = wall(1, 9), wall(1, 13), wall(3, 13, 20)

    def of(standard_due, forecast_due):
        return told(standard_due, forecast_due, made, clock=OFFICE, zone="Europe/Berlin")

    assert of(standard, forecast) == wall(3, 17, 30)
    assert of(standard, None) == of(standard, wall(1, 9, 30)) == wall(1, 13)


def test_rounding_alone_is_no_stretching():
    made, standard = wall(1, 9), wall(3, 9, 1)
    terms = {"clock": OFFICE, "zone": "Europe/Berlin"}
    floor = told(standard, None, made, **terms)
    assert floor - standard > 2 * HOUR
    assert not is_stretched(floor, standard, made, **terms)
    assert is_stretched(told(standard, wall(3, 13), made, **terms), standard, made, **terms)


def test_d52_nothing_is_told_at_a_time_that_the_clock_skips_or_shows_twice():
    night = WorkingTime("Europe/Berlin", {day: [("00:00", "24:00")] for day in range(7)})
    forward = told(wall(29, 1, 59, month=3), None, wall(29, 0, month=3), clock=night, zone="Europe/Berlin")
    assert f"{forward.astimezone(BERLIN):%H:%M}" == "03:00"
    back = datetime(2026, 10, 25, 0, 5, tzinfo=UTC)  # 02:05, for the first time
    at = told(back, None, back - HOUR, clock=night, zone="Europe/Berlin")
    assert f"{at.astimezone(BERLIN):%H:%M}" == "03:00"
    danger = told(back, None, back - HOUR, clock=night, zone="Europe/Berlin", is_danger=True)
    assert danger == back


def test_a_half_day_ends_at_midnight_even_where_the_clock_skips_it():
    santiago = "America/Santiago"
    clock = WorkingTime(santiago, {day: [("00:00", "24:00")] for day in range(7)})
    due = datetime(2026, 9, 5, 20, tzinfo=ZoneInfo(santiago))
    at = told(due, None, due - 48 * HOUR, clock=clock, zone=santiago)
    assert f"{at.astimezone(ZoneInfo(santiago)):%d %H:%M}" == "06 01:00"  # midnight was never shown
    assert at - due.astimezone(UTC) == 4 * HOUR


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Asia/Kathmandu"]),
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC)),
    st.timedeltas(timedelta(seconds=1), timedelta(days=20)),
    st.booleans(),
    st.booleans(),
)
def test_d52_a_promise_is_never_earlier_than_due_and_never_much_later(zone, made, length, runs_always, is_danger):
    clock = ALWAYS if runs_always else WorkingTime(zone, {day: [("09:00", "17:30")] for day in range(5)})
    due = clock.after(made, length)
    at = told(due, None, made, clock=clock, zone=zone, is_danger=is_danger)
    assert due <= at
    here = at.astimezone(ZoneInfo(zone))
    assert here.second == here.microsecond == 0
    again = here.replace(fold=1 - here.fold).astimezone(UTC)
    if is_danger:
        assert at - due < timedelta(minutes=1)
    else:
        assert again == at  # shown once, and shown at all
        assert at - due <= (HOUR / 4 if due - made <= 4 * HOUR else 12 * HOUR) + HOUR


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="needs its zone"):
        told(datetime(2026, 1, 1), None, wall(1, 9), clock=OFFICE, zone="Europe/Berlin")
