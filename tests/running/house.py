"""An installation in processes of its own, as an operator runs it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

PATIENCE = 30.0


@dataclass
class House:
    """A data folder, a free port, and what was started on them."""

    data: Path
    port: int = 0
    more: dict[str, str] = field(default_factory=dict)
    _running: list[subprocess.Popen[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("EVENHAND_")}
        return {**inherited, "EVENHAND_DATA_DIR": str(self.data), "PYTHONWARNINGS": "error", **self.more}

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """One evenhand command, to its end."""
        return subprocess.run(
            [sys.executable, "-m", "evenhand.web.cli", *command],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def script(self, words: str) -> str:
        """Python run inside the installation, with the tests' factories at hand."""
        start = "import django; django.setup()\nfrom factories import *\n"
        paths = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
        done = subprocess.run(
            [sys.executable, "-c", start + words],
            env={"DJANGO_SETTINGS_MODULE": "evenhand.web.settings", **self.environment, "PYTHONPATH": paths},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def start(self, *command: str) -> subprocess.Popen[str]:
        """A command that goes on; what it says is kept in its log."""
        with self.log.open("a") as log:
            started = subprocess.Popen(
                [sys.executable, "-m", "evenhand.web.cli", *command],
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                text=True,
            )
        self._running.append(started)
        return started

    def up(self, *options: str) -> subprocess.Popen[str]:
        """Everything, until it answers."""
        started = self.start("up", "--port", str(self.port), *options)
        wait_until(lambda: self.answers() or started.poll() is not None, lambda: f"it answers\n{self.said()}")
        assert started.poll() is None, self.said()
        return started

    @property
    def log(self) -> Path:
        return self.data.with_suffix(".log")

    def said(self) -> str:
        return self.log.read_text() if self.log.exists() else ""

    def answers(self) -> bool:
        try:
            return self.get("/accounts/login/")[0] == 200
        except OSError:
            return False

    def get(self, path: str) -> tuple[int, dict[str, str], str]:
        request = urllib.request.Request(self.address + path)
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, {k.lower(): v for k, v in error.headers.items()}, error.read().decode()

    def link_said(self, kind: str) -> str:
        """The last one-time link in what was said, as a path."""
        return re.findall(rf"http://[^/]+(/{kind}/\S+)", self.said())[-1]

    def query(self, sql: str) -> list[tuple[object, ...]]:
        """Read the SQLite file from outside, as another program would."""
        with sqlite3.connect(f"file:{self.data / 'evenhand.sqlite3'}?mode=ro", uri=True, timeout=10) as database:
            return database.execute(sql).fetchall()

    def tamper(self, *statements: str) -> None:
        """Change the file behind the product's back; what guards its rows is taken away first, as a thief would."""
        with sqlite3.connect(self.data / "evenhand.sqlite3", timeout=10) as database:
            for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                database.execute(f'DROP TRIGGER "{name}"')
            for statement in statements:
                database.execute(statement)

    def verified(self) -> tuple[int, dict[str, object]]:
        done = self.run("verify", "--json", "-")
        return done.returncode, json.loads(done.stdout)

    def leave(self) -> None:
        for started in self._running:
            if started.poll() is None:
                started.send_signal(signal.SIGTERM)
        for started in self._running:
            try:
                started.wait(15)
            except subprocess.TimeoutExpired:
                started.kill()


def children(pid: int) -> list[int]:
    """Every process below this one."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *children(child)]
    return found


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except FileNotFoundError:
        return ""


def wait_until(true: Callable[[], bool], what: str | Callable[[], str], patience: float = PATIENCE) -> None:
    begun = time.monotonic()
    while not true():
        if time.monotonic() - begun > patience:
            raise AssertionError(f"waited {patience:.0f} s until {what() if callable(what) else what}")
        time.sleep(0.1)
