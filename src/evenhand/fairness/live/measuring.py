"""What each case came to, measured once, when it can no longer change.

Read by the chunk in a handful of questions, whatever the number of cases. What is said, who said it and where stays
where it is: a measured row holds groups, dates and lengths of time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from evenhand.care.cases.catalogue import Catalogue
from evenhand.care.inserting import insert_all
from evenhand.care.models import Case, Contact, Need, Reply, Solution
from evenhand.care.promises.customer import OBJECTION_WITHIN
from evenhand.doors.models import Arrival
from evenhand.fairness.live.contrasts import Traits, band
from evenhand.fairness.live.models import Clock, Measured, Series
from evenhand.fairness.live.series import Belonging
from evenhand.fairness.live.standards import Yardstick
from evenhand.identity.models import Behind, Identity
from evenhand.people.models import Place
from evenhand.stats.outcomes import STANDARDS

FIELDS = (
    "case_id",
    "clock",
    "series_id",
    "left_out",
    "need_id",
    "place_id",
    "language",
    "door",
    "is_public",
    "has_address",
    "was_public_before",
    "reach_band",
    "arrived_on",
    "matures_on",
    "matures_everywhere_on",
    "standard",
    "wait",
    "was_asked",
    "measured_at",
)


@dataclass(slots=True)
class Came:
    """One case as it came in: its clock starts with its earliest contact, and its groups are those of that one."""

    pk: int
    need: Need
    place: Place
    is_spam: bool
    arrived_at: datetime
    heard_at: datetime
    traits: Traits


@dataclass(frozen=True, slots=True)
class Waiting:
    """A case not measured yet, as it stands tonight. age, wait: seconds of working time; wait is empty where no
    person has answered."""

    series: Series
    traits: Traits
    need: str
    age: int
    wait: int | None


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at some cases gave: rows to keep, and which cases are to be looked at again, as they stand."""

    rows: list[tuple[Any, ...]]
    left: list[int]
    waiting: list[Waiting]


@dataclass
class Measurer:
    """Measures cases as of one time. judged: the last day of maturing that was judged; nothing is added to it."""

    yard: Yardstick
    belonging: Belonging
    now: datetime
    judged: date | None

    def look(self, clock: Clock, cases: Sequence[int]) -> Looked:
        return self.answers(cases) if clock is Clock.ANSWER else self.solutions(cases)

    def answers(self, cases: Sequence[int]) -> Looked:
        """Rows of Measured for those whose first answer can no longer change, and the rest as they stand."""
        came = read(cases, self.yard.book)
        replies = first_answers(came)
        rows: list[tuple[Any, ...]] = []
        waiting: list[Waiting] = []
        left: list[int] = []
        for case in came.values():
            answered_at, was_asked = replies.get(case.pk, (None, False))
            day = self.yard.day(case.arrived_at, case.place)
            is_mature = self._is_over(case, self.yard.matures_on(case.need, case.place, day, Clock.ANSWER))
            is_firm = answered_at is not None and answered_at + OBJECTION_WITHIN <= self.now
            if is_mature or is_firm or self._came_late(case, Clock.ANSWER):
                wait = None if answered_at is None else self._worked(case, case.arrived_at, answered_at)
                rows.append(self._row(case, day, Clock.ANSWER, wait, was_asked))
                continue
            left.append(case.pk)
            if not case.is_spam:
                waiting.append(self._waits(case, answered_at))
        return Looked(rows, left, waiting)

    def solutions(self, cases: Sequence[int]) -> Looked:
        """Rows of Measured for those whose solution has had its three standards; a solution may still be reopened
        before, so nothing is said of the others."""
        old_enough = self._old_enough(cases)
        came = read(old_enough, self.yard.book)
        left = sorted(set(cases) - set(old_enough))
        rows: list[tuple[Any, ...]] = []
        mature: dict[int, datetime] = {}
        for case in came.values():
            day = self.yard.day(case.arrived_at, case.place)
            if self.yard.length(case.need, case.place, case.arrived_at, Clock.SOLUTION) is None:
                rows.append(self._row(case, day, Clock.SOLUTION, None, False))
                continue
            matures_on = self.yard.matures_on(case.need, case.place, day, Clock.SOLUTION)
            if self._is_over(case, matures_on) or self._came_late(case, Clock.SOLUTION):
                mature[case.pk] = self.yard.end_of(matures_on, case.place)
            else:
                left.append(case.pk)
        solved = _stretches(came, mature)
        for pk in mature:
            case, stretches = came[pk], solved.get(pk)
            wait = None if stretches is None else sum(self._worked(case, a, b) for a, b in stretches)
            rows.append(self._row(case, self.yard.day(case.arrived_at, case.place), Clock.SOLUTION, wait, False))
        return Looked(rows, left, [])

    def _old_enough(self, cases: Sequence[int]) -> list[int]:
        """Those whose time may have run by now, found without reading what was said: most have days to go."""
        found = []
        rows = Case.objects.filter(pk__in=cases).values_list("pk", "line_id", "opened_at").order_by("pk")
        for pk, line_id, opened_at in rows:
            line = self.yard.book.of_line(line_id)
            length = self.yard.length(line.need, line.place, opened_at, Clock.SOLUTION)
            if length is None or opened_at + STANDARDS * length <= self.now:
                found.append(pk)
        return found

    def _is_over(self, case: Came, day: date) -> bool:
        return self.yard.day(self.now, case.place) > day

    def _came_late(self, case: Came, clock: Clock) -> bool:
        """Whether we heard of it only when its three standards had run: nothing we did could show in it."""
        length = self.yard.length(case.need, case.place, case.arrived_at, clock)
        if length is None:
            return False
        hours = self.yard.clock(case.need, case.place, case.arrived_at)
        return case.heard_at >= hours.after(case.arrived_at, STANDARDS * length)

    def _worked(self, case: Came, since: datetime, until: datetime) -> int:
        """Seconds of working time by the hours that were kept when it came in."""
        hours = self.yard.clock(case.need, case.place, case.arrived_at)
        return max(round(hours.between(since, until).total_seconds()), 0) if until > since else 0

    def _waits(self, case: Came, answered_at: datetime | None) -> Waiting:
        return Waiting(
            self.belonging.of(case.arrived_at),
            case.traits,
            case.need.slug,
            self._worked(case, case.arrived_at, self.now),
            None if answered_at is None else self._worked(case, case.arrived_at, answered_at),
        )

    def _row(self, case: Came, day: date, clock: Clock, wait: int | None, was_asked: bool) -> tuple[Any, ...]:
        length = self.yard.length(case.need, case.place, case.arrived_at, clock)
        left_out, on, everywhere_on = "", day, day
        if length is None:
            left_out = Measured.LeftOut.NO_STANDARD.value
        else:
            on = self.yard.matures_on(case.need, case.place, day, clock)
            everywhere_on = self.yard.matures_everywhere_on(case.need, case.place, day, clock)
            if case.is_spam:
                left_out = Measured.LeftOut.SPAM.value
            elif self._came_late(case, clock):
                left_out = Measured.LeftOut.LATE.value
        if self.judged is not None:
            on, everywhere_on = (max(each, self.judged + timedelta(days=1)) for each in (on, everywhere_on))
        traits = case.traits
        return (
            case.pk,
            clock.value,
            self.belonging.of(case.arrived_at).pk,
            left_out,
            case.need.pk,
            case.place.pk,
            traits.language,
            traits.door,
            traits.is_public,
            traits.has_address,
            traits.was_public_before,
            traits.reach_band,
            day,
            on,
            everywhere_on,
            0 if length is None else max(int(length.total_seconds()), 1),
            None if left_out else wait,
            was_asked and not left_out,
            self.now,
        )


