"""The same need on the same day: is one group treated as the other? Cells, their weighted difference, and the verdict.

A cell is a need (with whatever else is asked for: language, place) on one day of arrival. Within it the two groups met
the same staff and the same load; across cells, differences are averaged by overlap weights, so that a cell counts for
as much as it can tell. Cells with one group alone tell nothing, and are listed: silence is not fairness.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenhand.stats.columns import Flags, Floats, Ints, codes, flat, numbers, same_length, whole
from evenhand.stats.distributions import normal_quantile, t_quantile

DAYS_FOR_CLUSTERS = 10
"""With fewer days, their spread says too little; cases are then taken one by one, and equality is never found."""

LEAST_WEIGHT = 20.0
"""One look says TOO FEW below this weight: about twenty cases of the smaller group beside many of the larger."""

NO_SPREAD = 1e-12
"""An error below this share of the mean is rounding: values that do not differ tell nothing of how much they could."""

RATE_MARGIN = 0.05
RELATIVE_MARGIN = 0.10


class Verdict(StrEnum):
    EQUAL = "EQUAL"
    UNEQUAL = "UNEQUAL"
    NOT_PROVEN = "NOT PROVEN"
    TOO_FEW = "TOO FEW"


@dataclass(frozen=True)
class Cells:
    """One outcome summed in cells. A value that can be merged: closed cases are summed once and never read again.

    need, day: (C,) which cell, ordered by day and need. n: (C, G) cases. total, squares: (C, G) sums of the outcome
    and of its squares. worst: the most that the outcome can be, from 0, where it cannot be more; None otherwise.
    """

    need: Ints
    day: Ints
    n: Ints
    total: Floats
    squares: Floats
    worst: float | None = field(default=None, kw_only=True)

    @classmethod
    def of(cls, need: ArrayLike, day: ArrayLike, group: ArrayLike, outcome: ArrayLike, *, groups: int) -> Cells:
        """Cells of N cases. need: (N,) whole numbers from 0. day: (N,) whole numbers. group: (N,) 0 … groups − 1.
        outcome: (N,), finite, in any unit; True and False for rates. Raises ValueError for bad codes, missing outcomes,
        other lengths."""
        return CellIndex.of(need, day, group, groups=groups).cells(outcome)

    @classmethod
    def _empty(cls, groups: int) -> Cells:
        none, nothing = np.zeros(0, dtype=np.int64), np.zeros((0, groups))
        return cls(none, none, np.zeros((0, groups), dtype=np.int64), nothing, nothing)

    @property
    def groups(self) -> int:
        return int(self.n.shape[1])

    def merged(self, other: Cells) -> Cells:
        """These and those together, in whichever order. Raises ValueError where they count other groups."""
        if self.groups != other.groups:
            raise ValueError(f"cells of {self.groups} groups and of {other.groups}")
        if not len(self.day) or not len(other.day):
            return self if len(self.day) else other
        both = [np.concatenate(pair) for pair in ((self.need, other.need), (self.day, other.day))]
        first, needs = int(both[1].min()), int(both[0].max()) + 1
        found, where = np.unique((both[1] - first) * needs + both[0], return_inverse=True)
        n = np.zeros((len(found), self.groups), dtype=np.int64)
        total, squares = np.zeros((2, len(found), self.groups))
        # Within one of the two a cell stands once, so that adding by index misses none.
        for part, at in ((self, where[: len(self.day)]), (other, where[len(self.day) :])):
            n[at] += part.n
            total[at] += part.total
            squares[at] += part.squares
        return Cells(found % needs, found // needs + first, n, total, squares, worst=self.worst)

    def chosen(self, which: Flags) -> Cells:
        """The cells for which `which` (C,) is True."""
        total, squares = self.total[which], self.squares[which]
        return Cells(self.need[which], self.day[which], self.n[which], total, squares, worst=self.worst)

    @cached_property
    def is_rate(self) -> bool:
        """Whether the outcome is yes or no: each value is then its own square, and sums of whole numbers are exact."""
        return bool((self.total == self.squares).all() and (self.total == np.floor(self.total)).all())

    def contrast(self, group: int, reference: int, clusters: ArrayLike | None = None) -> Contrast:
        """The group against the reference, the same need on the same day.

        clusters: (C,) whole numbers: the day on which each cell matures (arrival + three standards) for the daily
        series; the day of arrival by default. Raises ValueError where group and reference are one, or not there.
        """
        if group == reference or not (0 <= group < self.groups and 0 <= reference < self.groups):
            raise ValueError(f"two different groups below {self.groups}, not {group} and {reference}")
        when = self.day if clusters is None else codes(clusters, "clusters")
        same_length(cells=self.day, clusters=when)
        return Contrast(self, group, reference, when)


@dataclass(frozen=True)
class CellIndex:
    """Which cell and group each of N cases is in: found once, for several outcomes of the same cases.

    at: (N,) cell × group. present: the cells by number, rising, or None where every number up to `room` is one.
    """

    at: NDArray[Any]
    room: int
    groups: int
    needs: int
    first: int
    present: Ints | None

    @classmethod
    def of(cls, need: ArrayLike, day: ArrayLike, group: ArrayLike, *, groups: int) -> CellIndex:
        """need: (N,) whole numbers from 0; day: (N,) whole numbers; of any width: none is copied. group: (N,)
        0 … groups − 1. Raises ValueError for bad codes and other lengths. Memory: 4 bytes a case, as a rule."""
        which, when, who = whole(need, "need"), whole(day, "day", least=None), whole(group, "group", groups)
        size = same_length(need=which, day=when, group=who)
        if size == 0:
            return cls(np.zeros(0, dtype=np.int32), 0, groups, 1, 0, None)
        first, needs = int(when.min()), int(which.max()) + 1
        room = (int(when.max()) - first + 1) * needs
        present = None
        if room > 4 * size + 10_000:
            number = (when.astype(np.int64) - first) * needs + which
            present, where = np.unique(number, return_inverse=True)
            room = len(present)
            return cls(where * groups + who, room, groups, needs, first, present)
        at = np.empty(size, dtype=np.int32 if room * groups < 2**31 else np.int64)
        for low in range(0, size, _AT_ONCE):
            part = slice(low, low + _AT_ONCE)
            number = (when[part].astype(np.int64) - first) * needs + which[part]
            at[part] = number * groups + who[part]
        return cls(at, room, groups, needs, first, None)

    def cells(self, outcome: ArrayLike, where: ArrayLike | None = None) -> Cells:
        """The cells of one outcome. outcome: (N,), finite where it counts; True and False, or 0 and 1 in one byte,
        are counted faster. where: (N,) the cases that count, all by default. Raises ValueError for missing outcomes
        and other lengths."""
        value = flat(outcome, "outcome")
        mask = None if where is None else flat(where, "where").astype(np.bool_, copy=False)
        size = same_length(cases=self.at, outcome=value, where=value if mask is None else mask)
        if value.dtype.kind not in "biuf":
            raise ValueError(f"outcome must be numbers, not {value.dtype}")
        if not self.room:
            return Cells._empty(self.groups)
        width = self.room * self.groups
        n = np.zeros(width, dtype=np.int64)
        total, squares = np.zeros(width), np.zeros(width)
        step = max(_AT_ONCE, 4 * width)
        for low in range(0, size, step):
            at, part = self.at[low : low + step], value[low : low + step]
            if mask is not None:
                some = mask[low : low + step]
                at, part = at[some], part[some]
            n += np.bincount(at, minlength=width)
            if part.dtype == np.bool_ or (
                part.dtype.itemsize == 1 and len(part) and 0 <= part.min() <= part.max() <= 1
            ):
                kept = np.bincount(at[part.astype(np.bool_, copy=False)], minlength=width)
                total += kept
                squares += kept
            else:
                real = numbers(part, "outcome")
                total += np.bincount(at, weights=real, minlength=width)
                squares += np.bincount(at, weights=real * real, minlength=width)
        found = np.flatnonzero(n.reshape(-1, self.groups).any(axis=1))
        number: Ints = found if self.present is None else self.present[found]
        return Cells(
            number % self.needs,
            number // self.needs + self.first,
            n.reshape(-1, self.groups)[found],
            total.reshape(-1, self.groups)[found],
            squares.reshape(-1, self.groups)[found],
        )


_AT_ONCE = 1 << 17
"""Cases that are read together, so that what is made of them on the way stays small and near."""


@dataclass(frozen=True)
class Contrast:
    """One group against the reference, over the cells in which both have cases.

    Source: overlap weights, Li, Morgan and Zaslavsky (2018), doi 10.1080/01621459.2016.1260466; in cells their
    propensity score is the cell's own share, and the weight is n1 n0 / (n1 + n0).
    """

    cells: Cells
    group: int
    reference: int
    when: Ints

    @cached_property
    def has_both(self) -> Flags:
        """(C,) whether both groups have cases in the cell."""
        return (self.cells.n[:, self.group] > 0) & (self.cells.n[:, self.reference] > 0)

    @cached_property
    def without_overlap(self) -> Ints:
        """Which cells hold one of the two groups alone: indices into the cells."""
        one = (self.cells.n[:, self.group] > 0) ^ (self.cells.n[:, self.reference] > 0)
        return np.flatnonzero(one)

    @cached_property
    def counts(self) -> tuple[int, int]:
        """How many cases the group and the reference have, with or without the other beside them."""
        return int(self.cells.n[:, self.group].sum()), int(self.cells.n[:, self.reference].sum())

    @cached_property
    def _used(self) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        """n1, n0, mean 1, mean 0, weight of each cell with both."""
        n1, n0 = (self.cells.n[self.has_both, g].astype(np.float64) for g in (self.group, self.reference))
        m1, m0 = (self.cells.total[self.has_both, g] for g in (self.group, self.reference))
        return n1, n0, m1 / n1, m0 / n0, n1 * n0 / (n1 + n0)

    @cached_property
    def weight(self) -> float:
        """Σ w: two groups of twice that size each would tell as much."""
        return float(self._used[4].sum())

    @property
    def n_effective(self) -> float:
        """The cases, in two groups of one size, that would tell as much: 4 Σ w."""
        return 4 * self.weight

    @cached_property
    def theta(self) -> float:
        """θ = Σ w (mean of the group − mean of the reference) / Σ w, in the outcome's unit; nan without overlap."""
        _, _, m1, m0, w = self._used
        return float((w * (m1 - m0)).sum() / self.weight) if self.weight else float("nan")

    @cached_property
    def reference_mean(self) -> float:
        """The reference's mean, weighted as θ is; nan without overlap."""
        _, _, _, m0, w = self._used
        return float((w * m0).sum() / self.weight) if self.weight else float("nan")

    @property
    def ratio(self) -> float:
        """1 + θ / the reference's mean: 1.18 is 18 % more. nan where the reference's mean is 0."""
        return 1 + self.theta / self.reference_mean if self.reference_mean else float("nan")

    @cached_property
    def by_cluster(self) -> tuple[Ints, Floats, Floats]:
        """The clusters that say something, rising, with S = Σ w D and W = Σ w of each: what the sequence is fed."""
        _, _, m1, m0, w = self._used
        which, where = np.unique(self.when[self.has_both], return_inverse=True)
        size = len(which)
        return (
            which.astype(np.int64),
            np.bincount(where, weights=w * (m1 - m0), minlength=size).astype(np.float64),
            np.bincount(where, weights=w, minlength=size).astype(np.float64),
        )

    @cached_property
    def reference_by_cluster(self) -> Floats:
        """(t,) R = Σ w · the reference's mean, for each cluster: S − m R are the sums of mean 1 − (1 + m) · mean 0."""
        _, _, _, m0, w = self._used
        which, where = np.unique(self.when[self.has_both], return_inverse=True)
        return np.bincount(where, weights=w * m0, minlength=len(which)).astype(np.float64)

    def beyond(self, share: float) -> tuple[float, float | None]:
        """By how much the group's mean exceeds (1 + share) times the reference's, and the standard error by clusters
        (None with fewer than two). What a relative margin is tested by: the reference's mean is an estimate too."""
        _, s, w = self.by_cluster
        moved = s - share * self.reference_by_cluster
        value = float(moved.sum()) / self.weight if self.weight else float("nan")
        if len(w) < 2:
            return value, None
        variance, _ = between_clusters(moved - value * w, w)
        return value, sqrt(max(variance, self.unit_variance * self.weight)) / self.weight

    @cached_property
    def by_need(self) -> tuple[Ints, Floats, Floats]:
        """What drives the difference: each need that says something, with its own θ and its weight Σ w."""
        _, _, m1, m0, w = self._used
        which, where = np.unique(self.cells.need[self.has_both], return_inverse=True)
        weight = np.bincount(where, weights=w, minlength=len(which))
        theta = np.bincount(where, weights=w * (m1 - m0), minlength=len(which)) / weight
        return which.astype(np.int64), theta.astype(np.float64), weight.astype(np.float64)

    @property
    def unit_variance(self) -> float:
        """The least that the variance of one case is taken to be: the last of `unit_variances`; 0 without overlap."""
        return float(self.unit_variances[-1]) if len(self.unit_variances) else 0.0

    @cached_property
    def unit_variances(self) -> Floats:
        """(t,) the least that the variance of one case is taken to be, by what was known at the end of each cluster.
        0 where nothing is known of how far a case can be.

        For a rate: that of one yes or no, kept above 0 by one more of each (Laplace): twenty kept of twenty, in both
        groups, have no spread at all; that is no proof that they never will. For an outcome that has a worst value:
        what one more case of the smaller group, at the far end, would make it. A desk that answers quickly and loses
        one case in three hundred shows no spread until it has lost one.
        """
        which, where = np.unique(self.when[self.has_both], return_inverse=True)
        t, worst = len(which), self.cells.worst
        if not (self.cells.is_rate or worst):
            return np.zeros(t)
        size1, size0, mean1, mean0, _ = self._used
        columns = (size1, size0, size1 * mean1, size0 * mean0)
        n1, n0, sum1, sum0 = (np.cumsum(np.bincount(where, weights=each, minlength=t)) for each in columns)
        is_group = (n1 < n0) | ((n1 == n0) & (sum1 <= sum0))
        small, total = np.where(is_group, n1, n0).astype(np.float64), np.where(is_group, sum1, sum0)
        if worst:
            mean = total / small
            return np.asarray(np.maximum(worst - mean, mean) ** 2 * small / (small + 1) ** 2)
        p = (total + 1) / (small + 2)
        return np.asarray(p * (1 - p))

    @cached_property
    def _between(self) -> tuple[float, int]:
        _, s, w = self.by_cluster
        return between_clusters(s - self.theta * w, w)

    @property
    def clustered_error(self) -> float | None:
        """The standard error of θ by clusters, from the spread of S − θ W; None with fewer than two."""
        if len(self.by_cluster[0]) < 2:
            return None
        return sqrt(max(self._between[0], self.unit_variance * self.weight)) / self.weight

    @property
    def degrees(self) -> int:
        """Of Student's t, for an interval by clusters. Raises ValueError with fewer than two."""
        return self._between[1]

    @cached_property
    def case_error(self) -> float | None:
        """The standard error of θ with each case on its own, from the spread within cells, pooled over cells for
        each group; None where no cell shows any spread that could be measured."""
        if not self.weight:
            return None
        n1, n0, _, _, w = self._used
        spread: list[float] = []
        for g in (self.group, self.reference):
            n, total, squares = (a[self.has_both, g] for a in (self.cells.n, self.cells.total, self.cells.squares))
            free = int((n - 1).sum())
            if free < 1:
                return None
            spread.append(max(float((squares - total * total / n).sum()) / free, 0.0))
        variance = float((w * w * (spread[0] / n1 + spread[1] / n0)).sum())
        return sqrt(max(variance, self.unit_variance * self.weight)) / self.weight

    @cached_property
    def raw(self) -> tuple[float, float | None]:
        """The difference of plain means, whatever the need, and its standard error by clusters (None: fewer than two).

        All cases count, those in cells without overlap too. Both nan where a group is empty.
        """
        n1, n0 = self.counts
        if not n1 or not n0:
            return float("nan"), None
        n, total = self.cells.n, self.cells.total
        m1, m0 = float(total[:, self.group].sum()) / n1, float(total[:, self.reference].sum()) / n0
        part = (total[:, self.group] - m1 * n[:, self.group]) / n1
        part = part - (total[:, self.reference] - m0 * n[:, self.reference]) / n0
        which, where = np.unique(self.when, return_inverse=True)
        t = len(which)
        if t < 2:
            return m1 - m0, None
        off = np.bincount(where, weights=part, minlength=t)
        return m1 - m0, sqrt(t / (t - 1) * float((off**2).sum()))


