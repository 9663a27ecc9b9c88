"""`evenhand up`: one command, and one thing to stop."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from running.house import House, children, command_of, is_alive, wait_until

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="looks at processes by /proc")


def loops_of(pid: int) -> list[int]:
    return [child for child in children(pid) if command_of(child).rstrip().endswith(" work")]


def test_one_command_serves_pages_and_runs_the_loops_and_one_signal_stops_both(house: House):
    started = house.up()
    assert house.get("/accounts/login/")[0] == 200
    wait_until(lambda: bool(house.query("SELECT 1 FROM web_beat")), "the loops show a sign of life")
    family = [started.pid, *children(started.pid)]
    assert len(family) == 3
    findings = {
        one["about"]: one["is_fine"] for one in json.loads(house.run("doctor", "--json", "-").stdout)["findings"]
    }
    assert findings["loops"]
    started.send_signal(signal.SIGTERM)
    assert started.wait(15) == 0
    wait_until(lambda: not any(map(is_alive, family)), "all of it has ended", 5)


def test_the_pages_files_are_named_by_their_content_and_kept_for_ever(house: House):
    house.up()
    page = house.get("/accounts/login/")[2]
    sheet = next(part for part in page.split('"') if "/static/ui/tokens." in part)
    status, headers, _ = house.get(sheet)
    assert status == 200
    assert "immutable" in headers["cache-control"]


def test_what_dies_is_started_anew(house: House):
    started = house.up()
    wait_until(lambda: bool(loops_of(started.pid)), "the loops run")
    (before,) = loops_of(started.pid)
    worker = next(child for child in children(started.pid) if child != before)
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: bool(set(loops_of(started.pid)) - {before}), "the loops run again")
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: not is_alive(worker) and house.answers(), "the pages are served again")
    assert started.poll() is None


def test_d48_nothing_serves_on_when_the_parent_was_killed(house: House):
    started = house.up()
    wait_until(lambda: bool(loops_of(started.pid)), "the loops run")
    family = children(started.pid)
    os.kill(started.pid, signal.SIGKILL)
    wait_until(lambda: not any(map(is_alive, family)), "its children have ended", 5)


def test_a_port_that_is_taken_is_named_and_never_shared(house: House):
    house.up()
    second = house.run("up", "--port", str(house.port))
    assert second.returncode == 2
    assert f"--port: nothing can listen at 127.0.0.1:{house.port}" in second.stderr


def test_what_is_kept_is_for_its_owner_alone(house: House):
    assert house.run("migrate").returncode == 0
    for kept in (house.data, house.data / "secret-key", house.data / "evenhand.sqlite3"):
        assert kept.stat().st_mode & 0o077 == 0, kept
