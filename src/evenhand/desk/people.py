"""Staff: who works here, in which role, for which places. For administrators."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from evenhand.care.cases import hands
from evenhand.care.ledger import writing as ledger
from evenhand.care.models import Case
from evenhand.care.promises import staff
from evenhand.desk.frame import desk_page
from evenhand.desk.setting_up import PersonForm
from evenhand.desk.staff import StaffRequest, for_administrators
from evenhand.people.models import Person, Place


@require_safe
@for_administrators
def people(request: StaffRequest) -> HttpResponse:
    everyone = Person.objects.prefetch_related("places").order_by("-is_active", "name", "pk")
    return desk_page(request, "desk/people.html", timezone.now(), here="people", everyone=everyone)


@require_http_methods(["GET", "HEAD", "POST"])
@for_administrators
def person(request: StaffRequest, pk: int) -> HttpResponse:
    """Change what a colleague is called, their role and places, or take them off the desk."""
    now = timezone.now()
    found = Person.objects.filter(pk=pk).first()
    if found is None:
        raise Http404
    form = PersonForm(request.POST or None, person=found, changed_by=request.user)
    if request.method == "POST" and form.is_valid():
        handed_on = change(found, form, request.user, now)
        also = f" {handed_on} open cases were handed on." if handed_on > 1 else ""
        also = " One open case was handed on." if handed_on == 1 else also
        messages.success(request, f"Kept: {found.name}.{also}")
        return redirect("desk:people")
    status = 422 if form.is_bound else 200
    return desk_page(request, "desk/person.html", now, here="people", status=status, form=form, found=found)


@transaction.atomic
def change(found: Person, form: PersonForm, by: Person, now: datetime) -> int:
    """Keep the change with its ledger entry; whoever leaves hands on what they own. Returns how many cases."""
    ledger.wait_for_turn()
    said = form.cleaned_data
    found.name, found.role, found.is_active = said["name"], said["role"], said["is_active"]
    found.save(update_fields=["name", "role", "is_active"])
    found.places.set(said["places"])
    is_here = found.is_on_duty(now)
    ledger.write(
        ledger.Act(
            "staff changed",
            now,
            by=f"person:{by.pk}",
            facts={
                "person": found.pk,
                "role": found.role,
                "is_active": found.is_active,
                "places": sorted(found.places.values_list("slug", flat=True)),
                "fields": sorted(form.changed_data),
            },
        )
    )
    left = Place.objects.exclude(pk__in=said["places"]) if found.may_act else Place.objects.all()
    found.go_off_duty(now, left)
    if is_here and found.may_act:
        found.come_on_duty(now)
    return leave(found, left, now)


def leave(gone: Person, places: QuerySet[Place], now: datetime) -> int:
    """Hand on, to the least laden, every open case of somebody who left its place; each keeps its turn. How many."""
    open_here = Case.objects.open().filter(owner=gone, line__place__in=places)
    if open_here.exists():
        hands.give_back_all(gone, now)
    rotas: dict[int, hands.Rota] = {}
    count = 0
    for case in open_here.select_related("line__place").order_by("pk"):
        place = case.line.place
        if place.pk not in rotas:
            rotas[place.pk] = hands.Rota(place, now, without=[gone.pk])
        staff.hand_to(case, rotas[place.pk].next_owner(), now)
        count += 1
    return count
