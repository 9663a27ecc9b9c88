"""Who may open a page of the desk: staff who are signed in, and for some pages those of a role."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib.auth.views import redirect_to_login
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.utils import translation

from evenhand.people.models import Person

P = ParamSpec("P")

READING = {"GET", "HEAD"}
PARTS = {"live", "rows", "meanwhile"}
"""What pages of the desk ask for anew by themselves."""


class StaffRequest(HttpRequest):
    """A request of somebody who is signed in."""

    user: Person


Page = Callable[Concatenate[StaffRequest, P], HttpResponse]
Opened = Callable[Concatenate[HttpRequest, P], HttpResponse]


def for_staff(page: Page[P]) -> Opened[P]:
    """Any member of staff, signed in; read anew at each request, so that who left is out at once.

    Whoever only reads may open a page, and nothing that changes anything is there for them.
    """
    return _for(page, lambda person: True)


def for_supervisors(page: Page[P]) -> Opened[P]:
    return _for(page, lambda person: person.is_supervisor)


def for_administrators(page: Page[P]) -> Opened[P]:
    return _for(page, lambda person: person.is_administrator)


def _for(page: Page[P], may: Callable[[Person], bool]) -> Opened[P]:
    @wraps(page)
    def opened(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        person = request.user
        if not person.is_authenticated:
            return _to_sign_in(request)
        if not isinstance(person, Person) or not may(person) or not (person.may_act or request.method in READING):
            raise Http404  # what is not for you looks like what is not there
        prefetch_related_objects([person], "places")  # asked for by nearly all that follows, and kept for no longer
        with translation.override("en"):
            return page(cast(StaffRequest, request), *args, **kwargs)

    return cast("Opened[P]", opened)


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """To the page for signing in; a part that came by itself says so in its place and leaves the page alone."""
    if not request.headers.get("HX-Request"):
        return redirect_to_login(request.get_full_path())
    target = request.headers.get("HX-Target", "")
    back = cast(Any, request).htmx.current_url_abs_path or resolve_url("desk:line")
    facts = {"target": target if target in PARTS else "rows", "back": back}
    return render(request, "desk/signed_out.html", facts)
