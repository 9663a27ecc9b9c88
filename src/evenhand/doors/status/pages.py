"""The customer's private page: who owns it, by when, what was done, and what can be said."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from evenhand.care.models import Contact, Promise
from evenhand.care.promises.keeping import running
from evenhand.doors import limits, outbox
from evenhand.doors.intake import PRIVATE_PAGE, Knock, Refused, let_in, press
from evenhand.doors.models import Message
from evenhand.doors.once import name_of
from evenhand.doors.origin import from_our_own_pages
from evenhand.doors.status import story
from evenhand.identity.models import Identity, StatusLink
from evenhand.identity.recognise import NotAnAddress, claim, link_behind, written_phone

Page = Callable[[HttpRequest, StatusLink], HttpResponse]


def by_private_link(page: Page) -> Callable[[HttpRequest, str], HttpResponse]:
    """The page of a living link; a wrong, withdrawn or expired one all look the same."""

    def opened(request: HttpRequest, token: str) -> HttpResponse:
        now, address = timezone.now(), limits.address_of(request)
        link = link_behind(token, now)
        if link is None:
            if limits.is_over("guesses at private links", address, now):
                return limits.too_many(request)
            return render(request, "status/not_here.html", status=404)
        language = _language(request, link)
        with translation.override(language):
            if request.method == "POST" and limits.is_over("contacts", address, now):
                response = _too_many(request, link)
            else:
                response = page(request, link)
        response.headers["Content-Language"] = language
        return response

    return opened


def _language(request: HttpRequest, link: StatusLink) -> str:
    spoken = link.case.language.split("-")[0]
    return spoken if spoken in dict(settings.LANGUAGES) else (translation.get_language() or "en")


@require_safe
@by_private_link
def status(request: HttpRequest, link: StatusLink) -> HttpResponse:
    return _shown(request, link)


@from_our_own_pages
@require_POST
@by_private_link
def words(request: HttpRequest, link: StatusLink) -> HttpResponse:
    """Add to the case: it joins it and keeps its place."""
    said, now = request.POST.get("words", ""), timezone.now()
    knock = Knock(
        door=PRIVATE_PAGE,
        account=link.case.reference,
        words=said,
        sent_at=now,
        language=link.case.language,
        external_id=name_of(request.POST.get("key", ""), said),
        joins=link.case_id,
        wants_link=False,
    )
    try:
        let_in(knock, now)
    except Refused as refused:
        return _shown(request, link, mistake=str(refused), said=said, status=422)
    return _back(request)


@from_our_own_pages
@require_POST
@by_private_link
def objection(request: HttpRequest, link: StatusLink) -> HttpResponse:
    """Only of an answer that stands: pressed twice, the second changes nothing."""
    if not story.answer_stands(story.Rows(link.case)):
        return _back(request)
    return _pressed(request, link, Contact.Kind.NO_ANSWER)


@from_our_own_pages
@require_POST
@by_private_link
def solution(request: HttpRequest, link: StatusLink) -> HttpResponse:
    return _pressed(request, link, Contact.Kind.SOLVED)


@from_our_own_pages
@require_POST
@by_private_link
def reopening(request: HttpRequest, link: StatusLink) -> HttpResponse:
    return _pressed(request, link, Contact.Kind.NOT_SOLVED)


@from_our_own_pages
@require_POST
@by_private_link
def supervisor(request: HttpRequest, link: StatusLink) -> HttpResponse:
    """One press, in private. Nothing has to be explained."""
    return _pressed(request, link, Contact.Kind.SUPERVISOR)


@from_our_own_pages
@require_POST
@by_private_link
def call(request: HttpRequest, link: StatusLink) -> HttpResponse:
    """Ask for a call instead; the place is kept."""
    given = request.POST.get("phone", "")
    try:
        phone = written_phone(given)
    except NotAnAddress:
        mistake = _("This is no phone number we can dial. Write it with digits, such as +1 510 555 0123.")
        return _shown(request, link, mistake=mistake, phone=given, status=422)
    claim(link.case_id, Identity.Kind.PHONE, phone)
    return _pressed(request, link, Contact.Kind.CALL_BACK, _("Please call me: %(phone)s") % {"phone": phone})


def _pressed(request: HttpRequest, link: StatusLink, kind: Contact.Kind, said: str = "") -> HttpResponse:
    now = timezone.now()
    said = said or request.POST.get("words", "")
    try:
        with transaction.atomic():
            contact = press(link.case_id, kind, said, now, key=name_of(request.POST.get("key", ""), kind.value, said))
            if contact is not None and kind == Contact.Kind.SUPERVISOR:
                promise = running(contact.case, Promise.Kind.SUPERVISOR)
                if promise is not None and promise.made_at == now:
                    outbox.plan(contact.case, Message.Kind.SUPERVISOR, now, promise=promise)
    except Refused as refused:
        return _shown(request, link, mistake=str(refused), said=said, status=422)
    return _back(request)


def _too_many(request: HttpRequest, link: StatusLink) -> HttpResponse:
    """Not now: what was typed stands in the page again, to be sent in a minute."""
    wait = _("Nothing of this was sent. Wait a minute, then try again.")
    said, phone = request.POST.get("words", ""), request.POST.get("phone", "")
    response = _shown(request, link, mistake=wait, said=said, phone=phone, status=429)
    response.headers["Retry-After"] = "60"
    return response


def _back(request: HttpRequest) -> HttpResponseRedirect:
    """To the page itself: its link stands in the address that was asked for."""
    token = request.path.split("/")[2]
    return HttpResponseRedirect(reverse("status:page", args=[token]))


def _shown(
    request: HttpRequest,
    link: StatusLink,
    *,
    mistake: str = "",
    said: str = "",
    phone: str = "",
    status: int = 200,
) -> HttpResponse:
    now = timezone.now()
    rows = story.Rows(link.case)
    stands = story.standing(rows, now)
    facts = {
        "case": link.case,
        "token": request.path.split("/")[2],
        "zone": ZoneInfo(link.case.line.place.zone),
        "now": now,
        "title": story.title(rows),
        "stands": stands,
        "steps": story.story(rows, now),
        "can_object": story.answer_stands(rows),
        "is_new": "new" in request.GET and len(rows.contacts) == 1,
        "key": secrets.token_urlsafe(16),
        "mistake": mistake,
        "said": said,
        "phone": phone,
        "accepted": len(rows.contacts),
    }
    response = render(request, "status/page.html", facts, status=status)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
