"""What the bank does besides answering: audits, moves, policies, words coded again. All of it by the product's acts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import override_settings

from evenhand.care.cases import catalogue
from evenhand.care.ledger.writing import verify
from evenhand.care.models import Case, Entry
from evenhand.care.promises import outlook
from evenhand.care.promises.keeping import finders
from evenhand.fairness.live.models import Gap, Measured, Night, Policy, Series, Task
from evenhand.fairness.practice.models import Drawn, Recoding, Round
from evenhand.people.models import Duty, Person
from evenhand.web.demo import diary, how_drawn
from evenhand.web.demo.diary import Diary
from evenhand.web.demo.draw import draw
from evenhand.web.demo.founding import found_the_bank
from evenhand.web.demo.organisation import FREMONT, OAKLAND, STAFF, quarter_began, turns_of_duty
from evenhand.web.demo.replay import Replay
from tests.demo.conftest import OPENED, SEED

pytestmark = pytest.mark.django_db  # what a test adds to the days of the fixture is taken back
BEGAN = quarter_began(OPENED)
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def turn_of_the_quarter(django_db_setup: None, django_db_blocker: object) -> Iterator[Replay]:
    """Two days before the quarter begins and two after it, with what the bank does besides."""
    begins, ends = BEGAN - 2 * DAY, BEGAN + 2 * DAY
    with django_db_blocker.unblock(), override_settings(IS_DEMO=True), transaction.atomic():
        catalogue.forget()
        outlook.forget()
        people = found_the_bank(begins, OPENED)
        arrivals = [each for each in draw(SEED, OPENED) if begins <= each.sent_at < ends]
        replay = Replay(arrivals, turns_of_duty(OPENED), people, begins=begins, ends=ends, leaves=2)
        entries = Diary(replay, people, OPENED, SEED)
        entries.enter()
        replay.run()
        yield replay
        transaction.set_rollback(True)
    catalogue.forget()
    outlook.forget()


def test_two_are_moved_by_the_administrator_and_the_ledger_says_so(turn_of_the_quarter: Replay) -> None:
    moved = [member.mail for member in STAFF if member.places_before]
    for person in Person.objects.filter(email__in=moved):
        assert list(person.places.values_list("slug", flat=True)) == [FREMONT]
        turns = Duty.objects.filter(person=person).order_by("began_at")
        assert {turn.place.slug for turn in turns.filter(began_at__lt=BEGAN)} == {OAKLAND}
        assert {turn.place.slug for turn in turns.filter(began_at__gt=BEGAN, began_at__lt=OPENED)} == {FREMONT}
        assert not Case.objects.open().filter(owner=person, line__place__slug=OAKLAND).exists()
    by = Entry.objects.filter(act="staff changed").values_list("by", flat=True)
    robin = Person.objects.get(email=diary.MANAGES)
    assert list(by) == [f"person:{robin.pk}"] * 2
    assert verify(finders()) is None


def test_a_policy_is_signed_and_says_who_sees_to_gaps(turn_of_the_quarter: Replay) -> None:
    policy = Policy.objects.in_force()
    assert (policy.number, policy.by.email, policy.tasks_to.email) == (2, diary.MANAGES, diary.SEES_TO_GAPS)
    assert policy.has_public_page


def test_an_audit_measures_what_is_over_and_begins_the_quarter_s_series(turn_of_the_quarter: Replay) -> None:
    now = turn_of_the_quarter.ends + 30.1 * DAY
    diary.audit(now)
    diary.audit(now)  # once a night, however often it is asked for
    assert Night.objects.filter(is_done=True, done_at=now).count() == 1
    assert Measured.objects.count() == 2 * Case.objects.count() > 200
    assert [series.began_at for series in Series.objects.all()][-1] == BEGAN
    assert {one.verdict.value for one in how_drawn.contrasts()} == {"TOO FEW"}  # of four days nothing can be said


def test_a_task_about_fremont_is_closed_by_whom_it_is_for_once_people_were_moved(turn_of_the_quarter: Replay) -> None:
    entries = Diary(turn_of_the_quarter, {}, OPENED, SEED)
    ruth = Person.objects.get(email=diary.SEES_TO_GAPS)
    entries._people = {diary.SEES_TO_GAPS: ruth}
    diary.audit(turn_of_the_quarter.ends + 30.1 * DAY)
    results = {each.group: each for each in Night.objects.last().results.filter(contrast="place", outcome="wait")}
    for group in (FREMONT, OAKLAND):
        about = {"contrast": "place", "clock": "answer", "group": group, "reference": "lakeside"}
        Task.objects.create(
            **about, kind="gap", to=ruth, result=results[group], says="They wait longer.", opened_at=BEGAN
        )
    entries._sees_to_fremont(BEGAN - DAY)
    assert Task.objects.open().count() == 2
    entries._sees_to_fremont(BEGAN + DAY)
    assert [task.group for task in Task.objects.open()] == [OAKLAND]
    closed = Task.objects.get(group=FREMONT)
    assert closed.closed_by == ruth
    assert "1 January" in closed.words
    assert not Gap.objects.exists()


def test_a_month_s_words_are_drawn_and_a_few_a_day_are_coded_again(turn_of_the_quarter: Replay) -> None:
    (begun,) = Round.objects.all()
    assert (begun.since.month, begun.until.month) == (12, 1)
    coders = {each.by.email for each in Recoding.objects.all()}
    assert coders == set(diary.CODERS)
    assert 0 < Recoding.objects.count() <= 2 * len(diary.CODERS) * diary.CODED_A_DAY
    assert Drawn.objects.filter(recodings=None).exists()  # a visitor finds some to code


def test_what_is_said_of_how_it_was_drawn_is_said_of_every_contrast(turn_of_the_quarter: Replay) -> None:
    from evenhand.fairness.live.contrasts import BY_NAME

    assert set(how_drawn.HOW) == set(BY_NAME)
