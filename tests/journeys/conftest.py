from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.button.conftest import browser
from tests.running.house import House, wait_until

__all__ = ["browser"]

FILLED_WITHIN = 1_800.0


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The demo, filled and served by its own command, once for all journeys."""
    house = House(tmp_path_factory.mktemp("journey") / "demo")
    serving = house.start("demo", "--port", str(house.port))

    def answers_or_is_gone() -> bool:
        return house.answers() or serving.poll() is not None

    wait_until(answers_or_is_gone, lambda: f"the demo answers\n{house.said()}", FILLED_WITHIN)
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
