"""What each public complainer had tried before the post, what they were promised, and what became of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median

from django.core.exceptions import PermissionDenied
from django.db.models import Min

from evenhand.care.cases.titles import title_of
from evenhand.care.models import Case, Contact, Outcome, Promise, Reply, Solution
from evenhand.doors.models import Arrival
from evenhand.fairness.parity.words import percent, together
from evenhand.fairness.practice.afterwards import Share
from evenhand.fairness.practice.kept import chunks
from evenhand.people.models import Person

AT_A_TIME = 50


class What(StrEnum):
    """What a step of a path is."""

    SAID = "said"
    POSTED = "posted"
    PROMISED = "promised"
    MOVED = "moved"
    BROKEN = "broken"
    ANSWERED = "answered"
    ASKED = "asked"
    SOLVED = "solved"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened. door and words: of what the customer said; due_at: of what was promised. No reach, no
    handle and no name: the path is about what we did, not about who they are."""

    at: datetime
    what: What
    door: str = ""
    words: str = ""
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Path:
    """One case that came to be public. before, after: what happened up to the first public contact, and from then on.

    tries: private contacts sent before it. was_late: it was unanswered and past its standard by then. answered_at:
    the first answer after it. What came of it elsewhere (other cases of the same person, what they bought since,
    remedies) is not known here yet.
    """

    reference: str
    need: str
    place: str
    went_public_at: datetime
    door: str
    tries: int
    doors: tuple[str, ...]
    since_first_try: timedelta | None
    was_late: bool
    before: tuple[Step, ...]
    after: tuple[Step, ...]
    answered_at: datetime | None
    solved_at: datetime | None


@dataclass(frozen=True, slots=True)
class Before:
    """All who went public in a span. tried: had told us in private, in the same case. late: were past their standard
    and unanswered. tries, hours: medians of those who had tried: how often, and over how long."""

    people: int
    tried: Share
    late: Share
    tries: float | None
    hours: float | None

    @property
    def words(self) -> str:
        """The finding in one sentence."""
        if not self.people or self.tried.share is None or self.tried.interval is None:
            return "Nobody went public in this time."
        low, high = self.tried.interval
        between = together(percent(low), percent(high))
        return (
            f"Of {self.people:,} who went public, {percent(self.tried.share)} ({between}) had told us in private "
            "before, in the same case."
        )


def paths(
    viewer: Person, start: datetime, end: datetime, *, before: datetime | None = None, at_most: int = AT_A_TIME
) -> list[Path]:
    """The paths of cases that went public from start up to end, the latest first, of those this person may read.

    before: only those that went public earlier, for the next page. Raises PermissionDenied for anybody but auditors
    and administrators.
    """
    return _paths(_went_public(viewer, start, min(end, before) if before else end, at_most))


def before_the_post(viewer: Person, start: datetime, end: datetime) -> Before:
    """What all of them together had tried. Raises as `paths`."""
    went = _went_public(viewer, start, end)
    found = [path for some in chunks(went, 300) for path in _paths(some)]
    tried = [path for path in found if path.tries]
    lengths = [path.since_first_try / timedelta(hours=1) for path in tried if path.since_first_try is not None]
    return Before(
        people=len(found),
        tried=Share(len(tried), len(found)),
        late=Share(sum(path.was_late for path in found), len(found)),
        tries=median(path.tries for path in tried) if tried else None,
        hours=median(lengths) if lengths else None,
    )


def _went_public(viewer: Person, start: datetime, end: datetime, at_most: int | None = None) -> list[int]:
    """The cases whose first public contact was received in the span, the latest first."""
    if not viewer.may_audit:
        raise PermissionDenied("The paths of public complainers are for auditors.")
    public = Arrival.objects.filter(is_public=True, contact__case__in=Case.objects.visible_to(viewer))
    firsts = public.values("contact__case_id").annotate(first=Min("contact__received_at"))
    went = firsts.filter(first__gte=start, first__lt=end).order_by("-first", "contact__case_id")
    return list(went.values_list("contact__case_id", flat=True)[:at_most])


