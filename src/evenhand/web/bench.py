"""The benchmarks: CPU for each kind of work, beside a yardstick taken in the same run, for shares rather than seconds.

Everything runs on a data folder of its own that is thrown away. What is timed is this process's CPU (user and
system), never the wall: a shared machine's disk may swing thirty-fold, so its raw commit rate is printed beside.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

WORDS = (
    "I was charged twice for the same transfer on Monday and nobody at the branch could tell me when the money "
    "comes back. I have called two times and was told to wait each time. Please look at it, thank you so much."
)


@dataclass(frozen=True)
class Figure:
    """One line of the table. measured, must, goal: in unit; yardstick: in the same unit, with what it is."""

    work: str
    measured: float
    unit: str
    must: float | None = None
    goal: float | None = None
    yardstick: float | None = None
    beside: str = ""

    @property
    def is_reached(self) -> bool:
        return self.must is None or self.measured <= self.must


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--only", choices=sorted(PARTS), nargs="*", help="some parts only")
    parser.add_argument("--cases", type=int, default=1_000_000, help="open cases in the longest line measured")
    parser.add_argument("--json", metavar="FILE", help="write the figures to a file, or - for standard output alone")


def run(arguments: argparse.Namespace) -> int:
    """Measure, print the table, and return 0 where every figure is reached, 1 where one is not."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = "1"
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="evenhand-bench-") as folder:
        _begin(Path(folder))
        out = sys.stderr if arguments.json == "-" else sys.stdout
        for name in arguments.only or PARTS:
            for figure in PARTS[name](Path(folder), arguments.cases):
                print(_line(figure), file=out, flush=True)
                figures.append(figure)
    written = json.dumps([asdict(figure) | {"is_reached": figure.is_reached} for figure in figures], indent=1)
    if arguments.json == "-":
        sys.stdout.write(written + "\n")
    elif arguments.json:
        Path(arguments.json).write_text(written + "\n")
    return 0 if all(figure.is_reached for figure in figures) else 1


def _line(figure: Figure) -> str:
    must = "" if figure.must is None else f"  must {figure.must:g}"
    goal = "" if figure.goal is None else f", goal {figure.goal:g}"
    beside = ""
    if figure.yardstick:
        beside = f"  ({figure.measured / figure.yardstick:.1f} × {figure.beside}, {figure.yardstick:.3g})"
    mark = " " if figure.is_reached else "!"
    return f"{mark} {figure.work:<58} {figure.measured:9.3g} {figure.unit:<6}{must}{goal}{beside}"


def _begin(folder: Path) -> None:
    os.environ |= {
        "EVENHAND_DATA_DIR": str(folder / "data"),
        "EVENHAND_DATABASE": "",
        "EVENHAND_BASE_URL": "http://127.0.0.1:8080",
        "DJANGO_SETTINGS_MODULE": "evenhand.web.settings",
    }
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    _organisation()


def _organisation() -> None:
    from evenhand.care.cases import catalogue
    from evenhand.care.promises.outlook import look_ahead
    from evenhand.people.models import Person, Place

    now = datetime.now(UTC)
    places = [
        Place.objects.create(slug=f"place{n}", name=f"Place {n}", zone="Europe/Berlin", is_head_office=n == 0)
        for n in range(4)
    ]
    for n in range(24):
        role = Person.Role.SUPERVISOR if n % 8 == 0 else Person.Role.AGENT
        person = Person.objects.create_user(f"agent{n}@example.org", f"Agent {n}", role=role)
        person.places.set(places)
        person.come_on_duty(now - timedelta(hours=2))
    catalogue.forget()
    look_ahead(now)


def cpu(work: Callable[[int], object], times: int, rounds: int = 3) -> float:
    """Milliseconds of CPU for one run of the work: the best of some rounds, after a warm-up."""
    work(-1)
    best = float("inf")
    number = 0
    for _ in range(rounds):
        began = time.process_time()
        for _ in range(times):
            work(number)
            number += 1
        best = min(best, (time.process_time() - began) / times * 1_000)
    return best


