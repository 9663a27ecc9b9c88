"""What practice looks at by itself: the probes every night, a drawing to be coded again every month."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from evenhand.care.cases.catalogue import catalogue
from evenhand.care.models import Case
from evenhand.fairness.live.series import zone_of_the_house
from evenhand.fairness.practice.models import ProbeRun, Round
from evenhand.fairness.practice.probes import run_probes
from evenhand.fairness.practice.recoding import start_round

AT = 2
"""The hour of the night, where the house is."""


def probe_if_due(now: datetime) -> bool:
    """Probe the line once a night, from the first night on. A night that was slept through is made up for at once.

    Should two processes do so at once, there are two runs of that night: neither leaves anything else.
    """
    if catalogue().places and not ProbeRun.objects.filter(at__gte=_last_night(now)).exists():
        first = Case.objects.order_by("opened_at").values_list("opened_at", flat=True).first()
        if first is not None and first < _last_night(now):
            run_probes(now)
    return False


def draw_if_due(now: datetime) -> bool:
    """Draw last month's cases to be coded again, once the month is over; a month without any is asked for again."""
    this_month = datetime(now.astimezone(UTC).year, now.astimezone(UTC).month, 1, tzinfo=UTC)
    if not Round.objects.filter(until=this_month).exists():
        start_round(now)
    return False


def _last_night(now: datetime) -> datetime:
    here = now.astimezone(zone_of_the_house(catalogue()))
    tonight = here.replace(hour=AT, minute=0, second=0, microsecond=0)
    return tonight if tonight <= here else tonight - timedelta(days=1)
