"""Tables that real offices published. They stay where they are: EVENHAND_DATA names the folder."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from evenhand.fairness.parity.rows import UNKNOWN, Rows
from fairness_tables.writing import rows_of

DATA = Path(os.environ.get("EVENHAND_DATA", "/nonexistent"))
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="EVENHAND_DATA names no folder of published tables")


def open_share(rows: Rows) -> float:
    return 1 - float(rows.answer.is_ended.mean())


def test_the_three_spellings_of_cfpb_are_one_table():
    rows = rows_of(*sorted((DATA / "cfpb").iterdir()), profile="cfpb")
    assert rows.read == 4821 + 1299 + 1000
    assert rows.left_out == {"date_sent_to_company before date_received": 26}
    assert set(rows.by[0].groups) == {"Web", "Referral", "Phone", "Postal mail", "Fax", "Email"}
    assert open_share(rows) == 0
    assert not rows.warnings
    assert rows.in_time is not None
    assert rows.remedy is not None
    assert 0.97 < (rows.in_time == 1).mean() < 0.99
    assert np.count_nonzero(rows.remedy == 1) > 900
    assert (rows.answer.wait % 86_400 == 0).all()


def test_new_york_is_read_in_both_spellings_in_its_own_zone():
    year_end = rows_of(DATA / "nyc311" / "nyc311_2019-12-31_evening.csv", profile="nyc311")
    assert len(year_end) == 1000
    assert set(year_end.day.tolist()) == {(date(2019, 12, 31) - date(1970, 1, 1)).days}
    two_hours = rows_of(DATA / "nyc311" / "nyc311_2022-05-01_two_hours.csv", profile="nyc311")
    assert two_hours.assumed["censored_at"] == "2022-05-01T06:06:52Z"
    assert 0.47 < open_share(two_hours) < 0.49
    assert not two_hours.warnings
    both = rows_of(*sorted((DATA / "nyc311").iterdir()), profile="nyc311")
    assert len(both) == 1924


def test_baltimore_has_due_dates_and_no_customers_among_its_own_staff():
    rows = rows_of(DATA / "baltimore311" / "baltimore311_2014_2017.csv.gz", profile="baltimore311")
    assert rows.read == 7545
    assert len(rows) == 7545 - sum(rows.left_out.values()) == 5765
    assert "Internal" not in rows.by[0].groups
    assert rows.standard is not None
    assert 0.9 < np.isfinite(rows.standard).mean() < 1


def test_of_an_event_log_each_case_counts_once():
    rows = rows_of(DATA / "it_incidents" / "incident_events_opened_to_2016-04-14.csv.gz", profile="it_incidents")
    assert rows.read == 81_519
    assert len(rows) == 13_302
    assert rows.left_out == {"another row of the same number": 81_519 - 13_302}
    assert rows.assumed["day_order"] == "day first"
    assert rows.in_time is not None
    assert UNKNOWN not in rows.in_time
    assert 1000 <= np.count_nonzero(~rows.answer.is_ended) <= 1020


def test_a_table_without_an_end_is_read_for_what_was_settled():
    rows = rows_of(DATA / "comcast_fcc" / "comcast_fcc_2015.csv", profile="comcast_fcc")
    assert len(rows) == 1178
    assert not rows.has_ends
    assert rows.remedy is not None
    assert np.count_nonzero(rows.remedy == 1) == 660 + 377
    assert [by.groups for by in rows.by] == [("Customer Care Call", "Internet"), ("No", "Yes")]


def test_nothing_but_the_names_is_needed_for_most_of_them():
    rows = rows_of(DATA / "nyc311" / "nyc311_2019-12-31_evening.csv")
    assert rows.assumed["start"] == "created_date"
    assert rows.assumed["by"] == ["open_data_channel_type"]
    rows = rows_of(DATA / "baltimore311" / "baltimore311_2014_2017.csv.gz")
    assert rows.assumed["need"] == ["SRType"]
    assert rows.assumed["day_order"] == "month first"
