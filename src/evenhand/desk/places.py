"""Places and their working hours. Hours are kept version by version; an older one is never edited."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from evenhand.care.cases import catalogue
from evenhand.care.clock.working import WorkingTime
from evenhand.care.ledger import writing as ledger
from evenhand.care.models import Calendar
from evenhand.desk.frame import desk_page
from evenhand.desk.setting_up import PlaceForm, hours_in_words
from evenhand.desk.staff import StaffRequest, for_administrators
from evenhand.people.models import Person, Place


@require_safe
@for_administrators
def places(request: StaffRequest) -> HttpResponse:
    now = timezone.now()
    book = catalogue.catalogue()
    rows = [(place, hours_in_words(book.working_time(place, now))) for place in Place.objects.visible_to(request.user)]
    return desk_page(request, "desk/places.html", now, here="places", rows=rows)


@require_http_methods(["GET", "HEAD", "POST"])
@for_administrators
def place(request: StaffRequest, slug: str | None = None) -> HttpResponse:
    """Make a place, or change its name, zone, hours and holidays."""
    now = timezone.now()
    found = None
    if slug is not None:
        found = Place.objects.visible_to(request.user).filter(slug=slug).first()
        if found is None:
            raise Http404
    hours = catalogue.catalogue().working_time(found, now) if found else None
    form = PlaceForm(request.POST or None, place=found, hours=hours)
    if request.method == "POST" and form.is_valid():
        kept = keep(form, found, hours, request.user, now)
        catalogue.forget()
        messages.success(request, f"Kept: {kept.name}.")
        return redirect("desk:places")
    status = 422 if form.is_bound else 200
    return desk_page(request, "desk/place.html", now, here="places", status=status, form=form, found=found)


@transaction.atomic
def keep(form: PlaceForm, found: Place | None, before: WorkingTime | None, by: Person, now: datetime) -> Place:
    """Keep the place, and its hours as a new version where they changed; promises made stay as they were told."""
    said = form.cleaned_data
    hours: WorkingTime = said["hours"]
    kept = found or Place(slug=form.free_slug())
    kept.name, kept.zone, kept.is_head_office = said["name"], said["zone"], said["is_head_office"]
    kept.save()
    if hours != before or not Calendar.objects.filter(place=kept).exists():
        Calendar.objects.create(place=kept, hours=hours.to_json(), in_force_from=now)
    ledger.write(
        ledger.Act(
            "place kept",
            now,
            by=f"person:{by.pk}",
            facts={
                "place": kept.slug,
                "zone": kept.zone,
                "is_head_office": kept.is_head_office,
                "hours": hours.to_json(),
            },
        )
    )
    return kept
