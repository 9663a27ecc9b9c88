"""What happened to a case, in order: what was said, what we answered, what we noted, promised, kept and missed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeVar

from django.db.models import Model

from evenhand.care.cases.catalogue import catalogue
from evenhand.care.models import (
    Case,
    Contact,
    Correction,
    Lease,
    Note,
    Objection,
    Outcome,
    Ownership,
    Promise,
    Raising,
    Reopening,
    Reply,
    Solution,
    SpamMark,
)
from evenhand.people.models import Person

Row = TypeVar("Row", bound=Model)

Kind = Literal["said", "ours", "note", "event"]
When = Callable[[datetime], str]


@dataclass(frozen=True)
class Entry:
    """One thing that happened. Words are shown as they are; about is our sentence on them, or the event itself."""

    at: datetime
    kind: Kind
    about: str
    who: str = ""
    words: str = ""
    is_broken: bool = False
    is_new: bool = False
    rank: int = 0


@dataclass(frozen=True)
class Told:
    """What the room that sees the doors adds: the customer's name, and in words how each thing came and went."""

    name: str = "The customer"
    came: Mapping[int, str] = field(default_factory=dict)
    went: Mapping[int, str] = field(default_factory=dict)
    confirmed: str = ""


@dataclass(frozen=True)
class Rows:
    """All rows of one case, each kind read once."""

    contacts: list[Contact]
    replies: list[Reply]
    notes: list[Note]
    promises: list[Promise]
    outcomes: dict[int, Outcome]
    objections: dict[int, Objection]
    ownerships: list[Ownership]
    leases: list[Lease]
    raisings: list[Raising]
    solutions: list[Solution]
    reopenings: dict[int, Reopening]
    spam_marks: list[SpamMark]
    corrections: list[Correction]
    names: dict[int, str]
    needs: dict[int, str]

    @property
    def running(self) -> list[Promise]:
        """The running promises, the one that a person waits for first."""
        order = {Promise.Kind.ANSWER: 0, Promise.Kind.RETURN: 1, Promise.Kind.SUPERVISOR: 2, Promise.Kind.SOLUTION: 3}
        return sorted(
            (promise for promise in self.promises if promise.is_running),
            key=lambda promise: (order[Promise.Kind(promise.kind)], promise.due_at),
        )

    @property
    def broken(self) -> int:
        return sum(1 for outcome in self.outcomes.values() if outcome.kind == Outcome.Kind.BROKEN)

    @property
    def lease(self) -> Lease | None:
        """In whose hands it is now."""
        return next((lease for lease in self.leases if lease.ended_at is None), None)


def rows_of(case: Case) -> Rows:
    """Each kind of row in one query, and the names of all the people in them in one more."""
    contacts, replies, notes = _all(Contact, case), _all(Reply, case), _all(Note, case)
    ownerships, leases, raisings = _all(Ownership, case), _all(Lease, case), _all(Raising, case)
    spam_marks, corrections = _all(SpamMark, case), _all(Correction, case)
    promises, outcomes = _all(Promise, case), _all(Outcome, case, through=Promise)
    solutions = _all(Solution, case)
    reopenings = _all(Reopening, case, through=Solution) if solutions else []
    objected = Objection.objects.filter(outcome__in=outcomes) if any(map(_is_kept, outcomes)) else ()
    people: list[int | None] = [*(each.person_id for each in ownerships), *(each.person_id for each in leases)]
    people += [each.by_id for each in replies] + [each.by_id for each in notes] + [each.by_id for each in corrections]
    people += [each.by_id for each in solutions] + [each.by_id for each in reopenings]
    for raising in raisings:
        people += (raising.by_id, raising.to_id, raising.settled_by_id)
    for mark in spam_marks:
        people += (mark.by_id, mark.lifted_by_id, mark.confirmed_by_id)
    named = Person.objects.filter(pk__in={person for person in people if person is not None})
    return Rows(
        contacts=sorted(contacts, key=lambda contact: (contact.sent_at, contact.pk)),
        replies=replies,
        notes=notes,
        promises=sorted(promises, key=lambda promise: (promise.made_at, promise.pk)),
        outcomes={outcome.promise_id: outcome for outcome in outcomes},
        objections={objection.outcome_id: objection for objection in objected},
        ownerships=ownerships,
        leases=leases,
        raisings=raisings,
        solutions=solutions,
        reopenings={reopening.solution_id: reopening for reopening in reopenings},
        spam_marks=spam_marks,
        corrections=corrections,
        names=dict(named.values_list("pk", "name")),
        needs={pk: need.name for pk, need in catalogue().need_by_id.items()},
    )


