"""Signing in, guessing, and rights that change."""

from __future__ import annotations

import statistics
import time

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from evenhand.doors.api import keys
from evenhand.people.models import Person
from factories import NOW, a_case, a_desk, a_place, an_agent

PASSWORD = "seven green umbrellas"
LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def nobody_has_tried(db: None) -> None:
    cache.clear()


def maya(**about: object) -> Person:
    person = an_agent(email="maya@example.org", **about)
    person.set_password(PASSWORD)
    person.save()
    return person


def tried(browser: Client, password: str = PASSWORD, email: str = "maya@example.org", address: str = "192.0.2.1"):
    return browser.post(LOGIN, {"login": email, "password": password}, REMOTE_ADDR=address)


def is_in(browser: Client) -> bool:
    return "_auth_user_id" in browser.session


def page_of(answer: object) -> str:
    """The page without what differs each time or repeats what was typed."""
    import re

    text = answer.content.decode()  # type: ignore[attr-defined]
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"|value="[^"]*@[^"]*"', "", text)


def test_staff_sign_in_with_address_and_password_and_come_to_the_desk():
    maya()
    browser = Client()
    assert browser.get(LOGIN).status_code == 200
    answer = tried(browser)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/desk/")
    assert is_in(browser)
    assert browser.post("/accounts/logout/").status_code == 302
    assert not is_in(browser)


def test_nobody_signs_up():
    for path in ("/accounts/signup/", "/accounts/email/", "/accounts/confirm-email/", "/admin/"):
        assert Client().get(path).status_code == 404, path


def test_a_forgotten_password_leads_to_an_administrator_as_no_mail_leaves():
    page = Client().get("/accounts/password/reset/").content.decode()
    assert "Ask an administrator" in page
    assert Client().post("/accounts/password/reset/", {"email": "maya@example.org"}).status_code == 405


@pytest.mark.parametrize("where", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_d22_signing_in_leads_nowhere_else(where: str):
    maya()
    answer = Client().post(f"{LOGIN}?next={where}", {"login": "maya@example.org", "password": PASSWORD, "next": where})
    assert "evil" not in answer.headers.get("Location", "")
    assert "javascript" not in answer.headers.get("Location", "")


def test_d31_a_wrong_password_and_an_unknown_address_look_the_same():
    maya()
    known, unknown = tried(Client(), "wrong"), tried(Client(), "wrong", "nobody@example.org")
    assert known.status_code == unknown.status_code
    assert page_of(known) == page_of(unknown)


def test_d31_a_wrong_password_and_an_unknown_address_take_equally_long(settings):
    settings.ACCOUNT_RATE_LIMITS = {}
    maya()
    spent: dict[str, list[float]] = {"maya@example.org": [], "nobody@example.org": []}
    for number in range(10):
        for email, times in spent.items():
            begun = time.process_time()
            tried(Client(), "wrong", email, f"192.0.2.{number}")
            times.append(time.process_time() - begun)
    known, unknown = (statistics.median(times) for times in spent.values())
    assert known == pytest.approx(unknown, rel=0.5)


def test_d31_a_thousand_guesses_at_an_account_are_stopped_and_its_owner_still_comes_in():
    maya()
    hers = Client()
    assert tried(hers).status_code == 302
    hers.post("/accounts/logout/")
    answers = [tried(Client(), f"guess {n}", address=f"198.51.{n % 100}.7") for n in range(40)]
    assert len({answer.status_code for answer in answers}) == 1
    assert sum("Too many failed" in answer.content.decode() for answer in answers) == 30
    assert tried(Client(), address="198.51.1.9").status_code != 302  # the right password, but from nowhere known
    assert tried(hers).status_code == 302
    assert is_in(hers)


def test_d31_one_address_that_guesses_at_many_accounts_is_stopped():
    maya()
    said = [tried(Client(), "wrong", f"n{n}@example.org").content.decode() for n in range(30)]
    assert sum("Too many failed" in page for page in said) == 10
    assert tried(Client(), address="203.0.113.9").status_code == 302


def test_d31_the_mark_of_a_known_browser_is_worth_nothing_for_another_account_or_when_forged():
    maya()
    colleague = an_agent("Eve", email="eve@example.org")
    colleague.set_password(PASSWORD)
    colleague.save()
    eves = Client()
    assert tried(eves, email="eve@example.org").status_code == 302
    eves.post("/accounts/logout/")
    for number in range(12):
        tried(eves, f"guess {number}", address=f"198.51.100.{number}")
    assert "Too many failed" in tried(eves, address="198.51.101.1").content.decode()
    eves.cookies[settings.KNOWN_BROWSER_COOKIE] = "forged:mark:here"
    assert "Too many failed" in tried(eves, address="198.51.101.2").content.decode()


@pytest.mark.parametrize("token", ["", "null", "None", "0"])
def test_d31_an_empty_password_or_session_opens_nothing(token: str):
    an_agent(email="maya@example.org")  # invited, and has chosen no password yet
    browser = Client()
    assert tried(browser, token).status_code != 302
    browser.cookies[settings.SESSION_COOKIE_NAME] = token
    assert browser.get("/desk/").status_code == 302


def test_d28_whoever_is_taken_off_is_out_at_the_next_request():
    person = maya()
    browser = Client()
    tried(browser)
    assert browser.get("/accounts/password/change/").status_code == 200
    Person.objects.filter(pk=person.pk).update(is_active=False)
    assert browser.get("/accounts/password/change/").status_code == 302
    assert not Client().login(email="maya@example.org", password=PASSWORD)


def test_d28_a_changed_role_holds_at_the_next_request():
    person = maya()
    browser = Client()
    tried(browser)
    assert browser.get("/accounts/invitations/").status_code == 403
    Person.objects.filter(pk=person.pk).update(role=Person.Role.ADMINISTRATOR)
    assert browser.get("/accounts/invitations/").status_code == 200
    Person.objects.filter(pk=person.pk).update(role=Person.Role.AGENT)
    assert browser.get("/accounts/invitations/").status_code == 403


def test_d28_who_moved_to_another_place_finds_the_old_one_s_cases_no_more():
    oakland, fremont = a_place(), a_place("fremont")
    a_desk(oakland)
    a_desk(fremont)
    person = maya(places=[oakland])
    case = a_case(place="oakland")
    browser = Client()
    tried(browser)
    assert browser.get(f"/desk/cases/{case.reference}/").status_code == 200
    person.places.set([fremont])
    assert browser.get(f"/desk/cases/{case.reference}/").status_code == 404


def test_d28_a_changed_password_ends_every_other_session():
    person = maya()
    elsewhere, here = Client(), Client()
    tried(elsewhere)
    tried(here)
    new = "nine purple kettles"
    answer = here.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert answer.status_code == 302
    person.refresh_from_db()
    assert person.check_password(new)
    assert here.get("/accounts/password/change/").status_code == 200
    assert elsewhere.get("/accounts/password/change/").status_code == 302


def test_d28_a_withdrawn_key_opens_nothing_at_the_next_request():
    a_desk()
    key = keys.make_key("shop", ["contacts:write"], None, NOW)
    send = {"path": "/api/v1/contacts", "data": {"words": "Charged twice."}, "content_type": "application/json"}
    assert Client().post(**send, headers={"Authorization": f"Bearer {key}"}).status_code == 201
    keys.withdraw("shop", timezone.now())
    assert Client().post(**send, headers={"Authorization": f"Bearer {key}"}).status_code == 401
