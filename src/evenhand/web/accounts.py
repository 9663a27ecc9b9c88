"""How staff sign in: nobody signs up by themselves, guessing is slow, and the true owner is never shut out by it."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import ratelimit
from allauth.core.internal.ratelimit import consume
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core import signing
from django.http import HttpRequest, HttpResponse

from evenhand.people.models import Person

KNOWN_FOR = 180 * 24 * 3600
_SALT = "evenhand.known-browser"


class StaffHasher(Argon2PasswordHasher):
    """Argon2id with 19 MiB and two passes: what OWASP asks for, and four sign-ins at once fit a small machine."""

    time_cost, memory_cost, parallelism = 2, 19_456, 1


class StaffAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by an administrator or a one-time link, never by a stranger.

    Tries that failed are limited per address and per account. A browser its owner has signed in with before carries
    a mark, and with it tries of its own: whoever guesses at an account from elsewhere cannot shut its owner out.
    """

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        email = str(credentials.get("email", "")).strip().lower()
        mark = mark_of_browser(request, email)
        action, key = ("login_from_known_browser", f"{email} {mark}") if mark else ("login_failed", email)
        self._login_failed_rl_usage = consume(request, app="allauth.account", action=action, key=key)
        if not self._login_failed_rl_usage:
            raise self.validation_error("too_many_login_attempts")

    def post_login(self, request: HttpRequest, user: Person, **about: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **about)
        know_browser(response, user)
        return response


def know_browser(response: HttpResponse, person: Person) -> None:
    """Mark this browser as one with which this person has signed in."""
    mark = {"email": _short(person.email), "mark": secrets.token_urlsafe(12)}
    response.set_cookie(
        settings.KNOWN_BROWSER_COOKIE,
        signing.dumps(mark, salt=_SALT),
        max_age=KNOWN_FOR,
        path="/",
        secure=bool(settings.SESSION_COOKIE_SECURE),
        httponly=True,
        samesite="Lax",
    )


def mark_of_browser(request: HttpRequest, email: str) -> str | None:
    """The mark of a browser that this account's owner has signed in with; None for any other."""
    try:
        mark = signing.loads(request.COOKIES.get(settings.KNOWN_BROWSER_COOKIE, ""), salt=_SALT, max_age=KNOWN_FOR)
    except signing.BadSignature:
        return None
    return str(mark["mark"]) if mark.get("email") == _short(email) else None


def _short(email: str) -> str:
    return hashlib.sha256(email.strip().lower().encode()).hexdigest()[:16]


def is_too_often(request: HttpRequest, action: str) -> bool:
    """Whether this address has asked for this more often than the settings allow."""
    return not ratelimit.consume(request, action=action)
