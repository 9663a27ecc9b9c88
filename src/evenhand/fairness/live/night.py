"""The nightly audit: a row that one process at a time works at, in steps so short that no other loop waits long.

Measure what can no longer change, add up what has matured, judge every contrast, keep each result, tell who is to be
told. A night that was missed is caught up by the next: it reads what is new since, however many days that is.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q

import evenhand
from evenhand.care.cases.catalogue import catalogue
from evenhand.care.ledger import writing as ledger
from evenhand.care.models import Case
from evenhand.fairness.live import finding, reading, tasks
from evenhand.fairness.live.contrasts import Contrast, Traits, thirds
from evenhand.fairness.live.judging import JudgedOutcome, judge_all, reference_of
from evenhand.fairness.live.measuring import Measurer, Waiting, keep, taken_back_from_spam, unmeasured
from evenhand.fairness.live.models import Clock, Measured, Night, Result, Series, Task
from evenhand.fairness.live.series import Belonging, last_judged, lay_out, policy_in_force, zone_of_the_house
from evenhand.fairness.live.standards import Standards, Yardstick
from evenhand.fairness.live.summing import (
    Matured,
    Row,
    held_back_of,
    load,
    on_now,
    rows_between,
    save,
    together,
    traits_of,
)
from evenhand.people.models import Person
from evenhand.stats.cells import Verdict

AT = 2
"""The hour of the night, where the house is."""
CHUNK = 2_000
"""Cases looked at in one step."""
CLAIMED_FOR = timedelta(minutes=10)
"""After so long, whoever claimed a night and never came back is taken to be gone."""
STAGES = ("answer", "solution", "judge")


class IsRunning(Exception):
    """Another process is at the audit; its results will be there in a moment."""

    def __init__(self) -> None:
        super().__init__("The audit is running just now. Its results will stand here in a moment.")


def audit_if_due(now: datetime) -> bool:
    """One step of tonight's audit, where there is one to do. Returns False: other loops have their turn between."""
    night = Night.objects.filter(is_done=False).first() or _begin_if_due(now)
    if night is not None:
        _step(night, now)
    return False


def ask_for_one(*, by: Person, now: datetime) -> Night:
    """Ask for an audit now; the loop takes it up within seconds. One that is under way is the one asked for."""
    with transaction.atomic():
        ledger.wait_for_turn()
        under_way = Night.objects.filter(is_done=False).first()
        if under_way is not None:
            return under_way
        night = _begin(now, by)
        ledger.write(ledger.Act("audit asked for", now, by=f"person:{by.pk}", facts={"night": night.pk}))
        return night


def run_now(*, by: Person, now: datetime) -> Night:
    """Audit now, from beginning to end, in this process. Raises IsRunning where another process is at it."""
    night = ask_for_one(by=by, now=now)
    while not night.is_done:
        if not _step(night, now):
            raise IsRunning
        night.refresh_from_db()
    return night


def _begin_if_due(now: datetime) -> Night | None:
    """Tonight's row, by whichever process makes it first; None where it is not time, or there is nothing to audit."""
    local = now.astimezone(zone_of_the_house(catalogue()))
    if local.hour < AT or Night.objects.filter(by=None, day__gte=local.date()).exists() or not Case.objects.exists():
        return None
    try:
        with transaction.atomic():
            return _begin(now, None)
    except IntegrityError:
        return None


def _begin(now: datetime, by: Person | None) -> Night:
    before = Night.objects.filter(is_done=True).order_by("-pk").first()
    first = {} if before is None else before.first_unmeasured
    return Night.objects.create(
        day=now.astimezone(zone_of_the_house(catalogue())).date(),
        by=by,
        asked_at=now,
        first_unmeasured=first,
        after=first.get(Clock.ANSWER.value, 1) - 1,
    )


def _step(night: Night, now: datetime) -> bool:
    """Claim the night, do its next step, and let it go. False where another process is at it.

    A step that fails keeps its claim: it is tried again when that has run out, not at once and for ever.
    """
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    if not Night.objects.filter(free, pk=night.pk, is_done=False).update(claimed_until=now + CLAIMED_FOR):
        return False
    night.refresh_from_db()
    began = time.process_time()
    if night.stage == "judge":
        _judge(night, now)
    else:
        _measure(night, Clock(night.stage), now)
    seconds = time.process_time() - began
    Night.objects.filter(pk=night.pk).update(claimed_until=None, seconds=F("seconds") + seconds)
    return True


def _measurer(now: datetime) -> Measurer:
    yard = Yardstick(catalogue(), Standards.known())
    return Measurer(yard, Belonging(lay_out(now)), now, last_judged())


