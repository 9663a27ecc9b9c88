"""Sent again from the same page: a repeat is let in once, and nothing that was changed is taken for a repeat."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from evenhand.care.models import Case, Contact, Objection, Raising, Reply
from evenhand.care.promises import staff
from evenhand.doors import limits, outbox
from evenhand.doors.models import Message
from evenhand.identity.models import Identity
from evenhand.identity.recognise import give_links
from factories import a_case, a_desk

pytestmark = pytest.mark.django_db

KEY = "k" * 22


@pytest.fixture(autouse=True)
def desk():
    limits.forget()
    yield a_desk()
    limits.forget()


def send_form(**said: str):
    return Client().post("/help/", {"words": "I was charged twice.", "key": KEY} | said)


def send_by_button(**said: str):
    return Client().post(
        "/button/contacts/", json.dumps({"words": "I was charged twice.", "key": KEY} | said), "application/json"
    )


def a_link(**about) -> tuple[Case, str]:
    case = a_case("I was charged twice.", timezone.now() - timedelta(minutes=5), need="money", **about)
    return case, f"/c/{give_links([(case.pk, None)], timezone.now())[0]}/"


def press(link: str, what: str, **said: str):
    return Client().post(f"{link}{what}/", {"key": KEY} | said)


@pytest.mark.parametrize("send", [send_form, send_by_button])
def test_sent_twice_it_is_one_contact_and_each_answer_has_a_link_of_its_own(send):
    first, again = send(), send()
    assert Contact.objects.count() == 1
    assert first.content != again.content or first["Location"] != again["Location"]


@pytest.mark.parametrize("send", [send_form, send_by_button])
@pytest.mark.parametrize("changed", [{"words": "I was charged three times."}, {"answer_to": "elena@example.org"}])
def test_gone_back_changed_and_sent_again_it_is_let_in_too(send, changed):
    send()
    send(**changed)
    assert Contact.objects.count() == 2
    if "words" in changed:
        assert Contact.objects.filter(words=changed["words"]).exists()
    else:
        assert Message.objects.get().to.address == changed["answer_to"]


@pytest.mark.parametrize("send", [send_form, send_by_button])
@pytest.mark.parametrize("key", ["", "short"])
def test_d38_a_key_that_two_people_could_share_opens_nobody_s_page(send, key):
    send(key=key)
    send(key=key)
    assert Case.objects.count() == 2


def test_what_is_added_on_a_page_gone_back_to_is_added():
    case, link = a_link()
    for words in ("It was $14.", "It was $14.", "And it was on Monday."):
        press(link, "words", words=words)
    assert [contact.words for contact in case.contacts.all()][1:] == ["It was $14.", "And it was on Monday."]


def test_two_different_presses_from_one_page_are_both_taken():
    case, link = a_link()
    press(link, "supervisor")
    press(link, "solution")
    case.refresh_from_db()
    assert case.solved_at is not None
    assert Raising.objects.filter(case=case, why="asked").count() == 1


def test_a_supervisor_asked_for_twice_writes_once():
    _, link = a_link(email="elena@example.org")
    press(link, "supervisor")
    press(link, "supervisor", key="j" * 22)
    assert Message.objects.filter(kind="supervisor").count() == 1


def test_only_an_answer_that_stands_can_be_said_to_be_none(desk):
    agent, _ = desk
    case, link = a_link()
    press(link, "objection")
    assert not Contact.objects.filter(kind="no_answer").exists(), "there is no answer yet"
    for number in (1, 2):
        now = timezone.now()
        written = staff.reply(case.pk, by=agent, words="Soon.", kind=Reply.Kind.ANSWER, version=None, now=now)
        outbox.send(written, now)
        assert "This was no answer" in Client().get(link).content.decode()
        for key in ("a", "b"):
            assert press(link, "objection", key=f"{key}{number}" * 11).status_code == 302
        assert Contact.objects.filter(kind="no_answer").count() == number, "said once of each answer"
        assert "This was no answer" not in Client().get(link).content.decode()
    assert Objection.objects.count() >= 1


def test_a_number_to_call_is_kept_as_claimed_and_never_taken_from_another_customer():
    mine, link = a_link(email="elena@example.org")
    press(link, "call", phone="+1 510 555 0123")
    number = Identity.objects.get(kind="phone")
    assert number.address == "+15105550123"
    assert not number.is_proved
    assert number.customer == Identity.objects.get(kind="email").customer
    _, other = a_link(email="bo@example.org")
    press(other, "call", phone="+1 510 555 0123", key="o" * 22)
    assert Identity.objects.get(kind="phone").customer == number.customer
    assert Contact.objects.filter(kind="call_back").count() == 2
    assert mine.contacts.filter(kind="call_back").exists()
