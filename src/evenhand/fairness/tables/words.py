"""Yes and no, and amounts of money, as tables write them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from evenhand.fairness.parity.rows import UNKNOWN

YES = frozenset(
    (
        "yes", "y", "true", "t", "1", "met", "kept", "ok", "in time", "on time", "within sla", "ontime", "achieved",
        "granted", "given", "paid", "x", "ja", "si", "sí", "oui",
    )
)  # fmt: skip
NO = frozenset(
    (
        "no", "n", "false", "f", "0", "missed", "broken", "late", "overdue", "breached", "violated", "sla violated",
        "not met", "refused", "denied", "none", "nein", "non",
    )
)  # fmt: skip
_NUMBER = re.compile(r"[^\d.,\-−()]+")


def yes_or_no(labels: Sequence[str], yes: Sequence[str] = (), unknown: Sequence[str] = ()) -> list[int] | None:
    """1, 0 or UNKNOWN for each label; None where some are neither yes nor no. yes: named; all others are then no."""
    if yes:
        wanted = {_plain(each) for each in yes}
        nobody_knows = {"", *(_plain(each) for each in unknown)}
        return [1 if _plain(each) in wanted else UNKNOWN if _plain(each) in nobody_knows else 0 for each in labels]
    found = [_one(label) for label in labels]
    return None if any(each is None for each in found) else [each for each in found if each is not None]


def _one(label: str) -> int | None:
    word = _plain(label)
    if not word or word in ("unknown", "n/a", "na", "null", "?"):
        return UNKNOWN
    return 1 if word in YES else 0 if word in NO else None


def _plain(label: str) -> str:
    return " ".join(label.casefold().split())


def money(label: str) -> float | None:
    """An amount: 12.50, $1,200.00, 1.234,56 €, (3.00) for less than nothing; None where it is none."""
    if not any(letter.isdigit() for letter in label):
        return None
    text = _NUMBER.sub("", label).replace("−", "-")
    if text.startswith("(") and text.endswith(")"):
        text = "-" + text[1:-1]
    comma, point = text.rfind(","), text.rfind(".")
    if comma > point and (point >= 0 or len(text) - comma - 1 != 3):
        text = text.replace(".", "").replace(",", ".")
    else:
        text = text.replace(",", "")
    try:
        return float(text)
    except ValueError:
        return None
