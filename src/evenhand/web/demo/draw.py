"""What nobody recorded, drawn by a seed: who wrote, when, where, on which door, with what reach, and what they
did next; and how long staff worked on it. The same seed and time give the same weeks.

Door, public mark and reach are drawn without a look at the words, so no need is tied to them; the one exception
is danger, which nobody here posts in public. What anybody gets is not drawn at all: whoever is at the desk serves
the line. There are more contacts than texts, so each text is said by two or three people. Names, addresses and
numbers are reserved ones that reach nobody.
"""

from __future__ import annotations

import math
from bisect import bisect
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Literal
from zoneinfo import ZoneInfo

from evenhand.web.demo.organisation import (
    GIVE_OR_TAKE,
    PLACES,
    SATURDAY,
    ZONE,
    is_busy,
    replay_begins,
    work_of,
)
from evenhand.web.demo.words import Kind, Said, Text, said, texts

CONTACTS_A_DAY = 39
HOUR = timedelta(hours=1)
BUSY_LOAD = 1.6
QUIET_LOAD = 0.6  # of the last day, so that few wait when the visitor comes
LAST_MINUTES = ((20, 45), (9, 18), (2, 6))  # how long ago the last three wrote

Door = Literal["button", "form", "api"]
Since = Literal["sent", "answered", "asked", "missed", "solved"]

# Contacts by hour of the local day, a working day; people write at lunch and after supper.
BY_HOUR = (5, 3, 2, 2, 2, 4, 8, 18, 36, 56, 64, 62, 60, 56, 58, 56, 50, 42, 34, 30, 28, 24, 16, 9)
BY_WEEKDAY = (1.08, 1.04, 1.0, 0.98, 0.95, 0.42, 0.36)
DOORS: tuple[tuple[Door, float], ...] = (("button", 0.34), ("form", 0.2), ("api", 0.46))
PUBLIC_OF_API = 0.84  # the API is where posts in public come from: about four in ten of all
WROTE_BEFORE = 0.14  # share of contacts by somebody who has another case

FIRST_NAMES = {
    "en": (
        *("Aaliyah", "Abigail", "Ahmed", "Alice", "Amara", "Andre", "Anh", "Arjun", "Astrid", "Benjamin"),
        *("Bich", "Caleb", "Chidi", "Chloe", "Cyrus", "Dana", "Darnell", "Deepa", "Diane", "Dmitri", "Earl"),
        *("Elena", "Emeka", "Esther", "Fatima", "Frank", "Gloria", "Hana", "Harold", "Imani", "Ivan", "Jamal"),
        *("Janet", "Jin", "Joyce", "Kavita", "Keisha", "Kenji", "Kwame", "Lauren", "Leroy", "Linda", "Malik"),
        *("Mei", "Mohammed", "Nadia", "Noah", "Olga", "Omar", "Patrick", "Pearl", "Quan", "Rachel", "Ravi"),
        *("Ruth", "Sanjay", "Sean", "Shirin", "Sofia", "Tariq", "Thuy", "Tyrone", "Vera", "Walter", "Yara"),
    ),
    "es": (
        *("Alejandra", "Beatriz", "Carlos", "Daniela", "Esteban", "Fernanda", "Guadalupe", "Héctor", "Inés"),
        *("Javier", "José", "Lucía", "Marisol", "Miguel", "Pilar", "Ramón", "Rocío", "Teresa", "Ximena"),
    ),
}
LAST_NAMES = {
    "en": (
        *("Abebe", "Adler", "Ali", "Baker", "Banerjee", "Begum", "Bianchi", "Brooks", "Chan", "Chaudhry"),
        *("Cohen", "Cooper", "Diallo", "Dinh", "Evans", "Farahani", "Fields", "Garrett", "Goldberg", "Gupta"),
        *("Hassan", "Hayes", "Ibrahim", "Ito", "Jackson", "Jensen", "Johnson", "Kaur", "Khan", "Kim", "Kowalski"),
        *("Lee", "Lopez", "Mbeki", "Mehta", "Murphy", "Nguyen", "Novak", "Obi", "Park", "Patel", "Petrov"),
        *("Phan", "Quinn", "Reed", "Romero", "Rossi", "Santos", "Sato", "Schmidt", "Singh", "Sullivan"),
        *("Tran", "Umar", "Walker", "Washington", "White", "Wong", "Wu", "Yamada", "Young", "Zhou", "Zimmer"),
    ),
    "es": (
        *("Aguilar", "Castillo", "Cruz", "Domínguez", "Espinoza", "Flores", "García", "Hernández", "Jiménez"),
        *("López", "Mendoza", "Núñez", "Ortega", "Paredes", "Quintero", "Ramírez", "Salazar", "Vega"),
    ),
}
MAIL_HOSTS = ("example.com", "example.org", "example.net")  # RFC 2606
AREA_CODES = (510, 341, 415, 628, 650, 925, 408, 669, 707, 831)  # with 555-0100 to 555-0199, kept for fiction


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody made up. Without mail and phone the status link alone leads back to them."""

    number: int
    name: str | None
    email: str | None
    phone: str | None
    handle: str | None
    followers: int | None


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What a customer does later, if it comes to it: `after` so long `since` that happened.

    writes_again, goes_public: only while no answer has come, goes_public also after we missed a promise. supervisor:
    the button on the status page. no_answer: "this was no answer". answers: to our question. solved: "it is solved".
    reopens: it was not. A time that lies after the end of the replay has not come yet.
    """

    kind: Said
    since: Since
    after: timedelta
    words: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """One arrival. sent_at is UTC. seed: for all that is drawn about this case later."""

    number: int
    sent_at: datetime
    text: Text
    door: Door
    is_public: bool
    customer: Customer
    place: str
    language: str
    follow_ups: tuple[FollowUp, ...]
    seed: int

    def chance(self, about: str) -> Random:
        """Chance of its own for each question, so that one more draw here moves nothing there."""
        return Random(f"{self.seed} {about}")  # noqa: S311


