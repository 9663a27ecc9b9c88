"""A desk played out in real rows: people write, some of them post while they wait, a person answers each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from evenhand.care.models import Case, Reply
from evenhand.care.promises import staff
from evenhand.doors import outbox
from evenhand.doors.intake import let_in
from evenhand.people.models import Person
from factories import DAY, HOUR, a_case, a_knock

WORDS = "I was charged twice for the same transfer."


@dataclass
class Told:
    """One customer: when they write, when they would post, and when they are answered (None: not at all)."""

    writes_at: datetime
    posts_at: datetime | None = None
    answered_at: datetime | None = None
    is_public: bool = False
    need: str = "money"
    door: str = "form"
    case: Case | None = field(default=None, repr=False)


def answer(case: Case, by: Person, now: datetime, kind: Reply.Kind = Reply.Kind.SOLUTION, **about: Any) -> Reply:
    """Answer a case as the desk does; it reaches the customer at once."""
    reply = staff.reply(case.pk, by=by, words="Put right, with an apology.", kind=kind, version=None, now=now, **about)
    outbox.send(reply, now)
    return reply


def post(case: Case, now: datetime, *, door: str = "mastodon", **about: Any) -> None:
    """The customer says it in public; the door knows which case it belongs to."""
    let_in(a_knock("And nobody answers!", door=door, is_public=True, joins=case.pk, sent_at=now, **about), now)


def play(people: Iterable[Told], by: Person) -> list[Told]:
    """Everything in the order in which it happens; who is answered first does not post any more."""
    everyone = list(people)
    moments: list[tuple[datetime, int, str, Told]] = []
    for number, one in enumerate(everyone):
        moments.append((one.writes_at, number, "writes", one))
        if one.answered_at is not None:
            moments.append((one.answered_at, number, "is answered", one))
        if one.posts_at is not None and (one.answered_at is None or one.posts_at < one.answered_at):
            moments.append((one.posts_at, number, "posts", one))
    for at, _, what, one in sorted(moments, key=lambda each: each[:2]):
        if what == "writes":
            one.case = a_case(WORDS, at, need=one.need, door=one.door, is_public=one.is_public)
            continue
        assert one.case is not None
        if what == "posts":
            post(one.case, at)
        else:
            answer(one.case, by, at)
    return everyone


def a_crowd(start: datetime, *, days: int, a_day: int, seed: int, pays: bool) -> list[Told]:
    """People who wait about three hours; half of them post after a while, if nobody has answered by then.

    pays: who posts is answered within the half hour; otherwise nobody at the desk looks.
    """
    chance = Random(seed)
    crowd = []
    for n in range(days * a_day):
        writes = start + (n // a_day) * DAY + chance.uniform(0, 8) * HOUR
        answered = writes + chance.expovariate(1 / 3) * HOUR + timedelta(seconds=60)
        posts = writes + chance.expovariate(1 / 3) * HOUR if chance.random() < 0.5 else None
        if pays and posts is not None and posts < answered:
            answered = min(answered, posts + chance.uniform(1, 30) * timedelta(minutes=1))
        crowd.append(Told(writes, posts, answered))
    return crowd
