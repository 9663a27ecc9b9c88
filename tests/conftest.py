"""What every test stands on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


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
