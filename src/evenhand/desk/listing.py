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


def listed(cases: Sequence[Case], first: Promise.Kind | None = None) -> list[Row]:
    """A row for each case, in the order given, with its nearest promise; one of the kind named goes before it."""
    ids = [case.pk for case in cases]
    words, shown = first_words(ids), dict[int, Promise]()
    for promise in Promise.objects.filter(case_id__in=ids, is_running=True).order_by("due_at", "pk"):
        if promise.case_id not in shown or (promise.kind == first and shown[promise.case_id].kind != first):
            shown[promise.case_id] = promise
    return [Row(case, words.get(case.pk, ""), shown.get(case.pk)) for case in cases]
