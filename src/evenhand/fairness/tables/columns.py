"""Which column is what: found by its name, however that is spelled, and near ones named where there is none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

START = (
    "created", "created at", "created date", "created on", "created time", "create date", "creation date",
    "date created",
    "opened", "opened at", "opened date", "open date", "open dt", "open time", "date opened", "date/time opened",
    "received", "received at", "received date", "date received", "submitted at", "submitted date", "date submitted",
    "reported at", "reported date", "date reported", "requested at", "requested date", "request date", "start",
    "start time", "started at", "arrived at", "arrival", "timestamp",
)  # fmt: skip
END = (
    "closed", "closed at", "closed date", "close date", "closed dt", "closed on", "closed time", "date closed",
    "date/time closed",
    "answered", "answered at", "first answered at", "first reply at", "first response at", "first responded at",
    "responded at", "response date", "first admin reply at", "replied at", "reply date", "date of reply",
    "resolved", "resolved at", "resolved date", "resolution date", "date resolved",
    "resolved time", "solved", "solved at", "completed at", "completed date", "date completed", "finished at",
    "end", "end time", "ended at", "date sent to company",
)  # fmt: skip
NEED = (
    "need", "category", "complaint type", "request type", "type", "case type", "ticket type", "issue type", "topic",
    "subject type", "case reason", "service", "service name", "srtype", "product", "issue", "reason", "kind",
)  # fmt: skip
BY = (
    "group", "channel", "channel type", "source", "via", "via channel", "door", "submitted via", "received via",
    "method received", "how received", "contact type", "contact channel", "open data channel type", "origin",
    "case origin",
    "intake channel", "request source",
)  # fmt: skip


def plainly(name: str) -> str:
    """A name without what spelling adds: `Date received`, `date_received` and `DATE-RECEIVED` are one."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def same_name(one: str, other: str) -> bool:
    return bool(plainly(one)) and plainly(one) == plainly(other)


def guessed(names: Iterable[str], among: Sequence[str]) -> list[str]:
    """The columns whose name is one of these, in the order of the table."""
    known = {plainly(each) for each in among}
    return [name for name in names if plainly(name) in known]


def near(name: str, names: Sequence[str], most: int = 3) -> list[str]:
    """The columns that look most like a name."""
    by_plain = {plainly(each): each for each in names}
    wanted = plainly(name)
    close = get_close_matches(wanted, by_plain, most, 0.6)
    inside = [plain for plain in by_plain if len(wanted) > 2 and (wanted in plain or plain in wanted) and plain]
    return [by_plain[plain] for plain in dict.fromkeys([*close, *inside])][:most]


def listed(names: Sequence[str], most: int = 60) -> str:
    shown = ", ".join(repr(name) for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")
