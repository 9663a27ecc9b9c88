"""How often one address may knock. Whoever is over the limit is told what was kept, and when to come again."""

from __future__ import annotations

from collections import OrderedDict, deque
from datetime import datetime, timedelta
from ipaddress import IPv6Network
from threading import Lock

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

MINUTE = timedelta(minutes=1)
LIMITS = {
    "contacts": (30, MINUTE),
    "guesses at private links": (60, MINUTE),
}
"""What is limited → how often, within which time. Counted in each process: n processes let n times as many in."""

MOST_REMEMBERED = 10_000

_seen: OrderedDict[tuple[str, str], deque[datetime]] = OrderedDict()
_lock = Lock()


def is_over(what: str, who: str, now: datetime) -> bool:
    """Count one more, and say whether it is over the limit."""
    most, within = LIMITS[what]
    with _lock:
        times = _seen.setdefault((what, who), deque())
        _seen.move_to_end((what, who))
        while times and not now - within < times[0] <= now:
            times.popleft()
        times.append(now)
        while len(times) > most + 1:
            times.popleft()
        while len(_seen) > MOST_REMEMBERED:
            _seen.popitem(last=False)
        return len(times) > most


def forget() -> None:
    """Start counting anew."""
    with _lock:
        _seen.clear()


def address_of(request: HttpRequest) -> str:
    """The caller's address; what a proxy says of it counts only where proxies are configured.

    A customer's IPv6 network counts as one address: it has more of them than anyone could count.
    """
    proxies = settings.TRUSTED_PROXIES
    said = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    if proxies and len(said) >= proxies:
        return _one_home(said[-proxies][:64])
    return _one_home(str(request.META.get("REMOTE_ADDR", "")))


def _one_home(address: str) -> str:
    try:
        return str(IPv6Network((address.split("%")[0], 64), strict=False).network_address)
    except ValueError:
        return address


def too_many(request: HttpRequest) -> HttpResponse:
    """Not now; in a minute it works again."""
    response = render(request, "form/too_many.html", status=429)
    response.headers["Retry-After"] = "60"
    return response
