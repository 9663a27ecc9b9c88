"""How far a line's forecasts have been off of late, and by how much the next promise allows for it.

A served case gives a score, (W + ½ h) / (forecast + ½ h). A promise is told as the greater of the standard and
the forecast stretched by a quantile of scores (split conformal prediction, finite sample: Vovk, Gammerman and
Shafer 2005). The level of that quantile answers to broken promises (Gibbs and Candès 2021, adaptive conformal
inference). Three departures from the textbook, each measured in docs/order.md:

* Only *stretched* promises, those longer than the standard because the forecast said so, move the level, and it
  never falls below its target. The standard is a floor, so in calm weeks every promise is kept whatever the
  level; the textbook update takes that for skill, lets the level sink, and breaks the promises of the next surge.
* Four cases an hour are remembered, no more. Those of one busy day share one error; 400 of them would say that
  it is the only one there is.
* The quantile is taken over the hundred scores whose forecasts were most like this one. Half an hour for a
  forecast of ten minutes and twelve hours for one of ten are off by the same factor; only one is likely.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from math import ceil
from statistics import median
from typing import Any

TARGET = 0.95
REMEMBERED = 400
AN_HOUR = 4
MOST_ALIKE = 100
PADDED = 1.5
"""Told ÷ actual above which a promise is padding: more than half again as long as the wait."""

_HOUR = timedelta(hours=1)
_HALF_HOUR = _HOUR / 2
_STEP = 0.01
_HIGHEST = 0.99
_UNPROVEN = 1.5
_ENOUGH_TO_ALARM = 20


@dataclass(frozen=True, slots=True)
class Served:
    """One case that was answered. waited, forecast and told are elapsed times from when its promise was made.

    at: aware; when it was answered. forecast: as forecast, not stretched. told: as promised. is_stretched:
    whether it was longer than the standard because the forecast said so; rounding alone stretches nothing
    (`rounding.is_stretched`).
    """

    at: datetime
    waited: timedelta
    forecast: timedelta
    told: timedelta
    is_stretched: bool

    @property
    def is_kept(self) -> bool:
        return self.waited <= self.told


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the forecasts of one line have taught. A value: `after` gives the next one.

    scores: the last 400 remembered, oldest first. forecasts: in hours, what was forecast for each of them.
    stretch: told ÷ actual of the last 400 stretched promises. level: at which the next quantile is taken, from
    `target` up. hour, of_this_hour: the last hour in which a case was answered, since 1970, and how many in it.
    """

    scores: tuple[float, ...] = ()
    forecasts: tuple[float, ...] = ()
    stretch: tuple[float, ...] = ()
    level: float = TARGET
    target: float = TARGET
    hour: int = 0
    of_this_hour: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.target <= self.level < 1:
            raise ValueError(f"a level from its target up, below 1, not {self.level} for {self.target}")
        if len(self.scores) != len(self.forecasts):
            raise ValueError(f"{len(self.scores)} scores of {len(self.forecasts)} forecasts")

    def after(self, served: Served) -> Calibration:
        """The calibration once this case has been answered, too."""
        hour = int(served.at.timestamp() // 3600)
        of_this_hour = self.of_this_hour + 1 if hour == self.hour else 1
        taught = replace(self, hour=hour, of_this_hour=of_this_hour)
        if of_this_hour <= AN_HOUR:
            score = round(ratio(served.waited, served.forecast), 4)
            taught = replace(
                taught,
                scores=(*self.scores, score)[-REMEMBERED:],
                forecasts=(*self.forecasts, round(served.forecast / _HOUR, 4))[-REMEMBERED:],
            )
        if not served.is_stretched:
            return taught
        missed = 0.0 if served.is_kept else 1.0
        level = self.level + _STEP * (missed - (1 - self.target))
        return replace(
            taught,
            stretch=(*self.stretch, round(ratio(served.told, served.waited), 4))[-REMEMBERED:],
            level=min(max(level, self.target), max(_HIGHEST, self.target)),
        )

    def factor(self, forecast: timedelta) -> float:
        """By what (forecast + ½ h) is stretched: the conformal quantile of the scores of forecasts like it."""
        here = forecast / _HOUR + 0.5
        alike = sorted(
            (max(here / (other + 0.5), (other + 0.5) / here), score)
            for other, score in zip(self.forecasts, self.scores, strict=True)
        )
        return quantile([score for _, score in alike[:MOST_ALIKE]], self.level)

    def stretched(self, forecast: timedelta) -> timedelta:
        """The wait that the level's share of cases with this forecast do not exceed; never negative."""
        return max((forecast + _HALF_HOUR) * self.factor(forecast) - _HALF_HOUR, timedelta(0))

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
                forecasts=tuple(float(forecast) for forecast in kept["forecasts"]),
                stretch=tuple(float(share) for share in kept["stretch"]),
                level=float(kept["level"]),
                target=float(kept["target"]),
                hour=int(kept["hour"]),
                of_this_hour=int(kept["of_this_hour"]),
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"this is no calibration: {error!r}") from error


def ratio(actual: timedelta, expected: timedelta) -> float:
    """(actual + ½ h) / (expected + ½ h): the half hours keep a minute against two from counting as double."""
    return (actual + _HALF_HOUR) / (expected + _HALF_HOUR)


def quantile(scores: Sequence[float], level: float) -> float:
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
