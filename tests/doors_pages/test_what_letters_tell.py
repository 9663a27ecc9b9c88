"""Letters: the promise they tell is the one that holds, and none goes out twice."""

from __future__ import annotations

import pytest

from evenhand.care.models import Promise, Raising, Reply
from evenhand.care.promises import staff
from evenhand.doors import outbox
from evenhand.doors.models import Attempt, Message, SentMail
from evenhand.doors.templatetags.letters import by_when
from factories import DAY, HOUR, MINUTE, NOW, a_case, a_desk

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def a_post_office(settings):
    settings.IS_DEMO = True


@pytest.mark.parametrize(
    ("kind", "by_day", "promised"),
    [(Reply.Kind.ANSWER, None, Promise.Kind.SOLUTION), (Reply.Kind.QUESTION, 5, Promise.Kind.RETURN)],
)
def test_a_reply_s_letter_tells_the_promise_that_it_makes(kind: Reply.Kind, by_day: int | None, promised: str):
    agent, _ = a_desk()
    case = a_case(need="money", email="elena@example.org")
    by_when_ = None if by_day is None else NOW + by_day * DAY
    reply = staff.reply(case.pk, by=agent, words="So.", kind=kind, version=None, now=NOW + HOUR, by_when=by_when_)
    outbox.send(reply, NOW + HOUR)
    while outbox.carry_one(NOW + HOUR):
        pass
    due_at = Promise.objects.get(case=case, kind=promised).due_at
    assert by_when(due_at, "UTC") in SentMail.objects.get(message__kind=Message.Kind.REPLY).body


def test_a_confirmation_that_goes_out_after_the_answer_promises_no_answer():
    agent, _ = a_desk()
    case = a_case(need="money", email="elena@example.org")
    reply = staff.reply(
        case.pk, by=agent, words="So.", kind=Reply.Kind.ANSWER, version=None, now=NOW + HOUR, by_when=NOW + 9 * DAY
    )
    Message.objects.update(not_before=NOW + 2 * HOUR)
    outbox.send(reply, NOW + HOUR)
    while outbox.carry_one(NOW + 3 * HOUR):
        pass
    assert "You will have an answer by" not in SentMail.objects.get(message__kind=Message.Kind.CONFIRMATION).body


def test_d48_how_far_a_letter_got_is_kept_though_its_carrier_then_fails(monkeypatch: pytest.MonkeyPatch):
    a_desk()
    case = a_case(need="money", email="elena@example.org")

    def breaks_off(self, letter, message, attempt, now):
        attempt.phase = Attempt.Phase.BODY
        attempt.save(update_fields=["phase"])
        raise ConnectionResetError

    monkeypatch.setattr(outbox.DemoPost, "carry", breaks_off)
    outbox.carry_one(NOW)
    assert Message.objects.get().state == Message.State.UNCERTAIN, "it may have arrived, so it is not sent again"
    assert Raising.objects.get(case=case).why == Raising.Why.NOT_SENT
    assert not outbox.carry_one(NOW + HOUR)


def test_a_held_letter_that_is_being_carried_is_told_of_by_no_other():
    a_desk()
    for n in range(3):
        a_case(f"Charged twice, {n}.", email="elena@example.org")
    claimed, other, carried = Message.objects.order_by("pk")
    Message.objects.filter(pk__in=[claimed.pk, other.pk]).update(state=Message.State.HELD)
    Message.objects.filter(pk=claimed.pk).update(claimed_until=NOW + MINUTE)
    outbox.carry_one(NOW)
    states = dict(Message.objects.values_list("pk", "state"))
    assert states == {claimed.pk: "held", other.pk: "accepted", carried.pk: "accepted"}
    body = SentMail.objects.get().body
    assert other.case.reference in body
    assert claimed.case.reference not in body
