"""The newest results as the pages read them: contrast by contrast, as an audit's findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from evenhand.care.cases.catalogue import catalogue
from evenhand.fairness.live import reading
from evenhand.fairness.live.contrasts import CONTRASTS, Contrast
from evenhand.fairness.live.models import Clock, Measured, Night, Policy, Result, Series
from evenhand.fairness.live.words import WORKING_HOURS, began_on, sentence
from evenhand.fairness.parity import findings
from evenhand.fairness.parity.findings import Audit, Outcome
from evenhand.stats.cells import Verdict

HOW = WORKING_HOURS
HEADLINE = ("public", ("wait", "in_time", "solved"))
"""What the one sentence is about: does going public buy anything? The wait says it best, then the share in time."""


BY = {
    "public": "public or private",
    "door": "way in",
    "language": "language",
    "place": "place",
    "contact": "address left or not",
    "public_before": "earlier public complaint",
    "reach": "followers",
}
"""What the groups of a contrast differ in, after "by"."""


def _named(one: findings.OutcomeFinding, needs: Mapping[str, str], contrast: Contrast) -> findings.OutcomeFinding:
    """The same, with needs by their names, and whoever was seen alone, as they are called."""
    lonely = tuple(
        replace(each, need=needs.get(each.need, each.need), group=contrast.label(each.group)) for each in one.lonely
    )
    return replace(one, lonely=lonely)


@dataclass(frozen=True)
class Of:
    """What the newest night found of one contrast: of the latest series that knows anything of it."""

    contrast: Contrast
    series: Series
    results: tuple[Result, ...]

    @cached_property
    def verdict(self) -> Verdict:
        """Over every outcome: one gap is a gap, and the same only where all are."""
        return findings.overall(tuple(Verdict(each.verdict) for each in self.judged))

    @cached_property
    def finding(self) -> findings.Contrast:
        """As an audit's finding, without curves: groups and needs are called as in sentences."""
        told = reading.as_contrast(self.results, self.contrast)
        names = {slug: need.name for slug, need in catalogue().needs.items()}
        outcomes = tuple(_named(one, names, self.contrast) for one in told.outcomes)
        return replace(told, by=BY.get(self.contrast.name, told.by), outcomes=outcomes)

    def with_curves(self) -> findings.Contrast:
        """The same, with the curves of those still waiting. They are made anew from the sums of the series."""
        of_outcome = {Outcome.WAIT: Clock.ANSWER, Outcome.SOLVED: Clock.SOLUTION}
        outcomes = []
        for one in self.finding.outcomes:
            clock = of_outcome.get(one.outcome)
            drawn: tuple[findings.Curve, ...] = ()
            if clock is not None:
                made = reading.curves(self.series, self.contrast.name, clock)
                drawn = tuple(replace(each, group=self.contrast.label(each.group)) for each in made)
            outcomes.append(replace(one, curves=drawn))
        return replace(self.finding, outcomes=tuple(outcomes))

    def result(self, outcome: str, group: str) -> Result | None:
        return next((each for each in self.results if (each.outcome, each.group) == (outcome, group)), None)

    @property
    def judged(self) -> list[Result]:
        return [each for each in self.results if each.verdict]

    @property
    def groups(self) -> list[str]:
        """Every group but the reference, those found different first, then the largest."""
        rank = {Verdict.UNEQUAL.value: 0, Verdict.NOT_PROVEN.value: 1, Verdict.EQUAL.value: 1, Verdict.TOO_FEW.value: 2}
        best: dict[str, tuple[int, int]] = {}
        for each in self.judged:
            at = (rank[each.verdict], -(each.n or 0))
            best[each.group] = min(at, best.get(each.group, at))
        return sorted(best, key=lambda name: (best[name], name))


@dataclass(frozen=True)
class Found:
    """All that was found lately. night: the last that is done; running: one that is under way."""

    policy: Policy
    night: Night | None
    running: Night | None
    contrasts: tuple[Of, ...]
    newest: Series | None

    @classmethod
    def lately(cls) -> Found:
        policy = Policy.objects.in_force()
        results = reading.lately()
        contrasts = [
            Of(contrast, of[0].series, tuple(of))
            for contrast in CONTRASTS
            if contrast.name in policy.contrasts and (of := results.get(contrast.name))
        ]
        return cls(
            policy=policy,
            night=Night.objects.filter(is_done=True).select_related("by").order_by("-pk").first(),
            running=Night.objects.filter(is_done=False).first(),
            contrasts=tuple(contrasts),
            newest=Series.objects.order_by("-number").first(),
        )

    def of(self, name: str) -> Of | None:
        return next((one for one in self.contrasts if one.contrast.name == name), None)

    @cached_property
    def verdict(self) -> Verdict:
        """Over all contrasts: one gap is a gap."""
        return findings.overall(tuple(one.verdict for one in self.contrasts))

    @cached_property
    def headline(self) -> Result | None:
        """What the sentence is about: public against private, on the outcome that stands worst."""
        name, outcomes = HEADLINE
        of = self.of(name)
        if of is None:
            return None
        there = [found for outcome in outcomes if (found := of.result(outcome, "public")) is not None]
        worst_first = [Verdict.UNEQUAL, Verdict.NOT_PROVEN, Verdict.EQUAL, Verdict.TOO_FEW]
        return min(there, key=lambda each: worst_first.index(Verdict(each.verdict)), default=None)

    @property
    def sentence(self) -> str | None:
        """The finding in one sentence, with its uncertainty."""
        return None if self.headline is None else sentence(self.headline)

    @property
    def old_series(self) -> Series | None:
        """The series shown, where a newer one has begun and knows nothing yet."""
        shown = {one.series.pk: one.series for one in self.contrasts if one.judged}
        return next((each for each in shown.values() if self.newest is not None and each.pk != self.newest.pk), None)

    def audit(self, contrasts: Sequence[findings.Contrast] | None = None) -> Audit:
        """As `evenhand audit` tells it: in the same schema, with how it was made."""
        night = self.night
        series = max((one.series for one in self.contrasts), key=lambda each: each.number, default=None)
        out = left_out(series) if series is not None else {}
        newest = next((each for one in self.contrasts for each in one.results), None)
        assumed: dict[str, Any] = {
            "censored_at": night.through.isoformat() if night and night.through else None,
            "zone": "of each place",
            "need": ["need"],
            "start": "the first contact was sent",
            "end": "the first answer of a person reached them",
            "calendar": "the working hours of each place",
        }
        return Audit(
            rows=measured(series) + sum(out.values()) if series is not None else 0,
            left_out=out,
            assumed=assumed,
            warnings=(),
            contrasts=tuple(contrasts if contrasts is not None else (one.finding for one in self.contrasts)),
            made=_made(night, newest),
        )


def _made(night: Night | None, newest: Result | None) -> dict[str, str]:
    if night is None or newest is None:
        return {}
    done_at = "" if night.done_at is None else night.done_at.isoformat(timespec="seconds")
    return {
        "version": newest.code_version,
        "time": done_at,
        "series": str(newest.series.number),
        "since": began_on(newest.series).isoformat(),
        "inputs": newest.inputs_hash,
    }


def measured(series: Series) -> int:
    """How many cases have been measured on the clock of the answer."""
    return Measured.objects.filter(series=series, clock=Clock.ANSWER, left_out="").count()


def left_out(series: Series) -> dict[str, int]:
    """How many cases no verdict rests on, by reason; those of which there is none are not named."""
    return {reason: count for reason, count in reading.left_out(series).items() if count}
