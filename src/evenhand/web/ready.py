"""Before anything is served: the settings hold, the tables are there, the pages' files are collected."""

from __future__ import annotations

import fcntl
import shutil
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import DatabaseError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

import evenhand
from evenhand.people.models import OneTimeLink, Person
from evenhand.web.configuration import WrongSetting

_MIGRATING = 7_241_906_119


def get_ready(*, migrate: bool) -> None:
    """Bring the tables up to date (or refuse where they are not) and collect the pages' files.

    Raises WrongSetting where the database cannot be used safely.
    """
    check_database()
    if migrate:
        _migrate()
    refuse_old_tables()
    _collect()


def refuse_old_tables() -> None:
    """Raises WrongSetting where the tables are not those of this version."""
    if behind := steps_behind():
        raise WrongSetting(
            "EVENHAND_DATABASE",
            f"the tables are {behind} steps behind this version.",
            "Run `evenhand migrate` once, on one machine, then start again.",
        )


def check_database() -> None:
    """Refuse a database that would say yes before the words are on its disk."""
    try:
        wrong = [
            f"{name} is {value}, and must be {wanted}"
            for name, value, wanted in durability()
            if str(value).lower() != wanted
        ]
    except OperationalError as error:
        raise WrongSetting(
            "EVENHAND_DATABASE" if connection.vendor == "postgresql" else "EVENHAND_DATA_DIR",
            f"the database does not answer ({type(error).__name__}).",
            "Look whether it runs and the address, name and password are right."
            if connection.vendor == "postgresql"
            else "Look whether the folder is there, has room and may be written to.",
        ) from error
    if wrong:
        raise WrongSetting(
            "EVENHAND_DATABASE",
            f"{'; '.join(wrong)}.",
            "A contact that was confirmed could be lost at a power cut: set it right, then start again.",
        )


def durability() -> list[tuple[str, object, str]]:
    """(setting, its value, the value it must have) of the database in use."""
    names = (
        {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
        if connection.vendor == "postgresql"
        else {"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"}
    )
    show = "SHOW" if connection.vendor == "postgresql" else "PRAGMA"
    found = []
    for name, wanted in names.items():
        with connection.cursor() as asked:
            asked.execute(f"{show} {name}")
            found.append((name, asked.fetchone()[0], wanted))
    return found


def _migrate() -> None:
    """One machine at a time: a second one waits, then finds nothing to do."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_advisory_lock(%s)", [_MIGRATING])
    try:
        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable", verbosity=0)
    finally:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_MIGRATING])


def steps_behind() -> int:
    """How many steps of migration are missing."""
    try:
        executor = MigrationExecutor(connection)
        return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except DatabaseError:
        return 1


def _collect() -> None:
    """Collect the pages' files, unless these very files were collected before; a second process waits meanwhile."""
    root = Path(settings.STATIC_ROOT)
    stamp, mark = root.with_name("static-of"), _mark_of_sources()
    with root.with_name("static-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # let go when the file is closed, whatever happens
        if stamp.exists() and stamp.read_text() == mark and (root / "staticfiles.json").exists():
            return
        shutil.rmtree(root, ignore_errors=True)
        call_command("collectstatic", verbosity=0, interactive=False)
        stamp.write_text(mark)


def _mark_of_sources() -> str:
    """A line for each file of the pages: its name, size and age; another version has another mark."""
    lines = [evenhand.__version__]
    for finder in get_finders():
        for name, storage in finder.list([]):
            path = Path(storage.path(name))
            lines.append(f"{name} {path.stat().st_size} {path.stat().st_mtime_ns}")
    return "\n".join(sorted(lines))


def first_link() -> str | None:
    """The address at which the first administrator is made; None where there is one already."""
    if Person.objects.filter(role=Person.Role.ADMINISTRATOR, is_active=True).exists():
        return None
    return f"{settings.BASE_URL}/first/{OneTimeLink.give(OneTimeLink.Kind.FIRST, timezone.now())}/"
