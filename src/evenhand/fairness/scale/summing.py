"""The sums of an audit from an engine's answers: the same as `parity.sums` makes of rows in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from evenhand.fairness.parity.findings import Outcome
from evenhand.fairness.parity.horizons import Horizons, Waiting, horizons
from evenhand.fairness.parity.sums import OutcomeSums, Sums
from evenhand.fairness.scale import statements
from evenhand.fairness.scale.engines import Answer, Engine
from evenhand.fairness.scale.statements import Part
from evenhand.stats.cells import Cells
from evenhand.stats.columns import Floats, Ints
from evenhand.stats.log_rank import LogRank, LogRankSums
from evenhand.stats.rates import Agreement, agreement

ANSWER, SOLUTION = "answer", "solution"


@dataclass(frozen=True)
class Cases:
    """What the engine's table `cases` holds (see `statements`). needs, by: the names behind the codes; by: of each
    contrast, its name and its groups, in the order of by0, by1, …"""

    needs: tuple[str, ...]
    by: tuple[tuple[str, tuple[str, ...]], ...]
    has_solution: bool = False
    has_standard: bool = False
    has_in_time: bool = False
    has_remedy: bool = False
    has_amount: bool = False
    has_recoded: bool = False
    has_ends: bool = True


def sums_by_sql(engine: Engine, cases: Cases, on_step: Callable[[str], None] = lambda _: None) -> tuple[Sums, ...]:
    """The sums of each contrast. on_step: told in a few words what is being worked out."""
    on_step("how long each need takes")
    given = _given(engine, len(cases.needs)) if cases.has_standard else None
    lengths = {}
    if cases.has_ends:
        lengths[ANSWER] = horizons(_waiting_by_need(engine, ANSWER, given, len(cases.needs)), given)
    if cases.has_solution:
        lengths[SOLUTION] = horizons(_waiting_by_need(engine, SOLUTION, None, len(cases.needs)))
    return tuple(_contrast(engine, cases, place, lengths, on_step) for place in range(len(cases.by)))


def _given(engine: Engine, needs: int) -> Floats:
    """(K,) the (lower) median, in whole seconds, of the standards that a need's cases were given, nan where none."""
    told = engine.ask(statements.standards())
    order = np.lexsort((told["standard"], told["need"]))
    need, standard, n = (told[name][order] for name in ("need", "standard", "n"))
    out = np.full(needs, np.nan)
    for k in np.unique(need).tolist():
        mine = need == k
        until = np.cumsum(n[mine])
        out[k] = np.rint(standard[mine][np.searchsorted(until, (int(until[-1]) - 1) // 2, side="right")])
    return out


def _waiting_by_need(engine: Engine, ending: str, given: Floats | None, needs: int) -> tuple[Waiting, ...]:
    """Counts of each need; empty ones where the standard of all is given, since then nothing is read off them."""
    if given is not None and (given > 0).all():
        return _by_code({}, needs)
    return _by_code(engine.ask(statements.waiting("need", ending)), needs)


def _by_code(told: Answer, size: int) -> tuple[Waiting, ...]:
    nothing = np.zeros(0, dtype=np.int64)
    code, wait, n, events = (told.get(name, nothing).astype(np.int64) for name in ("code", "wait", "n", "events"))
    order = np.lexsort((wait, code))
    edge = np.searchsorted(code[order], np.arange(size + 1))
    parts = (order[a:b] for a, b in pairwise(edge.tolist()))
    return tuple(Waiting(wait[part], n[part], events[part]) for part in parts)


def _contrast(
    engine: Engine, cases: Cases, place: int, lengths: dict[str, Horizons], on_step: Callable[[str], None]
) -> Sums:
    by, (name, groups) = f"by{place}", cases.by[place]
    size = len(groups)
    on_step(f"{name}: the same need on the same day")
    parts = _parts(cases)
    ends = tuple(lengths)
    counted = statements.values(
        "horizon",
        ("need", *(f"{end}_counted" for end in ends)),
        [(k, *(float(lengths[end].counted[k]) for end in ends)) for k in range(len(cases.needs))],
    )
    told = engine.ask(statements.cells(by, parts, counted))
    rows = int(told["n"].sum())
    made = {part.name: _cells(told, part, size) for part in parts}
    days, of_day, most = _days(told)
    outcomes: list[OutcomeSums] = []

    def plain(outcome: Outcome) -> OutcomeSums:
        cells = made[str(outcome)]
        return OutcomeSums(outcome, cells, rows - int(cells.n.sum()))

    def time(outcome: Outcome, end: str) -> OutcomeSums:
        on_step(f"{name}: waiting curves")
        waiting = _by_code(engine.ask(statements.waiting(by, end)), size)
        on_step(f"{name}: whether they are answered at one rate")
        test = _log_rank(engine, by, end, size, most, _pieces(days, of_day, engine.at_once))
        cells = made[end]
        young = rows - int(cells.n.sum())
        return OutcomeSums(outcome, cells, young, waiting, test, made[f"{end}_answered"], lengths[end])

    if cases.has_in_time or cases.has_standard:
        outcomes.append(plain(Outcome.IN_TIME))
    if cases.has_ends:
        outcomes.append(time(Outcome.WAIT, ANSWER))
    if cases.has_solution:
        outcomes.append(time(Outcome.SOLVED, SOLUTION))
    outcomes += [
        plain(one) for one, has in ((Outcome.REMEDY, cases.has_remedy), (Outcome.AMOUNT, cases.has_amount)) if has
    ]
    sizes = engine.ask(statements.group_sizes(by))
    n, still = np.zeros((2, size), dtype=np.int64)
    n[sizes["grp"].astype(np.int64)] = sizes["n"]
    if cases.has_ends:
        still[sizes["grp"].astype(np.int64)] = sizes["still"]
    coding = _coding(engine, by, groups, len(cases.needs)) if cases.has_recoded else {}
    return Sums(name, groups, cases.needs, tuple(n.tolist()), tuple(still.tolist()), tuple(outcomes), coding)


def _parts(cases: Cases) -> list[Part]:
    parts = statements.time_parts(ANSWER) if cases.has_ends else []
    if cases.has_in_time or cases.has_standard:
        parts.append(statements.in_time_part(cases.has_in_time))
    if cases.has_solution:
        parts += statements.time_parts(SOLUTION)
    if cases.has_remedy:
        parts.append(Part(str(Outcome.REMEDY), "remedy IS NOT NULL", "CAST(remedy AS DOUBLE)", is_rate=True))
    if cases.has_amount:
        parts.append(Part(str(Outcome.AMOUNT), "amount IS NOT NULL", "amount"))
    return parts


def _cells(told: Answer, part: Part, size: int) -> Cells:
    """One outcome's cells, in the order of `Cells.of`: by day and need, those without a case left out."""
    has = told[f"{part.name}_n"] > 0
    need, day, group = (told[name][has].astype(np.int64) for name in ("need", "day", "grp"))
    found, where = np.unique(np.stack([day, need], axis=1), axis=0, return_inverse=True)
    at = where.reshape(-1), group
    n = np.zeros((len(found), size), dtype=np.int64)
    total, squares = np.zeros((2, len(found), size))
    n[at] = told[f"{part.name}_n"][has]
    total[at] = told[f"{part.name}_total"][has]
    squares[at] = total[at] if part.is_rate else told[f"{part.name}_squares"][has]
    return Cells(found[:, 1].astype(np.int64), found[:, 0].astype(np.int64), n, total, squares)


def _days(told: Answer) -> tuple[Ints, Ints, int]:
    """The days, rising, with the cases of each; and how many cases the largest need and day have."""
    day, n = told["day"].astype(np.int64), told["n"].astype(np.int64)
    if not len(day):
        return day, n, 1
    days, where = np.unique(day, return_inverse=True)
    strata, stratum = np.unique(np.stack([told["need"], day], axis=1), axis=0, return_inverse=True)
    most = np.bincount(stratum.reshape(-1), weights=n, minlength=len(strata)).max()
    return days, np.bincount(where, weights=n, minlength=len(days)).astype(np.int64), int(most)


def _pieces(days: Ints, n: Ints, at_once: int | None) -> list[tuple[int, int] | None]:
    """Runs of days, from the first to the last of each, that hold about so many cases; a day is never split."""
    if at_once is None or int(n.sum()) <= at_once:
        return [None]
    piece = (np.cumsum(n) - n) // at_once
    starts = np.flatnonzero(np.concatenate([[True], piece[1:] != piece[:-1]]))
    stops = np.append(starts[1:], len(days)) - 1
    return [(int(days[a]), int(days[b])) for a, b in zip(starts, stops, strict=True)]


def _log_rank(
    engine: Engine, by: str, ending: str, size: int, most: int, pieces: Sequence[tuple[int, int] | None]
) -> LogRank:
    found = LogRankSums.none(size)
    for days in pieces:
        told = engine.ask(statements.log_rank(by, ending, size, most, days))
        covariance = np.zeros((size, size))
        for g in range(size):
            for h in range(g + 1, size):
                covariance[g, h] = covariance[h, g] = -told[f"v{g}_{h}"][0]
        np.fill_diagonal(covariance, -covariance.sum(axis=1))
        observed, expected = (np.array([float(told[f"{one}{g}"][0]) for g in range(size)]) for one in "oe")
        found = found.merged(LogRankSums(observed, expected, covariance))
    return found.test()


def _coding(engine: Engine, by: str, groups: Sequence[str], needs: int) -> dict[str, Agreement]:
    told = engine.ask(statements.recoded(by))
    group, need, again, n = (told[name].astype(np.int64) for name in ("grp", "need", "recoded", "n"))
    found: dict[str, Agreement] = {}
    for g, name in enumerate(groups):
        mine = group == g
        if mine.any():
            found[name] = agreement(np.repeat(need[mine], n[mine]), np.repeat(again[mine], n[mine]), needs=needs)
    return found