@dataclass(frozen=True, slots=True)
class CaseWork:
    """What an agent of pace 1 does on a case: how long the first answer takes and of which kind it is; how long
    the rest takes and how soon after the first answer it begins, or, where the back office decides, how much later
    than usual that comes back; after how many days we ask again by ourselves."""

    first: Kind
    answering: timedelta
    solving: timedelta
    solving_begins_after: timedelta
    back_office_is_late_by: timedelta | None
    asks_again_after_days: int


def draw(seed: int, now: datetime) -> list[Drawn]:
    """Every arrival of the replay up to `now`, earliest first; each text is used as often as any other, or once more.

    now: aware. The number of arrivals is that of the days; given it, the times of a Poisson process are independent
    draws from its rate, which here goes by hour of the week, busy week and last day.
    Raises ValueError where `now` has no zone.
    """
    if now.tzinfo is None:
        raise ValueError("now needs a time zone")
    chance = Random(seed)  # noqa: S311
    now = now.astimezone(UTC)
    count = round(CONTACTS_A_DAY * ((now - replay_begins(now)) / timedelta(days=1)))
    every = texts()
    rounds, rest = divmod(count, len(every))
    said_now = (*every * rounds, *chance.sample(every, rest))
    times = _times(count, now, chance)
    placed = _placed(said_now, times, chance)
    crowd = _Crowd(chance)
    return [_drawn(number, at, text, crowd, chance) for number, (at, text) in enumerate(placed, start=1)]


def work_on(drawn: Drawn, need: str) -> CaseWork:
    """How the case goes once triage has said the need; the same whoever takes it."""
    work, chance = work_of(need), drawn.chance("work")
    fate = chance.random()
    first: Kind = "solves" if fate < work.solves else "asks" if fate < work.solves + work.asks else "promises"
    return CaseWork(
        first=first,
        answering=_minutes(work.answer, work.spread, chance),
        solving=_minutes(work.solve, work.spread, chance),
        solving_begins_after=_minutes(60 if need.startswith(("danger", "deadline")) else 9 * 60, 0.7, chance),
        back_office_is_late_by=chance.gauss(0, 1) * GIVE_OR_TAKE if work.waits_for_the_back_office else None,
        asks_again_after_days=chance.randint(1, 4),
    )


def rate(at: datetime, now: datetime) -> float:
    """The relative rate of arrivals at a time before `now`; both aware."""
    local = at.astimezone(ZoneInfo(ZONE))
    weekday = local.weekday()
    by_hour: float = BY_HOUR[local.hour]
    if weekday >= SATURDAY:  # later up, and flatter
        by_hour = (by_hour + BY_HOUR[(local.hour - 2) % 24]) / 2
    ago = now - at
    load = BUSY_LOAD if is_busy(at, now) else QUIET_LOAD if ago <= timedelta(days=1) else 1.0
    return by_hour * BY_WEEKDAY[weekday] * load


def _times(count: int, now: datetime, chance: Random) -> list[datetime]:
    begins = replay_begins(now)
    whole = math.ceil((now - begins) / HOUR)
    weights = [rate(begins + (index + 0.5) * HOUR, now) for index in range(whole)]
    upto = list(accumulate(weights))
    times = sorted(begins + (bisect(upto, chance.random() * upto[-1]) + chance.random()) * HOUR for _ in range(count))
    # The last three came while the visitor was on the way here; none of the others is that young.
    latest = now - timedelta(minutes=LAST_MINUTES[0][1])
    earlier = sorted(min(at, latest - timedelta(seconds=chance.random() * 3600)) for at in times[:-3])
    last = [now - timedelta(minutes=chance.uniform(low, high)) for low, high in LAST_MINUTES]
    return earlier + last