def between_clusters(off: Floats, weight: Floats) -> tuple[float, int]:
    """The variance of a sum over t clusters, and the degrees of freedom of Student's t that go with it.

    off: (t,) each cluster's part less what is expected of it, S − θ W; θ = Σ S / Σ W makes them sum to 0. weight: (t,)
    W > 0. With h the share of a cluster in all weight the variance is Σ off² / (1 − h): a large cluster draws θ to
    itself. Its degrees are those of so many equal clusters, 1/Σ h² − 1, or those that the fourth moment leaves,
    2 (Σ off²)² / (Σ off⁴ − (Σ off²)²/t), where fewer; rounded down, 1 at least. On the same 8,000 desks each, t/(t−1)
    Σ off² with t − 1 degrees was false in 5.4 % with quiet weekends and 5.6 % with uneven amounts over 12 days, this in
    4.9 and 5.1 %; with uneven waits over 40 days it helps little, 5.5 and 5.3 %.
    Raises ValueError for fewer than two clusters.
    Source: Bell and McCaffrey (2002), with each cluster's leverage alone; Carter, Schnepel and Steigerwald (2017), for
    the equal clusters; Satterthwaite (1946).
    """
    t = len(off)
    if t < 2:
        raise ValueError("the spread of clusters needs two of them")
    share = weight / weight.sum()
    second = off * off
    variance = float((second / (1 - share)).sum())
    degrees = 1 / float((share * share).sum()) - 1
    two, four = float(second.sum()), float((second * second).sum())
    excess = four - two * two / t
    if excess > 0:
        degrees = min(degrees, 2 * two * two / excess)
    return variance, max(int(degrees + 1e-9), 1)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look says. difference: θ. low, high: 95 %. inner_low, inner_high: 90 %, which equality must keep
    within ± margin. not_ruled_out: the largest difference that the 95 % interval holds. None where there is none.
    is_by_case: too few days for their spread, so that cases were taken one by one."""

    verdict: Verdict
    difference: float
    low: float | None
    high: float | None
    inner_low: float | None
    inner_high: float | None
    margin: float
    not_ruled_out: float | None
    is_by_case: bool


def relative_margin(reference_mean: float, share: float = RELATIVE_MARGIN, least: float = 0.0) -> float:
    """The margin for times and amounts: a share of the reference's mean, and `least` at least, in the same unit."""
    return max(share * abs(reference_mean), least)


