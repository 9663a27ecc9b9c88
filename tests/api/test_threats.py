"""What strangers, other keys and careless programs may try, by the numbers of our list of threats."""

from __future__ import annotations

import json
import logging
import uuid

import pytest
from django.test import Client
from django.utils import timezone

from api.asking import WORDS, Program, a_program, problem_of
from evenhand.care.ledger import writing as ledger
from evenhand.care.ledger.models import Entry
from evenhand.care.models import Case, Contact, Promise
from evenhand.care.promises import keeping
from evenhand.doors.api import contacts, keys
from evenhand.doors.api.openapi import described
from evenhand.doors.api.urls import urlpatterns
from evenhand.doors.models import ApiKey
from factories import NOW, a_desk, a_place

pytestmark = [pytest.mark.django_db, pytest.mark.urls("evenhand.doors.urls")]


@pytest.fixture(autouse=True)
def desk(db):
    return a_desk()


def without(response, *names: str) -> tuple[int, dict]:
    said = json.loads(response.content)
    return response.status_code, {name: value for name, value in said.items() if name not in names}


def test_d20_another_keys_contact_looks_like_an_unknown_one():
    mine, other = a_program(), a_program()
    uid = mine.send().json()["contact"]
    foreign, unknown = other.read(uid), other.read(str(uuid.uuid4()))
    assert foreign.status_code == 404
    assert foreign.content == unknown.content
    assert foreign.headers == unknown.headers
    assert mine.read(uid).status_code == 200


def test_d20_a_contact_of_another_door_is_not_for_keys():
    from factories import let_someone_in

    told = let_someone_in("By the form.", now=timezone.now())
    assert a_program().read(str(told.contact)).status_code == 404


# Each route, with the scope it needs; None: open to everyone. A route without a row fails the test below.
ROUTES = {
    ("post", "/api/v1/contacts"): "contacts:write",
    ("get", "/api/v1/contacts/{uid}"): "contacts:read",
    ("get", "/api/v1/openapi.json"): None,
}


def test_d24_every_route_has_a_row_here_and_in_the_description():
    described_routes = {(method, path) for path, methods in described()["paths"].items() for method in methods}
    assert described_routes == set(ROUTES)
    addresses = {str(each.pattern).replace("<uuid:uid>", "{uid}") for each in urlpatterns}
    assert addresses - {""} == {path.removeprefix("/api/v1/") for _, path in ROUTES}


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize("scope", [*keys.SCOPES, "withdrawn", "nobody"])
def test_d24_a_route_is_open_to_its_scope_and_to_nobody_else(method, path, scope):
    own = a_program().send().json()["contact"]
    if scope in keys.SCOPES:
        program = a_program(scopes=[scope])
    else:
        program = Program("eh_00000000_nobody")
        if scope == "withdrawn":
            program = a_program()
            keys.withdraw(ApiKey.objects.get(prefix=program.key[3:11]).name, NOW)
    address = path.replace("{uid}", own)
    headers = {"Authorization": f"Bearer {program.key}"}
    client = Client()
    before = Contact.objects.count()
    if method == "post":
        response = client.post(address, json.dumps({"words": WORDS}), "application/json", headers=headers)
    else:
        response = client.get(address, headers=headers)
    needed = ROUTES[method, path]
    if needed is None:
        assert response.status_code == 200
    elif scope == needed:
        assert response.status_code == (201 if method == "post" else 404)  # read: another key's own
    else:
        assert response.status_code == (403 if scope in keys.SCOPES else 401)
        assert Contact.objects.count() == before


@pytest.mark.parametrize("named_by", ["contact", "case"])
def test_d25_a_thread_of_another_key_is_unknown_and_changes_nothing(named_by):
    theirs = a_program().send().json()
    case = Case.objects.get()
    program = a_program()
    foreign = program.send({"words": "Let me in.", "thread": theirs[named_by]})
    unknown = program.send({"words": "Let me in.", "thread": str(uuid.uuid4()) if named_by == "contact" else "ZZZ-ZZZ"})
    assert foreign.status_code == 404
    assert without(foreign) == without(unknown)
    case.refresh_from_db()
    assert (Contact.objects.count(), case.version) == (1, 1)


