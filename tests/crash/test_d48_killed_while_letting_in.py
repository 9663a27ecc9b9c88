"""The whole process tree is killed at random points while contacts come in by HTTP; a ledger outside counts.

What was answered with a yes is there, once. What was not answered is sent again under the same key, and is there
once too.
"""

from __future__ import annotations

import json
import os
import random
import signal
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path

import pytest

from tests.running.house import House, wait_until

KILLS = 38
SENDERS = 3

SET_UP = """
from django.core.management import call_command
call_command("migrate", skip_checks=True, verbosity=0)
from django.utils import timezone
from evenhand.doors.api.keys import make_key
now = timezone.now()
a_desk()
print(make_key("outside", ["contacts:write"], None, now))
"""


@dataclass
class Outside:
    """What a careful sender knows: every message with its key, and which of them were answered with a yes."""

    house: House
    key: str
    sent: dict[str, str] = field(default_factory=dict)
    answered: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, name: str) -> bool:
        """Send one message, new or again; True when it was answered with a yes."""
        with self._lock:
            words = self.sent.setdefault(name, f"Message {name}: I was charged twice.")
        request = urllib.request.Request(
            f"{self.house.address}/api/v1/contacts",
            json.dumps({"words": words}).encode(),
            {
                "Authorization": f"Bearer {self.key}",
                "Content-Type": "application/json",
                "Idempotency-Key": f"{name:0>20}",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                case = json.loads(answer.read())["case"]
        except (OSError, ValueError, HTTPException):  # cut off in the middle of an answer, too
            return False
        with self._lock:
            self.answered[name] = case
        return True

    def keep_sending(self, until: threading.Event, name: str) -> None:
        number = 0
        while not until.is_set():
            number += 1
            self.send(f"{name}-{number}")


def tree_of(root: int) -> list[int]:
    """A process and all below it."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found, more = [root], [root]
    while more:
        more = [pid for pid, parent in parents.items() if parent in more]
        found += more
    return found


def kill(root: int) -> None:
    for pid in tree_of(root):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path / "data")
    yield made
    made.leave()


@pytest.mark.crash
def test_d48_nothing_is_lost_and_nothing_doubled_when_everything_is_killed_while_letting_in(house):
    chance = random.Random(48)
    outside = Outside(house, house.script(SET_UP).splitlines()[-1])
    for kills in range(KILLS):
        serving = house.start("web", "--port", str(house.port))
        wait_until(house.answers, lambda: f"it answers\n{house.said()}")
        stop = threading.Event()
        senders = [
            threading.Thread(target=outside.keep_sending, args=(stop, f"{kills}-{number}")) for number in range(SENDERS)
        ]
        for sender in senders:
            sender.start()
        time.sleep(chance.uniform(0.05, 0.6))
        kill(serving.pid)
        serving.wait(10)
        stop.set()
        for sender in senders:
            sender.join(15)
    assert len(outside.answered) > KILLS, "contacts did come in between the kills"
    assert len(outside.sent) > len(outside.answered), "some were cut off"
    house.up()
    for name in set(outside.sent) - set(outside.answered):
        wait_until(lambda name=name: outside.send(name), f"{name} is let in")
    kept = house.query("SELECT c.words, k.reference FROM care_contact c JOIN care_case k ON k.id = c.case_id")
    by_words = dict(kept)
    assert len(kept) == len(by_words), "nothing doubled"
    assert set(by_words) == set(outside.sent.values()), "nothing lost"
    for name, case in outside.answered.items():
        assert by_words[outside.sent[name]] == case, "what was answered is what is kept"
    running = house.query("SELECT COUNT(*) FROM care_promise WHERE is_running AND kind = 'answer'")
    assert running == [(len(outside.sent),)], "each has its promise"
    assert house.run("verify").returncode == 0
