"""Holidays from calendar files as public bodies and offices write them."""

from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.care.clock.holidays import HolidayFileError, holidays_from_ical

FRAME = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{}END:VCALENDAR\r\n"


def a_file(*events: str) -> str:
    return FRAME.format("".join(f"BEGIN:VEVENT\r\n{event}\r\nEND:VEVENT\r\n" for event in events))


def test_single_days_are_read_as_public_bodies_publish_them():
    text = a_file(
        "DTEND;VALUE=DATE:20261226\r\nDTSTART;VALUE=DATE:20261225\r\nSUMMARY:Christmas Day",
        "DTSTART;VALUE=DATE:20260101\r\nSUMMARY:New Year’s Day\r\nTRANSP:TRANSPARENT",
    )
    assert holidays_from_ical(text) == {date(2026, 1, 1), date(2026, 12, 25)}


def test_an_event_of_several_days_ends_before_its_end():
    text = a_file("DTSTART;VALUE=DATE:20261224\r\nDTEND;VALUE=DATE:20261227\r\nSUMMARY:Closed")
    assert holidays_from_ical(text) == {date(2026, 12, day) for day in (24, 25, 26)}
    text = a_file("DTSTART;VALUE=DATE:20261224\r\nDURATION:P1W")
    assert len(holidays_from_ical(text)) == 7


def test_whole_days_written_from_midnight_to_midnight_are_whole_days():
    text = a_file("DTSTART;TZID=Europe/Berlin:20261003T000000\r\nDTEND;TZID=Europe/Berlin:20261004T000000")
    assert holidays_from_ical(text) == {date(2026, 10, 3)}


def test_a_yearly_holiday_comes_back_every_year_until_the_last_laid_out():
    text = a_file("DTSTART;VALUE=DATE:20201003\r\nRRULE:FREQ=YEARLY\r\nSUMMARY:Unity")
    assert holidays_from_ical(text, through=2023) == {date(year, 10, 3) for year in range(2020, 2024)}
    assert max(holidays_from_ical(text)) == date(2060, 10, 3)


def test_a_rule_may_count_skip_years_end_and_name_a_weekday():
    def of(rule: str, start: str = "20240101") -> list[date]:
        return sorted(holidays_from_ical(a_file(f"DTSTART;VALUE=DATE:{start}\r\nRRULE:{rule}"), through=2030))

    assert of("FREQ=YEARLY;COUNT=2") == [date(2024, 1, 1), date(2025, 1, 1)]
    assert of("FREQ=YEARLY;INTERVAL=3") == [date(2024, 1, 1), date(2027, 1, 1), date(2030, 1, 1)]
    assert of("FREQ=YEARLY;UNTIL=20251231T235959Z") == [date(2024, 1, 1), date(2025, 1, 1)]
    fourth_thursday = of("FREQ=YEARLY;BYMONTH=11;BYDAY=4TH;COUNT=3", "20241128")
    assert fourth_thursday == [date(2024, 11, 28), date(2025, 11, 27), date(2026, 11, 26)]
    last_monday = of("FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO;COUNT=2", "20240527")
    assert last_monday == [date(2024, 5, 27), date(2025, 5, 26)]
    assert of("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25;COUNT=1", "20241225") == [date(2024, 12, 25)]


def test_d52_the_29th_of_february_comes_back_in_leap_years_alone():
    text = a_file("DTSTART;VALUE=DATE:20240229\r\nRRULE:FREQ=YEARLY")
    assert holidays_from_ical(text, through=2033) == {date(year, 2, 29) for year in (2024, 2028, 2032)}


def test_days_are_added_and_left_out_one_by_one():
    text = a_file(
        "DTSTART;VALUE=DATE:20240501\r\nRRULE:FREQ=YEARLY\r\nEXDATE;VALUE=DATE:20250501\r\n"
        "RDATE;VALUE=DATE:20260502,20260503",
        "DTSTART;VALUE=DATE:20260704\r\nSTATUS:CANCELLED",
    )
    assert holidays_from_ical(text, through=2026) == {
        date(2024, 5, 1),
        date(2026, 5, 1),
        date(2026, 5, 2),
        date(2026, 5, 3),
    }


def test_folded_lines_bare_line_ends_alarms_and_time_zones_do_not_confuse():
    text = (
        "\ufeffBEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:Europe/Berlin\nBEGIN:STANDARD\nDTSTART:19701025T030000\n"
        "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\nEND:STANDARD\nEND:VTIMEZONE\nBEGIN:VEVENT\nDTSTART;VALUE=DA\n"
        " TE:20260101\nBEGIN:VALARM\nTRIGGER:-PT15M\nDURATION:PT15M\nEND:VALARM\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    assert holidays_from_ical(text) == {date(2026, 1, 1)}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no calendar file"),
        ("<html>", "no calendar file"),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260101\n", "cut off"),
        ("BEGIN:VCALENDAR\nEND:VEVENT\n", "damaged"),
        (a_file("SUMMARY:Party\r\nDTSTART:20261224T140000"), "“Party”: its start is .* whole days"),
        (a_file("SUMMARY:Party"), "one DTSTART, and has none"),
        (a_file("DTSTART:20260230"), "day is out of range|day .* must be in range"),
        (a_file("DTSTART:20260101\r\nDTEND:20251231"), "lasts -1 days"),
        (a_file("DTSTART:20260101\r\nDTEND:20290101"), "lasts 1096 days"),
        (a_file("DTSTART:20260101\r\nDURATION:PT8H"), "whole days"),
        (a_file("DTSTART:20260101\r\nRRULE:FREQ=WEEKLY"), "list its days"),
        (a_file("DTSTART:20260101\r\nRRULE:FREQ=YEARLY;BYSETPOS=1"), "list its days"),
        (a_file("DTSTART:20260101\r\nRRULE:FREQ=YEARLY;INTERVAL=0"), "list its days"),
        (a_file("DTSTART:20260101\r\nRRULE:FREQ=YEARLY;BYDAY=MO"), "list its days"),
        (a_file(*[f"DTSTART:{1900 + n}0101\r\nDTEND:{1901 + n}0101" for n in range(60)]), "more than 20,000 days"),
    ],
)
def test_what_cannot_be_read_as_holidays_is_refused_in_words(text, says):
    with pytest.raises(HolidayFileError, match=says):
        holidays_from_ical(text)


@given(st.sets(st.dates(date(2020, 1, 1), date(2040, 1, 1)), max_size=20))
def test_every_day_that_was_written_is_read(days):
    events = [f"DTSTART;VALUE=DATE:{d:%Y%m%d}\r\nDTEND;VALUE=DATE:{d + timedelta(days=1):%Y%m%d}" for d in days]
    assert holidays_from_ical(a_file(*events)) == days


@given(st.text(alphabet="BEGIN:VCALDRTSUMY=;,0123456789\r\n -P", max_size=200))
def test_no_text_makes_it_fail_in_any_other_way(text):
    for whole in (text, a_file(text)):
        with suppress(HolidayFileError):
            holidays_from_ical(whole)
