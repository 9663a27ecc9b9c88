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
    if case.spam_at is not None:
        keeping.changed(case)
        return keeping.running(case, Promise.Kind.ANSWER)
    if case.solved_at is not None:
        keeping.resume(case, None, "the customer wrote again", now)
    elif case.first_unanswered_at is None:
        keeping.back_in_line(case, contact.sent_at, now)
    else:
        keeping.changed(case)
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
    since = contact.sent_at
    if kept is not None:
        since = kept.promise.started_at
        if contact.sent_at - kept.at <= OBJECTION_WITHIN:
            Objection.objects.create(outcome=kept, contact=contact, at=now)
            ledger.write(ledger.Act("objected", now, case.reference, "customer", {"promise": kept.promise_id}))
    if case.solved_at is not None:
        keeping.resume(case, None, "the customer says that this was no answer", now, since=since)
    elif case.first_unanswered_at is None and case.spam_at is None:
        keeping.back_in_line(case, since, now)
    else:
        keeping.changed(case)
    return keeping.running(case, Promise.Kind.ANSWER)


@transaction.atomic
def solved_by_customer(contact: Contact, now: datetime) -> None:
    """The customer says that it is solved: no promise is needed any more."""
    case = keeping.locked(contact.case_id)
    _heard(case, contact, now)
    if case.is_open:
        for promise in Promise.objects.filter(case=case, is_running=True).select_related("case"):
            keeping.end(promise, Outcome.Kind.LET_GO, now, now)
        keeping.close(case, None, "the customer says so", now)
        keeping.settle_raisings(case, None, now)


@transaction.atomic
def not_solved(contact: Contact, now: datetime) -> Promise | None:
    """The customer says that it is not solved: the case resumes with its old clock."""
    case = keeping.locked(contact.case_id)
    _heard(case, contact, now)
    if case.solved_at is not None:
        keeping.resume(case, None, "the customer says that it is not solved", now)
    return keeping.running(case, Promise.Kind.ANSWER)


@transaction.atomic
def wants_supervisor(contact: Contact, now: datetime) -> Promise:
    """One press, in private: a supervisor answers within two working hours, the same for everyone."""
    case = keeping.locked(contact.case_id)
    _heard(case, contact, now)
    if (promise := keeping.running(case, Promise.Kind.SUPERVISOR)) is not None:
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
