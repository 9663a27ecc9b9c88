"""How often the audit is right about desks whose truth is known, and how often the usual ways are.

A trial draws desks of one kind and looks at each with the audit's own sums; a claim is what it should find, and in what
share of desks. `evenhand bench audit --truth` prints them all (docs/coverage.md); the tests hold them with fewer desks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil, exp, sqrt
from zlib import crc32

import numpy as np

from evenhand.stats.cells import (
    RATE_MARGIN,
    RELATIVE_MARGIN,
    Cells,
    Contrast,
    Finding,
    Verdict,
    one_look,
    relative_margin,
)
from evenhand.stats.columns import Floats, Ints
from evenhand.stats.distributions import normal_quantile
from evenhand.stats.log_rank import anytime_log_rank, log_rank_sums, rate_ratio, risk_sets, risk_sets_by_then
from evenhand.stats.outcomes import STANDARDS
from evenhand.stats.sequence import ALPHA, confidence_sequence, relative_verdicts
from evenhand.stats.simulator import DAY, ONE_TO_NINE, Desk, Need, Outcome, a_desk
from evenhand.stats.survival import kaplan_meier

QUARTER = 92
"""Days of a daily series."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What is counted, over the desks of a trial. least, most: what the mean must be; both None where nothing is
    promised: a usual way that is shown beside ours, or a desk outside of what is promised. is_share: of desks, in per
    cent; else a plain number."""

    says: str
    least: float | None = None
    most: float | None = None
    is_usual: bool = False
    is_share: bool = True


@dataclass(frozen=True, slots=True)
class Trial:
    """about: the desk, in words. look: draws one desk and gives a figure for each claim (1.0 or 0.0 for shares).
    runs: how many desks make the table."""

    name: str
    about: str
    claims: tuple[Claim, ...]
    look: Callable[[np.random.Generator], tuple[float, ...]]
    runs: int = 10_000


@dataclass(frozen=True, slots=True)
class Found:
    """A claim and what was found. mean: over `runs` desks. error: its Monte-Carlo standard error."""

    claim: Claim
    mean: float
    error: float
    runs: int

    def is_kept(self, errors: float = 3.0) -> bool:
        """Whether it is as claimed, within so many Monte-Carlo errors."""
        for bound, sign in ((self.claim.least, 1), (self.claim.most, -1)):
            if bound is not None:
                error = sqrt(bound * (1 - bound) / self.runs) if self.claim.is_share else self.error
                if sign * (self.mean - bound) < -errors * max(error, self.error):
                    return False
        return True


def run(trial: Trial, *, runs: int | None = None, seed: int = 1) -> list[Found]:
    """Draw the desks and count. The same seed gives the same desks, whatever else is run."""
    return tally(trial, figures(trial, range(runs or trial.runs), seed))


def figures(trial: Trial, desks: range, seed: int = 1) -> Floats:
    """(runs, claims) what each of these desks showed; any part of a trial can be drawn on its own."""
    name = crc32(trial.name.encode())
    seen = [trial.look(np.random.default_rng([seed, name, desk])) for desk in desks]
    return np.array(seen, dtype=np.float64).reshape(len(seen), len(trial.claims))


def tally(trial: Trial, seen: Floats) -> list[Found]:
    """The claims of a trial with their means. seen: (runs, claims)."""
    means, n = seen.mean(axis=0), len(seen)
    spread = seen.std(axis=0, ddof=1) / sqrt(n) if n > 1 else np.full(len(means), np.nan)
    return [Found(claim, float(m), float(e), n) for claim, m, e in zip(trial.claims, means, spread, strict=True)]


# Looking every day


def _watched(desk: Desk, outcome: Outcome) -> Contrast:
    """Public against private; a day's cases count when they mature."""
    cells = desk.cells(outcome)
    ripe = np.ceil(STANDARDS * desk.standard / DAY).astype(np.int64)
    return cells.contrast(1, 0, clusters=cells.day + ripe[cells.need])


