"""A series is judged as one: it breaks each quarter and with every change, visibly, and a case belongs to one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from django.db import DatabaseError, connection, transaction

from evenhand.care.ledger import writing as ledger
from evenhand.care.models import Entry
from evenhand.care.promises import keeping
from evenhand.fairness.live.models import Clock, Measured, Policy, Result, Series
from evenhand.fairness.live.series import NotSet, lay_out, policy_in_force, set_policy
from evenhand.fairness.live.standards import Standards
from evenhand.people.models import Person
from factories import DAY, HOUR, a_person
from fairness_live.world import BEGAN, a_bank, answered, audited, draw, found, let_in_at, set_standard, the_measured

pytestmark = pytest.mark.django_db


def test_the_first_series_begins_with_the_quarter_of_the_first_case():
    a_bank()
    let_in_at(BEGAN + 40 * DAY)
    lay_out(BEGAN + 50 * DAY)
    assert Series.objects.get().began_at == BEGAN


def test_a_new_quarter_is_a_new_series():
    a_bank()
    let_in_at(BEGAN + 40 * DAY)
    laid = lay_out(BEGAN + 200 * DAY)
    april = datetime(2026, 4, 1, tzinfo=UTC)
    assert [each.began_at for each in laid] == [BEGAN, april, datetime(2026, 7, 1, tzinfo=UTC)]
    assert [each.ended_at for each in laid] == [april, datetime(2026, 7, 1, tzinfo=UTC), None]
    assert laid[0].why_ended == "A new quarter."
    assert lay_out(BEGAN + 201 * DAY)[-1].pk == laid[-1].pk


def test_a_quarter_begins_at_midnight_where_the_house_is():
    from factories import a_place

    a_place("los-angeles", zone="America/Los_Angeles", is_head_office=True)
    a_bank()
    let_in_at(BEGAN + 40 * DAY)
    laid = lay_out(BEGAN + 120 * DAY)
    assert laid[1].began_at == datetime(2026, 4, 1, 7, tzinfo=UTC)


def test_a_changed_margin_breaks_the_series_with_its_name_and_reason():
    _, by = a_bank()
    let_in_at(BEGAN + DAY)
    lay_out(BEGAN + 10 * DAY)
    at = BEGAN + 20 * DAY
    policy = set_policy(by=by, reason="Five points were too many.", now=at, rate_margin=0.03)
    old, new = Series.objects.order_by("number")
    assert (old.ended_at, new.began_at, new.policy) == (at, at, policy)
    assert "Ada Okoro" in old.why_ended
    assert "Five points were too many." in old.why_ended
    assert (policy.number, policy.by, policy.rate_margin) == (2, by, 0.03)
    entry = Entry.objects.get(act="audit set")
    assert entry.by == f"person:{by.pk}"
    assert '"breaks":true' in entry.body
    assert "Five points" not in entry.body
    assert ledger.verify(keeping.finders()) is None


def test_who_gets_tasks_and_the_public_page_break_nothing_because_no_verdict_hangs_on_them():
    agent, by = a_bank()
    let_in_at(BEGAN + DAY)
    lay_out(BEGAN + 10 * DAY)
    set_policy(by=by, reason="Maya sees to it.", now=BEGAN + 20 * DAY, tasks_to=agent, has_public_page=True)
    assert Series.objects.count() == 1
    assert policy_in_force(BEGAN).tasks_to == agent


def test_a_changed_standard_breaks_the_series_when_it_was_changed_not_when_it_is_noticed():
    _, by = a_bank()
    let_in_at(BEGAN + DAY)
    audited(BEGAN + 10 * DAY)
    at = BEGAN + 20 * DAY + 3 * HOUR
    set_standard("money", 2 * HOUR, by, at)
    audited(BEGAN + 40 * DAY)
    old, new = Series.objects.order_by("number")
    assert (old.ended_at, new.began_at) == (at, at)
    assert old.why_ended == "The standard of Money was changed by Ada Okoro."
    assert (old.standards["money"][0], new.standards["money"][0]) == (4 * 3600, 2 * 3600)


def test_a_need_that_was_only_renamed_breaks_nothing():
    from evenhand.care.models import Need

    _, by = a_bank()
    let_in_at(BEGAN + DAY)
    lay_out(BEGAN + 10 * DAY)
    need = Need.objects.get(slug="money")
    set_standard("money", need.answer_standard, by, BEGAN + 20 * DAY)
    assert len(lay_out(BEGAN + 30 * DAY)) == 1
    assert Standards.known().changes == ()


def test_a_case_belongs_to_the_series_that_ran_when_it_came_in_also_where_it_matures_later():
    agent, by = a_bank()
    before, after = let_in_at(BEGAN + 20 * DAY - HOUR), let_in_at(BEGAN + 20 * DAY + HOUR)
    set_policy(by=by, reason="Tighter.", now=BEGAN + 20 * DAY, time_margin=0.05)
    answered(before, agent, BEGAN + 20 * DAY + HOUR)
    audited(BEGAN + 60 * DAY)
    old, new = Series.objects.order_by("number")
    for clock in Clock:
        assert the_measured(before, clock).series == old
        assert the_measured(after, clock).series == new


def test_each_series_is_judged_by_its_own_margins():
    _, by = a_bank()
    chance = np.random.default_rng(3)
    first = lay_out(BEGAN + DAY)[0]
    draw(chance, first=date(2026, 1, 2), days=30, series=first)
    set_policy(by=by, reason="Looser.", now=BEGAN + 32 * DAY, time_margin=0.5)
    second = Series.objects.order_by("-number")[0]
    draw(chance, first=date(2026, 2, 3), days=30, series=second)
    audited(BEGAN + 70 * DAY, by)
    margins = {
        each.series.number: each.margins["time"]
        for each in Result.objects.filter(contrast="public", outcome="wait", group="public").select_related("series")
    }
    assert margins == {1: 0.1, 2: 0.5}
    verdicts = [
        Result.objects.filter(series=each, outcome="wait", group="public", contrast="public")[0].verdict
        for each in (first, second)
    ]
    assert verdicts == ["NOT PROVEN", "EQUAL"]


def test_an_ended_series_is_judged_until_its_last_case_has_matured_and_then_settled():
    agent, by = a_bank()
    at = BEGAN + 20 * DAY
    case = let_in_at(at - HOUR)
    set_policy(by=by, reason="Tighter.", now=at, time_margin=0.05)
    let_in_at(at + 12 * DAY)
    audited(at + 5 * DAY)
    old = Series.objects.order_by("number")[0]
    assert old.settled_at is None
    answered(case, agent, at + 6 * DAY)
    audited(at + 15 * DAY)
    old.refresh_from_db()
    assert old.settled_at is not None
    kept = Result.objects.filter(series=old).count()
    audited(at + 16 * DAY)
    assert Result.objects.filter(series=old).count() == kept


def test_a_case_heard_of_after_its_series_was_settled_counts_in_the_running_one():
    _, by = a_bank()
    at = BEGAN + 20 * DAY
    let_in_at(at - 10 * DAY)
    set_policy(by=by, reason="Tighter.", now=at, time_margin=0.05)
    audited(at + 30 * DAY)
    old, new = Series.objects.order_by("number")
    assert old.settled_at is not None
    late = let_in_at(at + 31 * DAY, sent_at=at - 2 * DAY)
    audited(at + 60 * DAY)
    assert the_measured(late).series == new
    assert Measured.objects.filter(series=old).exists()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"rate_margin": 0.0}, "between 0 and 1"),
        ({"time_margin": 1.5}, "between 0 and 1"),
        ({"least_shown": 1}, "shows that person"),
        ({"contrasts": ["public", "wealth"]}, "no contrast “wealth”"),
        ({"contrasts": []}, "Choose of"),
        ({"least_time_margin": timedelta(minutes=-1)}, "negative"),
        ({"secret": True}, "no “secret”"),
    ],
)
def test_a_policy_that_cannot_be_is_refused_in_words(changes, says):
    _, by = a_bank()
    with pytest.raises(NotSet, match=says):
        set_policy(by=by, reason="Because.", now=BEGAN, **changes)
    assert Policy.objects.count() <= 1


def test_a_policy_without_a_reason_is_refused_and_one_that_changes_nothing_is_no_new_one():
    _, by = a_bank()
    with pytest.raises(NotSet, match="Say why"):
        set_policy(by=by, reason="  ", now=BEGAN, rate_margin=0.03)
    before = policy_in_force(BEGAN)
    assert set_policy(by=by, reason="Nothing.", now=BEGAN, rate_margin=before.rate_margin).pk == before.pk


def test_an_auditor_is_given_no_tasks():
    _, by = a_bank()
    auditor = a_person("Ann Auditor", role=Person.Role.AUDITOR, on_duty_since=None)
    with pytest.raises(NotSet, match="Ann Auditor"):
        set_policy(by=by, reason="She asked.", now=BEGAN, tasks_to=auditor)


@pytest.mark.parametrize("change", ["UPDATE {table} SET {column} = {column}", "DELETE FROM {table}"])
@pytest.mark.parametrize(
    ("table", "column"),
    [("fairness_result", "verdict"), ("fairness_policy", "rate_margin")],
)
def test_the_database_refuses_to_change_or_delete_what_was_found_or_set(table, column, change):
    _, by = a_bank()
    draw(np.random.default_rng(1), first=date(2026, 1, 2), days=3)
    audited(BEGAN + 20 * DAY, by)
    assert Result.objects.exists()
    with (
        pytest.raises(DatabaseError, match=r"kept as it|never edited"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change.format(table=table, column=column))
    assert found("wait", "public").verdict
