"""Programs let contacts in one by one or by the list, and are told what became of each."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from api.asking import WORDS, a_program, problem_of
from evenhand.care.cases import catalogue
from evenhand.care.ledger import writing as ledger
from evenhand.care.models import Case, Contact, Need, Note, Reply
from evenhand.care.promises import keeping, staff
from evenhand.doors import outbox
from evenhand.doors.api.contacts import duration
from evenhand.doors.models import Arrival, Message
from evenhand.identity.recognise import link_behind
from factories import DAY, HOUR, a_desk, a_place, an_agent

pytestmark = [pytest.mark.django_db, pytest.mark.urls("evenhand.doors.urls")]


@pytest.fixture(autouse=True)
def desk(db):
    return a_desk()


def token_of(answer: dict) -> str:
    return answer["status_url"].rstrip("/").rpartition("/")[2]


def test_a_contact_is_answered_with_case_owner_promise_and_private_link():
    response = a_program().send({"words": WORDS, "from": {"email": "Elena@Example.org"}})
    answer = response.json()
    assert response.status_code == 201
    assert set(answer) == {
        "case",
        "contact",
        "owner",
        "place",
        "counted_from",
        "promise",
        "status_url",
        "is_again",
    }
    assert answer["owner"] == "Maya Okafor"
    assert answer["promise"]["kind"] == "answer"
    assert answer["promise"]["standard"] == "PT4H"
    assert datetime.fromisoformat(answer["promise"]["due_at"]) > timezone.now()
    assert link_behind(token_of(answer), timezone.now()).case.reference == answer["case"]
    assert response["Location"].endswith(f"/api/v1/contacts/{answer['contact']}")
    contact = Contact.objects.get(uid=answer["contact"])
    assert contact.words == WORDS
    assert Message.objects.get(case=contact.case).to.address == "elena@example.org"
    assert ledger.verify(keeping.finders()) is None


def test_all_that_is_said_of_a_contact_is_kept():
    a_place("fresno")
    body = {
        "words": "¿Dónde está mi paquete?",
        "door": "survey",
        "sent_at": (timezone.now() - 3 * DAY).isoformat(),
        "from": {"phone": "+34 600 000 001", "name": "Luz"},
        "language": "es-MX",
        "place": "fresno",
        "external_id": "row 7",
        "public": True,
        "reach": {"followers": 12, "verified": False},
    }
    answer = a_program().send(body).json()
    contact = Contact.objects.get(uid=answer["contact"])
    arrival = Arrival.objects.get(contact=contact)
    assert (arrival.door, arrival.is_public, arrival.external_id) == ("survey", True, "row 7")
    assert arrival.reach == {"followers": 12, "verified": False}
    assert contact.case.line.place.slug == "fresno"
    assert contact.language == "es-MX"
    assert contact.sent_at == datetime.fromisoformat(body["sent_at"])


def test_a_standard_in_working_days_is_told_in_days():
    Need.objects.update(answer_standard=timedelta(days=3), runs_always=False)
    catalogue.forget()
    assert a_program().send().json()["promise"]["standard"] == "P3D"


@pytest.mark.parametrize(
    ("length", "written"),
    [
        (timedelta(0), "PT0S"),
        (timedelta(minutes=15), "PT15M"),
        (timedelta(hours=4), "PT4H"),
        (timedelta(days=3), "P3D"),
        (timedelta(days=1, hours=2, minutes=30, seconds=5), "P1DT2H30M5S"),
    ],
)
def test_lengths_of_time_are_iso_durations(length, written):
    assert duration(length) == written


def test_a_key_without_the_scope_is_not_believed_about_the_time():
    program = a_program(scopes=["contacts:write"])
    before = timezone.now()
    answer = program.send({"words": WORDS, "sent_at": "2026-01-01T00:00:00Z"}).json()
    assert datetime.fromisoformat(answer["counted_from"]) >= before.replace(microsecond=0)
    assert Contact.objects.get(uid=answer["contact"]).sent_at >= before


def test_a_time_to_come_counts_from_now():
    answer = a_program().send({"words": WORDS, "sent_at": "2999-01-01T00:00:00Z"}).json()
    assert datetime.fromisoformat(answer["counted_from"]) <= timezone.now()


def test_a_list_is_answered_row_by_row_and_good_rows_are_kept():
    rows = [{"words": "One."}, {"words": " "}, "three", {"words": "Four.", "colour": "red"}, {"words": "Five."}]
    response = a_program().send(rows)
    said = response.json()
    assert response.status_code == 207
    assert (said["kept"], said["not_kept"]) == (2, 3)
    first, second, third, fourth, fifth = said["results"]
    assert Contact.objects.get(uid=first["contact"]).words == "One."
    assert Contact.objects.get(uid=fifth["contact"]).words == "Five."
    assert second["errors"][0]["pointer"] == "/words"
    assert third["errors"][0]["detail"] == "is not an object with “words”"
    assert fourth["errors"][0]["pointer"] == "/colour"
    assert Contact.objects.count() == 2


def test_a_list_of_good_rows_is_created():
    response = a_program().send([{"words": f"Number {n}."} for n in range(1_000)])
    assert response.status_code == 201
    assert [Contact.objects.get(uid=each["contact"]).words for each in response.json()["results"][::333]] == [
        "Number 0.",
        "Number 333.",
        "Number 666.",
        "Number 999.",
    ]
    assert Case.objects.count() == 1_000


def test_a_list_of_which_nothing_could_be_taken_is_a_problem():
    said = problem_of(a_program().send([{"words": ""}, {}]))
    assert said["status"] == 422
    assert said["kept"] == 0
    assert [each["status"] for each in said["results"]] == [422, 422]


@pytest.mark.parametrize("rows", [[], [{"words": "One."}] * 1_001])
def test_a_list_holds_one_to_a_thousand(rows):
    assert problem_of(a_program().send(rows))["status"] == 422
    assert not Contact.objects.exists()


def test_a_known_external_id_gets_its_first_answer_and_is_not_let_in_twice():
    program = a_program()
    first = program.send({"words": WORDS, "external_id": "42"}).json()
    response = program.send({"words": WORDS, "external_id": "42"})
    again = response.json()
    assert response.status_code == 200
    assert again["is_again"]
    assert not first["is_again"]
    for same in ("case", "contact", "owner", "promise", "counted_from"):
        assert again[same] == first[same]
    assert token_of(again) != token_of(first)
    assert Contact.objects.count() == 1


def test_one_external_id_twice_in_a_list_is_one_contact():
    said = a_program().send([{"words": WORDS, "external_id": "42"}, {"words": WORDS, "external_id": "42"}]).json()
    assert [each["is_again"] for each in said["results"]] == [False, True]
    assert Contact.objects.count() == 1


def test_two_keys_may_use_the_same_external_id():
    for program in (a_program(), a_program()):
        assert program.send({"words": WORDS, "external_id": "42"}).status_code == 201
    assert Contact.objects.count() == 2


def test_a_replay_has_the_same_answer_with_a_fresh_link():
    program = a_program()
    first = program.send(Idempotency_Key="k1")
    again = program.send(Idempotency_Key="k1")
    one, two = first.json(), again.json()
    assert again.status_code == first.status_code == 201
    assert again["Location"] == first["Location"]
    assert token_of(one) != token_of(two)
    assert link_behind(token_of(two), timezone.now()).case.reference == one["case"]
    assert {**one, "status_url": ""} == {**two, "status_url": ""}
    assert Contact.objects.count() == 1


def test_a_replayed_list_has_the_same_answers_with_fresh_links():
    program = a_program()
    rows = [{"words": "One."}, {"words": ""}, {"words": "Three."}]
    first, again = (program.send(rows, Idempotency_Key="k1") for _ in range(2))
    assert again.status_code == first.status_code == 207
    for one, two in zip(first.json()["results"], again.json()["results"], strict=True):
        assert {**one, "status_url": ""} == {**two, "status_url": ""}
        assert "contact" not in one or token_of(one) != token_of(two)
    assert Contact.objects.count() == 2


def test_one_idempotency_key_for_two_requests_is_refused():
    program = a_program()
    program.send(Idempotency_Key="k1")
    said = problem_of(program.send({"words": "Another thing."}, Idempotency_Key="k1"))
    assert said["status"] == 422
    assert said["type"].endswith(":idempotency-key")
    assert Contact.objects.count() == 1


def test_two_programs_may_use_the_same_idempotency_key():
    for program in (a_program(), a_program()):
        assert program.send(Idempotency_Key="k1").status_code == 201
    assert Contact.objects.count() == 2


def test_what_was_refused_may_be_mended_under_the_same_idempotency_key():
    program = a_program()
    assert program.send({"words": ""}, Idempotency_Key="k1").status_code == 422
    assert program.send({"words": "Mended."}, Idempotency_Key="k1").status_code == 201


@pytest.mark.parametrize("key", ["x" * 201, "schlüssel"])
def test_an_unusable_idempotency_key_is_refused_before_anything_is_kept(key):
    response = a_program().send(Idempotency_Key=key)
    assert problem_of(response)["type"].endswith(":idempotency-key")
    assert not Contact.objects.exists()


@pytest.mark.parametrize("named_by", ["contact", "case"])
def test_a_contact_joins_the_case_that_its_thread_names(named_by):
    program = a_program()
    first = program.send().json()
    second = program.send({"words": "And the fee too.", "thread": first[named_by]}).json()
    assert second["case"] == first["case"]
    assert second["contact"] != first["contact"]
    assert Case.objects.get().contacts.count() == 2


def test_a_case_is_found_however_its_reference_is_written():
    program = a_program()
    first = program.send().json()
    assert program.send({"words": "More.", "thread": first["case"].lower().replace("-", " ")}).status_code == 201
    assert Case.objects.count() == 1


def test_writing_again_keeps_the_place_in_line():
    program = a_program()
    first = program.send().json()
    place = Case.objects.get().first_unanswered_at
    program.send({"words": "And the fee too.", "thread": first["contact"]})
    assert Case.objects.get().first_unanswered_at == place


def test_words_that_only_claim_to_belong_to_a_case_are_a_new_case():
    program = a_program()
    first = program.send().json()
    program.send({"words": f"This is about {first['case']}, as I wrote before."})
    assert Case.objects.count() == 2


def test_the_state_of_a_contact_shows_answers_and_never_notes(desk):
    agent, _ = desk
    program = a_program()
    answer = program.send().json()
    case = Case.objects.get()
    Note.objects.create(case=case, by=agent, words="canary of a note", written_at=timezone.now())
    before = program.read(answer["contact"]).json()
    assert not before["is_solved"]
    assert before["promises"][0]["due_at"] == answer["promise"]["due_at"]
    reply = staff.reply(
        case.pk,
        by=agent,
        words="The second charge is on its way back.",
        kind=Reply.Kind.SOLUTION,
        version=None,
        now=timezone.now() + HOUR,
    )
    outbox.send(reply, timezone.now() + HOUR)
    response = program.read(answer["contact"])
    after = response.json()
    assert after["is_solved"]
    assert after["promises"] == []
    assert after["replies"][0]["words"] == "The second charge is on its way back."
    assert after["replies"][0]["by"] == "Maya Okafor"
    assert b"canary" not in response.content


def test_a_key_of_one_place_lets_in_there_and_nowhere_else():
    fresno, oakland = a_place("fresno"), a_place()
    an_agent(places=[fresno])
    program = a_program(place=fresno)
    assert program.send().json()["place"] == "Fresno"
    assert program.send({"words": WORDS, "place": "fresno"}).status_code == 201
    assert problem_of(program.send({"words": WORDS, "place": oakland.slug}))["status"] == 404
    assert Contact.objects.count() == 2


def test_a_key_that_sends_too_fast_is_told_how_long_to_wait(monkeypatch):
    from evenhand.doors.api import contacts
    from evenhand.doors.api.keys import Allowance

    monkeypatch.setattr(contacts, "ALLOWANCE", Allowance(at_once=2, a_second=0.01))
    program, other = a_program(), a_program()
    assert [program.send().status_code for _ in range(3)] == [201, 201, 429]
    response = program.send()
    assert int(response["Retry-After"]) >= 1
    assert problem_of(response)["kept"] == 0
    assert other.send().status_code == 201


def test_an_allowance_fills_up_again_with_time():
    from evenhand.doors.api.keys import Allowance

    allowance = Allowance(at_once=10, a_second=2)
    assert allowance.take(1, 10, at=0.0) == 0
    assert allowance.take(1, 2, at=0.5) == pytest.approx(0.5)
    assert allowance.take(1, 2, at=1.0) == 0
    assert allowance.take(2, 10, at=1.0) == 0


def test_without_a_place_or_staff_the_answer_says_so_and_keeps_nothing(desk):
    from evenhand.people.models import Duty, Person

    program = a_program()
    Duty.objects.all().delete()
    Person.objects.all().delete()
    response = program.send()
    said = problem_of(response)
    assert response.status_code == 503
    assert response["Retry-After"]
    assert "Invite the first colleague" in said["detail"]
    assert not Contact.objects.exists()


def test_a_store_that_does_not_answer_is_an_honest_no(monkeypatch):
    from django.db import OperationalError

    from evenhand.doors.api import contacts

    def locked(*_):
        raise OperationalError("database is locked")

    monkeypatch.setattr(contacts, "let_in_all", locked)
    response = a_program().send()
    assert response.status_code == 503
    assert response["Retry-After"]
    assert problem_of(response)["kept"] == 0


def test_what_fails_after_letting_in_keeps_nothing(monkeypatch):
    """Kept means answered: were the contact kept and the answer lost, a retry would double it."""
    from evenhand.doors.api import contacts

    def broken(*_):
        raise RuntimeError("no")

    monkeypatch.setattr(contacts, "_told", broken)
    response = a_program().send()
    assert problem_of(response)["status"] == 500
    assert not Contact.objects.exists()


def test_times_are_written_in_utc():
    answer = a_program().send({"words": WORDS, "sent_at": "2026-01-05T10:00:00.25+02:00"}).json()
    assert answer["counted_from"] == "2026-01-05T08:00:00Z"
    assert Contact.objects.get(uid=answer["contact"]).sent_at == datetime(2026, 1, 5, 8, 0, 0, 250_000, tzinfo=UTC)


def test_an_unknown_contact_is_not_found():
    assert problem_of(a_program().read(str(uuid.uuid4())))["status"] == 404


def test_json_of_an_answer_is_never_cached_or_guessed_at():
    response = a_program().send()
    assert response["Content-Type"] == "application/json"
    assert "no-store" in response["Cache-Control"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert json.loads(response.content)