def _every_day(
    outcome: Outcome, truth: float, about: dict[str, object]
) -> Callable[[np.random.Generator], tuple[float, ...]]:
    """Truth inside at every look; UNEQUAL at some look; EQUAL at some look; a usual 95 % interval, looked at on the
    same days, leaves the truth out at some look."""

    def look(chance: np.random.Generator) -> tuple[float, ...]:
        contrast = _watched(_drawn(chance, about), outcome)
        _, differences, weights = contrast.by_cluster
        seen = confidence_sequence(differences, weights, alpha=0.05, unit_variance=contrast.unit_variance)
        said = {seen.verdict(RATE_MARGIN, t) for t in range(len(seen.theta))}
        usual = normal_quantile(0.975) * np.sqrt(seen.variance) / seen.weight
        return (
            float(((seen.low <= truth) & (truth <= seen.high)).all()),
            float(Verdict.UNEQUAL in said),
            float(Verdict.EQUAL in said),
            float((np.abs(seen.theta - truth) > usual)[seen.is_warm].any()),
        )

    return look


def _every_day_as_ratio(**about: object) -> Callable[[np.random.Generator], tuple[float, ...]]:
    """UNEQUAL at some look; EQUAL at some look; with a margin that is a share of the reference's mean wait."""

    def look(chance: np.random.Generator) -> tuple[float, ...]:
        contrast = _watched(_drawn(chance, about), "wait")
        _, differences, weights = contrast.by_cluster
        reference = contrast.reference_by_cluster
        least_spread = contrast.unit_variances
        said = relative_verdicts(
            differences, weights, reference, RELATIVE_MARGIN, alpha=0.05, unit_variance=least_spread
        )
        return float(Verdict.UNEQUAL in said), float(Verdict.EQUAL in said)

    return look


def _quick(chance: np.random.Generator, days: int, lost: tuple[float, float]) -> Contrast:
    """160 cases a day, one in ten public, nearly all answered in a tenth of their standard. lost: the shares of private
    and of public cases that never are."""
    day = np.repeat(np.arange(days), 160)
    is_public = (chance.random(len(day)) < 0.1).astype(np.int64)
    waited = np.clip(chance.normal(0.1, 0.04, len(day)), 0.0, STANDARDS)
    waited[chance.random(len(day)) < np.array(lost)[is_public]] = STANDARDS
    cells = Cells.of(np.zeros(len(day), dtype=np.int64), day, is_public, waited, groups=2)
    return replace(cells, worst=float(STANDARDS)).contrast(1, 0)


def _losing(lost: tuple[float, float]) -> Callable[[np.random.Generator], tuple[float, ...]]:
    """UNEQUAL at some look; EQUAL at some look; as one of three headlines, of the quick desk that loses some."""

    def look(chance: np.random.Generator) -> tuple[float, ...]:
        contrast = _quick(chance, QUARTER, lost)
        _, differences, weights = contrast.by_cluster
        reference, least_spread = contrast.reference_by_cluster, contrast.unit_variances
        said = relative_verdicts(differences, weights, reference, RELATIVE_MARGIN, unit_variance=least_spread)
        return float(Verdict.UNEQUAL in said), float(Verdict.EQUAL in said)

    return look


def _three_headlines(chance: np.random.Generator) -> tuple[float, ...]:
    desk = a_desk(chance, days=QUARTER, cases_a_day=150)
    is_inside, alarmed = True, False
    outcomes: tuple[Outcome, ...] = ("remedy", "wait", "in_time")
    for outcome in outcomes:
        contrast = _watched(desk, outcome)
        seen = confidence_sequence(*contrast.by_cluster[1:], alpha=ALPHA, unit_variance=contrast.unit_variance)
        is_inside &= bool(((seen.low <= 0) & (seen.high >= 0)).all())
        alarmed |= any(seen.verdict(RATE_MARGIN, t) is Verdict.UNEQUAL for t in range(len(seen.theta)))
    return float(is_inside), float(alarmed)


RATES_BY_THE_BOOK, RATES_WITH_DAYS = 433, 453
WAITS_BY_THE_BOOK, WAITS_WITH_DAYS = 1203, 1248
"""Cases of the smaller group, one in ten, for power .9: by `size_for_equality`, without and with its sixty days."""

RATES_ENOUGH = 465
"""Found by trying sizes, not by a formula. A rate's spread is never taken below that of one yes or no in the smaller
group, which costs a few cases more."""

