"""The words of the audit that the ledger commits to: reasons of policies, and what was done about tasks."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from evenhand.care.ledger import writing as ledger
from evenhand.fairness.live.models import Policy, Task


def finders() -> ledger.Finders:
    """Where the ledger finds them."""
    return {
        "audit policy": lambda keys: {
            str(number): reason
            for number, reason in Policy.objects.filter(number__in=_numbers(keys)).values_list("number", "reason")
        },
        "audit task": lambda keys: {
            str(uid): words for uid, words in Task.objects.filter(uid__in=_uids(keys)).values_list("uid", "words")
        },
    }


def _numbers(keys: Iterable[str]) -> list[int]:
    return [int(key) for key in keys if key.isdecimal()]


def _uids(keys: Iterable[str]) -> list[UUID]:
    return [UUID(key) for key in keys]