def unmeasured(clock: Clock, after: int, limit: int) -> list[int]:
    """The next cases of which nothing is measured on this clock, by the order in which they were let in."""
    already = Measured.objects.filter(case=OuterRef("pk"), clock=clock)
    left = Case.objects.filter(~Exists(already), pk__gt=after)
    return list(left.order_by("pk").values_list("pk", flat=True)[:limit])


@transaction.atomic
def keep(rows: Sequence[tuple[Any, ...]]) -> None:
    """Write measured rows down; one that another process was quicker with is left as it is."""
    insert_all(Measured, FIELDS, rows, or_leave=True)


def taken_back_from_spam() -> list[int]:
    """Cases left out as spam that turned out to be none: they are measured after all, and count from tonight on."""
    rows = Measured.objects.filter(left_out=Measured.LeftOut.SPAM, case__spam_at=None, case__isnull=False)
    cases = sorted(set(rows.values_list("case_id", flat=True)))
    Measured.objects.filter(left_out=Measured.LeftOut.SPAM, case_id__in=cases).delete()
    return [case for case in cases if case is not None]


def read(cases: Collection[int], book: Catalogue) -> dict[int, Came]:
    """How each of these cases came in. Without a contact or an arrival, a case is in no group and left out here."""
    if not cases:
        return {}
    first = _first_contacts(cases)
    arrivals = {
        contact: (door, is_public, reach)
        for contact, door, is_public, reach in Arrival.objects.filter(
            contact_id__in=[contact for contact, _, _ in first.values()]
        ).values_list("contact_id", "door", "is_public", "reach")
    }
    behind = {
        case: (customer, answer_to is not None)
        for case, customer, answer_to in Behind.objects.filter(case_id__in=cases).values_list(
            "case_id", "customer_id", "answer_to_id"
        )
    }
    public_since = _public_since({customer for customer, _ in behind.values()})
    came: dict[int, Came] = {}
    rows = Case.objects.filter(pk__in=cases).order_by("pk").values_list("pk", "line_id", "language", "spam_at")
    for pk, line_id, language, spam_at in rows:
        if pk not in first:
            continue
        contact, arrived_at, heard_at = first[pk]
        line = book.of_line(line_id)
        door, is_public, reach = arrivals.get(contact, ("", False, {}))
        customer, has_address = behind.get(pk, (None, False))
        was_public: bool | None = None
        if customer is not None and customer in public_since:
            since = public_since[customer]
            was_public = since is not None and since < arrived_at
        came[pk] = Came(
            pk,
            line.need,
            line.place,
            spam_at is not None,
            arrived_at,
            heard_at,
            Traits(door, is_public, language, line.place.slug, has_address, was_public, band(reach)),
        )
    return came


