"""Files become the same cases whichever engine reads them, and the same audit."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from evenhand.fairness.command import run
from evenhand.fairness.parity.auditing import audit_rows
from evenhand.fairness.parity.sums import sums_of
from evenhand.fairness.scale.auditing import audit_by, sums_of_tables
from evenhand.fairness.scale.engines import DuckDB, Engine
from evenhand.fairness.tables.asked import Asked, Where, YesNo
from evenhand.fairness.tables.errors import CannotRead
from evenhand.fairness.tables.hours import hours
from evenhand.fairness.tables.reading import read
from fairness_scale.tables import assert_same

NOW = datetime(2026, 4, 1, tzinfo=UTC)
ASKED = Asked(start=("opened",), end=("answered",), by=(("door",),), need=(("kind",),))
EVERYTHING = replace(
    ASKED,
    by=(("door",), ("area",)),
    need=(("kind",), ("size",)),
    solved=("solved",),
    standard=("due",),
    in_time=YesNo(("kept",)),
    remedy=YesNo(("remedy",), yes=("refund", "voucher")),
    amount=("paid",),
    zone="America/New_York",
    where=(Where(("state",), ("spam", "test"), is_not=True),),
    missing=("n/a",),
)


def a_file(folder: Path, *, cases: int = 2_500, seed: int = 4) -> Path:
    """A table as systems write them: clocks that change twice, gaps, blanks, slips of the pen."""
    draw = np.random.default_rng(seed)
    start = datetime(2025, 10, 20)

    def one_in(many: int) -> Any:
        return draw.random(cases) < 1 / many

    # Whole minutes, so that the hour which comes twice on 2 November has many cases.
    opened = np.array([start + timedelta(minutes=int(m)) for m in draw.integers(0, 150 * 1440, cases)])
    opened[:200] = [datetime(2025, 11, 2) + timedelta(minutes=int(m)) for m in draw.integers(0, 240, 200)]
    opened[200:260] = [datetime(2026, 3, 8) + timedelta(minutes=int(m)) for m in draw.integers(0, 240, 60)]
    kind = np.array(["money", "  a question ", "a  question", "lost", "n/a", ""])[draw.integers(0, 6, cases)]
    wait = draw.exponential(40_000, cases) * np.where(kind == "lost", 3, 1)
    answered = [a + timedelta(seconds=float(w)) for a, w in zip(opened, wait, strict=True)]
    frame = pl.DataFrame(
        {
            "opened": opened.tolist(),
            "answered": answered,
            "solved": [
                a + timedelta(seconds=float(s)) for a, s in zip(answered, draw.exponential(90_000, cases), strict=True)
            ],
            "due": [a + timedelta(hours=int(h)) for a, h in zip(opened, draw.integers(-1, 40, cases), strict=True)],
            "hours": draw.choice([4.0, 8.0, 8.5, np.nan, -1.0], cases),
            "took in minutes": np.round(wait / 60, 3),
            "promise": draw.choice(["4h", "1 day", "", "90 min"], cases),
            "kind": kind.tolist(),
            "size": draw.integers(1, 4, cases),
            "door": draw.choice(["web", "mail", "phone", "public"], cases, p=[0.5, 0.3, 0.15, 0.05]),
            "area": draw.choice(["north", "south", ""], cases),
            "kept": draw.choice(["Yes", "no", "unknown", ""], cases),
            "remedy": draw.choice(["refund", "voucher", "none", ""], cases),
            "paid": draw.choice([0.0, 12.5, 99.99, np.nan], cases),
            "again": draw.choice(["money", "a question", "lost", "elsewhere", ""], cases),
            "state": draw.choice(["ok", "spam", "test"], cases, p=[0.9, 0.07, 0.03]),
        }
    )

    def gone(name: str, which: Any, to: Any = None) -> pl.Expr:
        return pl.when(pl.Series(which)).then(pl.lit(to)).otherwise(pl.col(name)).alias(name)

    frame = frame.with_columns(
        gone("opened", one_in(300)),
        gone("answered", one_in(6)),
        gone("solved", one_in(3)),
        gone("due", one_in(9)),
        gone("paid", np.isnan(frame["paid"].to_numpy())),
    )
    frame = frame.with_columns(gone("opened", one_in(400), datetime(1700, 1, 1)))
    frame = frame.with_columns(gone("answered", one_in(400), datetime(2025, 10, 1)))
    frame = frame.with_columns(gone("answered", one_in(400), datetime(2999, 1, 1)))
    path = folder / "cases.parquet"
    frame.write_parquet(path)
    return path


def assert_agrees(engine: Engine, files: list[Path], asked: Asked) -> None:
    rows = read(files, asked, now=NOW)
    sums, about = sums_of_tables(engine, files, asked, now=NOW)
    assert about.read == rows.read
    assert about.left_out == rows.left_out
    assert about.warnings == rows.warnings
    assert about.assumed == rows.assumed | {"engine": engine.name}
    assert_same(sums, sums_of(rows))


WAYS = {
    "everything": EVERYTHING,
    "nothing but the columns": ASKED,
    "a zone": replace(ASKED, zone="Europe/Berlin"),
    "one need": replace(ASKED, need=(("none",),)),
    "hours as the standard": replace(ASKED, standard=("hours",)),
    "lengths of time as the standard": replace(ASKED, standard=("promise",)),
    "one standard for all": replace(ASKED, standard=("8h",)),
    "a remedy that is an amount": replace(ASKED, remedy=YesNo(("paid",))),
    "needs coded twice": replace(ASKED, recoded=("again",)),
    "a day of its own": replace(ASKED, day=("due",), leaves_out=True),
    "how long it took": replace(ASKED, end=(), wait=("took in minutes",)),
    "no end at all": replace(ASKED, end=("none",), amount=("paid",)),
    "closed without an answer": replace(
        ASKED,
        solved=("solved",),
        in_time=YesNo(("kept",)),
        unanswered=(Where(("remedy",), ("none",)), Where(("kind",), ("lost", "money"))),
    ),
    "closed without an answer, by how long it took": replace(
        ASKED, end=(), wait=("took in minutes",), unanswered=(Where(("remedy",), ("none",)),)
    ),
    "nothing closed without an answer": replace(ASKED, unanswered=(Where(("remedy",), ("spelt otherwise",)),)),
    "weeks": replace(ASKED, cells="week", solved=("solved",)),
    "months": replace(ASKED, cells="month", standard=("hours",)),
    "taken at a time": replace(ASKED, censored_at=("2026-02-01T12:00",), zone="America/New_York"),
    "taken at the latest of a column": replace(ASKED, censored_at=("solved",)),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_file_becomes_the_same_cases_by_statements_as_in_memory(way: str, tmp_path: Path) -> None:
    with DuckDB(threads=2) as engine:
        assert_agrees(engine, [a_file(tmp_path)], WAYS[way])


def test_days_without_a_time_are_counted_from_the_beginning_of_the_day(tmp_path: Path) -> None:
    frame = pl.read_parquet(a_file(tmp_path)).with_columns(pl.col("answered").dt.date())
    frame.write_parquet(tmp_path / "days.parquet")
    with DuckDB(threads=2) as engine:
        assert_agrees(engine, [tmp_path / "days.parquet"], replace(ASKED, zone="America/New_York"))


def test_days_that_begin_a_case_are_counted_from_midnight_and_that_is_told(tmp_path: Path) -> None:
    frame = pl.read_parquet(a_file(tmp_path)).with_columns(pl.col("opened").dt.date())
    frame.write_parquet(tmp_path / "days.parquet")
    with DuckDB(threads=2) as engine:
        assert_agrees(engine, [tmp_path / "days.parquet"], ASKED)
        _, about = sums_of_tables(engine, [tmp_path / "days.parquet"], ASKED, now=NOW)
    assert any("waits count from midnight" in warning for warning in about.warnings)


def test_several_files_are_one_table(tmp_path: Path) -> None:
    frame = pl.read_parquet(a_file(tmp_path))
    parts = [tmp_path / "one.parquet", tmp_path / "two.parquet"]
    frame[:900].write_parquet(parts[0])
    frame[900:].write_parquet(parts[1])
    with DuckDB(threads=2) as engine:
        assert_agrees(engine, parts, EVERYTHING)


def test_a_text_with_delimiters_is_read_too(tmp_path: Path) -> None:
    pl.read_parquet(a_file(tmp_path)).write_csv(tmp_path / "cases.csv", datetime_format="%d/%m/%Y %H:%M")
    with DuckDB(threads=2) as engine:
        assert_agrees(engine, [tmp_path / "cases.csv"], EVERYTHING)


def test_seventy_groups_become_sixty(tmp_path: Path) -> None:
    frame = pl.read_parquet(a_file(tmp_path))
    draw = np.random.default_rng(8)
    many = [f"group {int(70 * x * x)}" for x in draw.random(len(frame))]
    frame.with_columns(pl.Series("door", many)).write_parquet(tmp_path / "many.parquet")
    with DuckDB(threads=2) as engine:
        assert_agrees(engine, [tmp_path / "many.parquet"], ASKED)


def test_the_same_verdicts_come_of_it(tmp_path: Path) -> None:
    path = a_file(tmp_path)
    told: list[float] = []
    ours = audit_by("duckdb", [path], EVERYTHING, reference="web", now=NOW, tell=lambda _, share: told.append(share))
    theirs = audit_rows(read([path], EVERYTHING, now=NOW), reference="web")
    assert [one.verdict for one in ours.contrasts] == [one.verdict for one in theirs.contrasts]
    assert ours.left_out == theirs.left_out
    assert told == sorted(told)
    assert told[0] == 0
    assert 0.8 < told[-1] < 1


WRONG = {
    "start and end swapped": replace(ASKED, start=("answered",), end=("opened",)),
    "a column that is not there": replace(ASKED, start=("open",)),
    "one group only": replace(ASKED, where=(Where(("door",), ("web",)),)),
    "no row left": replace(ASKED, where=(Where(("door",), ("nobody",)),)),
    "neither yes nor no": replace(ASKED, in_time=YesNo(("kind",))),
    "no amount": replace(ASKED, amount=("kind",)),
    "no standard": replace(ASKED, standard=("state",)),
    "no end and no remedy": replace(ASKED, end=("none",)),
    "negative waits": replace(ASKED, end=(), wait=("hours",)),
    "no recoded need": replace(ASKED, recoded=("state",)),
    "taken at no time": replace(ASKED, censored_at=("whenever",)),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_cannot_be_read_is_said_as_in_memory(what: str, tmp_path: Path) -> None:
    path = a_file(tmp_path)
    with pytest.raises(CannotRead) as theirs:
        read([path], WRONG[what], now=NOW)
    with DuckDB(threads=2) as engine, pytest.raises(CannotRead) as ours:
        sums_of_tables(engine, [path], WRONG[what], now=NOW)
    assert str(ours.value) == str(theirs.value)


@pytest.mark.parametrize(
    ("asked", "what"),
    [
        (replace(ASKED, calendar=hours("mon-fri 09:00-17:00", None)), "--calendar is for rows in memory only"),
        (replace(ASKED, one_per=("kind",), keep="first"), "--one-per is for rows in memory only"),
    ],
)
def test_what_only_memory_can_do_is_refused_by_name(asked: Asked, what: str, tmp_path: Path) -> None:
    with DuckDB(threads=2) as engine, pytest.raises(CannotRead, match=what):
        sums_of_tables(engine, [a_file(tmp_path)], asked, now=NOW)


def test_a_file_that_breaks_off_is_one_sentence(tmp_path: Path) -> None:
    path = a_file(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[:200] + bytes(len(whole) // 2) + whole[200 + len(whole) // 2 :])
    with DuckDB(threads=2) as engine, pytest.raises(CannotRead) as said:
        sums_of_tables(engine, [path], ASKED, now=NOW)
    assert "\n" not in str(said.value)


def test_nothing_stays_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    with DuckDB(memory="60MB", threads=2) as engine:
        engine.keep("large", "SELECT i, random() AS r FROM range(6000000) AS t(i)")
        assert list((tmp_path / "scratch").rglob("*.tmp")), "nothing was spilled, so this shows nothing"
    assert not list((tmp_path / "scratch").iterdir())


def test_the_command_takes_the_engine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asks = ["--start", "opened", "--end", "answered", "--by", "door", "--need", "kind", "--json", "-"]
    asks += ["--censored-at", "2026-02-01", "--zone", "UTC"]
    path = str(a_file(tmp_path))
    found = []
    for engine in ("rows", "duckdb"):
        code = run([path, *asks, "--engine", engine])
        found.append((code, json.loads(capsys.readouterr().out)))
    (ours, theirs) = found
    assert ours[0] == theirs[0]
    assert theirs[1]["assumed"].pop("engine") == "duckdb"
    for each in (ours[1], theirs[1]):
        each.pop("made")
    assert_same_json(ours[1], theirs[1])


def assert_same_json(ours: Any, theirs: Any) -> None:
    if isinstance(ours, dict):
        assert ours.keys() == theirs.keys()
        for key in ours:
            assert_same_json(ours[key], theirs[key])
    elif isinstance(ours, list):
        assert len(ours) == len(theirs)
        for one, other in zip(ours, theirs, strict=True):
            assert_same_json(one, other)
    else:
        assert ours == (pytest.approx(theirs, rel=1e-9, abs=1e-12) if isinstance(ours, float) else theirs)
