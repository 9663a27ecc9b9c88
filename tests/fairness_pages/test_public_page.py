"""The page for everybody: only where it is switched on, in two languages, kept by anybody, knowing nobody."""

from __future__ import annotations

import json
import re
from copy import copy
from dataclasses import replace
from datetime import date
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.utils import translation

from evenhand.fairness.live.series import set_policy
from evenhand.fairness.pages import public
from evenhand.fairness.pages.found import Found
from evenhand.fairness.parity.findings import Outcome
from evenhand.stats.cells import Verdict
from factories import NOW
from tests.fairness_pages.test_report import shown
from tests.languages.test_spanish import english_in

pytestmark = pytest.mark.django_db

ADDRESSES = ("/fairness/public/", "/fairness/public.json", "/fairness/badge.svg")
SPANISH = {"Accept-Language": "es-MX,es;q=0.9"}


@pytest.fixture
def switched_on(house):
    set_policy(by=house.administrator, reason="Everybody may know.", now=NOW, has_public_page=True)
    return house


@pytest.mark.parametrize("address", ADDRESSES)
def test_while_it_is_off_it_looks_like_any_page_that_is_not_there(house, address):
    off, unknown = Client().get(address), Client().get("/fairness/nothing/")
    assert off.status_code == unknown.status_code == 404
    assert off.content == unknown.content


@pytest.mark.parametrize("address", ADDRESSES)
def test_it_knows_nobody_and_anybody_may_keep_it(switched_on, sign_in, address):
    for browser in (Client(), sign_in(switched_on.agent)):
        page = browser.get(address)
        assert page.status_code == 200
        assert page["Cache-Control"] == "public, max-age=3600"
        assert not page.cookies
        assert "Cookie" not in page.get("Vary", "")
        assert "X-Robots-Tag" not in page
    assert Client().get(address).content == page.content
    assert "csrf" not in page.content.decode()


def test_it_says_the_finding_its_uncertainty_its_history_and_its_method(switched_on):
    said = shown(Client().get("/fairness/public/"))
    sentence = public.sentence(Found.lately())
    assert sentence
    assert sentence in said
    for words in ("How sure we are", "Who is treated differently?", "Every language different", "How this is found"):
        assert words in said
    assert "No group of fewer than 10 people is shown" in said


def test_it_is_spanish_for_who_reads_spanish(switched_on):
    page = Client(headers=SPANISH).get("/fairness/public/")
    body = page.content.decode()
    assert page["Content-Language"] == "es"
    assert '<html lang="es">' in body
    assert english_in(body) == []
    assert "¿A quién se trata de otra manera?" in body
    assert "de marzo de 2026" in body
    assert english_in(Client(headers=SPANISH).get("/fairness/badge.svg").content.decode()) == []


def test_programs_read_the_same_with_units_and_dates(switched_on):
    page = Client().get("/fairness/public.json")
    assert page["Access-Control-Allow-Origin"] == "*"
    told = json.loads(page.content)
    assert told["schema"] == 1
    assert told["organisation"] == "Lakeside Bank"
    assert {one["contrast"]: one["verdict"] for one in told["contrasts"]}["language"] == "UNEQUAL"
    assert told["headline"]["unit"] in ("hours", "share")
    assert date.fromisoformat(told["history"][-1]["on"]) <= date.fromisoformat(told["through"])


def test_the_badge_is_a_picture_that_runs_and_fetches_nothing(switched_on):
    page = Client().get("/fairness/badge.svg")
    assert page["Content-Type"] == "image/svg+xml"
    assert page["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    root = ElementTree.fromstring(page.content)
    assert root.tag.endswith("svg")
    assert not re.search(r"<script|href|url\(|<image", page.content.decode())


def test_the_first_page_says_the_red_button_first_and_then_the_finding(switched_on, settings):
    settings.IS_DEMO = False
    page = Client().get("/").content.decode()
    sentence = public.sentence(Found.lately())
    assert 0 < page.index("Help! Tell us") < page.index(sentence[:40])
    assert 'href="/fairness/public/"' in page
    spanish = Client(headers=SPANISH).get("/").content.decode()
    assert english_in(spanish) == []
    assert "Cómo se averigua esto" in spanish


def test_the_first_page_leads_nowhere_where_there_is_no_page_for_all(house, settings):
    settings.IS_DEMO = False
    page = Client().get("/").content.decode()
    assert public.sentence(Found.lately())[:40] in page
    assert "/fairness/public/" not in page


# -- the sentence for every finding ----------------------------------------------------------------------------------


def told_of(verdict: Verdict, outcome: Outcome, difference: float, language: str = "en", margin: float = 0.5) -> str:
    """The sentence as a result of that kind would tell it: of a wait of five hours, with a margin in hours."""
    rate = outcome.is_rate
    same = {
        "difference": difference,
        "ratio": 1 + difference / (0.8 if rate else 5),
        "low": difference - 0.02,
        "high": difference + 0.02,
        "inner_low": difference - 0.02,
        "inner_high": difference + 0.02,
        "margin": 0.05 if rate else margin,
        "not_ruled_out": abs(difference) + 0.02,
        "n_effective": 900.0,
        "cells_without_overlap": 0,
    }
    found = Found.lately()
    of = found.of("public")
    assert of is not None
    results = []
    for kept in of.results:
        result = copy(kept)
        if not kept.is_reference:
            result.figures = {"same_need": same}
            result.verdict = verdict.value if kept.outcome == outcome.value else Verdict.EQUAL.value
        results.append(result)
    changed = replace(found, contrasts=(replace(of, results=tuple(results)),))
    with translation.override(language):
        return public.sentence(changed) or ""


@pytest.mark.parametrize(
    ("verdict", "outcome", "difference", "says"),
    [
        (Verdict.EQUAL, Outcome.WAIT, 0.05, "asking in public is answered no sooner than asking in private. Any"),
        (Verdict.UNEQUAL, Outcome.WAIT, -0.9, "is served 18 % sooner than asking in private. It should not be"),
        (Verdict.UNEQUAL, Outcome.SOLVED, 0.9, "is served 18 % later than asking in private. It should not be"),
        (Verdict.UNEQUAL, Outcome.IN_TIME, 0.08, "in time more often than in private, by 8 points. It should not be"),
        (Verdict.UNEQUAL, Outcome.IN_TIME, -0.08, "in time less often than in private, by 8 points. It should not be"),
        (Verdict.NOT_PROVEN, Outcome.WAIT, 0.9, "But up to 18 % cannot be ruled out yet."),
        (Verdict.NOT_PROVEN, Outcome.IN_TIME, 0.06, "But up to 8 points cannot be ruled out yet."),
        (Verdict.TOO_FEW, Outcome.WAIT, 0.0, "asking in public"),
    ],
)
def test_every_finding_has_a_sentence_in_both_languages(house, verdict, outcome, difference, says):
    assert says in told_of(verdict, outcome, difference)
    spanish = told_of(verdict, outcome, difference, "es")
    assert spanish
    assert english_in(spanish) == []


def test_a_margin_that_is_the_least_time_is_told_in_time_and_not_as_a_share_of_a_short_wait(house):
    assert "Any difference is below 10 %" in told_of(Verdict.EQUAL, Outcome.WAIT, 0.05)
    assert "Any difference is below 3 h" in told_of(Verdict.EQUAL, Outcome.WAIT, 0.05, margin=3.0)
    assert "menor de 3 h" in told_of(Verdict.EQUAL, Outcome.WAIT, 0.05, "es", margin=3.0)
