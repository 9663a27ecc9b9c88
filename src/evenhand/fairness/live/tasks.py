"""Who is told of a gap, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from evenhand.care.cases.catalogue import catalogue
from evenhand.care.ledger import writing as ledger
from evenhand.fairness.live.contrasts import OUTCOMES, Compared
from evenhand.fairness.live.judging import means_between
from evenhand.fairness.live.models import Clock, Gap, Policy, Result, Task
from evenhand.fairness.live.series import next_quarter, zone_of_the_house
from evenhand.fairness.live.summing import Matured
from evenhand.fairness.live.words import sentence, what_it_takes
from evenhand.people.models import Duty, Person
from evenhand.stats.cells import Verdict

QUIET = timedelta(weeks=4)
"""So long NOT PROVEN, and somebody is told what it would take."""

_OUTCOME = {compared.name: compared for compared in OUTCOMES}


class NotClosed(ValueError):
    """A task stays open; the message says what is missing."""


@dataclass(frozen=True)
class Spoken:
    """What one series says tonight of one group and outcome, with the sums behind it."""

    result: Result
    sums: Matured
    means: tuple[float, float] | None


def person_for(policy: Policy, now: datetime) -> Person | None:
    """Whom tasks go to: the policy's person while they work here; else an administrator or a supervisor, those on
    duty first; else whoever may act. None where nobody works here at all."""
    if policy.tasks_to is not None and policy.tasks_to.may_act:
        return policy.tasks_to
    on_duty = set(Duty.objects.at(now).values_list("person_id", flat=True))
    rank = {Person.Role.ADMINISTRATOR: 0, Person.Role.SUPERVISOR: 1}
    people = [person for person in Person.objects.who_act().order_by("pk") if person.role in rank]
    people.sort(key=lambda person: (person.pk not in on_duty, rank[Person.Role(person.role)], person.pk))
    return people[0] if people else Person.objects.who_act().order_by("pk").first()


def follow_up(spoken: Iterable[Spoken], policy: Policy, now: datetime) -> list[Task]:
    """Open and close gaps by what tonight says, and tell somebody of each gap that is new or quiet for too long.

    Where two series speak of the same thing, the later one that knows anything is listened to.
    """
    latest: dict[tuple[str, str, str], Spoken] = {}
    for each in spoken:  # in the order of their series
        if each.result.verdict not in ("", Verdict.TOO_FEW):
            latest[each.result.contrast, each.result.outcome, each.result.group] = each
    opened: list[Task] = []
    gaps = {(gap.contrast, gap.outcome, gap.group, gap.reference): gap for gap in Gap.objects.open()}
    for each in latest.values():
        result = each.result
        gap = gaps.get((result.contrast, result.outcome, result.group, result.reference))
        if result.verdict == Verdict.UNEQUAL and gap is None:
            opened += _open_gap(each, policy, now)
        elif result.verdict == Verdict.EQUAL and gap is not None:
            _close_gap(gap, each, now)
        elif result.verdict == Verdict.NOT_PROVEN and gap is None and is_quiet(result):
            opened += _note(result, policy, now)
    return opened


def is_quiet(result: Result) -> bool:
    """Whether this has been NOT PROVEN, and nothing else, for four weeks of one series."""
    before = Result.objects.of(result.contrast, result.outcome, result.group).filter(series=result.series_id)
    lately = before.filter(day__gt=result.day - QUIET).exclude(verdict=Verdict.NOT_PROVEN)
    return (
        before.filter(day__lte=result.day - QUIET, verdict=Verdict.NOT_PROVEN).exists()
        and not lately.exists()
        and not before.filter(verdict=Verdict.UNEQUAL).exists()
    )


def _open_gap(spoken: Spoken, policy: Policy, now: datetime) -> list[Task]:
    result, clock = spoken.result, _OUTCOME[spoken.result.outcome].clock
    assert spoken.means is not None
    gap = Gap.objects.create(
        contrast=result.contrast,
        clock=clock,
        outcome=result.outcome,
        group=result.group,
        reference=result.reference,
        since=result.day,
        opened_by=result,
        before=_told(spoken.means),
    )
    return _open(Task.Kind.GAP, result, clock, sentence(result), policy, now, gap)


def _note(result: Result, policy: Policy, now: datetime) -> list[Task]:
    clock = _OUTCOME[result.outcome].clock
    already = Task.objects.filter(
        kind=Task.Kind.NOTE,
        contrast=result.contrast,
        clock=clock,
        group=result.group,
        result__series=result.series_id,
    )
    if already.exists():
        return []
    ends = next_quarter(result.series.began_at, zone_of_the_house(catalogue())).date()
    return _open(Task.Kind.NOTE, result, clock, what_it_takes(result, ends), policy, now)


PROBES = "probes"


def open_for_pairs(says: str, now: datetime) -> list[Task]:
    """Tell somebody that the same words did not get the same in public as in private: a fault, and no chance."""
    about = {
        "kind": Task.Kind.PAIR,
        "contrast": PROBES,
        "clock": Clock.ANSWER,
        "group": "public",
        "reference": "private",
    }
    return _open_about(about, says, Policy.objects.in_force(), now)


def _open(
    kind: Task.Kind, result: Result, clock: Clock, says: str, policy: Policy, now: datetime, gap: Gap | None = None
) -> list[Task]:
    about = {
        "kind": kind,
        "contrast": result.contrast,
        "clock": clock,
        "group": result.group,
        "reference": result.reference,
    }
    return _open_about(about, says, policy, now, result, gap)


def _open_about(
    about: Mapping[str, str],
    says: str,
    policy: Policy,
    now: datetime,
    result: Result | None = None,
    gap: Gap | None = None,
) -> list[Task]:
    """Open a task, unless one about the same people on the same clock is open: it then says this as well."""
    there = Task.objects.open().filter(**about).first()
    if there is not None:
        there.says = f"{there.says} {says}"
        there.save(update_fields=["says"])
        return []
    to = person_for(policy, now)
    if to is None:
        return []
    task = Task.objects.create(**about, to=to, result=result, gap=gap, says=says, opened_at=now)
    facts = {"task": str(task.uid), "kind": about["kind"], "to": to.pk, "result": str(result.uid) if result else ""}
    ledger.write(ledger.Act("audit task opened", now, facts=facts))
    return [task]


def _close_gap(gap: Gap, spoken: Spoken, now: datetime) -> None:
    result, compared = spoken.result, _OUTCOME[gap.outcome]
    after = spoken.means
    if gap.opened_by.series_id == result.series_id:
        # Within one series the sums hold the time before as well: only what matured since then counts as after.
        since = means_between(spoken.sums, compared, gap.group, gap.reference, gap.since.toordinal())
        after = since or after
    assert after is not None
    gap.until, gap.closed_by, gap.after = result.day, result, _told(after)
    gap.levelled = levelled(gap.before, gap.after, compared).value
    gap.save(update_fields=["until", "closed_by", "after", "levelled"])
    facts = {"gap": gap.pk, "contrast": gap.contrast, "outcome": gap.outcome, "levelled": gap.levelled}
    ledger.write(ledger.Act("gap closed", now, facts=facts))


def levelled(before: Mapping[str, float], after: Mapping[str, float], compared: Compared) -> Gap.Levelled:
    """Up where most of a closed gap is that those who had it worse have it better; down where the others fell."""
    better = 1.0 if compared.name == "in_time" else -1.0  # a longer wait is worse, and so is being asked back
    has_it_worse = better * before["group"] < better * before["reference"]
    worse, best = ("group", "reference") if has_it_worse else ("reference", "group")
    gained = better * (after[worse] - before[worse])
    lost = better * (before[best] - after[best])
    return Gap.Levelled.UP if gained >= lost else Gap.Levelled.DOWN


def _told(means: tuple[float, float]) -> dict[str, float]:
    return {"group": means[0], "reference": means[1]}


@transaction.atomic
def close(task: Task, *, by: Person, words: str, now: datetime) -> Task:
    """Say what was done about a task. Harmless to repeat; raises NotClosed without words, or for an auditor."""
    if not words.strip():
        raise NotClosed("Say what was done, or why nothing is to be done: it stands beside the gap.")
    if not by.may_act:
        raise NotClosed("An auditor reads, and closes no task.")
    ledger.wait_for_turn()
    if not Task.objects.open().filter(pk=task.pk).update(closed_at=now, closed_by=by, words=words.strip()):
        task.refresh_from_db()
        return task
    task.refresh_from_db()
    kept = ledger.Kept("words", "audit task", str(task.uid), task.words)
    ledger.write(
        ledger.Act("audit task closed", now, by=f"person:{by.pk}", facts={"task": str(task.uid)}, words=[kept])
    )
    return task
