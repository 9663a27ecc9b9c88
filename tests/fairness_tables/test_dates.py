"""Points in time are read however they are written; what was guessed is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evenhand.fairness.tables.errors import CannotRead
from evenhand.fairness.tables.zones import days, instants
from fairness_tables.writing import a_table, rows_of, waits

WRITTEN = [
    ("2024-05-13 09:00:00", "2024-05-13 10:30:00"),
    ("2024-05-13T09:00:00.123", "2024-05-13T10:30:00.123456"),
    ("2024-05-13T09:00:00Z", "2024-05-13T12:30:00+02:00"),
    ("2024-05-13 09:00:00-0500", "2024-05-13 10:30:00-05"),
    ("2024/5/13 9:00", "2024/05/13 10:30"),
    ("05/13/2024 09:00:00 AM", "05/13/2024 10:30:00 AM"),
    ("5/13/2024 11:30 pm", "5/14/2024 1:00 am"),
    ("13/05/2024 09:00", "13/05/2024 10:30"),
    ("13.05.2024 09:00", "13.05.2024 10:30:00"),
    ("13-05-2024 09:00:00 AM", "13-05-2024 10:30:00 AM"),
    ("13-May-24 09:00", "13-May-2024 10:30"),
    ("May 13, 2024 9:00 AM", "May 13, 2024 10:30 AM"),
    ("13 May 2024, 09:00", "13 May 2024, 10:30"),
    ("Mon, 13 May 2024 09:00:00 +0000", "Mon, 13 May 2024 10:30:00 +0000"),
    ("2024-05-13 09:00:00 UTC", "2024-05-13 10:30:00 UTC"),
    ("1715590800", "1715596200"),
    ("1715590800000", "1715596200000"),
    ("20240513T090000", "20240513T103000"),
    ("2024-05-13 09:00:00.123456789", "2024-05-13 10:30:00.5"),
    (" 2024-05-13 09:00:00 ", "\t2024-05-13 10:30:00\u00a0"),
]


@pytest.mark.parametrize(("start", "end"), WRITTEN)
def test_ninety_minutes_are_ninety_minutes_however_written(tmp_path: Path, start: str, end: str):
    path = a_table(tmp_path, [(start, end, "Web", "Bill"), (start, "", "Phone", "Bill")])
    rows = rows_of(path)
    assert waits(rows) == [5400, None]
    assert rows.day[0] == (datetime(2024, 5, 13, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).days
    assert not rows.warnings


def test_several_ways_of_writing_in_one_column_are_all_read(tmp_path: Path):
    written = [(start, end, "Web", "Bill") for start, end in WRITTEN if "May" in start or start.startswith("2024-")]
    first = [("2024-05-13 09:00:00", "2024-05-13 10:30:00", "Phone", "Bill")] * 1500
    rows = rows_of(a_table(tmp_path, first + written))
    assert set(waits(rows)) == {5400}
    assert len(rows) == 1500 + len(written)


def test_the_order_of_day_and_month_is_read_off_the_whole_table(tmp_path: Path):
    early = [(f"0{day}/02/2024", f"0{day}/02/2024", "Web", "Bill") for day in range(1, 10)] * 200
    rows = rows_of(a_table(tmp_path, [*early, ("01/02/2024", "25/02/2024", "Phone", "Bill")]))
    assert rows.assumed["day_order"] == "day first"
    assert not rows.warnings
    assert waits(rows)[-1] == 24 * 86_400


def test_where_nothing_tells_day_from_month_the_month_is_first_and_that_is_told(tmp_path: Path):
    path = a_table(tmp_path, [("03/04/2024", "05/04/2024", "Web", "Bill"), ("03/04/2024", "", "Phone", "Bill")])
    rows = rows_of(path)
    assert waits(rows) == [61 * 86_400, None]
    assert rows.assumed["day_order"] == "month first"
    assert "--dates day-first" in rows.warnings[0]
    said = rows_of(path, dates="day-first")
    assert waits(said) == [2 * 86_400, None]
    assert not said.warnings


def test_points_between_the_numbers_mean_day_first(tmp_path: Path):
    rows = rows_of(a_table(tmp_path, [("03.04.2024", "05.04.2024", "Web", "Bill"), ("03.04.2024", "", "Fax", "Bill")]))
    assert waits(rows) == [2 * 86_400, None]
    assert not rows.warnings


def test_a_format_may_be_named(tmp_path: Path):
    path = a_table(tmp_path, [("24h13-05", "24h14-05", "Web", "Bill"), ("24h13-05", "", "Fax", "Bill")])
    assert waits(rows_of(path, dates="%yh%d-%m")) == [86_400, None]
    with pytest.raises(CannotRead, match="neither day-first, month-first, iso nor excel"):
        rows_of(path, dates="%Q")


def test_days_as_excel_counts_them_are_guessed_by_their_parts_or_named(tmp_path: Path):
    cells = [("45425.375", "45426.5", "Web", "a"), ("45425", "", "Fax", "a")]
    rows = rows_of(a_table(tmp_path, cells))
    assert waits(rows) == [27 * 3600, None]
    assert rows.assumed["dates_written"] == "days as Excel counts them"
    whole = [("45425", "45427", "Web", "a"), ("45425", "", "Fax", "a")]
    assert waits(rows_of(a_table(tmp_path, whole), dates="excel")) == [2 * 86_400, None]
    with pytest.raises(CannotRead, match="times in 'created' cannot be read: '45425'"):
        rows_of(a_table(tmp_path, whole))
    with pytest.raises(CannotRead, match="'12' \\(line 2\\)"):
        rows_of(a_table(tmp_path, [("12", "", "Web", "a"), *whole]), dates="excel")


def test_a_date_and_a_time_may_stand_in_two_columns(tmp_path: Path):
    header = ("Date", "Time", "Closed", "Via", "Kind")
    cells = [("13-05-2024", "03:53:50 PM", "13-05-2024 04:00:00 PM", "Web", "a"), ("13-05-2024", "", "", "Fax", "a")]
    rows = rows_of(a_table(tmp_path, cells, header=header), start="Date + Time")
    assert waits(rows) == [370, None]
    assert rows.assumed["start"] == "Date+Time"


def test_words_for_no_time_are_no_time(tmp_path: Path):
    cells = [("2024-05-13", word, "Web" if nth else "Fax", "a") for nth, word in enumerate(["NULL", "-", "n/a", "NaT"])]
    assert waits(rows_of(a_table(tmp_path, [*cells, ("2024-05-13", "2024-05-14", "Fax", "a")]))) == [None] * 4 + [
        86_400
    ]


def test_times_without_a_zone_are_those_of_the_zone_asked_for(tmp_path: Path):
    over_the_change = [
        ("2024-03-30 12:00", "2024-03-31 12:00", "Web", "a"),
        ("2024-10-26 12:00", "2024-10-27 12:00", "Fax", "a"),
    ]
    rows = rows_of(a_table(tmp_path, over_the_change), zone="Europe/Berlin")
    assert waits(rows) == [23 * 3600, 25 * 3600]
    assert "times_without_zone" not in rows.assumed


def test_a_zone_in_the_table_stands_before_the_one_asked_for(tmp_path: Path):
    mixed = [("2024-05-13T09:00:00Z", "2024-05-13 12:00:00", "Web", "a"), ("2024-05-13 09:00", "", "Fax", "a")]
    rows = rows_of(a_table(tmp_path, mixed), zone="Europe/Berlin")
    assert waits(rows)[0] == 3600
    assert rows.age[1] - rows.age[0] == 2 * 3600


moments = st.datetimes(datetime(1971, 1, 1), datetime(2029, 12, 31))  # before the "now" of these tests
FORMATS = ["%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%d-%b-%Y %H:%M:%S", "%B %d, %Y %I:%M:%S %p"]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(moments, min_size=2, max_size=12), st.sampled_from(FORMATS))
def test_dates_come_back_as_they_were_written(tmp_path: Path, some: list[datetime], how: str):
    last = max(some).replace(microsecond=0)
    cells = [(each.strftime(how), "", "Web" if nth else "Fax", "a") for nth, each in enumerate(some)]
    rows = rows_of(a_table(tmp_path, cells), dates="day-first")
    ages = [(last - each.replace(microsecond=0)) // timedelta(seconds=1) for each in some]
    assert rows.age.tolist() == ages


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(moments, st.integers(-14 * 60, 14 * 60)), min_size=2, max_size=12))
def test_a_time_with_its_zone_is_that_instant(tmp_path: Path, some: list[tuple[datetime, int]]):
    aware = [at.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=offset))) for at, offset in some]
    cells = [(each.isoformat(), "", "Web" if nth else "Fax", "a") for nth, each in enumerate(aware)]
    rows = rows_of(a_table(tmp_path, cells), zone="Asia/Kolkata")
    assert rows.age.tolist() == [(max(aware) - each) // timedelta(seconds=1) for each in aware]


ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Sao_Paulo", "UTC"]


@settings(max_examples=300, deadline=None)
@given(st.lists(moments, min_size=1, max_size=30), st.sampled_from(ZONES))
def test_wall_clocks_are_read_as_python_reads_them(some: list[datetime], zone: str):
    at = [each.replace(microsecond=0, fold=0) for each in some]  # a written time does not say which of two it is
    wall = np.array([(each - datetime(1970, 1, 1)) // timedelta(seconds=1) for each in at], np.int64)
    expected = [int(each.replace(tzinfo=ZoneInfo(zone)).timestamp()) for each in at]
    assert instants(wall, zone).tolist() == expected
    local = [
        (datetime.fromtimestamp(each, ZoneInfo(zone)).date() - datetime(1970, 1, 1).date()).days for each in expected
    ]
    assert days(np.array(expected, np.int64), zone).tolist() == local


@pytest.mark.parametrize("zone", ZONES)
def test_every_hour_around_a_change_of_the_clocks_is_read_as_python_reads_it(zone: str):
    for day in (
        datetime(2024, 3, 9),
        datetime(2024, 3, 30),
        datetime(2024, 4, 6),
        datetime(2024, 10, 5),
        datetime(2024, 11, 2),
    ):
        at = [day + timedelta(minutes=15 * nth) for nth in range(200)]
        wall = np.array([(each - datetime(1970, 1, 1)) // timedelta(seconds=1) for each in at], np.int64)
        assert instants(wall, zone).tolist() == [int(each.replace(tzinfo=ZoneInfo(zone)).timestamp()) for each in at]
