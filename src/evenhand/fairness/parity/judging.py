"""From sums to verdicts: each group against the reference, one look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite, nan, sqrt

import numpy as np

from evenhand.fairness.parity import findings
from evenhand.fairness.parity.findings import Group, OutcomeFinding, Raw, SameNeed
from evenhand.fairness.parity.horizons import merged
from evenhand.fairness.parity.sums import HOUR, OutcomeSums, Sums
from evenhand.stats import cells as stats_cells
from evenhand.stats.cells import DAYS_FOR_CLUSTERS, LEAST_WEIGHT, Cells, Contrast, Finding, Verdict, one_look
from evenhand.stats.columns import Floats
from evenhand.stats.distributions import normal_quantile, t_quantile, t_two_sided, two_sided
from evenhand.stats.rates import benjamini_hochberg, weeks_more
from evenhand.stats.survival import Curve

POINTS_OF_A_CURVE = 240
MARKS = 6
DRIVERS = 12


@dataclass(frozen=True, slots=True)
class Margins:
    """Within what a difference counts as none. rate: of a share of 1. share: of the reference's mean, for times and
    amounts. least_hours: for times, whatever the mean."""

    rate: float = stats_cells.RATE_MARGIN
    share: float = stats_cells.RELATIVE_MARGIN
    least_hours: float = 0.25

    def __post_init__(self) -> None:
        if not (0 < self.rate < 1 and 0 < self.share < 1 and self.least_hours >= 0):
            raise ValueError("a margin for rates and one for shares within 0..1, and hours from 0")


class NoSuchGroup(ValueError):
    """The reference asked for is not a group of this contrast."""


@dataclass(frozen=True, slots=True)
class _Look:
    """One group against the reference, in the unit people read; `scale` is that unit by the unit judged in."""

    finding: Finding
    same: SameNeed
    raw: Raw


def judge(sums: Sums, *, margins: Margins, reference: str | None = None, min_cell: int = 10) -> findings.Contrast:
    """Every group against the reference, which is the largest unless named, for every outcome.

    min_cell: groups with fewer cases are named and nothing more. Raises NoSuchGroup.
    """
    if reference is not None and reference not in sums.groups:
        raise NoSuchGroup(f"{reference!r} is no group of {sums.by!r}; there are: {', '.join(sums.groups)}")
    base = sums.groups.index(reference) if reference is not None else int(np.argmax(sums.n))
    outcomes = tuple(_outcome(sums, one, base, margins, min_cell) for one in sums.outcomes)
    coding = tuple(
        findings.Coding(
            name,
            found.n,
            found.agreed,
            *((found.kappa.value, found.kappa.low, found.kappa.high) if found.kappa else (None, None, None)),
        )
        for name, found in sums.coding.items()
        if found.n >= min_cell
    )
    return findings.Contrast(sums.by, sums.groups[base], outcomes, coding)


def adjusted(contrasts: Sequence[findings.Contrast]) -> tuple[findings.Contrast, ...]:
    """The same with `p_adjusted`, by Benjamini and Hochberg among every comparison of all of them; those of too few
    cases are none, whatever comes out."""
    every = [group for one in contrasts for finding in one.outcomes for group in finding.groups]
    p_values = [p for group in every if (p := _p_of(group)) is not None]
    so_many = iter(benjamini_hochberg(p_values).tolist())

    def with_p(group: Group) -> Group:
        if _p_of(group) is None or group.same_need is None:
            return group
        return replace(group, same_need=replace(group.same_need, p_adjusted=next(so_many)))

    return tuple(
        replace(
            one,
            outcomes=tuple(
                replace(finding, groups=tuple(with_p(group) for group in finding.groups)) for finding in one.outcomes
            ),
        )
        for one in contrasts
    )


def _p_of(group: Group) -> float | None:
    return None if group.same_need is None or group.verdict is Verdict.TOO_FEW else group.same_need.p


def _outcome(sums: Sums, one: OutcomeSums, base: int, margins: Margins, min_cell: int) -> OutcomeFinding:
    judged = _in_standards(one)
    has = one.cells.n.sum(axis=0)
    shown = [g for g in range(len(sums.groups)) if sums.n[g] >= min_cell]
    horizon = _horizon(one, shown)
    compared = [g for g in shown if g != base and base in shown and min(has[g], has[base]) >= min_cell]
    looks = {g: _look(one, judged, g, base, margins, min_cell) for g in compared if _ever(one, g, base)}
    groups: list[Group] = []
    for g, name in enumerate(sums.groups):
        if g not in shown:
            few = f"fewer than {min_cell} cases, so no figure of theirs is shown"
            groups.append(Group(name, sums.n[g], None, verdict=None if g == base else Verdict.TOO_FEW, too_few=few))
            continue
        own = _own_figures(one, Group(name, sums.n[g], sums.open[g]), g, horizon, min_cell)
        if g in looks:
            look = looks[g]
            own = replace(
                own,
                raw=look.raw,
                same_need=look.same,
                verdict=look.finding.verdict,
                too_few=_too_few(look, sums.groups[base], min_cell)
                if look.finding.verdict is Verdict.TOO_FEW
                else None,
                drivers=_drivers(sums, one, judged, g, base, min_cell),
            )
        elif g != base:
            few = "no case of theirs, or of the group they are compared with, is old enough to be judged yet"
            if min(has[g], has[base]):
                few = (
                    f"fewer than {min_cell} cases of theirs, or of the group they are compared with, can be judged yet"
                )
            if not _ever(one, g, base):
                few = "none of theirs, and none of the group they are compared with, has come to its end yet"
            own = replace(own, verdict=Verdict.TOO_FEW, too_few=few)
        groups.append(own)
    return OutcomeFinding(
        one.outcome,
        tuple(groups),
        mature=int(has.sum()),
        not_yet=one.not_yet,
        horizon=horizon,
        curves=tuple(_curve(sums.groups[g], one.waiting[g].curve(), horizon, min_cell) for g in shown)
        if one.waiting and horizon
        else (),
        log_rank=findings.LogRankFigure(one.log_rank.chi_square, one.log_rank.degrees, one.log_rank.p)
        if one.log_rank and one.log_rank.degrees
        else None,
        lonely=_lonely(sums, one, min_cell),
        answered_only=_answered_only(sums, one, looks, base, margins, min_cell),
    )


def _ever(one: OutcomeSums, g: int, base: int) -> bool:
    """Whether a wait of either group ever ended: where none did, all wait alike, and nothing is known."""
    return not one.waiting or bool(one.waiting[g].events.any() or one.waiting[base].events.any())


def _in_standards(one: OutcomeSums, of: Cells | None = None) -> Cells:
    """The cells that are judged: waits in standards, so that a slow need counts no more than a quick one."""
    hours = one.cells if of is None else of
    if one.horizons is None:
        return hours
    length = (one.horizons.standard / HOUR)[hours.need][:, None]
    worst = float((one.horizons.counted / one.horizons.standard).max(initial=1.0))
    return Cells(hours.need, hours.day, hours.n, hours.total / length, hours.squares / length**2, worst=worst)


def _look(one: OutcomeSums, judged: Cells, g: int, base: int, margins: Margins, min_cell: int) -> _Look:
    """What is found of two groups; of the same need only where `min_cell` cases of both stand beside each other."""
    contrast, told = judged.contrast(g, base), one.cells.contrast(g, base)
    if contrast.weight and min(_beside(contrast)) < min_cell:
        held = Finding(Verdict.TOO_FEW, nan, None, None, None, None, nan, None, False)
        lonely = len(contrast.without_overlap)
        blank = SameNeed(None, None, None, None, None, None, None, None, contrast.n_effective, lonely)
        return _Look(held, blank, _raw(one.cells, g, base))
    mean = contrast.reference_mean
    scale = 1.0
    share: float | None = None
    if one.outcome.is_rate:
        margin = margins.rate
    else:
        if one.outcome.is_time:
            scale = told.reference_mean / mean if mean > 0 else _hours_of_a_standard(one)
        margin = margins.share * abs(mean) if isfinite(mean) else nan
        share = margins.share
        least = margins.least_hours / scale if one.outcome.is_time and isfinite(scale) else 0.0
        if not margin > least:
            margin, share = least, None
    if not margin > 0 or not isfinite(margin):
        margin, share = (margins.share, None)  # nothing to take a share of: nothing is proven equal by it
        found = one_look(contrast, 1e-12)
        found = Finding(
            found.verdict,
            found.difference,
            found.low,
            found.high,
            found.inner_low,
            found.inner_high,
            nan,
            found.not_ruled_out,
            found.is_by_case,
        )
    else:
        found = one_look(contrast, margin, share=share)
    error = contrast.case_error if found.is_by_case else contrast.clustered_error
    p = None
    if error:
        z = contrast.theta / error
        p = two_sided(z) if found.is_by_case else t_two_sided(z, contrast.degrees)
    same = SameNeed(
        difference=_number(found.difference * scale),
        ratio=_number(contrast.ratio),
        low=_scaled(found.low, scale),
        high=_scaled(found.high, scale),
        inner_low=_scaled(found.inner_low, scale),
        inner_high=_scaled(found.inner_high, scale),
        margin=_number(found.margin * scale),
        not_ruled_out=_scaled(found.not_ruled_out, scale),
        n_effective=contrast.n_effective,
        cells_without_overlap=len(contrast.without_overlap),
        p=p,
        is_by_case=found.is_by_case,
        weeks_more=_weeks(one, found),
    )
    return _Look(found, same, _raw(one.cells, g, base))


def _beside(contrast: Contrast) -> tuple[int, int]:
    """How many cases of the group, and of the reference, stand beside one of the other for the same need and day."""
    n = contrast.cells.n[contrast.has_both]
    return int(n[:, contrast.group].sum()), int(n[:, contrast.reference].sum())


def _hours_of_a_standard(one: OutcomeSums) -> float:
    """Hours by standards where the reference never waited, so that its mean cannot tell."""
    assert one.horizons is not None
    n = np.bincount(one.cells.need, weights=one.cells.n.sum(axis=1), minlength=len(one.horizons.standard))
    return float((n * one.horizons.standard).sum() / max(n.sum(), 1.0)) / HOUR


def _weeks(one: OutcomeSums, found: Finding) -> float | None:
    """About how many more weeks of the same volume would bring the interval inside the margin."""
    if found.verdict is not Verdict.NOT_PROVEN or found.is_by_case or found.inner_high is None:
        return None
    if not found.margin > 0:
        return None
    half = found.inner_high - found.difference
    weeks = (int(one.cells.day.max()) - int(one.cells.day.min()) + 1) / 7
    return weeks_more(lambda times: half / sqrt(times), found.difference, found.margin, weeks)


def _raw(cells: Cells, g: int, base: int) -> Raw:
    contrast = cells.contrast(g, base)
    difference, error = contrast.raw
    days = len(np.unique(cells.day))
    if error is None or days < DAYS_FOR_CLUSTERS:
        error, reach = _plain_error(cells, g, base), normal_quantile(0.975)
    else:
        reach = t_quantile(0.975, days - 1)
    if error is None:
        return Raw(_number(difference), None, None)
    return Raw(_number(difference), difference - reach * error, difference + reach * error)


def _plain_error(cells: Cells, g: int, base: int) -> float | None:
    """The standard error of a plain difference of means, each case on its own (Welch)."""
    variance = 0.0
    for column in (g, base):
        n = float(cells.n[:, column].sum())
        if n < 2:
            return None
        total, squares = float(cells.total[:, column].sum()), float(cells.squares[:, column].sum())
        variance += max(squares - total * total / n, 0.0) / (n - 1) / n
    return sqrt(variance)


def _own_figures(one: OutcomeSums, group: Group, g: int, horizon: float | None, min_cell: int) -> Group:
    """The group with what can be said of it alone."""
    n = int(one.cells.n[:, g].sum())
    if not one.outcome.is_time:
        return replace(group, mean=float(one.cells.total[:, g].sum()) / n if n >= max(min_cell, 1) else None)
    curve = one.waiting[g].curve()
    if curve is None or horizon is None:
        return group
    middle, late = curve.quantile(0.5), curve.quantile(0.9)
    mean = curve.restricted_mean(horizon * HOUR)
    return replace(
        group,
        median=_hours(middle.value),
        median_low=_hours(middle.low),
        median_high=_hours(middle.high),
        p90=_hours(late.value),
        rmst=mean.value / HOUR,
        rmst_low=max(mean.low, 0.0) / HOUR,
        rmst_high=mean.high / HOUR,
    )


def _horizon(one: OutcomeSums, shown: Sequence[int]) -> float | None:
    """Hours up to which the waits of every group are counted: the time by which nine in ten of all were answered, and
    no longer than every group was followed."""
    curves = [curve for g in shown if (curve := one.waiting[g].curve())] if one.waiting else []
    if not curves:
        return None
    whole = merged([one.waiting[g] for g in shown]).curve()
    assert whole is not None
    late = whole.quantile(0.9).value
    followed = min(curve.followed_to for curve in curves if curve.at_risk[0] > 0)
    longest = followed if late is None else min(late, max(followed, 60.0))
    return max(longest, 60.0) / HOUR


def _curve(name: str, curve: Curve | None, horizon: float, least: int) -> findings.Curve:
    """The curve up to a little beyond the horizon, thinned to what a picture can show."""
    assert curve is not None
    end = horizon * HOUR * 1.25
    waits = np.flatnonzero((curve.time <= end) & (curve.at_risk >= least))
    if len(waits) > POINTS_OF_A_CURVE:
        goal = np.linspace(0, end, POINTS_OF_A_CURVE)
        waits = np.unique(waits[np.clip(np.searchsorted(curve.time[waits], goal), 0, len(waits) - 1)])
    marks = _round_marks(end)
    risk = [int(k) if k >= least or k == 0 else None for k in curve.waiting(marks).tolist()]

    def column(values: Floats, first: float) -> tuple[float, ...]:
        return (first, *values[waits].tolist())

    return findings.Curve(
        name,
        column(curve.time / HOUR, 0.0),
        column(curve.survival, 1.0),
        column(curve.low, 1.0),
        column(curve.high, 1.0),
        tuple((marks / HOUR).tolist()),
        tuple(risk),
    )


def _round_marks(end: float) -> Floats:
    """(M,) at most `MARKS` round lengths of time from 0 to `end`, in seconds: what is put under the axis of a curve."""
    steps = [60.0 * m for m in (1, 2, 5, 10, 15, 30, 60, 120, 240, 360, 720, 1440)]
    steps += [86400.0 * d for d in (2, 5, 10, 20, 30, 60, 100, 200, 500)]
    step = next((step for step in steps if step * (MARKS - 1) >= end), end / (MARKS - 1))
    return np.arange(0.0, end * (1 + 1e-9), step)


def _drivers(
    sums: Sums, one: OutcomeSums, judged: Cells, g: int, base: int, min_cell: int
) -> tuple[findings.NeedFigure, ...]:
    """The needs that weigh most in a difference, largest part first. Needs with few cases are left out, and so many of
    the next smallest that those left out have no fewer than `min_cell` together: they would follow by subtraction."""
    contrast = judged.contrast(g, base)
    which, theta, weight = contrast.by_need
    has_both = contrast.has_both
    need = one.cells.need[has_both]
    n1, n0 = (
        np.bincount(need, weights=one.cells.n[has_both, who], minlength=len(sums.needs))[which] for who in (g, base)
    )
    small = (n1 < min_cell) | (n0 < min_cell)
    while small.any() and not small.all() and min(n1[small].sum(), n0[small].sum()) < min_cell:
        small[np.flatnonzero(~small)[np.argmin(np.minimum(n1, n0)[~small])]] = True
    figures: list[tuple[float, float, findings.NeedFigure]] = []
    for i in np.flatnonzero(~small).tolist():
        part = judged.chosen(judged.need == which[i]).contrast(g, base)
        by_case = len(part.by_cluster[0]) < DAYS_FOR_CLUSTERS
        error = part.case_error if by_case else part.clustered_error
        scale = 1.0
        if one.horizons is not None:
            scale = float(one.horizons.standard[which[i]]) / HOUR
        reach = (normal_quantile(0.975) if by_case else t_quantile(0.975, part.degrees)) * (error or nan)
        p = 1.0
        if error:
            p = two_sided(theta[i] / error) if by_case else t_two_sided(theta[i] / error, part.degrees)
        figure = findings.NeedFigure(
            sums.needs[int(which[i])],
            int(n1[i]),
            int(n0[i]),
            float(theta[i]) * scale,
            _number(part.ratio),
            _number((theta[i] - reach) * scale),
            _number((theta[i] + reach) * scale),
            float(weight[i] / weight.sum()),
            None,
        )
        figures.append((abs(float(theta[i] * weight[i])), p, figure))
    adjusted = benjamini_hochberg([p for _, p, _ in figures])
    told = [
        (part, replace(figure, p_adjusted=float(p))) for (part, _, figure), p in zip(figures, adjusted, strict=True)
    ]
    told.sort(key=lambda one: -one[0])
    return tuple(figure for _, figure in told[:DRIVERS])


def _lonely(sums: Sums, one: OutcomeSums, min_cell: int) -> tuple[findings.Lonely, ...]:
    """Where one group alone was seen: by need and group, the most cases first; small ones are not named."""
    n = one.cells.n
    alone = (n > 0).sum(axis=1) == 1
    whose = np.argmax(n[alone] > 0, axis=1)
    need, cases = one.cells.need[alone], n[alone].sum(axis=1)
    at = need * len(sums.groups) + whose
    found, where = np.unique(at, return_inverse=True)
    count = np.bincount(where, minlength=len(found))
    total = np.bincount(where, weights=cases, minlength=len(found)).astype(np.int64)
    told = [
        findings.Lonely(sums.needs[int(k) // len(sums.groups)], sums.groups[int(k) % len(sums.groups)], int(c), int(t))
        for k, c, t in zip(found, count, total, strict=True)
        if t >= min_cell
    ]
    return tuple(sorted(told, key=lambda one: (-one.cases, one.need, one.group))[:20])


def _answered_only(
    sums: Sums, one: OutcomeSums, looks: dict[int, _Look], base: int, margins: Margins, min_cell: int
) -> tuple[str, ...]:
    """Whom the answered cases alone would have put in another light, and how."""
    if one.answered is None:
        return ()
    said: list[str] = []
    alone = OutcomeSums(one.outcome, one.answered, 0, horizons=one.horizons)
    judged = _in_standards(alone)
    for g, look in looks.items():
        if not one.answered.n[:, g].sum() or not one.answered.n[:, base].sum():
            continue
        other = _look(alone, judged, g, base, margins, min_cell)
        if Verdict.TOO_FEW in (other.finding.verdict, look.finding.verdict):
            continue
        flips = _sign(other.finding) * _sign(look.finding) < 0
        if flips or other.finding.verdict is not look.finding.verdict:
            said.append(
                f"of “{sums.groups[g]}”, closed rows alone would say {other.finding.verdict} "
                f"({_percent(other.same.ratio)}); with open ones counted it is {look.finding.verdict} "
                f"({_percent(look.same.ratio)})"
            )
    return tuple(said)


def _sign(found: Finding) -> int:
    """1 or −1 where the interval lies on one side of 0."""
    if found.low is None or found.high is None:
        return 0
    return 1 if found.low > 0 else -1 if found.high < 0 else 0


def _percent(ratio: float | None) -> str:
    return "no ratio" if ratio is None else f"{100 * (ratio - 1):+.0f} %".replace("-", "−")


def _too_few(look: _Look, reference: str, min_cell: int) -> str:
    weight = look.same.n_effective / 4
    if not weight:
        return f"never beside {reference} for the same need at the same time"
    if look.same.difference is None:
        return f"fewer than {min_cell} cases beside one another for the same need at the same time"
    if weight < LEAST_WEIGHT:
        return (
            f"seen too rarely beside {reference} for the same need at the same time; that tells as much as "
            f"{int(weight)} {'case' if int(weight) == 1 else 'cases'} would, and {LEAST_WEIGHT:.0f} are needed"
        )
    return "cases do not differ within a need and day, so that nothing can be said of their spread"


def _number(value: float) -> float | None:
    return float(value) if isfinite(value) else None


def _scaled(value: float | None, scale: float) -> float | None:
    return None if value is None else _number(value * scale)


def _hours(seconds: float | None) -> float | None:
    return None if seconds is None else seconds / HOUR
