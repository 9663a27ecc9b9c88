"""Who works the statements out: DuckDB in this process, or Spark, here or on many machines.

All that differs between them is here: how a file is opened, how a table is kept, and the few functions that read a
column as a time, a number, a yes or no. No function of Python runs within a statement.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import duckdb
import numpy as np
from numpy.typing import NDArray

Answer = dict[str, NDArray[Any]]
"""The columns of a statement's answer, by name, in order."""


class Kind(StrEnum):
    """What a column of a file holds."""

    TIME = "time"
    DATE = "date"
    NUMBER = "number"
    FLAG = "flag"
    TEXT = "text"
    OTHER = "other"


class NotInstalled(Exception):
    """The engine asked for is not on this machine; says what is missing and how to get it."""


class Engine(Protocol):
    name: str
    at_once: int | None
    """The log-rank test goes through so many cases at a time, which bounds memory; None: all at once."""

    def open(self, paths: Sequence[Path]) -> Mapping[str, Kind]:
        """Files of one shape as the view `file`, with the columns that they have. Raises OSError, ValueError."""
        ...

    def view(self, name: str, query: str) -> None:
        """Give a query a name. It is worked out anew whenever it is read."""
        ...

    def keep(self, name: str, query: str) -> None:
        """Work a query out, and keep it for those that follow."""
        ...

    def ask(self, query: str) -> Answer: ...

    def column(self, name: str) -> str:
        """A column's name in a statement."""
        ...

    def text(self, value: str) -> str:
        """A text in a statement."""
        ...

    def seconds(self, column: str, kind: Kind) -> str:
        """A time as whole seconds since 1970 (down), as its own clock shows them where it has no zone."""
        ...

    def parsed(self, column: str, form: str | None) -> str:
        """The same of a text: by a format as `strptime` writes it, or as ISO 8601; null where it does not fit."""
        ...

    def float_of(self, column: str) -> str:
        """A number, of whatever the column holds; null where it is none."""
        ...

    def close(self) -> None: ...


class DuckDB:
    """In this process. Reads Parquet alone; fetches no extension; what does not fit in memory goes to a folder that
    is gone afterwards. memory: of DuckDB's own; the answers come on top. threads: as many as this process may use."""

    name = "duckdb"
    at_once: int | None = 1_000_000

    def __init__(self, *, memory: str = "1GB", threads: int | None = None) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="evenhand-")
        self._db = duckdb.connect(
            config={
                "threads": threads or len(os.sched_getaffinity(0)),
                "memory_limit": memory,
                "temp_directory": self._folder.name,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "preserve_insertion_order": False,
            }
        )
        self._db.execute("SET TimeZone = 'UTC'")

    def open(self, paths: Sequence[Path]) -> Mapping[str, Kind]:
        files = [str(path) for path in paths]
        try:
            relation = self._db.read_parquet(files, union_by_name=True)
        except (duckdb.IOException, duckdb.InvalidInputException) as problem:
            raise ValueError(str(problem)) from problem
        relation.create_view("file")
        return {name: _duckdb_kind(str(kind)) for name, kind in zip(relation.columns, relation.types, strict=True)}

    def view(self, name: str, query: str) -> None:
        self._db.execute(f"CREATE OR REPLACE TEMPORARY VIEW {name} AS {query}")

    def keep(self, name: str, query: str) -> None:
        self._db.execute(f"CREATE OR REPLACE TEMPORARY TABLE {name} AS {query}")

    def ask(self, query: str) -> Answer:
        return dict(self._db.execute(query).fetchnumpy())

    def column(self, name: str) -> str:
        return '"' + name.replace('"', '""') + '"'

    def text(self, value: str) -> str:
        return "'" + value.replace("'", "''") + "'"

    def seconds(self, column: str, kind: Kind) -> str:
        return f"CAST(floor(epoch_us(CAST({column} AS TIMESTAMP)) / 1000000e0) AS BIGINT)"

    def parsed(self, column: str, form: str | None) -> str:
        if form is None:
            return f"try_cast({column} AS TIMESTAMP)"
        return f"try_strptime({column}, {self.text(form)})"

    def float_of(self, column: str) -> str:
        return f"try_cast({column} AS DOUBLE)"

    def close(self) -> None:
        self._db.close()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _duckdb_kind(told: str) -> Kind:
    plain = told.upper()
    if plain.startswith("TIMESTAMP"):
        return Kind.TIME
    if plain == "DATE":
        return Kind.DATE
    if plain == "BOOLEAN":
        return Kind.FLAG
    if plain == "VARCHAR" or plain.startswith("ENUM"):
        return Kind.TEXT
    if plain.startswith(("DECIMAL", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "U")):
        return Kind.NUMBER
    return Kind.OTHER


