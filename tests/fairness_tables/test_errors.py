"""What cannot be read is refused in one sentence that says what to do."""

from __future__ import annotations

import csv
import gzip
import resource
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evenhand.fairness.tables.errors import CannotRead
from fairness_tables.writing import CASES, HEADER, a_table, rows_of, text


def refused(*tables: object, **options: object) -> str:
    with pytest.raises(CannotRead) as fault:
        rows_of(*tables, **options)
    told = str(fault.value)
    assert "\n" not in told
    assert told.endswith((".", "?"))
    return told


def test_a_wrong_column_is_named_with_the_near_ones(tmp_path: Path):
    told = refused(a_table(tmp_path), start="creatd")
    assert told == (
        f"{tmp_path}/cases.csv: there is no column 'creatd'. Did you mean 'created'?"
        " The columns are 'created', 'closed', 'channel', 'category'."
    )


@pytest.mark.parametrize(
    "option", ["start", "end", "by", "need", "solved", "day", "amount", "recoded", "remedy", "in_time"]
)
def test_every_column_asked_for_must_be_there(tmp_path: Path, option: str):
    assert "there is no column 'nowhere'" in refused(a_table(tmp_path), **{option: "nowhere"})


def test_what_cannot_be_guessed_is_asked_for_with_all_columns(tmp_path: Path):
    told = refused(a_table(tmp_path, header=("a", "closed", "channel", "category")))
    assert "name it with --start COLUMN. The columns are 'a', 'closed', 'channel', 'category'." in told
    told = refused(a_table(tmp_path, [(*row, "x") for row in CASES], header=(*HEADER, "source")))
    assert "any of 'channel', 'source' could be the group to compare by; name it with --by COLUMN" in told


def test_all_that_cannot_be_guessed_is_asked_for_at_once(tmp_path: Path):
    told = refused(a_table(tmp_path, header=("Eingang", "Ende", "channel", "Thema")))
    assert "no column is known to be when a case began; name it with --start COLUMN. No column is known" in told
    assert all(f"name it with --{flag} COLUMN" in told for flag in ("start", "end", "need"))
    assert "--by" not in told


def test_a_table_that_a_profile_knows_is_told_so(tmp_path: Path):
    header = ("Created at", "First reply time in minutes", "Via", "Topic")
    told = refused(a_table(tmp_path, [("2024-05-01 09:00", "20", "Web", "Bill")], header=header))
    assert told.endswith("It has the columns that --profile zendesk knows.")
    told = refused(tmp_path / "cases.csv", profile="zendesk")
    assert "no column 'Ticket type', which the profile zendesk takes for --need; name yours with --need." in told


def test_a_column_is_not_both_the_group_and_the_need(tmp_path: Path):
    assert "'channel' is both the group and the need" in refused(a_table(tmp_path), by="channel", need="Channel")


def test_a_column_is_not_both_the_beginning_and_the_end(tmp_path: Path):
    assert "'created' is both when a case began and when it was answered" in refused(a_table(tmp_path), end="created")


def test_two_columns_of_one_name_are_refused(tmp_path: Path):
    told = refused(a_table(tmp_path, [(*row, "x") for row in CASES], header=(*HEADER, "Channel")), by="chan nel")
    assert "2 columns are called 'chan nel'" in told


def test_dates_that_cannot_be_read_are_shown_with_their_lines(tmp_path: Path):
    rows = [*CASES, ("2024-05-01", "", "Web, and\nmore", "Bill"), ("yesterday", "", "Web", "Bill")]
    rows += [("2024-05-01", "soon", "Web", "Bill"), ("31/31/2024", "", "Web", "Bill"), ("yesterday", "", "Web", "Bill")]
    path = a_table(tmp_path, [*rows, ("never", "", "Web", "Bill")])
    told = refused(path)
    shown = "'yesterday' (line 8), '31/31/2024' (line 10), 'yesterday' (line 11)"
    assert f"4 of 10 times in 'created' cannot be read: {shown}" in told
    rows = rows_of(path, leave_out=True)
    assert rows.left_out == {"created cannot be read": 4, "closed cannot be read": 1}
    assert len(rows) == 5


def test_lines_are_told_of_the_rows_that_count(tmp_path: Path):
    rows = [("gone", "", "Fax", "Bill"), *CASES, ("gone", "", "Web", "Bill")]
    assert "'gone' (line 7)." in refused(a_table(tmp_path, rows), where="channel!=Fax")


def test_a_few_dates_in_a_hundred_are_left_out_and_counted(tmp_path: Path):
    rows = rows_of(a_table(tmp_path, [*CASES * 50, ("soon", "", "Web", "Bill")]))
    assert rows.left_out == {"created cannot be read": 1}
    assert rows.read == 201


def test_impossible_years_are_no_dates(tmp_path: Path):
    rows = rows_of(
        a_table(tmp_path, [*CASES * 50, ("0001-01-01", "", "Web", "Bill"), ("2024-05-01", "9999-12-31", "Web", "Bill")])
    )
    assert rows.left_out == {"created cannot be read": 1, "closed cannot be read": 1}


