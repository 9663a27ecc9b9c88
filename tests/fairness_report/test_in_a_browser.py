"""The page in a browser: no barrier, no sideways scrolling, nothing fetched, on a phone, in the dark and on paper."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from evenhand.fairness.parity.findings import Audit
from evenhand.fairness.report import page as report
from fairness_report.audits import a_full_audit, an_audit_of_five

pytestmark = pytest.mark.browser

SITE = "http://report.test/"
AUDITS = {"by hand": a_full_audit, "of five groups": an_audit_of_five}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"],
        )
        yield browser
        browser.close()


def opened(browser: Browser, audit: Audit, width: int, scheme: str = "light", *, is_open: bool = False) -> Page:
    """The page at a width; is_open: with every table behind a chart in sight. Whatever it fetched fails the test."""
    context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light", java_script_enabled=True)
    shown = context.new_page()
    whole = report.html(audit)
    if is_open:
        whole = whole.replace("<details", "<details open")
    fetched: list[str] = []
    shown.route(
        "**/*", lambda route: (fetched.append(route.request.url), route.fulfill(content_type="text/html", body=whole))
    )
    shown.set_viewport_size({"width": width, "height": 900})
    shown.goto(SITE)
    assert [url for url in fetched if not url.endswith("favicon.ico")] == [SITE]
    return shown


@pytest.mark.parametrize("name", AUDITS)
@pytest.mark.parametrize("width", [320, 390, 700, 1280])
def test_nothing_scrolls_sideways_even_with_every_table_open(browser: Browser, name: str, width: int) -> None:
    shown = opened(browser, AUDITS[name](), width, is_open=True)
    assert shown.evaluate("document.documentElement.scrollWidth") <= width
    beside = "[...document.querySelectorAll('svg text, td, tbody th')].filter((one) => one.checkVisibility() &&"
    beside += " one.getBoundingClientRect().right > innerWidth).map((one) => one.textContent)"
    assert shown.evaluate(beside) == []
    shown.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_has_no_barrier(browser: Browser, scheme: str, width: int) -> None:
    shown = opened(browser, a_full_audit(), width, scheme, is_open=True)
    violations = Axe().run(shown).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in violations] == []
    shown.context.close()


def test_letters_in_charts_stay_readable_on_a_phone(browser: Browser) -> None:
    shown = opened(browser, an_audit_of_five(), 390)
    sizes = "[...document.querySelectorAll('svg.chart')].filter((one) => one.checkVisibility())"
    sizes += ".map((one) => 12 * one.getBoundingClientRect().width / one.viewBox.baseVal.width)"
    assert all(size >= 11 for size in shown.evaluate(sizes))
    assert len(shown.evaluate(sizes)) >= 3
    shown.context.close()


def test_on_paper_the_page_is_light_and_its_folded_tables_stay_folded(browser: Browser) -> None:
    shown = opened(browser, an_audit_of_five(), 794, "dark")
    shown.emulate_media(media="print", color_scheme="light")
    assert shown.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert shown.evaluate("[...document.querySelectorAll('details')].every((one) => !one.checkVisibility())")
    assert shown.pdf(format="A4").startswith(b"%PDF")
    shown.context.close()
