"""`evenhand bench audit` measures what it says it measures, and says so where something is not as it must be."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from evenhand.fairness import bench
from evenhand.fairness.bench import Line, Measured
from evenhand.web.cli import main


def figures(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, list[dict], str]:
    code = main(["bench", "audit", *options, "--json", "-"])
    told = capsys.readouterr()
    return code, json.loads(told.out), told.err


@pytest.mark.long
@pytest.mark.parametrize("work", ["memory", "log-rank", "parquet", "nightly", "import"])
def test_each_work_is_measured_in_a_process_of_its_own_beside_its_yardstick(
    work: str, capsys: pytest.CaptureFixture[str]
):
    code, found, table = figures(capsys, "--only", work, "--rows", "10000")
    assert code == (not found[0]["is_reached"])
    assert [each["name"] for each in found] == [work]
    (one,) = found
    assert one["measured"]["cpu"] >= 0
    assert one["measured"]["memory"] > 15
    assert one["yardstick"] is not None
    assert one["work"] in table


def test_how_often_it_is_right_is_told_with_its_monte_carlo_error(capsys: pytest.CaptureFixture[str]):
    options = ("--truth", "--runs", "12", "--only", "one look: fair, 12 days")
    _, found, table = figures(capsys, *options)
    assert [each["desks"] for each in found] == [12] * 4
    assert found[0]["least"] == 0.945
    assert "### One look" in table
    assert "### Sizes" not in table
    assert figures(capsys, *options)[1] == found
    assert figures(capsys, *options, "--seed", "2")[1] != found


def test_a_figure_that_is_not_reached_is_marked_and_ends_with_a_finding(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    fine = Line("a work", Measured(1.0, 100.0), 1.5, 1.0, 200.0, "another", 2.0)
    assert fine.is_reached
    slow, large = (replace(fine, measured=each) for each in (Measured(1.6, 100.0), Measured(1.0, 201.0)))
    for line in (slow, large):
        monkeypatch.setattr(bench, "WORKS", {"a": lambda rows, folder, line=line: [line]})
        code, found, table = figures(capsys)
        assert code == 1
        assert not found[0]["is_reached"]
        assert "**not reached**" in table


def test_a_work_that_fails_is_told_and_not_timed():
    with pytest.raises(RuntimeError, match="ended with 3: oh no"):
        bench._process([sys.executable, "-c", "import sys; sys.exit(sys.stderr.write('oh no') and 3)"])


def test_it_needs_no_framework():
    statement = (
        "import sys; from evenhand.fairness import bench; from evenhand.stats import trials, series;"
        " from evenhand.fairness.parity import auditing;"
        " sys.exit(any(name.split('.')[0] == 'django' for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", statement], check=False).returncode == 0
