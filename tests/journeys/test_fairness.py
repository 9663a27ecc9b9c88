"""The audit, as somebody who has just run the demo sees it: a contrast of each verdict, each with its evidence."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.looking import come_in, sound
from tests.running.house import House

pytestmark = pytest.mark.browser


def test_the_demo_has_a_contrast_of_each_verdict_and_says_how_it_came_about(page: Page, demo: House):
    come_in(page, demo, "auditor")
    page.goto("/fairness/")
    sound(page, "fairness")
    expect(page.get_by_role("main")).to_contain_text("But not everybody is treated the same.")
    treated = page.get_by_role("region", name="Who is treated differently?").inner_text()
    for chip in ("same", "different", "not yet proven same", "too few"):
        assert re.search(rf"\b{chip}\b", treated), chip
    page.get_by_role("link", name="How each contrast came about").click()
    said = page.locator("section", has=page.get_by_role("heading", name=re.compile("how that came about")))
    for contrast, verdict in (
        ("Public and private", "same"),
        ("By place", "different"),
        ("No contact details left and left", "not yet proven same"),
        ("By language", "too few"),
    ):
        expect(said.locator("dt", has_text=contrast)).to_have_text(re.compile(rf"{contrast}\s+{verdict}$"))


def test_a_gap_that_was_closed_and_one_that_is_open_stand_beside_their_history(page: Page, demo: House):
    come_in(page, demo, "auditor")
    page.goto("/fairness/by/place/")
    sound(page, "fairness-place")
    gaps = page.get_by_role("region", name="Gaps, and how they were closed")
    expect(gaps).to_contain_text("Fremont against Lakeside head office")
    expect(gaps).to_contain_text("levelled up")
    expect(gaps).to_contain_text(re.compile("Oakland against Lakeside head office: different since .* not closed yet"))
    assert page.locator("#history ~ .evidence svg").count() > 0


def test_whoever_is_to_see_to_a_gap_finds_it_and_says_what_was_done(page: Page, demo: House):
    come_in(page, demo, "supervisor")
    page.goto("/fairness/")
    sound(page, "fairness-for-staff")
    page.get_by_role("link", name="People are treated differently").first.click()
    expect(page.get_by_role("main")).to_contain_text("Oakland cases")
    sound(page, "fairness-task")
    page.get_by_label("What was done?").fill("Farid Azizi sits at Oakland from Monday on.")
    page.get_by_role("button", name="Close it").click()
    expect(page.get_by_role("status").first).to_contain_text("Closed.")


@pytest.mark.parametrize("address", ["shouting", "kept", "probes", "coding/results", "policy", "by/public"])
def test_every_page_of_the_audit_has_something_real_on_it(page: Page, demo: House, address: str):
    come_in(page, demo, "auditor")
    page.goto(f"/fairness/{address}/")
    nothing = re.compile("Too few cases|No probe|Nothing is known")
    expect(page.get_by_role("main")).not_to_contain_text(nothing)
    sound(page, "fairness-" + address.replace("/", "-"))


def test_everybody_may_read_the_public_page_and_staff_code_words_again(page: Page, demo: House):
    page.goto("/fairness/public/")
    expect(page.get_by_role("main")).to_contain_text("Who is treated differently?")
    sound(page, "fairness-public")
    come_in(page, demo, "agent")
    page.goto("/fairness/coding/")
    expect(page.get_by_role("radio").first).to_be_visible()
    sound(page, "fairness-coding")
