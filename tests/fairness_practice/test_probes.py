"""The same words in private and in public, on a copy of the line: the same place, the same promise, and no trace."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from unittest import mock

import pytest
from django.apps import apps
from django.db import connection

from evenhand.care.cases.catalogue import catalogue
from evenhand.care.models import Case, Need, Promise
from evenhand.care.promises import outlook
from evenhand.care.triage import admit
from evenhand.doors import intake, outbox
from evenhand.doors.models import Message
from evenhand.fairness.models import Probe, ProbeRun, Round, Task
from evenhand.fairness.practice import nights, probes
from evenhand.fairness.practice.probe_words import FIXED, made_up, marked
from evenhand.fairness.practice.probes import SENT_BEFORE, probe, run_probes, sayings
from factories import DAY, HOUR, MINUTE, NOW, a_case, a_desk, a_place
from running.house import House


def everything() -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, and the numbers given out so far."""
    with connection.cursor() as cursor:
        rows = {}
        tables = [model._meta.db_table for model in apps.get_models(include_auto_created=True)]
        if connection.vendor == "sqlite":
            tables.append("sqlite_sequence")
        for table in tables:
            cursor.execute(f'SELECT * FROM "{table}"')
            rows[table] = sorted(cursor.fetchall(), key=repr)
    return rows


@pytest.mark.django_db
@pytest.mark.parametrize("kind", Probe.Kind.values)
def test_a_probe_leaves_no_row_behind(kind):
    a_desk()
    a_case("The refund is not there.", NOW - HOUR)
    before = everything()
    private, public = probe(Probe.Kind(kind), "oakland", "I was charged twice for the same transfer.", NOW)
    assert everything() == before
    assert private == public
    assert private.place_in_line == 1


@pytest.mark.django_db
def test_every_pair_of_a_run_gets_the_same_need_place_and_promise_and_the_run_is_kept():
    a_desk()
    a_desk(a_place("fremont"))
    for n in range(4):
        a_case(f"Charged twice, {n}.", NOW - HOUR + n * 10 * MINUTE)
    outlook.look_ahead(NOW)
    before, waiting = Case.objects.count(), Message.objects.count()
    found = run_probes(NOW, seed=5, rest=lambda: None)
    assert found.is_equal, found.words
    assert found.pairs == 3 * (sum(map(len, FIXED.values())) + probes.MADE_UP)
    assert (Case.objects.count(), Message.objects.count()) == (before, waiting)
    assert (found.run.pairs, found.run.unequal) == (found.pairs, 0)
    assert not found.run.probes.filter(is_same=False).exists()
    assert set(found.run.probes.values_list("place", flat=True)) == {"oakland", "fremont"}
    assert "same place and promise" in found.words


@pytest.mark.django_db
def test_what_a_probe_gets_is_what_somebody_gets_who_says_the_same():
    a_desk()
    words = "One digit of the number on my new document is wrong."
    a_case("The app shows my old address.", NOW - HOUR, need="wrong")
    private, _ = probe(Probe.Kind.OPENED, "oakland", words, NOW)
    case = a_case(words, NOW, sent_at=NOW - SENT_BEFORE)
    promise = Promise.objects.get(case=case)
    assert private.need == case.line.need.slug == "wrong"
    assert private.promised == promise.due_at.isoformat()
    assert private.waits_since == (NOW - SENT_BEFORE).isoformat()
    assert private.place_in_line == 1


@pytest.mark.django_db
def test_a_triage_that_hears_the_door_is_found_out(monkeypatch):
    """The fault is put into the admission that everybody passes: the probes run that code and no other."""
    a_desk()
    truly = admit.read_all

    def hears(contacts, **times):
        read = truly(contacts, **times)
        loud = ["everywhere" in words for words, _, _ in contacts]
        return [replace(one, need="danger") if is_loud else one for one, is_loud in zip(read, loud, strict=True)]

    monkeypatch.setattr(admit, "read_all", hears)
    found = run_probes(NOW, seed=5, made_up_words=0, rest=lambda: None)
    assert not found.is_equal
    assert {pair.kind for pair in found.unequal} == {Probe.Kind.MARKED}
    assert "need" in found.unequal[0].differs_in
    assert "did not get the same in public" in found.words
    assert Probe.objects.filter(is_same=False).count() == len(found.unequal) == found.run.unequal
    task = Task.objects.get()
    assert (task.kind, task.result, task.says) == (Task.Kind.PAIR, None, found.words)
    run_probes(NOW, seed=5, made_up_words=0, rest=lambda: None)
    assert Task.objects.count() == 1, "it is known already"


