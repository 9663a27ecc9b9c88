"""The report and the public page in a browser: no barrier, nothing sideways, on a phone, in the dark, in Spanish."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.staticfiles import finders
from django.http import HttpResponse
from django.test import Client
from playwright.sync_api import Browser, Route, sync_playwright

from evenhand.fairness.live.series import set_policy
from factories import NOW
from tests.button.conftest import ARGUMENTS

pytestmark = [pytest.mark.browser, pytest.mark.django_db]

SITE = "http://fairness.test"
KINDS = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
LOOKS = [(1280, "light"), (320, "dark")]


def test_no_page_of_the_audit_has_a_barrier_scrolls_sideways_or_is_stopped_by_our_own_rules(house, sign_in):
    set_policy(by=house.administrator, reason="For all.", now=NOW, has_public_page=True)
    staff = sign_in(house.administrator)
    answers = {
        "report": staff.get("/fairness/"),
        "contrast": staff.get("/fairness/by/language/"),
        "policy": staff.get("/fairness/policy/"),
        "sentence": sign_in(house.agent).get("/fairness/"),
        "public": Client().get("/fairness/public/"),
        "público": Client(headers={"Accept-Language": "es"}).get("/fairness/public/"),
    }
    assert {page.status_code for page in answers.values()} == {200}
    # The driver runs a loop in this thread, and Django asks no database beside one: so all pages come first.
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        flaws = [
            f"{name}, {width}, {scheme}: {flaw}"
            for name, page in answers.items()
            for width, scheme in LOOKS
            for flaw in flaws_of(browser, page, width, scheme)
        ]
        browser.close()
    assert flaws == []


def flaws_of(browser: Browser, page: HttpResponse, width: int, scheme: str) -> list[str]:
    """What is wrong with a page, answered with its own rules of what it may load."""
    context = browser.new_context(
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": width, "height": 900},
        reduced_motion="reduce",
    )
    shown = context.new_page()
    wrong: list[str] = []
    shown.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    shown.on("pageerror", lambda error: wrong.append(str(error)))

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(SITE)
        if path == "/":
            rules = {"Content-Security-Policy": page["Content-Security-Policy"]}
            route.fulfill(content_type="text/html", body=page.content, headers=rules)
        elif (found := finders.find(path.removeprefix("/static/").partition("?")[0])) is not None:
            route.fulfill(content_type=KINDS[path.rsplit(".", 1)[-1]], path=found)
        else:
            route.fulfill(status=404)

    shown.route("**/*", answer)
    shown.goto(f"{SITE}/")
    wrong += [f"{flaw['id']}: {flaw['nodes'][0]['html'][:120]}" for flaw in Axe().run(shown).response["violations"]]
    if (wide := shown.evaluate("document.documentElement.scrollWidth")) > width:
        wrong.append(f"{wide} wide")
    context.close()
    return wrong
