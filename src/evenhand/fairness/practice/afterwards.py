"""Of the matters left past their standard, how many went public afterwards: with a word in time, and without one?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from evenhand.care.models import Promise
from evenhand.doors.models import Message
from evenhand.fairness.parity.words import percent
from evenhand.fairness.practice.kept import Row, chunks, public_since, rows_of_promises
from evenhand.fairness.practice.reading import seconds
from evenhand.stats.cells import RATE_MARGIN, Cells, Finding, one_look
from evenhand.stats.rates import clopper_pearson

FOLLOWED = timedelta(days=28)
NOT_TOLD = {Message.State.REFUSED, Message.State.UNCERTAIN, Message.State.HELD}


@dataclass(frozen=True, slots=True)
class Share:
    """went of `of`, with the exact 95 % interval; None where there is nobody."""

    went: int
    of: int

    @property
    def share(self) -> float | None:
        return self.went / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        return clopper_pearson(self.went, self.of) if self.of else None


@dataclass(frozen=True, slots=True)
class Afterwards:
    """Matters whose first promised time came from start up to end without an answer, each followed for `followed`.

    told: a later time had reached its customer before that one broke. untold: none had. difference: told less untold
    for the same need and day, in shares; None where either is empty. public_already: went public before that time,
    left out. not_yet: not followed long enough by now.
    Who was told was not drawn by lot. And only a post that joined its case is seen: who posted under a name that
    nobody could tie to the case is missing, so the true shares are higher.
    """

    start: datetime
    end: datetime
    followed: timedelta
    told: Share
    untold: Share
    difference: Finding | None
    public_already: int
    not_yet: int

    @property
    def words(self) -> str:
        """The finding in one sentence."""
        if self.told.share is None or self.untold.share is None:
            return "There is nothing to compare: of the matters past their time, all or none had been told in time."
        return (
            f"Of {self.untold.of:,} matters past their time without a word, {percent(self.untold.share)} went public "
            f"within {self.followed.days} days; of {self.told.of:,} whose customers had been told a later time before, "
            f"{percent(self.told.share)}."
        )


def went_public_afterwards(start: datetime, end: datetime, now: datetime, followed: timedelta = FOLLOWED) -> Afterwards:
    """The shares, for matters whose first promised time came in the span.

    That time is never before the standard's end, and it is where the two ways part: a case counts as told by what had
    happened by then, never by what came later. Else whoever went public at once could not have been told any more,
    and being told would look as if it kept people quiet.
    """
    past = [
        row
        for row in rows_of_promises(start, min(end, now), now, Promise.Kind.ANSWER)
        if row.ended is None or row.ended > row.first.due
    ]
    length = int(followed.total_seconds())
    seen = [row for row in past if row.first.due + length <= seconds(now)]
    public = {case: seconds(at) for case, at in public_since({row.first.case for row in seen}).items()}
    rows = [row for row in seen if row.first.case not in public or public[row.first.case] > row.first.due]
    told = _told(rows)
    went = [row.first.case in public and public[row.first.case] - row.first.due <= length for row in rows]
    shares = [
        Share(sum(each for each, is_told in zip(went, told, strict=True) if is_told is which), told.count(which))
        for which in (True, False)
    ]
    return Afterwards(
        start=start,
        end=end,
        followed=followed,
        told=shares[0],
        untold=shares[1],
        difference=_difference(rows, told, went) if shares[0].of and shares[1].of else None,
        public_already=len(seen) - len(rows),
        not_yet=len(past) - len(seen),
    )


def _told(rows: list[Row]) -> list[bool]:
    """For each: had a later time reached its customer before the first broke?

    A time that was to go out and had not been accepted by then was not told. One that nothing carries yet, or that
    goes to nobody, stands on the private page, which is where such a customer reads it.
    """
    moves = {promise: row.first.due for row in rows for at, promise in row.moves if at <= row.first.due}
    late: set[int] = set()
    for some in chunks(moves):
        sent = Message.objects.filter(promise__in=some, kind=Message.Kind.RENEWAL)
        for promise, state, at in sent.values_list("promise_id", "state", "settled_at"):
            assert promise is not None
            if state in NOT_TOLD or (at is not None and seconds(at) > moves[promise]):
                late.add(promise)
    return [any(at <= row.first.due and promise not in late for at, promise in row.moves) for row in rows]


def _difference(rows: list[Row], told: list[bool], went: list[bool]) -> Finding:
    need = np.array([row.first.need for row in rows], dtype=np.int64)
    day = np.array([row.first.due // 86_400 for row in rows], dtype=np.int64)
    cells = Cells.of(need, day, np.array(told, dtype=np.int64), np.array(went, dtype=np.float64), groups=2)
    return one_look(cells.contrast(1, 0), RATE_MARGIN)
