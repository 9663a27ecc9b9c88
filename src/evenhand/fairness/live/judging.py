"""From sums to results: each group against the reference, by the interval that may be looked at every day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isfinite

import numpy as np

from evenhand.fairness.live.contrasts import OUTCOMES, Compared, Contrast
from evenhand.fairness.live.models import Clock, Policy, Series
from evenhand.fairness.live.summing import Matured, Open, horizons
from evenhand.fairness.parity import findings
from evenhand.fairness.parity.findings import Group, SameNeed
from evenhand.fairness.parity.horizons import Horizons, Waiting
from evenhand.fairness.parity.judging import Margins, judge
from evenhand.fairness.parity.sums import OutcomeSums
from evenhand.fairness.parity.sums import Sums as ParitySums
from evenhand.stats.cells import Cells, Verdict
from evenhand.stats.cells import Contrast as CellContrast
from evenhand.stats.columns import Flags, Ints
from evenhand.stats.distributions import normal_quantile
from evenhand.stats.histogram import Histogram
from evenhand.stats.outcomes import STANDARDS
from evenhand.stats.rates import weeks_more
from evenhand.stats.sequence import (
    WARM_DAYS,
    WARM_WEIGHT,
    confidence_sequence,
    relative_verdict,
)
from evenhand.stats.sequence import (
    Sequence as Looks,
)

DAYS_A_WEEK = 7
MINUTES = 60
"""In an hour."""


@dataclass(frozen=True)
class Provisional:
    """What all cases say so far, those not mature included: the mean wait for the same need up to three standards, by
    Kaplan–Meier, in hours. difference from the reference, with a 95 % interval of one look. No verdict rests on it."""

    mean: float
    reference: float
    difference: float
    low: float
    high: float


@dataclass(frozen=True)
class Judged:
    """One group's finding. means: the same-need means of group and reference, in the unit that is judged (standards,
    or a share); None where nothing can be compared. provisional: for the wait alone."""

    group: Group
    is_held_back: bool
    means: tuple[float, float] | None
    provisional: Provisional | None = None


@dataclass(frozen=True)
class JudgedOutcome:
    """One outcome of one contrast tonight. clusters: how many days of maturing are in it."""

    compared: Compared
    reference: str
    groups: tuple[Judged, ...]
    mature: int
    not_yet: int
    horizon: float | None
    lonely: tuple[findings.Lonely, ...]
    curves: tuple[findings.Curve, ...]


@dataclass(frozen=True)
class Look:
    """One group against the reference, as the days go by. days: (t,) of maturing, counted from the year 1. looks: in
    the unit judged; scale: hours by that unit, 1 for rates. margin: in the unit judged; None where there is none."""

    contrast: CellContrast
    days: Ints
    looks: Looks
    scale: float
    margin: float | None
    verdict: Verdict


def reference_of(series: Series, contrast: Contrast, sums: Matured) -> str | None:
    """The group that the others stand against: as it is written down for the series, as the contrast names it, or the
    largest. None where there is no group."""
    for name in (series.references.get(contrast.name), contrast.reference):
        if name in sums.groups:
            return name
    n = sums.n.sum(axis=0)
    return sums.groups[int(np.argmax(n))] if len(n) and n.any() else None


def look(
    sums: Matured, compared: Compared, group: str, reference: str, policy: Policy, which: Flags | None = None
) -> Look | None:
    """The interval and the verdict for one group, over all cells or those chosen; None where it has no cell.

    which: (C,) the cells to look at.
    """
    g, base = sums.groups.index(group), sums.groups.index(reference)
    clusters = sums.cluster
    judged, told = _cells(sums, compared)
    if which is not None:
        judged, told, clusters = judged.chosen(which), told.chosen(which), clusters[which]
    contrast, in_hours = judged.contrast(g, base, clusters), told.contrast(g, base, clusters)
    days, differences, weights = contrast.by_cluster
    if not len(days):
        return None
    if not compared.is_time:
        looks = confidence_sequence(differences, weights, unit_variance=contrast.unit_variance)
        verdict = looks.verdict(policy.rate_margin)
        return Look(contrast, days, looks, 1.0, policy.rate_margin, verdict)
    least_spread = contrast.unit_variances
    looks = confidence_sequence(differences, weights, unit_variance=least_spread)
    mean = contrast.reference_mean
    scale = in_hours.reference_mean / mean if mean > 0 else float("nan")
    least = policy.least_time_margin.total_seconds() / 3600 / scale if isfinite(scale) else 0.0
    margin = max(policy.time_margin * mean, least)
    if not margin > 0:
        unknown = Verdict.NOT_PROVEN if len(looks.is_warm) and looks.is_warm[-1] else Verdict.TOO_FEW
        return Look(contrast, days, looks, scale, None, unknown)
    if margin > policy.time_margin * mean:  # a wait so short that the least margin holds
        return Look(contrast, days, looks, scale, margin, looks.verdict(margin))
    reference_by_day = contrast.reference_by_cluster
    verdict = relative_verdict(differences, weights, reference_by_day, policy.time_margin, unit_variance=least_spread)
    return Look(contrast, days, looks, scale, margin, verdict)


def _cells(sums: Matured, compared: Compared) -> tuple[Cells, Cells]:
    """The outcome as it is judged, and as it is told."""
    if compared.is_time:
        waited = replace(sums.cells("standards", "standards_squares"), worst=float(STANDARDS))
        return waited, sums.cells("hours", "hours_squares")
    rate = sums.cells({"in_time": "kept", "asked": "asked"}[compared.name])
    return rate, rate


def judge_all(
    series: Series,
    contrast: Contrast,
    clock: Clock,
    sums: Matured,
    still: Open | None,
    reference: str,
    held_back: Mapping[str, str],
    policy: Policy,
) -> list[JudgedOutcome]:
    """Every outcome of a contrast on one clock. still: the waits of all, those not mature included, for the curves;
    None where they are not told. held_back: groups that must not be shown, and why."""
    return [
        _judge(series, contrast, compared, sums, still, reference, held_back, policy)
        for compared in OUTCOMES
        if compared.clock is clock
    ]


def _judge(
    series: Series,
    contrast: Contrast,
    compared: Compared,
    sums: Matured,
    still: Open | None,
    reference: str,
    held_back: Mapping[str, str],
    policy: Policy,
) -> JudgedOutcome:
    found = _plainly(series, contrast, compared, sums, still, reference, policy)
    matured = dict(zip(sums.groups, sums.n.sum(axis=0).tolist(), strict=True))
    groups = []
    for group in found.groups:
        few = held_back.get(group.group)
        if few is None and matured.get(group.group, 0) < policy.least_shown:
            few = f"fewer than {policy.least_shown} cases that have matured, so no figure of theirs is shown"
        if few is not None:
            verdict = None if group.group == reference else Verdict.TOO_FEW
            groups.append(Judged(Group(group.group, 0, None, verdict=verdict, too_few=few), True, None))
        elif group.group == reference:
            groups.append(Judged(replace(group, verdict=None, same_need=None), False, None))
        elif reference in held_back:
            few = "the group they are compared with is too small to be shown"
            alone = replace(group, raw=None, same_need=None, drivers=(), verdict=Verdict.TOO_FEW, too_few=few)
            groups.append(Judged(alone, False, None))
        else:
            against = _against(compared, sums, group, reference, policy)
            if compared.is_time and still is not None:
                against = replace(against, provisional=provisional(still, group.group, reference))
            groups.append(against)
    shown = {each.group.group for each in groups if not each.is_held_back}
    return JudgedOutcome(
        compared,
        reference,
        tuple(groups),
        found.mature,
        found.not_yet,
        found.horizon,
        tuple(one for one in found.lonely if one.group in shown),
        tuple(curve for curve in found.curves if curve.group in shown),
    )


def _against(compared: Compared, sums: Matured, group: Group, reference: str, policy: Policy) -> Judged:
    """A group's own figures, with what the days say of it in the place of what one look would say."""
    bare = replace(group, raw=group.raw, same_need=None, verdict=Verdict.TOO_FEW, drivers=())
    found = look(sums, compared, group.group, reference, policy) if group.group in sums.groups else None
    if found is None:
        few = "never matured beside the group they are compared with, for the same need on the same day"
        return Judged(replace(bare, too_few=few), False, None)
    contrast, looks = found.contrast, found.looks
    low, high = _finite(looks.low[-1] * found.scale), _finite(looks.high[-1] * found.scale)
    same = SameNeed(
        difference=_finite(contrast.theta * found.scale),
        ratio=_finite(contrast.ratio),
        low=low,
        high=high,
        inner_low=low,
        inner_high=high,
        margin=None if found.margin is None else _finite(found.margin * found.scale),
        not_ruled_out=None if low is None or high is None else max(abs(low), abs(high)),
        n_effective=contrast.n_effective,
        cells_without_overlap=len(contrast.without_overlap),
        weeks_more=_weeks(found),
    )
    missing = _what_is_missing(found) if found.verdict is Verdict.TOO_FEW else None
    drivers = group.drivers if found.verdict is not Verdict.TOO_FEW else ()
    means = (contrast.reference_mean + contrast.theta, contrast.reference_mean)
    return Judged(replace(group, same_need=same, verdict=found.verdict, too_few=missing, drivers=drivers), False, means)


