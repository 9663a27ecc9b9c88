"""Ways in that work once: the first administrator, an invitation, a sign-in without a password."""

from __future__ import annotations

from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib.auth import login, password_validation
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from evenhand.care.cases import catalogue
from evenhand.care.ledger import writing as ledger
from evenhand.people.models import OneTimeLink, Person, Place
from evenhand.web.accounts import is_too_often, know_browser
from evenhand.web.configuration import WrongSetting, is_loopback

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
Kind = OneTimeLink.Kind


class NewPassword(forms.Form):
    """A password chosen by its owner."""

    password = forms.CharField(
        label="Choose a password",
        help_text="At least 12 characters",
        max_length=1_000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: object, person: Person | None = None, **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]
        self.person = person

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        password_validation.validate_password(password, self.person)
        return password


class FirstAdministrator(NewPassword):
    """Who begins, and where."""

    name = forms.CharField(label="Your name", max_length=120, help_text="Customers read it: you may own cases")
    email = forms.EmailField(label="Your email address", help_text="You sign in with it")
    place = forms.CharField(label="Your first place", max_length=120, help_text="A branch, a shop, a team")
    zone = forms.ChoiceField(label="Its time zone", help_text="Its hours and promises run by it")

    field_order = ["name", "email", "password", "place", "zone"]

    def __init__(self, *args: object, **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]
        self.fields["name"].widget.attrs["autocomplete"] = "name"
        self.fields["email"].widget.attrs["autocomplete"] = "username"
        zones = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
        self.fields["zone"].choices = [("UTC", "UTC"), *((zone, zone.replace("_", " ")) for zone in zones)]  # type: ignore[attr-defined]

    def clean_place(self) -> str:
        name = str(self.cleaned_data["place"]).strip()
        if not slugify(name):
            raise ValidationError("Write a name with letters or figures.")
        return name


class Invitation(forms.Form):
    """Whom an administrator lets in, as what, and where."""

    name = forms.CharField(label="Their name", max_length=120, help_text="Customers read it")
    email = forms.EmailField(label="Their email address", help_text="They sign in with it")
    role = forms.ChoiceField(label="What they do", choices=Person.Role.choices, widget=forms.RadioSelect)
    places = forms.ModelMultipleChoiceField(
        label="Where they work",
        queryset=Place.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(self, *args: object, by: Person, **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]
        self.fields["places"].queryset = Place.objects.visible_to(by)  # type: ignore[attr-defined]
        self.fields["role"].initial = Person.Role.AGENT


def _link(token: str, kind: OneTimeLink.Kind) -> OneTimeLink:
    """The living link behind a token. Used, run out, unknown: all the same to whoever asks."""
    links = OneTimeLink.objects.living(token, timezone.now()).select_related("person")
    link = links.filter(kind=Kind.FIRST) if kind == Kind.FIRST else links.exclude(kind=Kind.FIRST)
    found = link.first()
    if found is None or (found.person is not None and not found.person.is_active):
        raise Http404
    return found


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def first(request: HttpRequest, token: str) -> HttpResponse:
    """Make the first administrator and the first place, once."""
    if is_too_often(request, "one_time_link"):
        return render(request, "429.html", status=429)
    link = _link(token, Kind.FIRST)
    form = FirstAdministrator(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return render(request, "account/first.html", {"form": form}, status=status)
    with transaction.atomic():
        if not link.spend(timezone.now()):
            raise Http404
        asked = form.cleaned_data
        person = Person.objects.create_user(
            asked["email"], asked["name"], asked["password"], role=Person.Role.ADMINISTRATOR
        )
        place = Place.objects.create(
            slug=slugify(asked["place"])[:50], name=asked["place"], zone=asked["zone"], is_head_office=True
        )
        person.places.add(place)
        person.come_on_duty(timezone.now())
        ledger.write(ledger.Act("first administrator made", timezone.now(), facts={"person": person.pk}))
    catalogue.forget()
    return _signed_in(request, person)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def come_in(request: HttpRequest, token: str) -> HttpResponse:
    """A button that signs in and spends the link: fetching the page, as mail scanners do, changes nothing."""
    if is_too_often(request, "one_time_link"):
        return render(request, "429.html", status=429)
    link = _link(token, Kind.SIGN_IN)
    person = link.person
    assert person is not None
    chooses = link.kind == Kind.INVITATION
    form = NewPassword(request.POST or None, person=person) if chooses else None
    if request.method != "POST" or (form is not None and not form.is_valid()):
        status = 422 if request.method == "POST" else 200
        return render(request, "account/come_in.html", {"form": form, "person": person}, status=status)
    with transaction.atomic():
        if not _may_be_used_again(request, link) and not link.spend(timezone.now()):
            raise Http404
        if form is not None:
            person.set_password(form.cleaned_data["password"])
            person.save(update_fields=["password"])
    return _signed_in(request, person)


def _may_be_used_again(request: HttpRequest, link: OneTimeLink) -> bool:
    """The demo's sign-in links work again and again, on this machine alone."""
    return bool(
        settings.IS_DEMO and link.kind == Kind.SIGN_IN and is_loopback(str(request.META.get("REMOTE_ADDR", "")))
    )


def _signed_in(request: HttpRequest, person: Person) -> HttpResponse:
    login(request, person, backend=BACKEND)
    response = redirect(settings.LOGIN_REDIRECT_URL)
    know_browser(response, person)
    return response


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest) -> HttpResponse:
    """Invite a colleague, or give one who is here a new way in: the link is shown once."""
    by = request.user
    if not isinstance(by, Person) or not by.is_administrator:
        raise PermissionDenied
    form = Invitation(request.POST or None, by=by)
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return render(request, "account/invitation.html", {"form": form}, status=status)
    asked = form.cleaned_data
    with transaction.atomic():
        person = Person.objects.filter(email=asked["email"].lower()).first()
        if person is None:
            person = Person.objects.create_user(asked["email"], asked["name"])
        person.name, person.role, person.is_active = asked["name"], asked["role"], True
        person.save(update_fields=["name", "role", "is_active"])
        person.places.set(asked["places"])
        facts = {"person": person.pk, "role": person.role, "places": sorted(place.pk for place in asked["places"])}
        ledger.write(ledger.Act("person invited", timezone.now(), by=f"person:{by.pk}", facts=facts))
        token = OneTimeLink.give(Kind.INVITATION, timezone.now(), person)
    link = f"{settings.BASE_URL}/in/{token}/"
    return render(request, "account/invited.html", {"person": person, "link": link})


def link_for_administrator(address: str, name: str | None) -> str:
    """Make or find an administrator by their address, and a one-time link that signs them in."""
    try:
        email = forms.EmailField().clean(address).lower()
    except ValidationError as error:
        raise WrongSetting(
            "ADDRESS", f"{address!r} is no email address.", "Write one such as ada@example.org."
        ) from error
    with transaction.atomic():
        person = Person.objects.filter(email=email).first()
        if person is None:
            person = Person.objects.create_user(email, name or email.split("@")[0], role=Person.Role.ADMINISTRATOR)
            person.places.set(Place.objects.filter(is_head_office=True))
        person.name = name or person.name
        person.role, person.is_active = Person.Role.ADMINISTRATOR, True
        person.save(update_fields=["name", "role", "is_active"])
        ledger.write(ledger.Act("sign-in link given", timezone.now(), facts={"person": person.pk}))
        token = OneTimeLink.give(Kind.SIGN_IN, timezone.now(), person)
    return f"{settings.BASE_URL}/in/{token}/"
