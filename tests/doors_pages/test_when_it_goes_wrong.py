"""Too much at once, a database that fails, requests that no page of ours makes: what was typed is never lost."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from evenhand.care.cases import titles
from evenhand.care.cases.catalogue import catalogue
from evenhand.care.models import Contact
from evenhand.care.promises import staff
from evenhand.care.triage.correcting import correct
from evenhand.doors import limits
from evenhand.doors.button import pages as button
from evenhand.doors.form import pages as form
from evenhand.doors.status import story
from evenhand.identity.recognise import give_links
from factories import a_case, a_desk, a_place

pytestmark = pytest.mark.django_db

TYPED = {"words": "One more “thing”.", "answer_to": "elena@example.org", "name": "Elena", "key": "z" * 22}


@pytest.fixture(autouse=True)
def desk():
    limits.forget()
    yield a_desk()
    limits.forget()


def a_link(words: str = "I was charged twice.", **about) -> tuple:
    case = a_case(words, timezone.now() - timedelta(minutes=5), **({"need": "money"} | about))
    return case, f"/c/{give_links([(case.pk, None)], timezone.now())[0]}/"


def knock_too_often(client: Client) -> None:
    for number in range(limits.LIMITS["contacts"][0]):
        client.post("/help/", {"words": "Help.", "key": f"{number:022}"})


def test_over_the_limit_the_form_comes_back_with_every_word_and_its_key():
    knock_too_often(Client())
    response = Client().post("/help/", TYPED | {"invitation": "view"})
    shown = response.content.decode()
    assert (response.status_code, response["Retry-After"]) == (429, "60")
    for typed in (*TYPED.values(), 'value="view" checked'):
        assert typed in shown
    limits.forget()
    assert Client().post("/help/", TYPED).status_code == 302


def test_over_the_limit_a_private_page_still_opens_and_keeps_what_was_typed_in_it():
    case, link = a_link()
    knock_too_often(Client())
    assert Client().get(link).status_code == 200
    response = Client().post(f"{link}words/", {"words": "And another thing.", "key": "y" * 22})
    assert (response.status_code, response["Retry-After"]) == (429, "60")
    assert "And another thing." in response.content.decode()
    assert (
        Client().post(f"{link}call/", {"phone": "+1 510 555 0123"}).content.decode().count('value="+1 510 555 0123"')
        == 1
    )
    assert case.contacts.count() == 1


def test_one_address_over_the_limit_slows_nobody_else():
    knock_too_often(Client())
    assert Client(REMOTE_ADDR="203.0.113.9").post("/help/", TYPED).status_code == 302


def test_d33_a_home_with_an_ipv6_network_is_one_address(rf):
    def of(address: str) -> str:
        return limits.address_of(rf.get("/", REMOTE_ADDR=address))

    assert of("2001:db8:1:2::1") == of("2001:db8:1:2:ffff::9") != of("2001:db8:1:3::1")
    assert of("203.0.113.7") == "203.0.113.7"
    assert of("") == ""


def test_a_database_that_fails_is_owned_up_to_and_every_word_comes_back(monkeypatch):
    def fail(*args, **kwargs):
        raise OperationalError("CANARY database is locked")

    monkeypatch.setattr(form, "let_in", fail)
    monkeypatch.setattr(button, "let_in", fail)
    response = Client().post("/help/", TYPED)
    assert (response.status_code, response["Retry-After"]) == (503, "60")
    assert TYPED["words"] in response.content.decode()
    assert "something failed on our side" in response.content.decode()
    problem = Client().post("/button/contacts/", json.dumps(TYPED), "application/json")
    assert (problem.status_code, problem["Content-Type"]) == (503, "application/problem+json")
    assert problem.json()["kept"]


@pytest.mark.parametrize(
    "body",
    [
        "[" * 100_000,
        '{"words": "a", "key": ' + "[" * 50_000 + "]" * 50_000 + "}",
        b"\xff\xfe",
        '{"words": "' + "a" * 500_000 + '"}',
    ],
    ids=["open for ever", "deep", "no text", "too long"],
)
def test_what_the_button_never_sends_is_a_problem_and_no_failure(body):
    response = Client().post("/button/contacts/", body, "application/json")
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"


def test_characters_that_no_text_has_are_marked_and_the_words_kept():
    body = '{"words": "Half a \\ud83d smile\\u0000", "key": "\\ud800%s", "place": "\\udfff", "answer_to": ""}' % (
        "k" * 20
    )
    assert Client().post("/button/contacts/", body, "application/json").status_code == 201
    assert Contact.objects.get().words.startswith("Half a ")
    address = '{"words": "Help", "key": "%s", "answer_to": "a\\ud800@example.org"}' % ("j" * 20)
    assert Client().post("/button/contacts/", address, "application/json").status_code == 422


def test_another_language_keeps_the_place():
    a_place("fremont")
    for address in ("/help/fremont/", "/help/?place=fremont"):
        assert "?language=es&amp;place=fremont" in Client().get(address).content.decode()
    assert "place=" not in Client().get("/help/?place=%22%3E%3Cscript").content.decode()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Hi. My card was swallowed. Twice.", "Hi. My card was swallowed"),
        ("Dr. Wu charged me twice! Why?", "Dr. Wu charged me twice!"),
        ("help", "help"),
        ("Version 3.2.1 of your app does not start", "Version 3.2.1 of your app does not start"),
        ("my card\n\nis gone", "my card is gone"),
    ],
)
def test_the_title_is_the_first_sentence_that_says_something(words, expected):
    case, _ = a_link(words)
    assert story.title(story.Rows(case)) == expected


def test_a_long_title_ends_at_a_word():
    case, _ = a_link("word " * 100)
    assert story.title(story.Rows(case)).endswith("word…")
    assert len(story.title(story.Rows(case))) <= titles.LONGEST + 1


def test_d38_a_shared_device_keeps_no_words_in_the_names_of_its_pages():
    case, link = a_link()
    assert f"<title>{case.reference} · Lakeside Bank</title>" in Client().get(link).content.decode()


def test_what_was_set_aside_says_so_and_by_when_somebody_looks_again(desk):
    agent, supervisor = desk
    case, link = a_link()
    staff.set_aside_as_spam(case.pk, by=agent, version=None, now=timezone.now())
    shown = Client().get(link).content.decode()
    assert "We set this aside as not meant for us" in shown
    assert "A second person looks at it by" in shown
    assert 'href="/help/"' in shown
    staff.is_spam(case.pk, by=supervisor, now=timezone.now())
    shown = Client().get(link).content.decode()
    assert "We set this aside" in shown
    assert "A second person looks" not in shown


def test_a_supervisor_who_was_asked_for_stands_beside_the_answer_with_a_time():
    _, link = a_link()
    Client().post(f"{link}supervisor/", {"key": "s" * 22})
    card = Client().get(link).content.decode().split("</section>")[0]
    assert "Answer by" in card
    assert "A supervisor answers by" in card


def test_a_promise_made_earlier_is_not_called_longer(desk):
    agent, _ = desk
    case, link = a_link(need="view")
    danger = catalogue().needs["danger"]
    correct(case.pk, by=agent, need=danger, because="It smells of gas.", version=None, now=timezone.now())
    shown = Client().get(link).content.decode()
    assert "you are answered sooner" in shown
    assert "It takes longer than we said" not in shown
