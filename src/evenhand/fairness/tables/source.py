"""One table that DuckDB can ask: a file in its plain form, or a frame in memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from evenhand.fairness.tables import delimited
from evenhand.fairness.tables.columns import same_name
from evenhand.fairness.tables.dates import quoted
from evenhand.fairness.tables.delimited import Layout
from evenhand.fairness.tables.errors import CannotRead
from evenhand.fairness.tables.plain import LONGEST_LINE, plain

MEMORY = "900MB"
"""What DuckDB may hold at a time; what is more goes to the scratch folder."""

Tell = Callable[[str, float], None]
"""Told how far a long question has come: what is being done, and the share of it, 0 … 1."""

_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")


@dataclass(frozen=True, slots=True)
class Column:
    """One column. name: as written in the table. sql: how it is asked for. kind: DuckDB's type."""

    name: str
    sql: str
    kind: str

    @property
    def is_time(self) -> bool:
        return self.kind.startswith("TIMESTAMP") or self.kind == "DATE"

    @property
    def is_zoned(self) -> bool:
        return self.kind == "TIMESTAMP WITH TIME ZONE"

    @property
    def is_length(self) -> bool:
        return self.kind in ("INTERVAL", "TIME")

    @property
    def is_number(self) -> bool:
        return self.kind in (*_WHOLE, "FLOAT", "DOUBLE") or self.kind.startswith("DECIMAL")

    def text(self) -> str:
        """SQL: the column as text without blanks around it; NULL where nothing is left."""
        if self.kind in ("FLOAT", "DOUBLE") or self.kind.startswith("DECIMAL"):
            # 7.0 and 7 are one name: a column of whole numbers with gaps is one of fractions in a frame.
            whole = f"TRY_CAST({self.sql} AS BIGINT)"
            return f"CASE WHEN {self.sql} = {whole} THEN CAST({whole} AS VARCHAR) ELSE CAST({self.sql} AS VARCHAR) END"
        if self.kind in _WHOLE or self.kind == "BOOLEAN" or self.is_time:
            return f"CAST({self.sql} AS VARCHAR)"
        as_text = self.sql if self.kind == "VARCHAR" else f"CAST({self.sql} AS VARCHAR)"
        return f"nullif(trim({as_text}, {quoted(BLANKS)}), '')"

    def raw(self) -> str:
        """SQL: the column as text, as it stands."""
        if self.kind == "VARCHAR":
            return self.sql
        return self.text() if self.is_number else f"CAST({self.sql} AS VARCHAR)"


BLANKS = " \t\r\n\u00a0\ufeff"


@dataclass
class Source:
    """A table and a way to ask it. told: what people know it by. path, layout: of a text with delimiters."""

    told: str
    con: duckdb.DuckDBPyConnection
    columns: tuple[Column, ...]
    scratch: Path
    table: str
    path: Path | None = None
    layout: Layout | None = None
    notes: dict[str, str] = field(default_factory=dict)
    broken: delimited.Broken = field(default_factory=delimited.Broken)
    tell: Tell | None = None
    is_mended: bool = False

    def arrays(self, select: str, rest: str = "", *, doing: str = "Reading") -> dict[str, Any]:
        """The answer as numpy arrays."""
        with self._troubles(), _watched(self.con, self._teller(doing)):
            return dict(self.con.execute(f"SELECT {select} FROM {self.table} {rest}").fetchnumpy())

    def rows(self, select: str, rest: str = "", *, doing: str = "Reading") -> list[tuple[Any, ...]]:
        with self._troubles(), _watched(self.con, self._teller(doing)):
            return self.con.execute(f"SELECT {select} FROM {self.table} {rest}").fetchall()

    def _teller(self, doing: str) -> Callable[[float], None] | None:
        tell = self.tell
        return None if tell is None else lambda share: tell(doing, share)

    @contextmanager
    def _troubles(self) -> Iterator[None]:
        try:
            yield
        except duckdb.OutOfMemoryException as error:
            raise CannotRead(
                f"{self.told} does not fit into {MEMORY} at a time; is a column of names or numbers"
                " that all differ among --by or --need?"
            ) from error
        except duckdb.IOException as error:
            raise CannotRead(f"{self.told} cannot be read: {_first_line(error)}.") from error

    def mend(self) -> None:
        """Read the text leniently, row by row, where the fast way stumbles. Slower. Raises CannotRead."""
        if self.path is None or self.layout is None or self.is_mended:
            raise CannotRead(f"{self.told} cannot be read as a table.")
        out = self.scratch / f"{len(list(self.scratch.iterdir()))}.mended"
        self.broken = delimited.mend(self.told, self.path, self.layout, out)
        self.table = _csv(out, self.layout)
        self.is_mended = True

    def lines(self, is_it: Callable[[list[str]], bool], most: int) -> list[int]:
        """The lines of the first rows of which it is so; none where the table is no text."""
        if self.path is None or self.layout is None:
            return []
        return delimited.lines_where(self.path, self.layout, is_it, most)

    @property
    def left_out(self) -> dict[str, int]:
        """Rows that are none of this table's, by reason."""
        return {"other number of cells than the header": self.broken.rows} if self.broken.rows else {}

    def column(self, name: str) -> Column | None:
        """The column of exactly that name, or else the only one spelled alike."""
        exact = [column for column in self.columns if column.name == name]
        alike = exact or [column for column in self.columns if same_name(column.name, name)]
        return alike[0] if len(alike) == 1 else None


