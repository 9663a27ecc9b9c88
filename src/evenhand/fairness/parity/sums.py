"""What an audit needs of a table, summed: small beside the rows, and all that a verdict reads.

Sums are made here from rows in memory; `evenhand.fairness.scale` makes the same ones by SQL.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenhand.fairness.parity.findings import Outcome
from evenhand.fairness.parity.horizons import Horizons, Waiting, horizons, standard_of_each_need, waiting_by
from evenhand.fairness.parity.rows import UNKNOWN, By, Ending, Rows
from evenhand.stats.cells import CellIndex, Cells
from evenhand.stats.columns import Flags, Ints
from evenhand.stats.log_rank import LogRank, log_rank_sums
from evenhand.stats.rates import Agreement, agreement

HOUR = 3600.0
MOST_GROUPS = 60
THE_REST = "(all smaller groups)"


@dataclass(frozen=True)
class OutcomeSums:
    """One outcome of one contrast. cells: of mature cases: hours (each counted up to its need's horizon), yes or no,
    or amounts. not_yet: cases too young to count, or about which this is not known. For times besides, waiting: counts
    by group over all cases; log_rank: over needs and days; answered: the cells of answered cases alone, whatever
    their age; horizons."""

    outcome: Outcome
    cells: Cells
    not_yet: int
    waiting: tuple[Waiting, ...] = ()
    log_rank: LogRank | None = None
    answered: Cells | None = None
    horizons: Horizons | None = None


@dataclass(frozen=True)
class Sums:
    """One contrast. n, open: (G,) cases of each group, and how many of these are not answered yet. coding: of each
    group whose needs were coded again, how the two codings agree."""

    by: str
    groups: tuple[str, ...]
    needs: tuple[str, ...]
    n: tuple[int, ...]
    open: tuple[int, ...]
    outcomes: tuple[OutcomeSums, ...]
    coding: dict[str, Agreement]


def sums_of(rows: Rows) -> tuple[Sums, ...]:
    """The sums of each contrast of a table, in its order."""
    given = None if rows.standard is None else standard_of_each_need(rows.need, rows.standard, len(rows.needs))
    ends = []
    if rows.has_ends:
        ends.append((Outcome.WAIT, rows.answer, horizons(waiting_by(rows.need, rows.answer, len(rows.needs)), given)))
    if rows.solution is not None:
        by_need = waiting_by(rows.need, rows.solution, len(rows.needs))
        ends.append((Outcome.SOLVED, rows.solution, horizons(by_need)))
    return tuple(_contrast(rows, by, ends) for by in rows.by)


def _contrast(rows: Rows, by: By, ends: list[tuple[Outcome, Ending, Horizons]]) -> Sums:
    group, names = fewer_groups(by)
    size = len(names)
    index = CellIndex.of(rows.need, rows.day, group, groups=size)
    known = _in_time(rows)
    outcomes = [] if known is None else [_rate(index, Outcome.IN_TIME, known)]
    outcomes += [_time(rows, group, index, *end) for end in ends]
    if rows.remedy is not None:
        outcomes.append(_rate(index, Outcome.REMEDY, rows.remedy))
    if rows.amount is not None:
        is_known = np.isfinite(rows.amount)
        outcomes.append(OutcomeSums(Outcome.AMOUNT, index.cells(rows.amount, is_known), _not(is_known)))
    n = np.bincount(group, minlength=size)
    still = np.bincount(group[~rows.answer.is_ended & rows.has_ends], minlength=size)
    coding: dict[str, Agreement] = {}
    if rows.recoded is not None:
        for g, name in enumerate(names):
            again = (group == g) & (rows.recoded != UNKNOWN)
            if again.any():
                coding[name] = agreement(rows.need[again], rows.recoded[again], needs=len(rows.needs))
    return Sums(by.name, names, rows.needs, tuple(n.tolist()), tuple(still.tolist()), tuple(outcomes), coding)


def fewer_groups(by: By) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Codes and names, with all but the largest `MOST_GROUPS` taken together: more tell nothing, and take long."""
    if len(by.groups) <= MOST_GROUPS:
        return by.group, by.groups
    code = fewer_codes(np.bincount(by.group, minlength=len(by.groups)))
    return code[by.group], fewer_names(by.groups, code)


def fewer_codes(n: Ints) -> Ints:
    """(G,) the new code of each group, by how many cases each has: the smallest share the last one."""
    code = np.full(len(n), MOST_GROUPS - 1, dtype=np.int64)
    kept = np.sort(np.argsort(-n, kind="stable")[: MOST_GROUPS - 1])
    code[kept] = np.arange(len(kept))
    return code


def fewer_names(groups: Sequence[str], code: Ints) -> tuple[str, ...]:
    """The names of the new codes."""
    return (*(name for name, one in zip(groups, code.tolist(), strict=True) if one < MOST_GROUPS - 1), THE_REST)


def _in_time(rows: Rows) -> NDArray[np.int8] | None:
    """(N,) 1, 0 or UNKNOWN: what the table says itself, or whether the wait was within the case's own standard. A case
    younger than its standard is unknown even where it is answered: those still open beside it are, too."""
    if rows.in_time is not None:
        return rows.in_time
    if rows.standard is None:
        return None
    has = np.isfinite(rows.standard) & (rows.standard > 0)
    standard = np.where(has, rows.standard, np.inf)
    known = (rows.age >= standard) & has
    kept = rows.answer.is_ended & (rows.answer.wait <= standard)
    return np.where(known, kept, UNKNOWN).astype(np.int8)


def _rate(index: CellIndex, outcome: Outcome, said: NDArray[np.int8]) -> OutcomeSums:
    is_known = said != UNKNOWN
    return OutcomeSums(outcome, index.cells(said, is_known), _not(is_known))


def _time(
    rows: Rows, group: NDArray[Any], index: CellIndex, outcome: Outcome, ending: Ending, horizon: Horizons
) -> OutcomeSums:
    counted = horizon.counted[rows.need]
    hours = np.minimum(ending.wait, counted)
    hours /= HOUR
    is_mature = rows.age >= counted
    first = int(rows.day.min()) if len(rows) else 0
    stratum = (rows.day - first) * len(rows.needs) + rows.need
    test = log_rank_sums(ending.wait, ending.is_ended, group, stratum, groups=index.groups).test()
    return OutcomeSums(
        outcome,
        index.cells(hours, is_mature),
        _not(is_mature),
        waiting_by(group, ending, index.groups),
        test,
        index.cells(hours, ending.is_ended),
        horizon,
    )


def _not(which: Flags) -> int:
    return int(len(which) - np.count_nonzero(which))