def _all(kind: type[Row], case: Case, *, through: type[Model] | None = None) -> list[Row]:
    """The rows of one kind that belong to a case, directly or through a row that does.

    In plain SQL: a page asks a dozen times, and most of that time would go into building the same queries anew.
    """
    table = kind._meta.db_table
    sql = f"SELECT * FROM {table} WHERE case_id = %s"  # noqa: S608 - the names of our own tables
    if through is not None:
        key, other = through._meta.model_name, through._meta.db_table
        sql = f"SELECT {table}.* FROM {table} JOIN {other} ON {other}.id = {key}_id WHERE case_id = %s"  # noqa: S608
    return list(kind._default_manager.raw(sql, [case.pk]))


def _is_kept(outcome: Outcome) -> bool:
    return outcome.kind in {Outcome.Kind.KEPT, Outcome.Kind.ASKED}


def story_of(rows: Rows, told: Told, when: When, since: datetime | None = None) -> list[Entry]:
    """Everything, oldest first. when: says a time as people at the place say it. since: what is later is new."""
    entries = [*_spoken(rows, told), *_promises(rows, told, when), *_hands(rows), *_states(rows)]
    entries.sort(key=lambda entry: (entry.at, entry.rank))
    if since is None:
        return entries
    return [Entry(**{**entry.__dict__, "is_new": entry.at > since}) for entry in entries]


_PRESSED = {
    Contact.Kind.NO_ANSWER: "{} says that this was no answer",
    Contact.Kind.SUPERVISOR: "{} asks for a supervisor",
    Contact.Kind.CALL_BACK: "{} asks for a call back",
    Contact.Kind.SOLVED: "{} says that it is solved",
    Contact.Kind.NOT_SOLVED: "{} says that it is not solved",
}
_REPLIED = {
    Reply.Kind.SOLUTION: "solves it",
    Reply.Kind.ANSWER: "an answer, not yet the solution",
    Reply.Kind.QUESTION: "asks something",
}


def _spoken(rows: Rows, told: Told) -> Iterator[Entry]:
    for contact in rows.contacts:
        pressed = _PRESSED.get(Contact.Kind(contact.kind))
        if pressed:
            yield Entry(contact.sent_at, "event", pressed.format(told.name))
        if contact.words:
            yield Entry(contact.sent_at, "said", told.came.get(contact.pk, ""), told.name, contact.words)
    for reply in rows.replies:
        about = f"{_REPLIED[Reply.Kind(reply.kind)]} · {told.went.get(reply.pk, 'on their private page')}"
        yield Entry(reply.written_at, "ours", about, rows.names[reply.by_id], reply.words, rank=3)
    for note in rows.notes:
        yield Entry(note.written_at, "note", "stays in", rows.names[note.by_id], note.words, rank=3)


def _promises(rows: Rows, told: Told, when: When) -> Iterator[Entry]:
    for promise in rows.promises:
        yield Entry(promise.made_at, "event", _made(promise, told, when), rank=2)
        end = rows.outcomes.get(promise.pk)
        if end is None:
            continue
        what = _WHAT[Promise.Kind(promise.kind)]
        if end.kind == Outcome.Kind.BROKEN:
            yield Entry(end.at, "event", f"Promise missed: {what} was due", is_broken=True, rank=5)
        elif end.kind == Outcome.Kind.KEPT:
            yield Entry(end.at, "event", f"Promise kept: {what}", rank=5)
        elif end.kind == Outcome.Kind.ASKED:
            yield Entry(end.at, "event", "We asked in time", rank=5)
        elif end.kind == Outcome.Kind.LET_GO and promise.kind == Promise.Kind.ANSWER:
            yield Entry(end.at, "event", "The promise is no longer needed", rank=5)
        if (objection := rows.objections.get(end.pk)) is not None:
            yield Entry(objection.at, "event", "So the promise counts as not kept", is_broken=True, rank=5)


