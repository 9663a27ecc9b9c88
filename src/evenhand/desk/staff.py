"""Who may open a page of the desk: staff who are signed in, and for some pages those of a role."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation

from evenhand.people.models import Person

P = ParamSpec("P")


class StaffRequest(HttpRequest):
    """A request of somebody who is signed in."""

    user: Person


Page = Callable[Concatenate[StaffRequest, P], HttpResponse]
Opened = Callable[Concatenate[HttpRequest, P], HttpResponse]


def for_staff(page: Page[P]) -> Opened[P]:
    """Any member of staff, signed in; read anew at each request, so that who left is out at once."""
    return _for(page, lambda person: True)


def for_supervisors(page: Page[P]) -> Opened[P]:
    return _for(page, lambda person: person.is_supervisor)


def for_administrators(page: Page[P]) -> Opened[P]:
    return _for(page, lambda person: person.is_administrator)


def _for(page: Page[P], may: Callable[[Person], bool]) -> Opened[P]:
    @wraps(page)
    def opened(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        person = request.user
        if not isinstance(person, Person) or not may(person):
            raise Http404  # what is not for you looks like what is not there
        prefetch_related_objects([person], "places")  # asked for by nearly all that follows, and kept for no longer
        with translation.override("en"):
            return page(cast(StaffRequest, request), *args, **kwargs)

    return cast(Any, login_required(opened))  # type: ignore[no-any-return]
