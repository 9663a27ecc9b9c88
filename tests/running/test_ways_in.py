"""Ways in that work once: the first administrator, an invitation, a sign-in without a password."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from evenhand.care.ledger import writing as ledger
from evenhand.care.promises import keeping
from evenhand.people.models import OneTimeLink, Person, Place
from evenhand.web import ready
from factories import a_person, a_place, a_supervisor, an_agent
from running.house import House

pytestmark = pytest.mark.django_db
Kind = OneTimeLink.Kind
PASSWORD = "seven green umbrellas"
BEGINNING = {
    "name": "Ada Quist",
    "email": "Ada@Example.org",
    "password": PASSWORD,
    "place": "Oakland",
    "zone": "America/Los_Angeles",
}


def signed_in(browser: Client) -> Person | None:
    key = browser.session.get("_auth_user_id")
    return Person.objects.get(pk=key) if key else None


def a_link(kind: OneTimeLink.Kind, person: Person | None = None, *, age: timedelta = timedelta(0)) -> str:
    token = OneTimeLink.give(kind, timezone.now() - age, person)
    return f"/{'first' if kind == Kind.FIRST else 'in'}/{token}/"


def test_the_first_link_makes_the_first_administrator_and_the_first_place():
    link = ready.first_link()
    assert link is not None
    path, browser = link.removeprefix(settings.BASE_URL), Client()
    assert browser.get(path).status_code == 200
    answer = browser.post(path, BEGINNING)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/desk/")
    person = Person.objects.get()
    assert (person.email, person.role, person.name) == ("ada@example.org", Person.Role.ADMINISTRATOR, "Ada Quist")
    assert signed_in(browser) == person
    assert list(person.places.all()) == [Place.objects.get(slug="oakland", zone="America/Los_Angeles")]
    assert ready.first_link() is None
    assert ledger.verify(keeping.finders()) is None


def test_the_first_link_works_once():
    path = a_link(Kind.FIRST)
    assert Client().post(path, BEGINNING).status_code == 302
    assert Client().get(path).status_code == 404
    assert Client().post(path, {**BEGINNING, "email": "eve@example.org"}).status_code == 404
    assert Person.objects.count() == 1


def test_a_mistake_on_the_first_page_spends_nothing():
    path, browser = a_link(Kind.FIRST), Client()
    answer = browser.post(path, {**BEGINNING, "password": "short"})
    assert answer.status_code == 422
    assert "at least 12 characters" in answer.content.decode()
    assert browser.post(path, BEGINNING).status_code == 302


def test_a_newer_first_link_ends_the_older():
    older = a_link(Kind.FIRST)
    newer = a_link(Kind.FIRST)
    assert (Client().get(older).status_code, Client().get(newer).status_code) == (404, 200)


@pytest.mark.parametrize("kind", [Kind.SIGN_IN, Kind.INVITATION])
def test_d31_a_link_runs_out(kind: OneTimeLink.Kind):
    path = a_link(kind, an_agent(), age=OneTimeLink.LIVES_FOR[kind] + timedelta(seconds=1))
    assert Client().get(path).status_code == 404
    assert Client().post(path, {"password": PASSWORD}).status_code == 404


@pytest.mark.parametrize("kind", [Kind.SIGN_IN, Kind.INVITATION])
def test_d39_fetching_a_link_signs_nobody_in_and_spends_nothing(kind: OneTimeLink.Kind):
    person = an_agent()
    path, scanner = a_link(kind, person), Client()
    for _ in range(5):
        assert scanner.get(path).status_code == 200
        assert scanner.head(path).status_code == 200
    assert signed_in(scanner) is None
    browser = Client()
    assert browser.post(path, {"password": PASSWORD}).status_code == 302
    assert signed_in(browser) == person


def test_d31_a_used_an_empty_and_an_unknown_link_look_the_same():
    used = a_link(Kind.SIGN_IN, an_agent())
    assert Client().post(used).status_code == 302
    answers = [Client().get(path) for path in (used, "/in/null/", "/in/" + "x" * 32 + "/", "/in/%00/")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1


def test_a_link_of_one_kind_opens_no_other_door():
    first, sign_in = a_link(Kind.FIRST), a_link(Kind.SIGN_IN, an_agent())
    assert Client().get(first.replace("/first/", "/in/")).status_code == 404
    assert Client().post(sign_in.replace("/in/", "/first/"), BEGINNING).status_code == 404


def test_only_the_hash_of_a_link_is_kept():
    token = a_link(Kind.SIGN_IN, an_agent()).split("/")[2]
    assert len(token) >= 32
    assert token not in str(OneTimeLink.objects.values_list())


def test_whoever_left_cannot_come_in_by_an_old_link():
    person = an_agent()
    path = a_link(Kind.SIGN_IN, person)
    Person.objects.filter(pk=person.pk).update(is_active=False)
    assert Client().post(path).status_code == 404


def test_an_administrator_invites_a_colleague_who_chooses_a_password():
    oakland = a_place()
    administrator = a_person("Ada Quist", role=Person.Role.ADMINISTRATOR)
    browser = Client()
    browser.force_login(administrator)
    asked = {"name": "Maya Okafor", "email": "Maya@example.org", "role": "agent", "places": [oakland.pk]}
    page = browser.post("/accounts/invitations/", asked).content.decode()
    path = page.split(f"{settings.BASE_URL}/in/")[1].split("<")[0].strip()
    maya = Person.objects.get(email="maya@example.org")
    assert (maya.role, list(maya.places.all()), maya.has_usable_password()) == ("agent", [oakland], False)
    hers = Client()
    assert hers.post(f"/in/{path}", {"password": PASSWORD}).status_code == 302
    assert signed_in(hers) == maya
    assert Client().post("/accounts/login/", {"login": "maya@example.org", "password": PASSWORD}).status_code == 302


@pytest.mark.parametrize("factory", [an_agent, a_supervisor])
def test_nobody_else_invites(factory):
    browser = Client()
    asked = {"name": "Eve", "email": "eve@example.org", "role": "administrator"}
    assert browser.post("/accounts/invitations/", asked).status_code == 302  # to the page for signing in
    browser.force_login(factory())
    assert browser.post("/accounts/invitations/", asked).status_code == 403
    assert not Person.objects.filter(email="eve@example.org").exists()


def test_in_the_demo_a_sign_in_link_works_again_on_this_machine_alone(settings):
    settings.IS_DEMO = True
    path = a_link(Kind.SIGN_IN, an_agent())
    assert [Client(REMOTE_ADDR="127.0.0.1").post(path).status_code for _ in range(2)] == [302, 302]
    assert Client(REMOTE_ADDR="192.0.2.7").post(path).status_code == 302
    assert Client(REMOTE_ADDR="127.0.0.1").post(path).status_code == 404


def test_the_command_line_prints_a_link_that_signs_an_administrator_in(house: House):
    house.more["EVENHAND_BASE_URL"] = house.address
    assert house.run("admin", "not an address").returncode == 2
    assert house.run("migrate").returncode == 0
    printed = house.run("admin", "ada@example.org", "--name", "Ada Quist")
    assert printed.stdout.startswith(f"{house.address}/in/")
    assert house.query("SELECT email, name, role FROM people_person") == [
        ("ada@example.org", "Ada Quist", "administrator")
    ]
    again = house.run("admin", "ADA@example.org")
    assert again.returncode == 0
    assert house.query("SELECT count(*), max(name) FROM people_person") == [(1, "Ada Quist")]


def test_the_command_line_prints_a_key_once(house: House):
    assert house.run("migrate").returncode == 0
    printed = house.run("key", "shop", "--scope", "contacts:write").stdout.strip()
    assert printed.startswith("eh_")
    assert printed not in str(house.query("SELECT * FROM doors_apikey"))
    wrong = house.run("key", "other", "--scope", "everything")
    assert wrong.returncode == 2
    assert "contacts:write" in wrong.stderr
