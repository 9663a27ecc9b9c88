"""The form: a real page that does the whole job without a script."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from django.views.decorators.http import require_http_methods

from evenhand.care.cases.catalogue import NoPlaceYet, catalogue
from evenhand.care.cases.hands import NobodyWorksHere
from evenhand.doors import limits
from evenhand.doors.intake import FROM_BROWSERS_AT_MOST, Knock, Refused, believed, let_in, reading_room, spoken
from evenhand.doors.once import name_of
from evenhand.doors.origin import from_our_own_pages
from evenhand.identity.recognise import NotAnAddress, caller_at

INVITATIONS = (("help", gettext_lazy("I need help")), ("view", gettext_lazy("How you're doing")))
"""They change the wording on the page alone; what a customer chose reaches nobody."""

NEEDS_THAT_SHIP = (
    gettext_noop("Danger"),
    gettext_noop("Own deadline, within 15 minutes"),
    gettext_noop("Own deadline, within 30 minutes"),
    gettext_noop("Own deadline, within an hour"),
    gettext_noop("Own deadline, within two hours"),
    gettext_noop("Shut out"),
    gettext_noop("Money"),
    gettext_noop("Wrong or broken"),
    gettext_noop("Question"),
    gettext_noop("View or idea"),
    gettext_noop("Thanks"),
)
"""Names of needs that have a translation; an organisation's own names are shown as they were written."""


log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Said:
    """What was typed into the form, to be shown again when something is missing."""

    words: str = ""
    answer_to: str = ""
    name: str = ""
    place: str = ""
    key: str = ""
    invitation: str = ""

    @staticmethod
    def of(request: HttpRequest) -> Said:
        given = request.POST
        return Said(
            words=given.get("words", ""),
            answer_to=given.get("answer_to", "")[:254],
            name=given.get("name", "")[:200],
            place=given.get("place", "")[:50],
            key=given.get("key", "")[:100],
            invitation=given.get("invitation", "")[:10],
        )


@from_our_own_pages
@require_http_methods(["GET", "HEAD", "POST"])
def form(request: HttpRequest, place: str = "") -> HttpResponse:
    """Ask, let in, and lead to the private page that says who owns it and by when."""
    now = timezone.now()
    language = _language(request)
    with translation.override(language):
        place = place or request.GET.get("place", "")
        if request.method != "POST":
            return _shown(request, language, Said(place=place, key=secrets.token_urlsafe(16)))
        said = Said.of(request)
        if limits.is_over("contacts", limits.address_of(request), now):
            wait = _("Nothing of this was sent. Wait a minute, then try again.")
            return _not_now(request, language, said, wait, 429)
        if mistakes := _mistakes(said):
            return _shown(request, language, said, mistakes, 422)
        try:
            told = let_in(_knock(request, said, language, now), now)
        except (NoPlaceYet, NobodyWorksHere):
            wrong = _("We are not open yet: nobody could answer. Nothing was kept.")
            return _not_now(request, language, said, wrong, 503)
        except DatabaseError as error:
            log.error("A contact could not be kept (%s); its sender was told so.", type(error).__name__)
            wrong = _("We could not keep this, because something failed on our side. Wait a minute, then try again.")
            return _not_now(request, language, said, wrong, 503)
        return HttpResponseRedirect(f"{reverse('status:page', args=[told.token])}?new")


def _mistakes(said: Said) -> dict[str, str]:
    """What keeps this from being let in, by field; all of it at once."""
    mistakes = {}
    try:
        spoken(said.words)
    except Refused as refused:
        mistakes["words"] = f"{refused.title} {refused.detail}"
    try:
        caller_at(said.answer_to)
    except NotAnAddress:
        mistakes["answer_to"] = _("This is neither an email address nor a phone number. You can also leave it empty.")
    return mistakes


def _knock(request: HttpRequest, said: Said, language: str, now: datetime) -> Knock:
    return Knock(
        door="form",
        account="form",
        words=said.words,
        sent_at=believed(_pressed_at(request, now), now, FROM_BROWSERS_AT_MOST),
        language=language,
        place=said.place or None,
        caller=caller_at(said.answer_to, name=said.name, language=language),
        external_id=name_of(said.key, said.words, said.answer_to, said.name, said.place),
    )


def _pressed_at(request: HttpRequest, now: datetime) -> datetime | None:
    """When send was pressed, where a script could say so: a browser's clock that is a little fast is let be."""
    try:
        at = parse_datetime(request.POST.get("sent_at", "")[:40])
    except ValueError:
        return None
    if at is None or at.tzinfo is None or at > now + timedelta(minutes=5):
        return None
    return at


def _not_now(request: HttpRequest, language: str, said: Said, why: str, status: int) -> HttpResponse:
    """Nothing was let in, through no mistake of theirs: the form again, with every word, to be sent in a minute."""
    response = _shown(request, language, said, {"form": why}, status)
    response.headers["Retry-After"] = "60"
    return response


def _language(request: HttpRequest) -> str:
    asked = request.GET.get("language", "")
    return asked if asked in dict(settings.LANGUAGES) else (translation.get_language() or "en")


def _shown(
    request: HttpRequest, language: str, said: Said, mistakes: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    places = reading_room()
    facts = {
        "said": said,
        "mistakes": mistakes or {},
        "invitations": INVITATIONS,
        "places": places,
        "place": places.get(said.place, ""),
        "needs": catalogue().needs.values(),
        "languages": [(code, name) for code, name in settings.LANGUAGES if code != language],
    }
    return render(request, "form/form.html", facts, status=status)
