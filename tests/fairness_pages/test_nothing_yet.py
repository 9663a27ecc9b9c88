"""Before the first audit every page stands, and none says more than is known."""

from __future__ import annotations

import pytest
from django.test import Client

from evenhand.people.models import Person
from factories import a_desk, a_person
from tests.fairness_pages.test_report import shown

pytestmark = pytest.mark.django_db


def test_before_anything_was_found_the_sentence_says_so(sign_in):
    agent, _ = a_desk()
    said = shown(sign_in(agent).get("/fairness/"))
    assert "No audit has found anything yet." in said
    assert "A first verdict takes fourteen days" in said


@pytest.mark.parametrize(
    "address",
    [
        "",
        "by/public/",
        "by/reach/",
        "shouting/",
        "kept/",
        "coding/",
        "coding/results/",
        "probes/",
        "policy/",
        "cells.csv",
        "cells.json",
        "audits/running/",
    ],
)
def test_every_page_stands_before_there_is_anything_to_show(sign_in, address):
    a_desk()
    boss = a_person("Ada Boss", role=Person.Role.ADMINISTRATOR)
    assert sign_in(boss).get(f"/fairness/{address}").status_code == 200


def test_the_first_page_is_silent_about_fairness_before_anything_was_found(settings):
    settings.IS_DEMO = False
    page = Client().get("/").content.decode()
    assert "asking in public" not in page
    assert "/fairness/" not in page


def test_a_reader_of_the_ledger_s_words_finds_no_policy_before_one_was_set(sign_in):
    auditor = a_person("Eve Audit", role=Person.Role.AUDITOR)
    said = shown(sign_in(auditor).get("/fairness/policy/"))
    assert "As shipped; nobody has changed it." in said


def test_who_only_reads_is_not_asked_to_code_and_everyone_hears_when_there_will_be_something(sign_in):
    auditor = a_person("Eve Audit", role=Person.Role.AUDITOR)
    said = shown(sign_in(auditor).get("/fairness/coding/results/"))
    assert "None is drawn yet" in said
    assert "Code some" not in said
