"""API keys: made once, kept as a hash, each with its scopes and perhaps its place; and what a key may reach."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from evenhand.care.asking import ask
from evenhand.care.ledger import writing as ledger
from evenhand.doors.models import ApiKey, Arrival
from evenhand.people.models import Place

SCOPES = {
    "contacts:write": "let contacts in",
    "contacts:sent_at": "say when a contact was sent, however long ago, and be believed",
    "contacts:read": "see what became of the contacts it let in",
}


class CannotMakeKey(Exception):
    """Why there is no such key, in words for whoever asked for it."""


@dataclass(frozen=True)
class Key:
    """A living key, as a request shows it."""

    pk: int
    scopes: frozenset[str]
    place: str | None

    @property
    def account(self) -> str:
        """What contacts let in by this key are known by."""
        return f"key:{self.pk}"


@transaction.atomic
def make_key(name: str, scopes: Iterable[str], place: Place | None, now: datetime) -> str:
    """Make a key and return it; it is shown this once and kept only as a hash. Raises CannotMakeKey."""
    name, wanted = " ".join(name.split())[:80], sorted(set(scopes))
    if not name:
        raise CannotMakeKey("A key needs a name, such as the program that will use it.")
    if unknown := [scope for scope in wanted if scope not in SCOPES]:
        raise CannotMakeKey(f"There is no scope {unknown[0]!r}. The scopes are {', '.join(SCOPES)}.")
    if not wanted:
        raise CannotMakeKey(f"A key needs a scope: {', '.join(SCOPES)}.")
    if ApiKey.objects.filter(name=name).exists():
        raise CannotMakeKey(f"There is a key called {name!r} already. Give this one another name, or withdraw that.")
    prefix = secrets.token_hex(4)
    whole = f"eh_{prefix}_{secrets.token_urlsafe(24)}"
    ApiKey.objects.create(name=name, prefix=prefix, key_hash=_hash(whole), scopes=wanted, place=place, made_at=now)
    facts = {"name": name, "scopes": wanted, "place": place.slug if place else None}
    ledger.write(ledger.Act("key made", now, f"key:{prefix}", facts=facts))
    return whole


@transaction.atomic
def withdraw(name: str, now: datetime) -> bool:
    """Withdraw a key, from the next request on; False where no living key has that name."""
    key = ApiKey.objects.filter(name=name, withdrawn_at=None).first()
    if key is None or not ApiKey.objects.filter(pk=key.pk, withdrawn_at=None).update(withdrawn_at=now):
        return False
    ledger.write(ledger.Act("key withdrawn", now, f"key:{key.prefix}", facts={"name": key.name}))
    return True


def key_behind(authorization: str) -> Key | None:
    """The living key of an Authorization header. Asked anew for each request: a withdrawn key ends at once."""
    scheme, _, given = authorization.partition(" ")
    given = given.strip()
    if scheme.lower() != "bearer" or not given.startswith("eh_") or len(given) > 100:
        return None
    prefix = given[3:].partition("_")[0]
    rows = ask(
        "SELECT doors_apikey.id, key_hash, scopes, slug FROM doors_apikey "
        "LEFT JOIN people_place ON people_place.id = place_id WHERE prefix = %s AND withdrawn_at IS NULL",
        prefix,
    )
    # A hash is compared either way, so that a known prefix takes no longer than an unknown one.
    if not hmac.compare_digest(_hash(given), rows[0][1] if rows else "0" * 64) or not rows:
        return None
    pk, _, scopes, place = rows[0]
    return Key(pk, frozenset(json.loads(scopes)), place)


def arrivals_of(key: Key) -> QuerySet[Arrival]:
    """What came in by this key: all that it may reach."""
    return Arrival.objects.filter(account=key.account)


class Allowance:
    """How much each key may send: so much at once, and so much again each second. One for each process."""

    def __init__(self, at_once: float, a_second: float) -> None:
        self._at_once, self._a_second = at_once, a_second
        self._left: dict[int, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, key: int, cost: float, at: float) -> float:
        """Take so much; the seconds to wait where there is not enough, else 0. at: seconds of a steady clock."""
        with self._lock:
            left, since = self._left.get(key, (self._at_once, at))
            left = min(self._at_once, left + (at - since) * self._a_second)
            if left < cost:
                self._left[key] = left, at
                return (cost - left) / self._a_second
            self._left[key] = left - cost, at
            return 0.0


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