def _commit_yardstick(folder: Path, rows: int) -> float:
    """Milliseconds of CPU for one durable transaction of so many rows of the same size, straight into SQLite."""
    with closing(sqlite3.connect(folder / "yardstick.sqlite3", isolation_level=None)) as raw:
        raw.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE IF NOT EXISTS t (a, b, c, d)")
        batch = [(WORDS, n, "2026-01-01 00:00:00", "x" * 64) for n in range(rows)]

        def commit(number: int) -> None:
            raw.execute("BEGIN IMMEDIATE")
            raw.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", batch)
            raw.execute("COMMIT")

        return cpu(commit, 200 if rows == 1 else 10)


def _serve() -> Callable[..., tuple[int, bytes]]:
    """Calls the application as a server does, without a socket: (method, path, body, headers) → (status, body)."""
    from evenhand.web.wsgi import application

    def call(method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
        status = 0

        def start(line: str, sent: list[tuple[str, str]], error: object = None) -> Callable[[bytes], object]:
            nonlocal status
            status = int(line.split()[0])
            return lambda data: None

        path_info, _, query = path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path_info,
            "QUERY_STRING": query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8080",
            "HTTP_HOST": "127.0.0.1:8080",
            "REMOTE_ADDR": "127.0.0.1",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "CONTENT_LENGTH": str(len(body)),
            **headers,
        }
        answer = application(environ, start)
        try:
            return status, b"".join(answer)
        finally:
            answer.close()

    return call


def accepting(folder: Path, cases: int) -> Iterable[Figure]:
    """One contact by HTTP, and five hundred at once: triaged, promised, ledgered and on the disk."""
    from evenhand.doors.api.keys import make_key
    from evenhand.people.models import Place

    place = Place.objects.first()
    assert place is not None
    key = make_key("bench", ["contacts:write"], None, datetime.now(UTC))
    call = _serve()

    def contact(number: int) -> dict[str, Any]:
        return {
            "words": f"{WORDS} {number}",
            "door": "api",
            "from": {"email": f"customer{number}@example.org"},
            "place": "place1",
            "external_id": f"x{number}",
        }

    def send(body: object) -> None:
        status, answer = call(
            "POST",
            "/api/v1/contacts",
            json.dumps(body).encode(),
            CONTENT_TYPE="application/json",
            HTTP_AUTHORIZATION=f"Bearer {key}",
        )
        if status not in {200, 201, 207}:
            raise RuntimeError(f"{status}: {answer[:400]!r}")

    one = _commit_yardstick(folder, 1)
    yield Figure(
        "accept a contact by HTTP",
        cpu(lambda n: send(contact(n)), 150),
        "ms",
        5,
        3,
        one,
        "raw FULL commit",
    )
    many = _commit_yardstick(folder, 500) / 500

    def batch(number: int) -> None:
        send([contact(1_000_000 + (number + 1) * 500 + n) for n in range(500)])

    yield Figure("accept contacts in batches of 500, each", cpu(batch, 2) / 500, "ms", 0.8, 0.4, many, "executemany")


def reading(folder: Path, cases: int) -> Iterable[Figure]:
    """Triage alone: one text, and many at once."""
    from evenhand.care.triage.reading import read, read_all

    yield Figure("read the need of one contact", cpu(lambda n: read(f"{WORDS} {n}", "en", "oakland"), 300), "ms")
    texts = [(f"{WORDS} {n}", "en", "oakland") for n in range(500)]
    yield Figure("read the need in batches of 500, each", cpu(lambda n: read_all(texts), 3) / 500, "ms")


