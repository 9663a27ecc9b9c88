"""The description is true: every answer fits it, what fits it is taken, and nothing whatever makes us fail."""

from __future__ import annotations

import json

import pytest
from django.conf import settings
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st

from api.asking import WORDS, Program, a_program
from api.json_schema import ANY_JSON, as_json, misfits, mutated, values_of
from evenhand.doors.api import contacts
from evenhand.doors.api.keys import Allowance
from evenhand.doors.api.openapi import described
from evenhand.doors.api.schemas import CONTACT, MOST_BYTES
from evenhand.doors.models import Arrival
from factories import a_desk

pytestmark = [pytest.mark.django_db, pytest.mark.urls("evenhand.doors.urls")]

quietly = how(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], database=None
)


@pytest.fixture(autouse=True)
def desk(db, monkeypatch):
    monkeypatch.setattr(contacts, "ALLOWANCE", Allowance(at_once=1e9, a_second=1e9))
    return a_desk()


def assert_described(response, method: str, path: str) -> None:
    """The answer's status, kind and body are those that the description names."""
    document = described()
    answers = document["paths"][path][method]["responses"]
    assert str(response.status_code) in answers, f"{response.status_code} is not described: {response.content}"
    answer = answers[str(response.status_code)]
    (content_type,) = answer["content"]
    assert response["Content-Type"] == content_type
    assert misfits(json.loads(response.content), answer["content"][content_type]["schema"], document) == []


def test_every_described_answer_comes_true(monkeypatch):
    program, path = a_program(), "/api/v1/contacts"
    first = program.send()
    uid = first.json()["contact"]
    writer = a_program(scopes=["contacts:write"])
    said = {
        "again": program.send({"words": WORDS, "external_id": "1"}),
        "known": program.send({"words": WORDS, "external_id": "1"}),
        "list": program.send([{"words": "One."}, {"words": "Two."}]),
        "some of a list": program.send([{"words": "One."}, {"words": 2}]),
        "known list": program.send([{"words": WORDS, "external_id": "1"}]),
        "none of a list": program.send([{}]),
        "no json": program.send(b"{"),
        "no key": Program("").send(),
        "no scope": a_program(scopes=["contacts:read"]).send(),
        "no place": program.send({"words": WORDS, "place": "atlantis"}),
        "too large": program.send(b" " * (MOST_BYTES + 1)),
        "no type": program.post(b"{}", "text/plain"),
        "flaws": program.send({"words": 1, "door": 2}),
        "method": Client().get(path),
        "kept once": program.send(Idempotency_Key="k"),
        "kept again": program.send(Idempotency_Key="k"),
        "other body": program.send({"words": "Other."}, Idempotency_Key="k"),
    }
    with monkeypatch.context() as broken:
        broken.setattr(contacts, "_told", None)
        said["failed"] = program.send()
    with monkeypatch.context() as empty:
        empty.setattr(contacts, "ALLOWANCE", Allowance(at_once=0, a_second=1))
        said["too fast"] = program.send()
        too_fast = program.read(uid)
    from evenhand.people.models import Duty, Person

    state = program.read(uid)
    for response in (first, *said.values()):
        assert_described(response, "post", path)
    for response in (state, writer.read(uid), Program("").read(uid), too_fast):
        assert_described(response, "get", "/api/v1/contacts/{uid}")
    assert_described(a_program().read(uid), "get", "/api/v1/contacts/{uid}")
    assert_described(Client().get("/api/v1/openapi.json"), "get", "/api/v1/openapi.json")
    monkeypatch.setattr(contacts, "let_in_all", _nobody)
    said["cannot keep"] = program.send()
    assert_described(said["cannot keep"], "post", path)
    met = {str(response.status_code) for response in (first, *said.values())}
    assert met == set(described()["paths"][path]["post"]["responses"])
    assert Duty.objects.exists()
    assert Person.objects.exists()


def _nobody(*_: object) -> None:
    from evenhand.care.cases.catalogue import NoPlaceYet

    raise NoPlaceYet


def test_the_description_is_openapi_3_1_and_names_this_installation():
    said = Client().get("/api/v1/openapi.json").json()
    assert said["openapi"] == "3.1.0"
    assert said["servers"] == [{"url": settings.BASE_URL}]
    assert settings.ORGANISATION in said["info"]["title"]
    refs = json.dumps(said).split('"$ref": "#/components/schemas/')[1:]
    assert {ref.partition('"')[0] for ref in refs} <= set(said["components"]["schemas"])


def fits_us(contact: dict) -> bool:
    """What a schema cannot say: a telephone number has 5 to 17 digits."""
    phone = ((contact.get("from") or {}).get("phone") or "").strip()
    return not phone or 5 <= sum(c.isdigit() for c in phone) <= 17


@given(values_of(CONTACT).filter(fits_us))
@how(parent=quietly, max_examples=60)
def test_whatever_fits_the_description_is_taken(contact):
    contact |= {name: None for name in ("place", "thread") if name in contact}  # they name things that there are
    response = a_program().send(contact)
    assert response.status_code == 201, (contact, response.content)
    assert_described(response, "post", "/api/v1/contacts")


@given(ANY_JSON | mutated(CONTACT) | st.lists(mutated(CONTACT), max_size=4))
@how(parent=quietly, max_examples=150)
def test_no_json_whatever_makes_us_fail(body):
    before = Arrival.objects.count()
    response = a_program().send(as_json(body))
    assert response.status_code < 500, (body, response.content)
    assert_described(response, "post", "/api/v1/contacts")
    said = json.loads(response.content)
    kept = said.get("kept", 1)
    assert Arrival.objects.count() == before + kept


@given(st.binary(max_size=200))
@how(parent=quietly, max_examples=60)
def test_no_bytes_whatever_make_us_fail(body):
    assert_described(a_program().send(body), "post", "/api/v1/contacts")


@given(st.text(max_size=60))
@how(parent=quietly, max_examples=40)
def test_no_header_whatever_makes_us_fail(text):
    header = text.encode("utf-8").decode("latin-1").replace("\n", "").replace("\r", "")
    for response in (Program(header).send(), a_program().send(Idempotency_Key=header)):
        assert response.status_code in {201, 400, 401}