_TIMES = (2.0, 2.5, 3.0, 3.5)


def _daily_power(alpha: float) -> Callable[[np.random.Generator], tuple[float, ...]]:
    """Whether EQUAL was said by the time that so many times the cases of one look had come."""

    def look(chance: np.random.Generator) -> tuple[float, ...]:
        a_day = 100
        days = [ceil(RATES_BY_THE_BOOK * each / (a_day * 0.1)) for each in _TIMES]
        desk = a_desk(chance, days=days[-1], cases_a_day=a_day, needs=ONE_TO_NINE, weather=0.0, favour=0.0, haste=0.0)
        contrast = _watched(desk, "remedy")
        _, differences, weights = contrast.by_cluster
        seen = confidence_sequence(differences, weights, alpha=alpha, unit_variance=contrast.unit_variance)
        looks = range(len(seen.theta))
        first = next((t for t in looks if seen.verdict(RATE_MARGIN, t) is Verdict.EQUAL), len(looks))
        return tuple(float(first < each) for each in days)

    return look


# One look


def _drawn(chance: np.random.Generator, about: dict[str, object]) -> Desk:
    return a_desk(chance, **about)  # type: ignore[arg-type]


def _looked_at(desk: Desk, outcome: Outcome) -> tuple[Contrast, Finding]:
    contrast = desk.cells(outcome).contrast(1, 0)
    if outcome == "wait":
        return contrast, one_look(contrast, relative_margin(contrast.reference_mean), share=RELATIVE_MARGIN)
    return contrast, one_look(contrast, RATE_MARGIN)


def _once(
    outcome: Outcome, *, truth: float | None = None, **about: object
) -> Callable[[np.random.Generator], tuple[float, ...]]:
    """The interval holds the truth; UNEQUAL; EQUAL; plain means of all cases, whatever their need, differ "for sure";
    EQUAL, were the margin a number known beforehand. truth: the difference; None where it is not one number."""

    def look(chance: np.random.Generator) -> tuple[float, ...]:
        contrast, found = _looked_at(_drawn(chance, about), outcome)
        difference, error = contrast.raw
        holds = truth is not None and found.low is not None and found.high is not None
        holds = holds and found.low <= truth <= found.high  # type: ignore[operator]
        known = one_look(contrast, found.margin)
        return (
            float(holds),
            float(found.verdict is Verdict.UNEQUAL),
            float(found.verdict is Verdict.EQUAL),
            float(error is not None and abs(difference) > normal_quantile(0.975) * error),
            float(known.verdict is Verdict.EQUAL),
        )

    return look


_SHORT_WAITS = (Need(1.0, 480, 0.1, 0.5, 0.1),)
"""So short that three standards cut nothing off: their spread is their mean."""


def _losing_once(lost: tuple[float, float]) -> Callable[[np.random.Generator], tuple[float, ...]]:
    """UNEQUAL; EQUAL; at one look at the quick desk that loses some."""

    def look(chance: np.random.Generator) -> tuple[float, ...]:
        contrast = _quick(chance, 40, lost)
        margin = relative_margin(contrast.reference_mean)
        found = one_look(contrast, margin, share=RELATIVE_MARGIN)
        return float(found.verdict is Verdict.UNEQUAL), float(found.verdict is Verdict.EQUAL)

    return look


def _power(outcome: Outcome, size: int, needs: tuple[Need, ...]) -> Callable[[np.random.Generator], tuple[float, ...]]:
    """EQUAL, with so many public cases and nine times as many private ones, over sixty days."""

    def look(chance: np.random.Generator) -> tuple[float, ...]:
        a_day = ceil(size * 10 / 60)
        desk = a_desk(chance, days=60, cases_a_day=a_day, needs=needs, weather=0.0, favour=0.0, haste=0.0)
        return (float(_looked_at(desk, outcome)[1].verdict is Verdict.EQUAL),)

    return look


# Waits of cases some of which are open


