"""Evenhand: customer service in which nobody has to shout, and the proof that it is so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evenhand.fairness.parity.findings import Audit

__version__ = "0.1.0"


def audit(table: Any, **options: Any) -> Audit:
    """Is the same need, on the same day, treated the same in every group? One look at a table of cases.

    table: a path, "-" for standard input, a pandas, polars or pyarrow table (or whatever narwhals knows or has an Arrow
    stream), or a list of these that are parts of one.
    options: those of `evenhand audit`, with underscores: start, end, wait, by, need, solved, standard, in_time, remedy,
    amount, recoded, day, profile, where, one_per, keep, censored_at, missing, leave_out, zone, dates, calendar, sheet,
    cells, margin, reference, min_cell. by, need, where, missing and margin take one or a list; where also
    {column: value}; standard a timedelta and censored_at a datetime too. What is left out is guessed, and told in
    `assumed`.

    Raises evenhand.fairness.tables.errors.CannotRead, a ValueError, with a sentence that says what to do.
    """
    from evenhand.fairness.one_look import audit_with

    return audit_with(table, **options)
