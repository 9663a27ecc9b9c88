"""What happened to a case, in order: what was said, what we answered, what we noted, promised, kept and missed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from evenhand.care.models import (
    Case,
    Contact,
    Correction,
    Lease,
    Note,
    Outcome,
    Ownership,
    Promise,
    Raising,
    Reply,
    Solution,
    SpamMark,
)

TITLE_LENGTH = 90

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
    ownerships: list[Ownership]
    leases: list[Lease]
    raisings: list[Raising]
    solutions: list[Solution]
    spam_marks: list[SpamMark]
    corrections: list[Correction]

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
        return sum(1 for promise in self.promises if (end := outcome_of(promise)) and end.kind == Outcome.Kind.BROKEN)

    @property
    def lease(self) -> Lease | None:
        """In whose hands it is now."""
        return next((lease for lease in self.leases if lease.ended_at is None), None)


def rows_of(case: Case) -> Rows:
    return Rows(
        contacts=list(case.contacts.all()),
        replies=list(case.replies.select_related("by")),
        notes=list(case.notes.select_related("by")),
        promises=list(case.promises.select_related("outcome__objection")),
        ownerships=list(case.ownerships.select_related("person")),
        leases=list(case.leases.select_related("person")),
        raisings=list(case.raisings.select_related("to", "by", "settled_by")),
        solutions=list(case.solutions.select_related("by", "reopening__by")),
        spam_marks=list(case.spam_marks.select_related("by", "lifted_by", "confirmed_by")),
        corrections=list(case.corrections.select_related("before", "after", "by")),
    )


def outcome_of(promise: Promise) -> Outcome | None:
    return getattr(promise, "outcome", None)


def title_of(words: str) -> str:
    """The customer's own first words: the first sentence, or as much of it as a headline holds."""
    line = next((line.strip() for line in words.splitlines() if line.strip()), "")
    for stop in (". ", "! ", "? "):
        first, found, _ = line.partition(stop)
        if found and 12 <= len(first) < TITLE_LENGTH:
            line = first + stop.strip()
    if len(line) <= TITLE_LENGTH:
        return line.removesuffix(".")
    return line[:TITLE_LENGTH].rsplit(" ", 1)[0].rstrip(",;:") + " …"


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
        yield Entry(reply.written_at, "ours", about, reply.by.name, reply.words, rank=3)
    for note in rows.notes:
        yield Entry(note.written_at, "note", "stays in", note.by.name, note.words, rank=3)


def _promises(rows: Rows, told: Told, when: When) -> Iterator[Entry]:
    for promise in rows.promises:
        yield Entry(promise.made_at, "event", _made(promise, told, when), rank=2)
        end = outcome_of(promise)
        if end is None:
            continue
        if end.kind == Outcome.Kind.BROKEN:
            what = _WHAT[Promise.Kind(promise.kind)]
            yield Entry(end.at, "event", f"Promise missed: {what} was due", is_broken=True, rank=5)
        elif end.kind == Outcome.Kind.KEPT:
            yield Entry(end.at, "event", "Promise kept", rank=5)
        elif end.kind == Outcome.Kind.ASKED:
            yield Entry(end.at, "event", "We asked in time", rank=5)
        elif end.kind == Outcome.Kind.LET_GO and promise.kind == Promise.Kind.ANSWER:
            yield Entry(end.at, "event", "The promise is no longer needed", rank=5)
        if (objection := getattr(end, "objection", None)) is not None:
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
    if promise.place_in_row > 1:
        return f"New promise: {_WHAT[Promise.Kind(promise.kind)]} by {due}{because}"
    if promise.kind == Promise.Kind.RETURN:
        return f"We come back by ourselves by {due}"
    return f"Promised {_WHAT[Promise.Kind(promise.kind)]} by {due}{told.confirmed}{because}"


def _hands(rows: Rows) -> Iterator[Entry]:
    for hand in rows.ownerships:
        yield Entry(hand.began_at, "event", f"{hand.person.name} owns it: {_WHY[Ownership.Why(hand.why)]}", rank=1)
    for lease in rows.leases:
        if lease.reason:
            before = f", before {lease.overtaken} others" if lease.overtaken > 1 else ""
            before = ", before one other" if lease.overtaken == 1 else before
            about = f"{lease.person.name} took it out of turn{before}"
            yield Entry(lease.taken_at, "event", about, words=lease.reason, rank=1)
        if lease.ended_at is not None and lease.end == Lease.End.LAPSED:
            yield Entry(lease.ended_at, "event", f"{lease.person.name} had it in hand and did not get to it", rank=0)
        elif lease.ended_at is not None and lease.end == Lease.End.GIVEN_BACK:
            yield Entry(lease.ended_at, "event", f"{lease.person.name} gave it back to its place in line", rank=0)


_WHY = {
    Ownership.Why.ADMITTED: "on duty when it came in",
    Ownership.Why.TOOK: "took the case",
    Ownership.Why.LAPSED: "the one before did not get to it",
    Ownership.Why.HANDED_ON: "was handed it",
}


def _states(rows: Rows) -> Iterator[Entry]:
    for raising in rows.raisings:
        by = f" by {raising.by.name}" if raising.by else ""
        about = f"Raised to {raising.to.name}{by}: {raising.get_why_display().lower()}"
        yield Entry(raising.at, "event", about, words=raising.because, rank=4)
        if raising.settled_at is not None:
            who = raising.settled_by.name if raising.settled_by else "The customer"
            yield Entry(raising.settled_at, "event", f"{who} has seen to it", rank=6)
    for solution in rows.solutions:
        who = solution.by.name if solution.by else "the customer"
        because = solution.because if solution.by else ""
        yield Entry(solution.at, "event", f"Solved by {who}", words=because, rank=6)
        reopening = getattr(solution, "reopening", None)
        if reopening is not None:
            who = f" by {reopening.by.name}" if reopening.by else ""
            yield Entry(reopening.at, "event", f"Opened again{who}", words=reopening.because, rank=1)
    for mark in rows.spam_marks:
        yield Entry(mark.at, "event", f"Set aside as spam by {mark.by.name}", rank=4)
        if mark.lifted_at is not None and mark.lifted_by is not None:
            yield Entry(mark.lifted_at, "event", f"Not spam, says {mark.lifted_by.name}: back in line", rank=4)
        if mark.confirmed_at is not None and mark.confirmed_by is not None:
            yield Entry(mark.confirmed_at, "event", f"{mark.confirmed_by.name} agrees that it is spam", rank=4)
    for correction in rows.corrections:
        about = f"{correction.by.name} says the need is {correction.after.name}, not {correction.before.name}"
        if correction.before_id == correction.after_id:
            about = f"{correction.by.name} confirms the need: {correction.after.name}"
        yield Entry(correction.at, "event", about, words=correction.because, rank=4)
