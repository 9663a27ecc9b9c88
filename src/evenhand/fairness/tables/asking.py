"""What somebody says, in options or in a profile, as what is asked. Words in, `Asked` out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from evenhand.fairness.parity.judging import Margins
from evenhand.fairness.parity.rows import Period
from evenhand.fairness.tables.asked import Asked, Names, Where, YesNo
from evenhand.fairness.tables.errors import CannotRead
from evenhand.fairness.tables.hours import Hours, hours
from evenhand.fairness.tables.plan import NONE
from evenhand.fairness.tables.profiles import profile

_COLUMNS = ("start", "end", "wait", "solved", "day", "amount", "recoded", "one_per")


def asked(**said: Any) -> Asked:
    """Options by name, as the command and `evenhand.audit` take them. Raises CannotRead."""
    zone = None if said.get("zone") is None else str(said["zone"])
    columns: dict[str, Any] = {role: _names(said.get(role)) for role in _COLUMNS}
    mine = Asked(
        **columns,
        by=tuple((name,) for name in _several(said.get("by"))),
        need=_need(said.get("need")),
        standard=_names(_length(said.get("standard"))),
        in_time=_yes_no("in_time", said.get("in_time")),
        remedy=_yes_no("remedy", said.get("remedy")),
        censored_at=_names(_moment(said.get("censored_at"))),
        zone=zone,
        dates=said.get("dates"),
        where=_where(said.get("where")),
        unanswered=_unanswered(said.get("unanswered")),
        keep=said.get("keep"),
        missing=tuple(_several(said.get("missing"))),
        sheet=said.get("sheet"),
        cells=said.get("cells"),
        leaves_out=bool(said.get("leave_out")),
    )
    if named := said.get("profile"):
        mine = mine.over(profile(str(named)))
    if (calendar := said.get("calendar")) is not None:
        mine = Asked(calendar=_calendar(calendar, mine.zone)).over(mine)
    return checked(mine)


def checked(wanted: Asked) -> Asked:
    """The same, if it can be. Raises CannotRead."""
    if wanted.end and wanted.wait:
        raise CannotRead("Say either when it ended (--end) or how long it took (--wait), not both.")
    if wanted.one_per and wanted.keep not in ("first", "last"):
        raise CannotRead("Where several rows are one case, say which of them counts: --keep first or --keep last.")
    if wanted.unanswered and wanted.end == (NONE,):
        raise CannotRead("--unanswered says whose end is no answer, so name the column of the end with --end.")
    if wanted.cells and wanted.cells not in list(Period):
        raise CannotRead(f"--cells {wanted.cells!r}: say {', '.join(Period)}.")
    if wanted.keep and not wanted.one_per:
        raise CannotRead("--keep says which row of a case counts, so name the column of the case with --one-per.")
    return wanted


def _names(given: Any) -> Names:
    return () if given is None else (str(given),)


def _several(given: Any) -> Sequence[str]:
    if given is None:
        return ()
    if isinstance(given, str) or not isinstance(given, Iterable):
        return (str(given),)
    return [str(each) for each in given]


def _need(given: Any) -> tuple[Names, ...]:
    if given is not None and not isinstance(given, str) and not list(given):
        return (("none",),)
    return tuple((name,) for name in _several(given))


def _length(given: Any) -> str | None:
    if isinstance(given, timedelta):
        return f"{given.total_seconds():g}s"
    return None if given is None else str(given)


def _moment(given: Any) -> str | None:
    if isinstance(given, datetime):
        return given.isoformat(" ", "seconds")
    return given.isoformat() if isinstance(given, date) else None if given is None else str(given)


def _yes_no(role: str, given: Any) -> YesNo | None:
    """A column, or a column and the values that mean yes: "COLUMN", or ["COLUMN=VALUE", …]."""
    if given is None:
        return None
    parts = [each.partition("=") for each in _several(given)]
    columns = dict.fromkeys(column.strip() for column, _, _ in parts)
    if len(columns) != 1:
        raise CannotRead(
            f"--{role.replace('_', '-')} takes one column; {' and '.join(map(repr, columns))} are several."
        )
    return YesNo((next(iter(columns)),), tuple(value.strip() for _, sign, value in parts if sign))


def _where(given: Any, flag: str = "where") -> tuple[Where, ...]:
    """ "COLUMN=VALUE" and "COLUMN!=VALUE", or {column: value or values}. Values of one column are alternatives."""
    if given is None:
        return ()
    found: dict[tuple[str, bool], list[str]] = {}
    if isinstance(given, Mapping):
        for column, values in given.items():
            found[(str(column), False)] = list(_several(values))
    else:
        for each in _several(given):
            match = re.fullmatch(r"(.+?)(!?=)(.*)", each, re.DOTALL)
            if match is None:
                raise CannotRead(f"--{flag} {each!r} should be COLUMN=VALUE or COLUMN!=VALUE.")
            found.setdefault((match[1].strip(), match[2] == "!="), []).append(match[3].strip())
    return tuple(Where((column,), tuple(values), is_not) for (column, is_not), values in found.items())


def _unanswered(given: Any) -> tuple[Where, ...]:
    """As `_where`, but for what is not so: whoever is not cancelled may still be answered."""
    found = _where(given, "unanswered")
    if odd := [each for each in found if each.is_not]:
        raise CannotRead(
            f"--unanswered {odd[0].column[0]}!={odd[0].values[0]}: name the values of cases that were closed without an"
            " answer, as COLUMN=VALUE."
        )
    return found


def _calendar(given: Any, zone: str | None) -> Hours:
    return given if isinstance(given, Hours) else hours(str(given), zone)


_MARGIN = re.compile(r"(\d+(?:[.,]\d+)?)\s*(%|pts?|points?|min|minutes?|h|hours?)", re.ASCII | re.IGNORECASE)


def margins(given: str | Sequence[str] | None) -> Margins:
    """Margins from words: 10% of times and amounts, 5pts of rates, 30min at least of times. Raises CannotRead."""
    found: dict[str, float] = {}
    for part in (part.strip() for each in _several(given) for part in each.split(",")):
        match = _MARGIN.fullmatch(part)
        if match is None:
            raise CannotRead(
                f"--margin {part!r}: write 10% (of times and amounts), 5pts (of rates) or 30min (of times)."
            )
        number, unit = float(match[1].replace(",", ".")), match[2].casefold()
        if not number:
            raise CannotRead(f"--margin {part!r}: no two groups are ever the same to nothing; say how little counts.")
        if unit == "%":
            found["share"] = number / 100
        elif unit.startswith("p"):
            found["rate"] = number / 100
        else:
            found["least_hours"] = number / (60 if unit.startswith("m") else 1)
    try:
        return Margins(**found)
    except ValueError as error:
        raise CannotRead(f"--margin {given}: {error}.") from error
