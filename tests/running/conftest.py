from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from running.house import House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """An installation that nobody has started yet."""
    made = House(tmp_path / "data")
    yield made
    made.leave()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """An installation with a case and the ledger entries of it; tests of this module change it in turn."""
    made = House(tmp_path_factory.mktemp("filled") / "data")
    assert made.run("migrate").returncode == 0
    made.script("a_desk(); [a_case(f'Charged twice, {n}.') for n in range(3)]")
    yield made
    made.leave()
