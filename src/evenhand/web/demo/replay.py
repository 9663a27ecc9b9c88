"""Weeks at the bank, replayed event by event through the real code on a clock of its own.

What nobody recorded is drawn (see draw.py): who wrote when and by which door, how long staff worked, what customers
did next. What follows from it is not: needs, owners, promises, the order, leases, renewals, misses and letters come
out of the same functions that the doors, the desk and the loops call.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from evenhand.care.asking import ask, find, get
from evenhand.care.cases import hands
from evenhand.care.cases.catalogue import catalogue
from evenhand.care.models import Case, Contact, Judged, Lease, Need, Promise, Reply
from evenhand.care.promises import keeping, making, outlook, staff, watching
from evenhand.care.promises.making import Teller
from evenhand.care.triage.correcting import correct
from evenhand.desk import queue
from evenhand.doors import outbox
from evenhand.doors.intake import PRIVATE_PAGE, Knock, let_in, press
from evenhand.identity.recognise import Caller
from evenhand.people.models import Person
from evenhand.ui import times
from evenhand.web.demo import words
from evenhand.web.demo.draw import CaseWork, Drawn, FollowUp, draw_followers, work_on
from evenhand.web.demo.organisation import BACK_OFFICE_DAYS, Member, OnDuty

Act = Callable[[datetime], None]
Say = Callable[[str], None]

LOOKS_AHEAD_EVERY = timedelta(minutes=25)
"""Promises take a forecast that is at most half an hour old; where nobody writes, nobody needs one."""
LOOKS_AHEAD_EVERY_WHEN_QUIET = timedelta(hours=4)
FEW = 4
"""While no more than so many wait, the standard is what is told, and nobody needs a forecast."""
CARRIES_EVERY = timedelta(minutes=30)
POLLED_WITHIN = timedelta(minutes=4)
"""How long it takes until what was said elsewhere reaches our API."""
SOLVED_FIRST_WHEN_DUE_WITHIN = timedelta(hours=3)
BEGINS_AT_LATEST = 0.3
"""The part of a solution's time after which somebody begins with it."""
LOOKS_FOR_THE_URGENT_EVERY = timedelta(minutes=3)
LEFT_WITH_AN_AGENT = timedelta(minutes=25)
LEAST_WORK = timedelta(minutes=1)
MISSED = "Our promise to this customer was missed."
ASKED = "The customer asked for a supervisor."
WAITS_FOR_OTHERS = 0.005
"""Share of solutions for which somebody outside has to answer first, so that the day we told moves."""
WHY_IT_MOVES = "The other bank has not answered yet; we have asked again."
NOTES = (
    "Called the back office; they look at it this afternoon.",
    "Papers are complete. Waiting for the card team.",
    "Same pattern as two cases last week, told the branch lead.",
    "Customer prefers writing to calls.",
    "Checked the account history, nothing odd before March.",
)
INTERRUPTED = "Had to leave this for something urgent; what I have found so far is in the file."


@dataclass(eq=False)
class Story:
    """One case as the replay follows it."""

    drawn: Drawn
    case_id: int
    need: str
    chance: Random
    work: CaseWork
    left: timedelta
    solving_left: timedelta
    replies: int = 0
    is_judged: bool = False
    has_moved: bool = False
    followed: set[FollowUp] = field(default_factory=set)
    """What this customer did or is going to do: nobody does the same twice."""
    is_over: bool = False


@dataclass(eq=False)
class Task:
    """What somebody is at. answering: a case in their hands; otherwise the rest of what was promised."""

    story: Story
    is_answer: bool
    began_at: datetime
    ends_at: datetime


@dataclass(eq=False)
class Seat:
    """A member of staff at the desk."""

    member: Member
    person: Person
    until: datetime
    places: tuple[str, ...] = ()
    task: Task | None = None

    def is_here(self, now: datetime) -> bool:
        return now < self.until


@dataclass
class Count:
    """What became of it, for the report and for tests."""

    arrivals: int = 0
    events: int = 0
    replies: int = 0
    corrections: int = 0
    interruptions: int = 0
    handled_by_supervisors: int = 0
    moved: dict[str, int] = field(default_factory=dict)