@contextmanager
def connection(scratch: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty DuckDB of its own that loads nothing from anywhere and spills into `scratch`."""
    con = duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "python_enable_replacements": "false",
            "memory_limit": MEMORY,
            "temp_directory": str(scratch / "spill"),
            "preserve_insertion_order": "true",
        }
    )
    con.execute("SET TimeZone = 'UTC'")
    con.execute("SET enable_progress_bar = true")  # so that it can be asked how far it is; it prints nothing itself
    con.execute("SET enable_progress_bar_print = false")
    con.execute("SET progress_bar_time = 500")
    try:
        yield con
    finally:
        con.close()


def opened(
    given: Any, con: duckdb.DuckDBPyConnection, scratch: Path, *, sheet: str | None = None, tell: Tell | None = None
) -> Source:
    """A path, `-`, or a frame in memory as a table. Raises CannotRead."""
    if isinstance(given, (str, Path)):
        return _file(given, con, scratch, sheet=sheet, tell=tell)
    return _frame(given, con, scratch, tell=tell)


def _file(
    given: str | Path, con: duckdb.DuckDBPyConnection, scratch: Path, *, sheet: str | None, tell: Tell | None
) -> Source:
    """A file as a table. Raises CannotRead."""
    if tell is not None:
        tell("Opening", 0.0)
    found = plain(given, scratch, sheet=sheet)
    if found.is_parquet:
        return _parquet(found.told, found.path, con, scratch, tell)
    source = _text(found.told, found.path, con, scratch, dict(found.notes), tell)
    if (source.layout is not None and (source.layout.begins_late or source.layout.above)) or _stumbles(source):
        source.mend()
    return source


def _stumbles(source: Source) -> bool:
    """Whether the fast way trips over some row of this text."""
    assert source.path is not None
    assert source.layout is not None
    for table in ("reject_errors", "reject_scans"):
        source.con.execute(f"DROP TABLE IF EXISTS {table}")
    try:
        table = _csv(source.path, source.layout, keeps_rejects=True)
        with _watched(source.con, source._teller("Checking")):
            source.con.execute(f"SELECT count(*) FROM {table}").fetchall()
        return bool(source.con.execute("SELECT 1 FROM reject_errors LIMIT 1").fetchall())
    except duckdb.Error:
        return True


def _text(
    told: str, path: Path, con: duckdb.DuckDBPyConnection, scratch: Path, notes: dict[str, str], tell: Tell | None
) -> Source:
    how = delimited.layout(told, path)
    if how.above:
        notes["above_the_header"] = f"{how.above} {'row' if how.above == 1 else 'rows'}, not read"
    columns = tuple(Column(name, f"c{nth}", "VARCHAR") for nth, name in enumerate(how.header))
    return Source(told, con, columns, scratch, _csv(path, how), path, how, notes, tell=tell)


def _csv(path: Path, how: Layout, *, keeps_rejects: bool = False) -> str:
    names = ", ".join(f"'c{nth}': 'VARCHAR'" for nth in range(len(how.header)))
    rejects = ", store_rejects = true, rejects_limit = 0" if keeps_rejects else ""
    return (
        f"read_csv({quoted(_no_pattern(path))}, auto_detect = false, header = true, delim = {quoted(how.delimiter)},"
        f" quote = '\"', escape = '\"', compression = 'none', max_line_size = {LONGEST_LINE},"
        f" columns = {{{names}}}{rejects})"
    )


def _no_pattern(path: Path) -> str:
    """The path, with what DuckDB would take for a pattern put so that it means itself."""
    return "".join(f"[{each}]" if each in "*?[" else each for each in str(path.absolute()))


def _parquet(told: str, path: Path, con: duckdb.DuckDBPyConnection, scratch: Path, tell: Tell | None) -> Source:
    table = f"read_parquet({quoted(_no_pattern(path))})"
    return Source(told, con, _described(told, table, con), scratch, table, tell=tell)


class _Stream:
    """A frame as an Arrow stream alone, so that nothing else need be installed to read it."""

    def __init__(self, frame: Any) -> None:
        self._frame = frame

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._frame.__arrow_c_stream__(requested_schema)


def _frame(frame: Any, con: duckdb.DuckDBPyConnection, scratch: Path, *, tell: Tell | None) -> Source:
    """A table in memory: pandas as it is, all others as Arrow streams, and what narwhals knows."""
    name = f"frame{len(con.execute('SELECT view_name FROM duckdb_views() WHERE NOT internal').fetchall())}"
    told = f"the {type(frame).__name__}"
    module = type(frame).__module__.partition(".")[0]
    try:
        if module != "pandas" and not hasattr(frame, "__arrow_c_stream__"):
            frame = _by_narwhals(frame)
        con.register(name, frame if module == "pandas" else _Stream(frame))
        if module != "pandas" and not hasattr(frame, "__len__"):  # a stream runs once
            con.execute(f"CREATE TEMP TABLE kept_{name} AS SELECT * FROM {name}")
            name = f"kept_{name}"
    except CannotRead:
        raise
    except Exception as error:  # whatever a frame of somebody else's raises
        raise CannotRead(f"{told} cannot be read as a table: {_first_line(error)}.") from error
    return Source(told, con, _described(told, name, con), scratch, name, tell=tell)


def _by_narwhals(frame: Any) -> Any:
    import narwhals

    try:
        known = narwhals.from_native(frame)
    except TypeError as error:
        raise CannotRead(
            f"A {type(frame).__name__} is no table; give a path, or a pandas, polars or pyarrow table."
        ) from error
    eager = known.collect() if isinstance(known, narwhals.LazyFrame) else known
    native = eager.to_native()
    return native if hasattr(native, "__arrow_c_stream__") else eager.to_arrow()


def _described(told: str, table: str, con: duckdb.DuckDBPyConnection) -> tuple[Column, ...]:
    try:
        described = con.execute(f"DESCRIBE SELECT * FROM {table}").fetchall()
    except duckdb.Error as error:
        raise CannotRead(f"{told} cannot be read as a table: it is cut short or damaged. Fetch it again.") from error
    return tuple(_column(str(row[0]), str(row[1])) for row in described)


def _column(name: str, kind: str) -> Column:
    """A column of this name. Instants to the nanosecond, as pandas writes them, are taken to the microsecond."""
    sql = '"' + name.replace('"', '""') + '"'
    if kind == "TIMESTAMPTZ_NS":
        return Column(name, f"CAST({sql} AS TIMESTAMPTZ)", "TIMESTAMP WITH TIME ZONE")
    return Column(name, sql, kind)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].strip().rstrip(".") if str(error).strip() else type(error).__name__


@contextmanager
def _watched(con: duckdb.DuckDBPyConnection, tell: Callable[[float], None] | None) -> Iterator[None]:
    """Say how far a question has come while it is being answered."""
    if tell is None:
        yield
        return
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.5):
            share = con.query_progress()
            if share >= 0:
                tell(share / 100)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
