"""Is this installation healthy? Each question has one answer in words, and an unhealthy one is a finding."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from evenhand.care.models import Calendar, Outcome, Promise
from evenhand.care.promises.calibration import Calibration as Stretch
from evenhand.care.promises.models import Calibration
from evenhand.doors import outbox
from evenhand.people.models import Person, Place
from evenhand.web import ready
from evenhand.web.configuration import WrongSetting
from evenhand.web.models import Beat

LEAST_FREE = 500 * 1024 * 1024
JUDGED_WITHIN = timedelta(minutes=5)
ALIVE_WITHIN = timedelta(minutes=2)
AHEAD_AT_MOST = timedelta(seconds=5)


@dataclass(frozen=True)
class Finding:
    """One question about the installation, and its answer."""

    about: str
    is_fine: bool
    says: str


def look(now: datetime) -> list[Finding]:
    """Every question, asked at this moment."""
    if not (database := _database()).is_fine:
        return [database]
    of_promises = [_promises(now), forecasts()]
    return [database, *_loops(now), *of_promises, _clock(now), _disk(), _messages(), _people(), _hours()]


def as_json(findings: list[Finding]) -> dict[str, object]:
    return {"healthy": all(finding.is_fine for finding in findings), "findings": [asdict(f) for f in findings]}


def _database() -> Finding:
    try:
        ready.check_database()
        behind = ready.steps_behind()
    except WrongSetting as wrong:
        return Finding("database", False, str(wrong))
    if behind:
        return Finding("database", False, f"Its tables are {behind} steps behind this version: run `evenhand migrate`.")
    kept = ", ".join(f"{name} {value}" for name, value, _ in ready.durability())
    return Finding("database", True, f"{connection.vendor}: {kept}.")


def _loops(now: datetime) -> list[Finding]:
    beats = list(Beat.objects.order_by("-at"))
    alive = [beat for beat in beats if now - beat.at <= ALIVE_WITHIN]
    if not alive:
        last = f"were last seen at {beats[0].at:%Y-%m-%d %H:%M} UTC" if beats else "have never run"
        return [Finding("loops", False, f"The loops {last}: start `evenhand up`, or `evenhand work`.")]
    return [
        Finding(
            "loops",
            not beat.failing,
            f"On {beat.machine} these fail: {beat.failing}. The log names the reason."
            if beat.failing
            else f"Alive on {beat.machine}.",
        )
        for beat in alive
    ]


def _promises(now: datetime) -> Finding:
    late = Promise.objects.due(now - JUDGED_WITHIN).count()
    if late:
        return Finding("promises", False, f"{late} fell due more than 5 minutes ago and have not been judged.")
    judged = Outcome.objects.filter(kind=Outcome.Kind.BROKEN, judged_at__gt=now - timedelta(days=7))
    slow = sum(at_last - at > JUDGED_WITHIN for at, at_last in judged.values_list("at", "judged_at"))
    said = f" {slow} missed ones of this week were judged late, as we were down." if slow else ""
    return Finding("promises", True, f"Every promise that fell due has been judged.{said}")


def forecasts() -> Finding:
    """Whether promises beyond the standard come out mostly half again as long as the waits they told."""
    padded = [
        f"{each.line.need.name} at {each.line.place.name}"
        for each in Calibration.objects.select_related("line__need", "line__place").order_by("line_id")
        if Stretch.from_json(each.state).is_padding
    ]
    if padded:
        named = ", ".join(padded[:3]) + (f" and {len(padded) - 3} more" if len(padded) > 3 else "")
        return Finding(
            "forecasts",
            False,
            "Promises beyond the standard are mostly half again as long as people then wait, and frighten for nothing:"
            f" {named}. Are more people answering than the duty list says?",
        )
    return Finding("forecasts", True, "No line tells longer times than it takes.")


def _clock(now: datetime) -> Finding:
    ahead = Promise.objects.filter(made_at__gt=now + AHEAD_AT_MOST).count()
    if ahead:
        return Finding("clock", False, f"It went back: {ahead} promises were made later than now. Set it right.")
    return Finding("clock", True, f"{now:%Y-%m-%d %H:%M:%S} UTC.")


def _disk() -> Finding:
    free = shutil.disk_usage(settings.DATA).free
    return Finding("disk", free >= LEAST_FREE, f"{free // 1_000_000:,} MB are free in {settings.DATA}.")


def _messages() -> Finding:
    waiting = outbox.waiting_without_a_carrier()
    if waiting:
        return Finding(
            "messages", False, f"{waiting} messages wait, as nothing carries messages to such addresses yet."
        )
    return Finding("messages", True, "None waits for somebody to carry it.")


def _people() -> Finding:
    roles = set(Person.objects.filter(is_active=True).values_list("role", flat=True))
    if not Place.objects.exists():
        return Finding("people", False, "There is no place yet: make one at the desk, under Places.")
    if not roles & {Person.Role.SUPERVISOR, Person.Role.ADMINISTRATOR}:
        return Finding("people", False, "There is no supervisor to tell when a promise is missed.")
    return Finding(
        "people", True, f"{Person.objects.filter(is_active=True).count()} at {Place.objects.count()} places."
    )


def _hours() -> Finding:
    without = list(Place.objects.exclude(pk__in=Calendar.objects.values("place_id")).values_list("name", flat=True))
    if without:
        return Finding("hours", True, f"The usual week holds at {', '.join(without[:5])}: no hours were set.")
    return Finding("hours", True, "Every place has its hours.")