def _half_open(chance: np.random.Generator) -> tuple[float, ...]:
    """A table taken three quarters through a day: does each way's 95 % interval hold the true mean wait, counted up
    to one standard? And the share of cases that are open."""
    desk = a_desk(chance, days=1, cases_a_day=400, needs=ONE_TO_NINE, weather=0.0, favour=0.0, haste=0.0)
    waited, is_answered, has_come = desk.seen_at(0.75 * DAY)
    waited, is_answered = waited[has_come], is_answered[has_come]
    horizon = float(desk.standard[0])
    mean = ONE_TO_NINE[0].mean_wait * horizon
    truth = mean * -float(np.expm1(-horizon / mean))
    ours = kaplan_meier(waited, is_answered).restricted_mean(horizon)
    closed = np.minimum(waited[is_answered], horizon)
    reach = normal_quantile(0.975) * float(closed.std(ddof=1)) / sqrt(len(closed))
    return (
        float(ours.low <= truth <= ours.high),
        float(abs(float(closed.mean()) - truth) <= reach),
        float(1 - is_answered.mean()),
    )


def _forgetting(chance: np.random.Generator) -> tuple[float, ...]:
    """Public cases are answered a fifth sooner where they are answered at all, and far more of them never are."""
    desk = a_desk(chance, days=60, cases_a_day=120, ratio=0.8, forgotten=(0.05, 0.35))
    contrast, found = _looked_at(desk, "wait")
    is_closed = np.isfinite(desk.wait)
    plain = desk.standards_waited[is_closed]
    public = desk.is_public[is_closed] == 1
    need = desk.need[is_closed]
    same_need = [plain[public & (need == k)].mean() - plain[~public & (need == k)].mean() for k in range(3)]
    return (
        float(found.verdict is Verdict.UNEQUAL and contrast.theta > 0),
        float(all(each < 0 for each in same_need)),
    )


# Rates at equal age


