"""The same sums on every engine: in memory, embedded, and on Spark."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.fairness.parity.rows import UNKNOWN, By, Ending, Rows
from evenhand.fairness.parity.sums import sums_of
from evenhand.fairness.scale import statements
from evenhand.fairness.scale.engines import DuckDB, NotInstalled, Spark
from evenhand.fairness.scale.summing import sums_by_sql
from fairness_scale.tables import a_large_desk, as_cases, assert_same, with_cases


def assert_duckdb_agrees(rows: Rows, folder: Path, *, at_once: int | None = None) -> None:
    path = folder / "cases.parquet"
    cases = as_cases(rows, path)
    with DuckDB(threads=2) as engine:
        if at_once is not None:
            engine.at_once = at_once
        with_cases(engine, path)
        assert_same(sums_by_sql(engine, cases), sums_of(rows))


def without(rows: Rows, *columns: str) -> Rows:
    return replace(rows, **dict.fromkeys(columns))


def test_sums_by_sql_are_those_of_rows_in_memory(tmp_path: Path) -> None:
    assert_duckdb_agrees(a_large_desk(), tmp_path)


def test_a_table_of_nothing_but_waits_is_summed_alike(tmp_path: Path) -> None:
    rows = without(a_large_desk(), "solution", "standard", "remedy", "amount", "recoded")
    assert_duckdb_agrees(rows, tmp_path)


def test_what_the_table_says_itself_of_being_in_time_goes_before_the_standard(tmp_path: Path) -> None:
    rows = a_large_desk()
    said = np.random.default_rng(5).integers(UNKNOWN, 2, len(rows)).astype(np.int8)
    assert_duckdb_agrees(replace(rows, in_time=said), tmp_path)


def test_days_summed_a_few_at_a_time_give_the_same(tmp_path: Path) -> None:
    assert_duckdb_agrees(a_large_desk(), tmp_path, at_once=700)


def test_sixty_groups_are_summed_alike(tmp_path: Path) -> None:
    assert_duckdb_agrees(a_large_desk(groups=60, needs=2), tmp_path)


def test_a_need_nobody_was_ever_answered_in_is_summed_alike(tmp_path: Path) -> None:
    rows = without(a_large_desk(), "standard")
    came = rows.answer.is_ended & (rows.need != 2)
    assert_duckdb_agrees(replace(rows, answer=Ending(np.where(came, rows.answer.wait, rows.age), came)), tmp_path)


@pytest.mark.parametrize("most", [5_000, 2**20, 2**30, 2**50])
def test_however_many_groups_are_counted_in_one_number_the_log_rank_is_the_same(tmp_path: Path, most: int) -> None:
    rows = a_large_desk(groups=5)
    as_cases(rows, tmp_path / "cases.parquet")
    test = sums_of(rows)[0].outcomes[1].log_rank
    assert test is not None
    with DuckDB() as engine:
        with_cases(engine, tmp_path / "cases.parquet")
        told = engine.ask(statements.log_rank("by0", "answer", 5, most))
    np.testing.assert_array_equal([told[f"o{g}"][0] for g in range(5)], test.observed)
    np.testing.assert_allclose([told[f"e{g}"][0] for g in range(5)], test.expected, rtol=1e-9)
    shared = [told[f"v{g}_{h}"][0] for g in range(5) for h in range(g + 1, 5)]
    np.testing.assert_allclose(shared, -test.covariance[np.triu_indices(5, 1)], rtol=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_any_few_cases_are_summed_alike(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 12))

    def column(low: int, high: int) -> Any:
        return np.array(data.draw(st.lists(st.integers(low, high), min_size=n, max_size=n)))

    age = column(0, 400)
    wait = column(0, 400)
    came = wait <= age
    rows = Rows(
        age=age,
        day=column(0, 2),
        need=column(0, 1),
        needs=("one", "other"),
        by=(By("door", column(0, 2), ("a", "b", "c")),),
        answer=Ending(np.minimum(wait, age), came),
        standard=np.where(column(0, 3) == 0, np.nan, column(60, 200).astype(np.float64)),
        read=n,
    )
    with TemporaryDirectory() as folder:
        assert_duckdb_agrees(rows, Path(folder))


def test_asking_for_spark_where_there_is_none_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("pyspark", "pyspark.errors", "pyspark.sql"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(NotInstalled, match=r"pip install 'evenhand\[spark\]'"):
        Spark()
