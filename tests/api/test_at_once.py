"""Requests that meet: one wins, the others repeat its answer. Run on a database in a file, as installations are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SOURCES = Path(__file__).resolve().parents[2] / "src"
SEND_AT_ONCE = """
import json, sys, threading
import django
django.setup()
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.test import Client
from django.utils import timezone

settings.ROOT_URLCONF = "evenhand.doors.urls"
call_command("migrate", skip_checks=True, verbosity=0)
from evenhand.care.ledger import writing
from evenhand.care.models import Contact
from evenhand.care.promises import keeping
from evenhand.doors.api.keys import make_key
from evenhand.people.models import Person, Place

place = Place.objects.create(slug="oakland", name="Oakland", zone="UTC")
person = Person.objects.create_user("maya@example.org", "Maya Okafor")
person.places.add(place)
person.come_on_duty(timezone.now())
key = make_key("program", ["contacts:write"], None, timezone.now())
body, headers = json.loads(sys.argv[1]), json.loads(sys.argv[2])
answers, start = [], threading.Barrier(6)

def send():
    try:
        start.wait()
        answers.append(Client().post("/api/v1/contacts", body, "application/json",
                                     headers={"Authorization": f"Bearer {key}"} | headers))
    finally:
        connections.close_all()

threads = [threading.Thread(target=send) for _ in range(6)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(json.dumps({
    "statuses": sorted(answer.status_code for answer in answers),
    "contacts": len({answer.json()["contact"] for answer in answers}),
    "links": len({answer.json()["status_url"] for answer in answers}),
    "kept": Contact.objects.count(),
    "flaw": str(writing.verify(keeping.finders())),
}))
"""


def sent_at_once(data: Path, body: dict, **headers: str) -> dict:
    settings = {
        "EVENHAND_DATA_DIR": str(data),
        "EVENHAND_BASE_URL": "http://testserver.localhost",
        "EVENHAND_SECRET_KEY": "only for tests",
        "DJANGO_SETTINGS_MODULE": "evenhand.web.settings",
        "PYTHONPATH": str(SOURCES),
    }
    (data / "static").mkdir()
    code = SEND_AT_ONCE.replace("Client()", 'Client(headers={"Host": "testserver.localhost"})')
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps(body), json.dumps(named)],
        env={name: value for name, value in os.environ.items() if not name.startswith("EVENHAND_")} | settings,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("about", "headers", "statuses"),
    [
        ({}, {"Idempotency_Key": "k1"}, [201] * 6),
        ({"external_id": "7"}, {}, [200] * 5 + [201]),
    ],
)
def test_of_requests_with_one_name_at_once_one_wins_and_the_others_repeat_it(tmp_path, about, headers, statuses):
    said = sent_at_once(tmp_path, {"words": "I was charged twice."} | about, **headers)
    assert said == {"statuses": statuses, "contacts": 1, "links": 6, "kept": 1, "flaw": "None"}