def test_d25_a_thread_of_the_form_is_unknown_to_keys():
    from factories import let_someone_in

    told = let_someone_in("By the form.", now=timezone.now())
    for thread in (str(told.contact), told.reference):
        assert a_program().send({"words": "Let me in.", "thread": thread}).status_code == 404
    assert Contact.objects.count() == 1


def test_d25_a_foreign_place_looks_like_an_unknown_one():
    fresno = a_place("fresno")
    program = a_program(place=fresno)
    foreign = program.send({"words": WORDS, "place": "oakland"})
    unknown = program.send({"words": WORDS, "place": "atlantis"})
    assert foreign.status_code == 404
    assert without(foreign) == without(unknown)
    assert not Contact.objects.exists()


def test_d25_foreign_rows_of_a_list_are_left_out_and_own_ones_kept():
    theirs = a_program().send().json()
    response = a_program().send([{"words": "Mine."}, {"words": "Theirs.", "thread": theirs["contact"]}])
    assert response.status_code == 207
    assert response.json()["results"][1]["status"] == 404
    assert Case.objects.count() == 2


def test_d28_a_withdrawn_key_ends_with_the_next_request():
    program = a_program()
    assert program.send().status_code == 201
    name = ApiKey.objects.get(prefix=program.key[3:11]).name
    assert keys.withdraw(name, NOW)
    assert program.send().status_code == 401
    assert not keys.withdraw(name, NOW)


@pytest.mark.parametrize(
    "extra",
    [
        {"owner": "Maya Okafor"},
        {"promise": {"due_at": "2026-01-01T00:00:00Z"}},
        {"due_at": "2026-01-01T00:00:00Z"},
        {"need": "danger"},
        {"is_danger": True},
        {"weight": 9},
        {"received_at": "2020-01-01T00:00:00Z"},
        {"account": "key:1"},
        {"joins": 1},
        {"case": "4F7-K2Q"},
        {"is_staff": True},
        {"wants_link": False},
    ],
)
def test_d29_a_field_that_is_not_the_senders_to_set_is_refused_by_name(extra):
    response = a_program().send({"words": WORDS} | extra)
    assert response.status_code == 422
    assert problem_of(response)["errors"][0]["pointer"] == f"/{next(iter(extra))}"
    assert not Contact.objects.exists()


def test_d29_reach_and_publicity_move_no_place_and_no_promise(monkeypatch):
    monkeypatch.setattr(contacts.timezone, "now", lambda: NOW)
    loud = {"words": WORDS, "public": True, "reach": {"followers": 2_000_000}, "door": "x"}
    quiet, famous = (a_program().send(body).json() for body in ({"words": WORDS}, loud))
    one, two = Promise.objects.order_by("pk")
    assert (one.due_at, one.standard, one.need_id) == (two.due_at, two.standard, two.need_id)
    assert quiet["promise"] == famous["promise"]


def test_d31_missing_unknown_and_withdrawn_keys_get_the_same_answer():
    living, dead = a_program(), a_program()
    keys.withdraw(ApiKey.objects.get(prefix=dead.key[3:11]).name, NOW)
    wrong_secret = living.key[:12] + "A" * len(living.key[12:])
    tried = ["", "eh_", "eh__", "eh_00000000_x", wrong_secret, dead.key, living.key.upper(), "x" * 5_000, "é"]
    answers = [Program(key).send() for key in tried]
    answers.append(Client().post("/api/v1/contacts", b"{}", "application/json"))
    answers.append(
        Client().post("/api/v1/contacts", b"{}", "application/json", headers={"Authorization": f"Basic {living.key}"})
    )
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0]["WWW-Authenticate"].startswith("Bearer")
    assert not Contact.objects.exists()


