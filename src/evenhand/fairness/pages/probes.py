"""Paired probes: the same words in private and in public, what each got side by side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from evenhand.care.cases.catalogue import Catalogue, catalogue
from evenhand.fairness.pages.frame import fairness_page, for_auditors
from evenhand.fairness.practice.models import Probe, ProbeRun
from evenhand.people.opening import StaffRequest

RUNS = 30
SHOWN = 12
NAMES = {
    "need": "need",
    "rule": "rule that read it",
    "is_sure": "certainty",
    "line": "line",
    "weight": "weight",
    "is_danger": "danger",
    "standard": "standard",
    "waits_since": "waiting since",
    "place_in_line": "place in line",
    "in_hand": "in somebody's hand",
    "promised": "promise",
    "looked_at": "renewal",
    "reason": "reason told",
    "owner": "owner",
    "messages": "messages",
}


@dataclass(frozen=True)
class Side:
    """What one of a pair got, in words."""

    need: str
    place: str
    promised: datetime | None


@dataclass(frozen=True)
class Pair:
    probe: Probe
    private: Side
    public: Side
    differs_in: list[str]


@require_safe
@for_auditors
def probes(request: StaffRequest) -> HttpResponse:
    now, book = timezone.now(), catalogue()
    runs = list(ProbeRun.objects.order_by("-at", "-pk")[:RUNS])
    newest = runs[0] if runs else None
    pairs = pairs_of(newest.probes.order_by("is_same", "place", "pk"), book) if newest else []
    by_place: dict[str, list[Pair]] = {}
    for pair in pairs:
        if pair.probe.is_same:
            place = book.places.get(pair.probe.place)
            by_place.setdefault(place.name if place else pair.probe.place, []).append(pair)
    first = next(iter(by_place), "")
    return fairness_page(
        request,
        "fairness/probes.html",
        now,
        at="probes",
        run=newest,
        runs=runs,
        unequal=[pair for pair in pairs if not pair.probe.is_same],
        by_place=by_place,
        opened_at=first,
        opened=[pair for pair in by_place.get(first, []) if pair.probe.kind == Probe.Kind.OPENED][:SHOWN],
        headline=headline(newest),
    )


def headline(run: ProbeRun | None) -> str:
    if run is None:
        return "No probe has run yet."
    if not run.unequal:
        return f"The same words got the same place and promise, in public and in private: {run.pairs} pairs of them."
    return f"{run.unequal} of {run.pairs} pairs of the same words did not get the same in public as in private."


def pairs_of(rows: Iterable[Probe], book: Catalogue) -> list[Pair]:
    return [
        Pair(
            probe,
            _side(probe.private, book),
            _side(probe.public, book),
            [said for name, said in NAMES.items() if probe.private.get(name) != probe.public.get(name)],
        )
        for probe in rows
    ]


def _side(got: dict[str, Any], book: Catalogue) -> Side:
    need = book.needs.get(str(got.get("need")))
    ahead = int(got.get("place_in_line") or 0)
    promised = got.get("promised")
    return Side(
        need=need.name if need else str(got.get("need", "")),
        place="next in line" if ahead == 0 else f"{ahead:,} before",
        promised=datetime.fromisoformat(promised) if promised else None,
    )