def _measure(night: Night, clock: Clock, now: datetime) -> None:
    """Look at the next cases that are not measured; when there are none, go on to the next stage."""
    measurer = _measurer(now)
    if clock is Clock.ANSWER and night.measured == 0:
        with transaction.atomic():
            again = taken_back_from_spam()
            for which in Clock:
                keep(measurer.look(which, again).rows)
    cases = unmeasured(clock, night.after, CHUNK)
    if cases:
        looked = measurer.look(clock, cases)
        keep(looked.rows)
        night.measured += len(looked.rows)
        night.after = cases[-1]
        earliest = min(looked.left, default=None)
        if earliest is not None:
            night.first_unmeasured.setdefault(f"{clock.value}, tonight", earliest)
    if len(cases) < CHUNK:
        night.first_unmeasured[clock.value] = night.first_unmeasured.pop(f"{clock.value}, tonight", night.after + 1)
        night.stage = STAGES[STAGES.index(night.stage) + 1]
        night.after = night.first_unmeasured.get(Clock.SOLUTION.value, 1) - 1
    night.save(update_fields=["stage", "after", "measured", "first_unmeasured"])


def _waiting(night: Night, now: datetime) -> list[Waiting]:
    """Every case whose answer is not measured yet, as it stands tonight."""
    measurer, waiting = _measurer(now), list[Waiting]()
    after = night.first_unmeasured.get(Clock.ANSWER.value, 1) - 1
    while cases := unmeasured(Clock.ANSWER, after, CHUNK):
        waiting += measurer.answers(cases).waiting
        after = cases[-1]
    return waiting


def _through(now: datetime) -> date:
    """The last day that is over wherever we are."""
    book = catalogue()
    yard = Yardstick(book, Standards({}, ()))
    return min(yard.day(now, place) for place in book.places.values()) - timedelta(days=1)


def _judge(night: Night, now: datetime) -> None:
    """Add up what has matured, judge it, keep what was found and tell of it: all of it or nothing."""
    laid, policy, through = lay_out(now), policy_in_force(now), _through(now)
    waiting = _waiting(night, now)
    found = [
        _of_series(series, [each for each in waiting if each.series.pk == series.pk], through)
        for series in laid
        if series.settled_at is None
    ]
    with transaction.atomic():
        ledger.wait_for_turn()
        spoken: list[tasks.Spoken] = []
        for one in found:
            spoken += one.keep(night, now, through)
        opened = tasks.follow_up(spoken, policy, now)
        finding.tell_the_button(reading.lately().get("public", []), through, now)
        for series in laid[:-1]:
            _settle(series, night, through, now)
        Night.objects.filter(pk=night.pk).update(is_done=True, done_at=now, through=through)
        _write(night, spoken, opened, through, now)


def _write(night: Night, spoken: Sequence[tasks.Spoken], opened: Sequence[Task], through: date, now: datetime) -> None:
    verdicts = [each.result.verdict for each in spoken if each.result.verdict]
    facts = {
        "night": night.pk,
        "through": through.isoformat(),
        "found": {verdict.value: verdicts.count(verdict.value) for verdict in Verdict},
        "tasks": len(opened),
        "code": evenhand.__version__,
    }
    who = "evenhand" if night.by_id is None else f"person:{night.by_id}"
    ledger.write(ledger.Act("audited", now, by=who, facts=facts))


class _OfSeries:
    """Tonight's sums and findings of one series, made without holding anybody up, then kept at one go."""

    def __init__(self, series: Series) -> None:
        self.series = series
        self.sums: list[tuple[Contrast, Clock, Matured]] = []
        self.judged: list[tuple[Contrast, Clock, Matured, list[JudgedOutcome]]] = []

    def keep(self, night: Night, now: datetime, through: date) -> list[tasks.Spoken]:
        self.series.save(update_fields=["references", "reach_cuts", "together"])
        for contrast, clock, sums in self.sums:
            save(self.series, contrast, clock, sums, through)
        spoken: list[tasks.Spoken] = []
        for contrast, _, sums, outcomes in self.judged:
            for outcome in outcomes:
                spoken += _results(night, self.series, contrast, sums, outcome, through, now)
        Result.objects.bulk_create([each.result for each in spoken])
        return spoken


