"""A profile says which column is what in tables that many people have."""

from __future__ import annotations

from pathlib import Path

import pytest

from evenhand.fairness.tables.errors import CannotRead
from evenhand.fairness.tables.profiles import profile, shipped
from fairness_tables.writing import CASES, HEADER, a_table, groups, needs, rows_of, waits


def test_all_shipped_profiles_read():
    names = "baltimore311 boston311 cfpb chatwoot comcast_fcc freshdesk it_incidents nyc311 zendesk"
    assert shipped() == names.split()
    for name in shipped():
        asked = profile(name)
        assert asked.start
        assert asked.by
        assert asked.need
        assert asked.end or asked.wait


def exported(folder: Path, columns: dict[str, list[str]]) -> Path:
    return a_table(folder, list(zip(*columns.values(), strict=True)), header=list(columns))


def test_a_zendesk_export_is_read(tmp_path: Path):
    path = exported(tmp_path, {
        "Id": ["1", "2", "3"], "Status": ["Solved", "Open", "Deleted"], "Via": ["Mail", "Web form", "Mail"],
        "Ticket type": ["Question", "-", "Question"],
        "Created at": ["2024-05-01 09:00", "2024-05-02 09:00", "2024-05-02 09:00"],
        "Solved at": ["2024-05-02 10:00", "", ""], "First reply time in minutes": ["30", "", "1"],
    })  # fmt: skip
    rows = rows_of(path, profile="zendesk")
    assert waits(rows) == [1800, None]
    assert needs(rows) == ["Question", "(empty)"]
    assert rows.solution is not None
    assert rows.solution.wait[0] == 25 * 3600
    assert rows.left_out == {"Status is Deleted or deleted or Suspended or suspended": 1}


def test_a_freshdesk_export_is_read(tmp_path: Path):
    path = exported(tmp_path, {
        "Ticket ID": ["1", "2", "3"], "Source": ["Email", "Chat", "Outbound Email"],
        "Type": ["Question", "", "Question"],
        "Created time": ["2024-05-01 09:00:00"] * 3, "Initial response time": ["2024-05-01 10:00:00", "", ""],
        "Resolved time": ["2024-05-03 09:00:00", "", ""], "First response status": ["Within SLA", "SLA Violated", ""],
    })  # fmt: skip
    rows = rows_of(path, profile="freshdesk")
    assert waits(rows) == [3600, None]
    assert groups(rows) == ["Email", "Chat"]
    assert rows.in_time is not None
    assert rows.in_time.tolist() == [1, 0]


def test_chatwoot_conversations_are_read(tmp_path: Path):
    path = exported(tmp_path, {
        "created_at": ["1714554000", "1714554000", "1714640400"], "first_reply_created_at": ["1714557600", "0", ""],
        "channel_type": ["Channel::Email", "Channel::WebWidget", "Channel::Email"],
        "cached_label_list": ["bill", "", "bill"],
    })  # fmt: skip
    rows = rows_of(path, profile="chatwoot")
    assert waits(rows) == [3600, None, None]
    assert needs(rows) == ["bill", "(empty)", "bill"]


BOSTON = (
    "open_dt target_dt closed_dt source type",
    "open_date target_close_date close_date report_source service_name",
)


@pytest.mark.parametrize("header", BOSTON)
def test_boston_is_read_in_both_its_spellings(tmp_path: Path, header: str):
    cells = [
        ("2024-05-01 09:00:00", "2024-05-03 09:00:00", "2024-05-02 09:00:00", "Constituent Call", "Pothole"),
        ("2024-05-01 09:00:00", "2024-05-03 09:00:00", "", "Citizens Connect App", "Pothole"),
        ("2024-05-01 09:00:00", "", "2024-05-01 09:00:00", "Employee Generated", "Pothole"),
    ]
    rows = rows_of(a_table(tmp_path, cells, header=header.split()), profile="boston311")
    assert waits(rows) == [86_400, None]
    assert rows.standard is not None
    assert rows.standard.tolist() == [2 * 86_400] * 2
    assert rows.left_out == {f"{header.split()[3]} is Employee Generated or City Worker App": 1}


def test_what_is_asked_stands_before_the_profile_and_conditions_of_both_hold(tmp_path: Path):
    where = 'where = [{ column = "category", not = ["Parcel"] }]'
    (tmp_path / "mine.toml").write_text(f'by = ["channel"]\nneed = ["channel"]\n{where}\n')
    path = a_table(tmp_path, [*CASES, ("2024-05-03", "", "Fax", "Bill")])
    rows = rows_of(path, profile=str(tmp_path / "mine.toml"), need="category", where="channel!=Fax")
    assert needs(rows) == ["Bill", "Bill"]
    assert rows.left_out == {"category is Parcel": 2, "channel is Fax": 1}


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("begin = 'a'", "has 'begin', which means nothing."),
        ("strat = 'a'", "Did you mean 'start'?"),
        ("start = 3", "start should be a column"),
        ("by = []", "by should be a list of columns"),
        ("where = 'a=b'", "where should be a list"),
        ("where = [{ column = 'a' }]", "where should be a list"),
        ("remedy = { yes = ['a'] }", "remedy should be a column, or {column"),
        ("zone = 3", "zone should be a text"),
        ("zone = ", "cannot be read as TOML"),
        ("calendar = { open = 'mon' }", "'open' is unknown; a calendar has zone, hours and holidays"),
    ],
)
def test_a_mistake_in_a_profile_is_told(tmp_path: Path, written: str, told: str):
    (tmp_path / "mine.toml").write_text(written)
    with pytest.raises(CannotRead) as fault:
        rows_of(a_table(tmp_path, header=HEADER), profile=str(tmp_path / "mine.toml"))
    assert told in str(fault.value)
