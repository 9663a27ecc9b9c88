"""Blind re-coding: one item, its words alone, and the need that whoever reads them sees in them."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from evenhand.fairness.live.models import Policy
from evenhand.fairness.pages import figures
from evenhand.fairness.pages.frame import fairness_page, for_auditors, for_staff
from evenhand.fairness.practice import recoding
from evenhand.fairness.practice.models import Round
from evenhand.people.opening import StaffRequest

ROUNDS = 12
"""Months taken together: one alone is small for a rare door."""


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff
def coding(request: StaffRequest) -> HttpResponse:
    """The next item for this person; a need said of one leads to the next."""
    now = timezone.now()
    wrong = ""
    if request.method == "POST":
        needs = {str(choice.need.pk): choice.need for choice in recoding.choices()}
        key, need = request.POST.get("key", ""), needs.get(request.POST.get("need", ""))
        if need is None:
            wrong = "Choose the need that you read in the words."
        elif key.isdecimal() and len(key) < 19:
            try:
                recoding.code(request.user, int(key), need, now)
            except recoding.NotOffered as no:
                messages.warning(request, str(no))
            return redirect("fairness:coding")
        else:
            return redirect("fairness:coding")
    return fairness_page(
        request,
        "fairness/coding.html",
        now,
        at="coding",
        status=422 if wrong else 200,
        item=recoding.next_for(request.user, now),
        left=recoding.how_many_for(request.user, now),
        choices=recoding.choices(),
        wrong=wrong,
    )


@dataclass(frozen=True)
class Row:
    """How the needs of one group agree with the blind ones; found is None where that is held back."""

    name: str
    found: recoding.Coding | None


@require_safe
@for_auditors
def results(request: StaffRequest) -> HttpResponse:
    now = timezone.now()
    rounds = list(Round.objects.order_by("-number")[:ROUNDS])
    least = Policy.objects.in_force().least_shown
    found = recoding.result(now, *rounds)
    doors = {figures.door(name): each for name, each in found.by_door.items()}
    sides = {f"{name.capitalize()} cases": each for name, each in found.by_publicity.items()}
    return fairness_page(
        request,
        "fairness/coding_results.html",
        now,
        at="coding",
        rounds=rounds,
        found=found,
        doors=rows_of(doors, least),
        sides=rows_of(sides, least),
        differ=[each for each in found.by_kind if each[2] >= least],
        least=least,
    )


def rows_of(parts: dict[str, recoding.Coding], least: int) -> list[Row]:
    """Each part of those coded, without the small ones and those that would give them away."""
    hidden = figures.hidden([each.n for each in parts.values()], least)
    return [Row(name, None if blank else each) for (name, each), blank in zip(parts.items(), hidden, strict=True)]
