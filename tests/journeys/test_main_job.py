"""The main job, as somebody who has just run the demo sees it: in a real browser, on the demo itself."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from evenhand.web.demo import kept
from tests.journeys.looking import come_in, sound
from tests.running.house import House, wait_until

pytestmark = pytest.mark.browser

WORDS = "One digit of my address is wrong on the new card. I told the branch twice, and nobody wrote it down."


def test_a_promise_that_runs_out_is_raised_by_itself(page: Page, demo: House):
    case = kept.demo_in(demo.data).waiting_case
    page.goto("/demo/")
    sound(page, "demo")
    with page.expect_navigation():
        page.get_by_role("button", name=re.compile("hour pass", re.IGNORECASE)).click()
    come_in(page, demo, "supervisor")

    def it_was_raised() -> bool:
        page.goto("/desk/supervisor/")
        return case in page.get_by_role("main").inner_text()

    wait_until(it_was_raised, f"{case} is before the supervisor")
    sound(page, "desk-supervisor")
    page.locator(f"a[href*='/desk/cases/{case}/']").first.click()
    expect(page.locator("body")).to_contain_text("Promise missed")
    sound(page, "desk-case-missed")


def test_from_a_customer_s_words_to_a_kept_promise(page: Page, demo: House):
    page.goto("/")
    sound(page, "shop")
    page.get_by_role("button", name="Help! Tell us").click()
    page.get_by_label("What happened?").fill(WORDS)
    page.get_by_label("Where shall we answer?").fill("elena.journey@example.org")
    sound(page, "button")
    page.get_by_role("button", name="Send privately").click()
    expect(page.get_by_role("dialog")).to_contain_text("We have your message")
    expect(page.get_by_role("dialog")).to_contain_text("Answer by")
    reference = re.search(r"\b[0-9A-Z]{3}-[0-9A-Z]{3}\b", page.get_by_role("dialog").inner_text())[0]

    def the_letter_has_come() -> bool:
        page.goto("/mail/")
        return page.get_by_role("link", name=reference).count() > 0

    wait_until(the_letter_has_come, "the confirmation is carried")
    sound(page, "sent-mail")
    page.get_by_role("link", name=reference).first.click()
    expect(page.get_by_role("main")).to_contain_text("elena.journey@example.org")
    expect(page.get_by_role("main")).not_to_contain_text("One digit")
    private = page.locator("a[href*='/c/']").get_attribute("href")
    page.goto(private)
    expect(page.get_by_role("heading", level=1)).to_contain_text("One digit of my address is wrong on the new card")
    expect(page.get_by_role("main")).to_contain_text("owns this until it is solved")
    sound(page, "status")

    come_in(page, demo, "agent")
    sound(page, "desk-line")
    for _ in range(12):
        with page.expect_navigation():
            page.keyboard.press("n")
        if reference in page.url:
            break
        answer(page, "Thank you for telling us. It is put right, and you can see it on your next statement.")
    assert reference in page.url, "its turn came"
    sound(page, "desk-case")
    answer(page, "Hello Elena, I have corrected the digit myself, and a new card is printed today.")
    expect(page.locator("body")).to_contain_text("I have corrected the digit myself")

    def the_answer_has_reached_her() -> bool:
        page.goto(private)
        return "We kept our promise" in page.get_by_role("main").inner_text()

    wait_until(the_answer_has_reached_her, "the answer has reached the customer")
    expect(page.get_by_role("main")).to_contain_text("I have corrected the digit myself")
    expect(page.get_by_text("Solved", exact=True)).to_be_visible()
    sound(page, "status-solved")
    assert demo.run("verify").returncode == 0


def answer(page: Page, words: str) -> None:
    """By keyboard alone: r to write, Ctrl+Enter to send and solve."""
    page.keyboard.press("r")
    page.keyboard.insert_text(words)
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    expect(page.locator("body")).to_contain_text(words)


def test_a_customer_without_a_script_gets_the_same(browser: Browser, demo: House):
    with browser.new_context(java_script_enabled=False, base_url=demo.address, locale="en-GB") as context:
        page = context.new_page()
        page.goto("/help/")
        page.get_by_label("What happened?").fill("I was charged twice, and I use no scripts.")
        page.get_by_role("button", name="Send privately").click()
        expect(page.get_by_role("main")).to_contain_text("owns this until it is solved")
        page.get_by_role("button", name="Get me a supervisor").click()
        expect(page.get_by_role("main")).to_contain_text("A supervisor has been called.")
        assert context.cookies() == []


def test_the_page_for_coming_in_is_sound_and_begins_with_the_form(page: Page, demo: House):
    page.goto("/accounts/login/")
    sound(page, "sign-in")
    heading = page.get_by_role("heading", name="Sign in").bounding_box()
    assert heading is not None
    assert heading["y"] < 200, "the mark above it is no larger than a line of words"


def test_the_pages_for_customers_are_sound_in_spanish_too(browser: Browser, demo: House):
    with browser.new_context(base_url=demo.address, locale="es-ES") as context:
        page = context.new_page()
        page.goto("/help/")
        expect(page.locator("html")).to_have_attribute("lang", "es")
        sound(page, "form-spanish")


@pytest.mark.parametrize(
    "address", ["/desk/", "/desk/mine/", "/desk/spam/", "/desk/people/", "/desk/places/", "/desk/needs/"]
)
def test_the_desk_s_other_pages_are_sound(page: Page, demo: House, address: str):
    come_in(page, demo, "administrator")
    page.goto(address)
    sound(page, "desk-" + (address.strip("/").split("/")[-1]))
