"""Rates with their intervals, agreement beyond chance, many tests at once, and how many cases a proof takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np
from numpy.typing import ArrayLike

from evenhand.stats.columns import Floats, codes, numbers, same_length
from evenhand.stats.distributions import beta_quantile, normal_quantile, t_quantile
from evenhand.stats.survival import Estimate, normal_interval


def clopper_pearson(kept: int, of: int, *, level: float = 0.95) -> tuple[float, float]:
    """The exact range of a rate: it holds the truth with `level` at least, whatever the truth is.

    kept, of: whole counts, 0 ≤ kept ≤ of, of > 0. level: within 0..1. Returns (low, high) within 0..1.
    Raises ValueError where the counts make no rate. Source: Clopper and Pearson (1934), by beta quantiles.
    """
    _check(kept, of, level)
    tail = (1 - level) / 2
    low = 0.0 if kept == 0 else beta_quantile(tail, kept, of - kept + 1)
    high = 1.0 if kept == of else beta_quantile(1 - tail, kept + 1, of - kept)
    return low, high


def wilson(kept: int, of: int, *, level: float = 0.95) -> tuple[float, float]:
    """The range in which a rate plausibly lies: right on average, narrower than the exact one.

    kept, of, level, errors as in `clopper_pearson`. Source: Wilson (1927), score interval.
    """
    _check(kept, of, level)
    z = normal_quantile((1 + level) / 2)
    p, square = kept / of, z * z
    middle = (p + square / (2 * of)) / (1 + square / of)
    reach = z / (1 + square / of) * sqrt(p * (1 - p) / of + square / (4 * of * of))
    return (0.0 if kept == 0 else middle - reach), (1.0 if kept == of else middle + reach)


def benjamini_hochberg(p: ArrayLike) -> Floats:
    """(N,) each p as the least false discovery rate at which it would count, in the order given.

    p: (N,) within 0..1, else ValueError. For segments looked at without a question put before: they are ordered by
    it, and labelled as found by searching. Source: Benjamini and Hochberg (1995), step up.
    """
    values = numbers(p, "p")
    if len(values) and (values.min() < 0 or values.max() > 1):
        raise ValueError("p-values lie within 0..1")
    size = len(values)
    order = np.argsort(values, kind="stable")[::-1]
    stepped = values[order] * size / np.arange(size, 0, -1)
    adjusted = np.empty(size)
    adjusted[order] = np.minimum(np.minimum.accumulate(stepped), 1.0)
    return adjusted


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well two codings of the same cases agree. agreed: the plain share. kappa: what is beyond chance, with its
    interval; None where both put all cases under one need, so that chance alone agrees. n: cases."""

    n: int
    agreed: float
    kappa: Estimate | None


def agreement(first: ArrayLike, again: ArrayLike, *, needs: int, level: float = 0.95) -> Agreement:
    """Agreement of a coding with the blind re-coding of the same N cases.

    first, again: (N,) needs 0 … needs − 1. N > 0. Raises ValueError otherwise.
    Source: Cohen (1960); standard error of Fleiss, Cohen and Everitt (1969), not under the null.
    """
    a, b = codes(first, "first", needs), codes(again, "again", needs)
    n = same_length(first=a, again=b)
    if n == 0:
        raise ValueError("agreement needs one case or more")
    table = np.bincount(a * needs + b, minlength=needs * needs).reshape(needs, needs) / n
    row, column = table.sum(axis=1), table.sum(axis=0)
    seen, chance = float(np.trace(table)), float(row @ column)
    if chance >= 1 - 1e-12:
        return Agreement(n, seen, None)
    kappa = (seen - chance) / (1 - chance)
    same = np.diag(table)
    agree = float((same * ((1 - chance) - (row + column) * (1 - seen)) ** 2).sum())
    differ = (1 - seen) ** 2 * float((table * (column[:, None] + row[None, :]) ** 2).sum())
    differ -= (1 - seen) ** 2 * float((same * (row + column) ** 2).sum())
    rest = (seen * chance - 2 * chance + seen) ** 2
    error = sqrt(max(agree + differ - rest, 0.0) / n) / (1 - chance) ** 2
    return Agreement(n, seen, normal_interval(kappa, error, level))


def agreement_by(
    door: ArrayLike, first: ArrayLike, again: ArrayLike, *, needs: int, level: float = 0.95
) -> dict[int, Agreement]:
    """The same for each door with cases: where one door's words are coded otherwise, adjusting for need hides it."""
    where, a, b = codes(door, "door"), codes(first, "first", needs), codes(again, "again", needs)
    same_length(door=where, first=a, again=b)
    return {int(d): agreement(a[where == d], b[where == d], needs=needs, level=level) for d in np.unique(where)}


def size_for_equality(
    spread: float,
    margin: float,
    *,
    smaller_share: float = 0.5,
    power: float = 0.9,
    alpha: float = 0.05,
    days: int | None = None,
    needs: int = 1,
) -> int:
    """How many cases the smaller group needs for one look to find EQUAL, where the groups are equal in truth.

    spread: the outcome's standard deviation, sqrt(p (1 − p)) for a rate; margin: in the same unit, > 0.
    smaller_share: its part of all cases, within 0..0.5. days, > 2: spread over so many, whose own spread is then all
    that is known (Student's t of days − 1), with so many needs a day, each of which costs a case in telling the
    groups apart; None: known spread, one cell, as textbooks have it, which is a few per cent too small (at 433 cases
    over 60 days the power is .88, not .90; of 453, which the days make of it, .89). Days that favour a group need more.
    Raises ValueError otherwise. Source: Julious (2004): σ² (1 + n1/n0) (z_{1−α} + z_{(1+power)/2})² / margin².
    """
    if days is not None and days <= 2:
        raise ValueError(f"more than two days, not {days}")
    if not (spread >= 0 and margin > 0 and 0 < smaller_share <= 0.5 and 0 < power < 1 and 0 < alpha < 0.5):
        raise ValueError("a spread, a margin above 0, a share within 0..0.5, a power and an alpha")
    z, cells = 0.0, 0 if days is None else days * needs
    for p in (1 - alpha, (1 + power) / 2):
        z += normal_quantile(p) if days is None else t_quantile(p, days - 1)
    plain = spread**2 * (1 + smaller_share / (1 - smaller_share)) * z * z / margin**2
    return ceil(plain + smaller_share * cells)


def weeks_more(
    half_width: Callable[[float], float], difference: float, margin: float, weeks_so_far: float
) -> float | None:
    """About how many weeks more until the interval fits into the margin, at this volume and this difference.

    half_width: of the interval after so many times the days there are; falling, as `Sequence.half_width` or
    1/sqrt for one look. difference: as seen. margin: > 0. weeks_so_far: > 0. Returns None where waiting does not
    help: the difference seen is itself as large as the margin, or a hundred times the days would not do.
    """
    if not (margin > 0 and weeks_so_far > 0):
        raise ValueError("a margin and weeks above 0")
    room = margin - abs(difference)
    if room <= 0 or half_width(100.0) > room:
        return None
    if half_width(1.0) <= room:
        return 0.0
    low, high = 1.0, 100.0
    while high - low > 1e-6:
        middle = (low + high) / 2
        low, high = (low, middle) if half_width(middle) <= room else (middle, high)
    return (high - 1) * weeks_so_far


def _check(kept: int, of: int, level: float) -> None:
    if not (0 <= kept <= of and of > 0):
        raise ValueError(f"{kept} of {of} is no rate")
    if not 0 < level < 1:
        raise ValueError(f"a level within 0..1, not {level}")
