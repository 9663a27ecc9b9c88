"""The finding and the cells behind it, to take away."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from evenhand.fairness.live.reading import results_of
from evenhand.fairness.pages import cells, telling
from evenhand.fairness.pages.found import Found
from evenhand.fairness.pages.frame import for_auditors
from evenhand.fairness.parity import shown
from evenhand.people.opening import StaffRequest

COLUMNS = ("contrast", "clock", "group", "need", "through", "n", "in_time", "mean_standards", "mean_hours")


@require_safe
@for_auditors
def cells_csv(request: StaffRequest) -> HttpResponse:
    """Need by need and group by group; small ones are left out, and what would give them away."""
    found = Found.lately()
    into = io.StringIO()
    writer = csv.writer(into)
    writer.writerow(["series", *COLUMNS])
    for series in {one.series.pk: one.series for one in found.contrasts}.values():
        shown_here = {one.contrast.name for one in found.contrasts if one.series.pk == series.pk}
        for row in cells.rows_of(series, results_of(series)):
            if row["contrast"] in shown_here:
                writer.writerow([series.number, *(_cell(row[name]) for name in COLUMNS)])
    return _file(into.getvalue(), "text/csv; charset=utf-8", "fairness-cells.csv")


@require_safe
@for_auditors
def audit_json(request: StaffRequest) -> HttpResponse:
    """The findings in the schema of `evenhand audit --json`."""
    found = Found.lately()
    told = as_json(found)
    return _file(json.dumps(told, indent=1, ensure_ascii=False, allow_nan=False), "application/json", "fairness.json")


def as_json(found: Found) -> dict[str, Any]:
    told = shown.to_dict(found.audit([one.with_curves() for one in found.contrasts]))
    told["headline"] = telling.headline(found)
    for of, contrast in zip(found.contrasts, told["contrasts"], strict=True):
        unseen = {of.contrast.label(each.group) for each in of.results if each.n is None}
        for outcome in contrast["outcomes"]:
            for group in outcome["groups"]:
                if group["group"] in unseen:  # it is not none: it is not told
                    group["n"] = group["open"] = None
    return told


def _cell(value: object) -> object:
    """A value as a spreadsheet takes it for what it is: text that would be a formula gets a sign before it."""
    if isinstance(value, str) and value[:1] in "=+-@\t\r":
        return f"'{value}"
    return round(value, 6) if isinstance(value, float) else value


def _file(body: str, kind: str, name: str) -> HttpResponse:
    return HttpResponse(
        body,
        content_type=kind,
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"},
    )
