"""The front page, the demo's shop, and pages for what went wrong."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from evenhand.fairness.pages import public
from evenhand.fairness.pages.found import Found
from evenhand.ui.languages import in_english


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """The red button first, then one sentence of fairness. In the demo: a small shop, and what to try."""
    return shop(request) if settings.IS_DEMO else render(request, "pages/front.html", _of_fairness())


def _of_fairness() -> dict[str, Any]:
    """The newest finding in a sentence, and whether there is a page about it for everybody; silent while none is."""
    found = Found.lately()
    return {"fairness": public.sentence(found), "has_public_page": found.policy.has_public_page}


@require_safe
@in_english
def shop(request: HttpRequest) -> HttpResponse:
    if not settings.IS_DEMO:
        raise Http404
    return render(request, "pages/shop.html", _of_fairness())


@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """The web server answers. Whether the installation is well, `evenhand doctor` says."""
    return HttpResponse("ok\n", content_type="text/plain")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    facts = {"title": _("There is no such page."), "what": _("It may have moved, or it is not yours to see.")}
    return render(request, "ui/error.html", facts, status=404)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    facts = {"title": _("This is not yours to do."), "what": _("Ask an administrator if it should be.")}
    return render(request, "ui/error.html", facts, status=403)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    facts = {"title": _("This could not be read."), "what": _("Go back and try again; your words may still be there.")}
    return render(request, "ui/error.html", facts, status=400)


def refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was not ours, or stood open for so long that its token is gone."""
    facts = {
        "title": _("This page stood open for too long."),
        "what": _("Go back, load the page again and send it once more. What you typed is still in the box."),
    }
    return render(request, "ui/error.html", facts, status=403)


def failed(request: HttpRequest) -> HttpResponse:
    """Something failed on our side. Rendered without the database: that may be what failed."""
    return render(request, "pages/failed.html", status=500)