_WHAT = {
    Promise.Kind.ANSWER: "an answer",
    Promise.Kind.SOLUTION: "the solution",
    Promise.Kind.SUPERVISOR: "a supervisor's answer",
    Promise.Kind.RETURN: "our coming back",
}


def _made(promise: Promise, told: Told, when: When) -> str:
    due = when(promise.due_at)
    because = f". {promise.reason.removesuffix('.')}" if promise.reason else ""
    if promise.renews_id is not None:
        return f"New promise: {_WHAT[Promise.Kind(promise.kind)]} by {due}{because}"
    if promise.kind == Promise.Kind.RETURN:
        return f"We come back by ourselves by {due}"
    return f"Promised {_WHAT[Promise.Kind(promise.kind)]} by {due}{told.confirmed}{because}"


def _hands(rows: Rows) -> Iterator[Entry]:
    for hand in rows.ownerships:
        about = f"{rows.names[hand.person_id]} owns it: {_WHY[Ownership.Why(hand.why)]}"
        yield Entry(hand.began_at, "event", about, rank=1)
    for lease in rows.leases:
        holder = rows.names[lease.person_id]
        if lease.reason:
            before = ", before one other" if lease.overtaken == 1 else f", before {lease.overtaken} others"
            about = f"{holder} took it out of turn{before if lease.overtaken else ''}"
            yield Entry(lease.taken_at, "event", about, words=lease.reason, rank=1)
        if lease.ended_at is not None and lease.end in _PUT_DOWN:
            yield Entry(lease.ended_at, "event", f"{holder} {_PUT_DOWN[Lease.End(lease.end)]}")


_PUT_DOWN = {
    Lease.End.LAPSED: "had it in hand and did not get to it",
    Lease.End.GIVEN_BACK: "gave it back to its place in line",
}
_WHY = {
    Ownership.Why.ADMITTED: "on duty when it came in",
    Ownership.Why.TOOK: "took the case",
    Ownership.Why.LAPSED: "the one before did not get to it",
    Ownership.Why.HANDED_ON: "was handed it",
}


def _states(rows: Rows) -> Iterator[Entry]:
    for raising in rows.raisings:
        by = f" by {rows.names[raising.by_id]}" if raising.by_id else ""
        about = f"Raised to {rows.names[raising.to_id]}{by}: {raising.get_why_display().lower()}"
        yield Entry(raising.at, "event", about, words=raising.because, rank=4)
        if raising.settled_at is not None:
            who = rows.names[raising.settled_by_id] if raising.settled_by_id else "The customer"
            yield Entry(raising.settled_at, "event", f"{who} has seen to it", rank=6)
    for solution in rows.solutions:
        who = rows.names[solution.by_id] if solution.by_id else "the customer"
        because = solution.because if solution.by_id else ""
        yield Entry(solution.at, "event", f"Solved by {who}", words=because, rank=6)
        if (reopening := rows.reopenings.get(solution.pk)) is not None:
            who = f" by {rows.names[reopening.by_id]}" if reopening.by_id else ""
            yield Entry(reopening.at, "event", f"Opened again{who}", words=reopening.because, rank=1)
    for mark in rows.spam_marks:
        yield Entry(mark.at, "event", f"Set aside as spam by {rows.names[mark.by_id]}", rank=4)
        if mark.lifted_at is not None and mark.lifted_by_id is not None:
            about = f"No spam, says {rows.names[mark.lifted_by_id]}: back in line"
            yield Entry(mark.lifted_at, "event", about, rank=4)
        if mark.confirmed_at is not None and mark.confirmed_by_id is not None:
            about = f"{rows.names[mark.confirmed_by_id]} agrees that it is spam"
            yield Entry(mark.confirmed_at, "event", about, rank=4)
    for correction in rows.corrections:
        who, after = rows.names[correction.by_id], rows.needs[correction.after_id]
        about = f"{who} says the need is {after}, not {rows.needs[correction.before_id]}"
        if correction.before_id == correction.after_id:
            about = f"{who} confirms the need: {after}"
        yield Entry(correction.at, "event", about, words=correction.because, rank=4)
