"""Headers that say how our pages may be used."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

SHOWN_TO_ALL = {"/fairness/public/", "/fairness/public.json", "/fairness/badge.svg"}

Answer = Callable[[HttpRequest], HttpResponse]


def say_how_pages_may_be_used(answer: Answer) -> Answer:
    """No cameras and the like anywhere; private pages are kept in no cache and found by no search engine."""

    def answered(request: HttpRequest) -> HttpResponse:
        response = answer(request)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        )
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "private, no-store"
        is_for_staff = request.path.startswith("/fairness/") and request.path not in SHOWN_TO_ALL
        if is_for_staff or request.path.startswith(("/c/", "/desk/", "/accounts/", "/first/", "/in/")):
            response.headers["X-Robots-Tag"] = "noindex, nofollow"
        # One-time links stay "same-origin", which tells nobody else either: their forms need a token, and a page with
        # no referrer would send them from nowhere, so that they were refused.
        if request.path.startswith("/c/"):
            response.headers["Referrer-Policy"] = "no-referrer"
        return response

    return answered
