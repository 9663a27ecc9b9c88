"""Who works the statements out: DuckDB in this process, or Spark, here or on many machines.

All that differs between them is here: how a file is opened, how a table is kept, and how a column is read as a time, a
number or a text. No function of Python runs within a statement.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import duckdb
import numpy as np
from numpy.typing import NDArray

from evenhand.fairness.tables import source as sources
from evenhand.fairness.tables.dates import EPOCH_MS, EPOCH_S, ZONED, Order, quoted
from evenhand.fairness.tables.errors import CannotRead
from evenhand.fairness.tables.plan import BAD, MISSING, Times
from evenhand.fairness.tables.source import BLANKS, Column, Source

Answer = dict[str, NDArray[Any]]
"""The columns of a statement's answer, by name, in order."""


class NotInstalled(CannotRead):
    """The engine asked for is not on this machine; says what is missing and how to get it."""


class Engine(Protocol):
    name: str
    at_once: int | None
    """The log-rank test goes through so many cases at a time, which bounds memory; None: all at once."""

    def tables(self, files: Sequence[Any], *, sheet: str | None = None) -> list[Source]:
        """Files, or what else the engine reads, as tables that a plan can be made for. Raises CannotRead."""
        ...

    def view(self, name: str, query: str) -> None:
        """Give a query a name. It is worked out anew whenever it is read."""
        ...

    def keep(self, name: str, query: str) -> None:
        """Work a query out, and keep it for those that follow."""
        ...

    def ask(self, query: str) -> Answer: ...

    def seconds(self, one: Times) -> str:
        """SQL: a time as whole seconds since 1970, as its own clock shows them where it names no zone; MISSING, or
        BAD. Raises CannotRead for a way of writing that this engine cannot read."""
        ...

    def is_zoned(self, one: Times) -> str:
        """SQL: whether it names its own zone."""
        ...

    def number(self, column: Column) -> str:
        """SQL: a column of numbers, or of lengths of time in seconds, as a float; null where there is none."""
        ...

    def close(self) -> None: ...


@contextmanager
def _as_cannot_read(errors: type[Exception], who: str) -> Iterator[None]:
    """What an engine stumbles over in a file, as one sentence."""
    try:
        yield
    except errors as problem:
        raise CannotRead(f"{who} cannot go on: {_first_line(problem)}") from problem


class _Closing:
    def close(self) -> None:
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


class DuckDB(_Closing):
    """In this process. Fetches no extension; what does not fit into memory goes to a folder that is gone afterwards.

    memory: DuckDB's own; the answers come on top. threads: as many as this process may use, where none is said.
    """

    name = "duckdb"
    at_once: int | None = 1_000_000

    def __init__(self, *, memory: str = "1GB", threads: int | None = None) -> None:
        with ExitStack() as held:
            folder = held.enter_context(tempfile.TemporaryDirectory(prefix="evenhand-", ignore_cleanup_errors=True))
            self._scratch = Path(folder)
            self._db = held.enter_context(sources.connection(self._scratch))
            self._db.execute(f"SET memory_limit = {quoted(memory)}")
            self._db.execute(f"SET threads = {threads or len(os.sched_getaffinity(0))}")
            self._db.execute("SET preserve_insertion_order = false")
            self._held = held.pop_all()

    def tables(self, files: Sequence[Any], *, sheet: str | None = None) -> list[Source]:
        return [sources.opened(each, self._db, self._scratch, sheet=sheet) for each in files]

    def view(self, name: str, query: str) -> None:
        with _as_cannot_read(duckdb.Error, "DuckDB"):
            self._db.execute(f"CREATE OR REPLACE TEMPORARY VIEW {name} AS {query}")

    def keep(self, name: str, query: str) -> None:
        with _as_cannot_read(duckdb.Error, "DuckDB"):
            self._db.execute(f"CREATE OR REPLACE TEMPORARY TABLE {name} AS {query}")

    def ask(self, query: str) -> Answer:
        with _as_cannot_read(duckdb.Error, "DuckDB"):
            return dict(self._db.execute(query).fetchnumpy())

    def seconds(self, one: Times) -> str:
        return replace(one, is_careful=True).seconds

    def is_zoned(self, one: Times) -> str:
        return replace(one, is_careful=True).is_zoned

    def number(self, column: Column) -> str:
        return f"epoch(CAST({column.sql} AS INTERVAL))" if column.is_length else f"CAST({column.sql} AS DOUBLE)"

    def close(self) -> None:
        self._held.close()


