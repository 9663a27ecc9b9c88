"""Whatever a program sends, it is told what is wrong and what was kept; nothing it sent is ever repeated."""

from __future__ import annotations

import json

import pytest

from api.asking import WORDS, a_program, problem_of
from evenhand.doors.api.schemas import MOST_BYTES
from evenhand.doors.intake import MOST_WORDS
from evenhand.doors.models import Arrival
from factories import a_desk

pytestmark = [pytest.mark.django_db, pytest.mark.urls("evenhand.doors.urls")]


@pytest.fixture(autouse=True)
def desk(db):
    return a_desk()


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "body is empty"),
        (b'{"words": "a",\n "place" "x"}', "line 2, column 10"),
        (b'{"words": "a"} and more', "line 1, column 16"),
        (b'{"words": "caf\xe9"}', "UTF-8 at byte 14"),
        (b'{"words": "\xed\xa0\x80"}', "UTF-8 at byte 11"),
        (b"\x00", "line 1, column 1"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"words":' * 100_000, "nested too deeply"),
        (b'{"words": "a", "reach": {"followers": NaN}}', "NaN is no number"),
        (b'{"words": "a", "reach": {"followers": -Infinity}}', "-Infinity is no number"),
        (b'{"reach": {"followers": ' + b"9" * 5_000 + b"}}", "number in it is too long"),
        (b'{"words": "first", "words": "second"}', "one field twice"),
    ],
)
def test_what_is_no_json_is_refused_with_its_place(body, detail):
    response = a_program().send(body)
    said = problem_of(response)
    assert response.status_code == 400
    assert detail in said["detail"]
    assert said["kept"] == 0
    assert not Arrival.objects.exists()


@pytest.mark.parametrize(
    ("about", "pointer"),
    [
        ({"words": None}, "/words"),
        ({"words": 7}, "/words"),
        ({"words": ""}, "/words"),
        ({"words": " \n\t\u2003"}, "/words"),
        ({"words": "x" * (MOST_WORDS + 1)}, "/words"),
        ({"door": "API!"}, "/door"),
        ({"door": "x" * 21}, "/door"),
        ({"sent_at": "yesterday"}, "/sent_at"),
        ({"sent_at": "2026-11-21T10:30:00"}, "/sent_at"),
        ({"sent_at": "2026-02-30T10:30:00Z"}, "/sent_at"),
        ({"sent_at": "1999-12-31T23:59:59Z"}, "/sent_at"),
        ({"sent_at": "２０２６-11-21T10:30:00Z"}, "/sent_at"),
        ({"sent_at": 1_700_000_000}, "/sent_at"),
        ({"from": "ada@example.org"}, "/from"),
        ({"from": {"email": "not an address"}}, "/from/email"),
        ({"from": {"email": "a@b.example\nBcc: c@d.example"}}, "/from/email"),
        ({"from": {"phone": "call me"}}, "/from/phone"),
        ({"from": {"twitter": "@ada"}}, "/from/twitter"),
        ({"from": {"name": ["Ada"]}}, "/from/name"),
        ({"language": "english, please"}, "/language"),
        ({"place": 3}, "/place"),
        ({"external_id": ""}, "/external_id"),
        ({"external_id": "a\x00b"}, "/external_id"),
        ({"external_id": "\ud800"}, "/external_id"),
        ({"external_id": "x" * 201}, "/external_id"),
        ({"public": "yes"}, "/public"),
        ({"reach": [1]}, "/reach"),
        ({"reach": {"followers": "many"}}, "/reach/followers"),
        ({"reach": {"followers": -1}}, "/reach/followers"),
        ({"reach": {"followers": 1e300}}, "/reach/followers"),
        ({"reach": {"Followers~/": 1}}, "/reach/Followers~0~1"),
        ({"reach": {f"figure_{n}": n for n in range(21)}}, "/reach"),
        ({"thread": {"id": 7}}, "/thread"),
        ({"thread": "\x00"}, "/thread"),
    ],
)
def test_a_field_that_is_not_as_it_should_be_is_named(about, pointer):
    response = a_program().send({"words": WORDS} | about)
    said = problem_of(response)
    assert response.status_code == 422
    assert [flaw["pointer"] for flaw in said["errors"]] == [pointer]
    assert said["kept"] == 0
    assert not Arrival.objects.exists()


def test_every_flaw_is_named_at_once():
    said = problem_of(a_program().send({"door": "!", "language": 7, "colour": "red"}))
    assert {flaw["pointer"] for flaw in said["errors"]} == {"/door", "/language", "/colour", "/words"}


def test_the_name_of_an_unknown_field_may_hold_anything():
    response = a_program().send({"words": WORDS, "\ud800\x00é": 1})
    assert problem_of(response)["errors"][0]["pointer"] == "/?\x00é"


@pytest.mark.parametrize("value", [None, ""])
@pytest.mark.parametrize("name", ["place", "thread"])
def test_an_optional_field_may_be_empty(name, value):
    assert a_program().send({"words": WORDS, name: value}).status_code == 201


def test_a_sender_of_nothing_is_nobody():
    body = {"words": WORDS, "from": {"email": "", "phone": None, "handle": "\x00", "name": " "}}
    assert a_program().send([body, body]).status_code == 201


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("before\x00after", "before\ufffdafter"),
        ("\ud83d alone", "? alone"),
        ("help", "help"),
        ("a\r\nb", "a\nb"),
        ("𝔘𝔫𝔦𝔠𝔬𝔡𝔢 \u202e", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 \u202e"),
    ],
)
def test_odd_characters_are_marked_and_the_words_are_kept(words, kept):
    answer = a_program().send({"words": words}).json()
    assert Arrival.objects.get(contact__uid=answer["contact"]).contact.words == kept


def test_the_longest_words_are_taken_whole():
    answer = a_program().send({"words": "w" * MOST_WORDS}).json()
    assert len(Arrival.objects.get(contact__uid=answer["contact"]).contact.words) == MOST_WORDS


def test_a_body_over_two_megabytes_is_refused():
    body = json.dumps({"words": "w" * MOST_BYTES}).encode()
    response = a_program().send(body)
    assert response.status_code == 413
    assert problem_of(response)["kept"] == 0
    assert a_program().send(json.dumps({"words": WORDS}).encode().ljust(MOST_BYTES)).status_code == 201


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_another_content_type_is_refused(content_type):
    response = a_program().post(json.dumps({"words": WORDS}).encode(), content_type)
    assert response.status_code == 415
    assert problem_of(response)["kept"] == 0


def test_json_in_utf_8_may_say_so():
    sent = json.dumps({"words": WORDS}).encode()
    assert a_program().post(sent, "application/json; charset=utf-8").status_code == 201


@pytest.mark.parametrize(
    ("path", "method", "allowed"),
    [
        ("/api/v1/contacts", "get", "POST"),
        ("/api/v1/contacts", "delete", "POST"),
        ("/api/v1/contacts/0f8fad5b-d9cb-469f-a165-70867728950e", "put", "GET, HEAD"),
        ("/api/v1/openapi.json", "post", "GET, HEAD"),
    ],
)
def test_another_method_is_told_which_there_are(client, path, method, allowed):
    response = getattr(client, method)(path)
    assert response.status_code == 405
    assert response["Allow"] == allowed
    assert problem_of(response)


@pytest.mark.parametrize("path", ["/api/v1/", "/api/v1/cases", "/api/v1/contacts/7", "/api/v1/contacts/"])
def test_an_unknown_address_is_a_problem_document_too(client, path):
    assert problem_of(client.get(path))["status"] == 404
