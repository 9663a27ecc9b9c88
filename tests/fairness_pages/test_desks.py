"""What the pages say of desks whose truth is known."""

from __future__ import annotations

import pytest

from evenhand.fairness.live.series import set_policy
from evenhand.fairness.pages import public, telling
from evenhand.fairness.pages.found import Found
from evenhand.people.models import Person
from evenhand.stats.cells import Verdict
from factories import DAY, NOW, a_desk, a_person
from tests.fairness_pages.test_d27_small_groups import csv_of
from tests.fairness_pages.test_report import shown
from tests.fairness_pages.world import PUBLIC, Desk, audited

pytestmark = pytest.mark.django_db

SPANISH = {"language": "es"}


@pytest.fixture
def boss():
    a_desk()
    return a_person("Ada Boss", role=Person.Role.ADMINISTRATOR)


def test_a_desk_that_answers_posts_first_says_so_to_staff_and_to_everybody(boss, sign_in):
    audited(Desk(many=60, other=[(40, PUBLIC, 0.4)], seed=3), NOW, boss)
    found = Found.lately()
    assert found.headline is not None
    assert found.headline.verdict == Verdict.UNEQUAL
    assert telling.chip(found) == "Not the same"
    assert telling.headline(found).startswith("Public cases are")
    assert "It should not be, and somebody by name was asked to see to it." in (public.sentence(found) or "")
    said = shown(sign_in(boss).get("/fairness/"))
    assert "Not the same" in said
    assert "look here" in said
    assert "People are treated differently with Ada Boss" in said


def test_a_desk_that_cannot_see_a_post_is_proven_fair_by_many_cases(boss, sign_in):
    audited(Desk(many=300, other=[(200, PUBLIC, 1.0)], seed=4, days=45), NOW, boss)
    found = Found.lately()
    assert found.of("public").verdict is Verdict.EQUAL
    said = shown(sign_in(boss).get("/fairness/"))
    assert said.count("Fair, within the margin you set Going public gets nobody an answer sooner.") == 1
    assert "This may be looked at every day without losing its guarantee." in said
    assert (public.sentence(found) or "").startswith("Same need, same wait")


def test_a_young_desk_says_too_few_and_what_is_missing(boss, sign_in):
    audited(Desk(days=6, many=30, other=[(15, PUBLIC, 1.0)]), NOW, boss)
    said = shown(sign_in(boss).get("/fairness/"))
    assert "Too few to say" in said
    assert telling.UNKNOWN in said
    assert "cases of 6 days have matured beside each other, of 14 that it takes" in said


def test_a_desk_in_between_says_what_it_would_take(boss, sign_in):
    audited(Desk(days=30, many=40, other=[(10, PUBLIC, 1.0)], seed=2), NOW, boss)
    said = shown(sign_in(boss).get("/fairness/"))
    assert "Not yet proven the same" in said
    assert "Not yet proven: going public may change" in said
    assert "cannot be ruled out yet" in (public.sentence(Found.lately()) or "")


@pytest.mark.parametrize(("least", "is_shown"), [(10, True), (100, False)])
def test_d27_an_organisation_may_hold_back_larger_groups(boss, sign_in, least, is_shown):
    if least != 10:
        set_policy(by=boss, reason="We are a small town.", now=NOW - 60 * DAY, least_shown=least)
    audited(Desk(days=40, many=60, other=[(1.5, SPANISH, 1.0)]), NOW, boss)
    rows = csv_of(sign_in(boss))
    assert rows
    assert all(int(row["n"]) >= least for row in rows)
    said = shown(sign_in(boss).get("/fairness/by/language/"))
    assert (f"Spanish: fewer than {least} cases" not in said) is is_shown
    assert any(row["group"] == "es" for row in rows) is is_shown
