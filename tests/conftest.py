"""What every test stands on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With `--dist loadgroup` the tests of a file stay together, and all journeys, which share one demo, begin: to fill
    it takes longer than everything else."""
    if config.getoption("dist", "no") != "loadgroup":
        return
    for item in items:
        folder = item.path.parent.name
        item.add_marker(pytest.mark.xdist_group(folder if folder == "journeys" else f"{folder}-{item.path.stem}"))
    items.sort(key=lambda item: item.path.parent.name != "journeys")


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    """Each test starts with nothing in the process's memory of the database."""
    from evenhand.care.cases import catalogue
    from evenhand.care.promises import outlook
    from evenhand.doors import findings

    memories = (catalogue, outlook, findings)
    for memory in memories:
        memory.forget()
    yield
    for memory in memories:
        memory.forget()
