"""A table in memory gives the same cases as the file it could be written to."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path

import narwhals
import pandas
import polars
import pyarrow
import pyarrow.parquet
import pytest

import evenhand
from evenhand.fairness.parity.findings import Audit
from evenhand.fairness.tables.errors import CannotRead
from fairness_tables.writing import CASES, HEADER, a_table, groups, rows_of, same, waits

TIMES = [tuple(dt.datetime.fromisoformat(cell) if cell else None for cell in row[:2]) + row[2:] for row in CASES]

TEXTS = [tuple(cell or None for cell in row) for row in CASES]


class OnlyAStream:
    """What any library with an Arrow stream hands out."""

    def __init__(self, frame: polars.DataFrame) -> None:
        self._frame = frame

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._frame.__arrow_c_stream__(requested_schema)


def frames(cells: list[tuple[object, ...]]) -> dict[str, object]:
    columns = dict(zip(HEADER, map(list, zip(*cells, strict=True)), strict=True))
    table = polars.DataFrame(columns)
    return {
        "pandas": pandas.DataFrame(columns),
        "pandas categories": pandas.DataFrame(columns).astype({"channel": "category"}),
        "polars": table,
        "polars categories": table.with_columns(polars.col("channel").cast(polars.Categorical)),
        "polars lazy": table.lazy(),
        "pyarrow": pyarrow.table(columns),
        "pyarrow batch": pyarrow.table(columns).to_batches()[0],
        "pyarrow reader": pyarrow.table(columns).to_reader(),
        "narwhals": narwhals.from_native(table),
        "a stream": OnlyAStream(table),
    }


KINDS = list(frames(TIMES))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "cells", [TIMES, [tuple(cell or None for cell in row) for row in CASES]], ids=["times", "texts"]
)
def test_every_kind_of_frame_gives_the_cases_of_the_file(tmp_path: Path, kind: str, cells: list[tuple[object, ...]]):
    assert same(rows_of(frames(cells)[kind]), rows_of(a_table(tmp_path)))


def test_times_with_a_zone_keep_it(tmp_path: Path):
    frame = pandas.DataFrame(frames(TIMES)["pandas"])
    for name in ("created", "closed"):
        frame[name] = frame[name].dt.tz_localize("Europe/Berlin")
    in_berlin = [tuple(f"{cell}+02:00" if cell else "" for cell in row[:2]) + row[2:] for row in CASES]
    path = a_table(tmp_path, in_berlin)
    assert same(rows_of(frame, zone="America/New_York"), rows_of(path, zone="America/New_York"))


def test_instants_to_the_nanosecond_are_instants(tmp_path: Path):
    for zone in (None, "Europe/Berlin"):
        plain = [dt.datetime.fromisoformat(row[0]) for row in CASES]
        table = pyarrow.table(
            {
                "created": pyarrow.array(plain, pyarrow.timestamp("ns", zone)),
                "wait": [1.0] * len(CASES),
                "channel": [row[2] for row in CASES],
                "category": [row[3] for row in CASES],
            }
        )
        pyarrow.parquet.write_table(table, tmp_path / "cases.parquet")
        for each in (table, tmp_path / "cases.parquet"):
            rows = rows_of(each, wait="wait", zone="America/New_York")
            moved = dt.timedelta(hours=0 if zone else 4)
            last = (max(plain) + moved + dt.timedelta(hours=1)).isoformat() + "Z"
            assert rows.assumed["censored_at"] == last


def test_seconds_that_are_no_number_are_no_time():
    rows = rows_of(
        polars.DataFrame(
            {
                "created": [1.7155908e9, 1.7155909e9],
                "closed": [1.71559086e9, float("nan")],
                "via": ["a", "b"],
                "type": 1,
            }
        )
    )
    assert waits(rows) == [60, None]


@pytest.mark.parametrize("options", [{"min_cell": 0}, {"min_cell": "x"}, {"margin": 5}, {"by": 5}, {"in_time": 5}])
def test_what_is_of_another_kind_than_asked_for_is_refused(options: dict[str, object]):
    with pytest.raises(CannotRead):
        evenhand.audit(polars.DataFrame(CASES * 10, schema=list(HEADER), orient="row"), **options)


def test_dates_lengths_and_numbers_have_their_own_types():
    start = [dt.date(2024, 5, 1), dt.date(2024, 5, 2), dt.date(2024, 5, 3)]
    table = pyarrow.table(
        {
            "opened": start,
            "closed": [dt.date(2024, 5, 2), None, dt.date(2024, 5, 3)],
            "via": pyarrow.array([1.0, 2.0, None]),
            "kind": [True, False, True],
            "target": [dt.timedelta(hours=4), None, dt.timedelta(days=2)],
            "refund": [0, 250, None],
        }
    )
    rows = rows_of(table, start="opened", standard="target", remedy="refund")
    assert waits(rows) == [86_400, None, 0]
    assert groups(rows) == ["1", "2", "(empty)"]
    assert rows.needs == ("false", "true")
    assert rows.standard is not None
    assert rows.standard[[0, 2]].tolist() == [4 * 3600, 48 * 3600]
    assert rows.amount is not None
    assert rows.remedy is not None
    assert rows.remedy.tolist() == [0, 1, -1]


def test_seconds_since_1970_in_a_column_of_numbers_are_times():
    seconds = [1_715_590_800, 1_715_590_900]
    for start in (seconds, [float(each) for each in seconds]):
        frame = pandas.DataFrame(
            {"created": start, "closed": [1_715_590_860, None], "via": ["a", "b"], "type": ["x", "x"]}
        )
        assert waits(rows_of(frame)) == [60, None]


def test_the_library_gives_an_audit_and_refuses_as_the_command_does(tmp_path: Path):
    cells = [(start, end, channel, need) for start, end, channel, need in CASES] * 40
    audit = evenhand.audit(
        polars.DataFrame(cells, schema=list(HEADER), orient="row"), by="channel", need=["category"], min_cell=5
    )
    assert isinstance(audit, Audit)
    assert audit.rows == 160
    assert audit.contrasts[0].by == "channel"
    from_path = evenhand.audit(str(a_table(tmp_path, cells)), by="channel", need="category", min_cell=5)
    assert from_path.contrasts == audit.contrasts
    parts = evenhand.audit([a_table(tmp_path, cells[:80], "a.csv"), a_table(tmp_path, cells[80:], "b.csv")], min_cell=5)
    assert parts.contrasts == audit.contrasts
    with pytest.raises(CannotRead, match="Did you mean 'created'"):
        evenhand.audit(frames(TIMES)["pandas"], start="createdd")
    with pytest.raises(ValueError, match=r"There is no option 'starts'\. Did you mean start\?"):
        evenhand.audit(frames(TIMES)["pandas"], starts="created")
    with pytest.raises(CannotRead, match=r"Fax.* is no group of"):
        evenhand.audit(frames(TIMES)["pandas"], reference="Fax")


@pytest.mark.parametrize("what", [42, {"a": 1}, object(), None])
def test_what_is_no_table_is_refused(what: object):
    with pytest.raises(CannotRead):
        rows_of(what)


def test_importing_evenhand_loads_nothing_heavy():
    code = "import sys, evenhand; print([m for m in ('numpy', 'duckdb', 'django', 'narwhals') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_no_frame_needs_pyarrow(tmp_path: Path):
    """As in an installation without it: only this process's finding of modules is changed."""
    code = """
import importlib.util, sys
real = importlib.util.find_spec
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "pyarrow":
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Hidden())
importlib.util.find_spec = lambda name, package=None: None if name == "pyarrow" else real(name, package)
import polars
import evenhand
columns = {"created": ["2024-05-01"] * 4, "closed": ["2024-05-02"] * 4, "via": ["a", "b"] * 2, "type": ["x"] * 4}
table = polars.DataFrame(columns)
for each in (table, table.lazy()):
    print(evenhand.audit(each, min_cell=1).rows)
assert "pyarrow" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "4\n4\n", done.stderr
