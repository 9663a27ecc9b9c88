"""Does shouting pay, are needs read alike, do probes get the same: what these pages show, and what they never do."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from evenhand.care.models import Need
from evenhand.fairness.practice import probes, recoding
from evenhand.fairness.practice.kept import BLOCKS_BEGIN, FOUR_WEEKS
from evenhand.fairness.practice.models import Drawn, Probe, ProbeRun, Recoding
from evenhand.fairness.practice.probes import probe
from evenhand.identity.recognise import Caller
from evenhand.people.models import Person
from factories import DAY, HOUR, NOW, a_case, a_desk, a_person, a_place
from tests.fairness_pages.test_report import shown
from tests.fairness_practice.played import Told, play

pytestmark = pytest.mark.django_db

REACH = {"followers": 2_345_678, "verified": True}


@pytest.fixture
def people():
    agent, supervisor = a_desk()
    for one in (agent, supervisor):
        one.go_off_duty(NOW + 999 * DAY)
    auditor = a_person("Eve Audit", role=Person.Role.AUDITOR)
    for one in (agent, supervisor):
        one.come_on_duty(NOW - 99 * DAY)
    return agent, auditor


def a_public_case(at, **about):
    caller = Caller(handle="@elena_r", name="Elena R.")
    return a_case(
        "Nobody answers me about the transfer!", at, need="money", door="mastodon", is_public=True, reach=REACH,
        caller=caller, **about,
    )  # fmt: skip


def test_the_path_before_a_post_shows_what_we_did_and_nothing_of_who_or_how_loud(people, sign_in):
    agent, auditor = people
    told = play([Told(NOW - 3 * DAY, posts_at=NOW - 2 * DAY)], agent)[0]
    a_public_case(NOW - DAY)
    page = sign_in(auditor).get("/fairness/shouting/")
    said = shown(page)
    assert "Of 2 who went public, 50 %" in said
    assert "1 try in private before" in said
    assert "past its standard" in said
    assert told.case.reference in said
    for word in ("2345678", "2,345,678", "followers", "verified", "elena_r", "Elena"):
        assert word not in page.content.decode()


def test_kept_promises_stand_four_weeks_at_a_time_with_the_longest_wait(people, sign_in):
    agent, auditor = people
    began = BLOCKS_BEGIN + (NOW - BLOCKS_BEGIN) // FOUR_WEEKS * FOUR_WEEKS - 20 * DAY
    crowd = [Told(began + n * HOUR, None, began + (n + 2) * HOUR) for n in range(12)]
    play([*crowd, Told(began, None, began + 9 * DAY), Told(NOW - 3 * DAY, None, NOW - 3 * DAY + HOUR)], agent)
    said = shown(sign_in(auditor).get("/fairness/kept/"))
    assert re.search(r"\d+ % of first promises were kept \(\d+–\d+ %\); the longest wait was \d", said)
    assert "nobody was overtaken" in said
    assert "so far not shown: fewer than 10 people" in said


def test_the_test_of_the_squeaky_wheel_stands_with_its_interval_and_the_figure_not_to_use(people, sign_in):
    agent, auditor = people
    crowd = []
    for day in range(12, 0, -1):
        for n in range(6):
            writes = NOW - day * DAY + n * HOUR
            posts = writes + HOUR if n % 2 else None
            crowd.append(Told(writes, posts, writes + (2 if posts else 5) * HOUR))
    play(crowd, agent)
    said = shown(sign_in(auditor).get("/fairness/shouting/"))
    assert "A waiting case is answered sooner once it is public" in said
    assert "Went public while they waited 36" in said
    assert "The figure not to use" in said
    assert "it is raised at 20" in said or "Raised." in said


def test_d27_a_need_in_which_few_were_public_shows_no_figure_of_its_own(people, sign_in):
    agent, auditor = people
    crowd = [Told(NOW - (3 + n % 5) * DAY + n * HOUR / 9, None, NOW - 2 * DAY, need="question") for n in range(30)]
    crowd += [Told(NOW - 4 * DAY, NOW - 3.5 * DAY, NOW - 2 * DAY, need="question") for _ in range(3)]
    play(crowd, agent)
    said = shown(sign_in(auditor).get("/fairness/shouting/"))
    assert "Went public while they waited not shown" in said
    assert "Question not shown: fewer than 10 people" in said


def test_a_case_that_an_auditor_may_not_read_is_on_no_path(people, sign_in):
    _, auditor = people
    there = a_place("fremont")
    a_desk(there)
    case = a_public_case(NOW - DAY, place="fremont")
    assert case.reference not in shown(sign_in(auditor).get("/fairness/shouting/"))


def test_a_page_of_paths_that_is_asked_for_with_nonsense_is_the_first(people, sign_in):
    _, auditor = people
    for before in ("nonsense", "2026-13-45T99:99", "2026-03-03T10:00", ""):
        assert sign_in(auditor).get("/fairness/shouting/", {"before": before}).status_code == 200


# -- blind re-coding -------------------------------------------------------------------------------------------------


@pytest.fixture
def a_round(people):
    """Cases of last month, by two doors; whoever coded nothing yet had nothing to do with them."""
    _, auditor = people
    for n in range(14):
        a_case(f"@LakesideBank I was charged twice, number {n}. #fail", NOW - 20 * DAY + n * HOUR, need="money")
    a_public_case(NOW - 19 * DAY)
    reader = a_person("Rae Reader", on_duty_since=None)
    assert recoding.start_round(NOW) is not None
    return reader, auditor


def test_whoever_codes_sees_the_words_alone(a_round, sign_in):
    reader, _ = a_round
    page = sign_in(reader).get("/fairness/coding/")
    said, body = shown(page), page.content.decode()
    drawn = Drawn.objects.select_related("case__owner").get(pk=recoding.next_for(reader, NOW).key)
    assert "charged twice" in said or "about the transfer" in said
    main = body[body.index("<main") :]
    for told in (drawn.case.reference, drawn.case.owner.name, "mastodon", "web", "@", "#fail", "Elena", "public"):
        assert told not in main.replace("#need", ""), told


def test_what_is_said_is_kept_and_the_next_is_offered(a_round, sign_in):
    reader, _ = a_round
    browser = sign_in(reader)
    first = recoding.next_for(reader, NOW).key
    need = Need.objects.get(slug="question")
    page = browser.post("/fairness/coding/", {"key": first, "need": need.pk}, follow=True)
    assert Recoding.objects.get(drawn=first).need == need
    assert recoding.next_for(reader, NOW).key != first
    assert f'value="{recoding.next_for(reader, NOW).key}"' in page.content.decode()


@pytest.mark.parametrize("said", [{}, {"need": "999999"}, {"need": "x"}])
def test_without_a_need_nothing_is_kept_and_it_says_so(a_round, sign_in, said):
    reader, _ = a_round
    page = sign_in(reader).post("/fairness/coding/", {"key": recoding.next_for(reader, NOW).key} | said)
    assert page.status_code == 422
    assert "Choose the need that you read in the words." in shown(page)
    assert not Recoding.objects.exists()


@pytest.mark.parametrize("key", ["", "x", "987654", "9" * 40, "-1"])
def test_d25_a_key_of_nothing_that_one_may_code_changes_nothing(a_round, sign_in, key):
    reader, _ = a_round
    need = Need.objects.get(slug="question").pk
    page = sign_in(reader).post("/fairness/coding/", {"key": key, "need": need}, follow=True)
    assert page.status_code == 200
    assert not Recoding.objects.exists()


def test_an_auditor_reads_how_codings_agree_and_codes_nothing(a_round, sign_in):
    reader, auditor = a_round
    while (item := recoding.next_for(reader, NOW)) is not None:
        recoding.code(reader, item.key, Drawn.objects.get(pk=item.key).need, NOW)
    said = shown(sign_in(auditor).get("/fairness/coding/results/"))
    assert "100 % of needs are read alike" in said
    assert "15 of 15 drawn are coded" in said
    # One came in public: neither side is told, as the other would give it away.
    assert "Public cases not shown: fewer than 10 people" in said
    assert "Private cases not shown" in said
    assert "codes nothing" in shown(sign_in(auditor).get("/fairness/coding/"))


# -- probes ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def a_run(people):
    """A run of two pairs; of one of them the public side is written down as if it had got more."""
    _, auditor = people
    run = ProbeRun.objects.create(at=NOW - HOUR, seed=1, code_version="0.1", pairs=2, unequal=1, longest=0.05)
    for n, words in enumerate(("I was charged twice.", "Do I need an appointment?")):
        private, public = probe(Probe.Kind.OPENED, "oakland", words, NOW)
        got, theirs = probes.asdict(private), probes.asdict(public)
        if n:
            theirs |= {"promised": (NOW + timedelta(minutes=5)).isoformat(), "place_in_line": 3}
        Probe.objects.create(
            run=run, kind="opened", place="oakland", words=words, is_fixed=True, private=got, public=theirs,
            is_same=not n,
        )  # fmt: skip
    return auditor


def test_pairs_stand_side_by_side_and_the_unequal_first(a_run, sign_in):
    said = shown(sign_in(a_run).get("/fairness/probes/"))
    assert "1 of 2 pairs of the same words did not get the same" in said
    assert said.index("Do I need an appointment?") < said.index("I was charged twice.")
    unequal = said[said.index("Do I need an appointment?") :][:300]
    assert "next in line" in unequal
    assert "3 before" in unequal
    assert "place in line, promise" in unequal
    assert "Oakland: 1 pair, all the same" in said


def test_a_stranger_is_led_to_the_sign_in_and_reads_nothing(a_run):
    for address in ("", "shouting/", "coding/", "probes/", "policy/", "cells.csv", "by/public/"):
        page = Client().get(f"/fairness/{address}")
        assert page.status_code == 302
        assert page["Location"].startswith("/accounts/login/")
