"""What staff and customers do to a case, and what each act makes of its promises and its place in line."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F

from evenhand.care.asking import find, find_all, get
from evenhand.care.cases import hands
from evenhand.care.cases.catalogue import catalogue
from evenhand.care.cases.models import (
    Case,
    Contact,
    Lease,
    Note,
    Raising,
    Reopening,
    Reply,
    Solution,
)
from evenhand.care.inserting import insert_all
from evenhand.care.ledger import writing as ledger
from evenhand.care.promises.calibration import Calibration as Stretch
from evenhand.care.promises.calibration import Served
from evenhand.care.promises.making import Teller, Told
from evenhand.care.promises.models import Calibration, Outcome, Promise
from evenhand.care.promises.rounding import is_stretched
from evenhand.people.models import Person

LEAST_LEASE = timedelta(minutes=15)
MOST_RENEWALS = 2
FOR_UPDATE = {"sqlite": "", "postgresql": "FOR NO KEY UPDATE"}
"""SQLite has one writer at a time."""

PROMISE_FIELDS = (
    "case_id",
    "kind",
    "need_id",
    "started_at",
    "made_at",
    "due_at",
    "renew_at",
    "standard",
    "standard_due_at",
    "forecast",
    "reason",
    "renews_id",
    "place_in_row",
)


class Stale(Exception):
    """Somebody acted on the case since this page was opened: both texts are kept, and a person decides."""

    def __init__(self, case: Case, words: str = "") -> None:
        super().__init__(f"{case.reference} has changed since you opened it. Your words are kept here.")
        self.case, self.words = case, words


class NotPossible(Exception):
    """The act does not fit the state of the case; the message says what to do instead."""


def locked(case_id: int, version: int | None = None, words: str = "") -> Case:
    """The case, for this transaction alone; Stale when it is not the version that the person saw."""
    ledger.wait_for_turn()
    case = get(Case, case_id, and_then=FOR_UPDATE[connection.vendor])
    case.line = catalogue().of_line(case.line_id)
    if version is not None and case.version != version:
        raise Stale(case, words)
    return case


def changed(case: Case, **fields: object) -> None:
    """Write fields of the case; its version grows, so that whoever acts on an older one is told."""
    Case.objects.filter(pk=case.pk).update(version=F("version") + 1, **fields)
    case.version += 1
    for name, value in fields.items():
        setattr(case, name, value)


def promise_row(case_id: int, need_id: int, told: Told, renews: Promise | None = None) -> tuple[object, ...]:
    """A promise as insert_all takes it; see PROMISE_FIELDS."""
    return (
        case_id,
        told.kind.value,
        need_id,
        told.started_at,
        told.made_at,
        told.due_at,
        told.renew_at,
        told.standard,
        told.standard_due_at,
        told.forecast,
        told.reason,
        renews.pk if renews else None,
        renews.place_in_row + (told.due_at > renews.due_at) if renews else 1,  # an earlier time moves nobody
    )


def make(case: Case, told: Told, renews: Promise | None = None) -> Promise:
    """Make a promise; the running one of its kind must have its outcome already."""
    insert_all(Promise, PROMISE_FIELDS, [promise_row(case.pk, case.line.need_id, told, renews)])
    promise = running(case, told.kind)
    assert promise is not None
    ledger.write(promised(case.reference, told, promise.place_in_row))
    return promise


def promised(reference: str, told: Told, place_in_row: int = 1) -> ledger.Act:
    return ledger.Act(
        "promised",
        told.made_at,
        reference,
        facts={
            "kind": told.kind.value,
            "due_at": told.due_at.isoformat(),
            "started_at": told.started_at.isoformat(),
            "standard_s": int(told.standard.total_seconds()),
            "forecast_s": None if told.forecast is None else int(told.forecast.total_seconds()),
            "place_in_row": place_in_row,
        },
    )


def end(promise: Promise, kind: Outcome.Kind, at: datetime, now: datetime, reply: Reply | None = None) -> None:
    """Write down what became of a promise. Two may meet here: it has one outcome, and the first wins.

    What had run out by then is broken, since when it was due, whatever ends it.
    """
    if at > promise.due_at:
        kind, at, reply = Outcome.Kind.BROKEN, promise.due_at, None
    outcome = (promise.pk, kind.value, at, now, reply.pk if reply else None)
    if insert_all(Outcome, ("promise_id", "kind", "at", "judged_at", "reply_id"), [outcome], or_leave=True):
        Promise.objects.filter(pk=promise.pk).update(is_running=False)
        promise.is_running = False
        ledger.write(
            ledger.Act(
                f"promise {kind.value}",
                now,
                promise.case.reference,
                facts={
                    "promise": promise.pk,
                    "kind": promise.kind,
                    "due_at": promise.due_at.isoformat(),
                    "at": at.isoformat(),
                },
            )
        )


def all_running(case: Case) -> dict[str, Promise]:
    """Kind → the running promise of that kind, in the order in which they were made."""
    found = find_all(Promise, "case_id = %s AND is_running ORDER BY made_at, id", case.pk)
    for promise in found:
        promise.case = case
    return {promise.kind: promise for promise in found}


def running(case: Case, kind: Promise.Kind) -> Promise | None:
    return all_running(case).get(kind)


def lease_until(case: Case, now: datetime) -> datetime:
    """A lease ends when half the time left has run on the need's clock, at least after fifteen minutes."""
    clock = catalogue().clock(case.line, now)
    promises = all_running(case)
    promise = promises.get(Promise.Kind.ANSWER) or promises.get(Promise.Kind.RETURN)
    left = clock.between(now, promise.due_at) if promise is not None else timedelta(0)
    return max(clock.after(now, left / 2) if left else now, now + LEAST_LEASE)


