"""An open case always has a running promise; what becomes of each is a row of its own."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from evenhand.care.models import Case, Contact, Lease, Outcome, Ownership, Promise, Raising, Reply
from evenhand.care.promises import customer, keeping, staff, watching
from evenhand.desk import queue
from evenhand.doors import outbox
from factories import DAY, HOUR, MINUTE, NOW, a_case, a_contact, a_desk, a_place, a_supervisor, an_agent

pytestmark = pytest.mark.django_db

ANSWER, SOLUTION = Promise.Kind.ANSWER, Promise.Kind.SOLUTION


def answered(case: Case, by, now, *, kind=Reply.Kind.SOLUTION, words="It is put right.", by_when=None) -> Reply:
    written = staff.reply(case.pk, by=by, words=words, kind=kind, version=None, now=now, by_when=by_when)
    outbox.send(written, now)
    return written


def kinds_of_outcomes(case: Case) -> list[str]:
    return list(Outcome.objects.filter(promise__case=case).order_by("pk").values_list("kind", flat=True))


def run_out(now) -> list[str]:
    """Let the loop judge everything that is due."""
    done = []
    while (moved := watching.break_one_overdue(now)) is not None:
        done.append(moved.what)
    return done


def test_an_answer_that_solves_keeps_the_promise_and_closes_the_case():
    agent, _ = a_desk()
    case = a_case(need="money")
    answered(case, agent, NOW + HOUR)
    case.refresh_from_db()
    assert not case.is_open
    assert kinds_of_outcomes(case) == ["kept"]


def test_an_answer_that_does_not_solve_makes_the_solution_s_promise_from_the_same_start():
    agent, _ = a_desk()
    case = a_case(need="money")
    answered(case, agent, NOW + HOUR, kind=Reply.Kind.ANSWER, words="We are on it.")
    case.refresh_from_db()
    promise = Promise.objects.get(case=case, is_running=True)
    assert (promise.kind, promise.started_at) == (SOLUTION, NOW)
    assert case.first_unanswered_at is None
    assert not queue.page(agent, NOW + HOUR)


def test_a_question_to_the_customer_is_counted_apart_and_comes_back_by_itself():
    agent, _ = a_desk()
    case = a_case(need="money")
    answered(case, agent, NOW + HOUR, kind=Reply.Kind.QUESTION, words="Which account?", by_when=NOW + 2 * DAY)
    assert kinds_of_outcomes(case) == ["asked"]
    assert Promise.objects.get(case=case, is_running=True).kind == Promise.Kind.RETURN
    assert watching.come_back_to_one(NOW + HOUR) is None
    returned = watching.come_back_to_one(NOW + 2 * DAY - HOUR)
    assert returned is not None
    assert [row.reference for row in queue.page(agent, NOW + 2 * DAY)] == [case.reference]


def test_a_question_needs_a_day_to_come_back_on():
    agent, _ = a_desk()
    with pytest.raises(keeping.NotPossible, match="needs a day"):
        answered(a_case(), agent, NOW + HOUR, kind=Reply.Kind.QUESTION)


def test_a_missed_promise_is_broken_raised_and_followed_by_a_new_one():
    _, supervisor = a_desk()
    case = a_case(need="money")
    due = Promise.objects.get(case=case).due_at
    assert run_out(due - MINUTE) == []
    assert run_out(due) == ["missed"]
    case.refresh_from_db()
    assert kinds_of_outcomes(case) == ["broken"]
    raising = Raising.objects.get(case=case)
    assert (raising.why, raising.to) == (Raising.Why.MISSED, supervisor)
    following = Promise.objects.get(case=case, is_running=True)
    assert following.place_in_row == 2
    assert following.due_at > due
    assert case.first_unanswered_at == NOW, "a miss moves nobody"


def test_an_answer_after_the_time_breaks_the_promise_at_the_time_it_was_due():
    agent, _ = a_desk()
    case = a_case(need="money")
    due = Promise.objects.get(case=case).due_at
    answered(case, agent, due + HOUR)
    assert kinds_of_outcomes(case)[0] == "broken"
    assert Outcome.objects.filter(promise__case=case).earliest("pk").at == due


def test_after_a_long_silence_each_next_promise_is_twice_as_far():
    a_desk()
    case = a_case(need="money")
    lengths = []
    for _ in range(4):
        promise = Promise.objects.get(case=case, is_running=True)
        run_out(promise.due_at)
        following = Promise.objects.get(case=case, is_running=True)
        lengths.append(round((following.due_at - following.made_at) / HOUR))
    assert lengths == [2, 4, 8, 16]


def test_what_a_promise_told_cannot_be_edited_and_an_outcome_not_either():
    agent, _ = a_desk()
    case = a_case()
    answered(case, agent, NOW + HOUR)
    with pytest.raises(DatabaseError), transaction.atomic():
        Promise.objects.filter(case=case).update(due_at=NOW + 99 * DAY)
    with pytest.raises(DatabaseError), transaction.atomic():
        Outcome.objects.filter(promise__case=case).update(kind="kept", at=NOW)


def test_a_renewal_comes_before_the_promise_breaks_and_only_if_the_forecast_says_so():
    a_desk()
    case = a_case(need="money")
    promise = Promise.objects.get(case=case)
    late = promise.due_at + 3 * HOUR
    assert watching.look_at_one_promise(promise.renew_at - MINUTE, lambda case, now: late) is None
    moved = watching.look_at_one_promise(promise.renew_at, lambda case, now: late)
    assert moved is not None
    assert moved.what == "renewed"
    assert moved.promise.due_at >= late
    assert moved.promise.reason
    assert kinds_of_outcomes(case) == ["renewed"]


def test_no_renewal_is_made_when_the_promise_will_hold():
    a_desk()
    case = a_case(need="money")
    promise = Promise.objects.get(case=case)
    moved = watching.look_at_one_promise(promise.renew_at, lambda case, now: promise.due_at - MINUTE)
    assert moved.what == "nothing"
    assert watching.look_at_one_promise(promise.renew_at, lambda case, now: promise.due_at + DAY) is None


def test_a_promise_is_moved_twice_at_most_and_then_a_supervisor_is_told():
    a_desk()
    case = a_case(need="money")
    done = []
    for _ in range(3):
        promise = Promise.objects.get(case=case, is_running=True)
        done.append(watching.look_at_one_promise(promise.renew_at, lambda c, n, p=promise: p.due_at + HOUR).what)
    assert done == ["renewed", "renewed", "raised"]
    assert Raising.objects.get(case=case).why == Raising.Why.RENEWED_TWICE


def test_staff_may_promise_anew_twice_with_a_reason_and_no_more():
    agent, _ = a_desk()
    case = a_case(need="money")
    for days in (2, 4):
        staff.promise_anew(
            case.pk, by=agent, due_at=NOW + days * DAY, reason="The bank abroad is slow.", version=None, now=NOW
        )
    with pytest.raises(keeping.NotPossible, match="twice already"):
        staff.promise_anew(case.pk, by=agent, due_at=NOW + 9 * DAY, reason="Again.", version=None, now=NOW)


def test_a_customer_who_says_within_a_day_that_it_was_no_answer_has_the_old_place_again():
    agent, _ = a_desk()
    case = a_case(need="money")
    answered(case, agent, NOW + HOUR, words="We are looking into it.")
    customer.was_no_answer(a_contact(case, "", NOW + 5 * HOUR, kind=Contact.Kind.NO_ANSWER), NOW + 5 * HOUR)
    case.refresh_from_db()
    assert case.is_open
    outcome = Outcome.objects.get(promise__case=case, kind="kept")
    assert outcome.objection.at == NOW + 5 * HOUR
    used = NOW + 5 * HOUR - case.first_unanswered_at
    assert used == HOUR, "the clock stood still from the solution to the objection"
    assert Promise.objects.filter(case=case, is_running=True, kind=ANSWER).exists()


def test_the_clock_stops_at_the_solution_and_resumes_when_it_did_not_hold():
    agent, _ = a_desk()
    case = a_case(need="money")
    answered(case, agent, NOW + 3 * HOUR)
    customer.not_solved(a_contact(case, "", NOW + 20 * DAY, kind=Contact.Kind.NOT_SOLVED), NOW + 20 * DAY)
    case.refresh_from_db()
    assert NOW + 20 * DAY - case.first_unanswered_at == 3 * HOUR


def test_writing_again_keeps_the_place_and_the_promise():
    a_desk()
    case = a_case(need="money")
    promise = Promise.objects.get(case=case)
    customer.heard_again(a_contact(case, "And I am still waiting!", NOW + 2 * HOUR), NOW + 2 * HOUR)
    case.refresh_from_db()
    assert case.first_unanswered_at == NOW
    assert Promise.objects.get(case=case, is_running=True) == promise


def test_writing_again_after_an_answer_takes_a_new_place_with_a_new_promise():
    agent, _ = a_desk()
    case = a_case(need="money")
    answered(case, agent, NOW + HOUR, kind=Reply.Kind.ANSWER)
    later = NOW + 5 * HOUR
    customer.heard_again(a_contact(case, "One more question.", later), later)
    case.refresh_from_db()
    assert case.first_unanswered_at == later
    assert Promise.objects.get(case=case, kind=ANSWER, is_running=True).started_at == later


def test_a_customer_who_says_it_is_solved_needs_no_promise_any_more():
    a_desk()
    case = a_case(need="money")
    customer.solved_by_customer(a_contact(case, "", NOW + HOUR, kind=Contact.Kind.SOLVED), NOW + HOUR)
    case.refresh_from_db()
    assert not case.is_open
    assert case.solutions.get().is_by_customer
    assert kinds_of_outcomes(case) == ["let_go"]


def test_one_press_reaches_a_supervisor_who_answers_within_two_working_hours():
    agent, supervisor = a_desk()
    case = a_case(need="question")
    asked = NOW + HOUR
    promise = customer.wants_supervisor(a_contact(case, "", asked, kind=Contact.Kind.SUPERVISOR), asked)
    assert promise.due_at - asked <= 2 * HOUR + 15 * MINUTE
    assert Raising.objects.get(case=case).to == supervisor
    again = customer.wants_supervisor(a_contact(case, "", asked + MINUTE, kind=Contact.Kind.SUPERVISOR), asked + MINUTE)
    assert again == promise, "pressing twice asks once"
    answered(case, agent, asked + 30 * MINUTE, kind=Reply.Kind.ANSWER)
    assert Promise.objects.get(pk=promise.pk).is_running, "only a supervisor's answer keeps it"
    answered(case, supervisor, asked + HOUR, kind=Reply.Kind.ANSWER)
    assert Promise.objects.get(pk=promise.pk).outcome.kind == Outcome.Kind.KEPT
    case.refresh_from_db()
    assert case.raised_at is None


def test_nobody_closes_a_case_while_its_customer_waits():
    agent, _ = a_desk()
    with pytest.raises(keeping.NotPossible, match="waits for an answer"):
        staff.solve(a_case().pk, by=agent, because="Old.", version=None, now=NOW + 90 * DAY)


def test_nothing_ages_out():
    agent, _ = a_desk()
    case = a_case(need="thanks")
    long_after = NOW + 900 * DAY
    run_out(long_after)
    assert [row.reference for row in queue.page(agent, long_after)] == [case.reference]


def test_spam_is_seen_has_a_clock_and_gives_back_the_old_place():
    agent, supervisor = a_desk()
    case = a_case(need="money")
    mark = staff.set_aside_as_spam(case.pk, by=agent, version=None, now=NOW + HOUR)
    assert mark.look_again_by > NOW
    assert not queue.page(agent, NOW + HOUR)
    with pytest.raises(keeping.NotPossible, match="second person"):
        staff.is_spam(case.pk, by=agent, now=NOW + 2 * HOUR)
    staff.not_spam(case.pk, by=supervisor, now=NOW + 2 * HOUR)
    case.refresh_from_db()
    assert case.first_unanswered_at == NOW
    assert Promise.objects.filter(case=case, is_running=True).count() == 1


def test_next_takes_a_lease_and_makes_the_taker_the_owner():
    place = a_place()
    first, second = an_agent("Ann First", places=[place]), an_agent("Ben Second", places=[place])
    case = a_case(need="money")
    assert case.owner == first
    lease = queue.take_next(second, NOW + HOUR)
    case.refresh_from_db()
    assert (lease.case_id, case.owner) == (case.pk, second)
    assert [hand.person for hand in case.ownerships.all()] == [first, second]
    assert queue.take_next(first, NOW + HOUR) is None, "what is in hand is not offered again"


def test_a_lease_that_runs_out_names_the_next_person_at_the_old_place():
    place = a_place()
    first, second = an_agent("Ann First", places=[place]), an_agent("Ben Second", places=[place])
    case = a_case(need="money")
    lease = queue.take_next(first, NOW)
    assert lease.ends_at == NOW + 2 * HOUR, "half of the four hours left"
    assert watching.end_one_lapsed_lease(lease.ends_at - MINUTE) is None
    assert watching.end_one_lapsed_lease(lease.ends_at).what == "new owner"
    case.refresh_from_db()
    assert (case.owner, case.first_unanswered_at, case.lease_ends_at) == (second, NOW, None)
    assert case.ownerships.latest("pk").why == Ownership.Why.LAPSED
    assert queue.take_next(second, NOW + 3 * HOUR).case_id == case.pk


def test_a_lease_lasts_a_quarter_of_an_hour_at_least():
    agent, _ = a_desk()
    a_case(need="danger")
    lease = queue.take_next(agent, NOW + 14 * MINUTE)
    assert lease.ends_at == NOW + 29 * MINUTE


def test_pressing_next_again_without_having_written_gives_the_case_back():
    agent, _ = a_desk()
    a_case(need="money")
    first = queue.take_next(agent, NOW + MINUTE)
    again = queue.take_next(agent, NOW + 2 * MINUTE)
    assert again.case_id == first.case_id, "it is still the head of the line"
    first.refresh_from_db()
    assert first.end == Lease.End.GIVEN_BACK


def test_taking_another_than_the_head_asks_for_a_reason_and_counts_who_was_overtaken():
    agent, _ = a_desk()
    cases = [a_case(f"I was charged twice, {n}.", NOW + n * MINUTE, need="money") for n in range(3)]
    with pytest.raises(queue.NeedsReason):
        queue.take(cases[2].pk, agent, NOW + HOUR)
    lease = queue.take(cases[2].pk, agent, NOW + HOUR, reason="She is on the phone.")
    assert lease.overtaken == 2
    assert queue.take(cases[0].pk, agent, NOW + HOUR).overtaken == 0


def test_an_act_on_an_older_version_is_refused_and_keeps_the_words():
    agent, _ = a_desk()
    case = a_case(need="money")
    customer.heard_again(a_contact(case, "Wait, it is three times!", NOW + MINUTE), NOW + MINUTE)
    with pytest.raises(keeping.Stale) as refused:
        staff.reply(
            case.pk, by=agent, words="Two it is.", kind=Reply.Kind.SOLUTION, version=case.version, now=NOW + HOUR
        )
    assert refused.value.words == "Two it is."


def test_the_number_of_open_cases_a_person_owns_is_kept_right():
    from evenhand.care.models import OpenLoad

    place = a_place()
    people = [an_agent(f"Agent {n}", places=[place]) for n in range(3)]
    boss = a_supervisor(places=[place])
    cases = [a_case(f"Charged twice {n}.", NOW + n * MINUTE, need="money") for n in range(9)]
    for case in cases[:4]:
        answered(case, people[1], NOW + HOUR)
    staff.hand_on(cases[5].pk, by=boss, to=people[2], version=None, now=NOW + HOUR)
    staff.set_aside_as_spam(cases[6].pk, by=boss, version=None, now=NOW + HOUR)
    customer.not_solved(a_contact(cases[0], "", NOW + DAY, kind=Contact.Kind.NOT_SOLVED), NOW + DAY)
    counted = {person.pk: Case.objects.open().filter(owner=person).count() for person in [*people, boss]}
    kept = dict(OpenLoad.objects.values_list("person_id", "count"))
    assert {person: kept.get(person, 0) for person in counted} == counted


def test_an_open_case_always_has_a_running_promise_whatever_is_done_to_it():
    agent, supervisor = a_desk()
    case = a_case(need="money")
    now = NOW
    acts = [
        lambda: answered(case, agent, now, kind=Reply.Kind.ANSWER),
        lambda: customer.heard_again(a_contact(case, "More.", now), now),
        lambda: answered(case, agent, now, kind=Reply.Kind.QUESTION, by_when=now + DAY),
        lambda: customer.was_no_answer(a_contact(case, "", now, kind=Contact.Kind.NO_ANSWER), now),
        lambda: answered(case, agent, now),
        lambda: customer.not_solved(a_contact(case, "", now, kind=Contact.Kind.NOT_SOLVED), now),
        lambda: customer.wants_supervisor(a_contact(case, "", now, kind=Contact.Kind.SUPERVISOR), now),
        lambda: answered(case, supervisor, now, kind=Reply.Kind.ANSWER),
    ]
    for act in acts:
        now += timedelta(hours=1)
        act()
        case.refresh_from_db()
        if case.is_open:
            assert Promise.objects.filter(case=case, is_running=True).exists(), act
