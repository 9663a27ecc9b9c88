"""Promises as they were kept: on the first told, how bad the worst was, who was overtaken, which were moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import NamedTuple

from django.db.models import Q

from evenhand.care.cases.catalogue import catalogue
from evenhand.care.models import Case, Lease, Outcome, Promise
from evenhand.doors.models import Arrival
from evenhand.fairness.parity.words import percent, together
from evenhand.fairness.practice.reading import Seconds, Way, moment, seconds, ways
from evenhand.stats.rates import clopper_pearson

FOUR_WEEKS = timedelta(days=28)
BLOCKS_BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
"""A Monday. Blocks of 28 days are counted from here, so that a block means the same whenever one looks."""

AT_ONCE = 900


@dataclass(frozen=True, slots=True)
class Worst:
    """The longest wait in multiples of its standard, in working time. is_over: it has been answered by now."""

    reference: str
    need: str
    multiple: float
    waited: timedelta
    standard: timedelta
    is_over: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of first promises that fell due in a span. Kept, asked and broken make up `judged`.

    kept: a person's answer reached the customer by the time first told, also where it was moved since, and the
    customer did not say within a day that it was none. asked: by that time we had asked the customer something: it
    breaks nothing, and is counted apart. let_go: no longer needed before it fell due. share, low, high: kept of
    judged, exact 95 %; None where none was judged. moved: told a later time before it broke; moved_twice of them.
    """

    kept: int
    asked: int
    broken: int
    let_go: int
    moved: int
    moved_twice: int
    worst: Worst | None

    @property
    def judged(self) -> int:
        return self.kept + self.asked + self.broken

    @property
    def share(self) -> float | None:
        return self.kept / self.judged if self.judged else None

    @property
    def interval(self) -> tuple[float, float] | None:
        return clopper_pearson(self.kept, self.judged) if self.judged else None


@dataclass(frozen=True, slots=True)
class Overtakes:
    """Cases taken before others of their line that had waited longer. taken: how often; overtaken: how many people
    that put back; reasons: as staff wrote them, the most frequent first, each with how often and how many overtaken.
    of_public: how often it was for a case that was public by then, and how many that overtook.
    elsewhere: taken out of turn at the head of another line: nobody of their own line was overtaken.
    """

    taken: int
    overtaken: int
    reasons: tuple[tuple[str, int, int], ...]
    of_public: tuple[int, int]
    elsewhere: int


@dataclass(frozen=True, slots=True)
class KeptPromises:
    """A span. by_door, by_publicity: by the contact that opened the case. renewals: later times told in the span."""

    start: datetime
    end: datetime
    kind: Promise.Kind
    all: Kept
    by_door: dict[str, Kept]
    by_publicity: dict[str, Kept]
    renewals: int
    overtakes: Overtakes

    @property
    def words(self) -> str:
        """The finding in one sentence: the share alone would hide the worst."""
        if self.all.share is None or self.all.interval is None:
            return "No promise fell due in this time."
        low, high = self.all.interval
        told = f"{percent(self.all.share)} of first promises were kept ({together(percent(low), percent(high))})"
        if self.all.worst is not None:
            told += f"; the longest wait was {self.all.worst.multiple:.1f} times its standard"
        many = self.overtakes.overtaken
        who = "nobody was" if not many else "one person was" if many == 1 else f"{many:,} people were"
        return f"{told}; {who} overtaken in their own line."


class First(NamedTuple):
    """A first promise as it was told, and what became of it itself. Times are whole seconds since 1970."""

    pk: int
    case: int
    need: int
    place: int
    started: int
    due: int
    standard: timedelta
    outcome: str | None
    at: int | None
    objection: int | None
    solved: int | None
    aside: int | None


class _Next(NamedTuple):
    """A promise that followed on another."""

    before: int
    pk: int
    due: int
    outcome: str | None
    at: int | None
    objection: int | None


@dataclass(frozen=True, slots=True)
class Row:
    """A row of promises, from the first told to how it ended. how: an outcome. Times are whole seconds since 1970;
    ended: None while its customer still waits."""

    first: First
    way: Way
    how: str
    ended: int | None
    moves: tuple[tuple[int, int], ...]
    """When a later time was told, before the one it followed on broke, and the promise that told it."""


