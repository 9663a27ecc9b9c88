from __future__ import annotations

import pytest

from evenhand.care.ledger import writing as ledger
from evenhand.care.models import Case, Outcome, Promise, Reply
from evenhand.care.promises import keeping, staff
from evenhand.desk import queue
from evenhand.doors import outbox
from factories import HOUR, MINUTE, NOW, a_case, a_desk, let_someone_in

pytestmark = pytest.mark.django_db


def test_whoever_is_let_in_has_an_owner_and_a_promise_at_once():
    agent, _ = a_desk()
    told = let_someone_in("I was charged twice for the same transfer.", email="elena@example.org")
    case = Case.objects.get(pk=told.case_id)
    assert case.owner == agent
    assert told.owner == "Maya Okafor"
    assert Promise.objects.get(case=case).due_at == told.due_at
    assert case.line.need.slug == "money"


def test_an_answer_that_reached_the_customer_keeps_the_promise():
    agent, _ = a_desk()
    a_case()
    lease = queue.take_next(agent, NOW + 5 * MINUTE)
    assert lease is not None
    written = staff.reply(
        lease.case_id,
        by=agent,
        words="The second charge is on its way back.",
        kind=Reply.Kind.SOLUTION,
        version=None,
        now=NOW + HOUR,
    )
    outbox.send(written, NOW + HOUR)
    promise = Promise.objects.get(case_id=lease.case_id)
    assert promise.outcome.kind == Outcome.Kind.KEPT
    assert ledger.verify(keeping.finders()) is None
