"""The live rows as columns: when each case came in, by which door, when it was answered, when it went public."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from django.db.models import Func, IntegerField, Min, Q

from evenhand.care.cases.catalogue import Catalogue, catalogue
from evenhand.care.clock.working import WorkingTime
from evenhand.care.models import Case, Objection, Reply, Solution
from evenhand.doors.models import Arrival
from evenhand.stats.columns import Flags, Ints

NEVER = np.iinfo(np.int64).max
"""A time that has not come."""

HEARD_LATE = timedelta(days=1)
"""Heard of so long after it was sent, a case could not be answered at the ages at which others were."""


class Seconds(Func):
    """A time as whole seconds since 1970: cheaper to read by the hundred thousand than a datetime."""

    output_field = IntegerField()
    arity = 1

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return super().as_sql(
            compiler, connection, template="CAST(strftime('%%%%s', %(expressions)s) AS INTEGER)", **more
        )

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return super().as_sql(
            compiler, connection, template="CAST(FLOOR(EXTRACT(EPOCH FROM %(expressions)s)) AS BIGINT)", **more
        )


class Way(NamedTuple):
    """How a case came in: by the door of the contact that opened it."""

    door: str
    is_public: bool


@dataclass(frozen=True)
class Waits:
    """N cases from their opening to their first answer. Times are whole seconds since 1970, NEVER where none.

    case: (N,) primary keys. need, place: (N,) primary keys. opened: (N,) when the first contact was sent. heard: (N,)
    when it was received. answered: (N,) when a person's first reply reached the customer, of those that they did not
    call no answer within a day. gone: (N,) when an unanswered one stopped waiting, because its customer said that it
    is solved. public: (N,) when the first public contact was received; `opened` where the case began with it.
    door: (N,) into `doors`, of the contact that opened it. began_public: (N,). clocks: (N,) into `clock`, the working
    hours that the case is counted by.
    """

    case: Ints
    need: Ints
    place: Ints
    opened: Ints
    heard: Ints
    answered: Ints
    gone: Ints
    public: Ints
    began_public: Flags
    door: Ints
    doors: tuple[str, ...]
    clocks: Ints
    clock: tuple[WorkingTime, ...]
    left_out: dict[str, int]

    def __len__(self) -> int:
        return len(self.case)

    def chosen(self, which: Flags, reason: str = "") -> Waits:
        """Those for which `which` (N,) is True; the others are counted as left out for this reason."""
        out = dict(self.left_out)
        if reason and not which.all():
            out[reason] = out.get(reason, 0) + int((~which).sum())
        columns = ("case", "need", "place", "opened", "heard", "answered", "gone", "public", "began_public", "door")
        return Waits(
            **{name: getattr(self, name)[which] for name in columns},
            doors=self.doors,
            clocks=self.clocks[which],
            clock=self.clock,
            left_out=out,
        )

    def with_need(self, need: Ints, book: Catalogue) -> Waits:
        """The same cases, were these their needs: counted by those needs' clocks."""
        clocks, clock = _clocks(need, self.place, self.opened, book)
        return replace(self, need=need, clocks=clocks, clock=clock)

    def worked(self, start: Ints, end: Ints) -> Ints:
        """(N,) seconds of each case's own working time from start to end; NEVER where the end has not come."""
        length = np.full(len(self), NEVER, dtype=np.int64)
        has_come = end != NEVER
        for number, clock in enumerate(self.clock):
            mine = has_come & (self.clocks == number)
            if mine.any():
                length[mine] = worked(clock, start[mine], end[mine])
        return length

    def days(self, book: Catalogue | None = None) -> tuple[Ints, Ints]:
        """(N,) the local day of opening, in days since 1970-01-01; (N,) the second at which that day ends."""
        book = book or catalogue()
        zones = {place.pk: place.zone for place in book.places.values()}
        day, ends = np.zeros(len(self), dtype=np.int64), np.zeros(len(self), dtype=np.int64)
        for pk in np.unique(self.place).tolist():
            mine = self.place == pk
            day[mine], ends[mine] = local_days(self.opened[mine], zones.get(pk, "UTC"))
        return day, ends


