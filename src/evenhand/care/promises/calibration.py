"""How far a need's forecasts have been off of late, and by how much the next promise allows for it.

A served case gives a score, (W + ½ h) / (forecast + ½ h). A promise is told as the greater of the standard
and the forecast stretched by the quantile of the last 400 scores at a level (split conformal prediction,
finite sample: Vovk, Gammerman and Shafer 2005). The level answers to broken promises (Gibbs and Candès 2021,
adaptive conformal inference), with two departures. Because the standard is a floor, every promise is kept in
calm weeks, whatever the level; the textbook update takes that for skill, lets the level sink, and breaks the
promises of the next surge. So only *stretched* promises, those longer than the standard, move the level, and
it never falls below its target.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from math import ceil
from statistics import median
from typing import Any

TARGET = 0.95
REMEMBERED = 400
PADDED = 1.5
"""Told ÷ actual above which a promise is padding: more than half again as long as the wait."""

_HALF_HOUR = timedelta(minutes=30)
_STEP = 0.01
_HIGHEST = 0.995
_UNPROVEN = 1.5
_ENOUGH_TO_ALARM = 20


@dataclass(frozen=True, slots=True)
class Served:
    """One case that was answered. waited, forecast and told are elapsed times from when its promise was made.

    forecast: as forecast, not stretched. told: as promised. is_stretched: whether it was longer than the
    standard because the forecast said so; rounding alone stretches nothing (`rounding.is_stretched`).
    """

    waited: timedelta
    forecast: timedelta
    told: timedelta
    is_stretched: bool

    @property
    def is_kept(self) -> bool:
        return self.waited <= self.told


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the forecasts of one need at one place have taught. A value: `after` gives the next one.

    scores: of the last 400 served, oldest first. stretch: told ÷ actual of the last 400 stretched promises.
    level: at which the next quantile is taken, from `target` up.
    """

    scores: tuple[float, ...] = ()
    stretch: tuple[float, ...] = ()
    level: float = TARGET
    target: float = TARGET

    def __post_init__(self) -> None:
        if not 0 < self.target <= self.level < 1:
            raise ValueError(f"a level from its target up, below 1, not {self.level} for {self.target}")

    def after(self, served: Served) -> Calibration:
        """The calibration once this case has been answered, too."""
        scores = (*self.scores, ratio(served.waited, served.forecast))[-REMEMBERED:]
        if not served.is_stretched:
            return replace(self, scores=scores)
        missed = 0.0 if served.is_kept else 1.0
        level = self.level + _STEP * (missed - (1 - self.target))
        return replace(
            self,
            scores=scores,
            stretch=(*self.stretch, ratio(served.told, served.waited))[-REMEMBERED:],
            level=min(max(level, self.target), max(_HIGHEST, self.target)),
        )

    @property
    def factor(self) -> float:
        """By what (forecast + ½ h) is stretched: the conformal quantile of the scores.

        With too few scores to bound the level, the greatest seen and at least 1.5: a first promise is
        cautious.
        """
        return quantile(self.scores, self.level)

    def stretched(self, forecast: timedelta) -> timedelta:
        """The wait that the level's share of cases with this forecast do not exceed; never negative."""
        return max((forecast + _HALF_HOUR) * self.factor - _HALF_HOUR, timedelta(0))

    def told(self, standard: timedelta, forecast: timedelta) -> timedelta:
        """What to promise, before rounding: never better than the standard."""
        return max(standard, self.stretched(forecast))

    @property
    def is_padding(self) -> bool:
        """True where stretched promises are mostly half again as long as the waits: they frighten for nothing."""
        return len(self.stretch) >= _ENOUGH_TO_ALARM and median(self.stretch) > PADDED

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and lists, as a JSON column takes them."""
        return asdict(self)

    @staticmethod
    def from_json(kept: Mapping[str, Any]) -> Calibration:
        """What `to_json` gave; nothing kept yet is a fresh one. Raises ValueError where it is something else."""
        if not kept:
            return Calibration()
        try:
            return Calibration(
                scores=tuple(float(score) for score in kept["scores"]),
                stretch=tuple(float(share) for share in kept["stretch"]),
                level=float(kept["level"]),
                target=float(kept["target"]),
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"this is no calibration: {error!r}") from error


def ratio(actual: timedelta, expected: timedelta) -> float:
    """(actual + ½ h) / (expected + ½ h): the half hours keep a minute against two from counting as double."""
    return (actual + _HALF_HOUR) / (expected + _HALF_HOUR)


def quantile(scores: tuple[float, ...], level: float) -> float:
    """The conformal quantile: the ⌈(n + 1) · level⌉-th smallest score, so that a further one exceeds it with
    a chance of at most 1 − level where they are exchangeable.

    scores: n positive numbers. level: within 0..1. Where n is too small for the level (19 are needed for
    .95), the greatest score, and 1.5 at least. Source: Vovk, Gammerman and Shafer (2005), Algorithmic
    Learning in a Random World.
    """
    nth = ceil((len(scores) + 1) * level)
    if nth > len(scores):
        return max((*scores, _UNPROVEN))
    return sorted(scores)[nth - 1]
