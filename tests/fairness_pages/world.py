"""A desk of many measured cases, audited by the audit itself: what the pages show is what it found."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from random import Random

from evenhand.care.inserting import insert_all
from evenhand.care.models import Need
from evenhand.fairness.live.measuring import FIELDS
from evenhand.fairness.live.models import Clock, Measured, Night, Result, Task
from evenhand.fairness.live.night import run_now
from evenhand.fairness.live.series import lay_out
from evenhand.fairness.parity.findings import SameNeed
from evenhand.people.models import Person, Place
from factories import NOW, a_place

HOUR_S = 3600
STANDARDS = {"money": 4 * HOUR_S, "question": 8 * HOUR_S, "shut-out": 2 * HOUR_S}


@dataclass
class Desk:
    """Who writes on a day, and what their waits are multiplied by. many: of the ordinary, private, English web form.

    other: (how many a day, traits, how much longer they wait).
    """

    days: int = 40
    many: int = 80
    other: list[tuple[float, dict[str, object], float]] = field(default_factory=list)
    seed: int = 1


ORDINARY: dict[str, object] = {
    "language": "en",
    "door": "form",
    "is_public": False,
    "has_address": True,
    "was_public_before": False,
    "reach_band": None,
}
PUBLIC: dict[str, object] = {"door": "mastodon", "is_public": True, "reach_band": 4}


def measured(desk: Desk, now: datetime, places: list[Place] | None = None) -> int:
    """Write down so many measured cases, as the audit keeps them, on both clocks; how many."""
    chance = Random(desk.seed)
    places = places or [a_place()]
    needs = {slug: Need.objects.get(slug=slug) for slug in STANDARDS}
    series = lay_out(now)[-1]
    today = now.date()
    rows: list[tuple[object, ...]] = []
    for back in range(desk.days, 0, -1):
        day = today - timedelta(days=back + 1)
        load = chance.uniform(0.7, 1.4)
        for count, traits, slower in [(float(desk.many), {}, 1.0), *desk.other]:
            about = {**ORDINARY, **traits}
            for _ in range(round((desk.days - back + 1) * count) - round((desk.days - back) * count)):
                slug = chance.choice(sorted(needs))
                place = chance.choice(places)
                for clock, standard in ((Clock.ANSWER, STANDARDS[slug]), (Clock.SOLUTION, 6 * STANDARDS[slug])):
                    wait = chance.lognormvariate(-1.0, 0.8) * load * slower * standard
                    rest = {
                        "case_id": None,
                        "clock": clock.value,
                        "series_id": series.pk,
                        "left_out": "",
                        "need_id": needs[slug].pk,
                        "place_id": place.pk,
                        "arrived_on": day,
                        "matures_on": day,
                        "matures_everywhere_on": day,
                        "standard": standard,
                        "wait": None if chance.random() < 0.01 else int(wait),
                        "was_asked": clock is Clock.ANSWER and chance.random() < 0.05,
                        "measured_at": now,
                    }
                    rows.append(tuple({**about, **rest}[name] for name in FIELDS))
    insert_all(Measured, FIELDS, rows)
    return len(rows) // 2


def audited(desk: Desk, now: datetime, by: Person, places: list[Place] | None = None) -> Night:
    measured(desk, now, places)
    return run_now(by=by, now=now)


SMALL = 7
"""How many leave no address: too few to be shown."""


def a_fair_desk() -> Desk:
    """Public and private alike; who writes Spanish, in public as often as in private, waits longer."""
    return Desk(
        many=75,
        other=[
            (25, PUBLIC, 1.0),
            (2.5, {**PUBLIC, "language": "es"}, 2.0),
            (7.5, {"language": "es"}, 2.0),
            (20, {"door": "button"}, 1.0),
        ],
    )


LATER = SameNeed(
    difference=0.9, ratio=1.18, low=0.35, high=1.45, inner_low=0.35, inner_high=1.45, margin=0.5, not_ruled_out=1.45,
    n_effective=300.0, cells_without_overlap=0,
)  # fmt: skip
"""18 % later, 7 to 29."""


def a_task(to: Person, now: datetime = NOW, group: str = "es") -> Task:
    """A task about Spanish cases, as a night opens one."""
    series = lay_out(now)[-1]
    night = Night.objects.create(day=now.date(), asked_at=now, is_done=True, done_at=now, through=now.date())
    result = Result.objects.create(
        night=night,
        series=series,
        day=now.date(),
        made_at=now,
        contrast="language",
        outcome="wait",
        group=group,
        reference="en",
        n=120,
        open=3,
        figures={"same_need": asdict(LATER)},
        verdict="UNEQUAL",
        code_version="0",
        margins={},
        inputs_hash="0" * 64,
    )
    return Task.objects.create(
        kind=Task.Kind.GAP,
        to=to,
        contrast="language",
        clock=Clock.ANSWER,
        group=group,
        reference="en",
        result=result,
        says="Spanish cases are answered 18 % later than English cases (7–29 %).",
        opened_at=now,
    )
