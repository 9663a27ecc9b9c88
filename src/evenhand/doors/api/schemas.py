"""What a contact looks like as JSON: each field's schema, for programs and people, beside its check."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from evenhand.doors.api.problems import MOST_FLAWS, Flaw, Problem, not_json, not_understood
from evenhand.doors.intake import MOST_WORDS
from evenhand.identity.recognise import Caller, NotAnAddress, one_line, written_email, written_phone

MOST_CONTACTS = 1_000
MOST_BYTES = 2 * 1024 * 1024
MOST_FIGURES = 20
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)

_DOOR = re.compile(r"[a-z][a-z0-9-]{0,19}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
_FIGURE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_LARGEST = 2**53
_ADDRESSES = {"email": written_email, "phone": written_phone}

Schema = dict[str, Any]


@dataclass(slots=True)
class Said:
    """One contact as its sender wrote it, checked by itself; places and threads are looked up later."""

    words: str = ""
    door: str = "api"
    sent_at: datetime | None = None
    caller: Caller = field(default_factory=Caller)
    language: str = "en"
    place: str | None = None
    external_id: str = ""
    is_public: bool = False
    reach: dict[str, int | float | bool] = field(default_factory=dict)
    thread: str = ""


class _Wrong(Exception):
    """What is wrong with a value, and at which pointer below its field."""

    def __init__(self, detail: str, below: str = "") -> None:
        super().__init__(detail)
        self.detail, self.below = detail, below


def _text(value: object, most: int) -> str:
    if not isinstance(value, str):
        raise _Wrong("is a text")
    if len(value) > most:
        raise _Wrong(f"has {len(value):,} characters; at most {most:,} are taken")
    return value


def _words(said: Said, value: object) -> None:
    if not isinstance(value, str):
        raise _Wrong("is a text")
    if not value.strip():
        raise _Wrong("holds no words; one word is enough")
    if len(value) > MOST_WORDS and (length := len(value.replace("\r\n", "\n").strip())) > MOST_WORDS:
        raise _Wrong(f"has {length:,} characters; at most {MOST_WORDS:,} are taken: send the rest to the same thread")
    said.words = value


def _door(said: Said, value: object) -> None:
    said.door = _text(value, 20)
    if not _DOOR.fullmatch(said.door):
        raise _Wrong("is a short name in small letters, such as api, phone or survey")


def _sent_at(said: Said, value: object) -> None:
    written = _text(value, 40)
    try:
        at = datetime.fromisoformat(written.upper()) if _TIME.fullmatch(written) else None
    except ValueError:
        at = None
    if at is None:
        raise _Wrong("is a time with its zone, as in 2026-11-21T10:30:00Z")
    if at < EARLIEST:
        raise _Wrong("is before the year 2000")
    said.sent_at = at


def _from(said: Said, value: object) -> None:
    if not isinstance(value, dict):
        raise _Wrong("is an object with email, phone, handle, account or name")
    told: dict[str, str] = {}
    for name, given in value.items():
        if name not in SENDER["properties"]:
            raise _Wrong("is not known here; known are email, phone, handle, account and name", _step(name))
        if given is None:
            continue
        try:
            text = _text(given, SENDER["properties"][name]["maxLength"])
            if one_line(text):
                told[name] = _ADDRESSES.get(name, one_line)(text)
        except NotAnAddress:
            kind = "an email address" if name == "email" else "a telephone number"
            raise _Wrong(f"is not {kind}; leave it out if there is none", _step(name)) from None
        except _Wrong as wrong:
            raise _Wrong(wrong.detail, _step(name)) from None
    said.caller = Caller(**told)


def _language(said: Said, value: object) -> None:
    language = _text(value, 35)
    if not _LANGUAGE.fullmatch(language):
        raise _Wrong("is a language tag, such as en or es-MX")
    said.language = language if len(language) <= 8 else language.partition("-")[0]


def _place(said: Said, value: object) -> None:
    said.place = _text(value, 50) or None


def _external_id(said: Said, value: object) -> None:
    said.external_id = _text(value, 200)
    if not said.external_id.isprintable() or not said.external_id.strip():
        raise _Wrong("is a text of printable characters, 1 to 200")


def _public(said: Said, value: object) -> None:
    if not isinstance(value, bool):
        raise _Wrong("is true or false")
    said.is_public = value


def _reach(said: Said, value: object) -> None:
    if not isinstance(value, dict) or len(value) > MOST_FIGURES:
        raise _Wrong(f"is an object of at most {MOST_FIGURES} figures, such as followers")
    for name, figure in value.items():
        if not _FIGURE.fullmatch(name):
            raise _Wrong("is no name of a figure; use small letters, digits and _", _step(name))
        if not isinstance(figure, int | float) or not 0 <= figure <= _LARGEST:
            raise _Wrong("is a number from 0 up, or true or false", _step(name))
    said.reach = value


def _thread(said: Said, value: object) -> None:
    said.thread = _text(value, 50)
    if not said.thread.isascii() or not said.thread.isprintable():
        raise _Wrong("is a “contact” or “case” of an earlier answer")


SENDER: Schema = {
    "type": ["object", "null"],
    "additionalProperties": False,
    "description": "Who says that they wrote it. Nothing of it is proved by being here.",
    "properties": {
        "email": {"type": ["string", "null"], "format": "email", "maxLength": 254},
        "phone": {
            "type": ["string", "null"],
            "maxLength": 40,
            "pattern": r"^\s*\+?[0-9 ().\-/]*$",
            "description": "5 to 17 digits, with + in front where it is known.",
        },
        "handle": {
            "type": ["string", "null"],
            "maxLength": 254,
            "description": "A public name, such as @ada@example.org.",
        },
        "account": {"type": ["string", "null"], "maxLength": 254, "description": "Your number for this customer."},
        "name": {"type": ["string", "null"], "maxLength": 200},
    },
}

_READERS: dict[str, tuple[Schema, Callable[[Said, object], None]]] = {
    "words": (
        {
            "type": "string",
            "minLength": 1,
            "maxLength": MOST_WORDS,
            "pattern": r"\S",
            "description": "What the customer said, in their own words. One word is enough.",
        },
        _words,
    ),
    "door": (
        {
            "type": ["string", "null"],
            "pattern": r"^[a-z][a-z0-9-]{0,19}$",
            "default": "api",
            "description": "How it came to you: api, phone, survey … Counted by the audit; never seen by the line.",
        },
        _door,
    ),
    "sent_at": (
        {
            "type": ["string", "null"],
            "format": "date-time",
            "description": "When the customer sent it. Counted from only where the key has the scope contacts:sent_at; "
            "otherwise, and for times to come, we count from its arrival. “counted_from” in the answer says which.",
        },
        _sent_at,
    ),
    "from": (SENDER, _from),
    "language": (
        {
            "type": ["string", "null"],
            "pattern": r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$",
            "maxLength": 35,
            "default": "en",
            "description": "Language tag of the words.",
        },
        _language,
    ),
    "place": (
        {"type": ["string", "null"], "maxLength": 50, "description": "Slug of the place it is for."},
        _place,
    ),
    "external_id": (
        {
            "type": ["string", "null"],
            "minLength": 1,
            "maxLength": 200,
            "pattern": r"\S",
            "description": "Your own name for this contact. Known already (for this key and door), it is not let in "
            "again: the answer has “is_again”.",
        },
        _external_id,
    ),
    "public": (
        {"type": ["boolean", "null"], "default": False, "description": "Whether it was said in public."},
        _public,
    ),
    "reach": (
        {
            "type": ["object", "null"],
            "maxProperties": MOST_FIGURES,
            "propertyNames": {"pattern": r"^[a-z][a-z0-9_]{0,39}$"},
            "additionalProperties": {"type": ["number", "boolean"], "minimum": 0, "maximum": _LARGEST},
            "description": "Followers and the like, as the door reported them. Sealed: for the audit alone.",
        },
        _reach,
    ),
    "thread": (
        {
            "type": ["string", "null"],
            "maxLength": 50,
            "pattern": r"^[ -~]*$",
            "description": "A “contact” or “case” that an earlier answer gave to this key: it joins that case.",
        },
        _thread,
    ),
}

CONTACT: Schema = {
    "type": "object",
    "additionalProperties": False,
    "required": ["words"],
    "properties": {name: schema for name, (schema, _) in _READERS.items()},
}


def read_contact(row: object) -> Said:
    """One contact of a body. Raises Problem, naming every flaw and never repeating a value."""
    if not isinstance(row, dict):
        raise not_understood([Flaw("", "is not an object with “words”")])
    said, flaws = Said(), list[Flaw]()
    for name, value in row.items():
        if name not in _READERS:
            flaws.append(Flaw(_step(name), f"is not known here; known are {', '.join(_READERS)}"))
        elif value is not None or name == "words":
            try:
                _READERS[name][1](said, value)
            except _Wrong as wrong:
                flaws.append(Flaw(f"/{name}{wrong.below}", wrong.detail))
        if len(flaws) > MOST_FLAWS:
            break
    if "words" not in row:
        flaws.append(Flaw("/words", "is missing; it is what the customer said"))
    if flaws:
        raise not_understood(flaws)
    return said


def read_body(body: bytes) -> object:
    """The JSON of a body. Raises Problem with line and column of what cannot be read."""
    try:
        return json.loads(body.decode("utf-8"), object_pairs_hook=_object, parse_constant=_no_number)
    except UnicodeDecodeError as error:
        raise not_json(f"It is not UTF-8 at byte {error.start:,}.") from None
    except json.JSONDecodeError as error:
        if not body.strip():
            raise not_json("The body is empty; send one contact or a list, with a Content-Length.") from None
        raise not_json(f"{error.msg} at line {error.lineno:,}, column {error.colno:,}.") from None
    except RecursionError:
        raise not_json("It is nested too deeply.") from None
    except Problem:
        raise
    except ValueError:
        raise not_json("A number in it is too long.") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(found := dict(pairs)) != len(pairs):
        raise not_json("An object in it names one field twice, and one of the two would be lost.")
    return found


def _no_number(name: str) -> Any:
    raise not_json(f"{name} is no number in JSON.")


def _step(name: str) -> str:
    """One step of a JSON pointer."""
    return "/" + name[:60].replace("~", "~0").replace("/", "~1")
