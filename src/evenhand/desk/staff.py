"""Who may open a page of the desk: staff who are signed in, and for some pages those of a role."""

from __future__ import annotations

from typing import Any, ParamSpec, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url

from evenhand.people.opening import Opened, Page, StaffRequest, opened_by, to_sign_in

__all__ = ["StaffRequest", "for_administrators", "for_staff", "for_supervisors"]

P = ParamSpec("P")

PARTS = {"live", "rows", "meanwhile"}
"""What pages of the desk ask for anew by themselves."""


def for_staff(page: Page[P]) -> Opened[P]:
    """Any member of staff, signed in."""
    return opened_by(page, lambda person: True, _to_sign_in)


def for_supervisors(page: Page[P]) -> Opened[P]:
    return opened_by(page, lambda person: person.is_supervisor, _to_sign_in)


def for_administrators(page: Page[P]) -> Opened[P]:
    return opened_by(page, lambda person: person.is_administrator, _to_sign_in)


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """To the page for signing in; a part that came by itself says so in its place and leaves the page alone."""
    if not request.headers.get("HX-Request"):
        return to_sign_in(request)
    target = request.headers.get("HX-Target", "")
    back = cast(Any, request).htmx.current_url_abs_path or resolve_url("desk:line")
    facts = {"target": target if target in PARTS else "rows", "back": back}
    return render(request, "desk/signed_out.html", facts)
