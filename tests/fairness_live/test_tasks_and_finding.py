"""A gap has a name beside it until it is closed; and the button says what is proven, while it is."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from django.test import Client

from evenhand.care.ledger import writing as ledger
from evenhand.care.models import Entry
from evenhand.care.promises import keeping
from evenhand.doors import findings
from evenhand.doors.models import Finding
from evenhand.fairness.live import kept_words, tasks
from evenhand.fairness.live.contrasts import OUTCOMES
from evenhand.fairness.live.models import Clock, Gap, Result, Series, Task
from evenhand.fairness.live.series import lay_out, set_policy
from evenhand.people.models import Person
from factories import DAY, a_person
from fairness_live.world import BEGAN, a_bank, audited, draw, found

pytestmark = pytest.mark.django_db
FIRST = date(2026, 1, 2)
COMPARED = {each.name: each for each in OUTCOMES}


def _desk(days: int = 40, seed: int = 1, **about: object) -> Person:
    _, by = a_bank()
    draw(np.random.default_rng(seed), first=FIRST, days=days, **about)
    return by


def test_a_gap_opens_one_task_for_one_named_person_and_no_other_the_next_night():
    by = _desk(ratio=0.6)
    audited(BEGAN + 50 * DAY, by)
    task = Task.objects.get(kind="gap", contrast="public", clock=Clock.ANSWER)
    assert task.to == by, "the administrator on duty"
    assert "Public cases are answered" in task.says
    assert "sooner" in task.says
    assert {gap.outcome for gap in Gap.objects.filter(contrast="public")} == {"wait", "in_time"}
    tasks_before = Task.objects.count()
    audited(BEGAN + 51 * DAY, by)
    assert Task.objects.count() == tasks_before
    assert Entry.objects.filter(act="audit task opened").count() == tasks_before


def test_a_task_goes_to_whom_the_policy_names():
    _, by = a_bank()
    nia = a_person("Nia Park", role=Person.Role.SUPERVISOR, on_duty_since=None)
    set_policy(by=by, reason="Nia knows the desk.", now=BEGAN, tasks_to=nia)
    draw(np.random.default_rng(1), first=FIRST, days=40, ratio=0.6)
    audited(BEGAN + 50 * DAY, by)
    assert {task.to for task in Task.objects.all()} == {nia}
    nia.is_active = False
    nia.save()
    policy = tasks.Policy.objects.in_force()
    assert tasks.person_for(policy, BEGAN + 50 * DAY) == by, "who has left is not asked"


def test_whoever_is_on_duty_comes_before_whoever_is_not():
    _, by = a_bank()
    by.go_off_duty(BEGAN + 10 * DAY)
    supervisor = Person.objects.get(role=Person.Role.SUPERVISOR)
    policy = tasks.Policy.objects.in_force()
    assert tasks.person_for(policy, BEGAN + 11 * DAY) == supervisor
    supervisor.go_off_duty(BEGAN + 12 * DAY)
    assert tasks.person_for(policy, BEGAN + 13 * DAY) == by


def test_a_task_is_closed_by_a_person_with_words():
    by = _desk(ratio=0.6)
    audited(BEGAN + 50 * DAY, by)
    task = Task.objects.filter(contrast="public")[0]
    with pytest.raises(tasks.NotClosed, match="Say what was done"):
        tasks.close(task, by=by, words=" ", now=BEGAN + 51 * DAY)
    auditor = a_person("Ann Auditor", role=Person.Role.AUDITOR, on_duty_since=None)
    with pytest.raises(tasks.NotClosed, match="auditor"):
        tasks.close(task, by=auditor, words="Fine.", now=BEGAN + 51 * DAY)
    closed = tasks.close(task, by=by, words="The social team's own queue is gone.", now=BEGAN + 51 * DAY)
    assert (closed.closed_by, closed.is_open) == (by, False)
    again = tasks.close(task, by=by, words="Twice.", now=BEGAN + 52 * DAY)
    assert again.words == "The social team's own queue is gone."
    everywhere = {**keeping.finders(), **kept_words.finders()}
    assert ledger.verify(everywhere) is None
    audited(BEGAN + 53 * DAY, by)
    assert not Task.objects.open().filter(contrast="public", clock=Clock.ANSWER).exists(), "the gap is known"
    Task.objects.filter(pk=task.pk).update(words="Nothing was found.")
    assert ledger.verify(everywhere) is not None, "the ledger knows what was said"


@pytest.mark.parametrize(("private_after", "levelled"), [(0.36, "up"), (0.6, "down")])
def test_a_closed_gap_was_levelled_up_or_down(private_after, levelled):
    """Public waits .36 of a standard and private .6. Then private comes down to .36, or public goes up to .6."""
    by = _desk(ratio=0.6, wait=0.6)
    audited(BEGAN + 50 * DAY, by)
    assert Gap.objects.open().filter(contrast="public", outcome="wait").exists()
    set_policy(by=by, reason="One queue for all.", now=BEGAN + 60 * DAY, rate_margin=0.06)
    second = Series.objects.order_by("-number")[0]
    draw(
        np.random.default_rng(8),
        first=FIRST + timedelta(days=60),
        days=60,
        a_day=160,
        wait=private_after,
        series=second,
    )
    audited(BEGAN + 130 * DAY, by)
    gap = Gap.objects.get(contrast="public", outcome="wait")
    assert gap.until is not None
    assert gap.levelled == levelled
    assert gap.before["group"] < gap.before["reference"]
    assert gap.after["group"] == pytest.approx(gap.after["reference"], rel=0.1)
    assert Entry.objects.filter(act="gap closed").exists()


@pytest.mark.parametrize(
    ("outcome", "before", "after", "levelled"),
    [
        ("in_time", (0.9, 0.7), (0.9, 0.89), "up"),
        ("in_time", (0.9, 0.7), (0.72, 0.71), "down"),
        ("wait", (1.0, 0.5), (0.52, 0.5), "up"),
        ("wait", (1.0, 0.5), (1.0, 0.98), "down"),
        ("wait", (1.0, 0.5), (0.7, 0.7), "up"),
        ("asked", (0.3, 0.1), (0.1, 0.1), "up"),
        ("asked", (0.3, 0.1), (0.3, 0.3), "down"),
    ],
)
def test_up_is_that_those_who_had_it_worse_have_it_better(outcome, before, after, levelled):
    def pair(means):
        return {"group": means[0], "reference": means[1]}

    assert tasks.levelled(pair(before), pair(after), COMPARED[outcome]) == levelled
    swapped = [pair(means[::-1]) for means in (before, after)]
    assert tasks.levelled(*swapped, COMPARED[outcome]) == levelled


def test_four_quiet_weeks_open_a_note_that_says_what_it_would_take():
    _, by = a_bank()
    draw(np.random.default_rng(4), first=FIRST, days=60, a_day=40)
    for day in range(30, 62, 4):
        audited(BEGAN + day * DAY, by)
    results = Result.objects.of("public", "wait", "public")
    assert {each.verdict for each in results} == {"NOT PROVEN"}
    note = Task.objects.get(kind="note", contrast="public")
    assert note.opened_at >= BEGAN + 58 * DAY
    assert "cannot be ruled out" in note.says
    assert "weeks more" in note.says or "wider" in note.says
    tasks.close(note, by=by, words="We wait.", now=BEGAN + 62 * DAY)
    audited(BEGAN + 63 * DAY, by)
    assert Task.objects.filter(kind="note", contrast="public").count() == 1, "said once in a series"


def test_one_unequal_night_is_not_quiet():
    by = _desk(days=60, ratio=0.8, a_day=40)
    for day in range(30, 62, 8):
        audited(BEGAN + day * DAY, by)
    assert found("wait", "public").verdict == "UNEQUAL"
    assert not tasks.is_quiet(found("wait", "public"))
    assert not Task.objects.filter(kind="note", contrast="public", clock=Clock.ANSWER).exists()


def test_the_button_says_that_public_is_never_faster_while_it_is_proven(client: Client):
    assert b'"neverFaster":true' not in client.get("/button.js").content
    by = _desk(days=80, a_day=120)
    audited(BEGAN + 85 * DAY, by)
    finding = Finding.objects.get(key=findings.PUBLIC_NEVER_FASTER)
    assert finding.until is None
    assert finding.result == found("wait", "public").uid
    assert b'"neverFaster":true' in client.get("/button.js").content
    assert Entry.objects.filter(act="finding written down").count() == 1
    audited(BEGAN + 86 * DAY, by)
    assert Finding.objects.count() == 1
    assert Entry.objects.filter(act="finding written down").count() == 1


def test_it_is_said_as_well_where_public_is_proven_slower():
    by = _desk(days=40, ratio=1.6)
    audited(BEGAN + 50 * DAY, by)
    assert found("wait", "public").verdict == "UNEQUAL"
    assert findings.holds(findings.PUBLIC_NEVER_FASTER)


def test_it_is_withdrawn_when_public_turns_out_to_be_faster(client: Client):
    by = _desk(days=80, a_day=120)
    audited(BEGAN + 85 * DAY, by)
    client.get("/button.js")
    second = lay_out(BEGAN + 92 * DAY)[-1]
    draw(np.random.default_rng(5), first=date(2026, 4, 2), days=40, ratio=0.6, a_day=120, series=second)
    audited(BEGAN + 100 * DAY, by)
    assert findings.holds(findings.PUBLIC_NEVER_FASTER), "the new quarter knows nothing yet"
    audited(BEGAN + 125 * DAY, by)
    finding = Finding.objects.get()
    assert finding.until == BEGAN + 125 * DAY
    assert b'"neverFaster":true' not in client.get("/button.js").content
    assert Entry.objects.filter(act="finding withdrawn").count() == 1


def test_what_a_quarter_proved_is_not_said_for_ever():
    by = _desk(days=80, a_day=120)
    audited(BEGAN + 85 * DAY, by)
    audited(BEGAN + 130 * DAY, by)
    assert findings.holds(findings.PUBLIC_NEVER_FASTER)
    audited(BEGAN + 140 * DAY, by)
    assert not findings.holds(findings.PUBLIC_NEVER_FASTER)


def test_the_button_asks_the_database_once_a_minute_at_most(client: Client, django_assert_num_queries):
    client.get("/button.js")
    with django_assert_num_queries(0):
        for _ in range(5):
            client.get("/button.js")
