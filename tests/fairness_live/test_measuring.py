"""What each case comes to: from the earliest contact to the first answer of a person, and to the solution that held."""

from __future__ import annotations

from datetime import timedelta

import pytest

from evenhand.care.clock.working import WorkingTime
from evenhand.care.models import Contact, Need, Reply
from evenhand.care.promises import staff
from evenhand.care.triage.correcting import correct
from evenhand.doors import intake, outbox
from evenhand.doors.models import Message
from evenhand.fairness.live.models import Clock, Measured
from factories import DAY, HOUR, a_contact, a_place, keep_hours
from fairness_live.world import BEGAN, a_bank, answered, audited, let_in_at, set_standard, the_measured

pytestmark = pytest.mark.django_db
CAME = BEGAN + 4 * DAY + 10 * HOUR
"""A Monday, ten in the morning."""
LATER = CAME + 40 * DAY


def test_a_wait_runs_from_the_earliest_contact_to_the_first_answer_of_a_person():
    agent, _ = a_bank()
    case = let_in_at(CAME)
    intake.let_in(intake.Knock(door="form", words="And?", sent_at=CAME + HOUR, joins=case.pk), CAME + HOUR)
    answered(case, agent, CAME + 3 * HOUR)
    answered(case, agent, CAME + 5 * HOUR)
    audited(LATER)
    row = the_measured(case)
    assert (row.wait, row.standard) == (3 * 3600, 4 * 3600)
    assert row.arrived_on == CAME.date()


def test_the_groups_are_those_of_the_first_contact_however_they_wrote_later():
    a_bank()
    case = let_in_at(CAME, door="form", is_public=False)
    shouted = intake.Knock(door="mastodon", words="Still nothing!", sent_at=CAME + HOUR, joins=case.pk, is_public=True)
    intake.let_in(shouted, CAME + HOUR)
    audited(LATER)
    row = the_measured(case)
    assert (row.door, row.is_public) == ("form", False)


def test_a_contact_sent_before_the_first_that_reached_us_starts_the_clock():
    agent, _ = a_bank()
    case = let_in_at(CAME)
    early = intake.Knock(door="button", words="Help.", sent_at=CAME - 2 * HOUR, joins=case.pk)
    intake.let_in(early, CAME + HOUR)
    answered(case, agent, CAME + 2 * HOUR)
    audited(LATER)
    assert the_measured(case).wait == 4 * 3600
    assert the_measured(case).door == "button"


def test_what_a_machine_sends_stops_no_clock(settings):
    settings.IS_DEMO = True
    a_bank()
    case = let_in_at(CAME, email="elena@example.org")
    while outbox.carry_one(CAME + timedelta(minutes=1)):
        pass
    assert Message.objects.filter(case=case, kind="confirmation", state="accepted").exists()
    audited(LATER)
    assert the_measured(case).wait is None


def test_a_reply_that_never_reached_the_customer_is_no_answer(settings):
    settings.IS_DEMO = True  # something would carry it, and has not
    agent, _ = a_bank()
    case = let_in_at(CAME, email="elena@example.org")
    assert answered(case, agent, CAME + HOUR).reached_at is None
    audited(LATER)
    assert the_measured(case).wait is None


def test_an_answer_of_which_the_customer_says_within_a_day_that_it_was_none_is_none():
    agent, _ = a_bank()
    case = let_in_at(CAME, need="question")
    answered(case, agent, CAME + HOUR)
    intake.press(case.pk, Contact.Kind.NO_ANSWER, "", CAME + 4 * HOUR, key="a")
    answered(case, agent, CAME + 6 * HOUR)
    audited(LATER)
    assert the_measured(case).wait == 6 * 3600


def test_said_a_week_later_it_was_one_all_the_same():
    agent, _ = a_bank()
    case = let_in_at(CAME, need="question")
    answered(case, agent, CAME + HOUR)
    intake.press(case.pk, Contact.Kind.NO_ANSWER, "", CAME + 7 * DAY, key="a")
    audited(LATER)
    assert the_measured(case).wait == 3600