def tost(low: float, high: float, margin: float) -> bool:
    """Two one-sided tests: is the interval (of level 1 − 2α) wholly within ± margin? Touching is not within.

    Source: Schuirmann (1987).
    """
    return -margin < low and high < margin


def one_look(
    contrast: Contrast,
    margin: float,
    *,
    share: float | None = None,
    alpha: float = 0.05,
    least_weight: float = LEAST_WEIGHT,
) -> Finding:
    """The verdict for one look at a file, not to be repeated daily (`sequence` is for that).

    margin: in the outcome's unit, > 0. share: given where the margin is that share of the reference's mean; equality
    is then tested on mean 1 − (1 ± share) · mean 0 itself. A margin taken from an estimated mean as if it were known
    calls a gap as large as the margin EQUAL in 7 % of looks instead of 5 % (simulated). alpha: of the interval and
    of both one-sided tests. With ten clusters or more the intervals are by cluster, with Student's t of t − 1
    degrees; with fewer by case, and never EQUAL. Without any spread nothing is said: TOO FEW.
    Raises ValueError for a margin or alpha that is none.
    """
    if not margin > 0 or not 0 < alpha < 0.5:
        raise ValueError(f"a margin above 0 and an alpha within 0..0.5, not {margin} and {alpha}")
    if share is not None and not 0 < share < 1:
        raise ValueError(f"a share within 0..1, not {share}")
    days = len(contrast.by_cluster[0])
    by_case = days < DAYS_FOR_CLUSTERS
    error = contrast.case_error if by_case else contrast.clustered_error
    theta = contrast.theta
    if error is None or error <= NO_SPREAD * max(abs(theta), abs(contrast.reference_mean)):
        return Finding(Verdict.TOO_FEW, theta, None, None, None, None, margin, None, by_case)
    outer, inner = (
        (normal_quantile(p) if by_case else t_quantile(p, contrast.degrees)) * error for p in (1 - alpha / 2, 1 - alpha)
    )
    low, high, inner_low, inner_high = theta - outer, theta + outer, theta - inner, theta + inner
    if contrast.weight < least_weight:
        verdict = Verdict.TOO_FEW
    elif not by_case and (
        tost(inner_low, inner_high, margin)
        if share is None
        else _is_within(contrast, share, t_quantile(1 - alpha, contrast.degrees))
    ):
        verdict = Verdict.EQUAL
    elif low > 0 or high < 0:
        verdict = Verdict.UNEQUAL
    else:
        verdict = Verdict.NOT_PROVEN
    largest = max(abs(low), abs(high))
    return Finding(verdict, theta, low, high, inner_low, inner_high, margin, largest, by_case)


def _is_within(contrast: Contrast, share: float, reach: float) -> bool:
    """Two one-sided tests of the ratio of means against 1 ± share. Source: Schuirmann (1987); Fieller (1954)."""
    above, above_error = contrast.beyond(share)
    below, below_error = contrast.beyond(-share)
    if above_error is None or below_error is None:
        return False
    return above + reach * above_error < 0 < below - reach * below_error