@transaction.atomic
def reached(written: Reply, at: datetime, now: datetime) -> None:
    """A person's answer has reached the customer: it keeps the promises it answers to. Harmless to repeat."""
    case = locked(written.case_id)
    if not Reply.objects.filter(pk=written.pk, reached_at=None).update(reached_at=at):
        return
    written.reached_at = at
    kinds = [Promise.Kind.ANSWER, Promise.Kind.RETURN]
    if written.kind == Reply.Kind.SOLUTION:
        kinds.append(Promise.Kind.SOLUTION)
    if written.by.is_supervisor:
        kinds.append(Promise.Kind.SUPERVISOR)
    for promise in all_running(case).values():
        if promise.kind not in kinds or promise.made_at > written.written_at:
            continue
        if promise.kind == Promise.Kind.RETURN and promise.made_at == written.written_at:
            continue  # the question's own
        how = Outcome.Kind.KEPT
        if written.kind == Reply.Kind.QUESTION and promise.kind == Promise.Kind.ANSWER:
            how = Outcome.Kind.ASKED
        end(promise, how, at, now, written)
        _learn(promise, written)
    if case.solved_at is not None:
        let_go_of_all_but_a_supervisor_s(case, now)
    elif case.first_unanswered_at is not None and running(case, Promise.Kind.RETURN) is None:
        promise_an_answer(case, case.first_unanswered_at, now)  # they wrote while it was on its way
    settle_raisings(case, written.by, now)


def _learn(promise: Promise, written: Reply) -> None:
    """How long the case truly waited teaches the next forecasts of its line."""
    if promise.kind != Promise.Kind.ANSWER or promise.forecast is None or promise.place_in_row != 1:
        return
    row, _ = Calibration.objects.select_for_update().get_or_create(
        line_id=promise.case.line_id, defaults={"updated_at": written.written_at}
    )
    book = catalogue()
    line = book.of_line(promise.case.line_id)
    hours = book.working_time(line.place, promise.made_at)
    served = Served(
        at=written.written_at,
        waited=max(written.written_at - promise.made_at, timedelta(0)),
        forecast=promise.forecast,
        told=promise.due_at - promise.made_at,
        is_stretched=is_stretched(
            promise.due_at,
            promise.standard_due_at,
            promise.made_at,
            clock=hours,
            zone=line.place.zone,
            is_danger=line.need.is_danger,
        ),
    )
    row.state = Stretch.from_json(row.state).after(served).to_json()
    row.updated_at = written.written_at
    row.save(update_fields=["state", "updated_at"])


def renew(
    case: Case, before: Promise, told: Told, now: datetime, by: Person | None = None, reason: str = ""
) -> Promise:
    end(before, Outcome.Kind.RENEWED, now, now)
    told = Told(**{**told.__dict__, "reason": reason[:300] or told.reason})
    promise = make(case, told, before)
    changed(case)
    return promise


def raise_to_supervisor(
    case: Case, why: Raising.Why, now: datetime, *, by: Person | None = None, because: str = ""
) -> Raising:
    """Bring the case before a supervisor, by name."""
    to = hands.supervisor_for(case.line.place, now)
    raising = Raising.objects.create(case=case, why=why, because=because, to=to, by=by, at=now)
    if case.raised_at is None:
        case.raised_at = now
        Case.objects.filter(pk=case.pk).update(raised_at=now)
    who = f"person:{by.pk}" if by else "customer" if why == Raising.Why.ASKED else "evenhand"
    ledger.write(ledger.Act("raised", now, case.reference, who, {"why": why.value, "to": to.pk}))
    return raising


