"""Which column of a table is what: the words, the time, the sender. A mapping is one small TOML file."""

from __future__ import annotations

import codecs
import difflib
import re
import tomllib
from collections.abc import Mapping as Table
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DELIMITERS = {"auto": None, "comma": ",", "tab": "\t", "semicolon": ";", "pipe": "|"}
COLUMN = re.compile(r"\{([^{}]+)\}")  # not str.format: a column may be called "a.b" or "To: whom"
TRUE_WORDS = frozenset({"true", "yes", "y", "1", "public"})
FALSE_WORDS = frozenset({"false", "no", "n", "0", "private", ""})


class MappingError(ValueError):
    """A mapping that cannot be used, with every problem found and what to do about it."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True, slots=True)
class Words:
    """Where the words stand; templates such as "{Issue}: {Sub-issue}" speak where that column is empty.

    The first template whose columns all hold something is used, so a list may end with a shorter one.
    """

    column: str | None
    when_empty: tuple[str, ...] = ()

    def columns(self) -> tuple[str, ...]:
        return ((self.column,) if self.column else ()) + tuple(
            name for template in self.when_empty for name in columns_of(template)
        )

    def of(self, row: Table[str, str]) -> str:
        """The words of a row, or "" where neither the column nor a template has any."""
        if self.column and (words := row.get(self.column, "").strip()):
            return words
        for template in self.when_empty:
            values = {name: row.get(name, "").strip() for name in columns_of(template)}
            if all(values.values()):
                return _filled(template, values)
        return ""


@dataclass(frozen=True, slots=True)
class Time:
    """A column of times: the ways they may be written, in order, and the zone of those that name none."""

    column: str
    formats: tuple[str, ...]
    zone: ZoneInfo

    def of(self, written: str) -> datetime:
        """An aware time. Raises ValueError where no format fits."""
        for form in self.formats:
            try:
                at = _one_time(written, form)
            except ValueError:
                continue
            return at if at.tzinfo else _in_zone(at, self.zone)
        raise ValueError(written)


@dataclass(frozen=True, slots=True)
class Value:
    """A column, its spellings turned into ours; or one value for every row."""

    column: str | None = None
    values: Table[str, str] = field(default_factory=dict)
    otherwise: str | None = None

    def of(self, row: Table[str, str]) -> str | None:
        written = row.get(self.column, "").strip() if self.column else ""
        if written and self.values:
            return self.values.get(written, self.otherwise)
        return written or self.otherwise


@dataclass(frozen=True, slots=True)
class Mapping:
    """How one kind of table is read. Built by `mapping_from`; the file formats are in docs."""

    name: str
    title: str
    words: Words
    sent_at: Time | None = None
    closed_at: Time | None = None
    external_id: str | None = None
    external_id_prefix: str = ""
    door: Value = field(default_factory=lambda: Value(otherwise="file"))
    public: Value = field(default_factory=lambda: Value(otherwise="false"))
    language: Value = field(default_factory=Value)
    place: Value = field(default_factory=Value)
    email: str | None = None
    phone: str | None = None
    sender_name: str | None = None
    reach: Table[str, str] = field(default_factory=dict)
    delimiter: str | None = None
    quote: str = '"'
    escape: str | None = None
    encoding: str = "auto"

    def columns(self) -> tuple[str, ...]:
        """Every column that the mapping names, each once, in the order of the file."""
        named = (
            *self.words.columns(),
            *(time.column for time in (self.sent_at, self.closed_at) if time),
            self.external_id,
            *(value.column for value in (self.door, self.public, self.language, self.place)),
            self.email,
            self.phone,
            self.sender_name,
            *self.reach.values(),
        )
        return tuple(dict.fromkeys(column for column in named if column))

    def missing_from(self, header: Sequence[str]) -> tuple[str, ...]:
        present = {name.strip() for name in header}
        return tuple(column for column in self.columns() if column not in present)

    def check(self, header: Sequence[str]) -> None:
        """Raise MappingError naming each column that the file does not have, with the nearest that it has."""
        problems = []
        for column in self.missing_from(header):
            near = _nearest(column, header)
            hint = f" Did you mean {' or '.join(repr(name) for name in near)}?" if near else ""
            problems.append(f"The file has no column {column!r}.{hint}")
        if problems:
            problems.append("Its columns are: " + ", ".join(repr(name.strip()) for name in header) + ".")
            raise MappingError(problems)


def columns_of(template: str) -> tuple[str, ...]:
    """The columns named in "{Issue}: {Sub-issue}". Raises ValueError on a brace without its partner."""
    if set(COLUMN.sub("", template)) & set("{}"):
        raise ValueError(f"{template!r} has a brace without its partner")
    return tuple(COLUMN.findall(template))


def mapping_from(text: str, name: str = "mapping") -> Mapping:
    """Read a mapping file. Raises MappingError with every problem at once, in words that say the remedy."""
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise MappingError([f"{name}: not readable as TOML: {fault}."]) from fault
    reader = _Reader(told, name)
    mapping = reader.mapping()
    if reader.problems or mapping is None:
        raise MappingError(reader.problems)
    return mapping


def mapping_file(path: Path) -> Mapping:
    return mapping_from(path.read_text(encoding="utf-8"), name=path.stem)


@cache
def shipped() -> tuple[Mapping, ...]:
    """The mappings that come with the product, by name."""
    folder = resources.files("evenhand.doors.file") / "mappings"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda f: f.name)
    return tuple(mapping_from(f.read_text(encoding="utf-8"), name=f.name.removesuffix(".toml")) for f in files)


def fitting(header: Sequence[str]) -> Mapping | None:
    """The shipped mapping whose columns are all in this header; of several, the one that uses most."""
    fits = [mapping for mapping in shipped() if not mapping.missing_from(header)]
    return max(fits, key=lambda mapping: (len(mapping.columns()), mapping.name), default=None)


class _Reader:
    """Turns a parsed file into a Mapping and collects what is wrong with it."""

    SECTIONS = (
        "title",
        "file",
        "words",
        "sent_at",
        "closed_at",
        "external_id",
        "door",
        "public",
        "language",
        "place",
        "from",
        "reach",
    )

    def __init__(self, told: dict[str, object], name: str) -> None:
        self.told = told
        self.name = name
        self.problems: list[str] = []

    def mapping(self) -> Mapping | None:
        for key in self.told:
            if key not in self.SECTIONS:
                self._wrong(key, self.SECTIONS)
        words = self._words()
        file = self._section("file", ("delimiter", "quote", "escape", "encoding"))
        sender = self._section("from", ("email", "phone", "name"))
        identifier = self._section("external_id", ("column", "prefix"))
        delimiter = self._text(file, "file.delimiter") or "auto"
        if delimiter not in DELIMITERS and len(delimiter) != 1:
            self.problems.append(f"{self.name}: file.delimiter is one of {', '.join(DELIMITERS)}.")
        for key in ("quote", "escape"):
            if len(self._text(file, f"file.{key}") or "x") != 1:
                self.problems.append(f"{self.name}: file.{key} is a single character.")
        encoding = self._text(file, "file.encoding") or "auto"
        try:
            codecs.lookup("utf-8" if encoding == "auto" else encoding)
        except LookupError:
            self.problems.append(f"{self.name}: file.encoding {encoding!r} is not known; 'auto' or 'utf-8' will do.")
        reach = self._section("reach", None)
        built = {
            "name": self.name,
            "sent_at": self._time("sent_at"),
            "closed_at": self._time("closed_at"),
            "door": self._value("door", "file"),
            "public": self._value("public", "false"),
            "language": self._value("language", None),
            "place": self._value("place", None),
        }
        if self.problems or words is None:
            return None
        return Mapping(
            title=str(self.told.get("title", self.name)),
            words=words,
            external_id=self._text(identifier, "external_id.column"),
            external_id_prefix=self._text(identifier, "external_id.prefix") or "",
            email=self._text(sender, "from.email"),
            phone=self._text(sender, "from.phone"),
            sender_name=self._text(sender, "from.name"),
            reach={key: str(value) for key, value in reach.items()},
            delimiter=DELIMITERS.get(delimiter, delimiter),
            quote=self._text(file, "file.quote") or '"',
            escape=self._text(file, "file.escape"),
            encoding=encoding,
            **built,  # type: ignore[arg-type]
        )

    def _wrong(self, key: str, known: Sequence[str]) -> None:
        near = difflib.get_close_matches(key, known, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else f" Known: {', '.join(known)}."
        self.problems.append(f"{self.name}: {key!r} is not something a mapping can say.{hint}")

    def _section(self, key: str, known: Sequence[str] | None) -> dict[str, object]:
        section = self.told.get(key, {})
        if not isinstance(section, dict):
            self.problems.append(f"{self.name}: write {key} as a section, [{key}].")
            return {}
        for inner in section:
            if known is not None and inner not in known:
                self._wrong(f"{key}.{inner}", [f"{key}.{name}" for name in known])
        return section

    def _text(self, section: Table[str, object], path: str) -> str | None:
        value = section.get(path.rpartition(".")[2])
        if value is None:
            return None
        if not isinstance(value, str):
            self.problems.append(f"{self.name}: {path} is a text in quotes.")
            return None
        return value

    def _texts(self, section: Table[str, object], path: str) -> tuple[str, ...]:
        value = section.get(path.rpartition(".")[2], [])
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
            self.problems.append(f"{self.name}: {path} is a text or a list of texts.")
            return ()
        return tuple(listed)

    def _words(self) -> Words | None:
        section = self._section("words", ("column", "when_empty"))
        words = Words(self._text(section, "words.column"), self._texts(section, "words.when_empty"))
        try:
            columns = words.columns()
        except ValueError as fault:
            self.problems.append(f"{self.name}: words.when_empty does not parse: {fault}.")
            return None
        if not columns:
            self.problems.append(f"{self.name}: say where the words stand: [words] with column, when_empty or both.")
            return None
        return words

    def _time(self, key: str) -> Time | None:
        if key not in self.told:
            return None
        section = self._section(key, ("column", "formats", "zone"))
        column = self._text(section, f"{key}.column")
        formats = self._texts(section, f"{key}.formats") or ("iso",)
        zone_name = self._text(section, f"{key}.zone") or "UTC"
        if column is None:
            self.problems.append(f"{self.name}: {key} needs a column.")
            return None
        for form in formats:
            try:
                if form != "iso":
                    datetime(2024, 2, 3).strftime(form).encode()  # noqa: DTZ001
                    _one_time(datetime(2024, 2, 3).strftime(form), form)  # noqa: DTZ001
            except ValueError as fault:
                self.problems.append(f"{self.name}: {key}.formats {form!r} does not work: {fault}.")
        try:
            return Time(column, formats, ZoneInfo(zone_name))
        except (ZoneInfoNotFoundError, ValueError):
            self.problems.append(
                f"{self.name}: {key}.zone {zone_name!r} is no known zone; write one such as 'Europe/Berlin'."
            )
            return None

    def _value(self, key: str, otherwise: str | None) -> Value:
        if isinstance(fixed := self.told.get(key), str | bool):  # door = "form" for every row
            return Value(otherwise=str(fixed).lower() if isinstance(fixed, bool) else fixed)
        section = self._section(key, ("column", "values", "otherwise"))
        values = section.get("values", {})
        if not isinstance(values, dict):
            self.problems.append(f"{self.name}: {key}.values is a table such as {{ Web = 'form' }}.")
            values = {}
        said = section.get("otherwise", otherwise)
        return Value(
            column=self._text(section, f"{key}.column"),
            values={str(a): str(b).lower() if isinstance(b, bool) else str(b) for a, b in values.items()},
            otherwise=str(said).lower() if isinstance(said, bool) else None if said is None else str(said),
        )


def _filled(template: str, values: Table[str, str]) -> str:
    return COLUMN.sub(lambda found: values[found[1]], template)


def _one_time(written: str, form: str) -> datetime:
    if form == "iso":
        return datetime.fromisoformat(written)
    return datetime.strptime(written, form)  # noqa: DTZ007 - the mapping's zone is put on by the caller


def _in_zone(at: datetime, zone: ZoneInfo) -> datetime:
    """A wall-clock time in its zone; one that a change to summer time skipped is moved on by the gap."""
    aware = at.replace(tzinfo=zone)
    return aware.astimezone(UTC).astimezone(zone)


def _nearest(column: str, header: Sequence[str]) -> list[str]:
    plain = {_plain(name): name.strip() for name in reversed(header)}
    return [plain[near] for near in difflib.get_close_matches(_plain(column), list(plain), n=2, cutoff=0.5)]


def _plain(name: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in name.casefold()).split())
