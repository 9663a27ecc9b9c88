"""On PostgreSQL: several processes share the work, and a database that could lose words is refused."""

from __future__ import annotations

import os
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection

from evenhand.web import ready
from evenhand.web.configuration import WrongSetting
from running.house import House, wait_until

pytestmark = pytest.mark.skipif(not os.environ.get("EVENHAND_DATABASE"), reason="EVENHAND_DATABASE names no PostgreSQL")


@pytest.fixture
def own_database(house: House) -> Iterator[House]:
    """An installation on a database that this test alone uses."""
    parts = urlsplit(os.environ["EVENHAND_DATABASE"])
    name = f"house_{os.getpid()}"

    def say(sql: str) -> None:
        import psycopg

        with psycopg.connect(os.environ["EVENHAND_DATABASE"], autocommit=True) as direct:
            direct.execute(sql)  # type: ignore[call-overload]

    say(f'CREATE DATABASE "{name}"')
    house.more["EVENHAND_DATABASE"] = parts._replace(path=f"/{name}").geturl()
    yield house
    house.leave()
    say(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_up_runs_on_postgresql_and_several_work_processes_share_it(own_database: House):
    started = own_database.up()
    own_database.start("work")
    own_database.script("a_desk(); [a_case(f'Charged twice, {n}.') for n in range(3)]")
    count = "from evenhand.care.models import Outcome; print(Outcome.objects.filter(kind='broken').count())"
    wait_until(lambda: own_database.script(count) == "3", "each promise of long ago is judged, once")
    assert own_database.run("verify").returncode == 0
    assert started.poll() is None


def test_two_machines_that_migrate_at_once_wait_for_each_other(own_database: House):
    both = [own_database.start("migrate") for _ in range(2)]
    assert [one.wait(60) for one in both] == [0, 0], own_database.said()


@pytest.mark.django_db
def test_a_database_that_says_yes_too_early_is_refused():
    ready.check_database()
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
    try:
        with pytest.raises(WrongSetting, match="synchronous_commit is off"):
            ready.check_database()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit = on")
    assert settings.DATABASES["default"]["ENGINE"].endswith("postgresql")
