"""Make the demo ready for a visitor: three months behind it, one promise about to run out, and the ways in."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from evenhand.care.models import Case, Entry, Promise
from evenhand.care.promises import outlook
from evenhand.care.triage.reading import read_all
from evenhand.identity.recognise import give_links
from evenhand.people.models import OneTimeLink, Person
from evenhand.ui import times
from evenhand.web import ready
from evenhand.web.configuration import WrongSetting
from evenhand.web.demo import clock, kept, organisation, words
from evenhand.web.demo.diary import Diary
from evenhand.web.demo.draw import Customer, Drawn, draw
from evenhand.web.demo.founding import found_the_bank
from evenhand.web.demo.kept import Demo
from evenhand.web.demo.organisation import PLACES, ZONE, turns_of_duty
from evenhand.web.demo.replay import Replay
from evenhand.web.models import Beat

Say = Callable[[str], None]

ALONE_FOR = timedelta(minutes=13, seconds=30)
"""So long before the visitor comes, staff have left: a promise of fifteen minutes, told to the minute, has two left."""
LEFT_IN_LINE = 2
"""With the two who write after that and the one in danger, at most five wait."""
KEPT_BACK = 6
"""Texts of danger that are not replayed: one for each time the demo is opened, then from the first again."""
GARBAGE_AFTER = 50_000
"""Rows made by the thousand leave little garbage that refers to itself: it is looked for less often here."""
SIGN_IN_LIVES_FOR = timedelta(days=365)
VISITORS = (
    ("agent", "maya.okafor@lakeside.example"),
    ("supervisor", "ruth.bergman@lakeside.example"),
    ("auditor", "amara.singh@lakeside.example"),
    ("administrator", "robin.castellano@lakeside.example"),
)


def get_ready(seed: int, as_of: datetime, say: Say) -> Demo:
    """Replay the demo where that was not finished, then open it: as of that time, or where it last stood."""
    data: Path = settings.DATA
    demo = kept.demo_in(data)
    if demo is not None and not demo.is_finished:
        if settings.CONFIGURATION.database:
            raise WrongSetting(
                "EVENHAND_DATABASE",
                "a replay stopped half way in this database.",
                "Make an empty database and give its address.",
            )
        kept.clear(data)
        demo = None
    is_new = demo is None
    if demo is None:
        demo = Demo(seed)
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        kept.keep(data, demo)
    ready.get_ready(migrate=True)
    ours = clock.of(data)
    if is_new:
        opens_at = organisation.opens_at(as_of.replace(second=0, microsecond=0))
        rest = fill(seed, opens_at, say)
        demo.is_finished = True
        kept.keep(data, demo)
    else:
        opens_at, rest = _last_sign_of_life(ours.now()) + ALONE_FOR, []
    open_for_a_visitor(demo, data, opens_at, rest)
    ours.stand_at(opens_at)
    say_where(demo, opens_at, say)
    return demo


def fill(seed: int, opens_at: datetime, say: Say, begins: datetime | None = None) -> list[Drawn]:
    """Found the bank and replay its last weeks until staff leave; returns who writes after that."""
    begun = monotonic()
    begins, alone_since = begins or organisation.replay_begins(opens_at), opens_at - ALONE_FOR
    weeks = round((opens_at - begins) / timedelta(weeks=1))
    say(f"{weeks} weeks at Lakeside Bank, replayed through the real code (about two minutes) …")
    people = found_the_bank(begins, opens_at)
    held_back = {text.words for text in kept_back()}
    arrivals = [each for each in draw(seed, opens_at) if each.sent_at >= begins and each.text.words not in held_back]
    before = [each for each in arrivals if each.sent_at < alone_since]
    outlook.forget()
    threshold = gc.get_threshold()
    gc.set_threshold(GARBAGE_AFTER, *threshold[1:])
    try:
        replay = Replay(
            before,
            turns_of_duty(opens_at),
            people,
            begins=begins,
            ends=alone_since,
            site=settings.BASE_URL,
            leaves=LEFT_IN_LINE,
        )
        Diary(replay, people, opens_at, seed).enter()
        count = replay.run(say)
    finally:
        gc.set_threshold(*threshold)
    say(f"{count.arrivals:,} contacts, {count.replies:,} replies, in {monotonic() - begun:.0f} s.")
    return arrivals[len(before) :]


def kept_back() -> list[words.Text]:
    """Texts that triage reads as danger and that the replay leaves out."""
    about = [text for text in words.own_texts() if text.label == "danger" and text.language == "en" and not text.place]
    read = read_all([(text.words, text.language, "") for text in about])
    return [text for text, judged in zip(about, read, strict=True) if judged.need == "danger"][:KEPT_BACK]


def _last_sign_of_life(now: datetime) -> datetime:
    """Time stands still while nobody serves the demo: it goes on from here."""
    entry = Entry.objects.order_by("-seq").values_list("at", flat=True).first()
    beat = Beat.objects.order_by("-at").values_list("at", flat=True).first()
    last = max((moment for moment in (entry, beat) if moment is not None), default=now)
    return min(last, now).replace(second=0, microsecond=0) + timedelta(minutes=1)


def open_for_a_visitor(demo: Demo, data: Path, opens_at: datetime, rest: list[Drawn]) -> None:
    """Let the last minutes pass with nobody at the desk, and give the ways in."""
    demo.starts += 1
    waiting = let_one_run_out(demo.starts, opens_at, rest)
    promise = waiting.promises.get(kind=Promise.Kind.ANSWER, is_running=True)
    demo.waiting_case, demo.waiting_until = waiting.reference, promise.due_at.isoformat()
    if not demo.ways_in:
        demo.ways_in = ways_in(opens_at)
    kept.keep(data, demo)


def let_one_run_out(nth: int, opens_at: datetime, rest: Sequence[Drawn] = ()) -> Case:
    """Somebody in danger wrote after staff had left: two of their fifteen minutes are still to come.

    rest: who else writes in these minutes. Nobody takes anything; forecasts, letters and loops go on as ever.
    """
    begins, texts = opens_at - ALONE_FOR, kept_back()
    drawn = Drawn(
        number=0,
        sent_at=begins,
        text=texts[(nth - 1) % len(texts)],
        door="form",
        is_public=False,
        customer=Customer(0, "Noor Haddad", f"noor.haddad.{nth}@example.com", None, None, None),
        place=PLACES[(nth - 1) % len(PLACES)].slug,  # where nobody else in danger is still before them
        language="en",
        follow_ups=(),
        seed=nth,
    )
    alone = Replay([drawn, *rest], [], {}, begins=begins, ends=opens_at, site=settings.BASE_URL)
    alone.run()
    return next(Case.objects.get(pk=story.case_id) for story in alone.stories.values() if story.drawn is drawn)


def ways_in(now: datetime) -> dict[str, str]:
    """Name → path: a customer's page, and a sign-in for each role that works again and again on this machine."""
    ways = {}
    case = Case.objects.open().filter(first_unanswered_at__isnull=False).order_by("-first_unanswered_at", "-pk")[:1]
    shown = case or Case.objects.order_by("-opened_at", "-pk")[:1]
    with transaction.atomic():
        (token,) = give_links([(shown[0].pk, None)], now)
        ways["customer"] = reverse("status:page", args=[token])
        for role, mail in VISITORS:
            person = Person.objects.get(email=mail)
            link = OneTimeLink.give(OneTimeLink.Kind.SIGN_IN, now, person, lives_for=SIGN_IN_LIVES_FOR)
            ways[role] = reverse("web:in", args=[link])
    return ways


def say_where(demo: Demo, now: datetime, say: Say) -> None:
    base = settings.BASE_URL
    names = dict(Person.objects.filter(email__in=[mail for _, mail in VISITORS]).values_list("role", "name"))
    say(f"\n{settings.ORGANISATION} is open (stop it with Ctrl+C). Who wrote, and how, is made up; see {base}/demo/\n")
    rows = [
        ("The shop, with the red button", reverse("pages:front")),
        ("A customer's private page", demo.ways_in["customer"]),
        ("Letters that went out", reverse("post:letters")),
        *((f"Sign in as {names[role]}, {role}", demo.ways_in[role]) for role, _ in VISITORS),
        ("Is everybody treated alike? For everybody", reverse("fairness:public")),
        ("Let an hour pass", reverse("demo:about")),
    ]
    for name, path in rows:
        say(f"  {name:<44} {base}{path}")
    if (due_at := demo.is_due_at()) is not None:
        at = f"{due_at.astimezone(ZoneInfo(ZONE)):%H:%M}"
        say(
            f"\nThe promise to {demo.waiting_case} (danger) runs out {times.time_until(due_at, now)}, at {at} in "
            "Oakland, and nobody has it in hand: sign in as the supervisor and see it raised by itself.\n"
        )
