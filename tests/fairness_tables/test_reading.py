"""Any table of cases becomes the same columns of numbers, however it is written down."""

import gzip
import io
import os
import subprocess
import sys
import threading
import zipfile
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import openpyxl
import pytest

from evenhand.fairness.parity.rows import UNKNOWN, Period
from evenhand.fairness.tables.errors import CannotRead
from fairness_tables.writing import CASES, HEADER, a_table, groups, needs, rows_of, same, text, waits


def test_columns_are_guessed_from_their_names_and_told(tmp_path: Path):
    rows = rows_of(a_table(tmp_path))
    assert waits(rows) == [3600, None, 86_400, 1]
    assert needs(rows) == ["Bill", "Bill", "Parcel", "Parcel"]
    assert groups(rows) == ["Phone", "Web", "Web", "Phone"]
    told = rows.assumed
    assert (told["start"], told["end"], told["by"], told["need"]) == ("created", "closed", ["channel"], ["category"])
    assert told["censored_at"] == "2024-05-03T12:00:01Z"
    assert told["times_without_zone"] == "taken as UTC"


def test_an_open_case_is_as_old_as_the_table(tmp_path: Path):
    rows = rows_of(a_table(tmp_path))
    assert rows.answer.wait[1] == rows.age[1] == 2 * 86_400 + 2.5 * 3600 + 1


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_any_delimiter_is_found(tmp_path: Path, delimiter: str):
    assert same(rows_of(a_table(tmp_path, delimiter=delimiter)), rows_of(a_table(tmp_path, name="plain.csv")))


def test_packed_tables_are_read_like_plain_ones(tmp_path: Path):
    plain = a_table(tmp_path)
    packed = tmp_path / "cases.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    zstd = tmp_path / "cases.zst"
    with duckdb.connect() as con:
        con.execute(
            f"COPY (SELECT * FROM read_csv('{plain}', all_varchar = true)) TO '{zstd}' (compression zstd, format csv)"
        )
    parquet = tmp_path / "cases.parquet"
    with duckdb.connect() as con:
        con.execute(f"COPY (SELECT * FROM '{plain}') TO '{parquet}'")
    as_text = rows_of(plain)
    zipped = tmp_path / "cases.zip"
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.mkdir("folder")
        archive.writestr("folder/cases.csv", plain.read_bytes())
        archive.writestr("__MACOSX/cases.csv", b"what one system leaves behind")
    assert same(rows_of(packed), as_text)
    assert same(rows_of(zipped), as_text)
    assert same(rows_of(zstd), as_text)
    assert same(rows_of(parquet), as_text)


def test_an_excel_sheet_is_read_with_its_own_dates(tmp_path: Path):
    book = openpyxl.Workbook()
    book.active.title = "Notes"
    sheet = book.create_sheet("Cases")
    sheet.append(HEADER)
    for start, end, channel, need in CASES:
        sheet.append([datetime.fromisoformat(start), datetime.fromisoformat(end) if end else None, channel, need])
    book.save(tmp_path / "cases.xlsx")
    rows = rows_of(tmp_path / "cases.xlsx")
    assert same(rows, rows_of(a_table(tmp_path)))
    assert rows.assumed["sheet"] == "Cases"


def test_a_cell_merged_over_several_rows_stands_in_each_of_them(tmp_path: Path):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["Complaints of May"], HEADER, *CASES):
        sheet.append(list(row))
    sheet.merge_cells("A1:D1")
    sheet.merge_cells("C4:C5")  # Web, twice
    book.save(tmp_path / "cases.xlsx")
    rows = rows_of(tmp_path / "cases.xlsx")
    assert same(rows, rows_of(a_table(tmp_path)))
    assert rows.assumed["merged_cells"] == "1, each of their rows has what stands in them"


@pytest.mark.parametrize(
    "above", ["Complaints\n", "Complaints,,,\nTaken,2024-06-01,,\n\n", '"A title, of\ntwo lines"\n']
)
def test_a_title_above_the_header_is_passed_over_and_told(tmp_path: Path, above: str):
    path = tmp_path / "cases.csv"
    path.write_text(above + text(CASES))
    rows = rows_of(path)
    assert same(rows, rows_of(a_table(tmp_path, name="plain.csv")))
    assert rows.read == len(CASES)
    assert rows.assumed["above_the_header"].endswith(", not read")
    path.write_text(above + text([*CASES, ("soon", "", "Web", "Bill")]))
    with pytest.raises(CannotRead, match=rf"'soon' \(line {above.count(chr(10)) + 6}\)"):
        rows_of(path)


