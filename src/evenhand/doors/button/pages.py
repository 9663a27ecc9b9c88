"""The red button's script, and the address it sends to: from the organisation's own sites alone, without a cookie."""

from __future__ import annotations

import gzip
import hashlib
import json
import logging
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from evenhand.care.cases.catalogue import NoPlaceYet
from evenhand.care.cases.hands import NobodyWorksHere
from evenhand.care.models import Promise
from evenhand.doors import findings, limits
from evenhand.doors.button import script as served
from evenhand.doors.intake import FROM_BROWSERS_AT_MOST, Knock, LetIn, Refused, believed, let_in
from evenhand.doors.once import name_of
from evenhand.doors.templatetags.letters import by_when, standard_words
from evenhand.identity.recognise import NotAnAddress, caller_at
from evenhand.ui.languages import spoken_to

MOST_BYTES = 400_000
log = logging.getLogger(__name__)
_JAVASCRIPT = "text/javascript; charset=utf-8"


@require_safe
def button_script(request: HttpRequest) -> HttpResponse:
    """The script that puts the button on a page; kept by browsers for an hour, then asked for again."""
    text, packed, tag = _served(findings.holds(findings.PUBLIC_NEVER_FASTER))
    if request.headers.get("If-None-Match") == tag:
        return _kept_for_an_hour(HttpResponseNotModified(), tag)
    if "gzip" not in request.headers.get("Accept-Encoding", ""):
        return _kept_for_an_hour(HttpResponse(text, content_type=_JAVASCRIPT), tag)
    response = HttpResponse(packed, content_type=_JAVASCRIPT, headers={"Content-Encoding": "gzip"})
    return _kept_for_an_hour(response, tag)


def _kept_for_an_hour(response: HttpResponse, tag: str) -> HttpResponse:
    response.headers["ETag"] = tag
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = "public, max-age=3600"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@lru_cache(maxsize=2)
def _served(is_public_never_faster: bool) -> tuple[bytes, bytes, str]:
    """The script, packed too, and its tag. "Public is never faster" is said while a finding says so."""
    text = served.script(is_public_never_faster=is_public_never_faster).encode()
    return text, gzip.compress(text, 9, mtime=0), f'W/"{hashlib.sha256(text).hexdigest()[:20]}"'


@csrf_exempt
@require_http_methods(["OPTIONS", "POST"])
def contacts(request: HttpRequest) -> HttpResponse:
    """Let one contact in from a page of the organisation's. No cookie is read, so nothing can be forged with one."""
    origin = request.headers.get("Origin", "")
    if not _is_ours(origin):
        return _problem(403, _("This site may not send here."), _("Ask its owner to add it to the allowed sites."))
    if request.method == "OPTIONS":
        return _shared(HttpResponse(status=204), origin)
    return _shared(_let_in(request), origin)


def _is_ours(origin: str) -> bool:
    own = urlsplit(settings.BASE_URL)
    return not origin or origin == f"{own.scheme}://{own.netloc}" or origin in settings.BUTTON_SITES


def _shared(response: HttpResponse, origin: str) -> HttpResponse:
    if origin:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Methods"] = "POST"
        response.headers["Access-Control-Allow-Headers"] = "Content-Type"
        response.headers["Access-Control-Max-Age"] = "600"
    response.headers["Vary"] = "Origin"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _let_in(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    if limits.is_over("contacts", limits.address_of(request), now):
        later = _problem(429, _("That was a lot at once."), _("It is sent by itself in a minute."))
        later.headers["Retry-After"] = "60"
        return later
    try:
        given = _given(request)
    except ValueError:
        return _problem(400, _("This could not be read."), _("It should be one JSON object with words in it."))
    language = spoken_to(given["language"])
    with translation.override(language):
        try:
            told = let_in(_knock(given, language, now), now)
        except Refused as refused:
            return _problem(422, refused.title, refused.detail, "/words")
        except NotAnAddress:
            return _problem(
                422,
                _("This is neither an email address nor a phone number."),
                _("Correct it, or leave it empty: your private page works without."),
                "/answer_to",
            )
        except (NoPlaceYet, NobodyWorksHere):
            return _problem(503, _("We are not open yet."), _("Nobody could answer; it is tried again by itself."))
        except DatabaseError as error:
            log.error("A contact could not be kept (%s); its sender was told so.", type(error).__name__)
            return _problem(503, _("Something went wrong on our side"), _("It is tried again by itself."))
        return JsonResponse(_told(told), status=200 if told.is_again else 201)


def _given(request: HttpRequest) -> dict[str, str]:
    """The fields we know, as text; anything else that was sent is left unread. Raises ValueError."""
    if int(request.headers.get("Content-Length") or 0) > MOST_BYTES:
        raise ValueError("too long")
    try:
        body: Any = json.loads(request.body)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(body, dict):
        raise ValueError("no object")
    names = ("words", "answer_to", "language", "place", "sent_at", "key")
    given = {name: body.get(name) or "" for name in names}
    if not all(isinstance(value, str) for value in given.values()):
        raise ValueError("no text")
    return given


def _knock(given: dict[str, str], language: str, now: datetime) -> Knock:
    try:
        sent_at = parse_datetime(given["sent_at"][:40])
    except ValueError:
        sent_at = None
    if sent_at is not None and sent_at.tzinfo is None:
        sent_at = None
    return Knock(
        door="button",
        account="button",
        words=given["words"],
        sent_at=believed(sent_at, now, FROM_BROWSERS_AT_MOST),
        language=language,
        place=given["place"][:50] or None,
        caller=caller_at(given["answer_to"][:300], language=language),
        external_id=name_of(given["key"], given["words"], given["answer_to"]),
    )


def _told(told: LetIn) -> dict[str, object]:
    promise = None
    if told.due_at is not None:
        promise = Promise.objects.filter(case_id=told.case_id, due_at=told.due_at).select_related("need").first()
    answer: dict[str, object] = {
        "reference": told.reference,
        "owner": told.owner,
        "status_url": settings.BASE_URL + reverse("status:page", args=[told.token]),
        "zone": told.zone,
    }
    if promise is not None:
        when = by_when(promise.due_at, told.zone)
        answer |= {
            "promise": {
                "kind": promise.kind,
                "due_at": promise.due_at.isoformat(),
                "words": promised(promise) % {"when": when},
                "reason": promise.reason,
            },
            "standard": standard_words(promise),
        }
    return answer


def promised(promise: Promise) -> str:
    """What is promised by that time; sent again after an answer, a contact is told what holds by then."""
    return {
        Promise.Kind.ANSWER: _("Answer by %(when)s"),
        Promise.Kind.SOLUTION: _("Solved by %(when)s"),
        Promise.Kind.SUPERVISOR: _("A supervisor answers by %(when)s"),
        Promise.Kind.RETURN: _("We come back to you by %(when)s"),
    }[Promise.Kind(promise.kind)]


def _problem(status: int, title: str, detail: str, pointer: str = "") -> HttpResponse:
    """An RFC 9457 problem that says what was kept: the words stay with the person, in the box."""
    problem: dict[str, object] = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "kept": _("Your words are still in the box."),
    }
    if pointer:
        problem["errors"] = [{"pointer": pointer, "detail": detail}]
    return JsonResponse(problem, status=status, content_type="application/problem+json")
