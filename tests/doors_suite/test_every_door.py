"""What every door must do. The next door passes this or is not one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from evenhand.care.ledger import writing as ledger
from evenhand.care.models import Case, Contact, Entry, Promise, Reply
from evenhand.care.promises import keeping, staff
from evenhand.care.triage import admit
from evenhand.desk import queue
from evenhand.doors import limits, outbox
from evenhand.doors.models import Arrival, Message, SentMail
from factories import a_desk
from tests.doors_suite.door import DOORS, Door

pytestmark = [pytest.mark.django_db, pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)]

WORDS = "I was charged twice for the same transfer, and I want it back."


@pytest.fixture(autouse=True)
def a_quiet_demo_desk(settings):
    """Someone on duty, a post office that takes every letter, and nobody over any limit."""
    settings.IS_DEMO = True
    limits.forget()
    yield a_desk()
    limits.forget()


def carried() -> list[SentMail]:
    now = timezone.now()
    while outbox.carry_one(now):
        pass
    return list(SentMail.objects.order_by("pk"))


def test_a_contact_is_let_in_once_however_often_it_is_brought(door: Door):
    first = door.knock(WORDS, once="a1", email="elena@example.org")
    again = door.knock(WORDS, once="a1", email="elena@example.org")
    door.knock(WORDS, once="a2", email="elena@example.org")
    assert first.status < 400
    assert again.status < 400
    assert Contact.objects.count() == 2, "one brought twice, and another with the same words"
    assert len(carried()) == 2, "each is confirmed once"


def test_every_contact_has_an_owner_a_promise_and_its_words_as_they_were_said(door: Door):
    words = "  ¡Me cobraron dos veces!\n\nIt's «€ 14» — twice.\t<b>Really</b> 🙂  "
    door.knock(words, once="a1")
    case = Case.objects.get()
    assert case.contacts.get().words == words.strip()
    assert case.owner.name == "Maya Okafor"
    assert Promise.objects.get(case=case).is_running
    assert Arrival.objects.get().door == door.name
    assert ledger.verify(keeping.finders()) is None


def test_a_confirmation_says_who_owns_it_by_when_and_how_to_follow_it_and_repeats_no_words(door: Door):
    door.knock(WORDS, once="a1", email="elena@example.org")
    (letter,) = carried()
    case = Case.objects.get()
    assert letter.to == "elena@example.org"
    assert case.reference in letter.subject
    assert "Maya Okafor owns it" in letter.body
    assert "You will have an answer by" in letter.body
    assert "/c/" in letter.body
    assert "charged" not in letter.body


def test_an_answer_goes_back_and_keeps_the_promise_once_the_far_side_has_it(door: Door, a_quiet_demo_desk):
    agent, _ = a_quiet_demo_desk
    door.knock(WORDS, once="a1", email="elena@example.org")
    carried()
    now = timezone.now()
    lease = queue.take_next(agent, now)
    written = staff.reply(
        lease.case_id, by=agent, words="It is on its way.", kind=Reply.Kind.SOLUTION, version=None, now=now
    )
    outbox.send(written, now)
    promise = Promise.objects.get()
    assert promise.is_running, "sent means taken by the far side"
    assert "It is on its way." in carried()[-1].body
    promise.refresh_from_db()
    assert promise.outcome.kind == "kept"


def test_whoever_left_no_address_reads_the_answer_on_their_private_page(door: Door, a_quiet_demo_desk):
    agent, _ = a_quiet_demo_desk
    answered = door.knock(WORDS, once="a1")
    now = timezone.now()
    lease = queue.take_next(agent, now)
    written = staff.reply(
        lease.case_id, by=agent, words="It is on its way.", kind=Reply.Kind.SOLUTION, version=None, now=now
    )
    outbox.send(written, now)
    assert Promise.objects.get().outcome.kind == "kept"
    assert not Message.objects.exists()
    if door.answers_at_once:
        assert b"It is on its way." in Client().get(answered.link).content


def test_its_customer_is_led_to_the_private_page_at_once_or_by_the_first_letter(door: Door):
    answered = door.knock(WORDS, once="a1", email="elena@example.org")
    by_letter = carried()[0].body.split(settings.BASE_URL)[1].split()[0]
    assert Client().get(by_letter).status_code == 200
    again = door.knock(WORDS, once="a1", email="elena@example.org")
    if door.answers_at_once:
        assert b"Maya Okafor" in Client().get(answered.link).content
        assert len({by_letter, answered.link, again.link}) == 3, "each telling has a link of its own"
        assert Client().get(again.link).status_code == 200
    else:
        assert (answered.link, again.link) == ("", "")


def test_the_same_words_or_address_join_no_case(door: Door):
    door.knock(WORDS, once="a1", email="elena@example.org")
    case = Case.objects.get()
    door.knock(f"About {case.reference}: {WORDS}", once="a2", email="elena@example.org")
    assert Case.objects.count() == 2, "what a stranger could have written proves nothing"


def test_nothing_that_has_no_words_is_let_in(door: Door):
    answered = door.knock(" \n ", once="a1")
    assert answered.status >= 400
    assert not Contact.objects.exists()


def test_reach_is_sealed_in_the_arrival_and_shown_nowhere(door: Door, a_quiet_demo_desk, client):
    agent, _ = a_quiet_demo_desk
    door.knock(WORDS, once="a1", email="elena@example.org", public=True, followers=7_654_321)
    client.force_login(agent, backend="allauth.account.auth_backends.AuthenticationBackend")
    reference = Case.objects.get().reference
    for page in ("/desk/", f"/desk/cases/{reference}/", "/desk/mine/"):
        shown = client.get(page).content.decode()
        assert "7654321" not in shown
        assert "7,654,321" not in shown
    assert all("7654321" not in letter.body for letter in carried())
    assert "7654321" not in "".join(Entry.objects.filter(act="admitted").values_list("body", flat=True))


def test_the_door_moves_no_place_and_no_promise(door: Door):
    door.knock(WORDS, once="a1", public=True, followers=9_000_000)
    promise = Promise.objects.get()
    private = DOORS[0] if door is not DOORS[0] else DOORS[1]
    private.knock(WORDS, once="b1")
    other = Promise.objects.exclude(pk=promise.pk).get()
    assert promise.standard == other.standard
    assert promise.need == other.need
    assert abs(other.started_at - promise.started_at) < timedelta(days=1000)


def test_whoever_knocks_too_often_is_told_when_to_come_again_and_is_let_in_then(door: Door, monkeypatch):
    with monkeypatch.context() as patch:
        door.take_at_most(3, patch)
        answers = {once: door.knock(f"{WORDS} {once}", once=once) for once in ("a1", "a2", "a3", "a4", "a5")}
    refused = [once for once, answer in answers.items() if answer.status == 429]
    assert bool(refused) is door.strangers_knock
    assert Contact.objects.count() == 5 - len(refused), "what is told to be kept is kept, and no more"
    limits.forget()
    for once in refused:
        assert (answers[once].again_in or 0) >= 1
        assert answers[once].said, "what was kept is said"
        assert door.knock(f"{WORDS} {once}", once=once).status < 400
    assert Contact.objects.count() == 5


def test_words_are_kept_and_promised_an_answer_when_nothing_can_read_them(door: Door, monkeypatch):
    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError("no model")

    monkeypatch.setattr(admit, "read_all", fail)
    assert door.knock(WORDS, once="a1").status < 400
    assert Contact.objects.get().words == WORDS
    assert Case.objects.get().line.need.slug == "wrong"
    assert Promise.objects.get().is_running


def test_what_could_not_be_kept_is_not_called_kept_and_comes_in_later(door: Door, monkeypatch):
    def fail(*args: object, **kwargs: object) -> None:
        raise OperationalError("the disk is full")

    door.knock(WORDS, once="a1")
    with monkeypatch.context() as patch:
        patch.setattr(ledger, "write", fail)
        assert door.knock(WORDS, once="a2", email="elena@example.org").status == 503
    assert Contact.objects.count() == 1
    assert not Message.objects.exists()
    assert door.knock(WORDS, once="a2", email="elena@example.org").status < 400
    assert Contact.objects.count() == 2
    assert len(carried()) == 1
