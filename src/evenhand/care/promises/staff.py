"""What staff do to a case: answer, note, promise anew, solve, hand on, raise, set aside."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import transaction

from evenhand.care.cases import hands
from evenhand.care.cases.catalogue import catalogue
from evenhand.care.cases.models import (
    Case,
    Lease,
    Note,
    Ownership,
    Raising,
    Reply,
    Solution,
    SpamMark,
)
from evenhand.care.ledger import writing as ledger
from evenhand.care.promises import keeping
from evenhand.care.promises.making import Teller
from evenhand.care.promises.models import Promise
from evenhand.people.models import Person


@transaction.atomic
def reply(
    case_id: int,
    *,
    by: Person,
    words: str,
    kind: Reply.Kind,
    version: int | None,
    now: datetime,
    by_when: datetime | None = None,
) -> Reply:
    """Answer the customer. It solves the case, makes the next promise, or asks with a day to come back on.

    by_when: for an answer, the day by which it will be solved (the solve standard's when None); for a question,
    the day on which we come back by ourselves. The promise it keeps is kept when the reply has reached the
    customer: see reached(). Raises Stale, NotPossible.
    """
    case = keeping.locked(case_id, version, words)
    if not words.strip():
        raise keeping.NotPossible("A reply needs words. Nothing was sent.")
    if case.spam_at is not None:
        raise keeping.NotPossible(
            "This case is set aside as spam. Take it out of there first; your words are kept here."
        )
    if kind is Reply.Kind.QUESTION and (by_when is None or by_when <= now):
        raise keeping.NotPossible("A question needs a day, still to come, on which we come back by ourselves.")
    if by_when is not None and by_when <= now:
        raise keeping.NotPossible(
            "The time you promise lies in the past. Choose a later one; your words are kept here."
        )
    written = Reply.objects.create(uid=uuid.uuid4(), case=case, by=by, kind=kind, words=words.strip(), written_at=now)
    ledger.write(
        ledger.Act(
            "replied",
            now,
            case.reference,
            f"person:{by.pk}",
            {"reply": str(written.uid), "kind": kind.value},
            [ledger.Kept("words", "reply", str(written.uid), written.words)],
        )
    )
    hands.end_lease(case, Lease.End.ACTED, now)
    if case.owner_id != by.pk:
        hands.make_owner(case, by.pk, Ownership.Why.TOOK, now)
    if case.solved_at is not None:
        keeping.changed(case)
        return written
    since = case.first_unanswered_at or keeping.last_start(case)
    if kind is Reply.Kind.SOLUTION:
        keeping.close(case, by, "", now)
        return written
    teller = Teller(catalogue(), now)
    keeping.changed(case, first_unanswered_at=None, lease_ends_at=None, returns_at=None)
    if kind is Reply.Kind.QUESTION:
        assert by_when is not None
        keeping.let_go(case, Promise.Kind.RETURN, now)
        told = teller.come_back(case.line, by_when)
        keeping.make(case, told)
        keeping.changed(case, returns_at=told.renew_at)
    elif (promise := keeping.running(case, Promise.Kind.SOLUTION)) is None:
        keeping.make(case, teller.solution(case.line, since, by_when))
    elif by_when is not None and by_when > promise.due_at:
        _may_be_moved(promise)
        keeping.renew(case, promise, teller.again(promise, case.line, timedelta(0), by_when), now, by)
    return written


@transaction.atomic
def note(case_id: int, *, by: Person, words: str, now: datetime) -> Note:
    """Write down what stays in. It moves nothing and reaches nobody outside."""
    if not words.strip():
        raise keeping.NotPossible("A note needs words.")
    case = keeping.locked(case_id)
    written = Note.objects.create(case=case, by=by, words=words.strip(), written_at=now)
    ledger.write(
        ledger.Act(
            "noted",
            now,
            case.reference,
            f"person:{by.pk}",
            {"note": written.pk},
            [ledger.Kept("words", "note", str(written.pk), written.words)],
        )
    )
    return written


@transaction.atomic
def promise_anew(
    case_id: int, *, by: Person, due_at: datetime, reason: str, version: int | None, now: datetime
) -> Promise:
    """A later time than the one told, with the reason, before the old one breaks; at most twice."""
    case = keeping.locked(case_id, version, reason)
    before = keeping.running(case, Promise.Kind.ANSWER) or keeping.running(case, Promise.Kind.SOLUTION)
    if before is None:
        raise keeping.NotPossible("No promise is running here. Answer the customer, and say by when it is solved.")
    if not reason.strip():
        raise keeping.NotPossible("Say why it takes longer: the customer reads it.")
    if due_at <= before.due_at:
        raise keeping.NotPossible("The new time is not later than the one we promised.")
    if before.due_at <= now:
        raise keeping.NotPossible("The time we promised is over. A new promise is being made; load the page again.")
    _may_be_moved(before)
    told = Teller(catalogue(), now).again(before, case.line, timedelta(0), due_at)
    return keeping.renew(case, before, told, now, by, reason.strip())


def _may_be_moved(promise: Promise) -> None:
    if promise.place_in_row > keeping.MOST_RENEWALS:
        raise keeping.NotPossible(
            "This promise was moved twice already. Raise it to a supervisor, who calls the customer."
        )


@transaction.atomic
def solve(case_id: int, *, by: Person, because: str, version: int | None, now: datetime) -> Solution:
    """Close what is solved already; who waits for an answer is answered, not closed.

    It keeps no promise: only an answer does. One of a supervisor's runs on.
    """
    case = keeping.locked(case_id, version, because)
    if case.solved_at is not None:
        return case.solutions.latest("at")
    if case.spam_at is not None:
        raise keeping.NotPossible("This case is set aside as spam. Take it out of there first.")
    if case.first_unanswered_at is not None:
        raise keeping.NotPossible("The customer waits for an answer. Write it, then send and solve.")
    if not because.strip():
        raise keeping.NotPossible("Say how it was solved.")
    keeping.let_go_of_all_but_a_supervisor_s(case, now)
    return keeping.close(case, by, because.strip(), now)


@transaction.atomic
def reopen(case_id: int, *, by: Person, because: str, version: int | None, now: datetime) -> Case:
    case = keeping.locked(case_id, version, because)
    if case.solved_at is not None:
        keeping.resume(case, by, because, now)
    return case


@transaction.atomic
def hand_on(case_id: int, *, by: Person, to: Person, version: int | None, now: datetime) -> Case:
    """Give the case to a colleague; it keeps its place."""
    case = keeping.locked(case_id, version)
    hands.end_lease(case, Lease.End.GIVEN_BACK, now)
    hand_to(case, to.pk, now)
    return case


def hand_to(case: Case, person_id: int, now: datetime) -> None:
    """Name another owner. A case that waits for its solution alone is in line again: whoever was at it is not now."""
    waits_for_its_solution = case.is_open and case.first_unanswered_at is None and case.returns_at is None
    if waits_for_its_solution and case.owner_id != person_id:
        keeping.changed(case, first_unanswered_at=keeping.last_start(case))
    else:
        keeping.changed(case)
    hands.make_owner(case, person_id, Ownership.Why.HANDED_ON, now)


@transaction.atomic
def raise_by_staff(case_id: int, *, by: Person, because: str, now: datetime) -> Raising:
    case = keeping.locked(case_id)
    if not because.strip():
        raise keeping.NotPossible("Say what the supervisor should see to.")
    raising = keeping.raise_to_supervisor(case, Raising.Why.STAFF, now, by=by, because=because.strip())
    keeping.changed(case)
    return raising


@transaction.atomic
def set_aside_as_spam(case_id: int, *, by: Person, version: int | None, now: datetime) -> SpamMark:
    """Out of the line, in plain sight, with a clock: a second person looks at it within a working day."""
    case = keeping.locked(case_id, version)
    if not case.is_open:
        raise keeping.NotPossible("Only an open case can be set aside.")
    mark = SpamMark.objects.create(
        case=case,
        by=by,
        at=now,
        look_again_by=keeping.look_again_by(case, now),
        waited_since=case.first_unanswered_at,
    )
    hands.end_lease(case, Lease.End.ACTED, now)
    hands.count_open(case.owner_id, -1)
    keeping.changed(case, spam_at=now, first_unanswered_at=None, lease_ends_at=None, returns_at=None)
    ledger.write(ledger.Act("set aside as spam", now, case.reference, f"person:{by.pk}"))
    return mark


@transaction.atomic
def not_spam(case_id: int, *, by: Person, now: datetime) -> Case:
    """Back in line at the old place: nobody loses time to our mistake."""
    case = keeping.locked(case_id)
    mark = case.spam_marks.filter(lifted_at=None).order_by("-at").first()
    if case.spam_at is None or mark is None:
        return case
    SpamMark.objects.filter(pk=mark.pk).update(lifted_at=now, lifted_by=by)
    hands.count_open(case.owner_id, +1)
    keeping.changed(case, spam_at=None)
    ledger.write(ledger.Act("not spam", now, case.reference, f"person:{by.pk}"))
    hands.own_again(case, now)
    if mark.waited_since is not None:
        keeping.back_in_line(case, mark.waited_since, now)
    elif (promise := keeping.running(case, Promise.Kind.RETURN)) is not None:
        keeping.changed(case, returns_at=promise.renew_at)
    elif keeping.running(case, Promise.Kind.SOLUTION) is None:
        keeping.back_in_line(case, keeping.last_start(case), now)
    return case


@transaction.atomic
def is_spam(case_id: int, *, by: Person, now: datetime) -> None:
    """A second person agrees: its promises are let go. It stays to be read, and can still be taken out."""
    case = keeping.locked(case_id)
    mark = case.spam_marks.filter(lifted_at=None).order_by("-at").first()
    if mark is None or case.spam_at is None:
        return
    if mark.by_id == by.pk:
        raise keeping.NotPossible("A second person has to look: you set it aside yourself.")
    if mark.confirmed_at is not None:
        return
    SpamMark.objects.filter(pk=mark.pk).update(confirmed_at=now, confirmed_by=by)
    keeping.let_go_of_all(case, now)
    keeping.changed(case)
    ledger.write(ledger.Act("is spam", now, case.reference, f"person:{by.pk}"))
