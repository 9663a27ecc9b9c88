"""The line and "Next". Blind: nothing here, nor in the rows it reads, knows how a contact came in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Left

from evenhand.care.cases import hands
from evenhand.care.cases.catalogue import Catalogue, catalogue
from evenhand.care.cases.models import Case, Contact, Lease, Line
from evenhand.care.cases.order import Head, in_order, pick
from evenhand.care.ledger import writing as ledger
from evenhand.care.promises import keeping
from evenhand.care.promises.models import Promise
from evenhand.care.triage.models import Correction, Judged
from evenhand.people.models import Person

COUNTED_TO = 1_000
"""Counts stop here: beyond it, "1,000+" says all that matters."""

CHUNK = 10
WORDS_SHOWN = 400


class NeedsReason(Exception):
    """Another than the head of the line was asked for, without saying why."""


@dataclass(frozen=True, slots=True)
class Standing(Head):
    """One waiting case with its place in the order."""

    case_id: int
    first_unanswered_at: datetime


@dataclass(frozen=True)
class InLine:
    """A row of the line as staff see it: need, words, place and time, and nothing else."""

    reference: str
    need: str
    is_danger: bool
    words: str
    place: str
    due_at: datetime | None
    made_at: datetime | None
    is_sure: bool


def lines_of(person: Person) -> list[Line]:
    """The lines that a person works on: those of their places."""
    book = catalogue()
    mine = {place.pk for place in person.places.all()}
    return [
        book.line(need, place) for place in book.places.values() if place.pk in mine for need in book.needs.values()
    ]


def waiting(line: Line) -> Iterable[Case]:
    """Open cases of one need at one place, first come first served: nobody in a line is ever overtaken."""
    return Case.objects.waiting().filter(line=line)


def standings(lines: Iterable[Line], now: datetime, *, each: int = CHUNK) -> Iterator[Standing]:
    """The cases of some lines in the order in which they are served, as they are asked for.

    Reads the first `each` of every line at once and more only where a line is used up, so it costs the same however
    many wait.
    """
    book = catalogue()
    by_line = {line.pk: line for line in lines}
    firsts = _firsts(list(by_line), each)
    return in_order(
        _run(by_line[line_id], found, each, now, book) for line_id, found in firsts.items() if line_id in by_line
    )


def _run(
    line: Line, found: list[tuple[int, datetime]], each: int, now: datetime, book: Catalogue
) -> Iterator[Standing]:
    clock, standard = book.clock(line, now), book.answer_standard(line, now)
    while found:
        for case_id, since in found:
            yield Standing(
                line=line.pk,
                is_danger=line.need.is_danger,
                weight=float(line.need.weight),
                elapsed=clock.between(since, now),
                standard=standard,
                arrived=(since, case_id),
                case_id=case_id,
                first_unanswered_at=since,
            )
        if len(found) < each:
            return
        found = _after(line, found[-1], 50)
        each = 50


def _firsts(lines: list[int], each: int) -> dict[int, list[tuple[int, datetime]]]:
    """The first cases of each line: one range of the line's index for each."""
    if not lines:
        return {}
    marks = ", ".join(["%s"] * len(lines))
    # A correlated subquery with a limit: both databases walk the first entries of each line's index and stop.
    sql = f"""
        SELECT waiting.id, waiting.line_id, waiting.first_unanswered_at
        FROM care_line AS line JOIN care_case AS waiting ON waiting.id IN (
            SELECT first.id FROM care_case AS first
            WHERE first.line_id = line.id AND first.first_unanswered_at IS NOT NULL AND first.lease_ends_at IS NULL
            ORDER BY first.first_unanswered_at, first.id LIMIT %s)
        WHERE line.id IN ({marks})
        ORDER BY line.id, waiting.first_unanswered_at, waiting.id"""  # noqa: S608 - only placeholders are put in
    found: dict[int, list[tuple[int, datetime]]] = {}
    for case in Case.objects.raw(sql, [each, *lines]):
        assert case.first_unanswered_at is not None
        found.setdefault(case.line_id, []).append((case.pk, case.first_unanswered_at))
    return found


def _after(line: Line, last: tuple[int, datetime], count: int) -> list[tuple[int, datetime]]:
    case_id, since = last
    following = Case.objects.waiting().filter(line=line, first_unanswered_at__gte=since)
    rows = following.exclude(first_unanswered_at=since, pk__lte=case_id).values_list("pk", "first_unanswered_at")
    return [(pk, at) for pk, at in rows[:count] if at is not None]


def head(person: Person, now: datetime) -> Standing | None:
    """Who is next: danger first, then whoever has used most of their time. One look at the head of each line."""
    return pick(_heads(lines_of(person), now))


