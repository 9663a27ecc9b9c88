"""What a demo's data folder says of itself: that it holds a demo, whether the replay was finished, and its ways in."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from evenhand.web import ledger_heads
from evenhand.web.demo import clock

FILE = "demo.json"
DATABASE_FILES = ("evenhand.sqlite3", "evenhand.sqlite3-wal", "evenhand.sqlite3-shm")


@dataclass
class Demo:
    """seed: of the replay. starts: how often it was opened. ways_in: name → path of the address."""

    seed: int
    is_finished: bool = False
    starts: int = 0
    ways_in: dict[str, str] = field(default_factory=dict)
    waiting_case: str = ""
    waiting_until: str = ""

    def is_due_at(self) -> datetime | None:
        return datetime.fromisoformat(self.waiting_until) if self.waiting_until else None


def demo_in(data: Path) -> Demo | None:
    """The demo that is kept there, if one is."""
    try:
        return Demo(**json.loads((data / FILE).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def keep(data: Path, demo: Demo) -> None:
    new = data / f"{FILE}.new"
    new.write_text(json.dumps(asdict(demo), indent=1), encoding="utf-8")
    new.chmod(0o600)
    new.replace(data / FILE)


def holds_something_else(data: Path) -> bool:
    """Whether there is a database that no demo wrote."""
    return demo_in(data) is None and any((data / name).exists() for name in DATABASE_FILES)


def clear(data: Path) -> None:
    """Take away what a demo wrote, and only that."""
    for name in (*DATABASE_FILES, FILE, clock.FILE, ledger_heads.NAME):
        (data / name).unlink(missing_ok=True)