def _first_contacts(cases: Collection[int]) -> dict[int, tuple[int, datetime, datetime]]:
    """The earliest contact of each case, when it was sent, and when we first heard of the case."""
    first: dict[int, tuple[int, datetime, datetime]] = {}
    rows = (
        Contact.objects.filter(case_id__in=cases, kind=Contact.Kind.WORDS)
        .order_by("sent_at", "pk")
        .values_list("case_id", "pk", "sent_at", "received_at")
    )
    for case, contact, sent_at, received_at in rows:
        if case not in first:
            first[case] = (contact, sent_at, received_at)
        elif received_at < first[case][2]:
            first[case] = (*first[case][:2], received_at)
    return first


def _public_since(customers: Collection[int]) -> dict[int, datetime | None]:
    """For customers who are known by an address: when they first told us anything in public, if ever."""
    known = Identity.objects.filter(customer_id__in=customers).values_list("customer_id", flat=True).distinct()
    since: dict[int, datetime | None] = dict.fromkeys(known)
    whose = dict(Behind.objects.filter(customer_id__in=list(since)).values_list("case_id", "customer_id"))
    arrivals = Arrival.objects.filter(is_public=True, contact__case_id__in=list(whose))
    for case, sent_at in arrivals.values_list("contact__case_id", "contact__sent_at"):
        earliest = since[whose[case]]
        since[whose[case]] = sent_at if earliest is None else min(earliest, sent_at)
    return since


def first_answers(came: Collection[int]) -> dict[int, tuple[datetime, bool]]:
    """When a person's first answer reached each customer, and whether it was a question.

    What a machine sends is no reply. A reply of which the customer said within a day that it was no answer is none.
    """
    replies: dict[int, list[tuple[datetime, str]]] = defaultdict(list)
    rows = Reply.objects.filter(case_id__in=came, reached_at__isnull=False).order_by("reached_at", "pk")
    for case, reached_at, kind in rows.values_list("case_id", "reached_at", "kind"):
        assert reached_at is not None
        replies[case].append((reached_at, kind))
    objections = Contact.objects.filter(case_id__in=list(replies), kind=Contact.Kind.NO_ANSWER)
    none: dict[int, set[int]] = defaultdict(set)
    for case, sent_at in objections.values_list("case_id", "sent_at"):
        before = [i for i, (at, _) in enumerate(replies[case]) if at <= sent_at <= at + OBJECTION_WITHIN]
        none[case].update(before[-1:])
    found: dict[int, tuple[datetime, bool]] = {}
    for case, told in replies.items():
        counted = [reply for i, reply in enumerate(told) if i not in none[case]]
        if counted:
            found[case] = (counted[0][0], counted[0][1] == Reply.Kind.QUESTION)
    return found


def _stretches(came: dict[int, Came], until: dict[int, datetime]) -> dict[int, list[tuple[datetime, datetime]]]:
    """For each case that was solved and stayed so until its time had run: the stretches for which it was open.

    The clock stops at a solution and resumes where it did not hold. A solution told in a reply is one when the reply
    has reached the customer.
    """
    solutions: dict[int, list[tuple[datetime, datetime | None]]] = defaultdict(list)
    rows = Solution.objects.filter(case_id__in=list(until)).order_by("at", "pk")
    for case, at, reopened_at in rows.values_list("case_id", "at", "reopening__at"):
        solutions[case].append((at, reopened_at))
    told = Reply.objects.filter(case_id__in=list(solutions), kind=Reply.Kind.SOLUTION)
    reached: dict[tuple[int, datetime], datetime | None] = {
        (case, written): at for case, written, at in told.values_list("case_id", "written_at", "reached_at")
    }
    found: dict[int, list[tuple[datetime, datetime]]] = {}
    for case, each in solutions.items():
        open_since: datetime | None = came[case].arrived_at
        stretches: list[tuple[datetime, datetime]] = []
        for solved_at, again_at in each:
            if open_since is None:
                break  # the one before held until its time had run
            came_at: datetime | None = reached.get((case, solved_at), solved_at)
            if came_at is None or came_at >= until[case]:
                continue  # it never reached them in time: the case was open all along
            stretches.append((open_since, came_at))
            open_since = None
            if again_at is not None and again_at < until[case]:
                open_since = max(again_at, came_at)
        if open_since is None:
            found[case] = stretches
    return found