def _blind_queue(chance: np.random.Generator) -> tuple[float, ...]:
    """Log-rank tests of a queue that does not see who is public: plain, by need and day, the same in each of twelve
    weeks, and the one that may be looked at whenever one likes, each week."""
    desk = a_desk(chance, days=84, cases_a_day=60, favour=0.0, haste=0.0)
    group, stratum = desk.is_public, desk.stratum
    plain = log_rank_sums(*desk.seen_at(84 * DAY)[:2], group).test().p < 0.05
    weekly, raised = [], False
    for week in range(1, 13):
        now = week * 7 * DAY
        waited, is_answered, come = desk.seen_at(now)
        columns = (waited[come], is_answered[come], group[come], stratum[come])
        weekly.append(log_rank_sums(*columns, groups=2).test().p < 0.05)
        ends = (np.arange(int(stratum.max()) + 1) // len(desk.standard) + 1) * DAY
        raised |= anytime_log_rank(risk_sets(*columns, groups=2), followed=now - ends).is_raised
    return float(plain), float(weekly[-1]), float(any(weekly)), float(raised)


def _squeaky(louder: float) -> Callable[[np.random.Generator], tuple[float, ...]]:
    """The interval holds the true ratio; the ratio; the interval of (O1/E1) / (O0/E0) holds it; that ratio; mean wait
    of those who ever went public by that of those who never did."""

    def look(chance: np.random.Generator) -> tuple[float, ...]:
        desk = a_desk(chance, days=42, cases_a_day=80, turning=1.0, louder=louder)
        waited, is_answered, _ = desk.seen_at(42 * DAY)
        private = desk.is_public == 0
        turned = desk.turned_at[private]
        sets = risk_sets_by_then(waited[private], is_answered[private], turned, desk.stratum[private])
        seen = rate_ratio(sets, clusters=_day_of_stratum(desk))
        reach = exp(normal_quantile(0.975) * sqrt((1 / seen.expected).sum()))
        ever = turned < waited[private]
        means = [waited[private][who & is_answered[private]].mean() for who in (ever, ~ever)]
        return (
            float(seen.low <= louder <= seen.high),
            seen.ratio,
            float(seen.observed_to_expected / reach <= louder <= seen.observed_to_expected * reach),
            seen.observed_to_expected,
            float(means[0] / means[1]),
        )

    return look


def _day_of_stratum(desk: Desk) -> Ints:
    return np.arange(int(desk.stratum.max()) + 1) // len(desk.standard)


def _favoured_by_day(chance: np.random.Generator) -> tuple[float, ...]:
    """The interval of a rate ratio by days, and that of a model in which each answer comes on its own."""
    desk = a_desk(chance, days=60, cases_a_day=300, haste=0.12, needs=_SHORT_WAITS)
    waited, is_answered, _ = desk.seen_at(62 * DAY)
    sets = risk_sets(waited, is_answered, desk.is_public, desk.stratum, groups=2)
    truth = 1.0  # days weigh by how long their public cases wait, so that mean waits are what averages to none
    seen = rate_ratio(sets)
    reach = exp(normal_quantile(0.975) * sqrt((1 / seen.expected).sum()))
    return (
        float(seen.low <= truth <= seen.high),
        float(seen.observed_to_expected / reach <= truth <= seen.observed_to_expected * reach),
    )


INSIDE = Claim("the truth is inside at every look", least=0.945)
FALSE_UNEQUAL = Claim("UNEQUAL at some look, though there is no gap", most=0.05)
FALSE_EQUAL = Claim("EQUAL at some look, though the gap is the margin", most=0.05)
USUAL_DAILY = Claim("a 95 % interval, looked at on the same days, leaves the truth out", is_usual=True)
PROVEN = Claim("EQUAL by the last day")
GAP_SEEN = Claim("UNEQUAL by the last day")
HOLDS = Claim("the 95 % interval holds the truth", least=0.945)
ONCE_UNEQUAL = Claim("UNEQUAL, though there is no gap", most=0.05)
ONCE_EQUAL = Claim("EQUAL, though the gap is the margin", most=0.05)
ONCE_PROVEN = Claim("EQUAL")
ONCE_SEEN = Claim("UNEQUAL")
PLAIN_MEANS = Claim("plain means, whatever the need, differ “for sure”", is_usual=True)
MARGIN_KNOWN = Claim("EQUAL, where the margin is taken for a known number", is_usual=True)
NEVER_EQUAL = Claim("EQUAL", most=0.0)

_DAILY = (INSIDE, FALSE_UNEQUAL, PROVEN, USUAL_DAILY)
_DAILY_GAP = (INSIDE, GAP_SEEN, FALSE_EQUAL, USUAL_DAILY)
_ONCE = (HOLDS, ONCE_UNEQUAL, ONCE_PROVEN, PLAIN_MEANS)
_ONCE_GAP = (HOLDS, ONCE_SEEN, ONCE_EQUAL)


def _first(
    k: int, look: Callable[[np.random.Generator], tuple[float, ...]]
) -> Callable[[np.random.Generator], tuple[float, ...]]:
    return lambda chance: look(chance)[:k]


def _only(
    which: tuple[int, ...], look: Callable[[np.random.Generator], tuple[float, ...]]
) -> Callable[[np.random.Generator], tuple[float, ...]]:
    def some(chance: np.random.Generator) -> tuple[float, ...]:
        seen = look(chance)
        return tuple(seen[k] for k in which)

    return some


_RARE: dict[str, object] = {"needs": ONE_TO_NINE, "weather": 0.02, "cases_a_day": 160}

DAILY = (
    Trial(
        "daily: fair",
        "60 cases a day, urgent people public more often, no gap; remedy",
        _DAILY,
        _every_day("remedy", 0.0, {"days": QUARTER}),
    ),
    Trial(
        "daily: gap at the margin",
        "150 a day, public given a remedy 5 points more often",
        _DAILY_GAP,
        _every_day("remedy", 0.05, {"days": QUARTER, "cases_a_day": 150, "gap": 0.05}),
    ),
    Trial(
        "daily: gap at the margin, downwards",
        "150 a day, public given a remedy 5 points less often",
        _DAILY_GAP,
        _every_day("remedy", -0.05, {"days": QUARTER, "cases_a_day": 150, "gap": -0.05}),
    ),
    Trial(
        "daily: waits, fair",
        "60 a day, no gap; wait in standards",
        (INSIDE, FALSE_UNEQUAL, USUAL_DAILY),
        _only((0, 1, 3), _every_day("wait", 0.0, {"days": QUARTER})),
    ),
    Trial(
        "daily: waits, fair, as ratio",
        "150 a day, no gap; wait, margin 10 %",
        (FALSE_UNEQUAL, PROVEN),
        _every_day_as_ratio(days=QUARTER, cases_a_day=150),
        4000,
    ),
    Trial(
        "daily: waits, a tenth longer",
        "300 a day, public wait 10 % longer; margin 10 %",
        (GAP_SEEN, FALSE_EQUAL),
        _every_day_as_ratio(days=QUARTER, cases_a_day=300, ratio=1.1),
        4000,
    ),
    Trial(
        "daily: waits, a tenth shorter",
        "300 a day, public wait 10 % shorter; margin 10 %",
        (GAP_SEEN, FALSE_EQUAL),
        _every_day_as_ratio(days=QUARTER, cases_a_day=300, ratio=0.9),
        4000,
    ),
    Trial(
        "daily: few are lost, fair",
        "160 a day, one in ten public, all answered in a tenth of their standard but 0.3 % of both, who never are",
        (FALSE_UNEQUAL,),
        _first(1, _losing((0.003, 0.003))),
        4000,
    ),
    Trial(
        "daily: few are lost, all of them public",
        "the same, but 0.34 % of public cases and no others never are: a tenth longer; margin 10 %",
        (FALSE_EQUAL,),
        _only((1,), _losing((0.0, 0.01 / 2.9))),
        4000,
    ),
    Trial(
        "daily: amounts",
        "60 a day, no gap; amounts of remedies, very uneven",
        (INSIDE, FALSE_UNEQUAL, USUAL_DAILY),
        _only((0, 1, 3), _every_day("amount", 0.0, {"days": QUARTER})),
    ),
    Trial(
        "daily: one public case in ten",
        "160 a day, one in ten public, no gap; remedy",
        _DAILY,
        _every_day("remedy", 0.0, {"days": QUARTER, **_RARE}),
    ),
    Trial(
        "daily: one public case in ten, gap at the margin",
        "160 a day, one in ten public, 5 points less often; remedy",
        _DAILY_GAP,
        _every_day("remedy", -0.05, {"gap": -0.05, "days": QUARTER, **_RARE}),
    ),
    Trial(
        "daily: one public case in ten, amounts",
        "160 a day, one in ten public, no gap; amounts, very uneven",
        (INSIDE, FALSE_UNEQUAL, USUAL_DAILY),
        _only((0, 1, 3), _every_day("amount", 0.0, {"days": QUARTER, **_RARE})),
    ),
    Trial(
        "daily: days that favour",
        "200 a day, no gap over many days, ± 6 points on each; remedy",
        _DAILY,
        _every_day("remedy", 0.0, {"days": QUARTER, "cases_a_day": 200, "favour": 0.06}),
    ),
    Trial(
        "daily: quiet weekends",
        "150 a day, a seventh of that at weekends, no gap; remedy",
        _DAILY,
        _every_day("remedy", 0.0, {"days": QUARTER, "cases_a_day": 150, "weekend": 1 / 7}),
    ),
    Trial(
        "daily: a year",
        "40 a day, no gap, one series of 365 days; remedy",
        _DAILY,
        _every_day("remedy", 0.0, {"days": 365, "cases_a_day": 40}),
    ),
    Trial(
        "daily: three headlines",
        "150 a day, no gap; remedy, wait and in time, each at 5 % / 3",
        (
            Claim("the truth is inside for all three at every look", least=0.945),
            Claim("any of the three UNEQUAL at some look", most=0.05),
        ),
        _three_headlines,
    ),
    Trial(
        "daily: favour that lasts",
        "outside what is promised: a day’s favour (± 5 points) is half there the next day",
        tuple(Claim(claim.says) for claim in _DAILY[:2]),
        _first(2, _every_day("remedy", 0.0, {"days": QUARTER, "favour": 0.05, "lasting": 0.5, "cases_a_day": 200})),
    ),
)

ONE_LOOK = (
    Trial(
        "one look: fair, 40 days",
        "60 a day, 40 days, urgent people public more often, no gap; remedy",
        _ONCE,
        _first(4, _once("remedy", truth=0.0, days=40)),
    ),
    Trial(
        "one look: fair, 12 days",
        "60 a day, 12 days, no gap; remedy",
        _ONCE,
        _first(4, _once("remedy", truth=0.0, days=12)),
    ),
    Trial(
        "one look: waits, fair, 40 days",
        "60 a day, 40 days, no gap; wait",
        _ONCE,
        _first(4, _once("wait", truth=0.0, days=40)),
    ),
    Trial(
        "one look: waits, fair, 12 days",
        "60 a day, 12 days, no gap; wait",
        _ONCE,
        _first(4, _once("wait", truth=0.0, days=12)),
    ),
    Trial(
        "one look: gap at the margin",
        "150 a day, 40 days, public 5 points more often; remedy",
        _ONCE_GAP,
        _first(3, _once("remedy", truth=0.05, gap=0.05, days=40, cases_a_day=150)),
    ),
    Trial(
        "one look: gap at the margin, downwards",
        "150 a day, 40 days, public 5 points less often; remedy",
        _ONCE_GAP,
        _first(3, _once("remedy", truth=-0.05, gap=-0.05, days=40, cases_a_day=150)),
    ),
    Trial(
        "one look: waits, a tenth longer",
        "300 a day, 40 days, public wait 10 % longer",
        (ONCE_SEEN, ONCE_EQUAL, MARGIN_KNOWN),
        _only((1, 2, 4), _once("wait", ratio=1.1, days=40, cases_a_day=300)),
    ),
    Trial(
        "one look: waits, a tenth shorter",
        "300 a day, 40 days, public wait 10 % shorter",
        (ONCE_SEEN, ONCE_EQUAL, MARGIN_KNOWN),
        _only((1, 2, 4), _once("wait", ratio=0.9, days=40, cases_a_day=300)),
    ),
    Trial(
        "one look: one public case in ten",
        "160 a day, 40 days, one in ten public, 5 points less often; remedy",
        _ONCE_GAP,
        _first(3, _once("remedy", truth=-0.05, gap=-0.05, days=40, **_RARE)),
    ),
    Trial(
        "one look: amounts",
        "60 a day, 40 days, no gap; amounts of remedies, very uneven",
        (HOLDS, ONCE_UNEQUAL),
        _first(2, _once("amount", truth=0.0, days=40)),
    ),
    Trial(
        "one look: quiet weekends",
        "150 a day, 28 days, a seventh of that at weekends, no gap; remedy",
        _ONCE,
        _first(4, _once("remedy", truth=0.0, days=28, cases_a_day=150, weekend=1 / 7)),
    ),
    Trial(
        "one look: few are lost, fair",
        "outside what is promised: 160 a day, 40 days, one in ten public, all answered in a tenth of their standard "
        "but 0.3 % of both, who never are",
        (Claim(ONCE_UNEQUAL.says),),
        _first(1, _losing_once((0.003, 0.003))),
        4000,
    ),
    Trial(
        "one look: few are lost, all of them public",
        "outside what is promised: the same, but 0.34 % of public cases and no others: a tenth longer; margin 10 %",
        (Claim(ONCE_EQUAL.says),),
        _only((1,), _losing_once((0.0, 0.01 / 2.9))),
        4000,
    ),
    Trial(
        "one look: few days",
        "200 a day, 8 days, no day favours anybody, no gap; remedy, case by case",
        (HOLDS, ONCE_UNEQUAL, NEVER_EQUAL),
        _first(3, _once("remedy", truth=0.0, days=8, cases_a_day=200, favour=0.0, haste=0.0)),
    ),
    Trial(
        "one look: few days that favour",
        "outside what is promised: 200 a day, 8 days, each favours one group by ± 6 points",
        (Claim(HOLDS.says), Claim(ONCE_UNEQUAL.says), NEVER_EQUAL),
        _first(3, _once("remedy", truth=0.0, days=8, cases_a_day=200, favour=0.06)),
    ),
)


def _sized(
    size: int, words: str, outcome: Outcome, needs: tuple[Need, ...], margin: str, *, least: float | None = None
) -> Trial:
    return Trial(
        f"size: {words}, {size:,} cases",
        f"{size:,} public cases and nine times as many private, no gap, 60 days; {words}",
        (Claim(f"EQUAL at one look, margin {margin}", least=least),),
        _power(outcome, size, needs),
    )


def _sized_daily(words: str, alpha: float) -> Trial:
    return Trial(
        f"size: watched daily, {words}",
        f"100 cases a day, one in ten public, 90 % given a remedy, no gap; {words}",
        tuple(Claim(f"EQUAL by {times:g} × {RATES_BY_THE_BOOK} public cases") for times in _TIMES),
        _daily_power(alpha),
        4000,
    )


_RATES, _WAITS = "90 % given a remedy", "waits spread as their mean"
POWER = (
    _sized(RATES_BY_THE_BOOK, _RATES, "remedy", ONE_TO_NINE, "5 points"),
    _sized(RATES_WITH_DAYS, _RATES, "remedy", ONE_TO_NINE, "5 points"),
    _sized(RATES_ENOUGH, _RATES, "remedy", ONE_TO_NINE, "5 points", least=0.9),
    _sized(WAITS_BY_THE_BOOK, _WAITS, "wait", _SHORT_WAITS, "10 %"),
    _sized(WAITS_WITH_DAYS, _WAITS, "wait", _SHORT_WAITS, "10 %", least=0.9),
    _sized_daily("one outcome at 5 %", 0.05),
    _sized_daily("one of three headlines", ALPHA),
)

WAITING = (
    Trial(
        "open cases",
        "a table taken at 18 h of one day’s 400 cases; mean wait, counted up to a standard",
        (
            Claim("the restricted mean’s 95 % interval holds the truth", least=0.945),
            Claim("the mean of closed cases does, by its 95 % interval", is_usual=True),
            Claim("cases still open"),
        ),
        _half_open,
    ),
    Trial(
        "forgotten cases",
        "public answered a fifth sooner, if ever: 35 % never are, of private 5 %",
        (
            Claim("UNEQUAL: public wait longer", least=0.95),
            Claim("closed cases of every need say that public wait less", is_usual=True),
        ),
        _forgetting,
        4000,
    ),
    Trial(
        "a blind queue",
        "60 a day, 84 days, urgent people public more often, none served for it",
        (
            Claim("the plain log-rank test alarms", is_usual=True),
            Claim("the log-rank test by need and day alarms, once", most=0.05),
            Claim("the same, looked at in each of 12 weeks", is_usual=True),
            Claim("the anytime log-rank test alarms in any of 12 weeks", most=0.05),
        ),
        _blind_queue,
        4000,
    ),
    Trial(
        "going public while waiting: buys nothing",
        "80 a day, 42 days; waiting cases go public once a standard",
        (
            Claim("the rate ratio’s 95 % interval holds 1", least=0.945),
            Claim("the rate ratio", is_share=False),
            Claim("(O1/E1) / (O0/E0), by its usual interval, holds 1", is_usual=True),
            Claim("that ratio", is_usual=True, is_share=False),
            Claim("mean wait, ever public by never", is_usual=True, is_share=False),
        ),
        _squeaky(1.0),
        4000,
    ),
    Trial(
        "going public while waiting: buys half again the speed",
        "80 a day, 42 days; waiting cases go public once a standard, and are answered 1.5 times as fast from then on",
        (
            Claim("the rate ratio’s 95 % interval holds 1.5", least=0.945),
            Claim("the rate ratio", is_share=False),
            Claim("(O1/E1) / (O0/E0), by its usual interval, holds 1.5", is_usual=True),
            Claim("that ratio", is_usual=True, is_share=False),
            Claim("mean wait, ever public by never", is_usual=True, is_share=False),
        ),
        _squeaky(1.5),
        4000,
    ),
    Trial(
        "days that favour, rates at equal age",
        "300 a day, 60 days, mean waits of public cases ± 12 % by day, no gap",
        (
            Claim("the rate ratio’s 95 % interval, by days, holds 1", least=0.945),
            Claim("(O1/E1) / (O0/E0), answers taken one by one, holds 1", is_usual=True),
        ),
        _favoured_by_day,
        4000,
    ),
)

TRIALS = (*DAILY, *ONE_LOOK, *POWER, *WAITING)
