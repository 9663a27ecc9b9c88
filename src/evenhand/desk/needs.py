"""Needs and their standards: the same for everyone, on every door. Staff read them; administrators change them."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from evenhand.care.cases import catalogue
from evenhand.care.ledger import writing as ledger
from evenhand.care.models import Need
from evenhand.desk.frame import desk_page
from evenhand.desk.setting_up import NeedForm
from evenhand.desk.staff import StaffRequest, for_administrators, for_staff
from evenhand.people.models import Person


@require_safe
@for_staff
def needs(request: StaffRequest) -> HttpResponse:
    rows = Need.objects.order_by("position", "pk")
    return desk_page(request, "desk/needs.html", timezone.now(), here="needs", rows=rows)


@require_http_methods(["GET", "HEAD", "POST"])
@for_administrators
def need(request: StaffRequest, slug: str) -> HttpResponse:
    """Change a need's name, standards and example. Promises made stay as they were told."""
    now = timezone.now()
    found = Need.objects.filter(slug=slug).first()
    if found is None:
        raise Http404
    form = NeedForm(request.POST or None, need=found)
    if request.method == "POST" and form.is_valid():
        keep(form, found, request.user, now)
        catalogue.forget()
        messages.success(request, f"Kept: {found.name}. It holds for all who write from now on.")
        return redirect("desk:needs")
    status = 422 if form.is_bound else 200
    return desk_page(request, "desk/need.html", now, here="needs", status=status, form=form, found=found)


@transaction.atomic
def keep(form: NeedForm, found: Need, by: Person, now: datetime) -> None:
    before = _facts(found)
    said = form.cleaned_data
    found.name, found.example = said["name"], said["example"]
    found.answer_standard, found.solve_standard = said["answer_standard"], said["solve_standard"]
    found.save(update_fields=["name", "example", "answer_standard", "solve_standard"])
    ledger.write(
        ledger.Act(
            "standard set",
            now,
            by=f"person:{by.pk}",
            facts={"need": found.slug, "before": before, "after": _facts(found)},
        )
    )


def _facts(need: Need) -> dict[str, object]:
    solve = need.solve_standard
    return {
        "name": need.name,
        "answer_s": int(need.answer_standard.total_seconds()),
        "solve_s": None if solve is None else int(solve.total_seconds()),
        "example": need.example,
    }
