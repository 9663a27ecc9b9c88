"""One small Spark for a module of tests."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import pytest

WHY_NOT = (
    "pyspark is not installed (make test installs it)"
    if find_spec("pyspark") is None
    else "no Java found (on Debian: apt-get install default-jre-headless)"
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ
    else None
)


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    """A session of Spark in this machine. Skips where there is none, unless EVENHAND_SPARK says that there must be."""
    if WHY_NOT is not None:
        (pytest.fail if os.environ.get("EVENHAND_SPARK") else pytest.skip)(WHY_NOT)
    from pyspark.sql import SparkSession

    logging.getLogger("py4j").setLevel(logging.WARNING)  # it speaks while Python ends, when nobody listens any more
    session = (
        SparkSession.builder.master("local[2]")
        .appName("tests")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1")  # compiling well takes longer than it saves
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.session.timeZone", "Asia/Kolkata")  # the machine's own zone must change nothing
        .getOrCreate()
    )
    yield session
    session.stop()