class Spark:
    """On a Spark that runs already (`session`), or else the one that the environment names, or else in this machine.

    Works in a session of its own, so that the settings and names of the caller's stay as they are.
    Raises NotInstalled.
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
        try:
            started = session or SparkSession.builder.appName("evenhand audit").getOrCreate()
        except (PySparkException, OSError) as problem:
            raise NotInstalled(
                "Spark does not start here. It needs Java 17 or later (on Debian: apt-get install "
                f"default-jre-headless). It said: {problem}"
            ) from problem
        self._spark = started.newSession()
        self._is_ours = session is None
        self._kept: list[str] = []
        self._spark.conf.set("spark.sql.session.timeZone", "UTC")
        self._spark.conf.set("spark.sql.ansi.enabled", "true")
        self._spark.conf.set("spark.sql.parser.escapedStringLiterals", "true")

    def open(self, paths: Sequence[Path]) -> Mapping[str, Kind]:
        file = self._spark.read.option("mergeSchema", "true").parquet(*(str(path) for path in paths))
        file.createOrReplaceTempView("file")
        return {name: _spark_kind(kind) for name, kind in file.dtypes}

    def view(self, name: str, query: str) -> None:
        self._spark.sql(f"CREATE OR REPLACE TEMPORARY VIEW {name} AS {query}")

    def keep(self, name: str, query: str) -> None:
        self._spark.sql(f"CACHE TABLE {name} AS {query}")
        self._kept.append(name)

    def ask(self, query: str) -> Answer:
        answer = self._spark.sql(query)
        rows = answer.collect()
        columns = zip(*rows, strict=True) if rows else ([] for _ in answer.columns)
        return {name: _array(column, kind) for (name, kind), column in zip(answer.dtypes, columns, strict=True)}

    def column(self, name: str) -> str:
        return "`" + name.replace("`", "``") + "`"

    def text(self, value: str) -> str:
        return "'" + value.replace("'", "''") + "'"

    def seconds(self, column: str, kind: Kind) -> str:
        return f"unix_seconds(CAST({column} AS TIMESTAMP))"

    def parsed(self, column: str, form: str | None) -> str:
        if form is None:
            return f"try_cast({column} AS TIMESTAMP)"
        return f"try_to_timestamp({column}, {self.text(_as_java_writes_it(form))})"

    def float_of(self, column: str) -> str:
        return f"try_cast({column} AS DOUBLE)"

    def close(self) -> None:
        for name in self._kept:
            self._spark.sql(f"UNCACHE TABLE IF EXISTS {name}")
        if self._is_ours:
            self._spark.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _spark_kind(told: str) -> Kind:
    if told in ("timestamp", "timestamp_ntz"):
        return Kind.TIME
    if told == "date":
        return Kind.DATE
    if told == "boolean":
        return Kind.FLAG
    if told == "string":
        return Kind.TEXT
    if told.startswith("decimal") or told in ("tinyint", "smallint", "int", "bigint", "float", "double"):
        return Kind.NUMBER
    return Kind.OTHER


def _array(column: Sequence[Any], kind: str) -> NDArray[Any]:
    if kind in ("tinyint", "smallint", "int", "bigint"):
        return np.array(column, dtype=np.int64)
    return np.array(column, dtype=np.float64 if kind in ("float", "double") else object)


_JAVA = {
    "%Y": "yyyy", "%m": "M", "%d": "d", "%H": "H", "%I": "h", "%M": "m", "%S": "s", "%f": "[SSSSSS][SSS]", "%p": "a",
    "%b": "MMM", "%B": "MMMM", "%y": "yy", "%z": "[XXX][XX][X]", "%%": "%",
}  # fmt: skip


def _as_java_writes_it(form: str) -> str:
    """A format of `strptime` in Java's letters. Raises ValueError for a field that has none."""
    told, rest = "", form
    while rest:
        if rest[0] == "%":
            if rest[:2] not in _JAVA:
                raise ValueError(f"the field {rest[:2]} of the format {form!r} is not known to Spark")
            told, rest = told + _JAVA[rest[:2]], rest[2:]
        else:
            letter, rest = rest[0], rest[1:]
            told += f"'{letter}'" if letter.isalpha() else letter
    return told
