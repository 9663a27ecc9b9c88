"""The demo's clock, and what happens when a visitor lets time pass."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from evenhand.care.models import Entry, Outcome, Promise, Raising
from evenhand.web.demo import clock, visit
from evenhand.web.demo.clock import Clock
from evenhand.web.demo.founding import found_the_bank
from evenhand.web.demo.passing import let_pass
from factories import HOUR, MINUTE, NOW


def a_clock(folder: Path) -> Clock:
    return Clock(folder / clock.FILE, real=lambda: NOW)


def test_it_tells_real_time_until_somebody_lets_time_pass(tmp_path: Path) -> None:
    ours = a_clock(tmp_path)
    assert ours.now() == NOW
    ours.let_pass(HOUR)
    ours.let_pass(30 * MINUTE)
    assert ours.now() == NOW + 1.5 * HOUR


def test_another_process_sees_the_time_that_was_let_pass(tmp_path: Path) -> None:
    ours, theirs = a_clock(tmp_path), a_clock(tmp_path)
    assert theirs.now() == NOW
    ours.let_pass(HOUR)
    assert theirs.now() == NOW + HOUR
    ours.let_pass(HOUR)
    assert theirs.now() == NOW + 2 * HOUR


def test_it_goes_on_from_where_it_stood(tmp_path: Path) -> None:
    ours = a_clock(tmp_path)
    ours.stand_at(NOW - 40 * HOUR)
    assert ours.now() == NOW - 40 * HOUR


def test_a_whole_process_tells_its_time_and_real_time_again_after_it(tmp_path: Path) -> None:
    ours = a_clock(tmp_path)
    ours.let_pass(HOUR)
    try:
        clock.tell_time_by(ours)
        assert timezone.now() == NOW + HOUR
    finally:
        clock.tell_real_time()
    assert timezone.now() > NOW + HOUR or timezone.now() < NOW


OPENS = NOW + timedelta(minutes=5)


@pytest.mark.django_db
def test_the_promise_that_a_visitor_finds_ends_two_minutes_later_and_is_nobodys(in_the_demo: None) -> None:
    found_the_bank(NOW - 24 * HOUR, NOW)
    case = visit.let_one_run_out(1, OPENS)
    assert case.line.need.is_danger
    assert case.lease_ends_at is None
    assert case.promises.get().due_at == OPENS + 2 * MINUTE


@pytest.mark.django_db
def test_it_breaks_when_time_passes_and_is_raised_to_a_supervisor_and_promised_anew(
    in_the_demo: None, tmp_path: Path
) -> None:
    found_the_bank(NOW - 24 * HOUR, NOW)
    case = visit.let_one_run_out(1, OPENS)
    before = Entry.objects.latest("seq")
    ours = a_clock(tmp_path)
    ours.stand_at(OPENS)
    assert let_pass(HOUR, ours, tmp_path) == ours.now() == OPENS + HOUR
    first = case.promises.get(kind=Promise.Kind.ANSWER, place_in_row=1)
    assert first.outcome.kind == Outcome.Kind.BROKEN
    assert first.outcome.at == first.due_at == OPENS + 2 * MINUTE
    assert first.outcome.judged_at - first.due_at <= 5 * MINUTE
    assert case.raisings.filter(why=Raising.Why.MISSED).exists()
    assert case.promises.filter(kind=Promise.Kind.ANSWER, is_running=True).count() == 1
    assert Entry.objects.get(pk=before.pk).hash == before.hash


@pytest.mark.django_db
def test_each_time_the_demo_is_opened_somebody_else_waits(in_the_demo: None) -> None:
    found_the_bank(NOW - 24 * HOUR, NOW)
    cases = [visit.let_one_run_out(nth, OPENS + nth * HOUR) for nth in (1, 2, 3)]
    assert len({case.contacts.get().words for case in cases}) == 3
    for nth, case in enumerate(cases, start=1):
        assert case.promises.earliest("made_at").due_at == OPENS + nth * HOUR + 2 * MINUTE
