"""Cases closed without an answer, rows that are broken, and columns of two kinds: by statements as in memory."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from evenhand.fairness.scale.auditing import sums_of_tables
from evenhand.fairness.scale.engines import DuckDB
from evenhand.fairness.tables.asked import Asked, Where, YesNo
from evenhand.fairness.tables.errors import CannotRead
from evenhand.fairness.tables.reading import read
from fairness_scale.test_files import ASKED, EVERYTHING, NOW, a_file, assert_agrees

CLOSED = (Where(("state",), ("spam",)), Where(("remedy",), ("none", "")))
WAYS = {
    "everything": replace(EVERYTHING, unanswered=CLOSED),
    "nothing but the columns": replace(ASKED, unanswered=CLOSED[:1]),
    "a zone": replace(ASKED, zone="Europe/Berlin", unanswered=CLOSED),
    "how long it took": replace(ASKED, end=(), wait=("took in minutes",), unanswered=CLOSED),
    "waits that are negative": replace(
        ASKED, end=(), wait=("hours",), where=(Where(("state",), ("spam",)),), unanswered=CLOSED[:1]
    ),
    "the table's own word for in time": replace(ASKED, in_time=YesNo(("kept",)), unanswered=CLOSED),
    "a standard, and solved": replace(ASKED, standard=("8h",), solved=("solved",), unanswered=CLOSED),
    "taken at a time": replace(ASKED, censored_at=("2026-02-01T12:00",), unanswered=CLOSED),
    "of no case": replace(ASKED, unanswered=(Where(("state",), ("withdrawn",)),)),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_case_closed_without_an_answer_is_none_by_statements_as_in_memory(way: str, tmp_path: Path) -> None:
    with DuckDB(threads=2) as engine:
        assert_agrees(engine, [a_file(tmp_path)], WAYS[way])


def test_it_matters_to_the_sums(tmp_path: Path) -> None:
    path = a_file(tmp_path)
    with DuckDB(threads=2) as engine:
        (plain,), _ = sums_of_tables(engine, [path], ASKED, now=NOW)
        (flagged,), about = sums_of_tables(engine, [path], replace(ASKED, unanswered=CLOSED), now=NOW)
    assert all(now >= before for now, before in zip(flagged.n, plain.n, strict=True))
    assert all(now > 2 * before for now, before in zip(flagged.open, plain.open, strict=True))
    assert about.assumed["unanswered"].startswith("state is spam, or remedy is none or (empty) (")


def test_an_end_in_words_is_none_where_nobody_answered(tmp_path: Path) -> None:
    said = pl.when(pl.col("state") == "ok").then(pl.col("answered").cast(pl.String)).otherwise(pl.lit("withdrawn"))
    frame = pl.read_parquet(a_file(tmp_path)).with_columns(said.alias("answered"))
    frame.write_csv(tmp_path / "words.csv")
    asked = replace(ASKED, unanswered=(Where(("state",), ("spam", "test")),))
    with DuckDB(threads=2) as engine:
        assert_agrees(engine, [tmp_path / "words.csv"], asked)


def refused(files: list[Path], asked: Asked) -> str:
    """Why neither reads these files, in one sentence that is the same of both."""
    with pytest.raises(CannotRead) as theirs:
        read(files, asked, now=NOW)
    with DuckDB(threads=2) as engine, pytest.raises(CannotRead) as ours:
        sums_of_tables(engine, files, asked, now=NOW)
    assert str(ours.value) == str(theirs.value)
    return str(ours.value)


def broken(folder: Path, rows: int) -> Path:
    """500 rows, and so many without their last cell."""
    path = folder / "broken.csv"
    pl.read_parquet(a_file(folder))[300:800].write_csv(path, datetime_format="%Y-%m-%d %H:%M")
    lines = path.read_text().splitlines()
    lines[11:11] = [line.rpartition(",")[0] for line in lines[1 : rows + 1]]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_more_than_one_broken_row_in_a_hundred_stops_the_audit(tmp_path: Path) -> None:
    said = refused([broken(tmp_path, 6)], ASKED)
    assert "6 of 506 rows have more or fewer cells than the header (line 12, line 13, line 14)" in said


@pytest.mark.parametrize(("rows", "leaves_out"), [(5, False), (6, True)])
def test_fewer_are_left_out_and_all_of_them_where_that_is_said(rows: int, leaves_out: bool, tmp_path: Path) -> None:
    path, asked = broken(tmp_path, rows), replace(ASKED, leaves_out=leaves_out)
    with DuckDB(threads=2) as engine:
        assert_agrees(engine, [path], asked)
    assert read([path], asked, now=NOW).left_out["other number of cells than the header"] == rows


MIXED = {
    "due dates and hours": (replace(ASKED, standard=("due",)), "due", pl.lit(4.0), "times", "numbers (hours)"),
    "hours and lengths in words": (
        replace(ASKED, standard=("hours",)),
        "hours",
        pl.lit("4h"),
        "numbers (hours)",
        "text (hours)",
    ),
    "waits in numbers and in words": (
        replace(ASKED, end=(), wait=("took in minutes",)),
        "took in minutes",
        pl.lit("90 min"),
        "numbers (minutes)",
        "text (minutes)",
    ),
    "a remedy of numbers and of words": (
        replace(ASKED, remedy=YesNo(("paid",))),
        "paid",
        pl.lit("yes"),
        "numbers",
        "text",
    ),
    "an amount of numbers and of words": (replace(ASKED, amount=("paid",)), "paid", pl.lit("$ 1"), "numbers", "text"),
}


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("what", MIXED)
def test_files_whose_columns_are_of_different_kinds_are_refused(what: str, turned: bool, tmp_path: Path) -> None:
    asked, name, other, first, second = MIXED[what]
    frame = pl.read_parquet(a_file(tmp_path))
    paths = [tmp_path / "one.parquet", tmp_path / "two.parquet"]
    frame[:900].write_parquet(paths[0])
    frame[900:].with_columns(other.alias(name)).write_parquet(paths[1])
    if turned:
        paths, first, second = paths[::-1], second, first
    said = refused(paths, asked)
    assert f"{paths[0].name} has {first} in {name!r}, and " in said
    assert f"{paths[1].name} {second} in {name!r}; write them alike" in said


def test_files_whose_waits_are_in_different_units_are_refused(tmp_path: Path) -> None:
    frame = pl.read_parquet(a_file(tmp_path))
    paths = [tmp_path / "one.parquet", tmp_path / "two.parquet"]
    frame[:900].write_parquet(paths[0])
    frame[900:].rename({"took in minutes": "took in hours"}).write_parquet(paths[1])
    said = refused(paths, replace(ASKED, end=(), wait=("took in minutes", "took in hours")))
    assert "has numbers (minutes) in 'took in minutes', and " in said
    assert "numbers (hours) in 'took in hours'" in said