def test_d31_only_the_hash_of_a_key_is_kept():
    program = a_program()
    row = ApiKey.objects.get(prefix=program.key[3:11])
    kept = " ".join(str(getattr(row, field.attname)) for field in ApiKey._meta.concrete_fields)
    assert program.key[12:] not in kept
    assert len(program.key[12:]) >= 32
    assert not any(program.key[12:] in entry.body for entry in Entry.objects.all())


def test_making_and_withdrawing_a_key_is_in_the_ledger():
    program = a_program()
    keys.withdraw(ApiKey.objects.get(prefix=program.key[3:11]).name, NOW)
    assert [entry.act for entry in Entry.objects.order_by("seq")][-2:] == ["key made", "key withdrawn"]
    assert ledger.verify(keeping.finders()) is None


@pytest.mark.parametrize(
    ("name", "scopes", "told"),
    [
        ("", ["contacts:write"], "needs a name"),
        ("shop", [], "needs a scope"),
        ("shop", ["contacts:delete"], "no scope 'contacts:delete'"),
    ],
)
def test_a_key_that_cannot_be_made_says_why(name, scopes, told):
    with pytest.raises(keys.CannotMakeKey, match=told):
        keys.make_key(name, scopes, None, NOW)


def test_two_keys_cannot_have_one_name():
    keys.make_key("shop", ["contacts:write"], None, NOW)
    with pytest.raises(keys.CannotMakeKey, match="already"):
        keys.make_key("shop", ["contacts:write"], None, NOW)


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"},
        {"CF-Connecting-IP": "1.2.3.4", "Remote-User": "admin", "X-Forwarded-User": "admin"},
        {"Forwarded": "host=evil.example"},
    ],
)
def test_d33_links_use_the_configured_address_whatever_a_request_says(settings, headers):
    settings.BASE_URL = "https://help.example.org"
    response = a_program().send({"words": WORDS}, **headers)
    assert response.json()["status_url"].startswith("https://help.example.org/c/")
    assert response["Location"].startswith("https://help.example.org/api/v1/contacts/")
    assert b"evil" not in response.content


def test_d37_an_address_that_is_only_claimed_opens_no_history():
    from evenhand.identity.models import Identity

    program = a_program()
    program.send({"words": WORDS, "from": {"email": "ada@example.org"}})
    program.send({"words": "Another thing.", "from": {"email": "ada@example.org"}})
    assert Case.objects.count() == 2
    assert Identity.objects.get(address="ada@example.org").proved_at is None


def test_d40_a_browser_on_another_site_can_do_nothing_with_the_api():
    response = Client(enforce_csrf_checks=True).options(
        "/api/v1/contacts",
        headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"},
    )
    assert response.status_code == 405
    assert not [name for name in response.headers if name.lower().startswith("access-control")]


def test_d59_nothing_that_was_sent_reaches_a_log_or_an_error(monkeypatch, caplog):
    caplog.set_level(logging.DEBUG)
    program = a_program()
    canary = {
        "words": "canary-words",
        "from": {"email": "canary-mail@example.org", "name": "canary-name"},
        "external_id": "canary-id",
    }

    def quoting(*_):
        raise RuntimeError(f"failed on {canary}")

    monkeypatch.setattr(contacts, "let_in_all", quoting)
    answers = [program.send(canary)]
    monkeypatch.undo()
    answers.append(program.send(canary | {"language": "canary language", "place": "canary-place"}))
    answers.append(program.send(canary | {"from": {"email": "canary no address"}}))
    answers.append(program.send(json.dumps(canary).encode()[:-3]))
    answers.append(program.send(canary | {"place": "canary-place"}))
    answers.append(program.send(canary))
    assert [answer.status_code for answer in answers] == [500, 422, 422, 400, 404, 201]
    for answer in answers:
        assert b"canary" not in answer.content
        assert program.key.encode() not in answer.content
    ours = [record for record in caplog.records if not record.name.startswith("django.db")]
    assert "canary" not in " ".join(record.getMessage() + str(record.exc_text or "") for record in ours)
    assert any("RuntimeError" in record.getMessage() for record in ours)
