"""How long people wait when some are waiting still: the Kaplan–Meier curve and what is read off it.

An open case is censored: it has waited so long at least. Times are lengths in any one unit (minutes, here), the same
for all; an answer and a censoring at the same time are taken in that order.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenhand.stats.columns import Flags, Floats, Ints, codes, flat, same_length, waits
from evenhand.stats.distributions import normal_quantile, two_sided


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure, its standard error, and the interval that holds the truth with the level asked for."""

    value: float
    error: float
    low: float
    high: float

    def minus(self, other: Estimate, level: float = 0.95) -> Estimate:
        """The difference of two independent figures, by the normal approximation."""
        return normal_interval(self.value - other.value, sqrt(self.error**2 + other.error**2), level)

    @property
    def p(self) -> float:
        """The two-sided probability of a figure as far from 0, were the truth 0."""
        if self.error == 0:
            return 1.0 if self.value == 0 else 0.0
        return two_sided(self.value / self.error)


def normal_interval(value: float, error: float, level: float = 0.95) -> Estimate:
    """value ± z · error. level: within 0..1, else ValueError."""
    reach = normal_quantile((1 + level) / 2) * error
    return Estimate(value, error, value - reach, value + reach)


@dataclass(frozen=True, slots=True)
class Quantile:
    """The time by which a share has been answered; None where the curve, or its bound, never gets there."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Curve:
    """The share still waiting, after each distinct time at which somebody was answered or censored.

    time: (J,) rising. at_risk: (J,) waiting just before. events: (J,) answered then. survival: (J,) share still
    waiting just after; low, high its interval at `level`. spread: (J,) Greenwood's sum of d / (n (n − d)), infinite
    once the share is 0.
    """

    time: Floats
    at_risk: Ints
    events: Ints
    survival: Floats
    spread: Floats
    low: Floats
    high: Floats
    level: float

    def at(self, time: float) -> float:
        """The share still waiting just after `time`."""
        index = int(np.searchsorted(self.time, time, side="right")) - 1
        return float(self.survival[index]) if index >= 0 else 1.0

    def band(self, time: float) -> tuple[float, float]:
        """The interval of the share still waiting just after `time`, at the curve's level."""
        index = int(np.searchsorted(self.time, time, side="right")) - 1
        return (float(self.low[index]), float(self.high[index])) if index >= 0 else (1.0, 1.0)

    def waiting(self, times: ArrayLike) -> Ints:
        """The numbers at risk to print under the curve: how many had waited at least so long, for each of times."""
        index = np.searchsorted(self.time, np.asarray(times, dtype=np.float64), side="left")
        return np.append(self.at_risk, 0)[index].astype(np.int64)

    @property
    def followed_to(self) -> float:
        """The longest time that anybody was seen to wait. Beyond it the curve is a guess: it stays level."""
        return float(self.time[-1]) if len(self.time) else 0.0

    def quantile(self, share: float = 0.5) -> Quantile:
        """The time by which `share` have been answered, the median by default, with its interval.

        share: within 0..1, both excluded, else ValueError. The interval holds the times at which the curve's own
        interval still contains 1 − share (Brookmeyer and Crowley 1982, log-log).
        """
        if not 0 < share < 1:
            raise ValueError(f"a share between 0 and 1, not {share}")
        return Quantile(*(self._first(side, 1 - share) for side in (self.survival, self.low, self.high)))

    def _first(self, side: Floats, below: float) -> float | None:
        # The product of fractions may miss a half by its last bit; a median must not hang on that.
        reached = np.flatnonzero(side <= below * (1 + 1e-12))
        return float(self.time[reached[0]]) if len(reached) else None

    def restricted_mean(self, horizon: float) -> Estimate:
        """The mean wait, each wait counted up to `horizon` at most: the area under the curve.

        horizon: in the curve's unit, > 0, else ValueError. Where nobody was followed so far the curve stays level,
        which makes the mean as long as it can be; compare `followed_to`. The standard error is that of the estimate,
        sqrt(Σ A_j² d_j / (n_j (n_j − d_j))) with A_j the area from time j to the horizon (Klein and Moeschberger
        2003, section 4.5); the variance of the restricted *waits* is another thing.
        """
        if not 0 < horizon < inf:
            raise ValueError(f"a horizon above 0, not {horizon}")
        within = self.time < horizon
        edges = np.concatenate([[0.0], self.time[within], [horizon]])
        areas = np.diff(edges) * np.concatenate([[1.0], self.survival[within]])
        after = areas.sum() - np.cumsum(areas)[:-1]  # from each time within to the horizon
        n, d = self.at_risk[within].astype(np.float64), self.events[within].astype(np.float64)
        left = n - d
        parts = np.divide(after**2 * d, n * left, out=np.zeros_like(n), where=left > 0)  # after the last, A is 0
        return normal_interval(float(areas.sum()), sqrt(float(parts.sum())), self.level)