def test_a_title_above_the_header_of_a_sheet_is_passed_over(tmp_path: Path):
    book = openpyxl.Workbook()
    for row in (["Complaints of May"], [], HEADER, *CASES):
        book.active.append(list(row))
    book.save(tmp_path / "cases.xlsx")
    assert same(rows_of(tmp_path / "cases.xlsx"), rows_of(a_table(tmp_path)))


def test_a_header_with_empty_cells_below_it_is_no_title(tmp_path: Path):
    sparse = [(*row, "", "", "", "") for row in CASES]
    path = a_table(tmp_path, sparse, header=(*HEADER, "a", "b", "c", "d"))
    rows = rows_of(path)
    assert rows.read == len(CASES)
    assert "above_the_header" not in rows.assumed


def test_standard_input_is_a_table_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = a_table(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(path.read_bytes()))))
    assert same(rows_of("-"), rows_of(path))


def test_a_pipe_is_read_once_and_whole(tmp_path: Path):
    path, pipe = a_table(tmp_path, CASES * 200), tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_text(path.read_text()), daemon=True)
    writer.start()
    assert same(rows_of(pipe), rows_of(path))
    writer.join()


def test_several_files_are_one_table_however_each_spells_its_columns(tmp_path: Path):
    one = a_table(tmp_path, CASES[:2], "one.csv")
    other = a_table(tmp_path, CASES[2:], "two.csv", header=("CREATED", "Closed ", "chan_nel", "Category"))
    rows = rows_of(one, other, by="channel")
    assert same(rows, rows_of(a_table(tmp_path)))
    assert rows.assumed["files"] == [str(one), str(other)]


def test_files_may_write_their_dates_differently(tmp_path: Path):
    one = a_table(tmp_path, [("13/05/2024 09:00", "13/05/2024 10:00", "Web", "Bill")], "one.csv")
    other = a_table(tmp_path, [("05/13/2024 09:00:00 AM", "05/13/2024 11:00:00 AM", "Phone", "Bill")], "two.csv")
    assert waits(rows_of(one, other)) == [3600, 7200]


def test_quotes_and_line_breaks_in_cells_are_read_as_they_are_meant(tmp_path: Path):
    rows = [(start, end, "Web, or\n“mail”", 'the "big" one') for start, end, _, _ in CASES] + [*CASES]
    read = rows_of(a_table(tmp_path, rows))
    assert set(groups(read)) == {"Web, or “mail”", "Phone", "Web"}
    assert 'the "big" one' in read.needs


def test_a_text_that_is_not_utf_8_is_read_as_windows_writes_it(tmp_path: Path):
    path = tmp_path / "cases.csv"
    path.write_bytes(text([*CASES, (*CASES[0][:2], "Büro", "Größe")]).encode("windows-1252"))
    rows = rows_of(path)
    assert "Büro" in rows.by[0].groups
    assert rows.assumed["encoding"] == "windows-1252"
    path.write_bytes(text([*CASES, (*CASES[0][:2], "Büro", "Größe")], delimiter="\t").encode("utf-16"))
    assert "Größe" in rows_of(path).needs


def test_rows_that_do_not_fit_the_header_are_counted_as_left_out(tmp_path: Path):
    path = a_table(tmp_path, [*CASES, ("2024-05-01",), (*CASES[0], "more", "still more")])
    with pytest.raises(CannotRead, match=r"2 of 6 rows have more or fewer cells than the header \(line 6, line 7\)"):
        rows_of(path)
    rows = rows_of(path, leave_out=True)
    assert len(rows) == 4
    assert rows.read == 6
    assert rows.left_out == {"other number of cells than the header": 2}
    few = rows_of(a_table(tmp_path, [*CASES * 60, ("2024-05-01",)]))
    assert few.left_out == {"other number of cells than the header": 1}


@pytest.mark.parametrize("broken", ["", '2024-05-01,,"a "b" c",Bill,\n'])
def test_a_delimiter_too_many_at_each_end_and_blank_lines_hurt_nobody(tmp_path: Path, broken: str):
    path = tmp_path / "cases.csv"
    lines = text(CASES).splitlines()
    path.write_text("\n\n" + lines[0] + "\n\n" + "".join(f"{line},\n\n" for line in lines[1:]) + broken)
    rows = rows_of(path)
    assert waits(rows)[:4] == [3600, None, 86_400, 1]
    assert len(rows) == 4 + bool(broken)
    assert not rows.left_out


