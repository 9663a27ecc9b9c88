"""What ends a promise, what does not, and who waits for what afterwards."""

from __future__ import annotations

import pytest

from evenhand.care.models import Case, Contact, Outcome, Outlook, Promise, Raising, Reply, SpamMark
from evenhand.care.promises import customer, keeping, staff, watching
from evenhand.care.promises.making import forget
from evenhand.care.triage.correcting import correct
from evenhand.desk import queue
from evenhand.doors import outbox
from evenhand.doors.models import Message
from factories import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    a_case,
    a_contact,
    a_desk,
    a_knock,
    a_place,
    a_supervisor,
    an_agent,
    let_in,
)

pytestmark = pytest.mark.django_db

ANSWER, SOLUTION, RETURN, SUPERVISOR = (
    Promise.Kind.ANSWER,
    Promise.Kind.SOLUTION,
    Promise.Kind.RETURN,
    Promise.Kind.SUPERVISOR,
)


def answered(case: Case, by, now, *, kind=Reply.Kind.SOLUTION, by_when=None) -> Reply:
    written = staff.reply(case.pk, by=by, words="It is put right.", kind=kind, version=None, now=now, by_when=by_when)
    outbox.send(written, now)
    return written


def pressed(case: Case, kind: Contact.Kind, now) -> Contact:
    return a_contact(case, "", now, kind=kind)


def running(case: Case) -> set[str]:
    return set(Promise.objects.filter(case=case, is_running=True).values_list("kind", flat=True))


def test_what_ran_out_before_anybody_looked_is_broken_whatever_ends_it():
    a_desk()
    case = a_case(need="money")
    due_at = Promise.objects.get(case=case).due_at
    customer.solved_by_customer(pressed(case, Contact.Kind.SOLVED, due_at + MINUTE), due_at + MINUTE)
    outcome = Outcome.objects.get(promise__case=case)
    assert (outcome.kind, outcome.at) == (Outcome.Kind.BROKEN, due_at)


def test_a_time_that_is_over_is_not_moved_any_more():
    agent, _ = a_desk()
    case = a_case(need="money")
    late = Promise.objects.get(case=case).due_at + MINUTE
    with pytest.raises(keeping.NotPossible, match="is over"):
        staff.promise_anew(case.pk, by=agent, due_at=late + DAY, reason="It is slow.", version=None, now=late)


def test_an_agent_s_solution_does_not_take_the_supervisor_from_whoever_asked_for_one():
    agent, supervisor = a_desk()
    case = a_case(need="money")
    customer.wants_supervisor(pressed(case, Contact.Kind.SUPERVISOR, NOW + MINUTE), NOW + MINUTE)
    answered(case, agent, NOW + HOUR)
    assert running(case) == {SUPERVISOR}
    answered(case, supervisor, NOW + HOUR + MINUTE)
    assert running(case) == set()
    assert Outcome.objects.get(promise__case=case, promise__kind=SUPERVISOR).kind == Outcome.Kind.KEPT


def test_closing_a_case_keeps_no_promise():
    agent, _ = a_desk()
    case = a_case(need="money")
    answered(case, agent, NOW + HOUR, kind=Reply.Kind.ANSWER)
    staff.solve(case.pk, by=agent, because="The money came back.", version=None, now=NOW + 2 * HOUR)
    assert Outcome.objects.get(promise__case=case, promise__kind=SOLUTION).kind == Outcome.Kind.LET_GO


def test_whoever_writes_while_an_answer_is_on_its_way_is_promised_another(settings):
    settings.IS_DEMO = True
    agent, _ = a_desk()
    for kind, by_when in ((Reply.Kind.QUESTION, NOW + 3 * DAY), (Reply.Kind.SOLUTION, None), (Reply.Kind.ANSWER, None)):
        case = a_case(need="money", email=f"{kind.value}@example.org")
        outbox.carry_one(NOW)
        answered(case, agent, NOW + HOUR, kind=kind, by_when=by_when)
        let_in(a_knock("And another thing.", joins=case.pk), NOW + HOUR + MINUTE)
        outbox.carry_one(NOW + HOUR + 2 * MINUTE)
        assert Outcome.objects.get(promise__case=case, promise__kind=ANSWER).kind in {"kept", "asked"}
        assert ANSWER in running(case), kind
        case.refresh_from_db()
        assert case.is_open