def provisional(still: Open, group: str, reference: str) -> Provisional | None:
    """One group against the reference over all cases so far, need by need; None where they share no need.

    Needs are weighted as cells are, by n1 n0 / (n1 + n0); each mean counts waits up to three standards of its need.
    """
    g, base = still.groups.index(group), still.groups.index(reference)
    n = still.waits.total()
    weights, means, others, errors = [], [], [], []
    for need in np.flatnonzero((n[:, g] > 0) & (n[:, base] > 0)).tolist():
        horizon = float(still.waits.horizons[need])
        one, other = (still.waits.curve(each, [need]).restricted_mean(horizon) for each in (g, base))
        weights.append(n[need, g] * n[need, base] / (n[need, g] + n[need, base]))
        means.append(one.value)
        others.append(other.value)
        errors.append(one.error**2 + other.error**2)
    if not weights:
        return None
    w = np.array(weights) / sum(weights)
    mean, against = float(w @ np.array(means)) / MINUTES, float(w @ np.array(others)) / MINUTES
    reach = normal_quantile(0.975) * float(np.sqrt(w**2 @ np.array(errors))) / MINUTES
    return Provisional(mean, against, mean - against, mean - against - reach, mean - against + reach)


def _weeks(found: Look) -> float | None:
    if found.verdict is not Verdict.NOT_PROVEN or found.margin is None:
        return None
    weeks = (int(found.days[-1]) - int(found.days[0]) + 1) / DAYS_A_WEEK
    return weeks_more(found.looks.half_width, found.contrast.theta, found.margin, weeks)