def forecasting(folder: Path, cases: int) -> Iterable[Figure]:
    """What a loop does every minute."""
    from evenhand.care.promises.outlook import look_ahead

    now = datetime.now(UTC)
    yield Figure("forecast every line of four places", cpu(lambda n: look_ahead(now), 2), "ms")


def _fill(count: int) -> None:
    """Open cases up to so many, each with its contact and its running promise, over three weeks."""
    from django.db import connection

    from evenhand.care.cases.catalogue import catalogue
    from evenhand.care.models import Case
    from evenhand.people.models import Person

    book = catalogue()
    lines = [book.line(need, place).pk for place in book.places.values() for need in book.needs.values()]
    person = Person.objects.order_by("pk").values_list("pk", flat=True)[0]
    have = Case.objects.count()
    if count <= have:
        return
    start = (Case.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) + 1
    begins = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=21)
    spread = 21 * 86_400
    at = f"strftime('%Y-%m-%d %H:%M:%f', '{begins:%Y-%m-%d %H:%M:%S}', ((n * 7919) % {spread}) || ' seconds')"
    later = (
        f"strftime('%Y-%m-%d %H:%M:%f', '{begins:%Y-%m-%d %H:%M:%S}', ((n * 7919) % {spread} + 2000000) || ' seconds')"
    )
    line = f"CASE n % {len(lines)} " + " ".join(f"WHEN {i} THEN {pk}" for i, pk in enumerate(lines)) + " END"
    last = start + count - have - 1
    numbers = f"WITH RECURSIVE numbers(n) AS (SELECT {start} UNION ALL SELECT n + 1 FROM numbers WHERE n < {last}) "
    with connection.cursor() as cursor:
        cursor.execute(
            f"{numbers} INSERT INTO care_case (id, reference, line_id, owner_id, language, opened_at, "
            f"first_unanswered_at, version) SELECT n, 'B' || n, {line}, {person}, 'en', {at}, {at}, 1 FROM numbers"
        )
        cursor.execute(
            f"{numbers} INSERT INTO care_contact (uid, case_id, kind, words, language, sent_at, received_at) "
            f"SELECT printf('%032x', n), n, 'words', 'I was charged twice for the same transfer, number ' || n, 'en', "
            f"{at}, {at} FROM numbers"
        )
        cursor.execute(
            f"{numbers} INSERT INTO care_promise (case_id, kind, need_id, started_at, made_at, due_at, renew_at, "
            f"standard, standard_due_at, reason, place_in_row, is_running, is_looked_at) "
            f"SELECT n, 'answer', 1, {at}, {at}, {later}, {later}, 14400000000, {later}, '', 1, 1, 0 FROM numbers"
        )
        cursor.execute("ANALYZE")


def standing_in_line(folder: Path, cases: int) -> Iterable[Figure]:
    """The line's first page and "Next", whatever waits behind."""
    from django.db import connection

    from evenhand.desk import queue
    from evenhand.people.models import Person

    person = Person.objects.order_by("pk").first()
    assert person is not None
    lines, nexts = {}, {}
    sizes = [size for size in (10_000, 200_000, 1_000_000) if size <= cases] or [cases]
    for size in sizes:
        _fill(size)
        now = datetime.now(UTC)

        def read_range(number: int) -> None:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT id, first_unanswered_at FROM care_case WHERE line_id = 9 "
                    "AND first_unanswered_at IS NOT NULL AND lease_ends_at IS NULL "
                    "ORDER BY first_unanswered_at, id LIMIT 30"
                )
                cursor.fetchall()

        yardstick = cpu(read_range, 50)
        lines[size] = cpu(lambda n, now=now: queue.page(person, now), 10)  # type: ignore[misc]
        nexts[size] = cpu(lambda n, now=now: queue.take_next(person, now), 10)  # type: ignore[misc]
        counted = cpu(lambda n: queue.count_waiting(person), 10)
        beside = "one index range read"
        yield Figure(f"the line, {size:,} open cases", lines[size], "ms", 30, 10, yardstick, beside)
        yield Figure(f"Next, {size:,} open cases", nexts[size], "ms", 30, 10, yardstick, beside)
        yield Figure(f"how many wait, {size:,} open cases", counted, "ms")
    first, last = sizes[0], sizes[-1]
    if last > first:
        yield Figure(f"the line, {last:,} / {first:,}", lines[last] / lines[first], "×", 1.3)
        yield Figure(f"Next, {last:,} / {first:,}", nexts[last] / nexts[first], "×", 1.3)


