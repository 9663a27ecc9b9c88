"""The behaviours of our pages, in a real browser: clocks that stay true, kept words, keys."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.staticfiles import finders
from django.test import RequestFactory
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from evenhand import ui
from evenhand.ui import times
from evenhand.ui.views import components

pytestmark = pytest.mark.browser

STATIC = Path(ui.__file__).parent / "static" / "ui"
NOW = datetime(2026, 11, 24, 20, 20, tzinfo=UTC)
SITE = "http://desk.test"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"],
        )
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="en-GB")
    context.set_default_timeout(5_000)
    yield context.new_page()
    context.close()


def show(page: Page, body: str, *modules: str) -> None:
    """Open a page of ours with this body; every form on it is answered by the page itself."""
    tags = "".join(f'<script type="module" src="/ui/{module}.js"></script>' for module in modules)
    text = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Desk</title>{tags}<body>{body}</body></html>'

    def answer(route: Route) -> None:
        name = route.request.url.removeprefix(f"{SITE}/ui/")
        if (STATIC / name).is_file():
            route.fulfill(content_type="text/javascript", body=(STATIC / name).read_text())
        else:
            route.fulfill(content_type="text/html", body=text)

    page.unroute_all()
    page.route("**/*", answer)
    page.goto(f"{SITE}/case/")


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_browser_says_times_in_the_servers_words(page: Page, language: str) -> None:
    show(page, "")
    minutes = [-5000, -1441, -1440, -700, -60, -12, -0.5, 0, 0.5, 1, 18, 30, 31, 60, 65, 119.99, 180, 1439, 1440, 2880]
    written = page.evaluate(
        """async ([minutes, language]) => {
            const {timeLeft, timeUntil, stateOf} = await import("/ui/due-clock.js")
            return minutes.map((each) => each * 6e4).map((due) =>
                [timeLeft(due, 0, language), timeUntil(due, 0, language), stateOf(due, 0, 18e5)])
        }""",
        [minutes, language],
    )
    for minute, (left, until, state) in zip(minutes, written, strict=True):
        at = NOW + timedelta(minutes=minute)
        assert left == times.time_left(at, NOW, language)
        assert until == times.time_until(at, NOW, language)
        assert state == times.state(at, NOW)


def test_a_due_clock_turns_late_by_itself(page: Page) -> None:
    page.clock.install(time=NOW)
    due = (NOW + timedelta(minutes=19, seconds=30)).isoformat()
    clock = f'<due-clock soon="900"><time datetime="{due}">19 min left</time></due-clock>'
    show(page, clock, "due-clock")
    expect(page.locator("due-clock[state=ahead]")).to_have_text("19 min left")
    page.clock.run_for(10 * 60_000)
    expect(page.locator("due-clock[state=soon]")).to_have_text("9 min left")
    page.clock.run_for(12 * 60_000)
    expect(page.locator("due-clock[state=late]")).to_have_text("2 min late")


def words_form(version: int) -> str:
    return (
        f'<form action="/case/" method="post"><keep-words name="reply" version="{version}">'
        '<label for="w">Reply</label><textarea id="w" name="words"></textarea></keep-words><button>Send</button></form>'
    )


def test_typed_words_come_back_after_a_reload_and_go_once_they_were_accepted(page: Page) -> None:
    show(page, words_form(3), "keep-words")
    assert page.evaluate("sessionStorage.length") == 0
    page.get_by_label("Reply").fill("I have corrected it")
    page.reload()
    expect(page.get_by_label("Reply")).to_have_value("I have corrected it")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_label("Reply")).to_have_value("I have corrected it")  # the version is the same: not accepted
    page.get_by_role("button", name="Send").click()
    show(page, words_form(4), "keep-words")
    expect(page.get_by_label("Reply")).to_have_value("")
    assert page.evaluate("sessionStorage.length") == 0


def test_unsent_words_outlast_somebody_elses_reply(page: Page) -> None:
    show(page, words_form(3), "keep-words")
    page.get_by_label("Reply").fill("Mine")
    show(page, words_form(4), "keep-words")
    expect(page.get_by_label("Reply")).to_have_value("Mine")


KEYS = (
    '<a href="/case/#next" data-key="n">Next</a>'
    '<form action="/case/#other"><button data-key="Ctrl+Enter">Other</button></form>'
    '<form action="/case/#sent"><label for="w">Reply</label><textarea id="w" data-key="r"></textarea>'
    '<button data-key="Ctrl+Enter">Send</button></form>'
    '<keys-switch><label><input type="checkbox" checked> Letters</label></keys-switch>'
)


def test_keys_do_what_their_control_does_and_never_while_somebody_types(page: Page) -> None:
    show(page, KEYS, "keys")
    reply = page.get_by_label("Reply")
    page.keyboard.press("r")
    expect(reply).to_be_focused()
    page.keyboard.type("never n r")
    expect(reply).to_have_value("never n r")
    assert "#" not in page.url
    page.evaluate(
        "addEventListener('submit', (event) => { event.preventDefault(); globalThis.sent = event.target.action })"
    )
    page.keyboard.press("Control+Enter")
    assert page.evaluate("globalThis.sent").endswith("#sent")
    reply.evaluate("one => one.blur()")
    page.keyboard.press("n")
    page.wait_for_url("**/case/#next")


def test_single_letters_can_be_turned_off(page: Page) -> None:
    show(page, KEYS, "keys")
    assert json.loads(page.evaluate("JSON.stringify({...localStorage})")) == {}
    page.get_by_label("Letters").uncheck()
    page.reload()
    expect(page.get_by_label("Letters")).not_to_be_checked()
    page.keyboard.press("n")
    page.keyboard.press("r")
    expect(page.get_by_label("Reply")).not_to_be_focused()
    assert "#" not in page.url


def test_listeners_hear_of_the_keys(page: Page) -> None:
    show(page, KEYS, "keys")
    expect(page.get_by_role("button", name="Send")).to_have_attribute("aria-keyshortcuts", "Control+Enter")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_the_components_have_no_barrier_and_never_scroll_sideways(browser: Browser, scheme: str, width: int) -> None:
    written = components(RequestFactory().get("/ui/")).content.decode()

    def answer(route: Route) -> None:
        found = finders.find(route.request.url.removeprefix(f"{SITE}/static/").split("?")[0])
        if found:
            route.fulfill(path=str(found))
        else:
            route.fulfill(content_type="text/html", body=written)

    context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 800})
    page.route("**/*", answer)
    page.goto(f"{SITE}/ui/")
    assert page.evaluate("getComputedStyle(document.querySelector('.cry')).borderRadius") == "999px"
    assert page.evaluate("document.documentElement.scrollWidth") == width
    pressed = "[...document.querySelectorAll('button, a.btn, nav a, textarea, select, input:not([type=checkbox])')]"
    small = f"{pressed}.filter((one) => one.type !== 'radio' && one.offsetHeight < 24).map((one) => one.outerHTML)"
    assert page.evaluate(small) == []
    violations = Axe().run(page).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in violations] == []
    context.close()