def test_closed_without_an_answer_is_the_worst_value_and_not_left_out():
    a_bank()
    case = let_in_at(CAME)
    intake.press(case.pk, Contact.Kind.SOLVED, "", CAME + HOUR, key="a")
    audited(LATER)
    row = the_measured(case)
    assert (row.wait, row.left_out) == (None, "")
    assert the_measured(case, Clock.SOLUTION).wait == 3600


def test_a_question_to_the_customer_stops_the_clock_and_is_counted_apart():
    agent, _ = a_bank()
    case = let_in_at(CAME)
    answered(case, agent, CAME + HOUR, Reply.Kind.QUESTION)
    other = let_in_at(CAME)
    answered(other, agent, CAME + HOUR)
    audited(LATER)
    assert (the_measured(case).wait, the_measured(case).was_asked) == (3600, True)
    assert not the_measured(other).was_asked


def test_a_solution_is_the_one_that_held_without_the_time_it_seemed_to():
    agent, _ = a_bank()
    case = let_in_at(CAME)
    answered(case, agent, CAME + 10 * HOUR, Reply.Kind.SOLUTION)
    intake.press(case.pk, Contact.Kind.NOT_SOLVED, "", CAME + 15 * HOUR, key="a")
    answered(case, agent, CAME + 17 * HOUR, Reply.Kind.SOLUTION)
    audited(LATER)
    assert the_measured(case, Clock.SOLUTION).wait == (10 + 2) * 3600


def test_a_case_reopened_and_never_solved_again_is_not_solved():
    agent, _ = a_bank()
    case = let_in_at(CAME)
    answered(case, agent, CAME + 10 * HOUR, Reply.Kind.SOLUTION)
    intake.press(case.pk, Contact.Kind.NOT_SOLVED, "", CAME + 15 * HOUR, key="a")
    audited(LATER)
    assert the_measured(case, Clock.SOLUTION).wait is None


def test_what_happens_after_three_standards_changes_nothing_whenever_the_night_is_run():
    agent, _ = a_bank()
    case = let_in_at(CAME)
    answered(case, agent, CAME + 10 * HOUR, Reply.Kind.SOLUTION)
    intake.press(case.pk, Contact.Kind.NOT_SOLVED, "", CAME + 20 * DAY, key="a")
    audited(LATER)
    assert the_measured(case, Clock.SOLUTION).wait == 10 * 3600


def test_a_need_without_a_standard_for_its_solution_is_left_out_of_that_and_named():
    a_bank()
    case = let_in_at(CAME, need="view")
    audited(LATER)
    assert the_measured(case, Clock.SOLUTION).left_out == Measured.LeftOut.NO_STANDARD
    assert the_measured(case).left_out == ""


def test_the_wait_counts_the_hours_of_the_place_and_the_day_is_the_one_it_shows():
    place = a_place("fresno", always_open=False, zone="America/Los_Angeles")
    keep_hours(place, WorkingTime("America/Los_Angeles", {day: [("09:00", "17:00")] for day in range(5)}))
    agent, _ = a_bank()
    friday = BEGAN.replace(day=3, hour=0, minute=30)  # half past four on Friday afternoon in Fresno
    case = let_in_at(friday, place="fresno")
    answered(case, agent, friday.replace(day=5, hour=18, minute=0))  # ten on Monday morning there
    audited(LATER)
    row = the_measured(case)
    assert row.wait == 90 * 60
    assert row.arrived_on == friday.date() - timedelta(days=1)


def test_the_standard_is_that_of_the_time_when_the_case_came_in():
    _, administrator = a_bank()
    case = let_in_at(CAME)
    set_standard("money", 2 * HOUR, administrator, CAME + 10 * DAY)
    after = let_in_at(CAME + 11 * DAY)
    audited(LATER)
    assert the_measured(case).standard == 4 * 3600
    assert the_measured(after).standard == 2 * 3600


