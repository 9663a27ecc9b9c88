"""The whole audit of tables by an engine: what `evenhand audit --engine` does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from evenhand.fairness.parity.auditing import audit_sums
from evenhand.fairness.parity.findings import Audit
from evenhand.fairness.parity.judging import Margins
from evenhand.fairness.parity.rows import Rows
from evenhand.fairness.parity.sums import Sums
from evenhand.fairness.scale.engines import DuckDB, Engine, Spark
from evenhand.fairness.scale.projection import project
from evenhand.fairness.scale.summing import sums_by_sql
from evenhand.fairness.tables.asked import Asked
from evenhand.fairness.tables.source import Tell

ENGINES: dict[str, Callable[[], DuckDB | Spark]] = {"duckdb": DuckDB, "spark": Spark}
"""Those that work by statements; in memory is the other way (`parity.auditing.audit_rows`)."""


def sums_of_tables(
    engine: Engine,
    tables: Sequence[Any],
    asked: Asked,
    *,
    now: datetime | None = None,
    on_step: Callable[[str], None] = lambda _: None,
) -> tuple[tuple[Sums, ...], Rows]:
    """The sums of each contrast; and, as rows without a case, what was read, left out, assumed and warned of.

    on_step: told in a few words what is being worked out. Raises CannotRead.
    """
    cases, about = project(engine, engine.tables(tables, sheet=asked.sheet), asked, now=now, on_step=on_step)
    return sums_by_sql(engine, cases, on_step), about


def audit_by(
    engine: str,
    tables: Sequence[Any],
    asked: Asked,
    *,
    margins: Margins | None = None,
    reference: str | None = None,
    min_cell: int = 10,
    now: datetime | None = None,
    tell: Tell | None = None,
) -> Audit:
    """What one look at these tables finds. engine: a name in `ENGINES`. tell: told what is done and how far it is.

    Raises CannotRead and judging.NoSuchGroup.
    """
    steps = 4 + max(len(asked.by), 1) * (3 + 2 * bool(asked.solved))
    done = 0

    def on_step(words: str) -> None:
        nonlocal done
        if tell is not None:
            tell(words[:1].upper() + words[1:], min(done / steps, 1.0))
        done += 1

    with ENGINES[engine]() as started:
        sums, about = sums_of_tables(started, tables, asked, now=now, on_step=on_step)
        return audit_sums(sums, about, margins=margins, reference=reference, min_cell=min_cell)
