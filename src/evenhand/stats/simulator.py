"""Desks whose truth is known, to see how often the audit is right about them. Chance comes in as a generator.

A desk takes cases of three needs each day. Urgent people go public more often, and urgent needs are answered sooner, so
that public and private differ even where nobody looks at the door. Days are good and bad for all; on some, one group is
better off by chance; whether a remedy is given and how long one waits is drawn case by case. What is true over many
days is set by `gap`, `ratio` and `louder`, and by nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from math import sqrt
from typing import Literal

import numpy as np

from evenhand.stats.cells import Cells
from evenhand.stats.columns import Flags, Floats, Ints
from evenhand.stats.outcomes import STANDARDS

DAY = 1440.0

Outcome = Literal["remedy", "amount", "wait", "in_time"]


@dataclass(frozen=True, slots=True)
class Need:
    """share: of all cases. standard: minutes. public: share of its cases that come in publicly. remedied: share given
    a remedy. mean_wait: in standards."""

    share: float
    standard: float
    public: float
    remedied: float
    mean_wait: float


URGENT_GO_PUBLIC = (
    Need(0.3, 60, 0.35, 0.65, 0.5),
    Need(0.4, 480, 0.2, 0.70, 0.7),
    Need(0.3, 1440, 0.1, 0.75, 0.9),
)
"""Three needs; the more urgent, the more often public. One in five cases is public."""

ONE_TO_NINE = (Need(1.0, 480, 0.1, 0.9, 0.7),)
"""One need, one public case in ten: what the sizes of science are told for."""


@dataclass(frozen=True)
class Desk:
    """N cases, ordered by day. need: (N,) 0 … K − 1. day: (N,). came_at: (N,) minutes from the first midnight.
    is_public: (N,) 1 where the first contact was public, else 0. is_remedied: (N,). amount: (N,) of the remedy, 0 where
    there was none; one on average, and very uneven. wait: (N,) minutes until the
    answer; whoever looks at the desk earlier sees less (`seen_at`). turned_at: (N,) minutes after coming at which a
    private case went public, inf where it never would; some are answered before. standard: (K,) minutes."""

    need: Ints
    day: Ints
    came_at: Floats
    is_public: Ints
    is_remedied: Flags
    amount: Floats
    wait: Floats
    turned_at: Floats
    standard: Floats

    def __len__(self) -> int:
        return len(self.need)

    @cached_property
    def standards_waited(self) -> Floats:
        """(N,) Y = min(W, 3 T) / T: the wait once the case is mature."""
        return np.minimum(self.wait / self.standard[self.need], float(STANDARDS))

    @property
    def stratum(self) -> Ints:
        """(N,) need × day, from 0."""
        return self.day * len(self.standard) + self.need

    def cells(self, outcome: Outcome) -> Cells:
        """The mature cases in cells: group 1 public, group 0 private."""
        cells = Cells.of(self.need, self.day, self.is_public, self._column(outcome), groups=2)
        return replace(cells, worst=float(STANDARDS)) if outcome == "wait" else cells

    def _column(self, outcome: Outcome) -> Floats | Flags:
        match outcome:
            case "remedy":
                return self.is_remedied
            case "amount":
                return self.amount
            case "wait":
                return self.standards_waited
            case "in_time":
                in_time: Flags = self.wait <= self.standard[self.need]
                return in_time

    def seen_at(self, now: float) -> tuple[Floats, Flags, Flags]:
        """(waited, is_answered, has_come), (N,) each: what a table taken at minute `now` shows. Open cases have waited
        until then. Those that come later are not in it."""
        age = now - self.came_at
        return np.clip(self.wait, 0.0, np.maximum(age, 0.0)), self.wait <= age, age >= 0


def a_desk(
    chance: np.random.Generator,
    *,
    days: int = 60,
    cases_a_day: int = 60,
    needs: tuple[Need, ...] = URGENT_GO_PUBLIC,
    gap: float = 0.0,
    ratio: float = 1.0,
    louder: float = 1.0,
    turning: float = 0.0,
    forgotten: tuple[float, float] = (0.0, 0.0),
    weekend: float = 1.0,
    weather: float = 0.04,
    favour: float = 0.02,
    haste: float = 0.02,
    lasting: float = 0.0,
) -> Desk:
    """Draw one desk.

    gap: by how much more often public cases are given a remedy, in every cell: the true θ of `remedy`.
    ratio: by how much longer they wait: the true ratio of mean Y in every cell, hence of `wait`.
    turning: how many times in one standard a waiting private case goes public, on average. louder: from then on it is
    answered so many times as fast: the true rate ratio of `risk_sets_by_then`.
    forgotten: the share of private and of public cases that are never answered; they wait without end, so that the
    ratio of mean Y is no longer `ratio` alone (`true_ratio`).
    weekend: how many cases come on two days of seven, as a share of those of another day.
    weather: standard deviation of what a day does to everybody: of the remedied share, and half that of the log wait.
    favour, haste: standard deviation of what a day does for the public cases alone: of the gap; and of the ratio.
    lasting: how much of that is left the next day (its autocorrelation); the audit takes days as
    independent, so any above 0 is outside what it promises.
    Raises ValueError where that makes shares below 0 or above 1, or mean waits that no wait can have.
    """
    coming = np.full(days, cases_a_day)
    coming[np.arange(days) % 7 >= 5] = round(cases_a_day * weekend)
    size = int(coming.sum())
    share, standard, public, remedied, mean = (
        np.array([getattr(need, name) for need in needs])
        for name in ("share", "standard", "public", "remedied", "mean_wait")
    )
    day, need = np.repeat(np.arange(days), coming), chance.choice(len(needs), size, p=share)
    is_public = chance.random(size) < public[need]
    sky = chance.uniform(-sqrt(3), sqrt(3), days)
    by_day = _steady(chance.uniform(-sqrt(3), sqrt(3), days), lasting)

    p = remedied[need] + weather * sky[day] + np.where(is_public, gap + favour * by_day[day], 0.0)
    if p.min(initial=0.5) < 0 or p.max(initial=0.5) > 1:
        raise ValueError(f"shares from {p.min():.2f} to {p.max():.2f}: make the gap, weather or favour smaller")

    # One pace for each need, day and group: waits are exponential, so that their spread is their mean.
    pace = mean[None, :] * np.exp(weather / 2 * sky)[:, None]
    for_public = _pace_for(_capped_mean(pace) * (ratio * (1 + haste * by_day))[:, None])
    unit = chance.exponential(1.0, size)
    turned = np.full(size, np.inf)
    own = np.where(is_public, for_public[day, need], pace[day, need])
    wait = unit * own
    if turning:
        turned = np.where(is_public, np.inf, chance.exponential(1 / turning, size))
        has_turned = turned < wait
        wait[has_turned] = turned[has_turned] + (wait - turned)[has_turned] / louder
    if any(forgotten):
        wait[chance.random(size) < np.where(is_public, forgotten[1], forgotten[0])] = np.inf
    is_remedied = chance.random(size) < p
    return Desk(
        need,
        day,
        np.sort(day + chance.random(size)) * DAY,
        is_public.astype(np.int64),
        is_remedied,
        is_remedied * chance.lognormal(-0.5, 1.0, size),
        wait * standard[need],
        turned * standard[need],
        standard,
    )


def true_ratio(need: Need, ratio: float, forgotten: tuple[float, float]) -> float:
    """The ratio of mean Y, public by private, on an ordinary day of a desk that forgets some cases."""
    private, public = (float(_capped_mean(np.array(need.mean_wait))) * each for each in (1.0, ratio))
    a, b = (f * STANDARDS + (1 - f) * mean for f, mean in zip(forgotten, (private, public), strict=True))
    return b / a


def _steady(fresh: Floats, lasting: float) -> Floats:
    """The same spread each day, of which `lasting` is yesterday's."""
    if not lasting:
        return fresh
    out = fresh.copy()
    for d in range(1, len(out)):
        out[d] = lasting * out[d - 1] + sqrt(1 - lasting**2) * fresh[d]
    return out


def _capped_mean(pace: Floats) -> Floats:
    """E min(W, 3) of an exponential wait with this mean."""
    return pace * -np.expm1(-STANDARDS / pace)


def _pace_for(capped: Floats) -> Floats:
    """The mean of an exponential wait whose capped mean is this: `_capped_mean` backwards, by halving."""
    if capped.min(initial=1.0) <= 0 or capped.max(initial=1.0) >= STANDARDS * 0.95:
        raise ValueError("no wait has such a mean: make the ratio, weather or favour smaller")
    low, high = np.zeros_like(capped) + 1e-9, np.full_like(capped, 40.0)
    for _ in range(48):
        middle = (low + high) / 2
        is_short = _capped_mean(middle) < capped
        low, high = np.where(is_short, middle, low), np.where(is_short, high, middle)
    return (low + high) / 2