def test_start_and_end_the_wrong_way_round_are_noticed(tmp_path: Path):
    told = refused(a_table(tmp_path), start="closed", end="created")
    assert "3 of 3 cases end (created) before they begin (closed). Are start and end swapped?" in told


def test_a_few_cases_that_end_before_they_begin_are_left_out_and_counted(tmp_path: Path):
    rows = [*CASES * 60, ("2024-05-02", "2024-05-01", "Web", "Bill")]
    assert rows_of(a_table(tmp_path, rows)).left_out == {"closed before created": 1}
    told = refused(a_table(tmp_path, [*rows, *[rows[-1]] * 5]))
    assert "6 of 186 cases end (closed) before they begin (created). Name other columns" in told
    assert rows_of(a_table(tmp_path, [*rows, *[rows[-1]] * 5]), leave_out=True).left_out == {"closed before created": 6}


def test_one_group_alone_is_no_comparison(tmp_path: Path):
    told = refused(a_table(tmp_path, [(*row[:2], "Web", row[3]) for row in CASES]))
    assert "all cases have one 'channel' (Web), so there is nothing to compare" in told


def test_a_column_of_numbers_of_cases_is_no_group(tmp_path: Path):
    rows = [("2024-05-01", "", f"C{nth}", "Bill") for nth in range(2000)]
    assert "'channel' has 2,000 different values" in refused(a_table(tmp_path, rows))


def test_empty_tables_are_refused(tmp_path: Path):
    empty = tmp_path / "empty.csv"
    empty.write_bytes(b"")
    assert refused(empty) == f"{empty} is empty; give a table with a header and rows."
    empty.write_bytes(gzip.compress(b""))
    assert "is empty" in refused(empty)
    empty.write_bytes(b"\n \n")
    assert "is empty" in refused(empty)
    assert "has a header and no rows" in refused(a_table(tmp_path, []))


def test_a_table_of_which_nothing_is_left_says_why(tmp_path: Path):
    told = refused(a_table(tmp_path), where="channel=Fax")
    assert told == f"No row of {tmp_path}/cases.csv is left: 4 × channel is not Fax."


def test_files_that_are_not_there_or_no_tables_are_refused(tmp_path: Path):
    path = a_table(tmp_path)
    assert refused(tmp_path / "case.csv") == f"{tmp_path}/case.csv: there is no such file; did you mean cases.csv?"
    assert "is a folder" in refused(tmp_path)
    broken = tmp_path / "broken.gz"
    broken.write_bytes(gzip.compress(path.read_bytes() * 100)[:-20])
    assert "its gzip packing ends early or is damaged" in refused(broken)
    for name, head, what in [("a.pdf", b"%PDF-1.7 \n", "a PDF"), ("a.7z", b"7z\xbc\xaf\x27\x1c", "a 7z archive")]:
        (tmp_path / name).write_bytes(head)
        assert f"is {what}" in refused(tmp_path / name)
    damaged = [
        ("a.parquet", b"PAR1" + b"x" * 100),
        ("a.zst", b"\x28\xb5\x2f\xfd" + b"x" * 50),
        ("a.xlsx", b"PK\x03\x04" + b"x" * 50),
    ]
    for name, raw in damaged:
        (tmp_path / name).write_bytes(raw)
        assert "cannot be" in refused(tmp_path / name) or "can be read" in refused(tmp_path / name)
    (tmp_path / "bytes").write_bytes(bytes(range(256)) * 10)
    assert "is no table of text" in refused(tmp_path / "bytes")
    (tmp_path / "list.txt").write_text("one\ntwo\n")
    assert "has one column only" in refused(tmp_path / "list.txt")


def test_a_quote_that_never_closes_swallows_no_rows(tmp_path: Path):
    path = tmp_path / "cases.csv"
    path.write_text(text(CASES[:2]) + '2024-05-01,,"Web,Bill\n' + text(CASES * 3))
    assert "a quote that opens on line 4 never closes" in refused(path)


