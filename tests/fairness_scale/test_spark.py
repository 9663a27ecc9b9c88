"""Spark comes to what memory and DuckDB come to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evenhand.fairness.parity.sums import sums_of
from evenhand.fairness.scale.engines import Spark
from evenhand.fairness.scale.summing import sums_by_sql
from evenhand.fairness.tables.asked import Where
from fairness_scale.tables import a_large_desk, as_cases, assert_same, with_cases
from fairness_scale.test_files import EVERYTHING, a_file, assert_agrees

pytestmark = pytest.mark.spark


def test_spark_comes_to_the_same_sums_and_leaves_its_session_as_it_was(tmp_path: Path, spark: Any) -> None:
    rows = a_large_desk(cases=3_000)
    cases = as_cases(rows, tmp_path / "cases.parquet")
    with Spark(spark) as engine:
        with_cases(engine, tmp_path / "cases.parquet")
        assert_same(sums_by_sql(engine, cases), sums_of(rows))
    assert spark.conf.get("spark.sql.session.timeZone") == "Asia/Kolkata"
    assert spark.catalog.listTables() == []


def test_spark_reads_the_same_cases_and_finds_the_same(tmp_path: Path, spark: Any) -> None:
    with Spark(spark) as engine:
        asked = replace(EVERYTHING, by=(("door",),), unanswered=(Where(("remedy",), ("none",)),))
        assert_agrees(engine, [a_file(tmp_path, cases=1_500)], asked)