def _what_is_missing(found: Look) -> str:
    days, weight = len(found.days), found.contrast.weight
    missing = []
    if days < WARM_DAYS:
        missing.append(f"cases of {days} days have matured beside each other, of {WARM_DAYS} that it takes")
    if weight < WARM_WEIGHT:
        has, takes = 4 * weight, 4 * WARM_WEIGHT
        missing.append(f"together they tell as much as {has:,.0f} cases shared evenly, of {takes:,.0f} that it takes")
    if missing:
        return "; ".join(missing)
    return "cases do not differ from day to day, so that nothing can be said of their spread"


# -- the figures that need no interval of many looks ------------------------------------------------------------------


def _plainly(
    series: Series,
    contrast: Contrast,
    compared: Compared,
    sums: Matured,
    still: Open | None,
    reference: str,
    policy: Policy,
) -> findings.OutcomeFinding:
    """What one look at the same sums says: medians, plain differences, what drives them. Its verdicts are not used."""
    names = list(still.groups) if still is not None else list(sums.groups)
    wider = len(names) - len(sums.groups)
    as_outcome = findings.Outcome(compared.name) if compared.name != "asked" else findings.Outcome.IN_TIME
    told = _cells(sums, compared)[1]
    told = Cells(
        told.need,
        told.day,
        np.pad(told.n, ((0, 0), (0, wider))),
        np.pad(told.total, ((0, 0), (0, wider))),
        np.pad(told.squares, ((0, 0), (0, wider))),
    )
    mature = told.n.sum(axis=0) if len(told.need) else np.zeros(len(names), dtype=np.int64)
    not_yet = np.array([still.not_yet[name] if still is not None else 0 for name in names])
    unanswered = [still.unanswered[name] if still is not None else 0 for name in names]
    waiting = _waiting(still.waits if still is not None else sums.waits, len(names)) if compared.is_time else ()
    outcome = OutcomeSums(
        as_outcome,
        told,
        int(not_yet.sum()),
        waiting=waiting,
        horizons=_horizons(series, compared.clock) if compared.is_time else None,
    )
    summed = ParitySums(
        contrast.name,
        tuple(names),
        tuple(series.needs),
        tuple((mature + not_yet).tolist()),
        tuple(unanswered),
        (outcome,),
        {},
    )
    margins = Margins(policy.rate_margin, policy.time_margin, policy.least_time_margin.total_seconds() / 3600)
    return judge(summed, margins=margins, reference=reference, min_cell=policy.least_shown).outcomes[0]


def _horizons(series: Series, clock: Clock) -> Horizons:
    """The published standards, in seconds; a need without one counts for nothing on that clock."""
    minutes = np.array(horizons(series, clock), dtype=np.float64)
    standard = minutes * 60 / STANDARDS
    given = np.ones(len(standard), dtype=np.bool_)
    return Horizons(standard, given, ~given)


def _waiting(waits: Histogram, groups: int) -> tuple[Waiting, ...]:
    """Counts by group over all needs, in seconds."""
    rows = waits.rows()
    found = []
    for g in range(groups):
        mine = rows.group == g
        time, where = np.unique(rows.minute[mine], return_inverse=True)
        left, events = (np.zeros(len(time), dtype=np.int64) for _ in range(2))
        np.add.at(left, where, rows.count[mine])
        np.add.at(events, where, np.where(rows.is_answered[mine], rows.count[mine], 0))
        found.append(Waiting(time * 60, left, events))
    return tuple(found)


def _finite(value: float) -> float | None:
    return float(value) if isfinite(value) else None


def means_between(
    sums: Matured, compared: Compared, group: str, reference: str, after: int | None
) -> tuple[float, float] | None:
    """The same-need means of group and reference over the days that matured after one (all of them for None)."""
    if group not in sums.groups or reference not in sums.groups:
        return None
    g, base = sums.groups.index(group), sums.groups.index(reference)
    cells = _cells(sums, compared)[0]
    if after is not None:
        cells = cells.chosen(sums.cluster > after)
    contrast = cells.contrast(g, base)
    if not contrast.weight:
        return None
    return contrast.reference_mean + contrast.theta, contrast.reference_mean