class Spark(_Closing):
    """On a Spark that runs already (`session`), or else the one that the environment names, or else in this machine.

    Reads Parquet. Works in a session of its own, so that the caller's settings and names stay as they are; one that
    was started here is stopped at the end. Raises NotInstalled.
    """

    name = "spark"
    at_once: int | None = None

    def __init__(self, session: Any = None) -> None:
        try:
            from pyspark.errors import PySparkException
            from pyspark.sql import SparkSession
        except ImportError as problem:
            raise NotInstalled(
                "Spark is not installed here. Install it with: pip install 'evenhand[spark]'"
            ) from problem
        found = session or SparkSession.getActiveSession()
        try:
            started = found or SparkSession.builder.appName("evenhand audit").getOrCreate()
        except (PySparkException, OSError) as problem:
            raise NotInstalled(
                "Spark does not start here. It needs Java 17 or later (on Debian: apt-get install "
                f"default-jre-headless). It said: {_first_line(problem)}"
            ) from problem
        self._started = None if found else started
        if self._started is not None:
            self._started.sparkContext.setLogLevel("OFF")  # what goes wrong comes as an exception
        self._errors = PySparkException
        self._spark = started.newSession()
        self._kept: list[str] = []
        self._small = duckdb.connect()  # for what is asked of a word or two while a plan is made
        for name, value in _SETTINGS.items():
            self._spark.conf.set(name, value)

    def tables(self, files: Sequence[Any], *, sheet: str | None = None) -> list[Source]:
        told = " and ".join(str(each) for each in files)
        if any(not isinstance(each, str | Path) or str(each) == "-" for each in files):
            raise CannotRead("Spark reads files of Parquet; leave out --engine, or name such files.")
        try:
            file = self._spark.read.option("mergeSchema", "true").parquet(*(str(each) for each in files))
        except self._errors as problem:
            raise CannotRead(
                f"{told} cannot be read by Spark, which takes Parquet: {_first_line(problem)}"
            ) from problem
        file.createOrReplaceTempView("file")
        columns = tuple(_SparkColumn(name, _ticked(name), _kind(kind)) for name, kind in file.dtypes)
        return [_SparkSource(told, self._small, columns, Path(), "file", asks=self._spark.sql)]

    def view(self, name: str, query: str) -> None:
        with _as_cannot_read(self._errors, "Spark"):
            self._spark.sql(f"CREATE OR REPLACE TEMPORARY VIEW {name} AS {query}")

    def keep(self, name: str, query: str) -> None:
        with _as_cannot_read(self._errors, "Spark"):
            self._spark.sql(f"CACHE TABLE {name} AS {query}")
        self._kept.append(name)

    def ask(self, query: str) -> Answer:
        with _as_cannot_read(self._errors, "Spark"):
            answer = self._spark.sql(query)
            rows = answer.collect()
        columns = zip(*rows, strict=True) if rows else ([] for _ in answer.columns)
        return {name: _array(column, kind) for (name, kind), column in zip(answer.dtypes, columns, strict=True)}

    def seconds(self, one: Times) -> str:
        if one.way is None:
            return f"coalesce(unix_seconds(CAST({one.columns[0].sql} AS TIMESTAMP)), {MISSING})"
        text, patterns = one.text, one.way.patterns
        tries = []
        if any(each.format == "iso" for each in patterns):
            tries.append(f"unix_seconds(TRY_CAST({text} AS TIMESTAMP))")
        formats = [each.ordered(one.way.order or Order.MONTH_FIRST) for each in patterns if "%" in each.format]
        for form in dict.fromkeys([*formats, *one.way.own]):
            tries.append(f"unix_seconds(try_to_timestamp({text}, {quoted(_as_java_writes_it(form, one.name))}))")
        if EPOCH_S in patterns:
            tries.append(f"CAST(floor(TRY_CAST({text} AS DOUBLE)) AS BIGINT)")
        elif EPOCH_MS in patterns:
            tries.append(f"CAST(floor(TRY_CAST({text} AS DOUBLE) / 1000e0) AS BIGINT)")
        return (
            f"coalesce({''.join(f'{each}, ' for each in tries)}CASE WHEN {text} IS NULL THEN {MISSING} ELSE {BAD} END)"
        )

    def is_zoned(self, one: Times) -> str:
        if one.way is None:
            return "true" if one.columns[0].is_zoned else "false"
        if not one.way.has_zone or not one.way.may_lack_zone:
            return "true" if one.way.has_zone else "false"
        is_epoch = f" OR {one.text} RLIKE '^[0-9]{{9,13}}([.][0-9]+)?$'"
        return f"coalesce((length({one.text}) > 10 AND {one.text} RLIKE {quoted(ZONED)}){is_epoch}, false)"

    def number(self, column: Column) -> str:
        if column.is_length:
            raise CannotRead(f"{column.name!r} is a length of time, which Spark does not give as a number; give hours.")
        return f"CAST({column.sql} AS DOUBLE)"

    def close(self) -> None:
        for name in self._kept:
            self._spark.sql(f"UNCACHE TABLE IF EXISTS {name}")
        self._kept = []
        self._small.close()
        if self._started is not None:
            self._started.stop()


