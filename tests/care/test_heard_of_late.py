"""A contact may reach us long after it was sent: it keeps its age, and is promised a time that is still to come."""

from __future__ import annotations

import pytest

from evenhand.care.models import Case, Promise
from factories import DAY, HOUR, MINUTE, NOW, a_desk, let_someone_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("ago", [HOUR, 4 * HOUR, DAY, 20 * DAY, 400 * DAY])
def test_whoever_wrote_long_ago_is_promised_a_time_to_come(ago):
    a_desk()
    told = let_someone_in("I was charged twice for the same transfer.", sent_at=NOW - ago)
    assert told.due_at >= NOW + HOUR
    assert Case.objects.get(pk=told.case_id).first_unanswered_at == NOW - ago
    assert Promise.objects.get(case_id=told.case_id).standard_due_at == NOW - ago + 4 * HOUR


def test_a_contact_sent_this_minute_is_promised_the_standard():
    a_desk()
    told = let_someone_in("I was charged twice for the same transfer.", sent_at=NOW - MINUTE)
    assert told.due_at == NOW + 4 * HOUR
