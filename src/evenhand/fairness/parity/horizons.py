"""Against what a wait is measured: the standard of each need, and how long a wait counts at most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenhand.fairness.parity.rows import Ending
from evenhand.stats.columns import Flags, Floats, Ints
from evenhand.stats.outcomes import STANDARDS
from evenhand.stats.survival import Curve, curve_of

SHARE_ANSWERED = 0.9
"""Without a standard, a need's is the time by which this share of its cases were answered."""

RESOLUTIONS = (86_400, 3_600, 60)
"""Seconds. Where nearly all were answered at once, the finest difference that the table can show stands for the
standard: a day where all waits are whole days; a minute at least."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many were last seen waiting at each length of time. time: (J,) seconds, rising. left: (J,) answered or not.
    events: (J,) how many of these were answered."""

    time: Ints
    left: Ints
    events: Ints

    def curve(self) -> Curve | None:
        """The Kaplan–Meier curve, in seconds; None where there is no case."""
        return curve_of(self.time, self.left, self.events) if len(self.time) else None

    def merged(self, other: Waiting) -> Waiting:
        """These and those together."""
        return merged([self, other])


def merged(parts: Sequence[Waiting]) -> Waiting:
    """All of them together; empty for none."""
    if not parts:
        nothing = np.zeros(0, dtype=np.int64)
        return Waiting(nothing, nothing, nothing)
    time, where = np.unique(np.concatenate([part.time for part in parts]), return_inverse=True)
    left, events = (np.zeros(len(time), dtype=np.int64) for _ in range(2))
    np.add.at(left, where, np.concatenate([part.left for part in parts]))
    np.add.at(events, where, np.concatenate([part.events for part in parts]))
    return Waiting(time, left, events)


def waiting_by(code: NDArray[Any], ending: Ending, size: int) -> tuple[Waiting, ...]:
    """Counts for each code 0 … size − 1. code: (N,). One sort of N whole numbers."""
    if not len(code):
        return tuple(merged([]) for _ in range(size))
    width = max(int(ending.wait.max()).bit_length(), 1) + 1
    key = (code.astype(np.int64) << width) | (ending.wait << 1) | ending.is_ended
    key.sort()
    moment = key >> 1
    start = np.flatnonzero(np.concatenate([[True], moment[1:] != moment[:-1]]))
    left = np.diff(np.append(start, len(key)))
    events = np.add.reduceat(key & 1, start)
    whose, time = moment[start] >> (width - 1), moment[start] & ((1 << (width - 1)) - 1)
    edge = np.searchsorted(whose, np.arange(size + 1))
    return tuple(
        Waiting(time[a:b], left[a:b], events[a:b]) for a, b in zip(edge[:-1].tolist(), edge[1:].tolist(), strict=True)
    )


@dataclass(frozen=True)
class Horizons:
    """For each of K needs. standard: (K,) seconds. is_given: (K,) whether the table said it; else it is the time by
    which nine in ten were answered. is_short: (K,) whether fewer than nine in ten ever were, so that nine in ten of
    those who were stand for all (half the longest wait seen, where nobody was). counted: (K,) seconds a wait counts
    at most, and the age at which a case is mature: three standards where given, else one."""

    standard: Floats
    is_given: Flags
    is_short: Flags

    @property
    def counted(self) -> Floats:
        return np.where(self.is_given, STANDARDS * self.standard, self.standard)


def horizons(waiting: Sequence[Waiting], given: Floats | None = None) -> Horizons:
    """Horizons of K needs, over all groups. waiting: K counts. given: (K,) seconds, nan where the table names none.

    Source of the fallback: the quantile of the Kaplan–Meier curve, open cases counted.
    """
    size, shortest = len(waiting), _resolution(waiting)
    known = np.full(size, np.nan) if given is None else given
    standard, is_short = np.empty(size), np.zeros(size, dtype=np.bool_)
    for k, counts in enumerate(waiting):
        if known[k] > 0:
            standard[k] = known[k]
            continue
        curve = counts.curve()
        if curve is None or not counts.events.any():
            standard[k] = curve.followed_to / 2 if curve else shortest
            is_short[k] = curve is not None
            continue
        ever = 1 - float(curve.survival[-1])
        is_short[k] = ever < SHARE_ANSWERED
        reached = curve.quantile(SHARE_ANSWERED * (ever if is_short[k] else 1.0)).value
        assert reached is not None
        standard[k] = reached
    return Horizons(np.where(known > 0, standard, np.maximum(standard, shortest)), known > 0, is_short)


def _resolution(waiting: Sequence[Waiting]) -> float:
    """Seconds: of what all waits that ended are whole multiples; a minute at least."""
    ended = [counts.time[counts.events > 0] for counts in waiting]
    return float(next((r for r in RESOLUTIONS if all(not (time % r).any() for time in ended)), RESOLUTIONS[-1]))


def standard_of_each_need(need: NDArray[Any], standard: Floats, needs: int) -> Floats:
    """(K,) the (lower) median, in whole seconds, of the standards that a need's cases were given, nan where none was.
    need, standard: (N,)."""
    has = np.isfinite(standard) & (standard > 0)
    seconds = np.rint(standard[has]).astype(np.int64)
    width = int(seconds.max()).bit_length() if len(seconds) else 1
    key = (need[has].astype(np.int64) << width) | seconds
    key.sort()
    edge = np.searchsorted(key >> width, np.arange(needs + 1))
    out = np.full(needs, np.nan)
    some = edge[1:] > edge[:-1]
    out[some] = key[((edge[:-1] + edge[1:] - 1) // 2)[some]] & ((1 << width) - 1)
    return out