def test_what_is_set_aside_while_we_wait_for_its_customer_comes_back_when_it_is_no_spam():
    agent, supervisor = a_desk()
    case = a_case(need="money")
    answered(case, agent, NOW + HOUR, kind=Reply.Kind.QUESTION, by_when=NOW + 4 * DAY)
    returns_at = Case.objects.get(pk=case.pk).returns_at
    staff.set_aside_as_spam(case.pk, by=agent, version=None, now=NOW + 2 * HOUR)
    assert watching.come_back_to_one(NOW + 4 * DAY) is None
    staff.not_spam(case.pk, by=supervisor, now=NOW + 3 * HOUR)
    assert Case.objects.get(pk=case.pk).returns_at == returns_at


def test_no_spam_after_all_waits_in_line_where_every_promise_was_let_go():
    agent, supervisor = a_desk()
    case = a_case(need="money")
    answered(case, agent, NOW + HOUR, kind=Reply.Kind.ANSWER)
    staff.set_aside_as_spam(case.pk, by=agent, version=None, now=NOW + 2 * HOUR)
    staff.is_spam(case.pk, by=supervisor, now=NOW + 3 * HOUR)
    assert running(case) == set()
    staff.not_spam(case.pk, by=agent, now=NOW + 4 * HOUR)
    assert running(case) == {ANSWER}
    assert queue.take_next(agent, NOW + 4 * HOUR).case_id == case.pk


def test_words_that_come_after_two_people_said_spam_are_looked_at_again():
    agent, supervisor = a_desk()
    case = a_case(need="money")
    staff.set_aside_as_spam(case.pk, by=agent, version=None, now=NOW + HOUR)
    staff.is_spam(case.pk, by=supervisor, now=NOW + 2 * HOUR)
    let_in(a_knock("I am a person, and I still wait.", joins=case.pk), NOW + 9 * DAY)
    mark = SpamMark.objects.get(case=case)
    assert mark.confirmed_at is None
    assert NOW + 9 * DAY < mark.look_again_by <= NOW + 10 * DAY


def test_what_is_set_aside_cannot_be_closed_past_the_second_look():
    agent, _ = a_desk()
    case = a_case(need="money")
    staff.set_aside_as_spam(case.pk, by=agent, version=None, now=NOW + HOUR)
    with pytest.raises(keeping.NotPossible, match="set aside"):
        staff.solve(case.pk, by=agent, because="Spam.", version=None, now=NOW + 2 * HOUR)


def test_a_lease_that_runs_out_with_nobody_else_there_announces_no_new_owner():
    agent, _ = a_desk()
    case = a_case(need="money", email="elena@example.org")
    lease = queue.take_next(agent, NOW)
    moved = watching.end_one_lapsed_lease(lease.ends_at)
    assert outbox.tell(moved, lease.ends_at) is None
    assert not Message.objects.filter(case=case, kind=Message.Kind.NEW_OWNER).exists()


def test_a_promise_in_somebody_s_hands_is_looked_at_when_they_give_it_back():
    agent, _ = a_desk()
    promise = Promise.objects.get(case=a_case(need="money"))
    lease = queue.take_next(agent, promise.renew_at - MINUTE)
    late = promise.due_at + 3 * HOUR
    assert watching.look_at_one_promise(promise.renew_at, lambda case, now: late) is None
    watching.end_one_lapsed_lease(lease.ends_at)
    assert watching.look_at_one_promise(lease.ends_at, lambda case, now: late).what == "renewed"


def test_a_missed_return_moves_nobody_who_is_in_line_already():
    agent, _ = a_desk()
    case = a_case(need="money")
    answered(case, agent, NOW + HOUR, kind=Reply.Kind.QUESTION, by_when=NOW + 2 * DAY)
    promise = Promise.objects.get(case=case, kind=RETURN)
    watching.come_back_to_one(promise.renew_at)
    watching.break_one_overdue(promise.due_at)
    assert Case.objects.get(pk=case.pk).first_unanswered_at == promise.renew_at


def test_a_solution_counts_from_when_the_customer_first_waited_whatever_was_promised_between():
    agent, _ = a_desk()
    case = a_case(need="money")
    answered(case, agent, NOW + HOUR, kind=Reply.Kind.QUESTION, by_when=NOW + 9 * DAY)
    answered(case, agent, NOW + DAY, kind=Reply.Kind.ANSWER)
    assert Promise.objects.get(case=case, kind=SOLUTION).started_at == NOW


