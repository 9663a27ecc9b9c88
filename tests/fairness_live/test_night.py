"""The nightly audit: what it finds where the truth is known, once a day, from sums that only grow."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

import evenhand
from evenhand.care.cases.catalogue import forget
from evenhand.care.ledger import writing as ledger
from evenhand.care.models import Entry, Need, Reply
from evenhand.care.promises import keeping, staff
from evenhand.doors.models import History
from evenhand.fairness.live import night, reading
from evenhand.fairness.live.contrasts import BY_NAME
from evenhand.fairness.live.models import Clock, Measured, Night, Result, Series, Sums
from evenhand.fairness.live.series import lay_out, set_policy
from evenhand.fairness.live.summing import counted_again, load
from evenhand.fairness.live.words import sentence
from evenhand.people.models import Person
from evenhand.stats.cells import Verdict
from factories import DAY, HOUR
from fairness_live.world import BEGAN, a_bank, answered, audited, draw, found, let_in_at, let_many_in

pytestmark = pytest.mark.django_db
FIRST = date(2026, 1, 2)


@pytest.fixture(scope="module", autouse=True)
def shipped_needs_are_put_back(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A test that commits empties every table when it is over, the needs that ship among them."""
    with django_db_blocker.unblock():
        shipped = list(Need.objects.all())
    yield
    with django_db_blocker.unblock():
        Need.objects.bulk_create(shipped, ignore_conflicts=True)


