"""Does shouting pay? Asked of rows that came in by the doors and were answered at the desk."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from evenhand.care.clock.working import WorkingTime
from evenhand.care.models import Contact, Need, Reply
from evenhand.care.promises import staff
from evenhand.care.triage.correcting import correct
from evenhand.doors.intake import let_in, press
from evenhand.fairness.live.series import quarter_of
from evenhand.fairness.practice.reading import NEVER, local_days, waits, worked
from evenhand.fairness.practice.squeaky import match, wheel
from evenhand.stats.cells import Verdict
from evenhand.stats.log_rank import risk_sets_by_then
from factories import DAY, HOUR, MINUTE, a_case, a_desk, a_knock, an_agent
from fairness_practice.played import a_crowd, answer, play, post

START = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)


@pytest.mark.django_db
def test_a_desk_that_does_not_look_gains_nobody_anything_by_going_public():
    agent, _ = a_desk()
    play(a_crowd(START, days=6, a_day=50, seed=1, pays=False), agent)
    found = wheel(START, START + 6 * DAY, START + 8 * DAY)
    assert found.cases == 300
    assert found.turned > 60
    assert found.matched.low < 1 < found.matched.high
    assert found.verdict in {Verdict.NOT_PROVEN, Verdict.EQUAL}
    assert not found.series.alarm.is_raised
    # The wrong figure says that going public makes one wait: only who waits long can go public.
    assert found.wrong is not None
    assert found.wrong < 0.7
    assert "ever went public" in found.why_wrong


@pytest.mark.django_db
def test_a_desk_that_answers_posts_first_is_found_out_and_the_alarm_is_raised():
    agent, _ = a_desk()
    play(a_crowd(START, days=4, a_day=40, seed=2, pays=True), agent)
    found = wheel(START, START + 4 * DAY, START + 6 * DAY)
    assert found.verdict is Verdict.UNEQUAL
    assert found.matched.low > 1.5
    assert found.series.alarm.is_raised
    assert "sooner once it is public" in found.words
    assert found.by_need[0].need == "Money"
    # The wrong figure misses most of it.
    assert found.wrong is not None
    assert found.wrong < found.matched.low


@pytest.mark.django_db
def test_a_correction_made_because_of_a_post_does_not_hide_what_the_post_bought():
    agent, _ = a_desk()
    quiet, loud = (a_case(need="question", now=START) for _ in range(2))
    post(loud, START + HOUR)
    need = Need.objects.get(slug="money")
    correct(loud.pk, by=agent, need=need, because="It is all over the town.", version=None, now=START + HOUR)
    answer(loud, agent, START + 2 * HOUR)
    answer(quiet, agent, START + 6 * HOUR)
    found = wheel(START, START + DAY, START + 2 * DAY)
    assert [one.need for one in found.by_need] == ["Question"]
    assert (found.matched.observed[1], found.matched.expected[1]) == (1, 0.5)  # side by side, the loud one came first
    assert found.verdict is Verdict.TOO_FEW


@pytest.mark.django_db
def test_a_case_is_public_from_when_we_could_know_it():
    a_desk()
    case = a_case(now=START)
    let_in(a_knock("Hello?", door="mastodon", is_public=True, joins=case.pk, sent_at=START + HOUR), START + 3 * HOUR)
    began = a_case(now=START, is_public=True, door="mastodon")
    rows = waits(START, START + DAY, START + DAY)
    by_case = dict(zip(rows.case.tolist(), range(2), strict=True))
    assert rows.public[by_case[case.pk]] == int((START + 3 * HOUR).timestamp())
    assert rows.public[by_case[began.pk]] == int(START.timestamp())
    assert rows.began_public.tolist() == [number == by_case[began.pk] for number in range(2)]


@pytest.mark.django_db
def test_who_says_themselves_that_it_is_solved_waits_no_longer_and_spam_waits_until_two_have_looked():
    agent, supervisor = a_desk()
    solved, spam, agreed, waiting = (a_case(now=START) for _ in range(4))
    press(solved.pk, Contact.Kind.SOLVED, "", START + HOUR, key="1")
    for case in (spam, agreed):
        staff.set_aside_as_spam(case.pk, by=agent, version=None, now=START + HOUR)
    staff.is_spam(agreed.pk, by=supervisor, now=START + 2 * HOUR)
    rows = waits(START, START + DAY, START + DAY)
    assert set(rows.case.tolist()) == {solved.pk, spam.pk, waiting.pk}
    assert rows.left_out == {"spam, by two people's word": 1}
    gone = dict(zip(rows.case.tolist(), rows.gone.tolist(), strict=True))
    assert gone == {solved.pk: int((START + HOUR).timestamp()), spam.pk: NEVER, waiting.pk: NEVER}


@pytest.mark.django_db
def test_a_solution_that_has_not_arrived_leaves_its_customer_waiting():
    agent, _ = a_desk()
    case = a_case(now=START, email="elena@example.org")
    staff.reply(
        case.pk, by=agent, words="Put right.", kind=Reply.Kind.SOLUTION, version=None, now=START + HOUR
    )  # on its way
    rows = waits(START, START + DAY, START + DAY)
    assert (rows.answered.tolist(), rows.gone.tolist()) == ([NEVER], [NEVER])


@pytest.mark.django_db
def test_what_its_customer_calls_no_answer_is_none_and_they_wait_on():
    agent, _ = a_desk()
    case = a_case(now=START)
    answer(case, agent, START + HOUR)
    assert waits(START, START + DAY, START + DAY).answered.tolist() == [int((START + HOUR).timestamp())]
    press(case.pk, Contact.Kind.NO_ANSWER, "", START + 2 * HOUR, key="1")
    assert waits(START, START + DAY, START + DAY).answered.tolist() == [NEVER]
    answer(case, agent, START + 5 * HOUR)
    assert waits(START, START + DAY, START + DAY).answered.tolist() == [int((START + 5 * HOUR).timestamp())]


@pytest.mark.django_db
def test_what_was_heard_of_days_later_is_left_out_and_counted():
    a_desk()
    a_case(now=START + 3 * DAY, sent_at=START)
    a_case(now=START)
    found = wheel(START, START + DAY, START + 4 * DAY)
    assert (found.cases, found.left_out) == (1, {"heard of more than a day after it was sent": 1})


@pytest.mark.django_db
def test_nothing_to_compare_is_said_and_not_taken_for_equality():
    a_desk()
    assert wheel(START, START + DAY, START + DAY).verdict is Verdict.TOO_FEW
    a_case(now=START)
    found = wheel(START, START + DAY, START + DAY)
    assert (found.verdict, found.wrong) == (Verdict.TOO_FEW, None)
    assert not found.series.alarm.is_raised


def test_the_interval_of_the_ratio_holds_a_true_one_as_often_as_it_says():
    rng, truth, inside, ratios = np.random.default_rng(7), 1.5, 0, []
    runs = 300
    for _ in range(runs):
        n = 400
        stratum = rng.integers(0, 20, n)
        private = rng.exponential(3 * (1 + stratum / 10), n)
        turned = np.where(rng.random(n) < 0.6, rng.exponential(2, n), np.nan)
        # From the moment it turns, what is left of the wait passes `truth` times as fast.
        time = np.where(turned < private, turned + (private - turned) / truth, private)
        one = match(risk_sets_by_then(time, np.ones(n, bool), turned, stratum))
        inside += one.low <= truth <= one.high
        ratios.append(one.ratio)
    assert 0.92 <= inside / runs <= 0.98
    assert abs(np.exp(np.mean(np.log(ratios))) / truth - 1) < 0.02


def test_working_seconds_of_many_are_those_of_each():
    clock = WorkingTime("Europe/Berlin", {day: [("08:30", "12:00"), ("13:00", "17:15")] for day in range(5)})
    rng = np.random.default_rng(3)
    start = rng.integers(1_771_000_000, 1_776_000_000, 500)
    end = start + rng.integers(0, 600_000, 500)
    each = [
        int(clock.between(datetime.fromtimestamp(a, UTC), datetime.fromtimestamp(b, UTC)).total_seconds())
        for a, b in zip(start.tolist(), end.tolist(), strict=True)
    ]
    assert worked(clock, start, end).tolist() == each


def test_a_day_is_the_place_s_own_also_when_the_clocks_change():
    before, after = datetime(2026, 3, 28, 22, 59, tzinfo=UTC), datetime(2026, 3, 28, 23, 1, tzinfo=UTC)
    at = np.array([int(before.timestamp()), int(after.timestamp())])
    day, ends = local_days(at, "Europe/Berlin")
    assert (day[1] - day[0]).item() == 1
    assert (ends[1] - ends[0]).item() == 23 * 3600  # the clocks go forward in the night to the 29th
    assert datetime.fromtimestamp(ends[0].item(), UTC) == datetime(2026, 3, 28, 23, 0, tzinfo=UTC)


@pytest.mark.parametrize(("now", "since"), [((2026, 3, 31), (2026, 1, 1)), ((2026, 12, 1), (2026, 10, 1))])
def test_a_series_begins_with_its_quarter_and_does_not_slide(now, since):
    assert quarter_of(datetime(*now, 23, 59, tzinfo=UTC), ZoneInfo("UTC")) == datetime(*since, tzinfo=UTC)


@pytest.mark.django_db
def test_a_series_since_a_change_of_policy_counts_no_case_from_before():
    agent = an_agent()
    early, late = a_case(now=START), a_case(now=START + DAY)
    for case in (early, late):
        answer(case, agent, case.opened_at + 5 * MINUTE)
    found = wheel(START, START + 2 * DAY, START + 3 * DAY, series_since=START + 12 * HOUR)
    assert (found.cases, found.series.cases) == (2, 1)
    assert wheel(START, START + 2 * DAY, START + 3 * DAY).series.cases == 2
