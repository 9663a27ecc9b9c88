"""The audit of any table in one look: read it, add it up, judge it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import evenhand
from evenhand.fairness.parity.auditing import audit_rows
from evenhand.fairness.parity.findings import Audit
from evenhand.fairness.parity.judging import Margins, NoSuchGroup
from evenhand.fairness.tables.asked import Asked
from evenhand.fairness.tables.asking import asked as asked_for
from evenhand.fairness.tables.asking import margins as margins_of
from evenhand.fairness.tables.errors import CannotRead
from evenhand.fairness.tables.reading import read
from evenhand.fairness.tables.source import Tell

LEAST_CELL = 10

ROWS = "rows"
ENGINES = (ROWS, "duckdb", "spark")

_OPTIONS = (
    *("start", "end", "wait", "by", "need", "solved", "standard", "in_time", "remedy", "amount", "recoded", "day"),
    *("profile", "where", "unanswered", "one_per", "keep", "censored_at", "missing", "leave_out", "zone", "dates"),
    *("calendar", "sheet", "cells", "margin", "reference", "min_cell", "engine"),
)


def audit_tables(
    tables: Sequence[Any],
    asked: Asked,
    *,
    margins: Margins | None = None,
    reference: str | None = None,
    min_cell: int = LEAST_CELL,
    now: datetime | None = None,
    command: Sequence[str] = (),
    tell: Tell | None = None,
    engine: str = ROWS,
) -> Audit:
    """The finding over some tables taken as one. tables: paths, `-`, or frames. command: what repeats it. engine: one
    of `ENGINES`: rows in memory, or statements that DuckDB or Spark work out.

    Raises CannotRead.
    """
    moment = now or datetime.now(UTC)
    _check_once(tables)
    try:
        if engine == ROWS:
            rows = read(tables, asked, now=moment, tell=tell)
            if tell is not None:
                tell("Judging", 1.0)
            audit = audit_rows(rows, margins=margins, reference=reference, min_cell=min_cell)
        else:
            from evenhand.fairness.scale.auditing import audit_by

            audit = audit_by(
                engine, tables, asked, margins=margins, reference=reference, min_cell=min_cell, now=moment, tell=tell
            )
    except NoSuchGroup as error:
        raise CannotRead(f"--reference {error}.") from error
    made = {"version": evenhand.__version__, "time": moment.strftime("%Y-%m-%d %H:%M UTC")}
    made["file"] = ", ".join(_told(each) for each in tables)
    if command:
        made["command"] = shlex.join(command)
    return replace(audit, made=made)


def audit_with(table: Any, **options: Any) -> Audit:
    """`evenhand.audit`: the finding over a table, or a list of tables, by options of the command. Raises CannotRead."""
    for name in options:
        if name not in _OPTIONS:
            close = get_close_matches(name, _OPTIONS, 1)
            meant = f" Did you mean {close[0]}?" if close else ""
            raise CannotRead(f"There is no option {name!r}.{meant} There are {', '.join(_OPTIONS)}.")
    judging = {name: options.pop(name) for name in ("margin", "reference", "min_cell", "engine") if name in options}
    least = judging.get("min_cell")
    if least is not None and (not isinstance(least, int) or least < 1):
        raise CannotRead(f"min_cell {least!r} is no number of cases.")
    engine = judging.get("engine") or ROWS
    if engine not in ENGINES:
        raise CannotRead(f"There is no engine {engine!r}; there are {', '.join(ENGINES)}.")
    return audit_tables(
        list(table) if isinstance(table, (list, tuple)) else [table],
        asked_for(**options),
        margins=margins_of(judging.get("margin")),
        reference=judging.get("reference"),
        min_cell=LEAST_CELL if least is None else least,
        engine=engine,
    )


def _check_once(tables: Sequence[Any]) -> None:
    """Each file counts once. Raises CannotRead."""
    seen: set[str] = set()
    for each in tables:
        if isinstance(each, (str, Path)):
            path = "-" if str(each) == "-" else str(Path(each).resolve())
            if path in seen:
                raise CannotRead(f"{each} is named twice; its cases would count twice.")
            seen.add(path)


def _told(table: Any) -> str:
    if isinstance(table, (str, Path)):
        return "standard input" if str(table) == "-" else Path(table).name
    return f"a {type(table).__name__}"