def _placed(every: tuple[Text, ...], times: list[datetime], chance: Random) -> list[tuple[datetime, Text]]:
    """A text for each time: first those that make sense at some hours only; at the end real ones of some length."""
    zone = ZoneInfo(ZONE)
    hours = [at.astimezone(zone).hour for at in times]
    free = list(range(len(times)))
    text_at: dict[int, Text] = {}
    pool = list(every)
    chance.shuffle(pool)
    for index in (len(times) - 3, len(times) - 2, len(times) - 1):
        text_at[index] = next(t for t in pool if t.is_real and 120 <= len(t.words) <= 700)
        pool.remove(text_at[index])
        free.remove(index)
    chance.shuffle(free)
    for text in [text for text in pool if text.between]:
        low, high = text.between or (0, 24)
        index = next((index for index in free if low <= hours[index] < high), free[0])
        text_at[index] = text
        free.remove(index)
        pool.remove(text)
    text_at.update(zip(free, pool, strict=True))
    return [(times[index], text_at[index]) for index in range(len(times))]


def _drawn(number: int, at: datetime, text: Text, crowd: _Crowd, chance: Random) -> Drawn:
    (door,) = chance.choices([door for door, _ in DOORS], [share for _, share in DOORS])
    is_public = door == "api" and chance.random() < PUBLIC_OF_API and text.label != "danger"
    (place,) = chance.choices([place.slug for place in PLACES], [place.share for place in PLACES])
    customer = crowd.somebody(text.language, is_public=is_public)
    seed = chance.getrandbits(48)
    drawn = Drawn(number, at, text, door, is_public, customer, text.place or place, text.language, (), seed)
    return replace(drawn, follow_ups=_follow_ups(drawn))


def _follow_ups(drawn: Drawn) -> tuple[FollowUp, ...]:
    """Each is its own toss; which of them come to pass depends on what we do."""
    chance = drawn.chance("follow-ups")
    content = drawn.text.label in ("thanks", "view")
    tosses: list[tuple[Said, Since, float, float, float]] = [
        # kind, since, share of customers, median hours, spread (log)
        ("writes_again", "sent", 0.12, 5.0, 0.9),
        ("writes_again", "sent", 0.04, 22.0, 0.6),
        ("goes_public", "sent", 0.3, 0.6, 0.9),
        ("goes_public", "missed", 0.3, 1.5, 0.8),
        ("supervisor", "sent", 0.006, 4.0, 0.5),
        ("supervisor", "missed", 0.28, 1.0, 0.8),
        ("no_answer", "answered", 0.012, 3.0, 0.9),
        ("answers", "asked", 0.85, 5.0, 1.0),
        ("solved", "solved", 0.3, 6.0, 1.2),
        ("reopens", "solved", 0.012, 7 * 24.0, 0.6),
    ]
    coming = []
    for kind, since, share, median, spread in tosses:
        happens, after = chance.random() < share, _minutes(median * 60, spread, chance)
        words = said(kind, drawn.language, chance)
        if kind == "goes_public" and (drawn.is_public or drawn.text.label == "danger"):
            continue
        if happens and not content:
            coming.append(FollowUp(kind, since, after, words))
    return tuple(coming)


def draw_followers(chance: Random) -> int:
    """How many follow somebody who posts: most have few, and a few have very many."""
    return int(min(3_000_000, 30 * chance.paretovariate(0.75)))


def _minutes(median: float, spread: float, chance: Random) -> timedelta:
    return timedelta(seconds=round(60 * chance.lognormvariate(math.log(median), spread)))


class _Crowd:
    """The customers so far; some of them write about something else again."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._all: list[tuple[str, Customer]] = []
        self._phones = [f"+1{area}555{number:04d}" for area in AREA_CODES for number in range(100, 200)]
        chance.shuffle(self._phones)

    def somebody(self, language: str, *, is_public: bool) -> Customer:
        chance = self._chance
        again = [c for spoken, c in self._all[-400:] if spoken == language and bool(c.handle) == is_public]
        if again and chance.random() < WROTE_BEFORE:
            return chance.choice(again)
        customer = self._new(language, len(self._all) + 1, is_public=is_public)
        self._all.append((language, customer))
        return customer

    def _new(self, language: str, number: int, *, is_public: bool) -> Customer:
        chance = self._chance
        first, last = chance.choice(FIRST_NAMES[language]), chance.choice(LAST_NAMES[language])
        plain = f"{first}.{last}".lower().translate(str.maketrans("áéíóúñ", "aeioun"))
        has_name, has_mail, has_phone = (chance.random() < share for share in (0.82, 0.7, 0.2))
        followers = draw_followers(chance) if is_public else None
        return Customer(
            number=number,
            name=f"{first} {last}" if has_name else None,
            email=f"{plain}.{number}@{chance.choice(MAIL_HOSTS)}" if has_mail else None,
            phone=self._phones.pop() if has_phone and self._phones else None,
            handle=f"@{plain.replace('.', '_')}_{number}" if is_public else None,
            followers=followers,
        )