def kaplan_meier(time: ArrayLike, is_event: ArrayLike, count: ArrayLike | None = None, *, level: float = 0.95) -> Curve:
    """The Kaplan–Meier curve of N waits.

    time: (N,) not negative. is_event: (N,) True where the wait ended in an answer, False where it was going on when
    last seen. count: (N,) how many cases a row stands for; one by default. level: of the intervals, log-log.
    Raises ValueError for no rows, negative or missing times, columns of different lengths.
    Source: Kaplan and Meier (1958); Greenwood (1926); log-log interval as Kalbfleisch and Prentice (1980).
    """
    lengths, ended = waits(time), flat(is_event, "is_event").astype(np.bool_)
    same_length(time=lengths, is_event=ended)
    many = None if count is None else codes(count, "count")
    if many is not None:
        same_length(time=lengths, count=many)
    if len(lengths) == 0 or (many is not None and many.sum() == 0):
        raise ValueError("a curve needs one case or more")
    distinct, left, answered = _by_time(lengths, ended, many)
    return curve_of(distinct, left, answered, level=level)


def curve_of(time: ArrayLike, left: ArrayLike, events: ArrayLike, *, level: float = 0.95) -> Curve:
    """The same curve from counts. time: (J,) rising; left: (J,) how many were last seen waiting then, answered or
    not; events: (J,) how many of these were answered. Raises ValueError where events exceed left."""
    z = normal_quantile((1 + level) / 2)
    gone, d = codes(left, "left"), codes(events, "events")
    if (d > gone).any():
        raise ValueError("more answered than were there")
    kept = gone > 0
    times, gone, d = np.asarray(time, dtype=np.float64)[kept], gone[kept], d[kept]
    n = gone[::-1].cumsum()[::-1]
    survival = np.cumprod((n - d) / n)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.cumsum(d / (n * (n - d).astype(np.float64)))
        reach = z * np.sqrt(spread) / np.log(survival)
        low, high = survival ** np.exp(-reach), survival ** np.exp(reach)
    nobody_left, nobody_gone = survival == 0, survival == 1
    if nobody_left.any():
        first = int(np.argmax(nobody_left))
        high[first:] = high[first - 1] if first else 1.0  # the last answer proves nothing about the share
        low[first:] = 0.0
        spread[first:] = inf
    low[nobody_gone] = high[nobody_gone] = 1.0
    return Curve(times, n, d, survival, spread, low, high, level)


def _by_time(time: NDArray[Any], ended: Flags, count: Ints | None) -> tuple[Floats, Ints, Ints]:
    """Distinct times with how many were last seen then, and how many of these were answered."""
    if time.dtype.kind == "i" and int(time.max()) < 4 * len(time) + 1_000_000:
        where, distinct = time, None
    else:
        distinct, where = np.unique(time, return_inverse=True)
    size = int(where.max()) + 1
    if count is None:
        left, events = np.bincount(where, minlength=size), np.bincount(where[ended], minlength=size)
    else:  # whole numbers below 2**53 add up exactly as floats
        left = np.bincount(where, weights=count, minlength=size)
        events = np.bincount(where[ended], weights=count[ended], minlength=size)
    present = np.flatnonzero(left)
    times = present.astype(np.float64) if distinct is None else distinct[present].astype(np.float64)
    return times, left[present].astype(np.int64), events[present].astype(np.int64)
