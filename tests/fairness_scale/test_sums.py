"""The same sums on every engine: in memory, embedded, and on Spark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evenhand.fairness.parity.sums import sums_of
from evenhand.fairness.scale.engines import DuckDB, Spark
from evenhand.fairness.scale.summing import sums_by_sql
from fairness_scale.tables import a_large_desk, as_cases, assert_same, with_cases


def test_sums_by_sql_are_those_of_rows_in_memory(tmp_path: Path) -> None:
    rows = a_large_desk()
    cases = as_cases(rows, tmp_path / "cases.parquet")
    with DuckDB() as engine:
        with_cases(engine, tmp_path / "cases.parquet")
        assert_same(sums_by_sql(engine, cases), sums_of(rows))


@pytest.mark.spark
def test_spark_comes_to_the_same_sums(tmp_path: Path, spark: Any) -> None:
    rows = a_large_desk()
    cases = as_cases(rows, tmp_path / "cases.parquet")
    with Spark(spark) as engine:
        with_cases(engine, tmp_path / "cases.parquet")
        assert_same(sums_by_sql(engine, cases), sums_of(rows))
