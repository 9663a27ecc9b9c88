"""The main job, as somebody who has just run the demo sees it: in a real browser, on the demo itself."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from evenhand.web.demo import kept
from tests.running.house import House, wait_until

pytestmark = pytest.mark.browser

WORDS = "One digit of my address is wrong on the new card. I told the branch twice, and nobody wrote it down."
PICTURES = os.environ.get("EVENHAND_PICTURES")
"""A folder for pictures of every page the journey comes by, for the docs; none where it is not set."""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The demo, filled and served by its own command."""
    house = House(tmp_path_factory.mktemp("journey") / "demo")
    serving = house.start("demo", "--port", str(house.port))
    wait_until(
        lambda: house.answers() or serving.poll() is not None, lambda: f"the demo answers\n{house.said()}", 900.0
    )
    assert serving.poll() is None, house.said()
    yield house
    house.leave()


@pytest.fixture
def page(browser: Browser, demo: House) -> Iterator[Page]:
    with browser.new_context(
        locale="en-GB", base_url=demo.address, viewport={"width": 1440, "height": 900}, reduced_motion="reduce"
    ) as context:
        context.set_default_timeout(15_000)
        opened = context.new_page()
        wrong: list[str] = []
        opened.on("pageerror", lambda error: wrong.append(str(error)))
        yield opened
        assert wrong == []


def sound(page: Page, name: str) -> None:
    """No serious flaw for those who see, hear or point otherwise; and a picture, where pictures are wanted."""
    found = Axe().run(page)
    serious = [flaw for flaw in found.response["violations"] if flaw["impact"] in {"serious", "critical"}]
    assert serious == [], f"{name}: {[(flaw['id'], flaw['nodes'][0]['html'][:120]) for flaw in serious]}"
    if PICTURES:
        take_pictures(page, Path(PICTURES), name)


def take_pictures(page: Page, folder: Path, name: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for kind, size, scheme in (
        ("wide", (1440, 900), "light"),
        ("phone", (390, 844), "light"),
        ("dark", (1440, 900), "dark"),
    ):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.wait_for_timeout(150)
        page.screenshot(path=folder / f"{name}-{kind}.png")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.emulate_media(color_scheme="light", reduced_motion="reduce")


def come_in(page: Page, demo: House, role: str) -> None:
    ways_in = kept.demo_in(demo.data).ways_in
    page.goto(ways_in[role])
    page.get_by_role("button", name=re.compile("sign in|come in", re.IGNORECASE)).click()
    page.wait_for_url("**/desk/")


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