def _heads(lines: list[Line], now: datetime) -> Iterator[Standing]:
    book, by_line = catalogue(), {line.pk: line for line in lines}
    for line_id, found in _firsts(list(by_line), 1).items():
        yield from _run(by_line[line_id], found, len(found) + 1, now, book)


def take_next(person: Person, now: datetime) -> Lease | None:
    """Take the head of the line; what one held and did not write in goes back to its place first.

    None when nobody waits.
    """
    with transaction.atomic():
        ledger.wait_for_turn()
        hands.give_back_all(person, now)
        while (found := head(person, now)) is not None:
            case = keeping.locked(found.case_id)
            if case.lease_ends_at is None and case.first_unanswered_at is not None:
                return hands.take(case, person, now, keeping.lease_until(case, now))
        return None


def take(case_id: int, person: Person, now: datetime, reason: str = "") -> Lease:
    """Take this very case. If it is not the head of the line, the reason is kept, and the overtaken are counted."""
    with transaction.atomic():
        ledger.wait_for_turn()
        hands.give_back_all(person, now)
        case = keeping.locked(case_id)
        if case.first_unanswered_at is None:
            raise keeping.NotPossible("This case is not waiting for an answer.")
        found = head(person, now)
        is_head = found is not None and found.case_id == case.pk
        if not is_head and not reason.strip():
            raise NeedsReason("This is not the next case. Say why it should come first; the ledger keeps it.")
        overtaken = 0 if is_head else _ahead_in_line(case)
        return hands.take(
            case,
            person,
            now,
            keeping.lease_until(case, now),
            reason="" if is_head else reason.strip(),
            overtaken=overtaken,
        )


def _ahead_in_line(case: Case) -> int:
    ahead = (
        Case.objects.waiting()
        .filter(line_id=case.line_id, first_unanswered_at__lte=case.first_unanswered_at)
        .exclude(pk=case.pk)
    )
    return sum(
        1
        for pk, since in ahead.values_list("pk", "first_unanswered_at")[:COUNTED_TO]
        if (since, pk) < (case.first_unanswered_at, case.pk)
    )


def count_waiting(person: Person) -> int:
    """How many wait in this person's lines, counted to a thousand."""
    lines = [line.pk for line in lines_of(person)]
    # One range of the line's index for each, left as soon as a thousand are counted.
    return Case.objects.waiting().filter(line__in=lines).order_by()[: COUNTED_TO + 1].count()


def count_words(count: int) -> str:
    return f"{COUNTED_TO:,}+" if count > COUNTED_TO else f"{count:,}"


def page(person: Person, now: datetime, size: int = 30) -> list[InLine]:
    """The first cases in line, in order, as staff see them."""
    return rows_of(islice(standings(lines_of(person), now, each=max(3, size // 3)), size))


def rows_of(found: Iterable[Standing]) -> list[InLine]:
    """What the line shows of these cases."""
    book, order = catalogue(), list(found)
    ids = [standing.case_id for standing in order]
    references = dict(Case.objects.filter(pk__in=ids).values_list("pk", "reference"))
    promises = {
        case_id: (due_at, made_at)
        for case_id, due_at, made_at in Promise.objects.filter(case_id__in=ids, is_running=True)
        .exclude(kind=Promise.Kind.SUPERVISOR)
        .annotate(is_answer=Q(kind=Promise.Kind.ANSWER))
        .order_by("is_answer", "-due_at")  # the last one stands: the answer's, else the first to fall due
        .values_list("case_id", "due_at", "made_at")
    }
    words = first_words(ids)
    unsure = _unsure(ids)
    rows = []
    for standing in order:
        line = book.of_line(standing.line)
        due_at, made_at = promises.get(standing.case_id, (None, None))
        rows.append(
            InLine(
                reference=references[standing.case_id],
                need=line.need.name,
                is_danger=line.need.is_danger,
                words=words.get(standing.case_id, ""),
                place=line.place.name,
                due_at=due_at,
                made_at=made_at,
                is_sure=standing.case_id not in unsure,
            )
        )
    return rows


def first_words(ids: list[int]) -> dict[int, str]:
    """The customer's own first words of each case, as much of them as a row shows."""
    words: dict[int, str] = {}
    for case_id, said in (
        Contact.objects.filter(case_id__in=ids, kind=Contact.Kind.WORDS)
        .annotate(start=Left("words", WORDS_SHOWN))
        .order_by("case_id", "sent_at", "pk")
        .values_list("case_id", "start")
    ):
        words.setdefault(case_id, said)
    return words


def _unsure(ids: list[int]) -> set[int]:
    unsure = set(Judged.objects.filter(case_id__in=ids, is_sure=False).values_list("case_id", flat=True))
    return unsure - set(Correction.objects.filter(case_id__in=unsure).values_list("case_id", flat=True))
