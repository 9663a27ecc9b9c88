"""How a journey looks at a page: is it sound for everybody, and what does it look like?"""

from __future__ import annotations

import os
import re
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from evenhand.web.demo import kept
from tests.running.house import House

PICTURES = os.environ.get("EVENHAND_PICTURES")
"""A folder for pictures of every page the journey comes by, for the docs; none where it is not set."""


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
