"""The customer's pages in a real browser: words that are kept until they have arrived, and two invitations."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.button.conftest import browser
from tests.running.house import House

__all__ = ["browser"]

pytestmark = pytest.mark.browser

WORDS = "The registration you sent me has the wrong VIN on it."


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """An installation with somebody on duty."""
    made = House(tmp_path_factory.mktemp("pages") / "data")
    assert made.run("migrate").returncode == 0
    made.script("a_desk()")
    made.up()
    yield made
    made.leave()


@pytest.fixture
def page(browser: Browser, house: House) -> Iterator[Page]:
    """A page on which no script fails and no policy is broken."""
    wrong: list[str] = []
    with browser.new_context(locale="en-GB", base_url=house.address) as context:
        context.set_default_timeout(5_000)
        opened = context.new_page()
        opened.on("pageerror", lambda error: wrong.append(str(error)))
        opened.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
        yield opened
    assert wrong == []


def contacts(house: House, words: str) -> int:
    return len(house.query(f"SELECT 1 FROM care_contact WHERE words = '{words}'"))


def send(page: Page, words: str) -> None:
    page.get_by_label("What happened?").fill(words)
    page.get_by_role("button", name="Send privately").click()


def test_words_stay_in_the_form_until_they_have_arrived_and_no_longer(page: Page, house: House):
    page.goto("/help/")
    page.get_by_label("Where shall we answer?").fill("elena@example.org")
    page.route("**/help/", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    send(page, WORDS)
    page.wait_for_url("chrome-error://**")
    page.unroute("**/help/")
    page.goto("/help/")
    expect(page.get_by_label("What happened?")).to_have_value(WORDS)
    expect(page.get_by_label("Where shall we answer?")).to_have_value("elena@example.org")
    page.get_by_role("button", name="Send privately").click()
    expect(page.get_by_role("status").filter(has_text="We have it.")).to_be_visible()
    page.goto("/help/")
    expect(page.get_by_label("What happened?")).to_have_value("")
    expect(page.get_by_label("Where shall we answer?")).to_have_value("")
    assert contacts(house, WORDS) == 1


def test_sent_twice_from_one_page_it_is_one_contact_and_changed_it_is_another(page: Page, house: House):
    page.goto("/help/")
    key = page.locator("[name=key]").input_value()
    send(page, "Sent once more.")
    expect(page.get_by_text("We have it.")).to_be_visible()
    first = page.url
    for words in ("Sent once more.", "Sent once more, and changed."):
        page.goto("/help/")
        page.locator("[name=key]").evaluate("(field, key) => { field.value = key }", key)
        send(page, words)
        expect(page.get_by_text("We received your message.")).to_be_visible()
        assert page.url != first, "each answer has a link of its own"
        assert contacts(house, words) == 1


def test_the_second_invitation_asks_another_question_without_a_script(browser: Browser, house: House):
    with browser.new_context(java_script_enabled=False, locale="en-GB", base_url=house.address) as context:
        page = context.new_page()
        page.goto("/help/")
        expect(page.get_by_label("What happened?")).to_be_visible()
        page.get_by_label("How you're doing").check()
        expect(page.get_by_label("What should we know?")).to_be_visible()
        expect(page.get_by_text("What happened?")).to_be_hidden()


def test_a_call_is_asked_for_by_keyboard_alone(page: Page):
    page.goto("/help/")
    send(page, "Please call, I cannot type well.")
    page.get_by_text("Prefer the phone?").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("+1 510 555 0123")
    page.keyboard.press("Enter")
    expect(page.get_by_text("You asked for a call back. Your place is kept.")).to_be_visible()
    expect(page.get_by_text("+15105550123")).to_be_visible()