def pages(folder: Path, cases: int) -> Iterable[Figure]:
    """A case's page at the desk and the customer's own, each through the whole application."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from evenhand.doors.intake import Knock, let_in
    from evenhand.identity.recognise import Caller
    from evenhand.people.models import Person

    person = Person.objects.order_by("pk").first()
    assert person is not None
    now = datetime.now(UTC)
    caller = Caller(email="elena@example.org", name="Elena R.")
    told = let_in(Knock(door="form", words=WORDS, sent_at=now, place="place1", caller=caller), now)
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    call = _serve()

    def look(path: str, **headers: str) -> Callable[[int], None]:
        def looked(number: int) -> None:
            status, body = call("GET", path, **headers)
            if status != 200:
                raise RuntimeError(f"{path} answered {status}: {body[:300]!r}")

        return looked

    cookie = {"HTTP_COOKIE": f"{settings.SESSION_COOKIE_NAME}={session.session_key}"}
    yield Figure("case page", cpu(look(f"/desk/cases/{told.reference}/", **cookie), 20), "ms", 40, 15)
    yield Figure("status page", cpu(look(f"/c/{told.token}/"), 20), "ms", 40, 15)
    yield Figure("the line's page", cpu(look("/desk/", **cookie), 20), "ms")


def idling(folder: Path, cases: int) -> Iterable[Figure]:
    """Memory with everything on and nothing to do: proportional set size over the whole process tree."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "evenhand.web.cli", "up", "--data", str(folder / "idle"), "--port", str(port)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("EVENHAND_", "DJANGO_"))}
    serving = subprocess.Popen(
        [*command, "--base-url", base], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(f"{base}/healthz")
        for _ in range(20):
            with urllib.request.urlopen(f"{base}/help/") as page:  # noqa: S310 - our own server
                page.read()
        time.sleep(5)
        yield Figure("idle memory, everything on", _memory_of_tree(serving.pid), "MB", 200, 140)
    finally:
        serving.terminate()
        serving.wait(20)


def _wait_for(address: str) -> None:
    for _ in range(240):
        try:
            with urllib.request.urlopen(address) as answer:  # noqa: S310 - our own server
                answer.read()
                return
        except OSError:
            time.sleep(0.25)
    raise RuntimeError(f"{address} did not answer within a minute")


def _memory_of_tree(root: int) -> float:
    """Megabytes of proportional set size of a process and all below it (Linux)."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    tree, grew = {root}, True
    while grew:
        more = {pid for pid, parent in parents.items() if parent in tree} - tree
        tree, grew = tree | more, bool(more)
    total = 0
    for pid in tree:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        total += int(next(line for line in rollup.splitlines() if line.startswith("Pss:")).split()[1])
    return total / 1024


def button(folder: Path, cases: int) -> Iterable[Figure]:
    """What a host page loads."""
    from evenhand.doors.button.script import script

    served = script(is_public_never_faster=True).encode()
    yield Figure("the button, gzip", len(gzip.compress(served, 9)) / 1024, "KB", 6, 5)


PARTS: dict[str, Callable[[Path, int], Iterable[Figure]]] = {
    "reading": reading,
    "accepting": accepting,
    "pages": pages,
    "button": button,
    "idling": idling,
    "forecasting": forecasting,
    "standing": standing_in_line,
}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser)
    raise SystemExit(run(parser.parse_args()))
