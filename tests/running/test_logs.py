"""What goes wrong is logged by its kind and its place, never with anybody's words, address or private link."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import path

from evenhand.web.logs import Discreet
from factories import a_desk
from running.house import House

WORDS, ADDRESS, TOKEN = "my-canary-words", "canary@example.org", "CanaryTokenCanaryTokenCanaryTok"
CANARIES = (WORDS, ADDRESS, TOKEN)


def goes_wrong(request: object, **more: object) -> object:
    raise ValueError(f"{WORDS} by {ADDRESS}")


urlpatterns = [path("c/<str:token>/", goes_wrong)]


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Everything that any logger says, as the installation would write it."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(Discreet())
    logging.getLogger().addHandler(handler)
    yield written
    logging.getLogger().removeHandler(handler)


@pytest.mark.django_db
@pytest.mark.urls(__name__)
def test_d59_an_error_is_logged_by_its_kind_and_place_alone(logged: io.StringIO):
    browser = Client(raise_request_exception=False)
    answer = browser.post(f"/c/{TOKEN}/?from={ADDRESS}", {"words": WORDS, "email": ADDRESS})
    assert answer.status_code == 500
    assert "ERROR django.request: answered 500" in logged.getvalue()
    assert "ValueError at test_logs.py:" in logged.getvalue()
    for canary in CANARIES:
        assert canary not in logged.getvalue()
        assert canary not in answer.content.decode()
    assert "Traceback" not in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("request_path", [f"/nowhere/{TOKEN}/", f"/in/{TOKEN}/", f"/c/{TOKEN}/"])
def test_d59_an_unknown_address_is_in_no_log_line(request_path: str, logged: io.StringIO):
    Client().get(request_path, {"email": ADDRESS})
    Client().get(request_path, headers={"host": f"{TOKEN}.example"})
    Client(enforce_csrf_checks=True).post(request_path, {"words": WORDS})
    assert not [canary for canary in CANARIES if canary in logged.getvalue()]


@pytest.mark.django_db
def test_d59_a_failed_sign_in_leaves_neither_address_nor_password(logged: io.StringIO):
    Client().post("/accounts/login/", {"login": ADDRESS, "password": WORDS})
    assert not [canary for canary in CANARIES if canary in logged.getvalue()]


@pytest.mark.django_db
def test_d59_a_letter_that_cannot_be_carried_is_logged_without_address_or_words(
    logged: io.StringIO, settings, monkeypatch: pytest.MonkeyPatch
):
    from evenhand.doors import outbox
    from factories import NOW, a_case

    settings.IS_DEMO = True
    a_desk()
    a_case(WORDS, email=ADDRESS)
    monkeypatch.setattr(outbox.DemoPost, "carry", goes_wrong)
    assert outbox.carry_one(NOW)
    assert "could not be carried: " in logged.getvalue()
    assert not [canary for canary in CANARIES if canary in logged.getvalue()]


def test_d59_other_people_s_records_are_shown_by_their_template(logged: io.StringIO):
    somebody = logging.getLogger("somebody.else")
    somebody.error("Could not parse %s", WORDS)
    somebody.error(f"Could not parse {WORDS}")
    try:
        raise KeyError(ADDRESS)
    except KeyError:
        somebody.exception("Failed for %s", TOKEN)
    assert "Could not parse %s" in logged.getvalue()
    assert "KeyError at test_logs.py" in logged.getvalue()
    assert not [canary for canary in CANARIES if canary in logged.getvalue()]


def test_d38_d59_no_request_is_in_what_the_running_installation_says(house: House):
    house.up()
    for request_path in (f"/c/{TOKEN}/", f"/in/{TOKEN}/", f"/nowhere/?email={ADDRESS}&words={WORDS}"):
        assert house.get(request_path)[0] == 404
    assert not [canary for canary in CANARIES if canary in house.said()]
