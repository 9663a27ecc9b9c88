"""The whole audit of files by an engine: what `evenhand audit --engine` does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from evenhand.fairness.parity.auditing import audit_sums
from evenhand.fairness.parity.findings import Audit
from evenhand.fairness.parity.judging import Margins
from evenhand.fairness.parity.rows import Rows
from evenhand.fairness.parity.sums import Sums
from evenhand.fairness.scale.engines import DuckDB, Engine, Spark
from evenhand.fairness.scale.projection import project
from evenhand.fairness.scale.summing import sums_by_sql
from evenhand.fairness.tables.asked import Asked

ENGINES: dict[str, Callable[[], DuckDB | Spark]] = {"duckdb": DuckDB, "spark": Spark}
"""Those that work by statements; in memory is the other way (`parity.auditing.audit_rows`)."""


def sums_of_files(
    engine: Engine,
    files: Sequence[str | Path],
    asked: Asked,
    *,
    now: datetime | None = None,
    on_step: Callable[[str], None] = lambda _: None,
) -> tuple[tuple[Sums, ...], Rows]:
    """The sums of each contrast; and, as rows without a case, what was read, left out, assumed and warned of.

    on_step: told in a few words what is being worked out. Raises CannotRead.
    """
    cases, about = project(engine, engine.tables(files, sheet=asked.sheet), asked, now=now, on_step=on_step)
    return sums_by_sql(engine, cases, on_step), about


def audit_files(
    engine: Engine,
    files: Sequence[str | Path],
    asked: Asked,
    *,
    margins: Margins | None = None,
    reference: str | None = None,
    min_cell: int = 10,
    now: datetime | None = None,
    on_step: Callable[[str], None] = lambda _: None,
) -> Audit:
    """What one look at these files finds. Raises CannotRead and judging.NoSuchGroup."""
    sums, about = sums_of_files(engine, files, asked, now=now, on_step=on_step)
    return audit_sums(sums, about, margins=margins, reference=reference, min_cell=min_cell)
