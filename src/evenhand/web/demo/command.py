"""`evenhand demo`: fill a data folder with three months at Lakeside Bank, then serve it and say where to look."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from evenhand.web.configuration import WrongSetting, keep_base_url, read
from evenhand.web.demo import kept
from evenhand.web.demo.organisation import NAME

FOLDER = "demo-data"
OPENS = "2026-11-20T18:00+00:00"
"""A Friday morning at the bank, the same for everybody: what the audit finds of weeks drawn by lot hangs on the lot."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", metavar="DIR", help=f"where the demo is kept (./{FOLDER})")
    parser.add_argument("--port", type=int, default=8080, help="the port to listen at, on this machine alone (8080)")
    parser.add_argument("--seed", type=int, default=1, help="another seed, other weeks (1)")
    parser.add_argument(
        "--as-of", metavar="TIME", type=_time, default=OPENS, help=f"when the bank opens to you ({OPENS})"
    )
    parser.add_argument("--fresh", action="store_true", help="forget the demo that is there and replay anew")
    parser.add_argument("--no-serve", action="store_true", help="fill the folder and stop")


def _time(value: str) -> datetime:
    wrong = argparse.ArgumentTypeError(f"{value!r} is no time with its zone; write it like {OPENS}")
    try:
        at = datetime.fromisoformat(value)
    except ValueError as error:
        raise wrong from error
    if at.tzinfo is None:
        raise wrong
    return at


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="evenhand demo", description="Fill an installation with real public complaints and run it."
    )
    add_arguments(parser)
    return run(parser.parse_args(argv))


def run(asked: argparse.Namespace) -> int:
    """Fill the folder in a process of its own, which takes its memory with it, then serve it.

    Raises WrongSetting where the folder holds something else than a demo.
    """
    _into_environment(asked)
    settings = read()
    if kept.holds_something_else(settings.data):
        raise WrongSetting(
            "--data",
            f"{settings.data} holds an installation that is no demo.",
            "Give another folder: the demo never touches what it did not make.",
        )
    if asked.fresh:
        if settings.database:
            raise WrongSetting(
                "--fresh",
                "on PostgreSQL the demo deletes nothing.",
                "Make an empty database and give its address in EVENHAND_DATABASE.",
            )
        kept.clear(settings.data)
    if asked.no_serve:
        return _fill(asked.seed, asked.as_of)
    from evenhand.web import server

    if (taken := server.why_not("127.0.0.1", asked.port)) is not None:
        raise WrongSetting("--port", f"nothing can listen at port {asked.port}: {taken}.", "Give another --port.")
    filling = [sys.executable, "-m", "evenhand.web.cli", "demo", "--no-serve"]
    filling += [f"--port={asked.port}", f"--seed={asked.seed}", f"--as-of={asked.as_of.isoformat()}"]
    if code := subprocess.run(filling, check=False).returncode:
        return code
    keep_base_url(settings)
    return server.serve("127.0.0.1", asked.port, threads=4, with_loops=True)


def _into_environment(asked: argparse.Namespace) -> None:
    """The demo's settings stand in the environment, where the processes that serve it read them."""
    data = asked.data or os.environ.get("EVENHAND_DATA_DIR") or FOLDER
    os.environ.update(
        EVENHAND_DATA_DIR=str(Path(data).expanduser().resolve()),
        EVENHAND_DEMO="yes",
        EVENHAND_ORGANISATION=NAME,
        EVENHAND_BASE_URL=f"http://127.0.0.1:{asked.port}",
        DJANGO_SETTINGS_MODULE="evenhand.web.settings",
    )


def _fill(seed: int, as_of: datetime) -> int:
    """Replay what is not there yet, let one more promise run, and say where to look."""
    import django

    django.setup()
    from evenhand.web.demo import visit

    visit.get_ready(seed, as_of, say=_say)
    return 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