def _paths(went: list[int]) -> list[Path]:
    steps: dict[int, list[Step]] = defaultdict(list)
    arrivals = Arrival.objects.filter(contact__case__in=went)
    came = {
        contact: (door, public) for contact, door, public in arrivals.values_list("contact_id", "door", "is_public")
    }
    posts: dict[int, Step] = {}
    private: dict[int, list[Step]] = defaultdict(list)
    for contact in Contact.objects.filter(case__in=went).order_by("sent_at", "pk"):
        door, is_public = came.get(contact.pk, ("", False))
        words = title_of(contact.words) or contact.get_kind_display()
        step = Step(contact.sent_at, What.POSTED if is_public else What.SAID, door, words)
        steps[contact.case_id].append(step)
        if is_public:
            posts.setdefault(contact.case_id, step)
        elif contact.case_id not in posts:
            private[contact.case_id].append(step)
    standards = _promised(went, steps)
    answers = _answered(went, steps)
    cases = {case.pk: case for case in Case.objects.filter(pk__in=went).select_related("line__need", "line__place")}
    found = []
    for pk in went:
        case, post, tries = cases[pk], posts[pk], private[pk]
        story = sorted(steps[pk], key=lambda step: step.at)
        is_answered = any(at <= post.at for at in answers[pk])
        found.append(
            Path(
                reference=case.reference,
                need=case.line.need.name,
                place=case.line.place.name,
                went_public_at=post.at,
                door=post.door,
                tries=len(tries),
                doors=tuple(dict.fromkeys(step.door for step in tries)),
                since_first_try=post.at - tries[0].at if tries else None,
                was_late=not is_answered and pk in standards and standards[pk] < post.at,
                before=tuple(step for step in story if step.at < post.at),
                after=tuple(step for step in story if step.at >= post.at),
                answered_at=min((at for at in answers[pk] if at >= post.at), default=None),
                solved_at=case.solved_at,
            )
        )
    return found


def _promised(went: Iterable[int], steps: dict[int, list[Step]]) -> dict[int, datetime]:
    """Add what was promised and what became of it; case → the end of its first standard for an answer."""
    standards: dict[int, datetime] = {}
    promises = Promise.objects.filter(case__in=went).select_related("renews__outcome").order_by("made_at", "pk")
    for promise in promises:
        before = promise.renews
        is_moved = before is not None and before.outcome.kind == Outcome.Kind.RENEWED
        what = What.MOVED if is_moved else What.PROMISED
        steps[promise.case_id].append(Step(promise.made_at, what, words=promise.kind, due_at=promise.due_at))
        if promise.kind == Promise.Kind.ANSWER:
            standards.setdefault(promise.case_id, promise.standard_due_at)
    broken = Outcome.objects.filter(promise__case__in=went, kind=Outcome.Kind.BROKEN).select_related("promise")
    for outcome in broken:
        promise = outcome.promise
        steps[promise.case_id].append(Step(outcome.at, What.BROKEN, words=promise.kind, due_at=promise.due_at))
    return standards


def _answered(went: Iterable[int], steps: dict[int, list[Step]]) -> dict[int, list[datetime]]:
    """Add replies that reached the customer, and solutions; case → when an answer reached them."""
    answers: dict[int, list[datetime]] = defaultdict(list)
    for reply in Reply.objects.filter(case__in=went, reached_at__isnull=False):
        assert reply.reached_at is not None
        is_question = reply.kind == Reply.Kind.QUESTION
        steps[reply.case_id].append(Step(reply.reached_at, What.ASKED if is_question else What.ANSWERED))
        answers[reply.case_id].append(reply.reached_at)
    for solution in Solution.objects.filter(case__in=went):
        words = "the customer says so" if solution.is_by_customer else ""
        steps[solution.case_id].append(Step(solution.at, What.SOLVED, words=words))
    return answers