def worked(clock: WorkingTime, start: Ints, end: Ints) -> Ints:
    """(N,) seconds that a clock runs from start to end, (N,) seconds since 1970 each; 0 where the end is before."""
    start = np.minimum(start, end)
    if clock.is_always or not len(start):
        return end - start
    # What has been worked by a moment is a line that rises while the place is open, and rests while it is shut.
    first, last = moment(int(start.min())), moment(int(end.max()) + 1)
    edges, total, sums = [float(start.min())], 0.0, [0.0]
    for opens, closes in clock.opened_between(first, last):
        edges += [opens.timestamp(), closes.timestamp()]
        sums += [total, total + (closes - opens).total_seconds()]
        total = sums[-1]
    by = np.interp(np.stack([start, end]), edges, sums)
    length: Ints = np.rint(by[1] - by[0]).astype(np.int64)
    return length


def local_days(at: Ints, zone: str) -> tuple[Ints, Ints]:
    """(N,) the local day of each moment, in days since 1970-01-01; (N,) the second at which that day ends.

    at: (N,) seconds since 1970. zone: IANA name. By the zone's midnights, so days of 23 and 25 hours are right.
    """
    if not len(at):
        return at.copy(), at.copy()
    here, one = ZoneInfo(zone), timedelta(days=1)
    day = moment(int(at.min())).astimezone(here).date() - one
    last = moment(int(at.max())).astimezone(here).date() + one
    midnights = []
    while day <= last + one:
        midnights.append(datetime.combine(day, datetime.min.time(), here).timestamp())
        day += one
    starts = np.array(midnights, dtype=np.int64)
    where = np.searchsorted(starts, at, side="right") - 1
    first = (moment(int(at.min())).astimezone(here).date() - one - date(1970, 1, 1)).days
    return (where + first).astype(np.int64), starts[where + 1]


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def seconds(at: datetime) -> int:
    """Whole seconds since 1970, rounded down as the database does."""
    return int(at.timestamp() // 1)


def whole(values: Iterable[int | None]) -> Ints:
    """(N,) times, NEVER where there is none."""
    return np.array([NEVER if value is None else value for value in values], dtype=np.int64)


def ways(which: Q) -> dict[int, Way]:
    """case → how it came in, for the arrivals that `which` chooses (a condition on `contact__case`)."""
    rows = Arrival.objects.filter(which).order_by("-contact_id").values_list("contact__case_id", "door", "is_public")
    return {case: Way(door, is_public) for case, door, is_public in rows}  # the lowest key, which opened it, stands


def waits(start: datetime, end: datetime, now: datetime, *, as_judged: bool = False) -> Waits:
    """The cases opened from start up to, and without, end, as they stand now.

    as_judged: by the need that triage read when the case came in, instead of the one that stands now: what happens
    to a case afterwards, a correction too, may itself be what a comparison is to find.

    Set aside as spam, and agreed to be so by a second person: left out, and counted. Set aside but not yet looked at
    twice: still waiting, as nobody has said that it is none. Cases taken over from a file keep their true age, and
    are left out by whoever needs to have heard of them in time.
    """
    span = {"opened_at__gte": start, "opened_at__lt": min(end, now)}
    cases = list(
        Case.objects.filter(**span)
        .order_by("pk")
        .values_list("pk", "line_id", Seconds("opened_at"), "solved_at", "spam_at", "judged__need_id")
    )
    marked = {pk for pk, _, _, _, spam_at, _ in cases if spam_at is not None}
    agreed = (
        set(
            Case.objects.filter(**span, spam_at__isnull=False, spam_marks__lifted_at=None)
            .filter(spam_marks__confirmed_at__isnull=False)
            .values_list("pk", flat=True)
        )
        if marked
        else set()
    )
    kept = [row for row in cases if row[0] not in agreed]
    in_span = {f"case__{name}": value for name, value in span.items()}
    none = Objection.objects.filter(**{f"outcome__promise__{name}": value for name, value in in_span.items()})
    first_reply = dict(
        Reply.objects.filter(**in_span, reached_at__lte=now)
        .exclude(pk__in=list(none.filter(outcome__reply__isnull=False).values_list("outcome__reply", flat=True)))
        .order_by()
        .values("case_id")
        .annotate(first=Seconds(Min("reached_at"), output_field=IntegerField()))
        .values_list("case_id", "first")
    )
    # A solution that was written, but has not arrived, leaves its customer waiting; their own word does not.
    by_customer = Solution.objects.filter(**{f"case__{name}": value for name, value in span.items()}, by=None)
    said_so = dict(by_customer.order_by("at").values_list("case_id", Seconds("at")))
    number = {pk: i for i, (pk, *_) in enumerate(kept)}
    size = len(kept)
    book = catalogue()
    place = np.array([book.of_line(row[1]).place_id for row in kept], dtype=np.int64)
    need = np.array([book.of_line(row[1]).need_id for row in kept], dtype=np.int64)
    if as_judged:
        need = np.array(
            [now if row[5] is None else row[5] for row, now in zip(kept, need, strict=True)], dtype=np.int64
        )
    opened = whole(row[2] for row in kept)
    answered = whole(first_reply.get(row[0]) for row in kept)
    solved = whole(said_so.get(row[0]) if row[3] is not None else None for row in kept)
    heard, public = np.full(size, NEVER, dtype=np.int64), np.full(size, NEVER, dtype=np.int64)
    opening = np.full(size, NEVER, dtype=np.int64)
    began_public, door = np.zeros(size, dtype=np.bool_), np.zeros(size, dtype=np.int64)
    doors: dict[str, int] = {}
    for case, contact, received, name, is_public in _arrivals(in_span, now):
        i = number.get(case)
        if i is None:
            continue
        if contact < opening[i]:
            opening[i], heard[i], door[i] = contact, received, doors.setdefault(name, len(doors))
            began_public[i] = is_public
        if is_public and received < public[i]:
            public[i] = received
    public = np.where(began_public, opened, public)
    clocks, clock = _clocks(need, place, opened, book)
    found = Waits(
        case=np.array([row[0] for row in kept], dtype=np.int64),
        need=need,
        place=place,
        opened=opened,
        heard=np.where(heard == NEVER, opened, heard),
        answered=answered,
        gone=np.where((answered == NEVER) & (solved != NEVER), solved, NEVER),
        public=public,
        began_public=began_public,
        door=door,
        doors=tuple(doors),
        clocks=clocks,
        clock=clock,
        left_out={"spam, by two people's word": len(agreed)} if agreed else {},
    )
    return found.chosen(opening != NEVER, "no contact by a door")


def _arrivals(in_span: dict[str, datetime], now: datetime) -> Iterator[tuple[int, int, int, str, bool]]:
    """(case, contact, received, door, is it public) of every contact of cases opened in a span."""
    by_contact = {f"contact__{name}": value for name, value in in_span.items()}
    rows = Arrival.objects.filter(**by_contact, contact__received_at__lte=now).order_by()
    yield from rows.values_list(
        "contact__case_id", "contact_id", Seconds("contact__received_at"), "door", "is_public"
    ).iterator(chunk_size=10_000)


def _clocks(need: Ints, place: Ints, opened: Ints, book: Catalogue) -> tuple[Ints, tuple[WorkingTime, ...]]:
    """(N,) which clock each case is counted by: that of its need at its place, as in force on the day it came."""
    if not len(need):
        return need, ()
    places = {each.pk: each for each in book.places.values()}
    number: dict[WorkingTime, int] = {}
    pairs, where = np.unique(np.stack([need, place, opened // 86_400], axis=1), axis=0, return_inverse=True)
    which = []
    for of_need, of_place, day in pairs.tolist():
        line = book.line(book.need_by_id[of_need], places[of_place])
        which.append(number.setdefault(book.clock(line, moment(day * 86_400 + 86_399)), len(number)))
    return np.array(which, dtype=np.int64)[where.reshape(-1)], tuple(number)
