"""`evenhand bench audit`: how fast the audit is, each figure beside its yardstick in the same run; with --truth, how
often it is right about desks whose truth is known (docs/coverage.md).

Every work runs in a process of its own, so that its peak of memory is its own. What is timed is that process's CPU
(user and system), never the wall: other work on the machine changes that.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from time import process_time
from typing import Any

ROWS = 1_000_000
TIMES = 10
"""The file and the past have ten times the rows that memory has."""

NEEDS, GROUPS, DAYS, YEARS = 20, 6, 365, 5


@dataclass(frozen=True)
class Measured:
    """CPU seconds of the work alone; megabytes at the peak of its process, what it works on included."""

    cpu: float
    memory: float


@dataclass(frozen=True)
class Line:
    """A line of the table. must, goal: CPU seconds. most_memory: megabytes. yardstick: CPU seconds, None where it is
    not installed."""

    work: str
    measured: Measured
    must: float
    goal: float | None
    most_memory: float | None
    beside: str
    yardstick: float | None

    @property
    def is_reached(self) -> bool:
        return self.measured.cpu <= self.must and self.measured.memory <= (self.most_memory or float("inf"))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--truth", action="store_true", help="how often the audit is right, instead of how fast it is")
    parser.add_argument("--runs", type=_count, metavar="N", help="desks a trial draws (as many as docs/coverage.md)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="of the desks that --truth draws (1)")
    parser.add_argument("--only", metavar="WORD", help="only works, or trials, whose name contains it")
    parser.add_argument(
        "--rows",
        type=_count,
        default=ROWS,
        metavar="N",
        help="cases in memory (a million); files have ten times as many",
    )
    parser.add_argument("--json", metavar="FILE", help="write the figures to a file, or - for standard output alone")


def _count(given: str) -> int:
    if not given.isdigit() or int(given) < 1:
        raise argparse.ArgumentTypeError(f"{given!r}: a whole number from 1")
    return int(given)


def run(asked: argparse.Namespace) -> int:
    """Measure, print a table in Markdown, and return 0 where all is as it must be, 1 where something is not."""
    out = sys.stderr if asked.json == "-" else sys.stdout
    figures: list[dict[str, Any]] = []
    all_fine = True
    for text, figure, is_fine in _truth(asked) if asked.truth else _speed(asked):
        print(text, file=out, flush=True)
        all_fine &= is_fine
        if figure is not None:
            figures.append(figure)
    if asked.json == "-":
        sys.stdout.write(json.dumps(figures, indent=1) + "\n")
    elif asked.json:
        Path(asked.json).write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0 if all_fine else 1


Told = Iterator[tuple[str, dict[str, Any] | None, bool]]


# How often it is right


def _truth(asked: argparse.Namespace) -> Told:
    from evenhand.stats import trials

    sections = (
        ("Looking every day", trials.DAILY),
        ("One look", trials.ONE_LOOK),
        ("Sizes", trials.POWER),
        ("Waits, and rates at equal age", trials.WAITING),
    )
    some = [(title, [t for t in all_of if (asked.only or "") in t.name]) for title, all_of in sections]
    with ProcessPoolExecutor(os.cpu_count() or 1) as pool:
        pieces = {
            trial.name: [
                pool.submit(_part, trial.name, low, min(low + 250, asked.runs or trial.runs), asked.seed)
                for low in range(0, asked.runs or trial.runs, 250)
            ]
            for _, chosen in some
            for trial in chosen
        }
        for title, chosen in some:
            if not chosen:
                continue
            yield f"\n### {title}\n", None, True
            yield "| desk | what is counted | promised | found | ± | desks |\n|---|---|---|---|---|---|", None, True
            for trial in chosen:
                rows = [row for piece in pieces[trial.name] for row in piece.result()]
                import numpy as np

                for k, found in enumerate(trials.tally(trial, np.array(rows))):
                    yield _row(trial.about if k == 0 else "", found), _figure(trial.name, found), found.is_kept()


def _part(name: str, low: int, high: int, seed: int) -> list[list[float]]:
    from evenhand.stats import trials

    trial = next(each for each in trials.TRIALS if each.name == name)
    rows: list[list[float]] = trials.figures(trial, range(low, high), seed).tolist()
    return rows


def _row(about: str, found: Any) -> str:
    claim = found.claim
    bound = "–"
    if claim.least is not None:
        bound = f"≥ {_told(claim.least, is_bound=True)}"
    elif claim.most is not None:
        bound = f"≤ {_told(claim.most, is_bound=True)}"
    if claim.is_share:
        figure, error = _told(found.mean), f"{100 * found.error:.2f}"
    else:
        figure, error = f"{found.mean:.3f}", f"{found.error:.3f}"
    mark = "" if found.is_kept() else " **not kept**"
    says = f"*usual way:* {claim.says}" if claim.is_usual else claim.says
    return f"| {about} | {says} | {bound} | {figure}{mark} | {error} | {found.runs:,} |"


def _told(share: float, *, is_bound: bool = False) -> str:
    return f"{100 * share:g} %" if is_bound else f"{100 * share:.1f} %"


def _figure(trial: str, found: Any) -> dict[str, Any]:
    return {
        "trial": trial,
        **asdict(found.claim),
        "found": found.mean,
        "error": found.error,
        "desks": found.runs,
        "is_kept": found.is_kept(),
    }


# How fast it is


def _speed(asked: argparse.Namespace) -> Told:
    yield "| work | CPU s | must | goal | peak MB | must | beside, in the same run | CPU s |", None, True
    yield "|---|---|---|---|---|---|---|---|", None, True
    with tempfile.TemporaryDirectory(prefix="evenhand-bench-") as folder:
        for name, lines in WORKS.items():
            if (asked.only or "") in name:
                for line in lines(asked.rows, Path(folder)):
                    figure = asdict(line) | {"name": name, "is_reached": line.is_reached}
                    yield _speed_row(line), figure, line.is_reached


def _speed_row(line: Line) -> str:
    mark = "" if line.is_reached else " **not reached**"
    goal, memory = ("" if each is None else f"{each:g}" for each in (line.goal, line.most_memory))
    beside = "not installed" if line.yardstick is None else f"{line.yardstick:.3f}"
    return (
        f"| {line.work} | {line.measured.cpu:.3f}{mark} | {line.must:g} | {goal} "
        f"| {line.measured.memory:,.0f} | {memory} | {line.beside} | {beside} |"
    )


def _in_memory(rows: int, folder: Path) -> Iterable[Line]:
    whole, theirs = _child("audit", rows), _child("lifelines", rows) if find_spec("lifelines") else None
    yield Line(
        f"whole audit of {rows:,} rows, {GROUPS} groups, {NEEDS} needs, five outcomes, from memory",
        whole,
        1.5,
        1.0,
        None,
        f"lifelines: Kaplan–Meier × {GROUPS} and the log-rank test of one outcome",
        theirs.cpu if theirs else None,
    )


def _tested(rows: int, folder: Path) -> Iterable[Line]:
    yield Line(
        f"stratified log-rank alone, {rows:,} rows, {GROUPS} groups, {NEEDS} × {DAYS} strata",
        _child("log-rank", rows),
        0.15,
        None,
        None,
        "numpy sorting the same rows",
        _child("sort", rows).cpu,
    )


def _from_file(rows: int, folder: Path) -> Iterable[Line]:
    path = folder / "cases.parquet"
    _child("write", rows * TIMES, str(path))
    options = "--start opened --end answered --solved solved --by door --need need --standard standard --remedy remedy"
    command = [*options.split(), "--amount", "amount", "--zone", "UTC", "--json", os.devnull]
    yield Line(
        f"{rows * TIMES:,} rows from Parquet, all of it",
        _process([sys.executable, "-m", "evenhand.web.cli", "audit", str(path), *command], may_find=True),
        15,
        None,
        2048,
        "DuckDB reading and grouping the same file",
        _child("group", str(path)).cpu,
    )


def _nightly(rows: int, folder: Path) -> Iterable[Line]:
    night, full = _both("night", rows * TIMES)
    yield Line(
        f"nightly update with 10,000 new cases on top of {rows * TIMES:,}",
        night,
        0.5,
        None,
        None,
        "the full run over all of them",
        full,
    )


def _importing(rows: int, folder: Path) -> Iterable[Line]:
    modules = sorted(path.stem for path in (Path(__file__).parents[1] / "stats").glob("[a-z]*.py"))
    ours = min((_imports(f"import evenhand.stats.{', evenhand.stats.'.join(modules)}") for _ in range(3)), key=_cpu)
    numpy = min((_imports("import numpy") for _ in range(3)), key=_cpu)
    over = Measured(max(ours.cpu - numpy.cpu, 0.0), ours.memory)
    yield Line("import of evenhand.stats, over numpy's own", over, 0.3, None, None, "import of numpy", numpy.cpu)


WORKS: dict[str, Callable[[int, Path], Iterable[Line]]] = {
    "memory": _in_memory,
    "log-rank": _tested,
    "parquet": _from_file,
    "nightly": _nightly,
    "import": _importing,
}


def _cpu(one: Measured) -> float:
    return one.cpu


def _imports(statement: str) -> Measured:
    return _process([sys.executable, "-c", statement])


def _child(work: str, *about: object) -> Measured:
    return _both(work, *about)[0]


def _both(work: str, *about: object) -> tuple[Measured, float | None]:
    """A work in a process of its own, and what it measured besides."""
    with tempfile.NamedTemporaryFile("r", suffix=".json") as told:
        command = [sys.executable, "-m", "evenhand.fairness.bench", work, told.name, *map(str, about)]
        memory = _process(command).memory
        cpu, besides = json.load(told)
    return Measured(cpu, memory), besides


def _process(command: Sequence[str], *, may_find: bool = False) -> Measured:
    """Run a command and wait. may_find: it may end with 1, "there is a finding". Raises RuntimeError where it fails."""
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    child = subprocess.Popen(command, env=os.environ | one_thread, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert child.stderr is not None
    with child.stderr as said:
        wrong = said.read().decode(errors="replace")
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode and not (may_find and child.returncode == 1):
        raise RuntimeError(f"{' '.join(command[1:4])} ended with {child.returncode}: {wrong.strip()}")
    unit = 1024 if sys.platform != "darwin" else 1024 * 1024
    return Measured(used.ru_utime + used.ru_stime, used.ru_maxrss / unit)


# The works, in their own processes


def _best(act: Callable[[], object], times: int = 3) -> float:
    spent = []
    for _ in range(times):
        begun = process_time()
        act()
        spent.append(process_time() - begun)
    return min(spent)


def _rows(size: int) -> Any:
    """A year of cases of twenty needs, from one hour to three days long, half of them unlike from door to door."""
    import numpy as np

    from evenhand.fairness.parity.rows import By, Ending, Rows

    chance = np.random.default_rng(1)
    day_long = 86_400
    hours = np.geomspace(1, 72, NEEDS)
    need, day = chance.integers(0, NEEDS, size).astype(np.int32), chance.integers(0, DAYS, size)
    group = chance.choice(GROUPS, size, p=[0.4, 0.2, 0.15, 0.1, 0.1, 0.05]).astype(np.int32)
    age = (DAYS - day) * day_long - chance.integers(0, day_long, size)

    def ending(times: float) -> Ending:
        wait = np.maximum(1, chance.exponential(3600 * times * hours[need])).astype(np.int64)
        return Ending(np.minimum(wait, age), wait <= age)

    return Rows(
        age=age,
        day=day,
        need=need,
        needs=tuple(f"need {k}" for k in range(NEEDS)),
        by=(By("door", group, tuple(f"door {k}" for k in range(GROUPS))),),
        answer=ending(1.0),
        solution=ending(3.0),
        standard=5400 * hours[need],
        remedy=(chance.random(size) < 0.3).astype(np.int8),
        amount=np.where(chance.random(size) < 0.3, chance.lognormal(3, 1, size), 0.0),
        read=size,
    )


def _audit(size: str) -> tuple[float, None]:
    from evenhand.fairness.parity.auditing import audit_rows

    rows = _rows(int(size))
    return _best(lambda: audit_rows(rows)), None


def _lifelines(size: str) -> tuple[float, None]:
    from lifelines import KaplanMeierFitter  # type: ignore[import-untyped]
    from lifelines.statistics import multivariate_logrank_test  # type: ignore[import-untyped]

    rows = _rows(int(size))
    group, wait, is_ended = rows.by[0].group, rows.answer.wait, rows.answer.is_ended

    def act() -> None:
        for g in range(GROUPS):
            KaplanMeierFitter().fit(wait[group == g], is_ended[group == g])
        multivariate_logrank_test(wait, group, is_ended)

    return _best(act, 1), None


def _log_rank(size: str) -> tuple[float, None]:
    from evenhand.stats.log_rank import log_rank_sums

    rows = _rows(int(size))
    stratum = rows.day * NEEDS + rows.need
    group, wait, is_ended = rows.by[0].group, rows.answer.wait, rows.answer.is_ended
    return _best(lambda: log_rank_sums(wait, is_ended, group, stratum, groups=GROUPS).test(), 5), None


def _sort(size: str) -> tuple[float, None]:
    import numpy as np

    wait = _rows(int(size)).answer.wait
    return _best(lambda: np.sort(wait), 5), None


def _write(size: str, path: str) -> tuple[float, None]:
    """The same desk as a table: names instead of codes, moments instead of lengths of time."""
    import duckdb

    begun = process_time()
    with duckdb.connect() as base:
        base.execute(
            "SET threads = 1; SET memory_limit = '1GB'; SET preserve_insertion_order = false; SELECT setseed(.5)"
        )
        base.execute(
            f"""
            COPY (
                WITH drawn AS (
                    SELECT floor(random() * {NEEDS})::INT AS k,
                           TIMESTAMP '2024-01-01' + to_seconds(floor(random() * {DAYS} * 86400)) AS opened,
                           random() AS a, random() AS b, random() AS c, random() AS d, random() AS e, random() AS f
                    FROM range({int(size)})
                ), timed AS (
                    SELECT *, 3600 * pow(72.0, k / {NEEDS - 1}.0) AS mean, TIMESTAMP '2024-12-31' AS taken FROM drawn
                ), ended AS (
                    SELECT *, opened + to_seconds(ceil(-ln(1 - a) * mean)) AS one,
                           opened + to_seconds(ceil(-ln(1 - b) * 3 * mean)) AS two
                    FROM timed
                )
                SELECT opened, CASE WHEN one <= taken THEN one END AS answered,
                       CASE WHEN two <= taken THEN two END AS solved, 'need ' || k AS need,
                       'door ' || (CASE WHEN c < .4 THEN 0 WHEN c < .6 THEN 1 WHEN c < .75 THEN 2
                                        WHEN c < .85 THEN 3 WHEN c < .95 THEN 4 ELSE 5 END) AS door,
                       round(1.5 * mean / 3600, 2) AS standard, d < .3 AS remedy,
                       CASE WHEN e < .3 THEN round(20 * exp(f), 2) ELSE 0 END AS amount
                FROM ended
            ) TO '{path}' (FORMAT parquet)
            """
        )
    return process_time() - begun, None


def _group(path: str) -> tuple[float, None]:
    import duckdb

    def act() -> None:
        with duckdb.connect() as base:
            base.execute(
                "SELECT need, door, date_trunc('day', opened), count(*), avg(epoch(answered) - epoch(opened)),"
                " avg(epoch(solved) - epoch(opened)), avg(remedy::INT), avg(amount)"
                f" FROM read_parquet('{path}') GROUP BY ALL"
            ).fetchall()

    return _best(act, 1), None


def _night(size: str) -> tuple[float, float]:
    """One night on top of five years: the new cases summed and added, every group judged on every outcome, the test
    over needs and days, the curves. Beside it the same from all cases at once."""
    import numpy as np

    from evenhand.stats.series import Cases, Series

    horizons = np.linspace(180, 4320, NEEDS).astype(np.int64)
    empty = Series.new(horizons, GROUPS, ("in_time", "wait", "solved", "remedy", "amount"))

    def cases(first: int, days: int, many: int) -> Cases:
        chance = np.random.default_rng(first)
        need = chance.integers(0, NEEDS, many).astype(np.int32)
        day = (first + chance.integers(0, days, many)).astype(np.int32)
        minute = chance.exponential(horizons[need] / 3).astype(np.int64)
        remedy = chance.random(many) < 0.3
        share = np.minimum(minute / horizons[need], 1.0) * 3
        return Cases(
            need,
            day,
            chance.choice(GROUPS, many, p=[0.4, 0.2, 0.15, 0.1, 0.1, 0.05]).astype(np.int32),
            minute,
            minute <= horizons[need],
            {
                "in_time": share <= 1,
                "wait": share,
                "solved": np.minimum(2 * share, 3.0),
                "remedy": remedy,
                "amount": remedy * chance.lognormal(3, 1, many),
            },
        )

    full = 0.0
    past = empty
    for year in range(YEARS):
        drawn = cases(year * DAYS, DAYS, int(size) // YEARS)
        begun = process_time()
        past = past.merged(empty.of(drawn))
        full += process_time() - begun
    tonight = cases(YEARS * DAYS, 2, 10_000)

    def act() -> None:
        _judge_all(past.with_cases(tonight))

    spent = _best(act)
    return spent, full + spent


def _judge_all(series: Any) -> None:
    from evenhand.stats.sequence import confidence_sequence

    for cells in series.cells.values():
        for group in range(1, GROUPS):
            contrast = cells.contrast(group, 0)
            _, differences, weights = contrast.by_cluster
            seen = confidence_sequence(differences, weights, unit_variance=contrast.unit_variance)
            seen.verdict(0.05)
    series.tested.test()
    for group in range(GROUPS):
        for need in range(NEEDS):
            series.waits.curve(group, [need]).restricted_mean(float(series.horizons[need]))


_OWN: dict[str, Callable[..., tuple[float, float | None]]] = {
    "audit": _audit,
    "lifelines": _lifelines,
    "log-rank": _log_rank,
    "sort": _sort,
    "write": _write,
    "group": _group,
    "night": _night,
}


if __name__ == "__main__":
    work, told, *about = sys.argv[1:]
    Path(told).write_text(json.dumps(_OWN[work](*about)), encoding="utf-8")