def test_mixed_line_ends_and_quotes_inside_words_lose_no_row(tmp_path: Path):
    path = tmp_path / "cases.csv"
    path.write_bytes(
        b"created,closed,channel,category\r\n"
        b'2024-05-01,2024-05-02,"Web\r\nform",5" pipe\n2024-05-01,,Phone,"he said "hi""\r\n'
    )
    rows = rows_of(path)
    assert len(rows) == 2
    assert groups(rows) == ["Web form", "Phone"]


def test_only_the_rows_asked_for_count_and_the_others_are_told(tmp_path: Path):
    rows = rows_of(a_table(tmp_path, [*CASES, CASES[0]]), where=["category!=Parcel", "channel=Web", "channel=Phone"])
    assert needs(rows) == ["Bill"] * 3
    assert rows.left_out == {"category is Parcel": 2}
    assert rows.assumed["where"] == ["category is not Parcel", "channel is Web or Phone"]
    by_mapping = rows_of(a_table(tmp_path, [*CASES, CASES[0]]), where={"category": "Bill"})
    assert needs(by_mapping) == ["Bill"] * 3
    assert by_mapping.left_out == {"category is not Bill": 2}


def test_empty_groups_and_needs_have_a_name(tmp_path: Path):
    rows = rows_of(a_table(tmp_path, [*CASES, (*CASES[0][:2], "", " ? ")]), missing="?")
    assert groups(rows)[-1] == needs(rows)[-1] == "(empty)"


def test_waits_that_count_from_midnight_are_warned_of(tmp_path: Path):
    only_days = [(start[:10], end, channel, need) for start, end, channel, need in CASES]
    warned = rows_of(a_table(tmp_path, only_days)).warnings
    assert any("“created” has no time of day and the end has one: waits count from midnight" in one for one in warned)
    assert not rows_of(a_table(tmp_path)).warnings
    neither = [(start, end[:10], channel, need) for start, end, channel, need in only_days]
    assert not rows_of(a_table(tmp_path, neither)).warnings
    took = [(start, 5, channel, need) for start, _, channel, need in only_days]
    assert not rows_of(a_table(tmp_path, took), wait="closed").warnings


def test_several_needs_are_one_need_each_together(tmp_path: Path):
    rows = rows_of(a_table(tmp_path), need=["category", "channel"], by="closed")
    assert needs(rows) == ["Bill · Phone", "Bill · Web", "Parcel · Web", "Parcel · Phone"]


def test_all_cases_may_be_one_need(tmp_path: Path):
    assert rows_of(a_table(tmp_path), need="none").needs == ("every case",)
    assert rows_of(a_table(tmp_path), need=[]).needs == ("every case",)


def test_several_contrasts_come_in_the_order_asked(tmp_path: Path):
    rows = rows_of(a_table(tmp_path), by=["category", "channel"], need="none")
    assert [by.name for by in rows.by] == ["category", "channel"]


LOG = [
    ("7", "New", "2024-05-01", "", "Web"),
    ("8", "New", "2024-05-01", "", "Phone"),
    ("7", "Closed", "2024-05-01", "2024-05-04", "Mail"),
    ("8", "Closed", "2024-05-01", "2024-05-02", "Phone"),
]


def test_of_several_rows_of_a_case_the_one_asked_for_counts(tmp_path: Path):
    path = a_table(tmp_path, LOG, header=("number", "state", "opened", "closed", "via"))
    last = rows_of(path, one_per="number", keep="last", need="none")
    assert waits(last) == [3 * 86_400, 86_400]
    assert groups(last) == ["Mail", "Phone"]
    assert last.left_out == {"another row of the same number": 2}
    first = rows_of(path, one_per="number", keep="first", need="none", censored_at="2024-05-04")
    assert waits(first) == [None, None]
    assert groups(first) == ["Web", "Phone"]


def test_an_end_after_the_table_was_taken_is_still_open_then(tmp_path: Path):
    rows = rows_of(a_table(tmp_path), censored_at="2024-05-02 20:00")
    assert waits(rows) == [3600, None, None]
    assert rows.answer.wait[2] == 12 * 3600
    assert rows.left_out == {"began after the table was taken": 1}


def test_the_column_of_corrections_says_when_the_table_was_taken(tmp_path: Path):
    path = a_table(tmp_path, [(*row, "2024-06-01") for row in CASES], header=(*HEADER, "updated"))
    rows = rows_of(path, censored_at="updated")
    assert rows.assumed["censored_at"] == "2024-06-01T00:00:00Z"
    assert rows.assumed["cut_off"] == "at the latest time in updated"


