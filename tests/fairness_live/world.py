"""Rows for tests of the daily audit: real ones, let in by a door, and many drawn from desks whose truth is known."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np

from evenhand.care.cases import catalogue
from evenhand.care.inserting import insert_all
from evenhand.care.models import Case, Need, Reply
from evenhand.care.promises import staff
from evenhand.desk.needs import keep
from evenhand.desk.setting_up import NeedForm
from evenhand.doors import outbox
from evenhand.doors.intake import Knock, let_in_all
from evenhand.fairness.live import night
from evenhand.fairness.live.measuring import FIELDS
from evenhand.fairness.live.models import Clock, Measured, Night, Result, Series
from evenhand.fairness.live.series import lay_out
from evenhand.identity.recognise import Caller
from evenhand.people.models import Person, Place
from factories import DAY, a_desk, a_person, a_place, read_as

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
"""A Thursday, and the first of a quarter."""


def a_bank() -> tuple[Person, Person]:
    """A place open at any hour, an agent and an administrator on duty since before the year began."""
    place = a_place()
    agent, _ = a_desk(place)
    administrator = a_person("Ada Okoro", role=Person.Role.ADMINISTRATOR, places=[place])
    for person in Person.objects.all():
        person.go_off_duty(BEGAN + 400 * DAY)
        person.come_on_duty(BEGAN - DAY)
    return agent, administrator


def let_in_at(at: datetime, *, need: str = "money", **about: object) -> Case:
    """A case that came in then, by a real door's way in."""
    email = str(about.pop("email", ""))
    knock = Knock(
        door=str(about.pop("door", "form")),
        words="I was charged twice for the same transfer.",
        sent_at=about.pop("sent_at", at),  # type: ignore[arg-type]
        place=str(about.pop("place", "oakland")),
        caller=Caller(email=email),
        **about,  # type: ignore[arg-type]
    )
    with read_as(need):
        told = let_in_all([knock], at)[0]
    return Case.objects.get(pk=told.case_id)


def let_many_in(at: datetime, count: int, need: str = "money") -> list[Case]:
    """So many cases at once: every second one in private, the others in public."""
    knocks = [
        Knock(
            door="mastodon" if number % 2 else "form",
            words=f"I was charged twice, {number}.",
            sent_at=at,
            place="oakland",
            is_public=bool(number % 2),
        )
        for number in range(count)
    ]
    with read_as(need):
        told = [each.case_id for each in let_in_all(knocks, at)]
    cases = Case.objects.in_bulk(told)
    return [cases[pk] for pk in told]


def answered(case: Case, by: Person, at: datetime, kind: Reply.Kind = Reply.Kind.ANSWER) -> Reply:
    """A person's answer, sent then; with nothing to carry it, it has reached the customer by standing on their page."""
    by_when = at + 2 * DAY if kind is Reply.Kind.QUESTION else None
    reply = staff.reply(
        case.pk, by=by, words="Here is what we found.", kind=kind, version=None, now=at, by_when=by_when
    )
    outbox.send(reply, at)
    reply.refresh_from_db()
    return reply


def audited(at: datetime, by: Person | None = None) -> Night:
    """The audit run from beginning to end at that time, as the loop does it."""
    if by is not None:
        return night.run_now(by=by, now=at)
    at = max(at, at.replace(hour=night.AT))
    for _ in range(200):
        night.audit_if_due(at)
        newest = Night.objects.order_by("-pk").first()
        if newest is not None and newest.is_done and newest.day == at.date():
            return newest
    raise AssertionError("the night never ended")


def the_measured(case: Case, clock: Clock = Clock.ANSWER) -> Measured:
    return Measured.objects.get(case=case, clock=clock)


def found(outcome: str, group: str, contrast: str = "public") -> Result:
    """The newest result of a group."""
    return Result.objects.filter(contrast=contrast, outcome=outcome, group=group).order_by("-pk")[0]


def draw(
    chance: np.random.Generator,
    *,
    first: date,
    days: int,
    a_day: int = 60,
    ratio: float = 1.0,
    wait: float = 0.6,
    spread: float = 0.02,
    series: Series | None = None,
    place: Place | None = None,
    matures_after: int = 2,
    kept_gap: float = 0.0,
) -> int:
    """Measured rows of a desk whose truth is known, on the answer's clock: how many.

    ratio: by how much longer public cases wait than private ones, for the same need; more of the urgent are public.
    wait: the mean in standards. kept_gap: the share of public cases that are answered at once, whatever the draw.
    """
    place = place or a_place()
    needs = {need.slug: need for need in Need.objects.filter(slug__in=["shut-out", "money", "question"])}
    series = series or lay_out(datetime.combine(first, datetime.min.time(), UTC))[-1]
    size = days * a_day
    day, which = np.repeat(np.arange(days), a_day), chance.choice(3, size, p=[0.3, 0.4, 0.3])
    is_public = chance.random(size) < np.array([0.5, 0.35, 0.2])[which]
    weather = chance.uniform(-2, 2, days)[day] * spread
    favour = chance.uniform(-1, 1, days)[day] * spread * np.where(is_public, 1.0, 0.0)
    waited = chance.gamma(1.5, wait * (1 - weather + favour) / 1.5) * np.where(is_public, ratio, 1.0)
    waited = np.where(is_public & (chance.random(size) < kept_gap), 0.01, waited)
    slugs = ("shut-out", "money", "question")
    standard = {slug: int(needs[slug].answer_standard.total_seconds()) for slug in slugs}
    rows = []
    for i in range(size):
        slug = slugs[which[i]]
        on = first + timedelta(days=int(day[i]))
        matures = on + timedelta(days=matures_after)
        rows.append(
            (
                None,
                Clock.ANSWER.value,
                series.pk,
                "",
                needs[slug].pk,
                place.pk,
                "en",
                "mastodon" if is_public[i] else "form",
                bool(is_public[i]),
                True,
                None,
                None,
                on,
                matures,
                matures,
                standard[slug],
                int(waited[i] * standard[slug]) if waited[i] < 3 else None,
                False,
                BEGAN,
            )
        )
    insert_all(Measured, FIELDS, rows)
    return size


def set_standard(slug: str, standard: timedelta, by: Person, now: datetime) -> None:
    """Change a published standard as the desk does, with its ledger entry."""
    need = Need.objects.get(slug=slug)
    form = NeedForm(None, need=need)
    form.cleaned_data = {
        "name": need.name,
        "example": need.example,
        "answer_standard": standard,
        "solve_standard": need.solve_standard,
    }
    keep(form, need, by, now)
    catalogue.forget()
