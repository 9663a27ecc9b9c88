"""What every test stands on. Set before Django reads its settings: a data folder of the tests' own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("EVENHAND_DATA_DIR", tempfile.mkdtemp(prefix="evenhand-tests-"))
os.environ.setdefault("EVENHAND_SECRET_KEY", "only for tests")
os.environ.setdefault("EVENHAND_ORGANISATION", "Lakeside Bank")

import pytest
from pytest_django import Settings

# Pages are served from the sources here; a wheel brings its static files collected.
(Path(os.environ["EVENHAND_DATA_DIR"]) / "static").mkdir(parents=True, exist_ok=True)


@pytest.fixture(autouse=True)
def static_files_as_they_are(settings: Settings) -> None:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}


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
