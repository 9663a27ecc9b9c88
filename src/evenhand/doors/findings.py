"""What a higher room proved and doors may say, while it holds. Asked for often, so read anew once a minute."""

from __future__ import annotations

import time
from datetime import datetime
from uuid import UUID

from django.db import DatabaseError, connection, transaction

from evenhand.doors.models import Finding

PUBLIC_NEVER_FASTER = "public-never-faster"
FRESH_FOR = 60.0
_latest: dict[str, tuple[float, frozenset[str]]] = {}


def holds(key: str) -> bool:
    """Whether a finding holds, as known within the last minute. Where the database cannot say, nothing is claimed."""
    name = str(connection.settings_dict["NAME"])
    read_at, found = _latest.get(name, (0.0, frozenset[str]()))
    now = time.monotonic()
    if name not in _latest or now - read_at > FRESH_FOR:
        try:
            found = frozenset(Finding.objects.filter(until=None).values_list("key", flat=True))
        except DatabaseError:
            found = frozenset()
        _latest[name] = (now, found)
    return key in found


def holds_now(key: str) -> bool:
    """The same, asked of the database."""
    return Finding.objects.filter(key=key, until=None).exists()


def forget() -> None:
    """Read them anew next time: one was written down or withdrawn here."""
    _latest.clear()


@transaction.atomic
def write_down(key: str, says: str, result: UUID, now: datetime) -> Finding:
    """Write down what was proven; where the same holds already, since when it does is kept."""
    found, is_new = Finding.objects.get_or_create(
        key=key, until=None, defaults={"says": says, "result": result, "since": now}
    )
    if not is_new and found.says != says:
        found.says, found.result = says, result
        found.save(update_fields=["says", "result"])
    forget()
    return found


def withdraw(key: str, now: datetime) -> bool:
    """It is not proven any more. True where it had held."""
    was = bool(Finding.objects.filter(key=key, until=None).update(until=now))
    forget()
    return was
