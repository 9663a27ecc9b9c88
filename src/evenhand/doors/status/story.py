"""A case as its customer reads it: newest first, every hand by name, every promise with what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from evenhand.care.cases.titles import title_of
from evenhand.care.models import (
    Case,
    Contact,
    Outcome,
    Ownership,
    Promise,
    Raising,
    Reopening,
    Reply,
    Solution,
    SpamMark,
)
from evenhand.doors.models import Arrival, Message
from evenhand.ui import times


@dataclass(frozen=True)
class Step:
    """One thing that happened. mark: kept, broken or nothing. said: words as they were said, the customer's or ours."""

    at: datetime
    rank: int
    head: str
    more: str = ""
    said: str = ""
    way: str = ""
    mark: str = ""


@dataclass(frozen=True)
class Standing:
    """How the case stands: what is largest on the page. state: running, missed, solved, aside or seen.

    supervisor: the promise of a supervisor's answer, where another one comes first. looked_at_by: when a second person
    looks at what was set aside.
    """

    state: str
    promise: Promise | None = None
    share_used: float = 0.0
    supervisor: Promise | None = None
    looked_at_by: datetime | None = None


class Rows:
    """Everything of one case that its customer may read, each kind asked for once."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.contacts = list(Contact.objects.filter(case=case))
        self.doors = dict(Arrival.objects.filter(contact__case=case).values_list("contact_id", "door"))
        self.replies = list(Reply.objects.filter(case=case).select_related("by"))
        self.owners = list(Ownership.objects.filter(case=case).select_related("person"))
        self.promises = list(Promise.objects.filter(case=case).select_related("need"))
        self.outcomes = {
            outcome.promise_id: outcome
            for outcome in Outcome.objects.filter(promise__case=case).select_related("objection")
        }
        self.raisings = list(Raising.objects.filter(case=case).select_related("to"))
        self.solutions = list(Solution.objects.filter(case=case).select_related("by"))
        self.reopenings = list(Reopening.objects.filter(solution__case=case))
        self.confirmed_to = (
            Message.objects.filter(case=case, kind=Message.Kind.CONFIRMATION, state=Message.State.ACCEPTED)
            .values_list("to__address", flat=True)
            .first()
        )


def title(rows: Rows) -> str:
    return title_of(next((contact.words for contact in rows.contacts if contact.words), ""))


def standing(rows: Rows, now: datetime) -> Standing:
    """Which promise the customer waits on, and how it stands."""
    case = rows.case
    if case.solved_at is not None:
        return Standing("solved")
    if case.spam_at is not None:
        mark = SpamMark.objects.filter(case=case, lifted_at=None).order_by("-at").first()
        is_settled = mark is None or mark.confirmed_at is not None
        return Standing("aside", looked_at_by=None if is_settled or mark is None else mark.look_again_by)
    order = [Promise.Kind.ANSWER, Promise.Kind.RETURN, Promise.Kind.SUPERVISOR, Promise.Kind.SOLUTION]
    running = sorted(
        (promise for promise in rows.promises if promise.is_running),
        key=lambda each: order.index(Promise.Kind(each.kind)),
    )
    if not running:
        return Standing("seen")
    promise = running[0]
    supervisor = next((each for each in running[1:] if each.kind == Promise.Kind.SUPERVISOR), None)
    share = (now - promise.made_at) / (promise.due_at - promise.made_at)
    renewed = rows.outcomes.get(promise.renews_id or 0)
    is_missed = promise.due_at <= now or (renewed is not None and renewed.kind == Outcome.Kind.BROKEN)
    return Standing("missed" if is_missed else "running", promise, min(max(share, 0.0), 1.0), supervisor)


def answer_stands(rows: Rows) -> bool:
    """Whether there is an answer that its customer has not said to be none."""
    answered_at = max((each.written_at for each in rows.replies if each.kind != Reply.Kind.QUESTION), default=None)
    if answered_at is None:
        return False
    return not any(each.kind == Contact.Kind.NO_ANSWER and each.sent_at >= answered_at for each in rows.contacts)


def story(rows: Rows, now: datetime) -> list[Step]:
    """All steps, newest first."""
    zone = ZoneInfo(rows.case.line.place.zone)
    steps = [
        *_told(rows),
        *_replied(rows),
        *_hands(rows.owners),
        *_promised(rows, zone, now),
        *_raised(rows.raisings),
        *_solved(rows),
    ]
    return sorted(steps, key=lambda step: (step.at, step.rank), reverse=True)


def _told(rows: Rows) -> Iterator[Step]:
    is_first = True
    for contact in rows.contacts:
        way = came_by(rows.doors.get(contact.pk, ""))
        if contact.kind == Contact.Kind.WORDS:
            head = _("We received your message.") if is_first else _("You added to your case. Your place is kept.")
            more = _("We confirmed it to %(address)s.") % {"address": rows.confirmed_to} if rows.confirmed_to else ""
            yield Step(contact.sent_at, 0, head, more if is_first else "", said=contact.words, way=way, mark="kept")
            is_first = False
            continue
        head = {
            Contact.Kind.NO_ANSWER: _("You said that this was no answer."),
            Contact.Kind.SUPERVISOR: _("You asked for a supervisor."),
            Contact.Kind.CALL_BACK: _("You asked for a call back. Your place is kept."),
            Contact.Kind.SOLVED: _("You said that it is solved."),
            Contact.Kind.NOT_SOLVED: _("You said that it is not solved."),
        }[Contact.Kind(contact.kind)]
        yield Step(contact.sent_at, 0, head, said=contact.words)


def _replied(rows: Rows) -> Iterator[Step]:
    for reply in rows.replies:
        head = {
            Reply.Kind.ANSWER: _("%(name)s answered you."),
            Reply.Kind.SOLUTION: _("%(name)s answered you, and thinks that it is solved."),
            Reply.Kind.QUESTION: _("%(name)s asks you something."),
        }[Reply.Kind(reply.kind)] % {"name": reply.by.name}
        yield Step(reply.written_at, 2, head, said=reply.words, mark="kept")


def _hands(owners: list[Ownership]) -> Iterator[Step]:
    for number, hand in enumerate(owners):
        name = {"name": hand.person.name}
        if number == 0:
            head, more = _("%(name)s owns it.") % name, _("On duty when it came in, with the fewest open cases.")
        elif hand.why == Ownership.Why.TOOK:
            head, more = _("%(name)s has started on it, and owns it now.") % name, ""
        elif hand.why == Ownership.Why.LAPSED:
            head, more = _("%(name)s owns it now.") % name, _("The one before did not get to it. Your place is kept.")
        else:
            head, more = _("%(name)s owns it now.") % name, _("Your place is kept.")
        yield Step(hand.began_at, 1, head, more)


def _promised(rows: Rows, zone: ZoneInfo, now: datetime) -> Iterator[Step]:
    language = get_language() or "en"
    following = {promise.renews_id: promise for promise in rows.promises}
    for promise in rows.promises:
        due = {"when": times.when(promise.due_at, zone, now, language)}
        head = {
            Promise.Kind.ANSWER: _("We promised an answer by %(when)s."),
            Promise.Kind.SOLUTION: _("We promised that it is solved by %(when)s."),
            Promise.Kind.SUPERVISOR: _("We promised that a supervisor answers by %(when)s."),
            Promise.Kind.RETURN: _("We promised to come back to you by %(when)s."),
        }[Promise.Kind(promise.kind)] % due
        yield Step(promise.made_at, 3, head, promise.reason)
        if (outcome := rows.outcomes.get(promise.pk)) is not None:
            yield from _became(promise, outcome, due, following.get(promise.pk))


def _became(promise: Promise, outcome: Outcome, due: dict[str, str], following: Promise | None) -> Iterator[Step]:
    if outcome.kind == Outcome.Kind.BROKEN:
        head = _("We missed our promise.")
        more = _("You were told %(when)s. That counts against us, and a supervisor has been told.") % due
        yield Step(outcome.at, 4, head, more, mark="broken")
    elif outcome.kind in {Outcome.Kind.KEPT, Outcome.Kind.ASKED}:
        if hasattr(outcome, "objection"):
            more = _("You said that it was no answer, so it does not count as kept.")
            yield Step(outcome.objection.at, 4, _("That promise was not kept."), more, mark="broken")
        else:
            yield Step(outcome.at, 4, _("We kept our promise of %(when)s.") % due, mark="kept")
    elif following is not None and following.due_at < promise.due_at:
        yield Step(outcome.at, 2, _("It is more urgent than we first read: you are answered sooner."))
    elif outcome.kind == Outcome.Kind.RENEWED:
        yield Step(outcome.at, 2, _("It takes longer than we said; we told you before the time was over."))


def _raised(raisings: Iterable[Raising]) -> Iterator[Step]:
    for raising in raisings:
        name = {"name": raising.to.name}
        yield Step(raising.at, 5, _("%(name)s, a supervisor, has been told.") % name)
        if raising.settled_at is not None and raising.settled_by_id is not None:
            yield Step(raising.settled_at, 5, _("A supervisor has seen to it."))


def _solved(rows: Rows) -> Iterator[Step]:
    for solution in rows.solutions:
        if solution.by is not None and solution.because:
            yield Step(solution.at, 6, _("%(name)s closed it as solved.") % {"name": solution.by.name}, mark="kept")
    for reopening in rows.reopenings:
        yield Step(reopening.at, 6, _("It is open again, with the clock it had."))


def came_by(door: str) -> str:
    """In the same quiet words for every door."""
    return {
        "form": _("on the web"),
        "button": _("on the web"),
        "status": _("on this page"),
        "api": _("by another program"),
        "file": _("from earlier records"),
    }.get(door, "")
