"""Files packed with zstd, which Python before 3.14 cannot unpack itself and DuckDB can, as text."""

from __future__ import annotations

from pathlib import Path

import duckdb

from evenhand.fairness.tables.dates import quoted
from evenhand.fairness.tables.errors import CannotRead
from evenhand.fairness.tables.plain import LONGEST_LINE

_NEVER = "\x01"
"""Stands in no table of text: what parts a line of DuckDB's from the next column that there is none of."""


def unpack(told: str, path: Path, out: Path) -> None:
    """Write the lines of a packed text to `out`. Raises CannotRead."""
    with duckdb.connect(config={"autoinstall_known_extensions": "false", "memory_limit": "500MB"}) as con:
        try:
            answer = con.execute(
                f"SELECT line FROM read_csv({quoted(str(path.absolute()))}, auto_detect = false, header = false,"
                f" delim = '{_NEVER}', quote = '', escape = '', compression = 'zstd', max_line_size = {LONGEST_LINE},"
                " columns = {'line': 'VARCHAR'}, parallel = false)"
            )
            with out.open("x", encoding="utf-8", newline="") as file:
                while some := answer.fetchmany(10_000):
                    file.writelines(f"{line or ''}\n" for (line,) in some)
        except duckdb.Error as error:
            raise CannotRead(
                f"{told} cannot be unpacked: it is broken, or no text in UTF-8 ({str(error).splitlines()[0]})."
            ) from error
