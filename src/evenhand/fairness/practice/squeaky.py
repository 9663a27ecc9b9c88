"""The squeaky wheel: is a waiting case answered sooner from the moment it goes public?"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from evenhand.care.cases.catalogue import catalogue
from evenhand.fairness.live.series import quarter_of, zone_of_the_house
from evenhand.fairness.parity.words import percent
from evenhand.fairness.practice.reading import HEARD_LATE, NEVER, Waits, seconds, waits
from evenhand.stats.cells import RELATIVE_MARGIN, Verdict
from evenhand.stats.columns import Flags, Floats, Ints
from evenhand.stats.log_rank import (
    Alarm,
    RiskSets,
    anytime_log_rank,
    rate_ratio,
    risk_sets,
    risk_sets_by_then,
)
from evenhand.stats.rates import benjamini_hochberg

LEAST_INFORMATION = 5.0
"""Below it the intervals cannot be relied on: the rule of five for a log-rank's variance."""

WHY_WRONG = (
    "Compares cases that ever went public with those that never did. Only who still waits can go public, so the long "
    "waits gather on the public side by themselves: a desk that is blind to it looks as if it punished going public."
)


@dataclass(frozen=True, slots=True)
class Matched:
    """How many times as fast a case is answered once it is public, at equal age, for the same need and day.

    ratio: Mantel–Haenszel, nan where nobody public ever waited beside somebody private. low, high: 95 %, by day of
    arrival. inner_low, inner_high: 90 %, which equality must keep within the margin. p: two-sided, stratified
    log-rank. weight: Σ d n1 n0/n², what the answers can tell.
    """

    ratio: float
    low: float
    high: float
    inner_low: float
    inner_high: float
    p: float
    weight: float
    observed: tuple[int, int]
    expected: tuple[float, float]
    is_by_case: bool
    """Fewer than ten days: answers were taken one by one, and equality is never found."""

    @property
    def verdict(self) -> Verdict:
        return verdict_of(self)


@dataclass(frozen=True, slots=True)
class OfNeed:
    """One need's own ratio. p_adjusted: by Benjamini–Hochberg among the needs: found by looking, not asked before."""

    need: str
    cases: int
    matched: Matched
    p_adjusted: float


@dataclass(frozen=True, slots=True)
class Series:
    """The alarm that may be looked at daily. It began at `since` and is not begun again before the quarter ends."""

    since: datetime
    cases: int
    alarm: Alarm


@dataclass(frozen=True, slots=True)
class Wheel:
    """What became of the cases opened from start up to end, as known at `at`.

    began_public: cases that came in public. turned: went public while they waited. private: never public while they
    waited. matched: the right figure. wrong: the figure of "ever public against never", to be shown as wrong alone,
    with `why_wrong`; None where there is none.
    """

    start: datetime
    end: datetime
    at: datetime
    cases: int
    began_public: int
    turned: int
    private: int
    answered: int
    left_out: dict[str, int]
    matched: Matched
    by_need: tuple[OfNeed, ...]
    series: Series
    wrong: float | None
    why_wrong: str = field(default=WHY_WRONG, repr=False)

    @property
    def verdict(self) -> Verdict:
        return self.matched.verdict

    @property
    def words(self) -> str:
        """The finding in one sentence."""
        one = self.matched
        match self.verdict:
            case Verdict.TOO_FEW:
                return "Too few cases were public while others with the same need waited beside them."
            case Verdict.EQUAL:
                return (
                    "Going public gains nothing: any difference in how fast a waiting case is answered is below "
                    f"{percent(RELATIVE_MARGIN)}."
                )
            case Verdict.UNEQUAL:
                how = "sooner" if one.ratio > 1 else "later"
                return (
                    f"A waiting case is answered {how} once it is public: {one.ratio:.2f} times as fast "
                    f"({one.low:.2f} to {one.high:.2f})."
                )
        return (
            "No difference proven, but an answer between "
            f"{one.low:.2f} and {one.high:.2f} times as fast once a case is public cannot be ruled out."
        )


def wheel(start: datetime, end: datetime, now: datetime, *, series_since: datetime | None = None) -> Wheel:
    """The test for the cases opened in a span, with the alarm of the series that runs.

    Compared at equal age, in working time, with cases of the same need (as triage read it when they came) and day of
    arrival. A case is public from when its first public contact was *received*: before, nobody could act on it.
    series_since: when the alarm's series began: this quarter, unless a policy or margin was changed since.
    """
    rows = _heard_in_time(waits(start, end, now, as_judged=True))
    since = series_since or quarter_of(now, zone_of_the_house(catalogue()))
    sets, strata = _sets(rows, now)
    need_of = np.array([need for need, _ in strata], dtype=np.int64)
    matched = match(sets, np.array([day for _, day in strata], dtype=np.int64))
    lengths, is_event, turned = _ages(rows, now)
    return Wheel(
        start=start,
        end=end,
        at=now,
        cases=len(rows),
        began_public=int(rows.began_public.sum()),
        turned=int(((turned >= 0) & (turned < lengths)).sum()),
        private=int((~rows.began_public & ~(turned < lengths)).sum()),
        answered=int(is_event.sum()),
        left_out=rows.left_out,
        matched=matched,
        by_need=_by_need(rows, sets, need_of),
        series=_series(since, now),
        wrong=_ever_against_never(rows, lengths, is_event),
    )


