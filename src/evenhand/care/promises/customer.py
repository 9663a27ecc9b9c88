"""What the customer does to a case of theirs, and what it makes of place and promises."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from evenhand.care.cases.catalogue import catalogue
from evenhand.care.cases.models import (
    Case,
    Contact,
    Raising,
)
from evenhand.care.ledger import writing as ledger
from evenhand.care.promises import keeping
from evenhand.care.promises.making import Teller
from evenhand.care.promises.models import Objection, Outcome, Promise

OBJECTION_WITHIN = timedelta(days=1)


@transaction.atomic
def heard_again(contact: Contact, now: datetime) -> Promise | None:
    """A further contact about the same matter: it joins the case and keeps its place, whatever the door.

    Returns the promise that holds for it: the running one, or a new one where nothing was waiting.
    """
    case = keeping.locked(contact.case_id)
    _heard(case, contact, now)
    if case.solved_at is not None:
        keeping.resume(case, None, "the customer wrote again", now)
    else:
        _waits(case, contact.sent_at, now)
    return keeping.running(case, Promise.Kind.ANSWER)


@transaction.atomic
def was_no_answer(contact: Contact, now: datetime) -> Promise | None:
    """The customer says that what we sent was no answer: the case has its old place again.

    Said within a day, the promise that the reply kept counts as not kept.
    """
    case = keeping.locked(contact.case_id)
    _heard(case, contact, now)
    kept = (
        Outcome.objects.filter(
            promise__case=case,
            promise__kind=Promise.Kind.ANSWER,
            kind__in=[Outcome.Kind.KEPT, Outcome.Kind.ASKED],
            objection=None,
        )
        .select_related("promise")
        .order_by("-at", "-pk")
        .first()
    )
    if kept is not None and contact.sent_at - kept.at <= OBJECTION_WITHIN:
        Objection.objects.create(outcome=kept, contact=contact, at=now)
        ledger.write(ledger.Act("objected", now, case.reference, "customer", {"promise": kept.promise_id}))
    since = kept.promise.started_at if kept is not None else None
    if case.solved_at is not None:
        keeping.resume(case, None, "the customer says that this was no answer", now, since=since)
    else:
        _waits(case, since or contact.sent_at, now)
    return keeping.running(case, Promise.Kind.ANSWER)


@transaction.atomic
def solved_by_customer(contact: Contact, now: datetime) -> None:
    """The customer says that it is solved: no promise is needed any more."""
    case = keeping.locked(contact.case_id)
    _heard(case, contact, now)
    if case.spam_at is None:
        keeping.let_go_of_all(case, now)
        keeping.settle_raisings(case, None, now)
    if case.is_open:
        keeping.close(case, None, "the customer says so", now)
    else:
        keeping.changed(case)


@transaction.atomic
def not_solved(contact: Contact, now: datetime) -> Promise | None:
    """The customer says that it is not solved: the case resumes with its old clock."""
    case = keeping.locked(contact.case_id)
    _heard(case, contact, now)
    if case.solved_at is not None:
        keeping.resume(case, None, "the customer says that it is not solved", now)
    else:
        _waits(case, contact.sent_at, now)
    return keeping.running(case, Promise.Kind.ANSWER)


@transaction.atomic
def wants_supervisor(contact: Contact, now: datetime) -> Promise:
    """One press, in private: a supervisor answers within two working hours, the same for everyone."""
    case = keeping.locked(contact.case_id)
    _heard(case, contact, now)
    if (promise := keeping.running(case, Promise.Kind.SUPERVISOR)) is not None:
        keeping.changed(case)
        return promise
    keeping.raise_to_supervisor(case, Raising.Why.ASKED, now, because=contact.words)
    if case.solved_at is not None:
        keeping.resume(case, None, "the customer asks for a supervisor", now)
    else:
        keeping.changed(case)
    return keeping.make(case, Teller(catalogue(), now).supervisor(case.line))


@transaction.atomic
def wants_call_back(contact: Contact, now: datetime) -> Promise | None:
    """A call instead of a letter: the place in line is kept."""
    return heard_again(contact, now)


def _waits(case: Case, since: datetime, now: datetime) -> None:
    """The customer of an unsolved case waits since then; who waits already keeps their place, or an earlier one.

    What is set aside as spam waits for whoever looks at it, also where a second person had agreed.
    """
    if case.spam_at is not None:
        _waits_aside(case, since, now)
    elif case.first_unanswered_at is None:
        keeping.back_in_line(case, since, now)
    else:
        keeping.changed(case, first_unanswered_at=min(since, case.first_unanswered_at))


def _waits_aside(case: Case, since: datetime, now: datetime) -> None:
    mark = case.spam_marks.filter(lifted_at=None).latest("at")
    mark.waited_since = min(since, mark.waited_since or since)
    if mark.confirmed_at is not None:
        mark.confirmed_at = mark.confirmed_by = None
        mark.look_again_by = keeping.look_again_by(case, now)
        ledger.write(ledger.Act("to be looked at again", now, case.reference, "customer"))
    mark.save(update_fields=["waited_since", "confirmed_at", "confirmed_by", "look_again_by"])
    keeping.changed(case)


def _heard(case: Case, contact: Contact, now: datetime) -> None:
    ledger.write(
        ledger.Act(
            "told us more",
            now,
            case.reference,
            "customer",
            {"contact": str(contact.uid), "kind": contact.kind, "sent_at": contact.sent_at.isoformat()},
            [ledger.Kept("words", "contact", str(contact.uid), contact.words)],
        )
    )