def test_a_need_that_staff_corrected_is_the_one_that_counts():
    agent, _ = a_bank()
    case = let_in_at(CAME, need="question")
    shut_out = Need.objects.get(slug="shut-out")
    correct(case.pk, by=agent, need=shut_out, because="The code never came.", version=None, now=CAME + HOUR)
    audited(LATER)
    assert the_measured(case).need == shut_out
    assert the_measured(case).standard == 2 * 3600


def test_an_open_case_is_looked_at_again_each_night_and_measured_once():
    agent, _ = a_bank()
    case = let_in_at(CAME, need="question")  # eight hours: mature a day and a half after the day's end
    audited(CAME + 16 * HOUR)
    assert not Measured.objects.filter(case=case).exists()
    answered(case, agent, CAME + 20 * HOUR)
    audited(CAME + 2 * DAY)
    row = the_measured(case)
    assert row.wait == 20 * 3600
    audited(CAME + 3 * DAY)
    assert the_measured(case).measured_at == row.measured_at


def test_what_is_heard_of_after_its_time_had_run_is_left_out_and_counted():
    a_bank()
    late = let_in_at(CAME + 20 * DAY, sent_at=CAME)
    audited(LATER)
    assert the_measured(late).left_out == Measured.LeftOut.LATE
    assert the_measured(late, Clock.SOLUTION).left_out == Measured.LeftOut.LATE


def test_spam_is_left_out_until_somebody_finds_that_it_was_none():
    agent, administrator = a_bank()
    case = let_in_at(CAME)
    staff.set_aside_as_spam(case.pk, by=agent, version=None, now=CAME + HOUR)
    staff.is_spam(case.pk, by=administrator, now=CAME + 2 * HOUR)
    other = let_in_at(CAME)
    first = audited(CAME + 20 * DAY)
    assert the_measured(case).left_out == Measured.LeftOut.SPAM
    assert the_measured(other).left_out == ""
    staff.not_spam(case.pk, by=administrator, now=CAME + 21 * DAY)
    audited(CAME + 22 * DAY)
    row = the_measured(case)
    assert (row.left_out, row.wait) == ("", None)
    assert first.through is not None
    assert row.matures_on > first.through, "nothing is added to a day that was judged"


def test_whether_they_left_an_address_and_complained_in_public_before_is_known_where_it_can_be():
    a_bank()
    shouted = let_in_at(CAME, email="elena@example.org", door="mastodon", is_public=True, reach={"followers": 2_000})
    quiet = let_in_at(CAME + DAY, email="elena@example.org")
    other = let_in_at(CAME + DAY, email="sam@example.org")
    nameless = let_in_at(CAME + DAY)
    audited(LATER)
    assert [the_measured(c).was_public_before for c in (shouted, quiet, other, nameless)] == [False, True, False, None]
    assert [the_measured(c).has_address for c in (shouted, nameless)] == [True, False]
    assert the_measured(shouted).reach_band == 13
    assert the_measured(quiet).reach_band is None


def test_a_measured_row_holds_no_words_no_name_and_no_number_of_followers():
    a_bank()
    case = let_in_at(CAME, email="elena@example.org", is_public=True, reach={"followers": 2_134_567})
    audited(LATER)
    said = " ".join(str(value) for value in Measured.objects.filter(case=case).values()[0].values())
    assert "elena" not in said
    assert "charged" not in said
    assert "2134567" not in said


def test_an_erased_case_leaves_what_it_came_to_and_nothing_of_whose_it_was():
    a_bank()
    case = let_in_at(CAME)
    a_contact(case, now=CAME + HOUR)
    audited(LATER)
    pk = the_measured(case).pk
    Measured.objects.filter(pk=pk).update(case=None)
    assert Measured.objects.get(pk=pk).case is None