def match(sets: RiskSets, clusters: Ints | None = None) -> Matched:
    """The Mantel–Haenszel rate ratio of group 1 to group 0 with its intervals. sets: of two groups. clusters: by
    stratum number, the day it belongs to; None: each stratum is one."""
    outer, inner = (rate_ratio(sets, clusters=clusters, level=level) for level in (0.95, 0.90))
    n0, n1 = (sets.at_risk[:, g].astype(np.float64) for g in (0, 1))
    weight = float((sets.events.sum(axis=1) * n0 * n1 / (n0 + n1) ** 2).sum())
    (o0, o1), (e0, e1) = outer.observed, outer.expected
    seen, wished = (int(o0), int(o1)), (float(e0), float(e1))
    return Matched(
        outer.ratio, outer.low, outer.high, inner.low, inner.high, outer.p, weight, seen, wished, outer.is_by_case
    )


def verdict_of(one: Matched) -> Verdict:
    """EQUAL: the 90 % interval lies within 10 % of 1, as a ratio. UNEQUAL: the 95 % one leaves 1 out."""
    if one.weight < LEAST_INFORMATION:
        return Verdict.TOO_FEW
    if not one.is_by_case and one.inner_low > 1 / (1 + RELATIVE_MARGIN) and one.inner_high < 1 + RELATIVE_MARGIN:
        return Verdict.EQUAL
    return Verdict.UNEQUAL if one.low > 1 or one.high < 1 else Verdict.NOT_PROVEN


def _heard_in_time(rows: Waits) -> Waits:
    late = rows.heard - rows.opened > HEARD_LATE.total_seconds()
    return rows.chosen(~late, "heard of more than a day after it was sent")


def _ages(rows: Waits, now: datetime) -> tuple[Ints, Flags, Floats]:
    """(N,) working seconds to the answer, or as long as it has waited; (N,) whether it was answered; (N,) the age at
    which it turned public: negative where it began so, nan where it never did."""
    at = np.full(len(rows), seconds(now), dtype=np.int64)
    is_event = rows.answered != NEVER
    ended = np.where(is_event, rows.answered, np.minimum(rows.gone, at))
    lengths = np.maximum(rows.worked(rows.opened, ended), 0)
    turned = rows.worked(rows.opened, rows.public).astype(np.float64)
    turned[rows.public == NEVER] = np.nan
    turned[rows.began_public] = -1.0
    # On one working age may lie a whole night: who turned in the night after the answer did not turn before it.
    turned[(rows.public >= ended) & ~rows.began_public] = np.nan
    return lengths, is_event, turned


def _strata(rows: Waits) -> tuple[Ints, list[tuple[int, int]]]:
    """(N,) the stratum of each case, and what each is: (need, day of arrival)."""
    day, _ = rows.days()
    if not len(rows):
        return day, []
    pairs, stratum = np.unique(np.stack([rows.need, day], axis=1), axis=0, return_inverse=True)
    return stratum.reshape(-1).astype(np.int64), [(need, when) for need, when in pairs.tolist()]


def _sets(rows: Waits, now: datetime) -> tuple[RiskSets, list[tuple[int, int]]]:
    stratum, strata = _strata(rows)
    lengths, is_event, turned = _ages(rows, now)
    return risk_sets_by_then(lengths, is_event, turned, stratum), strata


def _by_need(rows: Waits, sets: RiskSets, need_of: Ints) -> tuple[OfNeed, ...]:
    book = catalogue()
    found = []
    for need in np.unique(rows.need).tolist():
        mine = need_of[sets.stratum] == need
        own = RiskSets(sets.stratum[mine], sets.time[mine], sets.events[mine], sets.at_risk[mine])
        found.append((book.need_by_id[need], int((rows.need == need).sum()), match(own)))
    adjusted = benjamini_hochberg([one.p for _, _, one in found])
    by = sorted(zip(found, adjusted.tolist(), strict=True), key=lambda each: (each[1], each[0][0].position))
    return tuple(OfNeed(need.name, cases, one, p) for (need, cases, one), p in by)


def _series(since: datetime, now: datetime) -> Series:
    """The bets of a series with one beginning: the cases opened since then, up to the age to which all of a day's
    cases have been seen."""
    rows = _heard_in_time(waits(since, now, now, as_judged=True))
    sets, strata = _sets(rows, now)
    stratum, _ = _strata(rows)
    _, ends = rows.days()
    at = np.full(len(rows), seconds(now), dtype=np.int64)
    seen = np.where(ends < at, rows.worked(np.minimum(ends, at), at), -1)
    followed = np.full(len(strata), NEVER, dtype=np.int64)
    np.minimum.at(followed, stratum, seen)
    return Series(since, len(rows), anytime_log_rank(sets, followed=followed.astype(np.float64)))


def _ever_against_never(rows: Waits, lengths: Ints, is_event: Flags) -> float | None:
    """The rate ratio that forgets when each case went public. Wrong: see WHY_WRONG."""
    ever = (rows.public != NEVER).astype(np.int64)
    if not 0 < ever.sum() < len(rows):
        return None
    stratum, _ = _strata(rows)
    one = rate_ratio(risk_sets(lengths, is_event, ever, stratum, groups=2))
    return None if np.isnan(one.ratio) else one.ratio
