"""Working time, against a slow reading of the clock on the wall, minute by minute."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.care.clock.working import (
    ALWAYS,
    CalendarError,
    NoWorkingHours,
    OutOfCalendarError,
    WorkingTime,
)

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
OFFICE = {day: [("09:00", "12:00"), ("13:00", "17:00")] for day in range(5)}

# A zone and a day near which something happens to its clocks.
ODD_DAYS = [
    ("America/New_York", date(2026, 3, 8)),  # forward, 02:00 to 03:00
    ("America/New_York", date(2026, 11, 1)),  # back, 02:00 to 01:00
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),  # half an hour only
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("America/Santiago", date(2026, 4, 5)),  # at midnight: 24:00 becomes 23:00
    ("America/Santiago", date(2026, 9, 6)),  # midnight itself is skipped
    ("Africa/Cairo", date(2023, 4, 28)),  # rules brought back after years without
    ("America/Mexico_City", date(2022, 10, 30)),  # the last change before the rules were dropped
    ("Pacific/Apia", date(2011, 12, 30)),  # a whole day that never was
    ("Africa/Casablanca", date(2026, 2, 15)),  # the clock goes back for Ramadan
    ("Asia/Kathmandu", date(2026, 5, 1)),  # nothing, at a quarter past the hour
    ("Europe/London", date(2028, 2, 29)),  # nothing but the day itself
    ("UTC", date(2028, 2, 28)),
]


def instants_shown(zone: str, around: date) -> Iterator[tuple[datetime, datetime]]:
    """Each minute of eight days, with the latest time that the clock on the wall has shown by then."""
    latest = datetime.min
    at = datetime.combine(around, time(), UTC) - 5 * DAY  # one day early, so that `latest` is settled
    for _ in range(9 * 24 * 60):
        latest = max(latest, at.astimezone(ZoneInfo(zone)).replace(tzinfo=None))
        yield at, latest
        at += MINUTE


@lru_cache(maxsize=64)
def shown(zone: str, around: date) -> tuple[tuple[datetime, datetime], ...]:
    return tuple(instants_shown(zone, around))[24 * 60 :]


def slow_minutes(
    zone: str,
    around: date,
    weekly: dict[int, list[tuple[str, str]]],
    holidays: set[date],
) -> tuple[list[datetime], list[bool]]:
    """Open or not, a minute at a time, read off the wall: the definition that the fast way must meet."""

    def is_open(wall: datetime) -> bool:
        for back in (0, 1):
            day = wall.date() - back * DAY
            if day in holidays:
                continue
            minutes = (wall - datetime.combine(day, time())) // MINUTE
            for opens, closes in weekly.get(day.weekday(), []):
                first, last = (int(text[:2]) * 60 + int(text[3:]) for text in (opens, closes))
                if first <= minutes < (last if last > first else last + 24 * 60):
                    return True
        return False

    minutes = shown(zone, around)
    return [at for at, _ in minutes], [is_open(wall) for _, wall in minutes]


@st.composite
def hours_of_a_day(draw: st.DrawFn) -> list[tuple[str, str]]:
    quarters = sorted(draw(st.sets(st.integers(0, 96), max_size=6)))
    texts = [f"{quarter // 4:02d}:{quarter % 4 * 15:02d}" for quarter in quarters]
    return list(zip(texts[::2], texts[1::2], strict=False))


@st.composite
def weeks(draw: st.DrawFn) -> dict[int, list[tuple[str, str]]]:
    """Any hours on any weekday, now and then a night that runs into the next morning."""
    weekly = {day: draw(hours_of_a_day()) for day in range(7)}
    if draw(st.booleans()):
        night = draw(st.integers(0, 6))
        weekly[night] = [("21:30", "02:30")]
        weekly[(night + 1) % 7] = [("02:30", "09:00")]
    if not any(weekly.values()):
        weekly[draw(st.integers(0, 6))] = [("00:00", "24:00")]
    return weekly


@st.composite
def odd_calendars(draw: st.DrawFn) -> tuple[str, date, dict[int, list[tuple[str, str]]], set[date]]:
    zone, around = draw(st.sampled_from(ODD_DAYS))
    holidays = draw(st.sets(st.integers(-4, 4).map(lambda n: around + n * DAY), max_size=2))
    return zone, around, draw(weeks()), holidays


minutes_of_the_window = st.integers(0, 8 * 24 * 60 - 1)


@settings(max_examples=40, deadline=None)
@given(odd_calendars(), st.lists(st.tuples(minutes_of_the_window, minutes_of_the_window), min_size=3))
def test_d52_working_time_is_what_the_clock_on_the_wall_says_minute_by_minute(odd, pairs):
    zone, around, weekly, holidays = odd
    calendar = WorkingTime(zone, weekly, holidays)
    at, is_open = slow_minutes(zone, around, weekly, holidays)
    for pair in pairs:
        a, b = sorted(pair)
        assert calendar.between(at[a], at[b]) == sum(is_open[a:b]) * MINUTE
        assert calendar.is_open(at[a]) is is_open[a]
        opening = next((at[i] for i in range(a, len(at)) if is_open[i]), None)
        if opening is not None:
            assert calendar.next_open(at[a]) == opening
        worked = sum(is_open[a:b])
        if worked:  # the end of the minute in which so much had been worked for the first time
            last = [i for i in range(a, b) if is_open[i]][-1]
            assert calendar.after(at[a], worked * MINUTE) == at[last] + MINUTE


instants = st.datetimes(datetime(2015, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))
lengths = st.timedeltas(timedelta(0), timedelta(days=40))


@st.composite
def calendars(draw: st.DrawFn) -> WorkingTime:
    zone, around = draw(st.sampled_from(ODD_DAYS))
    holidays = draw(st.sets(st.integers(-400, 400).map(lambda n: around + n * DAY), max_size=9))
    return WorkingTime(zone, draw(weeks()), holidays)


@settings(max_examples=80, deadline=None)
@given(calendars(), instants, lengths)
def test_d52_what_is_due_after_some_work_has_just_that_work_before_it(calendar, a, worked):
    due = calendar.after(a, worked)
    assert calendar.between(a, due) == worked
    if worked:  # the first such instant: a microsecond before, some is still to do
        assert calendar.between(a, due - timedelta(microseconds=1)) < worked
        assert calendar.is_open(due - timedelta(microseconds=1))


@settings(max_examples=80, deadline=None)
@given(calendars(), instants, lengths)
def test_a_clock_that_resumes_has_run_just_as_long_as_when_it_stopped(calendar, a, worked):
    start = calendar.before(a, worked)
    assert calendar.between(start, a) == worked
    if worked:  # the last such instant
        assert calendar.between(start + timedelta(microseconds=1), a) < worked
    assert calendar.after(start, worked) <= a


@settings(max_examples=80, deadline=None)
@given(calendars(), st.lists(instants, min_size=3, max_size=3))
def test_working_time_adds_up_and_never_runs_back_or_faster_than_the_world(calendar, times):
    a, b, c = sorted(times)
    assert calendar.between(a, b) + calendar.between(b, c) == calendar.between(a, c)
    assert timedelta(0) <= calendar.between(a, b) <= b - a
    assert calendar.between(c, a) == timedelta(0)
    assert calendar.between(a, b) == sum(
        (closes - opens for opens, closes in calendar.opened_between(a, b)), timedelta(0)
    )


@settings(max_examples=80, deadline=None)
@given(calendars(), instants, instants, lengths)
def test_who_comes_first_is_due_first(calendar, a, b, worked):
    early, late = sorted((a, b))
    assert calendar.after(early, worked) <= calendar.after(late, worked)


@given(calendars())
def test_a_calendar_kept_as_text_comes_back_the_same(calendar):
    again = WorkingTime.from_json(calendar.to_json())
    assert again == calendar
    assert hash(again) == hash(calendar)
    assert again is WorkingTime.from_json(calendar.to_json())


def test_the_zone_a_time_is_written_in_does_not_matter():
    berlin, calendar = ZoneInfo("Europe/Berlin"), WorkingTime("Europe/Berlin", OFFICE)
    a, b = datetime(2026, 3, 27, 16, tzinfo=berlin), datetime(2026, 3, 30, 10, tzinfo=berlin)
    assert calendar.between(a, b) == calendar.between(a.astimezone(UTC), b.astimezone(UTC)) == 2 * HOUR


def test_d52_an_hour_is_an_hour_on_the_nights_on_which_the_clocks_change():
    nights = WorkingTime("Europe/Berlin", {5: [("22:00", "06:00")], 6: [("22:00", "06:00")]})

    def worked_in_the_night_from(day: date) -> timedelta:
        start = datetime.combine(day, time(12), ZoneInfo("Europe/Berlin"))
        return nights.between(start, start + DAY)

    assert worked_in_the_night_from(date(2026, 3, 28)) == 7 * HOUR
    assert worked_in_the_night_from(date(2026, 10, 24)) == 9 * HOUR
    assert worked_in_the_night_from(date(2026, 6, 6)) == 8 * HOUR


def test_d52_nothing_is_due_in_the_hour_that_never_was():
    new_york = ZoneInfo("America/New_York")
    around_the_clock_but_sundays = WorkingTime("America/New_York", {6: [("01:00", "05:00")]})
    opens = datetime(2026, 3, 8, 1, tzinfo=new_york)
    due = around_the_clock_but_sundays.after(opens, timedelta(minutes=90)).astimezone(new_york)
    assert due.replace(tzinfo=None) == datetime(2026, 3, 8, 3, 30)
    inside_the_gap = WorkingTime("America/New_York", {6: [("02:15", "02:45"), ("12:00", "13:00")]})
    due = inside_the_gap.after(opens, timedelta(minutes=30)).astimezone(new_york)
    assert due.replace(tzinfo=None) == datetime(2026, 3, 8, 12, 30)


def test_d52_an_hour_that_comes_twice_is_worked_once_on_each_coming_and_due_once():
    new_york = ZoneInfo("America/New_York")
    sundays = WorkingTime("America/New_York", {6: [("00:00", "04:00")]})
    midnight = datetime(2026, 11, 1, tzinfo=new_york)
    dues = [sundays.after(midnight, n * 30 * MINUTE) for n in range(11)]
    assert len(set(dues)) == 11
    assert sundays.between(midnight, midnight + 8 * HOUR) == 5 * HOUR


def test_d52_the_29th_of_february_is_a_day_like_any_other():
    calendar = WorkingTime("Europe/London", OFFICE)
    monday = datetime(2028, 2, 28, 9, tzinfo=UTC)
    assert calendar.days_after(monday, 1) == datetime(2028, 2, 28, 17, tzinfo=UTC)
    assert calendar.days_after(monday + HOUR, 1) == datetime(2028, 2, 29, 10, tzinfo=UTC)
    assert calendar.days_after(monday + HOUR, 2) == datetime(2028, 3, 1, 10, tzinfo=UTC)
    friday = datetime(2027, 2, 26, 10, tzinfo=UTC)
    assert calendar.days_after(friday, 1) == datetime(2027, 3, 1, 10, tzinfo=UTC)


def test_d52_a_weekday_without_hours_is_passed_over_and_a_week_without_any_is_refused():
    closed_on_wednesday = WorkingTime("UTC", {**OFFICE, 2: []})
    tuesday = datetime(2026, 6, 2, 16, tzinfo=UTC)
    assert closed_on_wednesday.after(tuesday, 2 * HOUR) == datetime(2026, 6, 4, 10, tzinfo=UTC)
    for nothing in ({}, {day: [] for day in range(7)}):
        with pytest.raises(NoWorkingHours, match="no weekday has any hours"):
            WorkingTime("UTC", nothing)


def test_years_of_holidays_put_a_promise_off_but_do_not_lose_it():
    now = datetime(2026, 1, 1, tzinfo=UTC)
    shut = WorkingTime("UTC", OFFICE, {now.date() + n * DAY for n in range(9 * 365)})
    assert shut.next_open(now) == datetime(2035, 1, 1, 9, tzinfo=UTC)  # a Monday, and not in the list
    assert shut.after(now, HOUR) == datetime(2035, 1, 1, 10, tzinfo=UTC)


def test_a_holiday_takes_the_night_that_begins_on_it_and_no_other():
    nights = WorkingTime("UTC", {day: [("22:00", "06:00")] for day in range(7)}, [date(2026, 12, 24)])
    assert nights.is_open(datetime(2026, 12, 24, 5, tzinfo=UTC))
    assert not nights.is_open(datetime(2026, 12, 24, 23, tzinfo=UTC))
    assert not nights.is_open(datetime(2026, 12, 25, 5, tzinfo=UTC))
    assert nights.is_open(datetime(2026, 12, 25, 23, tzinfo=UTC))


def test_a_working_day_is_the_mean_of_the_days_with_hours_so_that_all_cases_have_one_standard():
    short_saturday = WorkingTime("UTC", {**OFFICE, 5: [("09:00", "10:00")]})
    assert short_saturday.day_length == 6 * HOUR
    assert short_saturday.working_days(3) == 18 * HOUR
    monday = datetime(2026, 6, 1, 9, tzinfo=UTC)
    assert short_saturday.days_after(monday, 3) == datetime(2026, 6, 3, 14, tzinfo=UTC)
    even = WorkingTime("UTC", OFFICE, [date(2026, 6, 4)])
    assert even.days_after(datetime(2026, 6, 2, 10, tzinfo=UTC), 3) == datetime(2026, 6, 8, 10, tzinfo=UTC)


def test_danger_runs_at_any_hour():
    night = datetime(2026, 12, 25, 3, 33, tzinfo=UTC)
    assert ALWAYS.after(night, 15 * MINUTE) == night + 15 * MINUTE
    assert ALWAYS.between(night, night + 3 * DAY) == 3 * DAY
    assert ALWAYS.is_open(night)
    assert ALWAYS.next_open(night) == night
    assert ALWAYS.days_after(night, 2) == night + 2 * DAY
    assert ALWAYS.before(night, 2 * DAY) == night - 2 * DAY
    new_york = ZoneInfo("America/New_York")
    a, b = datetime(2026, 11, 1, 0, tzinfo=new_york), datetime(2026, 11, 1, 3, tzinfo=new_york)
    assert ALWAYS.between(a, b) == 4 * HOUR  # three on the wall


def test_a_time_without_a_zone_is_refused_not_guessed():
    calendar = WorkingTime("UTC", OFFICE)
    naive, aware = datetime(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC)
    for ask in (
        lambda: calendar.between(naive, aware),
        lambda: calendar.between(aware, naive),
        lambda: ALWAYS.between(naive, naive),
        lambda: calendar.after(naive, HOUR),
        lambda: calendar.is_open(naive),
        lambda: calendar.next_open(naive),
    ):
        with pytest.raises(ValueError, match="a time needs its zone"):
            ask()


def test_what_lies_beyond_the_calendar_is_refused_in_words():
    calendar = WorkingTime("UTC", OFFICE)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(OutOfCalendarError, match="1900 to 2500"):
        calendar.between(datetime(1, 1, 1, tzinfo=UTC), now)
    with pytest.raises(OutOfCalendarError):
        calendar.after(now, timedelta(days=99_999))
    with pytest.raises(OutOfCalendarError):
        ALWAYS.after(now, timedelta.max)
    with pytest.raises(ValueError, match="backwards"):
        calendar.after(now, -HOUR)
    with pytest.raises(ValueError, match="backwards"):
        calendar.before(now, -HOUR)
    with pytest.raises(OutOfCalendarError):
        calendar.before(now, timedelta(days=99_999))


@pytest.mark.parametrize(
    ("weekly", "field"),
    [
        ({7: [("09:00", "17:00")]}, "weekly"),
        ({0: [("09:00", "17:00"), ("16:59", "18:00")]}, "weekly.monday[1]"),
        ({0: [("22:00", "06:00")], 1: [("05:00", "12:00")]}, "weekly.tuesday[0]"),
        ({6: [("22:00", "06:00")], 0: [("05:00", "12:00")]}, "weekly.monday[0]"),
        ({3: [("09:00", "09:00")]}, "weekly.thursday[0]"),
        ({3: [("24:00", "09:00")]}, "weekly.thursday[0]"),
        ({3: [("9:00", "17:00")]}, "weekly.thursday[0]"),
        ({3: [("09:60", "17:00")]}, "weekly.thursday[0]"),
        ({3: [("09:00", "24:01")]}, "weekly.thursday[0]"),
        ({3: [("09:00", "²0:00")]}, "weekly.thursday[0]"),
        ({3: [("09:00",)]}, "weekly.thursday[0]"),
        ({3: ["09:00-17:00"]}, "weekly.thursday[0]"),
        ({3: [(time(9, 0, 30), "17:00")]}, "weekly.thursday[0]"),
    ],
)
def test_wrong_hours_are_named(weekly, field):
    with pytest.raises(CalendarError) as wrong:
        WorkingTime("UTC", weekly)
    assert wrong.value.field == field
    assert str(wrong.value).startswith(field)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("{", "calendar"),
        ("[]", "calendar"),
        ('{"weekly": NINE_TO_FIVE}', "zone"),
        ('{"zone": "UTC"}', "weekly"),
        ('{"zone": "UTC", "weekly": []}', "weekly"),
        ('{"zone": "UTC", "weekly": {}}', "weekly"),
        ('{"zone": "UTC", "weekly": {"montag": []}}', "weekly.montag"),
        ('{"zone": "UTC", "weekly": {"monday": ["09:00"]}}', "weekly.monday"),
        ('{"zone": "UTC", "weekly": {"monday": [[9, 17]]}}', "weekly.monday[0]"),
        ('{"zone": "UTC", "weekly": {"monday": [["09:00", "17:00", "x"]]}}', "weekly.monday[0]"),
        ('{"zone": "Mars/Base", "weekly": NINE_TO_FIVE}', "zone"),
        ('{"zone": {}, "weekly": NINE_TO_FIVE}', "zone"),
        ('{"zone": "../etc/passwd", "weekly": NINE_TO_FIVE}', "zone"),
        ('{"zone": "UTC", "weekly": NINE_TO_FIVE, "holidays": {}}', "holidays"),
        ('{"zone": "UTC", "weekly": NINE_TO_FIVE, "holidays": ["2026-02-30"]}', "holidays[0]"),
        ('{"zone": "UTC", "weekly": NINE_TO_FIVE, "holidays": [20260101]}', "holidays[0]"),
        ('{"zone": "UTC", "weekly": NINE_TO_FIVE, "holyday": []}', "holyday"),
    ],
)
def test_a_wrong_calendar_text_names_the_field(text, field):
    with pytest.raises(CalendarError) as wrong:
        WorkingTime.from_json(text.replace("NINE_TO_FIVE", '{"monday": [["09:00", "17:00"]]}'))
    assert wrong.value.field == field


def test_plain_times_serve_as_well_as_texts():
    assert WorkingTime("UTC", {0: [(time(9), time(17))]}) == WorkingTime("UTC", {0: [("09:00", "17:00")]})
    assert WorkingTime("UTC", {0: [(time(18), time(0))]}) == WorkingTime("UTC", {0: [("18:00", "24:00")]})
    with pytest.raises(CalendarError, match="no date"):
        WorkingTime("UTC", OFFICE, [datetime(2026, 1, 1)])
