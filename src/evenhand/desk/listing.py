"""Rows of pages that are not the line: the same need, time, words and place, with the promise that runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evenhand.care.models import Case, Promise
from evenhand.desk.queue import first_words


@dataclass(frozen=True)
class Row:
    case: Case
    words: str
    promise: Promise | None

    @property
    def promised(self) -> str:
        """What the customer waits for, in words."""
        if self.promise is None:
            return ""
        return {
            Promise.Kind.ANSWER: "an answer is promised",
            Promise.Kind.SOLUTION: "the solution is promised",
            Promise.Kind.SUPERVISOR: "a supervisor's answer is promised",
            Promise.Kind.RETURN: "we asked, and come back by then",
        }[Promise.Kind(self.promise.kind)]


def listed(cases: Sequence[Case], kind: Promise.Kind | None = None) -> list[Row]:
    """A row for each case, in the order given. kind: which promise to show; the nearest where none is named."""
    ids = [case.pk for case in cases]
    words = first_words(ids)
    running = Promise.objects.filter(case_id__in=ids, is_running=True).order_by("-due_at")
    if kind is not None:
        running = running.filter(kind=kind)
    nearest = {promise.case_id: promise for promise in running}
    return [Row(case, words.get(case.pk, ""), nearest.get(case.pk)) for case in cases]
