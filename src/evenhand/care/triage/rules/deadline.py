"""The customer's own deadline by rule: something that will not wait and a time for it, as `deadline.toml` tells."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from evenhand.care.triage.markings import WORD
from evenhand.care.triage.patterns import Parts, alternatives, beside
from evenhand.care.triage.rules.times import Mention, times_in

FAR = 48.0  # hours; what is further away is no deadline of this kind: the need beneath it has time enough
READ = 6_000  # characters of a long text that are searched for a deadline: half at its head, half at its end
APART = 80  # characters from the begin of an event to the end of its time, or the other way round, at most

_KEPT = beside(__file__)
_GATE = frozenset(alternatives(_KEPT["gate"]))
_EVENT = Parts({}).whole_words(_KEPT["event"])
_OVER = Parts({}).whole_words(_KEPT["over"])


@dataclass(frozen=True)
class Deadline:
    """hours: time left when the customer pressed send, None where the words do not say. rule: its name."""

    rule: str
    hours: float | None


def deadline_in(matter: str, sent_at: datetime | None, words: Iterable[str] | None = None) -> Deadline | None:
    """The customer's own deadline by rule: something that will not wait, and a time for it, in one sentence.
    hours is `inf` where the only times so bound lie further off than two days: then there is no deadline, whatever
    else reads the words. matter: as `markings.strip` gives it. sent_at: as in `times_in`."""
    if _GATE.isdisjoint(WORD.findall(matter) if words is None else words):
        return None
    text = matter.replace("\n", " ")
    if len(text) > READ:
        text = f"{text[: READ // 2]}. {text[-READ // 2 :]}"
    bound = _bound(text, times_in(text, sent_at))
    if not bound:
        return None
    near = [hours for hours in bound if hours is None or hours <= FAR]
    if not near:
        return Deadline("further off than two days", float("inf"))
    known = [hours for hours in near if hours is not None]
    return Deadline("own deadline", max(0.0, min(known)) if known else None)


def _bound(text: str, times: list[Mention]) -> list[float | None]:
    """The hours of every time that stands in one sentence with something that will not wait."""
    if not times:
        return []
    return [time.hours for event in _EVENT.finditer(text) for time in times if _belong(text, *event.span(), time)]


def _belong(text: str, start: int, end: int, time: Mention) -> bool:
    first, last = min(start, time.start), max(end, time.end)
    if last - first > APART or any(mark in text[first:last] for mark in (". ", "! ", "? ", "; ")):
        return False
    return _OVER.search(text, max(0, first - 22), min(len(text), last + 12)) is None