def settle_raisings(case: Case, by: Person | None, now: datetime) -> int:
    """Mark as seen to what this person may settle: a supervisor all of it, an answer all but a call for one."""
    if case.raised_at is None:
        return 0
    unsettled = Raising.objects.filter(case=case, settled_at=None)
    if by is not None and not by.is_supervisor:
        unsettled = unsettled.exclude(why__in=[Raising.Why.ASKED, Raising.Why.STAFF])
    settled = unsettled.update(settled_at=now, settled_by=by)
    if settled:
        ledger.write(
            ledger.Act("seen to", now, case.reference, f"person:{by.pk}" if by else "customer", {"count": settled})
        )
    if not Raising.objects.filter(case=case, settled_at=None).exists():
        case.raised_at = None
        Case.objects.filter(pk=case.pk).update(raised_at=None)
    return settled


def last_start(case: Case) -> datetime:
    """Since when the customer waits, or last waited: when the clock of their last answer or solution began."""
    waits = "case_id = %s AND kind IN (%s, %s) ORDER BY made_at DESC, id DESC LIMIT 1"
    last = find(Promise, waits, case.pk, Promise.Kind.ANSWER.value, Promise.Kind.SOLUTION.value)
    return last.started_at if last is not None else case.opened_at


def close(case: Case, by: Person | None, because: str, now: datetime) -> Solution:
    solution = Solution.objects.create(
        case=case,
        by=by,
        because=because,
        at=now,
        waited_since=case.first_unanswered_at or last_start(case),
    )
    hands.end_lease(case, Lease.End.ACTED, now)
    hands.count_open(case.owner_id, -1)
    changed(case, solved_at=now, first_unanswered_at=None, lease_ends_at=None, returns_at=None)
    ledger.write(
        ledger.Act("solved", now, case.reference, f"person:{by.pk}" if by else "customer", {"because": because[:200]})
    )
    return solution


def resume(case: Case, by: Person | None, because: str, now: datetime, since: datetime | None = None) -> None:
    """The clock stopped at the solution and resumes: the working time used before it counts, what came after not."""
    solution = case.solutions.filter(reopening=None).latest("at")
    Reopening.objects.create(solution=solution, by=by, because=because, at=now)
    hands.count_open(case.owner_id, +1)
    changed(case, solved_at=None)
    hands.own_again(case, now)
    ledger.write(
        ledger.Act(
            "reopened",
            now,
            case.reference,
            f"person:{by.pk}" if by else "customer",
            {"because": because[:200]},
        )
    )
    clock = catalogue().clock(case.line, now)
    used = clock.between(since or solution.waited_since or solution.at, solution.at)
    back_in_line(case, clock.before(now, used), now)


def back_in_line(case: Case, since: datetime, now: datetime) -> None:
    """Take the place in line of that moment, and promise an answer from it."""
    let_go(case, Promise.Kind.RETURN, now)
    since = min(since, now)
    changed(case, first_unanswered_at=since, returns_at=None)
    promise_an_answer(case, since, now)


def promise_an_answer(case: Case, since: datetime, now: datetime) -> None:
    """An answer is promised to whoever waits, unless one is."""
    if running(case, Promise.Kind.ANSWER) is None:
        make(case, Teller(catalogue(), now).answer(case.line, since, case.language))


def let_go(case: Case, kind: Promise.Kind, now: datetime) -> None:
    if (promise := running(case, kind)) is not None:
        end(promise, Outcome.Kind.LET_GO, now, now)


def let_go_of_all(case: Case, now: datetime) -> None:
    let_go_of_all_but_a_supervisor_s(case, now)
    let_go(case, Promise.Kind.SUPERVISOR, now)


def let_go_of_all_but_a_supervisor_s(case: Case, now: datetime) -> None:
    """Whoever asked for a supervisor hears from one, whatever else is solved."""
    found = all_running(case)
    for kind in (Promise.Kind.ANSWER, Promise.Kind.RETURN, Promise.Kind.SOLUTION):
        if (promise := found.get(kind)) is not None:
            end(promise, Outcome.Kind.LET_GO, now, now)


def look_again_by(case: Case, now: datetime) -> datetime:
    """By when a second person looks at what is set aside as spam."""
    clock = catalogue().working_time(case.line.place, now)
    return clock.after(now, clock.working_days(1))


def finders() -> ledger.Finders:
    """Where the ledger finds the words it commits to."""
    return {
        "contact": lambda keys: {
            str(uid): words for uid, words in Contact.objects.filter(uid__in=_uids(keys)).values_list("uid", "words")
        },
        "reply": lambda keys: {
            str(uid): words for uid, words in Reply.objects.filter(uid__in=_uids(keys)).values_list("uid", "words")
        },
        "note": lambda keys: {
            str(pk): words for pk, words in Note.objects.filter(pk__in=_numbers(keys)).values_list("pk", "words")
        },
    }


def _uids(keys: Iterable[str]) -> list[str]:
    """Those that are one at all: a key that was tampered with finds nothing."""
    return [key for key in keys if re.fullmatch(r"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", key)]


def _numbers(keys: Iterable[str]) -> list[int]:
    return [int(key) for key in keys if key.isdigit()]
