"""What happens by itself, and when the clock or a machine misbehaves."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from evenhand.care.clock.working import WorkingTime
from evenhand.care.ledger import writing as ledger
from evenhand.care.models import Need, Outcome, Promise, Raising
from evenhand.care.promises import keeping, watching
from evenhand.care.promises.models import Outlook
from evenhand.desk import queue
from evenhand.doors.models import Message
from evenhand.web import loops
from evenhand.web.loops import Loop, all_loops
from evenhand.web.models import Beat
from factories import DAY, HOUR, MINUTE, NOW, a_case, a_desk, a_place, keep_hours
from running.house import House, wait_until


@pytest.fixture(scope="module", autouse=True)
def shipped_needs_are_put_back(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A test that commits empties every table when it is over, the needs that ship among them."""
    with django_db_blocker.unblock():
        shipped = list(Need.objects.all())
    yield
    with django_db_blocker.unblock():
        Need.objects.bulk_create(shipped, ignore_conflicts=True)


class Clock:
    """The time of day, which may be set, and one that is never set."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at, self.steady = at, 0.0

    def now(self) -> datetime:
        return self.at

    def passes(self, span: timedelta) -> None:
        self.at += span
        self.steady += span.total_seconds()

    def is_set(self, at: datetime) -> None:
        self.at = at
        self.steady += 1.0


def run_all(running: list[Loop], clock: Clock) -> None:
    while [loop for loop in running if loop.run(clock.now, lambda: clock.steady)]:
        pass


@pytest.mark.django_db
def test_every_promise_that_fell_due_while_we_were_down_is_judged_at_the_start(tmp_path: Path):
    a_desk()
    cases = [a_case(f"Charged twice, {n}.", email=f"e{n}@example.org") for n in range(12)]
    clock = Clock(NOW + 9 * HOUR)
    run_all(all_loops(tmp_path), clock)
    firsts = Promise.objects.filter(case__in=cases, place_in_row=1)
    assert {promise.outcome.kind for promise in firsts} == {Outcome.Kind.BROKEN}
    assert all(promise.outcome.at == promise.due_at and promise.outcome.judged_at == clock.at for promise in firsts)
    assert Raising.objects.filter(case__in=cases).count() == len(cases)
    assert Message.objects.filter(kind=Message.Kind.MISSED).count() == len(cases)


@pytest.mark.django_db
def test_a_promise_is_judged_within_five_minutes_of_falling_due(tmp_path: Path):
    a_desk()
    promise = Promise.objects.get(case=a_case())
    clock, running = Clock(), all_loops(tmp_path)
    while clock.at < promise.due_at + 10 * MINUTE:
        clock.passes(4 * MINUTE)
        run_all(running, clock)
    outcome = Outcome.objects.get(promise=promise)
    assert outcome.judged_at - promise.due_at <= 5 * MINUTE


@pytest.mark.django_db
def test_what_was_done_and_the_message_that_tells_of_it_are_kept_together(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    a_desk()
    promise = Promise.objects.get(case=a_case(email="elena@example.org"))
    clock, running = Clock(NOW + DAY), all_loops(tmp_path)
    with monkeypatch.context() as broken:
        broken.setattr("evenhand.doors.outbox.tell", lambda *_: 1 / 0)
        run_all(running, clock)
    assert not Outcome.objects.filter(promise=promise).exists()
    clock.passes(MINUTE)
    run_all(running, clock)
    assert Message.objects.filter(case=promise.case, kind=Message.Kind.MISSED).count() == 1


@pytest.mark.django_db
def test_one_loop_that_fails_stops_no_other_and_is_named(caplog: pytest.LogCaptureFixture):
    said: list[str] = []

    def fails(now: datetime) -> bool:
        raise ValueError("Elena's words")

    running = [Loop("carry messages", fails), Loop("look ahead", lambda now: bool(said.append("looked")))]
    with caplog.at_level(logging.ERROR):
        run_all(running, Clock())
    assert said == ["looked"]
    assert "The loop 'carry messages' failed: ValueError" in caplog.text
    assert "Elena" not in caplog.text
    loops.beat(NOW, running)
    assert Beat.objects.get().failing == "carry messages"


@pytest.mark.django_db
def test_no_loop_starves_the_others():
    turns: list[str] = []
    busy = Loop("busy", lambda now: not turns.append("busy"))
    other = Loop("other", lambda now: bool(turns.append("other")))
    for loop in (busy, other):
        loop.run(lambda: NOW, lambda: 0.0)
    assert turns.count("busy") == loops.AT_MOST_AT_A_TIME
    assert turns.count("other") == 1


@pytest.mark.django_db
def test_no_promise_waits_for_an_audit_that_takes_long():
    """The long step ends only when the short loop has had its turn, which beside it it must have."""
    stop, began, had_a_turn = threading.Event(), threading.Event(), threading.Event()
    waited: list[bool] = []

    def takes_long(now: datetime) -> bool:
        began.set()
        waited.append(had_a_turn.wait(30))
        stop.set()
        return False

    def is_quick(now: datetime) -> bool:
        if began.is_set():
            had_a_turn.set()
        return False

    loops.work(stop, [Loop("long", takes_long, is_long=True), Loop("quick", is_quick, rest=0.0)])
    assert waited == [True]


@pytest.mark.django_db
def test_only_one_of_many_machines_forecasts_in_a_minute():
    a_desk()
    a_case()
    loops.look_ahead(NOW)
    loops.look_ahead(NOW + timedelta(seconds=30))
    assert set(Outlook.objects.values_list("made_at", flat=True)) == {NOW}
    loops.look_ahead(NOW + timedelta(seconds=61))
    assert set(Outlook.objects.values_list("made_at", flat=True)) == {NOW + timedelta(seconds=61)}


@pytest.mark.django_db
@pytest.mark.parametrize("back", [2 * HOUR, 3 * DAY])
def test_d52_a_clock_that_goes_back_breaks_nothing_twice_and_keeps_the_trail_in_order(back: timedelta, tmp_path: Path):
    agent, _ = a_desk()
    case = a_case(email="elena@example.org")
    clock, running = Clock(NOW + 5 * HOUR), all_loops(tmp_path)
    run_all(running, clock)
    broken = Outcome.objects.filter(kind=Outcome.Kind.BROKEN).count()
    clock.is_set(clock.at - back)
    run_all(running, clock)
    lease = queue.take_next(agent, clock.at)
    assert lease is not None
    assert Outcome.objects.filter(kind=Outcome.Kind.BROKEN).count() == broken
    clock.is_set(clock.at + back)
    run_all(running, clock)
    assert not any(loop.is_failing for loop in running)
    assert ledger.verify(keeping.finders()) is None
    kinds = list(Promise.objects.filter(case=case, is_running=True).values_list("kind", flat=True))
    assert len(kinds) == len(set(kinds)) > 0


@pytest.mark.django_db
def test_d52_a_forecast_from_the_future_is_made_anew():
    a_desk()
    a_case()
    loops.look_ahead(NOW + 2 * HOUR)
    loops.look_ahead(NOW)
    assert set(Outlook.objects.values_list("made_at", flat=True)) == {NOW}


WEEK = {day: [("09:00", "17:00")] for day in range(5)}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("zone", "gap"),
    [
        # The hour that the clock skips, in UTC, in spring 2026 (Lord Howe's is half an hour).
        ("America/Los_Angeles", datetime(2026, 3, 8, 10, 0, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        ("America/Santiago", datetime(2026, 9, 6, 4, 0, tzinfo=UTC)),
        ("Australia/Lord_Howe", datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),
    ],
)
@pytest.mark.parametrize("need", ["money", "danger", "question", "view"])
def test_d52_over_a_skipped_hour_each_promise_has_its_whole_standard_in_true_time(need: str, zone: str, gap: datetime):
    place = a_place("there", always_open=False, zone=zone)
    hours = WorkingTime(zone, WEEK)
    keep_hours(place, hours, since=gap - 365 * DAY)
    a_desk(place)
    for before in (3 * DAY, 2 * DAY, 6 * HOUR, 20 * MINUTE, timedelta(0)):
        now = gap - before
        case = a_case(f"Something, {before}.", now, place="there", need=need)
        Promise.objects.filter(case=case).delete()
        keeping.back_in_line(case, now, now)
        promise = Promise.objects.get(case=case)
        assert promise.due_at > now
        assert promise.due_at >= promise.standard_due_at
        assert promise.made_at < promise.renew_at <= promise.due_at
        if promise.is_in_working_time:
            assert hours.between(now, promise.due_at) >= min(promise.standard, 4 * HOUR)
        else:
            assert promise.due_at - now >= promise.standard


@pytest.mark.django_db
@pytest.mark.parametrize("now", [datetime(2028, 2, 29, 9, 0, tzinfo=UTC), datetime(2028, 2, 28, 23, 30, tzinfo=UTC)])
def test_d52_a_promise_is_kept_in_mind_over_the_29th_of_february(now: datetime, tmp_path: Path):
    place = a_place("there", always_open=False, zone="Europe/Berlin")
    keep_hours(place, WorkingTime("Europe/Berlin", WEEK), since=now - 365 * DAY)
    a_desk(place)
    promise = Promise.objects.get(case=a_case("Charged twice.", now, place="there", need="money"))
    assert promise.due_at > now
    run_all(all_loops(tmp_path), Clock(promise.due_at + MINUTE))
    assert Outcome.objects.get(promise=promise).kind == Outcome.Kind.BROKEN


@pytest.mark.django_db
def test_d52_where_nobody_works_on_a_day_the_promise_waits_for_the_next_that_is_worked(tmp_path: Path):
    place = a_place("there", always_open=False, zone="UTC")
    keep_hours(place, WorkingTime("UTC", {0: [("09:00", "17:00")], 1: []}), since=NOW - 365 * DAY)
    a_desk(place)
    now = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)  # a Tuesday: nobody works until Monday
    case = a_case("Charged twice.", now, place="there")
    promise = Promise.objects.get(case=case)
    assert promise.due_at.weekday() == 0
    assert promise.due_at.date() >= datetime(2026, 3, 9, tzinfo=UTC).date()


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="SQLite has one writer; PostgreSQL has many")
def test_many_workers_judge_each_promise_once(tmp_path: Path):
    a_desk()
    for number in range(20):
        a_case(f"Charged twice, {number}.", email=f"e{number}@example.org")
    late = NOW + DAY

    def work() -> None:
        try:
            while watching.break_one_overdue(late) is not None:
                pass
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    firsts = Promise.objects.filter(place_in_row=1, kind=Promise.Kind.ANSWER)
    assert {promise.outcome.kind for promise in firsts} == {Outcome.Kind.BROKEN}
    assert Raising.objects.count() == 20
    assert ledger.verify(keeping.finders()) is None


def test_work_alone_judges_what_fell_due_while_it_was_down(house: House):
    assert house.run("migrate").returncode == 0
    house.script(
        "from django.utils import timezone\n"
        "past = timezone.now() - 3 * DAY\n"
        "place = a_place(); keep_hours(place, ALWAYS, since=past - DAY)\n"
        "a_desk(place); a_case('Charged twice.', past)\n"
    )
    assert house.query("SELECT count(*) FROM care_outcome") == [(0,)]
    unhealthy = house.run("doctor")
    assert unhealthy.returncode == 1
    assert "WRONG  promises: 1 fell due more than 5 minutes ago" in unhealthy.stdout
    house.start("work")
    wait_until(
        lambda: house.query("SELECT count(*) FROM care_outcome WHERE kind = 'broken'")[0][0] != 0, "it is judged"
    )
    wait_until(lambda: bool(house.query("SELECT 1 FROM web_beat")), "the loops show a sign of life")
