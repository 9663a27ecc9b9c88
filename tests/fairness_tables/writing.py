"""Tables as people have them, made for a test."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from evenhand.fairness.parity.rows import Rows
from evenhand.fairness.tables.asking import asked
from evenhand.fairness.tables.reading import read

NOW = datetime(2030, 1, 1, tzinfo=UTC)
HEADER = ("created", "closed", "channel", "category")
CASES = (
    ("2024-05-01 09:00:00", "2024-05-01 10:00:00", "Phone", "Bill"),
    ("2024-05-01 09:30:00", "", "Web", "Bill"),
    ("2024-05-02 08:00:00", "2024-05-03 08:00:00", "Web", "Parcel"),
    ("2024-05-03 12:00:00", "2024-05-03 12:00:01", "Phone", "Parcel"),
)


def text(rows: Iterable[Sequence[object]], header: Sequence[str] = HEADER, delimiter: str = ",", **how: Any) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n", **how)
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def a_table(folder: Path, rows: Iterable[Sequence[object]] = CASES, name: str = "cases.csv", **how: Any) -> Path:
    path = folder / name
    path.write_text(text(rows, **how), encoding="utf-8")
    return path


def rows_of(*tables: Any, **options: Any) -> Rows:
    """Read as `evenhand audit` would, in 2030."""
    return read(tables, asked(**options), now=NOW)


def waits(rows: Rows) -> list[int | None]:
    """Seconds until each answer; None while open."""
    return [
        wait if ended else None
        for wait, ended in zip(rows.answer.wait.tolist(), rows.answer.is_ended.tolist(), strict=True)
    ]


def needs(rows: Rows) -> list[str]:
    return [rows.needs[code] for code in rows.need.tolist()]


def groups(rows: Rows, nth: int = 0) -> list[str]:
    by = rows.by[nth]
    return [by.groups[code] for code in by.group.tolist()]


def same(one: Rows, other: Rows) -> bool:
    """Whether two readings found the same cases."""
    return (
        one.age.tolist() == other.age.tolist()
        and one.day.tolist() == other.day.tolist()
        and needs(one) == needs(other)
        and [groups(one, nth) for nth in range(len(one.by))] == [groups(other, nth) for nth in range(len(other.by))]
        and waits(one) == waits(other)
        and one.left_out == other.left_out
        and one.read == other.read
    )
