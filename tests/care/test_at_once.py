"""People who act at the same moment: nobody waits for ever, nothing is counted twice, and nobody is met twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

SOURCES = Path(__file__).resolve().parents[2] / "src"
ALL_AT_ONCE = """
import json, random, threading, uuid
from datetime import timedelta
import django
django.setup()
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

call_command("migrate", skip_checks=True, verbosity=0)
from evenhand.care.ledger import writing
from evenhand.care.models import Case, OpenLoad, Reply
from evenhand.care.promises import keeping, staff
from evenhand.desk import queue
from evenhand.doors import outbox
from evenhand.doors.intake import Knock, let_in
from evenhand.identity.models import Behind, Identity
from evenhand.identity.recognise import Caller
from evenhand.people.models import Person, Place

began = timezone.now()
place = Place.objects.create(slug="oakland", name="Oakland", zone="UTC")
people = []
for number in range(3):
    person = Person.objects.create_user(f"p{number}@example.org", f"Person {number}")
    person.places.add(place)
    person.come_on_duty(began)
    people.append(person)

def knock(said, **about):
    return Knock(door="form", words=said, sent_at=began, **about)

shared = [let_in(knock(f"I was charged twice, {n}."), timezone.now()).case_id for n in range(4)]
errors, start = [], threading.Barrier(6)

def act(number):
    chance, me = random.Random(number), people[number % 3]
    try:
        start.wait()
        for turn in range(12):
            now, case = timezone.now(), chance.choice(shared)
            which = chance.randrange(4)
            if which == 0:
                caller = Caller(email=f"e{turn}@example.org", phone=f"55501{turn:02}")
                let_in(knock("It does not work.", caller=caller), now)
            elif which == 1:
                let_in(knock("And another thing.", joins=case), now)
            elif which == 2:
                queue.take_next(me, now)
            else:
                kind = Reply.Kind.SOLUTION
                outbox.send(staff.reply(case, by=me, words="Done.", kind=kind, version=None, now=now), now)
    except Exception as error:
        errors.append(f"{type(error).__name__}: {error}")
    finally:
        connections.close_all()

threads = [threading.Thread(target=act, args=(number,)) for number in range(6)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
owned = {person.pk: Case.objects.open().filter(owner=person).count() for person in people}
kept = dict(OpenLoad.objects.values_list("person_id", "count"))
strangers = [
    behind.pk for behind in Behind.objects.exclude(answer_to=None).select_related("answer_to")
    if behind.customer_id != behind.answer_to.customer_id
]
print(json.dumps({
    "errors": errors,
    "is_counted_right": owned == {person: kept.get(person, 0) for person in owned},
    "met_twice": strangers,
    "flaw": str(writing.verify(keeping.finders())),
}))
"""


@pytest.fixture
def database() -> Iterator[str]:
    """A database of this test's own: on PostgreSQL where the tests run there, else a file."""
    given = os.environ.get("EVENHAND_DATABASE", "")
    if not given:
        yield ""
        return
    import psycopg

    name = f"at_once_{os.getpid()}"
    with psycopg.connect(given, autocommit=True) as direct:
        direct.execute(f'CREATE DATABASE "{name}"')  # type: ignore[call-overload]
        yield urlsplit(given)._replace(path=f"/{name}").geturl()
        direct.execute(f'DROP DATABASE "{name}" WITH (FORCE)')  # type: ignore[call-overload]


def test_d53_acts_that_meet_wait_for_their_turn_and_count_each_case_once(tmp_path: Path, database: str):
    (tmp_path / "static").mkdir()
    given = {
        "EVENHAND_DATA_DIR": str(tmp_path),
        "EVENHAND_SECRET_KEY": "only for tests",
        "DJANGO_SETTINGS_MODULE": "evenhand.web.settings",
        "PYTHONPATH": str(SOURCES),
    }
    if database:
        given["EVENHAND_DATABASE"] = database
    done = subprocess.run(
        [sys.executable, "-c", ALL_AT_ONCE],
        env={name: value for name, value in os.environ.items() if not name.startswith("EVENHAND_")} | given,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    said = json.loads(done.stdout)
    assert said == {"errors": [], "is_counted_right": True, "met_twice": [], "flaw": "None"}
