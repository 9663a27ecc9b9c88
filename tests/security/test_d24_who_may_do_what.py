"""Every address × every role × an own, a foreign and an unknown object, against the one table in the docs.

A new address without a row fails, and so does a row whose address is gone.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from evenhand.care.models import Case, Need
from evenhand.doors.api.keys import make_key
from evenhand.identity.recognise import give_links
from evenhand.people.models import Person
from factories import NOW, a_case, a_person, a_place, a_supervisor, an_agent
from tests.fairness_pages.world import a_task

TABLE = Path(__file__).parents[2] / "docs" / "permissions.md"
ROLES = ("stranger", "agent there", "agent elsewhere", "supervisor there", "auditor there", "administrator")

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore::RuntimeWarning")]


@dataclass(frozen=True)
class Row:
    method: str
    route: str
    name: str
    may: dict[str, str]


def rows() -> list[Row]:
    found = []
    for line in TABLE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) == 3 + len(ROLES) and re.fullmatch(r"GET|POST", cells[0]):
            found.append(
                Row(cells[0], cells[1].strip("`"), cells[2].strip("`"), dict(zip(ROLES, cells[3:], strict=True)))
            )
    return found


def routes(patterns: list[Any] | None = None, before: str = "", space: str = "") -> dict[str, str]:
    """name → route of every address of the house."""
    found: dict[str, str] = {}
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = before + str(pattern.pattern).lstrip("^").rstrip("$")
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            found |= routes(pattern.url_patterns, route, inner)
        elif isinstance(pattern, URLPattern):
            assert pattern.name, f"{route} has no name"
            found[f"{space}{pattern.name}"] = f"/{route}"
    return found


def test_d24_every_address_stands_in_the_table_of_permissions():
    told = {row.name for row in rows()}
    assert set(routes()) - told == set(), "addresses without a row in docs/permissions.md"
    assert told - set(routes()) == set(), "rows in docs/permissions.md whose address is gone"


@pytest.fixture
def house(settings: Any) -> dict[str, Any]:
    settings.IS_DEMO = False
    here, there = a_place("oakland"), a_place("fremont")
    people: dict[str, Person | None] = {
        "stranger": None,
        "agent there": an_agent("Ann There", places=[here]),
        "agent elsewhere": an_agent("Ben Elsewhere", places=[there]),
        "supervisor there": a_supervisor("Cyd There", places=[here]),
        "auditor there": a_person("Eve There", role=Person.Role.AUDITOR, places=[here]),
        "administrator": a_person("Dan Admin", role=Person.Role.ADMINISTRATOR, places=[there]),
    }
    case = a_case(need="money", place="oakland", email="elena@example.org")
    return {
        "people": people,
        "case": case,
        "task": a_task(to=people["supervisor there"]),
        "token": give_links([(case.pk, None)], NOW)[0],
    }


def address(route: str, house: dict[str, Any], *, known: bool) -> str:
    case: Case = house["case"]
    person = house["people"]["agent there"]
    own = {
        "reference": case.reference,
        "pk": person.pk,
        "slug": Need.objects.get(slug="money").slug if "needs/" in route else "oakland",
        "token": house["token"],
        "uid": house["task"].uid,
        "place": "oakland",
        "name": "door",
    }
    foreign = {
        "reference": "ZZZ-ZZZ",
        "pk": 987_654,
        "slug": "nowhere",
        "token": "x" * 32,
        "uid": uuid.uuid4(),
        "place": "nowhere",
        "name": "nowhere",
    }
    values = own if known else foreign
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values.get(found[1], foreign.get(found[1], 987_654))), route)


def outcome(response: Any) -> str:
    if response.status_code in {301, 302} and "/accounts/login/" in response["Location"]:
        return "sign in"
    return {401: "key", 403: "no", 404: "not found", 405: "never"}.get(response.status_code, "yes")


def ask(row: Row, house: dict[str, Any], role: str, *, known: bool) -> Any:
    client = Client(raise_request_exception=True)
    if (person := house["people"][role]) is not None:
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client.generic(row.method, address(row.route, house, known=known), b"", "application/x-www-form-urlencoded")


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row.method} {row.name}")
def test_d24_each_role_may_do_what_the_table_says(row: Row, house: dict[str, Any]):
    assert row.route == routes()[row.name]
    for role, may in row.may.items():
        assert outcome(ask(row, house, role, known=True)) == may, f"{role}: {row.method} {row.route}"


PRIVATE = [row for row in rows() if "<" in row.route and "not found" in row.may.values()]


@pytest.mark.parametrize("row", PRIVATE, ids=lambda row: f"{row.method} {row.name}")
def test_d24_not_there_and_not_yours_look_the_same(row: Row, house: dict[str, Any]):
    for role, may in row.may.items():
        if may == "not found":
            foreign = ask(row, house, role, known=True)
            unknown = ask(row, house, role, known=False)
            assert _plain(foreign.content) == _plain(unknown.content)
            assert foreign.status_code == unknown.status_code == 404


def _plain(body: bytes) -> bytes:
    """Without what differs from one answer to the next: nonces and form tokens."""
    return re.sub(rb'(nonce|value)="[^"]*"', b"", body)


@pytest.mark.parametrize("role", ROLES)
def test_d24_no_address_answers_a_method_it_does_not_have(role: str, house: dict[str, Any]):
    have: dict[str, set[str]] = {}
    for row in rows():
        have.setdefault(row.route, set()).add(row.method)
    for route, methods in have.items():
        for method in {"GET", "POST"} - methods:
            row = Row(method, route, "", {})
            answered = outcome(ask(row, house, role, known=True))
            assert answered in {"never", "not found", "sign in", "no", "key"}, f"{role}: {method} {route}: {answered}"


def test_d24_a_key_reads_only_what_came_by_it():
    a_person()
    mine = make_key("mine", ["contacts:write", "contacts:read"], None, NOW)
    other = make_key("other", ["contacts:write", "contacts:read"], None, NOW)
    client = Client()
    by_mine = {"Authorization": f"Bearer {mine}"}
    told = client.post("/api/v1/contacts", {"words": "Charged twice."}, "application/json", headers=by_mine).json()
    own = client.get(f"/api/v1/contacts/{told['contact']}", headers=by_mine)
    foreign = client.get(f"/api/v1/contacts/{told['contact']}", headers={"Authorization": f"Bearer {other}"})
    unknown = client.get(f"/api/v1/contacts/{uuid.uuid4()}", headers={"Authorization": f"Bearer {other}"})
    assert own.status_code == 200
    assert (foreign.status_code, unknown.status_code) == (404, 404)
    assert foreign.json() == unknown.json()
