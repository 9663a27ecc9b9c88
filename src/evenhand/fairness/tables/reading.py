"""Any table of cases to Rows: read, guessed where nobody said, every row that is left out counted by its reason."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenhand.fairness.parity.rows import UNKNOWN, By, Ending, Period, Rows
from evenhand.fairness.tables import plan as plans
from evenhand.fairness.tables import source as sources
from evenhand.fairness.tables import zones
from evenhand.fairness.tables.asked import EMPTY, Asked, YesNo
from evenhand.fairness.tables.columns import listed
from evenhand.fairness.tables.dates import named, pattern_of
from evenhand.fairness.tables.errors import CannotRead
from evenhand.fairness.tables.lengths import seconds, unit_of
from evenhand.fairness.tables.parts import Part, bad_shown, part
from evenhand.fairness.tables.plan import BAD, MISSING, Plan
from evenhand.fairness.tables.source import Source, Tell
from evenhand.fairness.tables.words import money, yes_or_no
from evenhand.stats.columns import Flags, Floats, Ints

MOST_BAD = 0.01
"""More rows than this share with a time that cannot be read, or that end before they begin, and we stop."""

MOST_GROUPS = 1_000

NOT_THERE = "(none)"
_TOLD = ("solved", "day", "in_time", "remedy", "amount", "recoded")
_DAY = 86_400


def read(tables: Sequence[Any], asked: Asked, *, now: datetime | None = None, tell: Tell | None = None) -> Rows:
    """The cases of some tables as one. tables: paths, `-` for standard input, or frames in memory.

    now: a time later than this is nobody's answer yet. tell: told how far it is. Raises CannotRead.
    """
    if not tables:
        raise CannotRead("No table was given; name a file, or - for standard input.")
    with tempfile.TemporaryDirectory(prefix="evenhand-", ignore_cleanup_errors=True) as folder:
        scratch = Path(folder)
        with sources.connection(scratch) as con:
            opened = [sources.opened(each, con, scratch, sheet=asked.sheet, tell=tell) for each in tables]
            asked = plans.settled(opened[0], asked)
            zone = zones.checked(asked.zone or "UTC")
            return _rows([part(each, asked, zone) for each in opened], asked, zone, opened, now)


def _rows(parts: list[Part], asked: Asked, zone: str, opened: list[Source], now: datetime | None) -> Rows:
    whole = _Whole(parts, asked, zone)
    whole.keep_one_per_case()
    whole.leave_out_what_cannot_be_read()
    whole.close_the_book(now)
    whole.take_back_what_was_no_answer()
    whole.leave_out_what_ends_before_it_begins()
    return whole.rows(opened)


@dataclass
class _Kept:
    """Which rows are still in, and why the others are not."""

    flags: Flags
    left_out: dict[str, int]
    is_all: bool = True

    def drop(self, which: Flags, why: str) -> None:
        gone = int(np.count_nonzero(self.flags & which))
        if gone:
            self.left_out[why] = self.left_out.get(why, 0) + gone
            self.flags &= ~which
            self.is_all = False


class _Whole:
    """All tables as one, on its way to Rows."""

    def __init__(self, parts: list[Part], asked: Asked, zone: str) -> None:
        self.parts, self.asked, self.zone = parts, asked, zone
        refuse_mixed([each.plan for each in parts])
        for each in parts:
            refuse_broken(each.plan.source, each.read, asked)
        self.read = sum(each.read + sum(each.plan.source.left_out.values()) for each in parts)
        left_out: dict[str, int] = {}
        for each in parts:
            for why, many in each.left_out.items():
                left_out[why] = left_out.get(why, 0) + many
        self.times = {role: _joined([each.times[role] for each in parts]) for role in parts[0].times}
        if "end" not in self.times:
            self.times["end"] = np.full(len(self.times["start"]), MISSING)
        self.kept = _Kept(np.ones(len(self.times["start"]), bool), left_out)
        self.warnings: list[str] = []
        self.assumed: dict[str, Any] = {}
        self.has_time = {role: any(each.plan.times[role].has_time for each in parts) for role in parts[0].times}
        self.has_time.setdefault("end", True)
        self.censored_at = 0
        flags = [each.unanswered for each in parts if each.unanswered is not None]
        self.unanswered: Flags | None = _joined(flags) if flags else None
        if self.read == 0:
            raise CannotRead(f"{self._told()} has a header and no rows.")
        if not len(self.kept.flags):
            raise CannotRead(f"No row of {self._told()} is left: {_reasons(left_out)}.")

    def _told(self) -> str:
        return " and ".join(each.plan.source.told for each in self.parts)

    def keep_one_per_case(self) -> None:
        if not self.asked.one_per:
            return
        keys = _joined([each.key for each in self.parts if each.key is not None])
        last = self.asked.keep == "last"
        _, first = np.unique(keys[::-1] if last else keys, return_index=True)
        chosen = np.zeros(len(keys), bool)
        chosen[len(keys) - 1 - first if last else first] = True
        self.kept.drop(~chosen, f"another row of the same {self.asked.one_per[0]}")
        self.assumed["one_per"] = f"{self.asked.one_per[0]}, its {self.asked.keep} row"

    def leave_out_what_cannot_be_read(self) -> None:
        for role in ("start", "end", "solved", "day"):
            if role in self.parts[0].times:
                self._leave_out_bad(role)
        if self.asked.wait:
            self._end_by_wait()
        self.kept.drop(self.times["start"] == MISSING, f"no {self.parts[0].plan.times['start'].name}")
        if "day" in self.times:
            self.kept.drop(self.times["day"] == MISSING, f"no {self.parts[0].plan.times['day'].name}")
        self._must_have_some()

    def _end_by_wait(self) -> None:
        """Where the table says how long it took, the end is so long after the beginning."""
        name = self.asked.wait[0]
        took = self._lengths("wait", name, unit_of(self._name("wait")), float(_DAY))
        if self.unanswered is not None:
            took = np.where(self.unanswered & (took < 0), np.nan, took)
        backward = took < 0
        many, of = int(np.count_nonzero(backward & self.kept.flags)), int(np.count_nonzero(self.kept.flags))
        if many > MOST_BAD * of and not self.asked.leaves_out:
            raise CannotRead(
                f"{self._told()}: {many:,} of {of:,} waits in {name!r} are negative; leave them out with --leave-out."
            )
        self.kept.drop(backward, f"{name} is negative")
        known = ~np.isnan(took) & (self.times["start"] > BAD)
        self.times["end"] = np.where(
            known, self.times["start"] + np.rint(np.where(known, took, 0)).astype(np.int64), MISSING
        )

    def _lengths(self, role: str, name: str, unit: float, day: float) -> Floats:
        """Seconds of a column of numbers or of lengths of time, for every row; nan where there is none."""
        if role in self.parts[0].numbers:
            scale = 1.0 if self.parts[0].plan.numbers[role].is_length else unit
            return np.asarray(_joined([each.numbers[role] for each in self.parts]) * scale, np.float64)
        codes, labels = self._coded_all(role)
        read = [hours_or_length(label, day, unit) for label in labels]
        wrong = [label for label, each in zip(labels, read, strict=True) if label and each is None]
        what = "due date, hours or length of time" if role == "standard" else "length of time"
        if wrong:
            raise CannotRead(f"{self._told()}: the column {name!r} has what is no {what}: {listed(wrong, 3)}.")
        lengths: Floats = np.array([np.nan if each is None else each for each in read])[codes]
        return lengths

    def _name(self, role: str) -> str:
        return name_of(self.parts[0].plan, role)

    def _leave_out_bad(self, role: str) -> None:
        bad = (self.times[role] == BAD) & self.kept.flags
        many, of = int(np.count_nonzero(bad)), int(np.count_nonzero(self.kept.flags))
        if not many:
            return
        where = next(each for each in self.parts if (each.times[role] == BAD).any())
        name = where.plan.times[role].name
        if many > MOST_BAD * of and not self.asked.leaves_out:
            raise CannotRead(
                f"{where.plan.source.told}: {many:,} of {of:,} times in {name!r} cannot be read:"
                f" {bad_shown(where, role)}. Say how they are written with --dates (day-first, month-first, or a"
                " format like '%d.%m.%Y %H:%M'), or leave those rows out with --leave-out."
            )
        self.kept.drop(bad, f"{name} cannot be read")

    def close_the_book(self, now: datetime | None) -> None:
        """When the table was taken: as said, else the latest beginning or end in it that is not in the future."""
        start = self.times["start"]
        latest_allowed = int((now or datetime.now(UTC)).timestamp()) + _DAY
        if not self.has_time["end"] and self.has_time["start"] and (self.times["end"] > BAD).any():
            self.times["start"] = start = self._day_begins(start)
            self.assumed["resolution"] = "days, since the end has no time of day"
        elif "end" in self.parts[0].plan.times and self.has_time["end"] and not self.has_time["start"]:
            self.warnings.append(from_midnight(self._name("start")))
        if self.asked.censored_at and "censored_at" not in self.times:
            self.censored_at = self._censored_at(self.asked.censored_at[0])
            self.assumed["cut_off"] = "as said"
            return
        roles = ["censored_at"] if "censored_at" in self.times else ["start", "end", "solved"]
        latest = MISSING
        later = 0
        for role in roles:
            if role in self.times:
                some = self.times[role][self.kept.flags]
                later += int(np.count_nonzero(some > latest_allowed))
                some = some[(some > BAD) & (some <= latest_allowed)]
                latest = max(latest, int(some.max()) if len(some) else MISSING)
        if latest == MISSING:
            raise CannotRead(f"{self._told()}: no time lies before now; is the year right?")
        if later:
            self.warnings.append(in_the_future(later))
        self.censored_at = latest
        named_by = self._name("censored_at") if roles == ["censored_at"] else "the table"
        self.assumed["cut_off"] = f"at the latest time in {named_by}"

    def _day_begins(self, instant: Ints) -> Ints:
        known = instant > BAD
        found = instant.copy()
        found[known] = zones.instants(zones.days(instant[known], self.zone) * _DAY, self.zone)
        return found

    def _censored_at(self, given: str) -> int:
        pattern = pattern_of(given)
        if pattern is None:
            header = [column.name for column in self.parts[0].plan.source.columns]
            raise CannotRead(
                f"--censored-at {given!r} is neither a time like 2026-05-03T12:00 nor a column."
                f" The columns are {listed(header)}."
            )
        way = (
            named(self.asked.dates)
            if self.asked.dates and not self.asked.dates.startswith("%")
            else named("month-first")
        )
        way = way.with_more([given])
        con = self.parts[0].plan.source.con
        row = con.execute(f"SELECT {way.seconds('g')}, {way.is_zoned('g')} FROM (SELECT ? AS g)", [given]).fetchone()
        assert row is not None
        if row[0] is None:
            raise CannotRead(f"--censored-at {given!r} is no time; write it like 2026-05-03T12:00.")
        return int(row[0]) if row[1] else int(zones.instants(np.array([row[0]], np.int64), self.zone)[0])

    def take_back_what_was_no_answer(self) -> None:
        """After the book is closed: the table was still written when such a case was closed."""
        if self.unanswered is not None:
            for role in plans.ENDS:
                if role in self.times:
                    self.times[role] = np.where(self.unanswered, MISSING, self.times[role])

    def leave_out_what_ends_before_it_begins(self) -> None:
        start = self.times["start"]
        for role in ("end", "solved"):
            if role not in self.times:
                continue
            column = self.times[role]
            begins = self._day_begins(start) if not self.has_time[role] and self.has_time["start"] else start
            backward = (column > BAD) & (column < begins) & self.kept.flags
            many = int(np.count_nonzero(backward))
            of = int(np.count_nonzero((column > BAD) & self.kept.flags))
            names = [self._name("wait" if role == "end" and self.asked.wait else role), self._name("start")]
            if many > MOST_BAD * max(of, 1) and not self.asked.leaves_out:
                swapped = " Are start and end swapped?" if many * 2 > of else ""
                raise CannotRead(
                    f"{self._told()}: {many:,} of {of:,} cases end ({names[0]}) before they begin ({names[1]})."
                    f"{swapped} Name other columns, or leave those rows out with --leave-out."
                )
            self.kept.drop(backward, f"{names[0]} before {names[1]}")
        self.kept.drop(start > self.censored_at, "began after the table was taken")
        self._must_have_some()

    def _must_have_some(self) -> None:
        if not self.kept.flags.any():
            raise CannotRead(f"No row of {self._told()} is left: {_reasons(self.kept.left_out)}.")

    def rows(self, opened: list[Source]) -> Rows:
        asked, start = self.asked, self._kept(self.times["start"])
        running = self._clock()
        begun = running(start)
        age = _whole(running(np.array([self.censored_at], np.int64)) - begun)
        need, needs = self._need()
        answer = self._ending("end", running, begun, age)
        solution = self._ending("solved", running, begun, age) if "solved" in self.times else None
        if self.unanswered is not None:
            told, warned = unanswered_told(self.parts[0].plan, int(np.count_nonzero(self._kept(self.unanswered))))
            self.assumed["unanswered"] = told
            self.warnings += warned
        day = self.times["day"] if "day" in self.times else self.times["start"]
        remedy, amount = self._remedy()
        if "end" not in self.parts[0].times and not asked.wait and remedy is None and amount is None:
            raise CannotRead("Where no column says when a case ended, name what to compare: --remedy or --amount.")
        found = Rows(
            age=age,
            day=zones.days(self._kept(day), self.zone),
            need=need,
            needs=needs,
            by=tuple(self._by(nth) for nth in range(len(asked.by))),
            answer=answer,
            solution=solution,
            standard=self._standard(running, begun),
            in_time=self._in_time(),
            remedy=remedy,
            amount=amount,
            recoded=self._recoded(needs),
            read=self.read,
            left_out=self.kept.left_out,
            assumed={
                "censored_at": zones.told(self.censored_at),
                **assumed_of([each.plan for each in self.parts], asked, self.zone, opened),
                **self.assumed,
            },
            warnings=tuple(date_warnings([each.plan for each in self.parts]) + self.warnings),
            has_ends="end" in self.parts[0].times or bool(asked.wait),
        )
        return found.in_periods(Period(asked.cells)) if asked.cells else found

    def _kept(self, column: NDArray[Any]) -> NDArray[Any]:
        return column if self.kept.is_all else column[self.kept.flags]

    def _clock(self) -> Callable[[Ints], Floats]:
        """Seconds that count: all, or those of business hours."""
        if self.asked.calendar is None:
            return lambda instants: instants.astype(np.float64)
        known = [
            some[some > BAD]
            for some in (self.times[role] for role in ("start", "end", "solved", "standard") if role in self.times)
        ]
        every = [some for some in known if len(some)]
        first = min(int(some.min()) for some in every)
        last = max(self.censored_at, *(int(some.max()) for some in every))
        return self.asked.calendar.clock(first, last)

    def _ending(self, role: str, running: Callable[[Ints], Floats], begun: Floats, age: Ints) -> Ending:
        column = self._kept(self.times[role])
        is_ended = (column > BAD) & (column <= self.censored_at)
        if not self.has_time[role] and self.has_time["start"]:
            begun = running(self._day_begins(self._kept(self.times["start"])))
        wait = _whole(running(np.where(is_ended, column, self.censored_at)) - begun)
        return Ending(np.where(is_ended, np.maximum(wait, 0), age), is_ended)

    def _coded(self, role: str) -> tuple[NDArray[Any], list[str]]:
        codes, labels = self._coded_all(role)
        return self._kept(codes), labels

    def _coded_all(self, role: str) -> tuple[NDArray[Any], list[str]]:
        """One column of names over all tables: codes into labels in the order of the alphabet."""
        every = [each.coded[role] for each in self.parts]
        missing = {word.casefold() for word in self.asked.missing}
        cleaned = [[cleaned_name(label, missing) for label in each.labels] for each in every]
        codes = [each.codes for each in every]
        used = [np.bincount(each, minlength=len(labels)) > 0 for each, labels in zip(codes, cleaned, strict=True)]
        labels = sorted(
            {
                label
                for some, flags in zip(cleaned, used, strict=True)
                for label, is_used in zip(some, flags, strict=True)
                if is_used
            }
        )
        place = {label: nth for nth, label in enumerate(labels)}
        kind = np.uint8 if len(labels) <= 2**8 else np.uint16 if len(labels) <= 2**16 else np.int32
        moved = [
            np.array([place.get(label, 0) for label in some], kind)[each]
            for some, each in zip(cleaned, codes, strict=True)
        ]
        return _joined(moved), labels

    def _only_used(self, codes: NDArray[Any], labels: list[str]) -> tuple[NDArray[Any], tuple[str, ...]]:
        many = np.bincount(codes, minlength=len(labels))
        if many.all():
            return codes, tuple(label or EMPTY for label in labels)
        place = np.cumsum(many > 0) - 1
        return place.astype(codes.dtype)[codes], tuple(
            label or EMPTY for label, count in zip(labels, many, strict=True) if count
        )

    def _need(self) -> tuple[NDArray[Any], tuple[str, ...]]:
        columns = plans.needs(self.asked)
        if not columns:
            return np.zeros(int(np.count_nonzero(self.kept.flags)), np.uint8), ("every case",)
        codes, labels = self._only_used(*self._coded("need 0"))
        for nth in range(1, len(columns)):
            more, others = self._only_used(*self._coded(f"need {nth}"))
            both = codes.astype(np.int64) * len(others) + more
            if len(labels) * len(others) <= 1 << 22:
                seen = np.flatnonzero(np.bincount(both, minlength=len(labels) * len(others)))
                place = np.zeros(len(labels) * len(others), np.int32)
                place[seen] = np.arange(len(seen))
                codes = place[both]
            else:
                seen, codes = np.unique(both, return_inverse=True)
            labels = tuple(f"{labels[each // len(others)]} · {others[each % len(others)]}" for each in seen.tolist())
        return codes, labels

    def _by(self, nth: int) -> By:
        codes, labels = self._only_used(*self._coded(f"by {nth}"))
        name = self.parts[0].plan.coded[f"by {nth}"].name
        if len(labels) < 2:
            raise CannotRead(
                f"{self._told()}: all cases have one {name!r} ({labels[0]}), so there is nothing to compare;"
                " name another column with --by."
            )
        if len(labels) > MOST_GROUPS:
            raise CannotRead(
                f"{self._told()}: {name!r} has {len(labels):,} different values; a comparison needs a column of at"
                f" most {MOST_GROUPS} groups."
            )
        return By(name, codes, labels)

    def _recoded(self, needs: tuple[str, ...]) -> NDArray[Any] | None:
        if not self.asked.recoded:
            return None
        codes, labels = self._coded("recoded")
        place = {need: nth for nth, need in enumerate(needs)}
        found = np.array([place.get(label, UNKNOWN) for label in labels], np.int64)
        if not (found >= 0).any():
            raise CannotRead(
                f"{self._told()}: no name in {self.asked.recoded[0]!r} is one of a need; the needs are"
                f" {listed(needs, 10)}."
            )
        recoded: NDArray[Any] = found[codes]
        return recoded

    def _yes_no(self, role: str, asked: YesNo) -> NDArray[np.int8] | None:
        """None where the column is one of numbers."""
        codes, labels = self._coded(role)
        found = yes_or_no(labels, asked.yes, asked.unknown)
        if found is None:
            if role == "remedy" and not asked.yes and all(money(label) is not None for label in labels if label):
                return None
            neither = [label for label in labels if yes_or_no([label]) is None]
            raise CannotRead(
                f"{self._told()}: the column {asked.column[0]!r} says neither yes nor no: {listed(neither, 5)};"
                f" say which mean yes with --{role.replace('_', '-')} '{asked.column[0]}={neither[0]}'."
            )
        if set(found) == {1, UNKNOWN}:
            self.assumed[role] = f"an empty {asked.column[0]} is a no, since no row says no"
            found = [max(each, 0) for each in found]
        answers: NDArray[np.int8] = np.array(found, np.int8)[codes]
        return answers

    def _in_time(self) -> NDArray[np.int8] | None:
        found = self._yes_no("in_time", self.asked.in_time) if self.asked.in_time else None
        if found is None or self.unanswered is None:
            return found
        return np.where(self._kept(self.unanswered) & (found == 1), 0, found).astype(np.int8)

    def _remedy(self) -> tuple[NDArray[np.int8] | None, Floats | None]:
        amount = self._amount("amount", self.asked.amount[0]) if self.asked.amount else None
        if self.asked.remedy is None:
            return None, amount
        given = None if "remedy" in self.parts[0].numbers else self._yes_no("remedy", self.asked.remedy)
        if given is None:
            paid = self._amount("remedy", self.asked.remedy.column[0])
            given = np.where(np.isnan(paid), UNKNOWN, paid > 0).astype(np.int8)
            amount = paid if amount is None else amount
        return given, amount

    def _amount(self, role: str, name: str) -> Floats:
        if role in self.parts[0].numbers:
            found = self._kept(_joined([each.numbers[role] for each in self.parts]))
        else:
            codes, labels = self._coded(role)
            read = [money(label) for label in labels]
            wrong = [label for label, number in zip(labels, read, strict=True) if label and number is None]
            if wrong:
                raise CannotRead(f"{self._told()}: the column {name!r} has what is no amount: {listed(wrong, 3)}.")
            found = np.array([np.nan if number is None else number for number in read])[codes]
        none = np.isnan(found)
        if none.any() and not (found == 0).any():
            self.assumed[role] = f"an empty {name} is nothing paid, since no row has a 0"
            found = np.where(none, 0.0, found)
        return found

    def _standard(self, running: Callable[[Ints], Floats], begun: Floats) -> Floats | None:
        """Seconds that each case was promised; nan where none."""
        asked, name = self.asked.standard, self.asked.standard[0] if self.asked.standard else ""
        if not asked:
            return None
        day = self.asked.calendar.day if self.asked.calendar else float(_DAY)
        if "standard" in self.times:
            due = self._kept(self.times["standard"])
            bad = int(np.count_nonzero(due == BAD))
            if bad > MOST_BAD * len(due) and not self.asked.leaves_out:
                where = next(each for each in self.parts if (each.times["standard"] == BAD).any())
                raise CannotRead(
                    f"{self._told()}: {bad:,} times in {name!r} cannot be read: {bad_shown(where, 'standard')}."
                )
            known = due > BAD
            if not self.has_time["standard"] and self.has_time["start"]:
                due = np.where(known, due + _DAY, due)
                self.assumed["standard"] = f"{self._name('standard')}, to the end of that day"
            promised = np.where(known, running(np.where(known, due, self.censored_at)) - begun, np.nan)
            wrong = int(np.count_nonzero(promised <= 0))
            if wrong:
                self.warnings.append(
                    f"{wrong:,} cases were due ({name}) when they began or before; they have no standard here."
                )
            found = np.where(promised > 0, promised, np.nan)
        elif self._name("standard") != NOT_THERE:
            found = self._kept(self._lengths("standard", name, unit_of(self._name("standard")), day))
        else:
            length = seconds(name, day=day)
            assert length is not None
            if length <= 0:
                raise CannotRead(f"--standard {name}: a standard is longer than nothing; write it like 4h, 3d or P2D.")
            return np.full(len(begun), length)
        if not (found > 0).any():
            raise CannotRead(
                f"{self._told()}: no case has a standard in {name!r}; leave out --standard, or name another column."
            )
        return np.where(found > 0, found, np.nan)


def refuse_broken(source: Source, kept: int, asked: Asked) -> None:
    """Raises CannotRead where too many rows of a text have other cells than the header. kept: rows that have not."""
    broken, rows = source.broken, kept + source.broken.rows
    if broken.rows > MOST_BAD * rows and not asked.leaves_out:
        lines = ", ".join(f"line {line}" for line in broken.lines)
        raise CannotRead(
            f"{source.told}: {broken.rows:,} of {rows:,} rows have more or fewer cells than the header"
            f" ({lines}). Is a quote missing, or does a note stand below? Leave those rows out with --leave-out."
        )


def refuse_mixed(each_plan: Sequence[Plan]) -> None:
    """Raises CannotRead where a column is read as one kind in one table and as another in the next."""
    first = each_plan[0]
    for role in ("wait", "standard", "remedy", "amount"):
        for other in each_plan[1:]:
            one, another = _kind(first, role), _kind(other, role)
            if one != another:
                raise CannotRead(
                    f"{first.source.told} has {one} in {name_of(first, role)!r}, and {other.source.told} {another} in"
                    f" {name_of(other, role)!r}; write them alike, or audit the files one by one."
                )


_UNITS = {1.0: "seconds", 60.0: "minutes", 3600.0: "hours", 86_400.0: "days", 604_800.0: "weeks"}


def _kind(plan: Plan, role: str) -> str:
    """What stands in the column of a role, in words."""
    if role in plan.times:
        return "times"
    if role in plan.numbers and plan.numbers[role].is_length:
        return "lengths of time"
    if role in plan.numbers or role in plan.coded:
        what = "numbers" if role in plan.numbers else "text"
        return f"{what} ({_UNITS[unit_of(name_of(plan, role))]})" if role in ("wait", "standard") else what
    return "nothing"


def unanswered_told(plan: Plan, many: int) -> tuple[str, list[str]]:
    """Which cases count as never answered, and how many there are; and a warning where there are none."""
    rule = ", or ".join(where.told(column.name) for where, column in plan.unanswered)
    if many:
        return f"{rule} ({many:,} {'case' if many == 1 else 'cases'})", []
    why = f"there is none whose {rule}; is that how the table spells it?"
    return f"{rule} (no case)", [f"No case counts as never answered, since {why}"]


def assumed_of(each_plan: Sequence[Plan], asked: Asked, zone: str, opened: Sequence[Source]) -> dict[str, Any]:
    """What is told of how some tables were read."""
    plan = each_plan[0]
    told: dict[str, Any] = {"zone": zone, "start": name_of(plan, "start")}
    if (ends := name_of(plan, "wait" if asked.wait else "end")) != NOT_THERE:
        told["end"] = ends
    told |= {role: name for role in _TOLD if (name := name_of(plan, role)) != NOT_THERE}
    told["need"] = [plan.coded[f"need {nth}"].name for nth in range(len(plans.needs(asked)))]
    told["by"] = [plan.coded[f"by {nth}"].name for nth in range(len(asked.by))]
    if asked.zone is None and any(_is_naive(each) for each in each_plan):
        told["times_without_zone"] = f"taken as {zone}"
    ways = [one.way for each in each_plan for one in each.times.values() if one.way]
    if ways:
        told["dates_written"] = "; ".join(dict.fromkeys(way.told() for way in ways))
    if orders := list(dict.fromkeys(way.order.value for way in ways if way.order and way.needs_order)):
        told["day_order"] = " and ".join(orders)
    if asked.standard:
        named_so = name_of(plan, "standard")
        told["standard"] = asked.standard[0] if named_so == NOT_THERE else named_so
    told |= {"where": [where.told(column.name) for where, column in plan.where]} if plan.where else {}
    if asked.calendar:
        told["calendar"] = asked.calendar.told
    if asked.profile:
        told["profile"] = asked.profile
    if len(each_plan) > 1:
        told["files"] = [each.told for each in opened]
    for each in opened:
        told |= each.notes
    return told


def from_midnight(start: str) -> str:
    return (
        f"“{start}” has no time of day and the end has one: waits count from midnight, so that differences look "
        "smaller, in per cent, than they are."
    )


def in_the_future(later: int) -> str:
    some = "One time lies" if later == 1 else f"{later:,} times lie"
    return f"{some} in the future; what ends there was taken as still open."


def name_of(plan: Plan, role: str) -> str:
    """What a table calls the column of a role."""
    one = plan.coded.get(role) or plan.numbers.get(role) or plan.times.get(role)
    return one.name if one is not None else NOT_THERE


def date_warnings(each_plan: Sequence[Plan]) -> list[str]:
    guessed = [
        one.name for each in each_plan for one in each.times.values() if one.way is not None and one.way.is_guessed
    ]
    if not guessed:
        return []
    return [
        f"No date in {' or '.join(dict.fromkeys(guessed))} says whether the day or the month comes first;"
        " the month was taken. Say --dates day-first if that is wrong."
    ]


def _is_naive(each: Plan) -> bool:
    return any(one.is_zoned != "true" for one in each.times.values())


def cleaned_name(label: str, missing: set[str]) -> str:
    found = " ".join(label.split())
    return "" if found.casefold() in missing else found


def hours_or_length(label: str, day: float, unit: float = 3600.0) -> float | None:
    """Seconds of a length of time; a number is one of its unit, else of hours."""
    number = money(label) if label and not any(letter.isalpha() or letter == ":" for letter in label) else None
    return number * unit if number is not None else seconds(label, day=day)


def _joined(columns: Sequence[NDArray[Any]]) -> NDArray[Any]:
    return columns[0] if len(columns) == 1 else np.concatenate(columns)


def _whole(length: Floats) -> Ints:
    return np.rint(length).astype(np.int64)


def _reasons(left_out: dict[str, int]) -> str:
    return "; ".join(f"{many:,} × {why}" for why, many in left_out.items()) or "it has no rows"
