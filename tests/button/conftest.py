"""A real browser, a desk and a page that carries the button."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.button.peers import Desk, site

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def desk() -> Iterator[Desk]:
    with Desk().running() as running:
        yield running


class Visit(Protocol):
    """Opens a page with the button; `page` says how the page is made, `browsing` how the browser is."""

    def __call__(self, *, page: dict[str, str] | None = None, **browsing: Any) -> Page: ...


@pytest.fixture
def visit(browser: Browser, desk: Desk) -> Iterator[Visit]:
    """Visits whose pages must stay without a script error and without a breach of their policy."""
    wrong: list[str] = []
    with ExitStack() as closing:

        def visit(*, page: dict[str, str] | None = None, **browsing: Any) -> Page:
            address = closing.enter_context(site(desk, **(page or {})))
            context = browser.new_context(**{"locale": "en-GB", **browsing})
            closing.callback(context.close)
            context.set_default_timeout(5_000)
            opened = context.new_page()
            opened.on("pageerror", lambda error: wrong.append(str(error)))
            opened.on(
                "console",
                lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None,
            )
            opened.goto(f"{address}/")
            return opened

        yield visit
    assert wrong == []
