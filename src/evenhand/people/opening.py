"""Who may open a page for staff: who is signed in, and for some pages those of a role. Every room's pages ask here."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.views import redirect_to_login
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation

from evenhand.people.models import Person

P = ParamSpec("P")

READING = {"GET", "HEAD"}


class StaffRequest(HttpRequest):
    """A request of somebody who is signed in."""

    user: Person


Page = Callable[Concatenate[StaffRequest, P], HttpResponse]
Opened = Callable[Concatenate[HttpRequest, P], HttpResponse]


def to_sign_in(request: HttpRequest) -> HttpResponse:
    return redirect_to_login(request.get_full_path())


def opened_by(
    page: Page[P], may: Callable[[Person], bool], sign_in: Callable[[HttpRequest], HttpResponse] = to_sign_in
) -> Opened[P]:
    """A page for those of whom `may` holds, in English, as staff's pages are; read anew at each request, so that who
    left is out at once.

    Whoever only reads may open a page, and nothing that changes anything is there for them.
    """

    @wraps(page)
    def opened(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        person = request.user
        if not person.is_authenticated:
            return sign_in(request)
        if not isinstance(person, Person) or not may(person) or not (person.may_act or request.method in READING):
            raise Http404  # what is not for you looks like what is not there
        prefetch_related_objects([person], "places")  # asked for by nearly all that follows, and kept for no longer
        with translation.override("en"):
            return page(cast(StaffRequest, request), *args, **kwargs)

    return cast("Opened[P]", opened)