_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.constraintPropagation.enabled": "false",  # it grows without bound over views of views full of cases
    "spark.sql.parser.escapedStringLiterals": "true",  # a backslash is a backslash
}


@dataclass(frozen=True, slots=True)
class _SparkColumn(Column):
    """A column as Spark asks for it. kind: in DuckDB's words, which plans are made by."""

    def text(self) -> str:
        return f"nullif(btrim({self.raw()}, {quoted(BLANKS)}), '')"

    def raw(self) -> str:
        return self.sql if self.kind == "VARCHAR" else f"CAST({self.sql} AS STRING)"


@dataclass
class _SparkSource(Source):
    asks: Any = None

    def rows(self, select: str, rest: str = "", *, doing: str = "Reading") -> list[tuple[Any, ...]]:
        from pyspark.errors import PySparkException

        try:
            return [tuple(row) for row in self.asks(f"SELECT {select} FROM {self.table} {rest}").collect()]
        except PySparkException as problem:
            raise CannotRead(f"{self.told} cannot be read by Spark: {_first_line(problem)}") from problem


def _ticked(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _first_line(problem: Exception) -> str:
    return str(problem).splitlines()[0]


_KINDS = {
    "timestamp": "TIMESTAMP WITH TIME ZONE", "timestamp_ntz": "TIMESTAMP", "date": "DATE", "boolean": "BOOLEAN",
    "string": "VARCHAR", "tinyint": "TINYINT", "smallint": "SMALLINT", "int": "INTEGER", "bigint": "BIGINT",
    "float": "FLOAT", "double": "DOUBLE",
}  # fmt: skip


def _kind(told: str) -> str:
    """DuckDB's word for a type of Spark's."""
    return "INTERVAL" if told.startswith("interval") else _KINDS.get(told, told.upper())


def _array(column: Sequence[Any], kind: str) -> NDArray[Any]:
    if kind in ("tinyint", "smallint", "int", "bigint"):
        return np.array(column, dtype=np.int64)
    return np.array(column, dtype=np.float64 if kind in ("float", "double") else object)


_JAVA = {
    "%Y": "yyyy", "%y": "yy", "%m": "M", "%d": "d", "%H": "H", "%I": "h", "%M": "m", "%S": "s", "%p": "a",
    "%f": "[SSSSSS][SSSSS][SSSS][SSS][SS][S]", "%b": "MMM", "%B": "MMMM", "%z": "[XXX][XX][X]", "%%": "%",
}  # fmt: skip


def _as_java_writes_it(form: str, column: str) -> str:
    """A format of `strptime` in Java's letters. Raises CannotRead for a field that has none."""
    told, rest = "", form
    while rest:
        if rest[0] != "%":
            told, rest = told + (f"'{rest[0]}'" if rest[0].isalpha() else rest[0]), rest[1:]
        elif rest[:2] in _JAVA:
            told, rest = told + _JAVA[rest[:2]], rest[2:]
        else:
            raise CannotRead(
                f"{column!r} is written as {form!r}, which Spark cannot read ({rest[:2]}); store it as a timestamp."
            )
    return told
