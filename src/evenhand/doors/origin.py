"""Where a form was sent from. Customers' pages read no cookie, so there is none to forge with; others' pages may still
not send our forms."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def from_our_own_pages(view: View[P]) -> View[P]:
    """Takes the place of a form token, which would need a cookie and would lose words when it has run out.

    Browsers say where a form stands: in Sec-Fetch-Site, and in Origin, which is "null" where a page sends no referrer.
    """

    @csrf_exempt
    @functools.wraps(view)
    def checked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.method == "POST" and not _is_ours(request):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return checked


def _is_ours(request: HttpRequest) -> bool:
    site = request.headers.get("Sec-Fetch-Site", "")
    if site not in {"", "same-origin", "none"}:
        return False
    origin = request.headers.get("Origin", "")
    if origin == "null":
        return site == "same-origin"
    return not origin or urlsplit(origin).netloc in {request.get_host(), urlsplit(settings.BASE_URL).netloc}
