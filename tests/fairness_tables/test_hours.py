"""With business hours, a wait counts only while the place is open; lengths and margins are read as they are written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.fairness.tables.asking import margins
from evenhand.fairness.tables.errors import CannotRead
from evenhand.fairness.tables.hours import hours
from evenhand.fairness.tables.lengths import seconds, unit_of
from evenhand.fairness.tables.words import money
from fairness_tables.writing import a_table, rows_of, waits

OFFICE = "mon-fri 09:00-17:00 Europe/Berlin"

CASES = [
    ("2024-05-03 16:30", "2024-05-06 09:30", "Web", "a"),  # over a weekend
    ("2024-05-04 10:00", "2024-05-04 12:00", "Web", "a"),  # on a Saturday
    ("2024-04-30 16:00", "2024-05-02 10:00", "Fax", "a"),  # over a holiday
    ("2024-05-06 09:30", "", "Fax", "a"),
]


def test_waits_count_only_open_hours(tmp_path: Path):
    path = a_table(tmp_path, CASES)
    rows = rows_of(path, calendar=f"{OFFICE} 2024-05-01", zone="Europe/Berlin")
    assert waits(rows) == [3600, 0, 7200, None]
    assert rows.assumed["calendar"] == f"{OFFICE} 2024-05-01"
    assert rows.age.tolist()[0] == 3600
    assert waits(rows_of(path, zone="Europe/Berlin"))[1] == 7200


def test_a_calendar_may_stand_in_a_file_or_a_profile(tmp_path: Path):
    path = a_table(tmp_path, CASES)
    written = 'zone = "Europe/Berlin"\nholidays = [2024-05-01]\n[hours]\n"mon-fri" = "09:00-17:00"\n'
    (tmp_path / "open.toml").write_text(written)
    in_words = rows_of(path, calendar=f"{OFFICE} 2024-05-01", zone="Europe/Berlin")
    in_a_file = rows_of(path, calendar=str(tmp_path / "open.toml"), zone="Europe/Berlin")
    weekly = 'mon-fri = ["09:00-12:00", "12:00-17:00"]'
    written = f'zone = "Europe/Berlin"\n[calendar]\nholidays = [2024-05-01]\nhours = {{ {weekly} }}\n'
    (tmp_path / "mine.toml").write_text(written)
    in_a_profile = rows_of(path, profile=str(tmp_path / "mine.toml"))
    assert waits(in_a_file) == waits(in_a_profile) == waits(in_words)


def test_a_standard_in_days_is_one_of_working_days(tmp_path: Path):
    rows = rows_of(a_table(tmp_path, CASES), calendar=OFFICE, zone="Europe/Berlin", standard="2d")
    assert rows.standard is not None
    assert set(rows.standard.tolist()) == {2 * 8 * 3600.0}
    due = [(*row, "2024-05-06 17:00") for row in CASES]
    path = a_table(tmp_path, due, header=("created", "closed", "channel", "category", "due"))
    rows = rows_of(path, calendar=OFFICE, zone="Europe/Berlin", standard="due")
    assert rows.standard is not None
    assert (rows.standard / 3600).tolist()[:2] == [8.5, 8]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.datetimes(datetime(2020, 1, 1), datetime(2026, 12, 31)), min_size=2, max_size=20))
def test_the_clock_of_columns_is_the_clock_of_promises(some: list[datetime]):
    """The same open time as `WorkingTime`, which promises are made by, one at a time."""
    calendar = hours("mon-thu 08:00-12:00 13:00-17:30, fri 22:00-02:00 America/New_York 2021-07-05 2024-12-25", None)
    at = sorted(each.replace(microsecond=0, tzinfo=UTC) for each in some)
    instants = np.array([int(each.timestamp()) for each in at], np.int64)
    so_far = calendar.clock(int(instants[0]), int(instants[-1]))(instants)
    expected = [calendar.working.between(at[0], each) / timedelta(seconds=1) for each in at]
    np.testing.assert_allclose(so_far, expected, atol=1e-6)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("4h", 14_400), ("3d", 259_200), ("P2D", 172_800), ("PT90M", 5400), ("P1DT2H", 93_600), ("1h30m", 5400),
        ("90 min", 5400), ("1 day, 2 hours", 93_600), ("02:30:00", 9000), ("0:05", 300), ("1 day 02:00:00", 93_600),
        ("2,5 h", 9000), ("1w", 604_800), ("P", None), ("soon", None), ("", None), ("4", None), ("4 parsecs", None),
    ],
)  # fmt: skip
def test_lengths_of_time_are_read_as_people_write_them(written: str, expected: float | None):
    assert seconds(written) == expected


def test_the_unit_stands_in_the_name_of_the_column():
    assert unit_of("First reply time in minutes") == 60
    assert unit_of("Resolution time (in hrs)") == 3600
    assert unit_of("DaysOpen days") == 86_400
    assert unit_of("took_seconds") == 1
    assert unit_of("Target") == 3600


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("12.50", 12.5), ("$1,200.00", 1200), ("1.234,56 €", 1234.56), ("12,50", 12.5), ("1,200", 1200), ("(3.00)", -3),
        ("-7", -7), ("0", 0), ("EUR 5", 5), ("five", None), ("", None), ("1.2.3", None),
    ],
)  # fmt: skip
def test_amounts_are_read_as_people_write_them(written: str, expected: float | None):
    assert money(written) == expected


def test_margins_are_read_one_by_one_or_together():
    assert margins(None).share == 0.10
    for said in (["20%", "3 pts", "30min"], "20%,3pts,30 min", ["20 %,3 points", "0.5h"]):
        found = margins(said)
        assert (found.share, found.rate, found.least_hours) == (0.2, 0.03, 0.5)
    for wrong in ("10", "ten%", "0%", "150%", ""):
        with pytest.raises(CannotRead):
            margins(wrong)