class Replay:
    """Replays arrivals and turns of duty from `begins` to `ends`; `people` by mail address.

    site: where the button stood. leaves: at the end staff go, and leave at most so many cases unanswered.
    """

    def __init__(
        self,
        arrivals: Sequence[Drawn],
        turns: Sequence[OnDuty],
        people: dict[str, Person],
        *,
        begins: datetime,
        ends: datetime,
        site: str = "",
        leaves: int | None = None,
    ) -> None:
        self.begins, self.ends, self.site, self.leaves = begins, ends, site, leaves
        self.count = Count()
        self.stories: dict[int, Story] = {}
        self._events: list[tuple[datetime, int, Act]] = []
        self._numbers = itertools.count()
        self._looked_at: datetime | None = None
        self._carried_at: datetime | None = None
        self._post = 0
        self._needs = {need.slug: need for need in Need.objects.all()}
        self._falls_due = falls_due()
        self._seats: dict[str, Seat] = {}
        self._waiting_at: set[str] = set()
        self._ready: list[Story] = []
        self._urgent: list[Story] = []
        self._raised: list[Story] = []
        for turn in turns:
            mail = turn.member.mail
            if mail not in self._seats:
                self._seats[mail] = Seat(turn.member, people[mail], begins)
            self.at(max(turn.begins_at, begins), self._comes(self._seats[mail], turn))
        for drawn in arrivals:
            self.at(self._heard_at(drawn), self._arrives(drawn))

    def run(self, say: Say = lambda line: None) -> Count:
        """Replay everything; one transaction for each day, in which every act has its own savepoint."""
        weeks = max(1, math.ceil((self.ends - self.begins) / timedelta(weeks=1)))
        day, week = self.begins, 0
        while day < self.ends:
            if (number := (day - self.begins) // timedelta(weeks=1)) >= week:
                week = number + 1
                say(f"week {week} of {weeks} …")
            until = min(day + timedelta(days=1), self.ends)
            with transaction.atomic():
                self._play(until)
            day = until
        if self.leaves is not None:
            with transaction.atomic():
                self._hand_over(self.ends, self.leaves)
        return self.count

    def _play(self, until: datetime) -> None:
        while self._events and self._events[0][0] < until:
            at, _, act = self._events[0]
            self._watch(at)
            if self._events[0][0] < at:
                continue
            heapq.heappop(self._events)
            act(at)
            self.count.events += 1
            self._seat_the_idle(at)
            self._carry(at)
        self._watch(until)
        self._seat_the_idle(until)

    def _hand_over(self, now: datetime, leaves: int) -> None:
        """Everybody goes: what is nearly done is answered first, then what waits; the rest is given back."""
        answering = [seat for seat in self._seats.values() if seat.task is not None and seat.task.is_answer]
        here = [seat for seat in self._seats.values() if seat.is_here(now) and seat.member.role == "agent"]
        unanswered = Case.objects.filter(first_unanswered_at__isnull=False)
        for seat in sorted(answering, key=lambda each: (each.task.ends_at if each.task else now, each.member.mail)):
            task, seat.task = seat.task, None
            if task is not None and unanswered.count() > leaves:
                self._writes_back(seat, task, now)
            hands.give_back_all(seat.person, now)
        for seat in itertools.cycle(here):
            if unanswered.count() <= leaves:
                break
            if self._presses_next(seat, now) and seat.task is not None:
                task, seat.task = seat.task, None
                self._writes_back(seat, task, now)
        self._carried_at = None  # what was held back for a day and is due by now goes as well
        self._carry(now)

    def at(self, at: datetime, act: Act) -> None:
        """Let something happen at that time, unless the replay is over by then."""
        if at < self.ends:
            heapq.heappush(self._events, (at, next(self._numbers), act))

    # What customers do

    def _heard_at(self, drawn: Drawn) -> datetime:
        if drawn.door != "api":
            return drawn.sent_at
        return min(drawn.sent_at + drawn.chance("polled").random() * POLLED_WITHIN, self.ends - timedelta(seconds=1))

    def _arrives(self, drawn: Drawn) -> Act:
        def arrive(now: datetime) -> None:
            self._look_ahead(now)
            told = let_in(knock_of(drawn, self.site), now)
            who = drawn.customer
            self._post += bool(who.email or who.phone or who.handle)
            self.count.arrivals += 1
            need = _case(told.case_id).line.need.slug
            work = work_on(drawn, need)
            story = Story(drawn, told.case_id, need, drawn.chance("desk"), work, work.answering, work.solving)
            self.stories[told.case_id] = story
            self._in_line(story, now)
            self._follow(story, "sent", now)

        return arrive

    def _follow(self, story: Story, since: str, now: datetime) -> None:
        for follow_up in story.drawn.follow_ups:
            if follow_up.since == since and follow_up not in story.followed:
                story.followed.add(follow_up)
                self.at(now + follow_up.after, self._follows_up(story, follow_up))

    def _follows_up(self, story: Story, follow_up: FollowUp) -> Act:
        def follow_up_now(now: datetime) -> None:
            case = _case(story.case_id)
            waits = case.first_unanswered_at is not None
            match follow_up.kind:
                case "writes_again" if waits:
                    self._writes(story, follow_up.words, now)
                case "goes_public" if case.is_open and (waits or follow_up.since == "missed"):
                    self._writes(story, follow_up.words, now, in_public=True)
                case "answers" if case.returns_at is not None:
                    self._writes(story, follow_up.words, now)
                case "no_answer" if not waits and case.solved_at is None:
                    self._presses(story, Contact.Kind.NO_ANSWER, follow_up.words, now)
                case "supervisor" if case.is_open and (waits or follow_up.since == "missed"):
                    self._presses(story, Contact.Kind.SUPERVISOR, follow_up.words, now)
                    self._raise(story, now)
                case "solved":
                    self._presses(story, Contact.Kind.SOLVED, follow_up.words, now)
                    story.is_over = True
                    return
                case "reopens" if case.solved_at is not None and not story.is_over:
                    self._presses(story, Contact.Kind.NOT_SOLVED, follow_up.words, now)
                case _:
                    return
            case.refresh_from_db(fields=["first_unanswered_at", "lease_ends_at"])
            if not waits and case.first_unanswered_at is not None:
                story.left = story.work.solving * 0.5
                self._in_line(story, now)

        return follow_up_now

    def _writes(self, story: Story, said: str, now: datetime, *, in_public: bool = False) -> None:
        drawn = story.drawn
        knock = replace(knock_of(drawn, self.site), account="", external_id="", wants_link=False)
        if drawn.is_public:
            knock = replace(knock, door="api")
        elif in_public:
            followers = draw_followers(drawn.chance("goes public"))
            knock = replace(knock, door="api", account="demo", is_public=True, reach={"followers": followers})
        else:
            knock = replace(knock, door=PRIVATE_PAGE)
        let_in(replace(knock, words=said, sent_at=now, joins=story.case_id), now)

    def _presses(self, story: Story, kind: Contact.Kind, said: str, now: datetime) -> None:
        """A button of the customer's own page, with the words they put beside it."""
        press(story.case_id, kind, said, now, key=f"{kind}-{now.timestamp():.0f}")

    # What staff do

    def _look_up(self, now: datetime) -> None:
        """Whoever is free looks again at what is raised: by now an agent has had time to answer it."""

    def _comes(self, seat: Seat, turn: OnDuty) -> Act:
        def come(now: datetime) -> None:
            seat.until = max(seat.until, turn.ends_at)
            if seat.places != turn.places:  # moved: "Next" asks for their places at every press
                seat.places, seat.person = turn.places, Person.objects.prefetch_related("places").get(pk=seat.person.pk)

        return come

    def _in_line(self, story: Story, now: datetime) -> None:
        """Somebody waits: whoever is free looks, and for danger and deadlines others leave what they are at."""
        self._waiting_at.add(story.drawn.place)
        if self._needs[story.need].runs_always and story not in self._urgent:
            self._urgent.append(story)
            self.at(now + timedelta(seconds=1), self._interrupts_for(story))

    def _seat_the_idle(self, now: datetime) -> None:
        if not self._waiting_at and not self._ready and not self._raised:
            return
        for seat in self._seats.values():
            if seat.task is None and seat.is_here(now):
                self._find_work(seat, now)

    def _find_work(self, seat: Seat, now: datetime) -> None:
        if seat.member.role == "supervisor":
            self._see_to_one(seat, now)
            return
        ready = [story for story in self._ready if story.drawn.place in seat.places]
        if ready and (due := self._due_soon(ready, now)) is not None:
            self._solves(seat, due, now)
            return
        if self._waiting_at & set(seat.places):
            if self._presses_next(seat, now):
                return
            self._waiting_at.difference_update(seat.places)  # nobody waits there
        if ready:
            self._solves(seat, ready[0], now)

    def _due_soon(self, ready: Iterable[Story], now: datetime) -> Story | None:
        ids = {story.case_id: story for story in ready}
        soon = ask(
            "SELECT case_id FROM care_promise WHERE case_id IN (%s) AND kind = %s AND is_running AND due_at <= %s "
            "ORDER BY due_at, id LIMIT 1",
            list(ids),
            Promise.Kind.SOLUTION.value,
            now + SOLVED_FIRST_WHEN_DUE_WITHIN,
        )
        return ids[soon[0][0]] if soon else None

    def _presses_next(self, seat: Seat, now: datetime) -> bool:
        lease = queue.take_next(seat.person, now)
        if lease is None:
            return False
        self._has_in_hand(seat, self.stories[lease.case_id], now)
        return True

    def _has_in_hand(self, seat: Seat, story: Story, now: datetime) -> None:
        for other in self._seats.values():
            if other is not seat and other.task is not None and other.task.story is story and other.task.is_answer:
                self._leave(other, now)
        if not story.is_judged:
            self._reads(seat, story, now)
        if story in self._urgent:
            self._urgent.remove(story)
        self._begin(seat, story, story.left, now, is_answer=True)

    def _reads(self, seat: Seat, story: Story, now: datetime) -> None:
        """Whoever opens a case of whose need triage is unsure says what it is."""
        story.is_judged = True
        judged = find(Judged, "case_id = %s", story.case_id)
        if judged is None or judged.is_sure:
            return
        need = understood(story, judged)
        if story.chance.random() < 0.85:
            earlier = correct(
                story.case_id, by=seat.person, need=self._needs[need], because="Read the letter.", version=None, now=now
            )
            if earlier is not None:
                self._post += outbox.tell(watching.Moved(earlier.case, earlier, "earlier"), now) is not None
            self.count.corrections += 1
        hurried = story.work if self._needs[story.need].runs_always and not self._needs[need].runs_always else None
        story.need = need
        story.work = work_on(story.drawn, need)
        story.left, story.solving_left = story.work.answering, story.work.solving
        if hurried is not None:
            # They were told minutes, and nobody loses that to our mistake: a first word now, the rest after it.
            first: words.Kind = "promises" if story.work.first == "solves" else story.work.first
            story.work = replace(story.work, first=first, answering=hurried.answering)
            story.left, story.solving_left = hurried.answering, story.solving_left + story.left

    def _begin(self, seat: Seat, story: Story, left: timedelta, now: datetime, *, is_answer: bool) -> None:
        ends = now + max(left / seat.member.pace, LEAST_WORK)
        seat.task = task = Task(story, is_answer, now, ends)

        def finish(at: datetime) -> None:
            if seat.task is task:
                seat.task = None
                self._writes_back(seat, task, at)

        self.at(ends, finish)

    def _leave(self, seat: Seat, now: datetime) -> None:
        """Put down what one is at; what was done of it is not lost."""
        task = seat.task
        assert task is not None
        seat.task = None
        done = (now - task.began_at) * seat.member.pace
        if task.is_answer:
            task.story.left = max(task.story.left - done, LEAST_WORK)
            self._waiting_at.add(task.story.drawn.place)
        else:
            task.story.solving_left = max(task.story.solving_left - done, LEAST_WORK)
            self._ready.append(task.story)

    def _interrupts_for(self, story: Story) -> Act:
        """Danger takes somebody off what they are at, and so does a deadline once it is the head of the line."""

        def interrupt(now: datetime) -> None:
            if story not in self._urgent:
                return
            if not Case.objects.waiting().filter(pk=story.case_id).exists():
                self._urgent.remove(story)
                return
            if (seat := self._who_can_leave(story, now) or self._who_steps_in(story, now)) is not None:
                head = queue.head(seat.person, now)
                if head is not None and head.case_id == story.case_id:
                    if seat.task is not None:
                        if seat.task.is_answer:
                            staff.note(seat.task.story.case_id, by=seat.person, words=INTERRUPTED, now=now)
                        self._leave(seat, now)
                        self.count.interruptions += 1
                    self._presses_next(seat, now)
                    return
            self.at(now + LOOKS_FOR_THE_URGENT_EVERY, interrupt)

        return interrupt

    def _who_can_leave(self, story: Story, now: datetime) -> Seat | None:
        """Who solves something holds nobody up; failing them, whoever has only just begun with an answer."""
        able = [
            (seat.task.is_answer, -seat.task.began_at.timestamp(), seat.member.mail)
            for seat in self._seats.values()
            if seat.task is not None
            and seat.is_here(now)
            and seat.member.role == "agent"
            and story.drawn.place in seat.places
            and not self._needs[seat.task.story.need].runs_always
        ]
        return self._seats[min(able)[2]] if able else None

    def _who_steps_in(self, story: Story, now: datetime) -> Seat | None:
        """Where nobody is at the desk of a place, a supervisor who is free takes what cannot wait."""
        here = [seat for seat in self._seats.values() if seat.is_here(now) and story.drawn.place in seat.places]
        if any(seat.member.role == "agent" for seat in here):
            return None
        return next((seat for seat in here if seat.member.role == "supervisor" and seat.task is None), None)

    def _writes_back(self, seat: Seat, task: Task, now: datetime) -> None:
        story = task.story
        case = _case(story.case_id)
        if not case.is_open or (task.is_answer and case.first_unanswered_at is None):
            return
        kind = self._kind_of_reply(story, task, seat)
        if not task.is_answer and not story.has_moved and story.chance.random() < WAITS_FOR_OTHERS:
            story.has_moved = True
            if self._moves_the_day(seat, story, case, now):
                return
        zone, by_when = ZoneInfo(case.line.place.zone), None
        hours = catalogue().working_time(case.line.place, now)
        named = now
        if kind == "asks":
            named = by_when = hours.days_after(now, story.work.asks_again_after_days)
        elif kind == "promises":
            since = case.first_unanswered_at or now
            named = Teller(catalogue(), now).solution(case.line, since).due_at
        body = words.answer(
            story.need,
            story.drawn.text,
            kind,
            agent=seat.person.name,
            by=times.when(named, zone, now, story.drawn.language),
            chance=story.chance,
        )
        if kind != "asks" and story.chance.random() < 0.1:
            staff.note(case.pk, by=seat.person, words=story.chance.choice(NOTES), now=now)
        reply = staff.reply(
            case.pk, by=seat.person, words=body, kind=REPLIES[kind], version=case.version, now=now, by_when=by_when
        )
        self._post += outbox.send(reply, now) is not None
        story.replies += 1
        self.count.replies += 1
        story.left = story.work.solving * 0.5
        self._after_a_reply(story, kind, named, now)

    def _kind_of_reply(self, story: Story, task: Task, seat: Seat) -> words.Kind:
        possible = words.kinds_of(story.need, story.drawn.text)
        if not task.is_answer or story.replies or story.work.first not in possible:
            return "solves"
        return story.work.first

    def _after_a_reply(self, story: Story, kind: words.Kind, due_at: datetime, now: datetime) -> None:
        if story in self._ready:
            self._ready.remove(story)
        for seat in self._seats.values():
            if seat.task is not None and seat.task.story is story:
                seat.task = None
        if kind != "solves":
            self._follow(story, "answered", now)
        if kind == "asks":
            self._follow(story, "asked", now)
        elif kind == "promises":
            begins = now + min(story.work.solving_begins_after, (due_at - now) * BEGINS_AT_LATEST)
            if (late_by := story.work.back_office_is_late_by) is not None:
                clock = catalogue().working_time(catalogue().places[story.drawn.place], now)
                takes = clock.working_days(BACK_OFFICE_DAYS) + late_by
                begins = max(now, clock.after(story.drawn.sent_at, takes))
            self.at(begins, self._is_ready(story))
        else:
            self._follow(story, "solved", now)

    def _is_ready(self, story: Story) -> Act:
        def ready(now: datetime) -> None:
            case = _case(story.case_id)
            if case.is_open and case.first_unanswered_at is None and story not in self._ready:
                self._ready.append(story)

        return ready

    def _moves_the_day(self, seat: Seat, story: Story, case: Case, now: datetime) -> bool:
        """Somebody outside has not answered yet: the customer is told a later day before the old one breaks."""
        running = Promise.objects.filter(case=case, kind=Promise.Kind.SOLUTION, is_running=True).first()
        if running is None or running.due_at <= now or running.place_in_row > keeping.MOST_RENEWALS:
            return False
        later = catalogue().working_time(case.line.place, now).days_after(running.due_at, 2)
        promise = staff.promise_anew(
            case.pk, by=seat.person, due_at=later, reason=WHY_IT_MOVES, version=case.version, now=now
        )
        self._post += outbox.tell(watching.Moved(case, promise, "renewed"), now) is not None
        self.at(running.due_at, self._is_ready(story))
        return True

    def _solves(self, seat: Seat, story: Story, now: datetime) -> None:
        self._ready.remove(story)
        case = _case(story.case_id)
        if case.is_open and case.first_unanswered_at is None:
            self._begin(seat, story, story.solving_left, now, is_answer=False)
        else:
            self._find_work(seat, now)

    # What supervisors do

    def _raise(self, story: Story, now: datetime) -> None:
        if story not in self._raised:
            self._raised.append(story)
            self.at(now + LEFT_WITH_AN_AGENT, self._look_up)

    def _see_to_one(self, seat: Seat, now: datetime) -> None:
        for story in list(self._raised):
            if story.drawn.place not in seat.places:
                continue
            case = _case(story.case_id)
            if case.raised_at is None or not case.is_open:
                self._raised.remove(story)
                continue
            busy = [other for other in self._seats.values() if other.task is not None and other.task.story is story]
            if busy and now - case.raised_at < LEFT_WITH_AN_AGENT:
                continue
            self._raised.remove(story)
            for other in busy:
                self._leave(other, now)
            if story in self._ready:
                self._ready.remove(story)
            self.count.handled_by_supervisors += 1
            if case.first_unanswered_at is not None:
                asked = Promise.objects.filter(case=case, kind=Promise.Kind.SUPERVISOR, is_running=True).exists()
                queue.take(case.pk, seat.person, now, reason=ASKED if asked else MISSED)
                self._has_in_hand(seat, story, now)
            else:
                self._begin(seat, story, story.solving_left, now, is_answer=False)
            return

    # What happens by itself

    def _look_ahead(self, now: datetime) -> None:
        """What the loop does every minute, as often as a promise can tell: more often while people wait."""
        since = None if self._looked_at is None else now - self._looked_at
        if since is not None and since < LOOKS_AHEAD_EVERY:
            return
        if since is None or since >= LOOKS_AHEAD_EVERY_WHEN_QUIET or self._many_wait():
            outlook.look_ahead(now)
            making.forget()  # its memory is of some seconds on the wall, which are days here
            self._looked_at = now

    def _many_wait(self) -> bool:
        waiting = "SELECT id FROM care_case WHERE first_unanswered_at IS NOT NULL AND lease_ends_at IS NULL LIMIT %s"
        return len(ask(waiting, FEW + 1)) > FEW

    def _watch(self, now: datetime) -> None:
        """Let the loops do what fell due before this event, each at its own time."""
        while (at := self._next_time()) is not None and at <= now:
            done = watch_once(at)
            if not done and self._next_time() == at:
                raise RuntimeError(f"something fell due at {at} that no loop does")
            for moved in done:
                self._has_moved(moved, at)
            self._seat_the_idle(at)
            self._carry(at)

    def _next_time(self) -> datetime | None:
        """When the next promise, lease or return falls due: one question, asked before every event."""
        with connection.cursor() as cursor:
            cursor.execute(*self._falls_due)
            return min((_moment(at) for (at,) in cursor.fetchall()), default=None)

    def _has_moved(self, moved: watching.Moved, now: datetime) -> None:
        self.count.moved[moved.what] = self.count.moved.get(moved.what, 0) + 1
        self._post += outbox.tell(moved, now) is not None
        story = self.stories.get(moved.case.pk)
        if story is None:
            return
        if moved.what in {"missed", "raised"}:
            self._raise(story, now)
        if moved.what == "missed":
            self._follow(story, "missed", now)
        if moved.what in {"new owner", "came back", "missed"} and moved.case.first_unanswered_at is not None:
            self._in_line(story, now)

    def _carry(self, now: datetime) -> None:
        """Carry out what was planned; now and then look for what was held back for a day."""
        for _ in range(self._post):
            outbox.carry_one(now)
        self._post = 0
        if self._carried_at is None or now - self._carried_at >= CARRIES_EVERY:
            while outbox.carry_one(now):
                pass
            self._carried_at = now


def _case(case_id: int) -> Case:
    case = get(Case, case_id)
    case.line = catalogue().of_line(case.line_id)
    return case


def falls_due() -> tuple[str, tuple[Any, ...]]:
    """The SQL and values that ask for the first of each kind of time at which a loop has something to do."""
    running = Promise.objects.filter(is_running=True)
    firsts = (
        running.order_by("due_at").values_list("due_at"),
        Promise.objects.to_look_at().order_by("renew_at").values_list("renew_at"),
        Lease.objects.filter(ended_at=None).order_by("ends_at").values_list("ends_at"),
        Case.objects.filter(returns_at__isnull=False).order_by("returns_at").values_list("returns_at"),
    )
    parts = [first[:1].query.sql_with_params() for first in firsts]
    sql = " UNION ALL ".join(f"SELECT * FROM ({part}) AS first_{nth}" for nth, (part, _) in enumerate(parts))  # noqa: S608
    return sql, tuple(value for _, values in parts for value in values)


def _moment(at: datetime) -> datetime:
    """A time as the database hands it out without a model: SQLite keeps UTC without saying so."""
    return at if at.tzinfo else at.replace(tzinfo=UTC)


REPLIES: dict[words.Kind, Reply.Kind] = {
    "solves": Reply.Kind.SOLUTION,
    "promises": Reply.Kind.ANSWER,
    "asks": Reply.Kind.QUESTION,
}


def watch_once(now: datetime) -> list[watching.Moved]:
    """One round of every watching loop, until none of them finds anything that has fallen due."""
    moved: list[watching.Moved] = []
    for loop in (
        watching.break_one_overdue,
        watching.end_one_lapsed_lease,
        watching.come_back_to_one,
        lambda at: watching.look_at_one_promise(at, outlook.forecast_due),
    ):
        while (found := loop(now)) is not None:
            moved.append(found)
    return moved


def knock_of(drawn: Drawn, site: str = "") -> Knock:
    """What the door brings of this arrival."""
    who = drawn.customer
    return Knock(
        door=drawn.door,
        words=drawn.text.words,
        sent_at=drawn.sent_at,
        account={"button": site, "form": "", "api": "demo"}[drawn.door],
        language=drawn.language,
        place=drawn.place,
        caller=Caller(
            email=who.email or "",
            phone=who.phone or "",
            handle=who.handle or "",
            name=who.name or "",
            language=drawn.language,
        ),
        is_public=drawn.is_public,
        reach={} if who.followers is None else {"followers": who.followers},
        external_id=f"post-{drawn.number}" if drawn.door == "api" else "",
        wants_link=drawn.door != "api",
    )


def understood(story: Story, judged: Judged) -> str:
    """The need as a person reads it who knows what its writer meant; where nobody does, the likeliest one."""
    label = story.drawn.text.label or max(
        judged.probabilities, key=judged.probabilities.__getitem__, default=story.need
    )
    if label == "deadline":
        return story.need if story.need.startswith("deadline") else "deadline-120"
    return str(label)
