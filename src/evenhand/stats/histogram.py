"""The waits of all closed cases in counts that can be added to: need × group × minute × answered.

Closed cases never change, so they are counted once; a nightly audit adds the day's and lays the open ones, at their age
of tonight, over a copy. Its size is set by the horizons alone, so a night costs the same after five years as after one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evenhand.stats.columns import Flags, Ints, codes, flat, same_length
from evenhand.stats.log_rank import RiskSets
from evenhand.stats.survival import Curve, curve_of


@dataclass(frozen=True, slots=True)
class Rows:
    """A histogram as a table, for files and databases: (R,) each, count > 0. minute: one more than the need's horizon
    where the wait was longer."""

    need: Ints
    group: Ints
    minute: Ints
    is_answered: Flags
    count: Ints


class Histogram:
    """Counts of waits by need, group, minute, and whether an answer ended them.

    horizons: (K,) whole minutes for each need, three standards as a rule. A wait longer than its need's horizon is
    known to be longer, and no more. groups: how many. Memory: 16 · groups · Σ (horizon + 2) bytes.
    Raises ValueError for horizons or groups below 1.
    """

    def __init__(self, horizons: ArrayLike, groups: int) -> None:
        self.horizons = codes(horizons, "horizons")
        if groups < 1 or not len(self.horizons) or (self.horizons < 1).any():
            raise ValueError("a histogram needs a group or more, and a minute or more for each need")
        self.groups = groups
        self._start = np.concatenate([[0], np.cumsum((self.horizons + 2) * groups * 2)])
        self._counts = np.zeros(int(self._start[-1]), dtype=np.int64)

    def add(
        self,
        need: ArrayLike,
        group: ArrayLike,
        minute: ArrayLike,
        is_answered: ArrayLike,
        count: ArrayLike | None = None,
    ) -> None:
        """Count N more waits. need: (N,) 0 … K−1. group: (N,) 0 … G−1. minute: (N,) whole minutes waited, from 0.
        is_answered: (N,); a case closed without an answer is entered as waiting at one more than its horizon.
        count: (N,) how many a row stands for. Raises ValueError for bad codes and lengths; then nothing is added."""
        which, who = codes(need, "need", len(self.horizons)), codes(group, "group", self.groups)
        when, ended = codes(minute, "minute"), flat(is_answered, "is_answered").astype(np.bool_)
        size = same_length(need=which, group=who, minute=when, is_answered=ended)
        many = np.ones(size, dtype=np.int64) if count is None else codes(count, "count")
        same_length(need=which, count=many)
        last = self.horizons[which]
        ended = ended & (when <= last)
        at = self._start[which] + (np.minimum(when, last + 1) * self.groups + who) * 2 + ended
        if size * 8 < len(self._counts):
            np.add.at(self._counts, at, many)
        else:  # whole numbers below 2**53 add up exactly as floats
            self._counts += np.bincount(at, weights=many, minlength=len(self._counts)).astype(np.int64)

    def merged(self, other: Histogram) -> Histogram:
        """These counts and those, as a new histogram. Raises ValueError where their needs or groups differ."""
        if self.groups != other.groups or not np.array_equal(self.horizons, other.horizons):
            raise ValueError("histograms of other needs or groups cannot be merged")
        both = Histogram(self.horizons, self.groups)
        both._counts = self._counts + other._counts
        return both

    def rows(self) -> Rows:
        """The counts above 0, ordered by need, minute, group and answered."""
        at = np.flatnonzero(self._counts)
        need = np.searchsorted(self._start, at, side="right") - 1
        inside = at - self._start[need]
        answered = (inside & 1).astype(np.bool_)
        return Rows(
            need.astype(np.int64),
            (inside >> 1) % self.groups,
            (inside >> 1) // self.groups,
            answered,
            self._counts[at],
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Histogram):
            return NotImplemented
        return (
            self.groups == other.groups
            and np.array_equal(self.horizons, other.horizons)
            and np.array_equal(self._counts, other._counts)
        )

    __hash__ = None  # type: ignore[assignment]  # counts are added to in place

    def total(self) -> Ints:
        """(K, G) how many cases of each need and group."""
        return np.stack([self._block(k).sum(axis=(0, 2)) for k in range(len(self.horizons))])

    def curve(self, group: int, needs: ArrayLike | None = None, *, level: float = 0.95) -> Curve:
        """The Kaplan–Meier curve of one group, over all needs or those chosen; in minutes.

        Several needs are followed to the shortest of their horizons: beyond it only the slow needs would be seen.
        Raises ValueError where the group has no case among them, or there is no such group or need.
        """
        if not 0 <= group < self.groups:
            raise ValueError(f"a group below {self.groups}, not {group}")
        chosen = range(len(self.horizons)) if needs is None else codes(needs, "needs", len(self.horizons)).tolist()
        if not chosen:
            raise ValueError("a curve needs a need")
        horizon = int(min(self.horizons[k] for k in chosen))
        both = np.zeros((horizon + 2, 2), dtype=np.int64)
        for k in chosen:
            block = self._block(k)[:, group, :]
            both[: horizon + 1] += block[: horizon + 1]
            both[horizon + 1, 0] += block[horizon + 1 :].sum()
        if not both.any():
            raise ValueError(f"group {group} has no case among these needs")
        return curve_of(np.arange(horizon + 2), both.sum(axis=1), both[:, 1], level=level)

    def risk_sets(self) -> RiskSets:
        """Who was waiting at each minute at which somebody was answered, by need: for the log-rank tests."""
        need, time, events, waiting = [], [], [], []
        for k in range(len(self.horizons)):
            block = self._block(k)
            left = block.sum(axis=2)
            answered = block[:, :, 1]
            at = np.flatnonzero(answered.any(axis=1))
            need.append(np.full(len(at), k, dtype=np.int64))
            time.append(at.astype(np.float64))
            events.append(answered[at])
            waiting.append(left[::-1].cumsum(axis=0)[::-1][at])
        return RiskSets(np.concatenate(need), np.concatenate(time), np.concatenate(events), np.concatenate(waiting))

    def share_within(self, need: int, group: int, minutes: int) -> tuple[int, int]:
        """(kept, of): how many of a group's cases of one need were answered within so many minutes, of all there are.
        Exact where every case is mature. Raises ValueError for minutes beyond the need's horizon."""
        if not 0 <= minutes <= int(self.horizons[need]):
            raise ValueError(f"minutes within 0..{int(self.horizons[need])}, not {minutes}")
        block = self._block(need)[:, group, :]
        return int(block[: minutes + 1, 1].sum()), int(block.sum())

    def _block(self, need: int) -> Ints:
        """(horizon + 2, G, 2) counts of one need, as a view."""
        return self._counts[self._start[need] : self._start[need + 1]].reshape(-1, self.groups, 2)