def test_an_end_in_the_future_is_nobodys_answer_yet(tmp_path: Path):
    rows = rows_of(a_table(tmp_path, [*CASES, ("2024-05-01", "2099-12-31", "Web", "Bill")]))
    assert waits(rows)[-1] is None
    assert rows.assumed["censored_at"].startswith("2024-05-03")
    assert "One time lies in the future" in rows.warnings[0]


def test_how_long_it_took_may_stand_for_the_end(tmp_path: Path):
    header = ("Created at", "First reply time in minutes", "Via", "Ticket type")
    path = a_table(
        tmp_path, [("2024-05-01 09:00", "90", "Web", "Q"), ("2024-05-01 12:00", "", "Mail", "Q")], header=header
    )
    rows = rows_of(path, wait="First reply time in minutes", need="Ticket type")
    assert waits(rows) == [5400, None]
    assert rows.assumed["end"] == "First reply time in minutes"


def test_a_table_without_ends_is_audited_for_its_remedies(tmp_path: Path):
    path = a_table(tmp_path, [(*row, "yes" if row[2] == "Web" else "no") for row in CASES], header=(*HEADER, "refund"))
    rows = rows_of(path, end="none", remedy="refund")
    assert not rows.has_ends
    assert rows.remedy is not None
    assert rows.remedy.tolist() == [0, 1, 1, 0]
    assert "end" not in rows.assumed


def test_the_day_is_that_of_the_opening_where_people_live(tmp_path: Path):
    late = [("2024-05-01T23:30:00-04:00", "2024-05-02T01:00:00-04:00", "Web", "Bill"), *CASES]
    in_new_york = rows_of(a_table(tmp_path, late), zone="America/New_York")
    in_utc = rows_of(a_table(tmp_path, late))
    first = (date(2024, 5, 1) - date(1970, 1, 1)).days
    assert in_new_york.day[0] == first
    assert in_utc.day[0] == first + 1
    assert waits(in_new_york)[0] == waits(in_utc)[0] == 5400


def test_another_day_may_be_the_one_to_compare_within(tmp_path: Path):
    path = a_table(tmp_path, [(*row, "2024-06-07") for row in CASES], header=(*HEADER, "shift"))
    assert set(rows_of(path, day="shift").day.tolist()) == {(date(2024, 6, 7) - date(1970, 1, 1)).days}


def test_longer_periods_may_be_compared_within(tmp_path: Path):
    rows = rows_of(a_table(tmp_path), cells="month")
    assert rows.period is Period.MONTH
    assert set(rows.day.tolist()) == {(date(2024, 5, 1) - date(1970, 1, 1)).days}


def with_column(folder: Path, name: str, cells: list[str]) -> Path:
    return a_table(folder, [(*row, cell) for row, cell in zip(CASES, cells, strict=True)], header=(*HEADER, name))


@pytest.mark.parametrize(
    ("cells", "hours"),
    [
        (["2024-05-01 13:00", "2024-05-01 10:30", "2024-05-03 08:00", ""], [4, 1, 24, np.nan]),  # due dates
        (["4", "1", "24", ""], [4, 1, 24, np.nan]),
        (["4h", "90 min", "P1D", "1 day 02:00:00"], [4, 1.5, 24, 26]),
    ],
)
def test_the_standard_is_due_dates_or_hours_or_lengths(tmp_path: Path, cells: list[str], hours: list[float]):
    rows = rows_of(with_column(tmp_path, "target", cells), standard="target")
    assert rows.standard is not None
    np.testing.assert_allclose(rows.standard / 3600, hours)


def test_one_standard_may_hold_for_all(tmp_path: Path):
    for said in ("3d", "72h", "P3D", timedelta(days=3)):
        rows = rows_of(a_table(tmp_path), standard=said)
        assert rows.standard is not None
        assert set(rows.standard.tolist()) == {3 * 86_400.0}


def test_a_due_day_lasts_until_its_end(tmp_path: Path):
    rows = rows_of(
        with_column(tmp_path, "due", ["2024-05-01", "2024-05-01", "2024-05-03", "2024-05-03"]), standard="due"
    )
    assert rows.standard is not None
    np.testing.assert_allclose(rows.standard / 3600, [15, 14.5, 40, 12])


def test_a_case_that_was_due_before_it_began_has_no_standard_and_that_is_told(tmp_path: Path):
    rows = rows_of(
        with_column(tmp_path, "due", ["2024-04-30", "2024-05-03", "2024-05-04", "2024-05-05"]), standard="due"
    )
    assert rows.standard is not None
    assert np.isnan(rows.standard[0])
    assert "1 cases were due (due)" in rows.warnings[0]


