"""Who stands behind an address. An address is claimed until it is proved, and only a proved one opens history."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from evenhand.care.asking import ask
from evenhand.care.inserting import insert_all, reserve_keys
from evenhand.identity.models import Behind, Customer, Identity, StatusLink

_EMAIL = re.compile(r"[^\s@,;<>\"()]{1,64}@[^\s@,;<>\"()]{1,190}\.[^\s@.,;<>\"()]{2,63}")


class NotAnAddress(Exception):
    """What was given as an address is neither a mail address nor a telephone number."""

    def __init__(self, given: str) -> None:
        super().__init__("This is neither an email address nor a phone number.")
        self.given = given


@dataclass(frozen=True)
class Caller:
    """Who says that they are calling, as a door was told. Nothing of it is proved."""

    email: str = ""
    phone: str = ""
    handle: str = ""
    account: str = ""
    name: str = ""
    language: str = ""

    def addresses(self) -> list[tuple[Identity.Kind, str]]:
        """Kinds and addresses, the one to answer to first. Raises NotAnAddress."""
        found: list[tuple[Identity.Kind, str]] = []
        if self.email:
            found.append((Identity.Kind.EMAIL, written_email(self.email)))
        if self.phone:
            found.append((Identity.Kind.PHONE, written_phone(self.phone)))
        if handle := one_line(self.handle)[:254].lower():
            found.append((Identity.Kind.HANDLE, handle))
        if account := one_line(self.account)[:254]:
            found.append((Identity.Kind.ACCOUNT, account))
        return found


@dataclass(frozen=True)
class Known:
    """The customer behind a call, and the identity that answers go to."""

    customer_id: int
    answer_to: int | None


def written_email(given: str) -> str:
    """A mail address as we keep it. Raises NotAnAddress; line breaks and odd characters are refused, not mended."""
    email = given.strip()
    if len(email) > 254 or not _EMAIL.fullmatch(email) or not email.isprintable():
        raise NotAnAddress(given)
    return email.lower()


def written_phone(given: str) -> str:
    """A telephone number as we keep it: digits, with a plus in front where it was given. Raises NotAnAddress."""
    digits = re.sub(r"[\s().\-/]", "", given.strip())
    if not re.fullmatch(r"\+?[0-9]{5,17}", digits):
        raise NotAnAddress(given)
    return digits


def one_line(given: str) -> str:
    """Text without line breaks and control characters, for names and handles."""
    return " ".join("".join(c if c.isprintable() else " " for c in given).split())


def caller_at(answer_to: str, name: str = "", language: str = "") -> Caller:
    """A caller from one field that takes an email address or a phone number. Raises NotAnAddress."""
    given = answer_to.strip()
    if not given:
        return Caller(name=name, language=language)
    if "@" in given:
        return Caller(email=written_email(given), name=name, language=language)
    return Caller(phone=written_phone(given), name=name, language=language)


def know_all(callers: Sequence[Caller], now: datetime) -> list[Known]:
    """The customers behind these calls: known by an address, or met for the first time."""
    addresses = [caller.addresses() for caller in callers]
    wanted = {address for each in addresses for address in each}
    known = _find(wanted)
    met: dict[tuple[str, str], int] = {}
    customers: list[tuple[object, ...]] = []
    identities: list[tuple[str, str, int]] = []
    unknown = [i for i, each in enumerate(addresses) if not any(address in known for address in each)]
    keys = iter(reserve_keys(Customer, len(unknown)) if unknown else ())
    behind: list[int] = []
    for caller, each in zip(callers, addresses, strict=True):
        customer_id = next((known[a][0] for a in each if a in known), None) or next(
            (met[a] for a in each if a in met), None
        )
        if customer_id is None:
            customer_id = next(keys)
            customers.append((customer_id, one_line(caller.name)[:200], caller.language[:8], now))
        for address in each:
            if address not in known and address not in met:
                met[address] = customer_id
                identities.append((address[0].value, address[1], customer_id))
        behind.append(customer_id)
    insert_all(Customer, ("id", "name", "language", "first_met_at"), customers)
    if identities:
        keys_of = reserve_keys(Identity, len(identities))
        rows = [(key, *identity) for key, identity in zip(keys_of, identities, strict=True)]
        insert_all(Identity, ("id", "kind", "address", "customer_id"), rows, or_leave=True)
        known |= {(kind, address): (customer, key) for key, kind, address, customer in rows}
        if connection.vendor != "sqlite":  # another transaction may have met one of them first
            known |= _find(set(met))
    return [
        Known(customer_id, known[each[0]][1] if each else None)
        for customer_id, each in zip(behind, addresses, strict=True)
    ]


def _find(wanted: set[tuple[Identity.Kind, str]] | set[tuple[str, str]]) -> dict[tuple[str, str], tuple[int, int]]:
    if not wanted:
        return {}
    rows = ask(
        "SELECT kind, address, customer_id, id FROM identity_identity WHERE kind IN (%s) AND address IN (%s)",
        {str(kind) for kind, _ in wanted},
        {address for _, address in wanted},
    )
    return {(kind, address): (customer, pk) for kind, address, customer, pk in rows if (kind, address) in wanted}


def stand_behind(rows: Sequence[tuple[int, Known]], now: datetime) -> None:
    """Keep who stands behind new cases: (case, who) pairs."""
    insert_all(
        Behind,
        ("case_id", "customer_id", "answer_to_id", "since"),
        [(case_id, known.customer_id, known.answer_to, now) for case_id, known in rows],
    )


def claim(case_id: int, kind: Identity.Kind, address: str) -> None:
    """Keep an address that whoever holds a case's private link calls theirs; one that is known stays whose it is."""
    customer_id = Behind.objects.filter(case_id=case_id).values_list("customer_id", flat=True).first()
    if customer_id is not None:
        Identity.objects.get_or_create(kind=kind, address=address, defaults={"customer_id": customer_id})


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def give_links(rows: Sequence[tuple[int, int | None]], now: datetime) -> list[str]:
    """A fresh private link's token for each (case, identity it is given to); only its hash is kept."""
    tokens = [secrets.token_urlsafe(24) for _ in rows]
    insert_all(
        StatusLink,
        ("token_hash", "case_id", "given_to_id", "made_at"),
        [(hash_of(token), case_id, identity, now) for token, (case_id, identity) in zip(tokens, rows, strict=True)],
    )
    return tokens


def link_behind(token: str, now: datetime) -> StatusLink | None:
    """The living link of this token, with its case; None for a wrong, withdrawn or expired one."""
    if not token or len(token) > 200:
        return None
    return (
        StatusLink.objects.living(now)
        .filter(token_hash=hash_of(token))
        .select_related("case__line__need", "case__line__place", "case__owner", "given_to")
        .first()
    )