def _chance(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def _drawn(days: int = 60, seed: int = 1, **about: object) -> Person:
    _, administrator = a_bank()
    draw(_chance(seed), first=FIRST, days=days, **about)
    return administrator


def test_people_who_came_in_by_the_doors_and_were_treated_differently_are_found_out():
    agent, _ = a_bank()
    for day in range(20):
        opens = BEGAN + day * DAY + 9 * HOUR
        for number, case in enumerate(let_many_in(opens, 44)):
            hours = 1.0 + day % 5 / 6 if number % 2 else 5.0
            answered(case, agent, opens + hours * HOUR + number * timedelta(minutes=2), Reply.Kind.SOLUTION)
    audited(BEGAN + 45 * DAY)
    late, wait, solved = (found(outcome, "public") for outcome in ("in_time", "wait", "solved"))
    assert [each.verdict for each in (late, wait, solved)] == [Verdict.UNEQUAL] * 3
    assert -3.8 < wait.same_need["difference"] < -3.5
    assert wait.n == 440
    assert late.same_need["difference"] == pytest.approx(1.0)
    assert "Public cases are answered" in sentence(wait)
    assert "sooner than private cases" in sentence(wait)
    assert ledger.verify(keeping.finders()) is None


def test_where_nobody_is_treated_differently_sameness_is_proven_in_the_end():
    by = _drawn(days=80, a_day=120)
    audited(BEGAN + 85 * DAY, by)
    assert found("in_time", "public").verdict == Verdict.EQUAL
    assert found("wait", "public").verdict == Verdict.EQUAL
    assert "any difference is below" in sentence(found("wait", "public"))
    assert "asked something back before they are answered as often as" in sentence(found("asked", "public"))
    assert "looked at every day since 1 January 2026" in sentence(found("wait", "public"))


def test_a_true_gap_is_found_from_drawn_cases():
    by = _drawn(ratio=0.7)
    audited(BEGAN + 65 * DAY, by)
    result = found("wait", "public")
    assert result.verdict == Verdict.UNEQUAL
    assert 0.65 < result.same_need["ratio"] < 0.75
    assert {driver["need"] for driver in result.figures["drivers"]} == {"shut-out", "money", "question"}


def test_plainly_different_and_the_same_for_the_same_need_are_told_apart():
    """More of the urgent come in public: the plain difference is large, and nobody is treated differently."""
    by = _drawn(days=80, a_day=120)
    audited(BEGAN + 85 * DAY, by)
    result = found("wait", "public")
    assert result.figures["raw"]["high"] < 0
    assert result.verdict == Verdict.EQUAL


def test_before_fourteen_days_have_matured_nothing_is_said_and_what_is_missing_is():
    by = _drawn(days=12, ratio=0.5)
    audited(BEGAN + 20 * DAY, by)
    result = found("wait", "public")
    assert result.verdict == Verdict.TOO_FEW
    assert "of 12 days" in result.figures["too_few"]
    assert "shared evenly" in result.figures["too_few"]
    assert (result.low, result.high) == (None, None)


def test_a_small_difference_over_few_weeks_is_not_proven_and_says_what_it_would_take():
    by = _drawn(days=20, a_day=60)
    audited(BEGAN + 24 * DAY, by)
    result = found("wait", "public")
    assert result.verdict == Verdict.NOT_PROVEN
    assert result.same_need["weeks_more"] > 1
    assert result.not_ruled_out == pytest.approx(max(abs(result.low), abs(result.high)))


def test_figures_are_those_that_the_schema_of_the_audit_names():
    by = _drawn()
    audited(BEGAN + 65 * DAY, by)
    result = found("wait", "public")
    assert set(result.figures) >= {"median", "p90", "rmst", "raw", "same_need"}
    assert set(result.figures["raw"]) == {"difference", "low", "high"}
    assert set(result.figures["same_need"]) >= {
        "difference",
        "ratio",
        "low",
        "high",
        "margin",
        "not_ruled_out",
        "n_effective",
        "cells_without_overlap",
    }
    assert result.code_version == evenhand.__version__
    assert result.margins == {"rate": 0.05, "time": 0.1, "least_hours": 0.25}
    reference = found("wait", "private")
    assert (reference.verdict, reference.is_reference) == ("", True)
    assert reference.figures["all"]["mature"] == 60 * 60


def test_a_night_runs_once_a_local_day_and_not_before_two():
    a_bank()
    let_in_at(BEGAN)
    for _ in range(9):
        night.audit_if_due(BEGAN + DAY + HOUR)
    assert not Night.objects.exists()
    audited(BEGAN + DAY + 3 * HOUR)
    for _ in range(9):
        night.audit_if_due(BEGAN + DAY + 20 * HOUR)
    assert Night.objects.count() == 1
    audited(BEGAN + 2 * DAY + 3 * HOUR)
    assert list(Night.objects.values_list("day", "through")) == [
        (date(2026, 1, 2), date(2026, 1, 1)),
        (date(2026, 1, 3), date(2026, 1, 2)),
    ]


def test_where_there_is_no_case_yet_there_is_no_night():
    a_bank()
    night.audit_if_due(BEGAN + 5 * HOUR)
    assert not Night.objects.exists()


def test_missed_nights_are_caught_up_by_one_and_come_out_as_if_none_was_missed():
    _, by = a_bank()
    draw(_chance(), first=FIRST, days=40, ratio=0.8)
    laid = lay_out(BEGAN + 50 * DAY)
    for day in range(6, 50, 3):
        audited(BEGAN + day * DAY, by)
    step_by_step = _figures()
    kept = {(each.contrast, each.clock): each.inputs_hash for each in Sums.objects.all()}
    Sums.objects.all().delete()
    Series.objects.update(together={}, references={})
    audited(BEGAN + 48 * DAY + HOUR, by)
    assert {(each.contrast, each.clock): each.inputs_hash for each in Sums.objects.all()} == kept
    assert _figures() == step_by_step
    assert len(laid) == 1


def _figures() -> dict[tuple[str, str, str], object]:
    newest = Night.objects.order_by("-pk")[0]
    return {
        (each.contrast, each.outcome, each.group): (each.n, each.verdict, each.low, each.high)
        for each in Result.objects.filter(night=newest)
    }


def test_a_night_reads_no_case_that_it_has_read_before():
    agent, _ = a_bank()
    for number in range(30):
        at = BEGAN + number * DAY + HOUR
        answered(let_in_at(at), agent, at + HOUR, Reply.Kind.SOLUTION)
    audited(BEGAN + 60 * DAY)
    with CaptureQueriesContext(connection) as asked:
        audited(BEGAN + 61 * DAY)
    old = set(Measured.objects.values_list("case_id", flat=True))
    assert old
    read = [q["sql"] for q in asked if "care_reply" in q["sql"] or "care_contact" in q["sql"]]
    assert read == []
    assert all(each.measured == 0 for each in Night.objects.filter(day=(BEGAN + 61 * DAY).date()))


def test_the_sums_are_what_counting_everything_again_gives():
    by = _drawn(days=30)
    for day in (10, 11, 25, 40):
        audited(BEGAN + day * DAY, by)
    series = Series.objects.get()
    assert reading.wrong_sums(series) == []
    contrast = BY_NAME["public"]
    kept, through = load(series, contrast, Clock.ANSWER)
    assert through is not None
    again = counted_again(series, contrast, Clock.ANSWER, through)
    for name, column in kept.columns.items():
        order = [kept.groups.index(group) for group in again.groups]
        assert column[:, order] == pytest.approx(again.columns[name])
    assert kept.waits == again.waits
    assert all(reading.is_as_it_was(each) for each in Result.objects.filter(night=Night.objects.order_by("-pk")[0]))
    assert reading.flaws() == []


def test_a_measured_row_that_somebody_changed_is_found_by_the_hash():
    by = _drawn(days=30)
    audited(BEGAN + 40 * DAY, by)
    result = found("wait", "public")
    row = Measured.objects.filter(is_public=True)[0]
    Measured.objects.filter(pk=row.pk).update(wait=(row.wait or 0) + 1)
    assert not reading.is_as_it_was(result)
    assert reading.wrong_sums(Series.objects.get()) != []
    assert any(each.startswith("series 1, public: what was found of the answer on ") for each in reading.flaws())


def test_a_case_that_joins_late_enters_on_a_day_that_was_not_judged_yet():
    by = _drawn(days=20)
    first = audited(BEGAN + 30 * DAY, by)
    before = {each.pk: each.inputs_hash for each in Result.objects.filter(night=first)}
    agent = Person.objects.get(name="Maya Okafor")
    at = BEGAN + 29 * DAY
    case = let_in_at(at, sent_at=at - 6 * HOUR)  # the button kept it while there was no network
    answered(case, agent, at + HOUR)
    audited(BEGAN + 33 * DAY, by)
    row = Measured.objects.get(case=case, clock=Clock.ANSWER)
    assert row.wait == 7 * 3600
    assert first.through is not None
    assert row.matures_on > first.through
    assert {each.pk: each.inputs_hash for each in Result.objects.filter(night=first)} == before
    assert reading.wrong_sums(Series.objects.get()) == []


def test_the_button_to_audit_now_gives_what_the_night_would():
    by = _drawn(days=30)
    ran = audited(BEGAN + 40 * DAY, by)
    assert (ran.by, ran.is_done) == (by, True)
    again = night.run_now(by=by, now=BEGAN + 40 * DAY + HOUR)
    assert again.pk != ran.pk
    assert Result.objects.filter(night=ran).count() == Result.objects.filter(night=again).count()
    assert Entry.objects.filter(act="audit asked for", by=f"person:{by.pk}").count() == 2
    assert Entry.objects.filter(act="audited").count() == 2


def test_one_that_is_under_way_is_the_one_asked_for_and_another_process_keeps_out():
    by = _drawn(days=5)
    now = BEGAN + 20 * DAY
    asked = night.ask_for_one(by=by, now=now)
    assert night.ask_for_one(by=by, now=now).pk == asked.pk
    Night.objects.filter(pk=asked.pk).update(claimed_until=now + HOUR)
    with pytest.raises(night.IsRunning):
        night.run_now(by=by, now=now)
    Night.objects.filter(pk=asked.pk).update(claimed_until=now - HOUR)  # whoever claimed it never came back
    assert night.run_now(by=by, now=now).is_done


def test_a_step_that_fails_is_tried_again_later_and_not_at_once(monkeypatch):
    by = _drawn(days=5)
    now = BEGAN + 20 * DAY
    night.ask_for_one(by=by, now=now)
    monkeypatch.setattr(night, "_measure", lambda *a: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        night.audit_if_due(now)
    night.audit_if_due(now + timedelta(minutes=1))  # passed over: nothing is raised
    monkeypatch.undo()
    night.audit_if_due(now + timedelta(minutes=11))
    assert Night.objects.get().stage == "solution"


def test_d27_small_groups_are_held_back_also_where_they_would_follow_by_subtraction():
    by = _drawn(days=30)
    rows = list(Measured.objects.filter(is_public=True).values_list("pk", flat=True)[:4])
    Measured.objects.filter(pk__in=rows).update(door="bluesky")
    audited(BEGAN + 40 * DAY, by)
    small, large = found("wait", "bluesky", "door"), found("wait", "mastodon", "door")
    assert (small.n, small.open, small.verdict) == (None, None, Verdict.TOO_FEW)
    assert small.figures.get("median") is None
    assert "fewer than 10 cases" in small.figures["too_few"]
    assert large.n is None, "all public cases less these are the four"
    assert found("wait", "public").n is not None


def test_a_contrast_that_was_switched_off_is_not_audited():
    by = _drawn(days=30)
    set_policy(by=by, reason="Doors alone, for now.", now=BEGAN + 12 * HOUR, contrasts=["door"])
    Measured.objects.update(series=Series.objects.order_by("-number")[0])
    audited(BEGAN + 40 * DAY, by)
    assert set(Result.objects.values_list("contrast", flat=True)) == {"door"}


def test_thirds_of_reach_are_cut_once_for_a_series_and_only_when_enough_is_known():
    by = _drawn(days=30)
    public = list(Measured.objects.filter(is_public=True).order_by("pk").values_list("pk", flat=True))
    assert len(public) > 300
    for i, pk in enumerate(public[:80]):
        Measured.objects.filter(pk=pk).update(reach_band=i % 20)
    audited(BEGAN + 6 * DAY, by)
    assert not Result.objects.filter(contrast="reach").exists()
    for i, pk in enumerate(public):
        Measured.objects.filter(pk=pk).update(reach_band=i % 20)
    audited(BEGAN + 40 * DAY, by)
    cuts = Series.objects.get().reach_cuts
    assert cuts == [6, 13]
    sizes = {each.group: each.n for each in Result.objects.filter(contrast="reach", outcome="wait")}
    assert set(sizes) == {"few", "some", "many"}
    audited(BEGAN + 41 * DAY, by)
    assert Series.objects.get().reach_cuts == cuts


def test_d27_cells_to_download_give_no_small_cell_away():
    by = _drawn(days=30)
    rows = Measured.objects.filter(is_public=True, need__slug="money").order_by("pk")
    few = list(rows.values_list("pk", flat=True))[:-4]
    Measured.objects.filter(pk__in=few).update(need=Need.objects.get(slug="question"))
    audited(BEGAN + 40 * DAY, by)
    series = Series.objects.get()
    cells = {(each["group"], each["need"]): each["n"] for each in reading.cells(series, "public")}
    assert ("public", "money") not in cells
    whole = found("wait", "public").n
    assert whole is not None
    left = whole - sum(n for (group, _), n in cells.items() if group == "public")
    assert left >= 10


def test_what_is_not_mature_yet_is_told_as_provisional_and_changes_no_verdict():
    by = _drawn(days=30, ratio=0.5)
    audited(BEGAN + 20 * DAY, by)
    result = found("wait", "public")
    provisional = result.figures["provisional"]
    assert provisional["high"] < 0
    assert provisional["mean"] == pytest.approx(provisional["reference"] / 2, rel=0.2)
    reference = found("wait", "private")
    assert reference.figures["all"]["not_yet"] == 13 * 60
    assert reference.figures["all"]["mature"] == 17 * 60


def test_cases_that_no_verdict_rests_on_are_counted_by_reason():
    agent, by = a_bank()
    at = BEGAN + 20 * DAY
    let_in_at(at, sent_at=BEGAN)
    let_in_at(at, need="view")
    case = let_in_at(at)
    staff.set_aside_as_spam(case.pk, by=agent, version=None, now=at + HOUR)
    History.objects.create(external_id="1", account="old", door="file", words="Old.", sent_at=BEGAN, closed_at=BEGAN)
    audited(at + 40 * DAY, by)
    assert reading.left_out(Series.objects.get()) == {
        "answer: heard of only after its time had run": 1,
        "answer: set aside as spam": 1,
        "solution: heard of only after its time had run": 1,
        "solution: a need without such a standard": 1,
        "solution: set aside as spam": 1,
        "history: closed before it came here": 1,
    }


def test_every_night_is_in_the_ledger_with_what_it_found():
    by = _drawn()
    audited(BEGAN + 65 * DAY, by)
    entry = Entry.objects.get(act="audited")
    assert '"UNEQUAL":' in entry.body
    assert ledger.verify(keeping.finders()) is None


def test_history_and_curves_are_there_for_pages_to_draw():
    by = _drawn(ratio=0.7)
    audited(BEGAN + 65 * DAY, by)
    series = Series.objects.get()
    history = reading.history(series, "public", "wait", "public")
    assert history is not None
    assert len(history.days) == 60
    assert history.low[0] is None
    widths = [high - low for low, high in zip(history.low, history.high, strict=True) if low is not None]
    assert widths[-1] < 0.6 * widths[0]
    assert history.low[-1] == pytest.approx(found("wait", "public").low)
    curves = {curve.group: curve for curve in reading.curves(series, "public", Clock.ANSWER)}
    assert set(curves) == {"public", "private"}
    assert curves["public"].share[0] == 1.0
    contrast = reading.as_contrast(
        [each for each in reading.results_of(series) if each.contrast == "public"], BY_NAME["public"]
    )
    assert [finding.outcome for finding in contrast.outcomes] == ["in_time", "wait"]
    assert sum(row["n"] for row in reading.cells(series, "public")) == 60 * 60
    forget()


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="SQLite has one writer; PostgreSQL has many")
def test_of_many_processes_one_at_a_time_works_at_the_one_night():
    agent, _ = a_bank()
    for number in range(20):
        at = BEGAN + number * HOUR
        answered(let_in_at(at), agent, at + HOUR, Reply.Kind.SOLUTION)
    now, errors = BEGAN + 40 * DAY + 3 * HOUR, list[BaseException]()

    def work() -> None:
        try:
            for _ in range(12):
                night.audit_if_due(now)
        except BaseException as error:  # noqa: BLE001 - told by the test below
            errors.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert errors == []
    assert Night.objects.get().is_done
    assert Measured.objects.count() == 40
    assert ledger.verify(keeping.finders()) is None