def kept_promises(
    start: datetime, end: datetime, now: datetime, kind: Promise.Kind = Promise.Kind.ANSWER
) -> KeptPromises:
    """How promises that fell due from start up to end were kept, as known now.

    Taken by when the *first* told fell due, so that each is judged, and none is left to come: nothing due after now
    is read. A promise counts with the way its case came in, whatever came later.
    """
    until = min(end, now)
    return _told(rows_of_promises(start, until, now, kind), start, until, now, kind)


def by_four_weeks(
    now: datetime, blocks: int = 13, kind: Promise.Kind = Promise.Kind.ANSWER
) -> tuple[KeptPromises, ...]:
    """The last blocks of 28 days, the running one last. Blocks have fixed beginnings, so what is said of one stays."""
    last = BLOCKS_BEGIN + (now - BLOCKS_BEGIN) // FOUR_WEEKS * FOUR_WEEKS
    starts = [last - FOUR_WEEKS * back for back in range(blocks - 1, -1, -1)]
    by_block: dict[int, list[Row]] = {}
    for row in rows_of_promises(starts[0], now, now, kind):
        by_block.setdefault((row.first.due - seconds(starts[0])) // int(FOUR_WEEKS.total_seconds()), []).append(row)
    return tuple(
        _told(by_block.get(i, []), begin, min(begin + FOUR_WEEKS, now), now, kind) for i, begin in enumerate(starts)
    )


def _told(rows: list[Row], start: datetime, end: datetime, now: datetime, kind: Promise.Kind) -> KeptPromises:
    doors = sorted({row.way.door for row in rows})
    return KeptPromises(
        start=start,
        end=end,
        kind=kind,
        all=_kept(rows, now),
        by_door={door: _kept([row for row in rows if row.way.door == door], now) for door in doors},
        by_publicity={
            name: _kept([row for row in rows if row.way.is_public is public], now)
            for name, public in (("private", False), ("public", True))
        },
        renewals=Promise.objects.filter(kind=kind, made_at__gte=start, made_at__lt=end, place_in_row__gt=1)
        .filter(renews__outcome__kind=Outcome.Kind.RENEWED)
        .count(),
        overtakes=overtakes(start, end),
    )


def overtakes(start: datetime, end: datetime) -> Overtakes:
    """Who was taken out of turn from start up to end, and why."""
    leases = Lease.objects.filter(taken_at__gte=start, taken_at__lt=end).exclude(reason="")
    rows = list(leases.values_list("case_id", "taken_at", "reason", "overtaken"))
    since = public_since({case for case, _, _, overtaken in rows if overtaken})
    often, people = Counter[str](), Counter[str]()
    shown: dict[str, str] = {}
    for_public = [0, 0]
    for case, at, reason, overtaken in rows:
        if not overtaken:
            continue
        plain = " ".join(reason.casefold().split()).rstrip(".!")
        shown.setdefault(plain, " ".join(reason.split()))
        often[plain] += 1
        people[plain] += overtaken
        if case in since and since[case] <= at:
            for_public[0] += 1
            for_public[1] += overtaken
    return Overtakes(
        taken=often.total(),
        overtaken=people.total(),
        reasons=tuple((shown[plain], count, people[plain]) for plain, count in often.most_common()),
        of_public=(for_public[0], for_public[1]),
        elsewhere=sum(1 for _, _, _, overtaken in rows if not overtaken),
    )


def public_since(cases: Iterable[int]) -> dict[int, datetime]:
    since: dict[int, datetime] = {}
    for some in chunks(sorted(cases)):
        rows = Arrival.objects.filter(contact__case__in=some, is_public=True).order_by()
        for case, at in rows.values_list("contact__case_id", "contact__received_at"):
            since[case] = min(at, since.get(case, at))
    return since


def rows_of_promises(start: datetime, end: datetime, now: datetime, kind: Promise.Kind) -> list[Row]:
    """The rows of promises whose first fell due in the span."""
    due = {"kind": kind, "renews": None, "due_at__gte": start, "due_at__lt": end}
    found = Promise.objects.filter(**due).order_by("due_at", "pk")
    firsts = [
        First._make(values)
        for values in found.values_list(
            "pk",
            "case_id",
            "need_id",
            "case__line__place_id",
            Seconds("started_at"),
            Seconds("due_at"),
            "standard",
            "outcome__kind",
            Seconds("outcome__at"),
            "outcome__objection",
            Seconds("case__solved_at"),
            Seconds("case__spam_at"),
        ).iterator(chunk_size=10_000)
    ]
    came = ways(Q(**{f"contact__case__promises__{name}": value for name, value in due.items()}))
    lasting = {Outcome.Kind.RENEWED.value, Outcome.Kind.BROKEN.value}
    followed = _followed([one.pk for one in firsts if one.outcome in lasting], now)
    nowhere = Way("", is_public=False)
    return [_ended(one, came.get(one.case, nowhere), followed.get(one.pk, ())) for one in firsts]


def _followed(firsts: list[int], now: datetime) -> dict[int, list[_Next]]:
    """first → the promises that came after it, in order: each found by the one it renews."""
    after: dict[int, list[_Next]] = {first: [] for first in firsts}
    first_of = {first: first for first in firsts}
    frontier = firsts
    while frontier:
        following: list[int] = []
        for some in chunks(frontier):
            rows = Promise.objects.filter(renews__in=some, made_at__lte=now).order_by()
            for values in rows.values_list(
                "renews_id",
                "pk",
                Seconds("due_at"),
                "outcome__kind",
                Seconds("outcome__at"),
                "outcome__objection",
            ):
                one = _Next._make(values)
                first_of[one.pk] = first_of[one.before]
                after[first_of[one.pk]].append(one)
                following.append(one.pk)
        frontier = following
    return after


_ANSWERED = {Outcome.Kind.KEPT.value, Outcome.Kind.ASKED.value, Outcome.Kind.LET_GO.value}
_BROKEN, _RENEWED = Outcome.Kind.BROKEN.value, Outcome.Kind.RENEWED.value


def _ended(first: First, way: Way, after: Sequence[_Next]) -> Row:
    """Kept where an answer came by the time first told, however often it was moved since."""
    outcome, at, objection, due = first.outcome, first.at, first.objection, first.due
    told: list[tuple[int, int]] = []
    for one in after:
        # An earlier time, told after a correction of the need, moves nobody.
        if outcome == _RENEWED and at is not None and one.due > due:
            told.append((at, one.pk))
        outcome, at, objection, due = one.outcome, one.at, one.objection, one.due
    if outcome in _ANSWERED and outcome is not None:
        is_kept = at is not None and at <= first.due and objection is None
        return Row(first, way, outcome if is_kept else _BROKEN, at, tuple(told))
    # Missed, with nothing promised after: its case was closed by then, or set aside.
    closed = first.solved or first.aside
    return Row(first, way, _BROKEN, None if outcome is None else closed, tuple(told))


def _kept(rows: list[Row], now: datetime) -> Kept:
    counts = Counter(row.how for row in rows)
    return Kept(
        kept=counts[Outcome.Kind.KEPT.value],
        asked=counts[Outcome.Kind.ASKED.value],
        broken=counts[Outcome.Kind.BROKEN.value],
        let_go=counts[Outcome.Kind.LET_GO.value],
        moved=sum(len(row.moves) > 0 for row in rows),
        moved_twice=sum(len(row.moves) > 1 for row in rows),
        worst=_worst(rows, now),
    )


def _worst(rows: list[Row], now: datetime) -> Worst | None:
    """The greatest multiple of a standard. On the wall more time passes than on any working clock, so the rows are
    tried in the order of their time on the wall, until no later one can be worse."""
    book, at = catalogue(), seconds(now)
    places = {place.pk: place for place in book.places.values()}
    on_the_wall = [
        ((at if row.ended is None else row.ended) - row.first.started) / row.first.standard.total_seconds()
        if row.first.standard
        else 0.0
        for row in rows
    ]
    worst: tuple[float, timedelta, Row] | None = None
    for i in sorted(range(len(rows)), key=on_the_wall.__getitem__, reverse=True):
        if on_the_wall[i] <= (worst[0] if worst is not None else 0.0):
            break
        one, ended = rows[i].first, rows[i].ended
        started = moment(one.started)
        clock = book.clock(book.line(book.need_by_id[one.need], places[one.place]), started)
        waited = clock.between(started, now if ended is None else moment(ended))
        if worst is None or waited / one.standard > worst[0]:
            worst = (waited / one.standard, waited, rows[i])
    if worst is None:
        return None
    multiple, waited, row = worst
    return Worst(
        reference=Case.objects.values_list("reference", flat=True).get(pk=row.first.case),
        need=book.need_by_id[row.first.need].name,
        multiple=multiple,
        waited=waited,
        standard=row.first.standard,
        is_over=row.ended is not None,
    )


def chunks(rows: Iterable[int], size: int = AT_ONCE) -> Iterator[list[int]]:
    """As many at once as every database takes in one question."""
    left = iter(rows)
    while some := list(islice(left, size)):
        yield some
