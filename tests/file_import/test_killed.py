"""An import that is killed at any point and run again loses nothing and doubles nothing."""

from __future__ import annotations

import csv
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

ROWS = 9_000
KILLS = 12
SOURCES = Path(__file__).resolve().parents[2] / "src"

SET_UP = """
import django
django.setup()
from django.core.management import call_command
call_command("migrate", skip_checks=True, verbosity=0)
from django.utils import timezone
from evenhand.people.models import Person, Place
place = Place.objects.create(slug="oakland", name="Oakland", zone="UTC")
person = Person.objects.create_user("maya@example.org", "Maya Okafor")
person.places.add(place)
person.come_on_duty(timezone.now())
"""
VERIFY = """
import django
django.setup()
from evenhand.care.ledger import writing
from evenhand.care.promises import keeping
flaw = writing.verify(keeping.finders())
raise SystemExit(flaw and f"{flaw.seq}: {flaw.wrong}")
"""
IMPORT = """
import sys, django
django.setup()
from evenhand.doors.file import command
raise SystemExit(command.run(sys.argv[1:]))
"""


def python(code: str, data: Path, *arguments: str) -> subprocess.Popen[str]:
    settings = {
        "EVENHAND_DATA_DIR": str(data),
        "EVENHAND_SECRET_KEY": "only for tests",
        "DJANGO_SETTINGS_MODULE": "evenhand.web.settings",
        "PYTHONPATH": str(SOURCES),
        "OMP_NUM_THREADS": "1",
    }
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        env={name: value for name, value in os.environ.items() if not name.startswith("EVENHAND_")} | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def done(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err[-2_000:]
    return out


def a_long_table(path: Path) -> dict[str, str]:
    """A table of many rows; our own list of what is in it, by id."""
    now, words = datetime.now(UTC), {}
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["Id", "Text", "Sent", "Closed"])
        for number in range(ROWS):
            words[f"r{number}"] = f"I was charged twice for transfer {number}."
            sent_at = (now - timedelta(hours=1, seconds=number)).isoformat()
            writer.writerow([f"r{number}", words[f"r{number}"], sent_at, sent_at if number % 4 == 0 else ""])
    mapping = '[words]\ncolumn = "Text"\n[sent_at]\ncolumn = "Sent"\n[closed_at]\ncolumn = "Closed"\n'
    path.with_suffix(".toml").write_text(mapping + '[external_id]\ncolumn = "Id"\n')
    return words


def how_many(data: Path) -> int:
    with sqlite3.connect(f"file:{data}/evenhand.sqlite3?mode=ro", uri=True) as database:
        counted = "SELECT (SELECT COUNT(*) FROM doors_arrival) + (SELECT COUNT(*) FROM doors_history)"
        return database.execute(counted).fetchone()[0]


def brought_in(data: Path) -> list[tuple[str, str]]:
    """Every row that is in, by id and words, read past all of our code."""
    with sqlite3.connect(f"file:{data}/evenhand.sqlite3?mode=ro", uri=True) as database:
        return database.execute(
            "SELECT external_id, words FROM doors_arrival JOIN care_contact ON care_contact.id = contact_id "
            "UNION ALL SELECT external_id, words FROM doors_history"
        ).fetchall()


@pytest.mark.crash
def test_d48_an_import_killed_at_random_points_loses_nothing_and_doubles_nothing(tmp_path):
    seed = random.randrange(1_000_000)
    print(f"seed {seed}")
    chance = random.Random(seed)
    data, table = tmp_path / "data", tmp_path / "table.csv"
    data.mkdir()
    done(python(SET_UP, data))
    written = a_long_table(table)
    arguments = ["csv", str(table), "--mapping", str(table.with_suffix(".toml")), "--yes", "--json", "-"]
    counts = [0]
    stopped_half_way = 0
    for _ in range(KILLS):
        process = python(IMPORT, data, *arguments)
        # Most of the time until the next batch is in and then a little, so that kills fall between and within batches.
        patience = time.monotonic() + 8
        while process.poll() is None and time.monotonic() < patience and how_many(data) == counts[-1]:
            time.sleep(0.02)
        time.sleep(chance.uniform(0, 0.25))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            stopped_half_way += 1
        process.communicate()
        rows = brought_in(data)
        assert len({name for name, _ in rows}) == len(rows), "a row is in twice"
        assert all(written[name] == words for name, words in rows)
        counts.append(len(rows))
        assert counts[-1] >= counts[-2], "what was in is gone"
    said = json.loads(done(python(IMPORT, data, *arguments)))
    rows = brought_in(data)
    assert dict(rows) == written
    assert len(rows) == ROWS
    assert said["cases"] + said["history"] + said["already_in"] == ROWS
    done(python(VERIFY, data))
    assert stopped_half_way >= KILLS // 2, counts
    assert 0 < counts[1] < ROWS
