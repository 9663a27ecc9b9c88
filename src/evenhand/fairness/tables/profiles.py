"""Which column is what in tables that many people have: TOML files beside this one, or anybody's own."""

from __future__ import annotations

import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from evenhand.fairness.tables.asked import Asked, Names, Where, YesNo
from evenhand.fairness.tables.errors import CannotRead
from evenhand.fairness.tables.hours import Hours, from_table, hours

_SHIPPED = Path(__file__).parent / "profiles"

_COLUMNS = ("start", "end", "wait", "solved", "day", "amount", "recoded", "one_per", "standard", "censored_at")
_LISTS = ("by", "need")
_YES_NO = ("in_time", "remedy")
_WORDS = ("zone", "dates", "keep", "sheet", "cells")
_KNOWN = ("title", "about", *_COLUMNS, *_LISTS, *_YES_NO, *_WORDS, "where", "unanswered", "missing", "calendar")


def shipped() -> list[str]:
    """The names of the profiles that come with Evenhand."""
    return sorted(each.stem for each in _SHIPPED.glob("*.toml"))


def profile(named: str) -> Asked:
    """What a profile asks; named: one that comes with Evenhand, or a TOML file. Raises CannotRead."""
    path = _SHIPPED / f"{named}.toml" if named in shipped() else Path(named)
    if path.suffix != ".toml" or not path.is_file():
        close = get_close_matches(named, shipped(), 1)
        meant = f" Did you mean {close[0]!r}?" if close else ""
        raise CannotRead(
            f"There is no profile {named!r}.{meant} There are {', '.join(shipped())}, or name a TOML file."
        )
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CannotRead(f"The profile {named!r} cannot be read as TOML: {error}.") from error
    return _read(written, named)


def _read(written: dict[str, Any], named: str) -> Asked:
    if unknown := [each for each in written if each not in _KNOWN]:
        close = get_close_matches(unknown[0], _KNOWN, 1)
        meant = f" Did you mean {close[0]!r}?" if close else ""
        raise CannotRead(f"The profile {named!r} has {unknown[0]!r}, which means nothing.{meant}")

    def wrong(role: str, should: str) -> CannotRead:
        return CannotRead(f"The profile {named!r}: {role} should be {should}.")

    def spellings(role: str, given: Any) -> Names:
        found = (given,) if isinstance(given, str) else tuple(given) if isinstance(given, list) else ()
        if not found or not all(isinstance(each, str) and each for each in found):
            raise wrong(role, "a column, or a list of its spellings")
        return found

    def yes_no(role: str, given: Any) -> YesNo:
        if not isinstance(given, dict):
            return YesNo(spellings(role, given))
        if "column" not in given or set(given) - {"column", "yes", "unknown"}:
            raise wrong(role, "a column, or {column, yes = [values], unknown = [values]}")
        return YesNo(spellings(role, given["column"]), *(tuple(map(str, given.get(k, ()))) for k in ("yes", "unknown")))

    def condition(given: Any) -> Where:
        if not isinstance(given, dict) or len(set(given) & {"is", "not"}) != 1 or "column" not in given:
            raise wrong("where", "a list of {column, is = [values]} or {column, not = [values]}")
        values: Any = given.get("is", given.get("not"))
        some = (values,) if isinstance(values, str) else tuple(map(str, values))
        return Where(spellings("where", given["column"]), some, "not" in given)

    def never(given: Any) -> Where:
        if not isinstance(given, dict) or set(given) != {"column", "values"}:
            raise wrong("unanswered", "{column, values = [values]}, or a list of these")
        values: Any = given["values"]
        some = (values,) if isinstance(values, str) else tuple(map(str, values))
        return Where(spellings("unanswered", given["column"]), some)

    found: dict[str, Any] = {role: spellings(role, written[role]) for role in _COLUMNS if role in written}
    for role in _LISTS:
        if role in written:
            given = written[role]
            each = [given] if isinstance(given, str) else given
            if not isinstance(each, list) or not each:
                raise wrong(role, "a list of columns, each a name or a list of its spellings")
            found[role] = tuple(spellings(role, one) for one in each)
    found |= {role: yes_no(role, written[role]) for role in _YES_NO if role in written}
    for role in _WORDS:
        if role in written:
            if not isinstance(written[role], str):
                raise wrong(role, "a text")
            found[role] = written[role]
    if "where" in written:
        if not isinstance(written["where"], list):
            raise wrong("where", "a list of {column, is = [values]} or {column, not = [values]}")
        found["where"] = tuple(condition(each) for each in written["where"])
    if "unanswered" in written:
        given = written["unanswered"]
        found["unanswered"] = tuple(map(never, given if isinstance(given, list) else [given]))
    if "missing" in written:
        found["missing"] = spellings("missing", written["missing"])
    if "calendar" in written:
        found["calendar"] = _calendar(written["calendar"], written.get("zone"), named)
    return Asked(**found, profile=named)


def _calendar(given: Any, zone: str | None, named: str) -> Hours:
    if isinstance(given, dict):
        return from_table(given, zone, f"the calendar of the profile {named!r}")
    return hours(str(given), zone)
