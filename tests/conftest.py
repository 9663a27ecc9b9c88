"""What every test stands on. Set before Django reads its settings: a data folder of the tests' own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator

os.environ.setdefault("EVENHAND_DATA_DIR", tempfile.mkdtemp(prefix="evenhand-tests-"))
os.environ.setdefault("EVENHAND_SECRET_KEY", "only for tests")
os.environ.setdefault("EVENHAND_ORGANISATION", "Lakeside Bank")

import pytest


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    """Each test starts with nothing in the process's memory of the database."""
    from evenhand.care.cases import catalogue
    from evenhand.care.promises import outlook

    catalogue.forget()
    outlook.forget()
    yield
    catalogue.forget()
    outlook.forget()
