"""What staff do to a case without writing to its customer is told all the same; whoever works elsewhere lets go."""

from __future__ import annotations

import pytest
from django.test import Client

from evenhand.care.models import Case, Lease, OpenLoad, Promise
from evenhand.desk import queue
from evenhand.doors import outbox
from evenhand.doors.models import Message, SentMail
from evenhand.doors.templatetags.letters import by_when
from evenhand.people.models import Person
from factories import HOUR, MINUTE, NOW, a_case, a_desk, a_person, a_place, an_agent

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def a_post_office(settings):
    settings.IS_DEMO = True


def _acts(client: Client, case: Case, act: str, **said: str) -> None:
    version = Case.objects.get(pk=case.pk).version
    assert client.post(f"/desk/cases/{case.reference}/{act}/", {"version": version, **said}).status_code == 302


def _last_letter(now) -> SentMail:
    while outbox.carry_one(now):
        pass
    return SentMail.objects.latest("pk")


def test_an_earlier_promise_is_told_to_the_customer(sign_in, clock):
    agent, _ = a_desk()
    case = a_case(need="question", email="elena@example.org")
    clock.now = NOW + MINUTE
    _acts(sign_in(agent), case, "need", need="danger", because="It smells of gas.")
    letter = _last_letter(clock.now)
    promise = Promise.objects.get(case=case, is_running=True)
    assert letter.message.kind == Message.Kind.EARLIER
    assert letter.subject == f"You are answered sooner than we said, {case.reference}"
    assert by_when(promise.due_at, "UTC") in letter.body
    assert "gas" not in letter.body
    _acts(sign_in(agent), case, "need", need="thanks", because="It was nothing.")
    assert Message.objects.filter(kind=Message.Kind.EARLIER).count() == 1, "no time was lost, and none was won"


def test_a_case_that_is_closed_without_an_answer_tells_its_customer_how_to_say_no(sign_in, clock):
    agent, _ = a_desk()
    case = a_case(need="money", email="elena@example.org")
    client = sign_in(agent)
    clock.now = NOW + MINUTE
    _acts(client, case, "replies", words="We look.", kind="answer")
    _acts(client, case, "solution", because="The branch paid it back; he was rude.")
    letter = _last_letter(clock.now)
    assert letter.message.kind == Message.Kind.CLOSED
    assert "say so on your private page" in letter.body
    assert "rude" not in letter.body
    _acts(client, case, "solution", because="Again.")
    assert Message.objects.filter(kind=Message.Kind.CLOSED).count() == 1


def test_a_case_of_a_place_one_does_not_work_for_is_taken_with_a_reason_and_counted():
    a_desk(a_place("oakland"))
    admin = a_person("Ada Lind", role=Person.Role.ADMINISTRATOR, places=[])
    first, second = (a_case(f"Charged twice, {n}.", NOW + n * MINUTE, need="money") for n in range(2))
    with pytest.raises(queue.NeedsReason):
        queue.take(second.pk, admin, NOW + HOUR)
    assert queue.take(second.pk, admin, NOW + HOUR, "The board asks.").overtaken == 1
    assert first.pk != second.pk


def test_whoever_works_for_a_place_no_more_hands_on_its_cases_and_gets_no_new_ones(sign_in):
    oakland, fresno = a_place("oakland"), a_place("fresno")
    moves = an_agent("Mo Moves", places=[oakland, fresno])
    stays = an_agent("Sue Stays", places=[oakland], on_duty_since=None)
    admin = a_person("Ada Lind", role=Person.Role.ADMINISTRATOR, places=[])
    here, there = a_case(place="oakland", need="money"), a_case(place="fresno", need="money")
    queue.take_next(moves, NOW)
    said = {"name": moves.name, "role": moves.role, "places": [str(fresno.pk)], "is_active": "on"}
    assert sign_in(admin).post(f"/desk/people/{moves.pk}/", said).status_code == 302
    here.refresh_from_db()
    there.refresh_from_db()
    assert (here.owner, there.owner) == (stays, moves)
    assert not Lease.objects.filter(case=here, ended_at=None).exists()
    assert a_case(place="oakland", need="money", now=NOW + HOUR).owner == stays
    assert moves.is_on_duty(NOW + HOUR)
    assert dict(OpenLoad.objects.values_list("person_id", "count")) == {moves.pk: 1, stays.pk: 2}
