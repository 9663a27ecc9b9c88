"""Desks whose truth is known, to see how often the audit is right about them. Chance comes in as a generator.

A desk takes cases of three needs each day, more of them public the more urgent they are. Days are good and bad for all,
and a little better or worse for one group than for the other, by chance; over many days the true gap remains.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evenhand.stats.cells import Cells

STANDARDS = np.array([60, 480, 1440])  # minutes
KEPT = np.array([0.65, 0.70, 0.75])
MEAN_WAIT = np.array([0.5, 0.7, 0.9])  # in standards


@dataclass(frozen=True)
class Desk:
    """need, day, is_public: (N,) the cases. kept: (N,) answered in time. wait: (N,) in standards, without a bound."""

    need: np.ndarray
    day: np.ndarray
    is_public: np.ndarray
    kept: np.ndarray
    wait: np.ndarray

    def cells(self, outcome: str) -> Cells:
        return Cells.of(self.need, self.day, self.is_public, getattr(self, outcome), groups=2)


def a_desk(
    chance: np.random.Generator,
    *,
    days: int = 60,
    cases_a_day: int = 60,
    public: tuple[float, float, float] = (0.35, 0.2, 0.1),
    gap: float = 0.0,
    ratio: float = 1.0,
    spread_of_days: float = 0.02,
) -> Desk:
    """gap: by how much more often public cases are in time, in every cell; the true θ of `kept`. ratio: by how much
    longer they wait; the true ratio of `wait`. spread_of_days: how much the gap itself varies from day to day
    (its standard deviation); days move everybody by up to twice that."""
    size = days * cases_a_day
    day, need = np.repeat(np.arange(days), cases_a_day), chance.choice(3, size, p=[0.3, 0.4, 0.3])
    is_public = chance.random(size) < np.array(public)[need]
    weather = chance.uniform(-2, 2, days) * spread_of_days
    favour = chance.uniform(-1, 1, days) * spread_of_days * np.sqrt(3)
    p = KEPT[need] + weather[day] + np.where(is_public, gap + favour[day], 0.0)
    assert p.min() >= 0
    assert p.max() <= 1
    pace = (1 - 2 * weather[day]) * (1 + np.where(is_public, favour[day], 0.0))
    wait = chance.gamma(1.5, MEAN_WAIT[need] * pace / 1.5) * np.where(is_public, ratio, 1.0)
    return Desk(need, day, is_public.astype(np.int64), chance.random(size) < p, wait)
