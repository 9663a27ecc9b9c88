"""Promises as they were kept, counted on the first told; the worst beside the share, and who was overtaken."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import Max

from evenhand.care.clock.working import WorkingTime
from evenhand.care.models import Contact, Need, Promise, Reply
from evenhand.care.promises import outlook, staff, watching
from evenhand.care.triage.correcting import correct
from evenhand.desk import queue
from evenhand.doors.intake import press
from evenhand.fairness.practice.kept import BLOCKS_BEGIN, FOUR_WEEKS, by_four_weeks, kept_promises, overtakes
from evenhand.stats.rates import clopper_pearson
from factories import DAY, HOUR, MINUTE, NOW, a_case, a_desk, a_place, an_agent, keep_hours
from fairness_practice.played import answer, post

pytestmark = pytest.mark.django_db
LATER = NOW + 3 * DAY


def pass_time(until):
    """The loops judge what fell due."""
    while watching.break_one_overdue(until) is not None:
        pass


def test_kept_is_counted_on_the_first_promise_by_door_and_publicity_with_an_exact_interval():
    agent, _ = a_desk()
    for _ in range(3):
        answer(a_case(need="money", door="form"), agent, NOW + HOUR)
    late = a_case(need="money", door="mastodon", is_public=True)
    answer(a_case(need="money", door="mastodon", is_public=True), agent, NOW + HOUR)
    pass_time(NOW + 6 * HOUR)
    answer(late, agent, NOW + 6 * HOUR)
    found = kept_promises(NOW, NOW + DAY, LATER)
    assert (found.all.kept, found.all.broken, found.all.judged) == (4, 1, 5)
    assert found.all.interval == clopper_pearson(4, 5)
    assert {door: one.share for door, one in found.by_door.items()} == {"form": 1.0, "mastodon": 0.5}
    assert {name: one.share for name, one in found.by_publicity.items()} == {"private": 1.0, "public": 0.5}


def test_the_worst_stands_beside_the_share_with_its_case_in_multiples_of_its_standard():
    agent, _ = a_desk()
    answer(a_case(need="question"), agent, NOW + 10 * HOUR)  # 1.25 of 8 h
    worst = a_case(need="money")
    pass_time(NOW + 10 * HOUR)
    answer(worst, agent, NOW + 10 * HOUR)  # 2.5 of 4 h
    found = kept_promises(NOW, NOW + DAY, LATER).all.worst
    assert found is not None
    assert (found.reference, found.multiple, found.is_over) == (worst.reference, 2.5, True)


def test_the_worst_is_told_in_working_time_and_of_who_still_waits_as_well():
    place = a_place("depot", always_open=False)
    keep_hours(place, WorkingTime("UTC", {day: [("09:00", "17:00")] for day in range(5)}))
    agent, _ = a_desk(place)
    night = a_case(need="money", place="depot", now=NOW + 6 * HOUR)  # Tuesday at four: an hour is left
    waits = a_case(need="money", place="depot", now=NOW)  # waits 6 h on Tuesday, 8 on Wednesday, …
    answer(night, agent, NOW + 27 * HOUR)  # Wednesday at one: 5 working hours, and 21 on the wall
    found = kept_promises(NOW, NOW + 2 * DAY, NOW + 2 * DAY).all.worst
    assert found is not None
    assert (found.reference, found.waited, found.is_over) == (waits.reference, timedelta(hours=7 + 8 + 1), False)


def test_a_promise_moved_before_it_broke_is_kept_only_if_the_first_time_was_met_all_the_same():
    agent, _ = a_desk()
    cases = [a_case(need="money") for _ in range(3)]
    for case in cases:
        staff.promise_anew(case.pk, by=agent, due_at=NOW + 9 * HOUR, reason="Ill.", version=None, now=NOW + HOUR)
    answer(cases[0], agent, NOW + 2 * HOUR)
    answer(cases[1], agent, NOW + 8 * HOUR)  # within the second promise, not the first
    staff.promise_anew(cases[2].pk, by=agent, due_at=NOW + 12 * HOUR, reason="Ill.", version=None, now=NOW + 2 * HOUR)
    answer(cases[2], agent, NOW + 11 * HOUR)
    found = kept_promises(NOW, NOW + DAY, LATER)
    assert (found.all.kept, found.all.broken, found.all.moved, found.all.moved_twice) == (1, 2, 3, 1)
    assert found.renewals == 4


def test_an_earlier_time_after_a_correction_is_no_renewal():
    agent, _ = a_desk()
    case = a_case(need="question")
    need = Need.objects.get(slug="money")
    correct(case.pk, by=agent, need=need, because="It is about money.", version=None, now=NOW + MINUTE)
    answer(case, agent, NOW + HOUR)
    found = kept_promises(NOW, NOW + DAY, LATER)
    assert (found.all.kept, found.all.moved, found.renewals) == (1, 0, 0)


def test_a_question_is_counted_apart_and_what_the_customer_calls_no_answer_is_none():
    agent, _ = a_desk()
    asked, objected, solved = (a_case(need="money") for _ in range(3))
    answer(asked, agent, NOW + HOUR, Reply.Kind.QUESTION, by_when=NOW + 2 * DAY)
    answer(objected, agent, NOW + HOUR)
    press(objected.pk, Contact.Kind.NO_ANSWER, "", NOW + 2 * HOUR, key="1")
    press(solved.pk, Contact.Kind.SOLVED, "", NOW + HOUR, key="2")
    found = kept_promises(NOW, NOW + 6 * HOUR, NOW + 6 * HOUR)
    assert (found.all.kept, found.all.asked, found.all.let_go) == (0, 1, 1)
    assert found.all.broken == 2  # the one objected to, and the one made after it, whose time has come as well
    assert found.all.share == 0.0


def test_nothing_that_is_still_to_come_is_judged():
    agent, _ = a_desk()
    answer(a_case(need="question"), agent, NOW + HOUR)
    a_case(need="money")
    early = kept_promises(NOW, NOW + DAY, NOW + 2 * HOUR)
    assert (early.all.judged, early.all.share, early.all.interval, early.all.worst) == (0, None, None, None)
    assert early.words == "No promise fell due in this time."


def test_overtakes_are_counted_by_reason_and_those_for_a_public_case_by_itself():
    agent, _ = a_desk()
    other = an_agent("Ann Other")
    cases = [a_case(need="money", now=NOW + n * MINUTE) for n in range(4)]
    post(cases[3], NOW + 10 * MINUTE)
    queue.take(cases[3].pk, agent, NOW + 20 * MINUTE, "She is all over  the news.")
    queue.take(cases[2].pk, other, NOW + 30 * MINUTE, "she is all over the news")
    queue.take(a_case(need="question", now=NOW).pk, an_agent("Ben"), NOW + 40 * MINUTE, "I know the answer.")
    found = overtakes(NOW, NOW + DAY)
    assert (found.taken, found.overtaken) == (2, 3 + 2)
    assert found.reasons == (("She is all over the news.", 2, 5),)
    assert found.of_public == (1, 3)
    assert found.elsewhere == 1
    assert "5 people were overtaken in their own line" in kept_promises(NOW, NOW + DAY, LATER).words


def test_blocks_of_28_days_begin_where_they_always_began():
    agent, _ = a_desk()
    answer(a_case(need="money"), agent, NOW + HOUR)
    blocks = by_four_weeks(NOW + 40 * DAY, 3)
    assert [block.all.judged for block in blocks].count(1) == 1
    assert all((block.start - BLOCKS_BEGIN) % FOUR_WEEKS == timedelta(0) for block in blocks)
    assert [block.start for block in by_four_weeks(NOW + 41 * DAY, 3)] == [block.start for block in blocks]


def test_promises_of_a_solution_are_counted_by_themselves():
    agent, _ = a_desk()
    case = a_case(need="money")
    answer(case, agent, NOW + HOUR, Reply.Kind.ANSWER)
    answer(case, agent, NOW + 2 * HOUR)
    due = Promise.objects.filter(kind="solution").aggregate(last=Max("due_at"))["last"]
    found = kept_promises(NOW, due + DAY, due + DAY, Promise.Kind.SOLUTION)
    assert (found.kind, found.all.kept, found.all.judged) == (Promise.Kind.SOLUTION, 1, 1)


def test_a_renewal_by_the_loop_is_counted_like_one_by_a_person():
    a_desk()
    a_case(need="money")
    promise = Promise.objects.get()
    moved = watching.look_at_one_promise(promise.renew_at, lambda case, now: promise.due_at + 5 * HOUR)
    assert moved is not None
    assert moved.what == "renewed"
    outlook.forget()
    found = kept_promises(NOW, NOW + DAY, LATER)
    assert (found.all.moved, found.renewals) == (1, 1)