def test_a_line_of_two_gigabytes_is_refused_without_filling_the_memory(tmp_path: Path):
    path = a_table(tmp_path)
    with path.open("ab") as file:  # sparse: takes no room on the disk
        file.truncate(2**31)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    tracemalloc.start()
    assert "a line is longer than 16 MB" in refused(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 40e6
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000
    packed = tmp_path / "bomb.gz"
    with gzip.open(packed, "wb", compresslevel=1) as file:
        file.write(text(CASES).encode())
        for _ in range(40):
            file.write(b"x" * 2**20)
    assert "a line is longer than 16 MB" in refused(packed)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"zone": "Mars/Olympus"}, "'Mars/Olympus' is no zone that we know"),
        ({"standard": "0h"}, "a standard is longer than nothing"),
        ({"standard": "channel"}, "has what is no due date, hours or length of time: 'Phone', 'Web'"),
        (
            {"remedy": "channel"},
            "says neither yes nor no: 'Phone', 'Web'; say which mean yes with --remedy 'channel=Phone'",
        ),
        ({"amount": "channel"}, "has what is no amount: 'Phone', 'Web'"),
        ({"censored_at": "soon"}, "--censored-at 'soon' is neither a time like 2026-05-03T12:00 nor a column"),
        ({"where": "channel"}, "should be COLUMN=VALUE or COLUMN!=VALUE"),
        ({"one_per": "channel"}, "--keep first or --keep last"),
        ({"keep": "last"}, "name the column of the case with --one-per"),
        ({"wait": "closed", "end": "closed"}, "not both"),
        ({"end": "none"}, "name what to compare: --remedy or --amount"),
        ({"calendar": "9 to 5"}, "says nothing"),
        ({"calendar": "mon-fri 17:00-17:00"}, "cannot be used"),
        ({"calendar": "nowhere.toml"}, "there is no such calendar file"),
        ({"profile": "cfbp"}, "There is no profile 'cfbp'. Did you mean 'cfpb'?"),
        ({"profile": "zendesk"}, "there is no column 'Created at'. Did you mean 'created'?"),
        ({"recoded": "channel"}, "no name in 'channel' is one of a need; the needs are 'Bill', 'Parcel'"),
        ({"cells": "year"}, "say day, week, month"),
        ({"remedy": ["channel=Web", "category=Bill"]}, "takes one column"),
    ],
)
def test_what_was_asked_wrongly_is_told(tmp_path: Path, options: dict[str, object], told: str):
    assert told in refused(a_table(tmp_path), **options)


def test_an_archive_of_several_tables_or_none_is_told_as_such(tmp_path: Path):
    several, none, twice, cut = (tmp_path / f"{name}.zip" for name in ("several", "none", "twice", "cut"))
    for path, inside in ((several, ["a.csv", "b.csv"]), (none, []), (twice, ["inner.zip"])):
        with zipfile.ZipFile(path, "w") as archive:
            archive.mkdir("folder")
            for name in inside:
                archive.writestr(name, several.read_bytes() if name == "inner.zip" else a_table(tmp_path).read_bytes())
    cut.write_bytes(several.read_bytes()[:100])
    with pytest.raises(CannotRead, match=r"holds 2 files \(a.csv, b.csv\); unpack it and name the table"):
        rows_of(several)
    with pytest.raises(CannotRead, match="holds 0 files; unpack it"):
        rows_of(none)
    with pytest.raises(CannotRead, match="holds 2 files"):
        rows_of(twice)
    with pytest.raises(CannotRead, match="no Excel or zip file that can be read"):
        rows_of(cut)


def test_a_sheet_is_asked_for_in_vain_of_a_text(tmp_path: Path):
    with pytest.raises(CannotRead, match="has no sheets; leave out --sheet"):
        rows_of(a_table(tmp_path), sheet="Cases")


def test_a_sheet_that_is_not_there_is_told_with_those_that_are(tmp_path: Path):
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(HEADER)
    book.save(tmp_path / "cases.xlsx")
    assert "has no sheet 'Cases'; there are 'Sheet'" in refused(tmp_path / "cases.xlsx", sheet="Cases")
    assert "has a header and no rows" in refused(tmp_path / "cases.xlsx")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400), st.sampled_from([b"", text(CASES).encode(), b"PAR1", b"\x1f\x8b", b"PK\x03\x04"]))
def test_whatever_the_bytes_they_are_read_or_refused(tmp_path: Path, raw: bytes, before: bytes):
    path = tmp_path / "bytes"
    path.write_bytes(before + raw)
    try:
        rows = rows_of(path)
    except CannotRead:
        return
    assert rows.read == len(rows) + sum(rows.left_out.values())


letters = st.text(st.sampled_from("ab\",;\n\r\t '|2024-05-01:/é\u00a0�"), max_size=12)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(letters, letters, letters, letters), max_size=8), st.booleans())
def test_whatever_the_cells_no_row_is_lost(tmp_path: Path, cells: list[tuple[str, ...]], leaves_out: bool):
    path = a_table(tmp_path, [*CASES, *cells], quoting=csv.QUOTE_ALL)
    try:
        rows = rows_of(path, leave_out=leaves_out)
    except CannotRead:
        return
    assert rows.read == len(CASES) + len(cells)
    assert rows.read == len(rows) + sum(rows.left_out.values())


def test_reading_leaves_the_limits_of_the_process_as_they_were(tmp_path: Path) -> None:
    before = csv.field_size_limit()
    assert refused(a_table(tmp_path, [(*row, "x") for row in CASES], header=(*HEADER, "source")), start="nowhere")
    assert rows_of(a_table(tmp_path, name="again.csv")) is not None
    assert csv.field_size_limit() == before == 131_072