@pytest.mark.django_db
def test_a_door_that_moves_who_goes_public_while_waiting_is_found_out(monkeypatch):
    a_desk()
    truly = intake._join

    def favours(knock, words, now):
        told = truly(knock, words, now)
        if knock.is_public:
            Case.objects.filter(pk=knock.joins).update(first_unanswered_at=now - 5 * HOUR)
        return told

    monkeypatch.setattr(intake, "_join", favours)
    found = run_probes(NOW, seed=5, made_up_words=2, rest=lambda: None)
    assert {pair.kind for pair in found.unequal} == {Probe.Kind.JOINED}
    assert all("waits_since" in pair.differs_in for pair in found.unequal)


@pytest.mark.django_db
def test_nothing_is_sent_while_a_probe_runs():
    a_desk()
    with mock.patch.object(outbox, "carrier_for", side_effect=AssertionError("a letter was made")):
        run_probes(NOW, seed=1, made_up_words=3, rest=lambda: None)


@pytest.mark.django_db
def test_a_pause_lies_after_every_pair_so_that_others_may_write():
    a_desk()
    paused: list[bool] = []
    found = run_probes(NOW, seed=1, made_up_words=1, rest=lambda: paused.append(connection.savepoint_ids == []))
    assert len(paused) == found.pairs
    assert all(paused)


@pytest.mark.django_db
def test_where_nobody_works_nothing_is_claimed():
    a_place()
    found = run_probes(NOW, seed=1, rest=lambda: None)
    assert (found.pairs, found.is_equal) == (0, False)
    assert ProbeRun.objects.get().pairs == 0


@pytest.mark.django_db
def test_there_are_fixed_words_for_every_need():
    kinds = {slug.partition("-")[0] if slug.startswith("deadline-") else slug for slug in catalogue().needs}
    assert kinds == set(FIXED)
    assert Need.objects.count() == len(catalogue().needs)


@pytest.mark.django_db
def test_in_time_every_word_is_probed_at_every_place():
    for slug in ("oakland", "fremont", "hayward"):
        a_place(slug)
    met = {(place, words) for n in range(3) for _, place, words, is_fixed in sayings(1, 4, NOW + n * DAY) if is_fixed}
    assert len(met) == 3 * sum(map(len, FIXED.values()))
    assert len(list(sayings(1, 4, NOW))) == 3 * (sum(map(len, FIXED.values())) + 4)


@pytest.mark.django_db
def test_the_line_is_probed_once_a_night_and_a_month_is_drawn_when_it_is_over(monkeypatch):
    monkeypatch.setattr(probes, "REST", 0.0)
    a_desk()
    a_case(now=NOW)
    for at in (NOW, NOW + 8 * HOUR):
        nights.probe_if_due(at)
    assert not ProbeRun.objects.exists()  # the first day is not a night yet
    for at in (NOW + 17 * HOUR, NOW + 20 * HOUR, NOW + 42 * HOUR):
        nights.probe_if_due(at)
    assert list(ProbeRun.objects.values_list("at", flat=True)) == [NOW + 17 * HOUR, NOW + 42 * HOUR]
    nights.draw_if_due(NOW + DAY)
    assert not Round.objects.exists()  # nobody wrote in February
    for at in (NOW + 30 * DAY, NOW + 31 * DAY):
        nights.draw_if_due(at)
    assert Round.objects.get().drawn_from == 1


def test_words_made_up_are_the_same_for_the_same_seed_and_others_for_another():
    assert made_up(5, 1) == made_up(5, 1) != made_up(5, 2)
    assert {"@", "#"} <= set(marked("Hello."))


def test_a_probe_on_a_running_installation_leaves_its_database_as_it_was(tmp_path):
    """With true transactions, on a file: what is rolled back here was really begun."""
    house = House(tmp_path / "data")
    try:
        assert house.run("migrate").returncode == 0
        house.script("a_desk(); [a_case(f'Charged twice, {n}.') for n in range(3)]")
        before = _dump(house)
        said = house.script(
            "from evenhand.fairness.practice.probes import probe, sayings\n"
            "pairs = [probe(kind, place, words, NOW) for kind, place, words, _ in sayings(1, 4, NOW)]\n"
            "print(len(pairs), all(a == b for a, b in pairs))"
        )
        assert said == f"{3 * (sum(map(len, FIXED.values())) + 4)} True"
        assert _dump(house) == before
    finally:
        house.leave()


def _dump(house: House) -> list[str]:
    with sqlite3.connect(house.data / "evenhand.sqlite3") as database:
        return list(database.iterdump())