@pytest.mark.parametrize(
    ("cells", "says", "options"),
    [
        (["Yes", "no", "", "TRUE"], [1, 0, UNKNOWN, 1], {"remedy": "given"}),
        (["yes", "", "", "yes"], [1, 0, 0, 1], {"remedy": "given"}),
        (["money", "nothing", "words", ""], [1, 0, 1, UNKNOWN], {"remedy": ["given=money", "given=words"]}),
        (["0", "1", "1", "0"], [0, 1, 1, 0], {"remedy": "given"}),
    ],
)
def test_a_remedy_is_yes_or_no_in_the_words_of_the_table(
    tmp_path: Path, cells: list[str], says: list[int], options: dict[str, object]
):
    rows = rows_of(with_column(tmp_path, "given", cells), **options)
    assert rows.remedy is not None
    assert rows.remedy.tolist() == says
    assert rows.amount is None


@pytest.mark.parametrize(
    "cells", [["12.50", "0", "1200", ""], ["$12.50", "0", "$1,200.00", ""], ["12,50 €", "0 €", "1.200,00 €", ""]]
)
def test_a_remedy_in_numbers_is_an_amount_too(tmp_path: Path, cells: list[str]):
    rows = rows_of(with_column(tmp_path, "refund", cells), remedy="refund")
    assert rows.remedy is not None
    assert rows.amount is not None
    assert rows.remedy.tolist() == [1, 0, 1, UNKNOWN]
    np.testing.assert_allclose(rows.amount, [12.5, 0, 1200, np.nan])


def test_an_empty_amount_is_nothing_paid_where_no_row_says_0_and_that_is_told(tmp_path: Path):
    rows = rows_of(with_column(tmp_path, "refund", ["12.50", "", "3", ""]), remedy="refund")
    assert rows.amount is not None
    assert rows.amount.tolist() == [12.5, 0, 3, 0]
    assert "nothing paid" in rows.assumed["remedy"]


def test_the_table_may_say_itself_what_was_in_time(tmp_path: Path):
    rows = rows_of(with_column(tmp_path, "sla", ["Within SLA", "SLA Violated", "", "Within SLA"]), in_time="sla")
    assert rows.in_time is not None
    assert rows.in_time.tolist() == [1, 0, UNKNOWN, 1]


def test_a_second_end_is_the_solution(tmp_path: Path):
    rows = rows_of(
        with_column(tmp_path, "solved", ["2024-05-02 09:00", "", "2024-05-04 08:00", ""]), end="closed", solved="solved"
    )
    assert rows.solution is not None
    assert rows.solution.is_ended.tolist() == [True, False, True, False]
    assert rows.solution.wait[0] == 86_400


def test_needs_coded_a_second_time_are_matched_by_name(tmp_path: Path):
    rows = rows_of(with_column(tmp_path, "again", ["Bill", "Parcel", "", "Other"]), need="category", recoded="again")
    assert rows.recoded is not None
    assert [rows.needs[code] if code >= 0 else None for code in rows.recoded.tolist()] == ["Bill", "Parcel", None, None]


def test_a_start_with_and_an_end_without_a_time_of_day_are_compared_by_days(tmp_path: Path):
    rows = rows_of(
        a_table(
            tmp_path, [("2024-05-01 15:00", "2024-05-01", "Web", "a"), ("2024-05-01 16:00", "2024-05-03", "Fax", "a")]
        )
    )
    assert waits(rows) == [0, 2 * 86_400]
    assert "days" in rows.assumed["resolution"]


def test_reading_needs_no_network_and_loads_nothing(tmp_path: Path):
    """With no home to keep extensions in, and none to be fetched."""
    path = a_table(tmp_path)
    code = (
        "from evenhand.fairness.tables.source import connection; from pathlib import Path\n"
        f"with connection(Path({str(tmp_path)!r})) as con:\n"
        "    names = ('autoinstall_known_extensions', 'autoload_known_extensions')\n"
        "    print([con.execute(f\"SELECT current_setting('{each}')\").fetchone()[0] for each in names])\n"
        f"import evenhand; print(evenhand.audit({str(path)!r}, min_cell=1).rows)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={"HOME": "/nonexistent"}, check=False
    )
    assert done.stderr == ""
    assert done.stdout.split("\n")[:2] == ["[False, False]", "4"]