def test_a_case_that_opens_again_goes_to_somebody_who_is_still_here():
    gone, here = an_agent("Ann Gone"), an_agent("Ben Here")
    a_supervisor()
    case = a_case(need="money")
    answered(case, gone, NOW + HOUR)
    gone.is_active = False
    gone.save()
    let_in(a_knock("It happened again.", joins=case.pk), NOW + DAY)
    case.refresh_from_db()
    assert case.owner == here
    assert case.ownerships.latest("pk").person == here


def test_a_case_that_waits_for_its_solution_is_in_line_again_when_it_is_handed_on():
    agent, supervisor = a_desk()
    case = a_case(need="money")
    answered(case, agent, NOW + HOUR, kind=Reply.Kind.ANSWER)
    staff.hand_on(case.pk, by=agent, to=supervisor, version=None, now=NOW + 2 * HOUR)
    assert Case.objects.get(pk=case.pk).first_unanswered_at == NOW, "at its old place"
    assert [row.due_at for row in queue.page(agent, NOW + 2 * HOUR)] == [Promise.objects.get(is_running=True).due_at]


def test_an_answer_does_not_move_the_solution_s_time_a_third_time():
    agent, _ = a_desk()
    case = a_case(need="money")
    for days in (9, 10, 11):
        answered(case, agent, NOW + HOUR, kind=Reply.Kind.ANSWER, by_when=NOW + days * DAY)
    with pytest.raises(keeping.NotPossible, match="twice already"):
        answered(case, agent, NOW + HOUR, kind=Reply.Kind.ANSWER, by_when=NOW + 12 * DAY)


def test_a_time_moved_earlier_counts_as_no_move():
    agent, _ = a_desk()
    case = a_case(need="question")
    shut_out = catalogue_need("shut-out")
    earlier = correct(case.pk, by=agent, need=shut_out, because="", version=None, now=NOW + MINUTE)
    assert earlier.due_at < Promise.objects.get(case=case, is_running=False).due_at
    assert earlier.place_in_row == 1
    wrong = catalogue_need("wrong")
    assert correct(case.pk, by=agent, need=wrong, because="", version=None, now=NOW + 2 * MINUTE) is None


def catalogue_need(slug: str):
    from evenhand.care.cases.catalogue import catalogue

    return catalogue().needs[slug]


def test_after_two_moves_a_supervisor_s_call_is_promised_and_the_customer_is_told():
    a_desk()
    case = a_case(need="money", email="elena@example.org")
    for _ in range(3):
        promise = Promise.objects.get(case=case, kind=ANSWER, is_running=True)
        now = promise.renew_at
        moved = watching.look_at_one_promise(now, lambda c, n, p=promise: p.due_at + HOUR)
    assert moved.what == "raised"
    assert Raising.objects.get(case=case).why == Raising.Why.RENEWED_TWICE
    assert moved.promise.kind == SUPERVISOR
    assert outbox.tell(moved, now).kind == Message.Kind.SUPERVISOR


def test_the_supervisor_who_is_told_may_open_the_case():
    here, elsewhere = a_place("oakland"), a_place("fresno")
    an_agent(places=[here])
    far = a_supervisor("Far Away", places=[elsewhere])
    boss = a_supervisor("All Places", places=[a_place("head-office", is_head_office=True)])
    case = a_case(need="money", place="oakland")
    told = staff.raise_by_staff(case.pk, by=far, because="Please look.", now=NOW).to
    assert told == boss
    assert Case.objects.visible_to(told).filter(pk=case.pk).exists()


def test_rounding_up_is_not_said_to_be_other_people_s_doing():
    from evenhand.care.cases.catalogue import catalogue

    place = a_place()
    an_agent()
    line = catalogue().line(catalogue().needs["thanks"], place)
    about = {"made_at": NOW, "waiting": 7, "on_duty": 1}
    Outlook.objects.create(line=line, wait=HOUR, stretched_wait=HOUR, **about)
    forget()
    promise = Promise.objects.get(case=a_case(need="thanks"))
    assert promise.due_at - promise.standard_due_at > HOUR, "rounded up by more than an hour"
    assert promise.reason == ""
    Outlook.objects.update(stretched_wait=9 * DAY)
    forget()
    later = Promise.objects.exclude(pk=promise.pk).get(case=a_case(need="thanks"))
    assert "7 people wrote before you" in later.reason