def _of_series(series: Series, waiting: Sequence[Waiting], through: date) -> _OfSeries:
    one = _OfSeries(series)
    _count_together(series, through)
    if series.reach_cuts is None and "reach" in series.policy.contrasts:
        series.reach_cuts = _reach_cuts(series, through)
    held = _held_back(series, [each.traits for each in waiting], through)
    for clock in Clock:
        shared: dict[tuple[date | None, bool], list[Row]] = {}
        young: list[Row] | None = None
        for contrast in on_now(series):
            if contrast.name == "reach" and series.reach_cuts is None:
                continue
            sums, before = load(series, contrast, clock)
            asked = (before, contrast.has_hours_of_its_own)
            if asked not in shared:
                shared[asked] = rows_between(series, clock, before, through, everywhere=asked[1])
            sums.add(shared[asked], contrast, series, clock)
            one.sums.append((contrast, clock, sums))
            reference = reference_of(series, contrast, sums)
            if reference is None:
                continue
            still = None
            if clock is Clock.ANSWER:
                if young is None or contrast.has_hours_of_its_own:
                    young = rows_between(series, clock, through, None, everywhere=contrast.has_hours_of_its_own)
                still = sums.with_waiting(young, waiting, contrast, series)
                young = None if contrast.has_hours_of_its_own else young
            outcomes = judge_all(
                series, contrast, clock, sums, still, reference, held.get(contrast.name, {}), series.policy
            )
            one.judged.append((contrast, clock, sums, outcomes))
            if any(g.group.verdict not in (None, Verdict.TOO_FEW) for each in outcomes for g in each.groups):
                series.references.setdefault(contrast.name, reference)  # whom it stands against stays so
    return one


def _count_together(series: Series, through: date) -> None:
    kept = series.together or {"through": None, "counts": {}}
    after = None if kept["through"] is None else date.fromisoformat(kept["through"])
    rows = rows_between(series, Clock.ANSWER, after, through)
    series.together = {"through": through.isoformat(), "counts": together(kept["counts"], rows)}


def _held_back(series: Series, waiting: Sequence[Traits], through: date) -> dict[str, dict[str, str]]:
    """For each contrast, the groups that are not shown, and why: over all contrasts at once.

    Two numbers are shown of a group, its matured cases and all of its cases; neither may give a small one away.
    """
    mature: Counter[Traits] = Counter()
    for text, count in series.together["counts"].items():
        mature[traits_of(text)[1]] += count
    young = (row.traits for row in rows_between(series, Clock.ANSWER, through, None))
    everybody = mature + Counter(young) + Counter(waiting)
    found: dict[str, dict[str, str]] = {}
    for counts in (everybody, mature):
        for (contrast, group), why in held_back_of(series, counts).items():
            found.setdefault(contrast, {})[group] = f"{why}, so no figure of theirs is shown"
    return found


def _reach_cuts(series: Series, through: date) -> list[int] | None:
    known = Measured.objects.filter(
        series=series, clock=Clock.ANSWER, left_out="", matures_on__lte=through, reach_band__isnull=False
    )
    return thirds([band for band in known.values_list("reach_band", flat=True) if band is not None])


_ELSEWHERE = ("group", "n", "open", "verdict")
"""What a result has a field of its own for."""


def _results(
    night: Night,
    series: Series,
    contrast: Contrast,
    sums: Matured,
    outcome: JudgedOutcome,
    through: date,
    now: datetime,
) -> list[tasks.Spoken]:
    spoken = []
    for judged in outcome.groups:
        group, same = judged.group, judged.group.same_need
        figures = {
            name: value for name, value in asdict(group).items() if name not in ("group", "n", "open", "verdict")
        }
        if judged.means is not None:
            figures["means"] = list(judged.means)
        if judged.provisional is not None:
            figures["provisional"] = asdict(judged.provisional)
        if group.group == outcome.reference:
            figures["all"] = {
                "mature": outcome.mature,
                "not_yet": outcome.not_yet,
                "horizon": outcome.horizon,
                "without": sums.without,
                "lonely": [asdict(each) for each in outcome.lonely],
            }
        result = Result(
            night=night,
            series=series,
            day=through,
            made_at=now,
            contrast=contrast.name,
            outcome=outcome.compared.name,
            group=group.group,
            reference=outcome.reference,
            n=None if judged.is_held_back else group.n,
            open=None if judged.is_held_back else group.open,
            figures=figures,
            verdict="" if group.verdict is None else group.verdict.value,
            low=same.low if same else None,
            high=same.high if same else None,
            margin=same.margin if same else None,
            not_ruled_out=same.not_ruled_out if same else None,
            code_version=evenhand.__version__,
            margins=series.policy.margins,
            inputs_hash=sums.inputs_hash,
        )
        spoken.append(tasks.Spoken(result, sums, judged.means))
    return spoken


def _settle(series: Series, night: Night, through: date, now: datetime) -> None:
    """An ended series is settled when no case of it is left to be measured, or to mature."""
    if series.settled_at is not None or series.ended_at is None:
        return
    for clock in Clock:
        measured = Measured.objects.filter(case=OuterRef("pk"), clock=clock)
        first = night.first_unmeasured.get(clock.value, 1)
        left = Case.objects.filter(~Exists(measured), pk__gte=first, opened_at__lt=series.ended_at)
        young = Measured.objects.filter(series=series, clock=clock, left_out="", matures_everywhere_on__gt=through)
        if left.exists() or young.exists():
            return
    series.settled_at = now
    series.save(update_fields=["settled_at"])
