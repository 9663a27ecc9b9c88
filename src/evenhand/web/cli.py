"""The `evenhand` command. Exit codes: 0 fine, 1 a finding, 2 it was asked wrongly or a setting is wrong."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import evenhand
from evenhand.web.configuration import Configuration, WrongSetting, is_loopback, keep_base_url, read

FINE, FINDING, WRONG = 0, 1, 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    top = parser()
    asked, rest = top.parse_known_args(argv)
    if rest and not asked.takes_more:
        top.error(f"{rest[0]!r} is not understood here; try: evenhand {asked.command} --help")
    asked.rest = rest
    if asked.command != "audit":  # whose page is for whoever it is shown to
        os.umask(0o077)  # what is kept is for its owner alone
    _into_environment(asked)
    try:
        return int(asked.run(asked))
    except WrongSetting as wrong:
        print(f"evenhand: {wrong.name}: {wrong.wrong}\n{wrong.remedy}", file=sys.stderr)
        return WRONG
    except KeyboardInterrupt:
        return 130


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="evenhand", description="Customer service in which nobody has to shout, and the proof that it is so."
    )
    top.add_argument("--version", action="version", version=f"evenhand {evenhand.__version__}")
    commands = top.add_subparsers(title="commands", required=True, metavar="COMMAND", dest="command")

    def command(name: str, run: Any, says: str, *, takes_more: bool = False) -> argparse.ArgumentParser:
        """takes_more: the command has options of its own, which it explains itself."""
        made = commands.add_parser(
            name, help=says, description=says, add_help=not takes_more, allow_abbrev=not takes_more
        )
        made.set_defaults(run=run, takes_more=takes_more)
        made.add_argument("--data", metavar="DIR", help="where everything is kept (./evenhand-data)")
        made.add_argument("--database", metavar="URL", help="postgresql://… instead of a file in the data folder")
        made.add_argument("--base-url", metavar="URL", help="the address customers use (http://127.0.0.1:PORT)")
        return made

    def listening(made: argparse.ArgumentParser) -> None:
        made.add_argument("--host", default="127.0.0.1", help="the address to listen at (127.0.0.1)")
        made.add_argument("--port", type=_port, default=8080, help="the port to listen at (8080)")
        made.add_argument("--threads", type=_threads, default=4, help="pages served at a time (4)")
        made.add_argument("--sites", metavar="SITE", nargs="*", help="sites that may carry the button")
        made.add_argument("--organisation", metavar="NAME", help="the name customers know you by")
        made.add_argument("--trusted-proxies", metavar="N", help="how many proxies stand before Evenhand (0)")

    made = command("up", up, "Run everything: tables, pages, loops. One command, and one thing to stop.")
    listening(made)
    made.add_argument("--demo", action="store_true", default=None, help="outgoing messages land on a page")
    made = command("web", web, "Serve the pages and the API, without the loops (several machines).")
    listening(made)
    command("work", work, "Run the loops alone; any number may run at once.")
    command("migrate", migrate, "Bring the tables up to date; `up` does it by itself.").add_argument(
        "--check", action="store_true", help="change no table: say whether they are up to date"
    )
    made = command("admin", admin, "Make or find an administrator and print a one-time sign-in link.")
    made.add_argument("address", metavar="ADDRESS", help="their email address")
    made.add_argument("--name", help="what they are called")
    made = command("key", key, "Make a key for the API and print it, once.")
    made.add_argument("name", metavar="NAME", help="what the key is for")
    made.add_argument("--scope", action="append", required=True, help="what it may do; may be given several times")
    made.add_argument("--place", help="the place (its short name) whose cases it may see; all of them without")
    command("import", import_, "Let in contacts from a file; resumable, and harmless to repeat.", takes_more=True)
    _with_json(command("verify", verify, "Are the ledger and the audit as they were written? Names what is not."))
    _with_json(command("doctor", doctor, "Is this installation healthy?"))
    command("bench", bench, "Measure the speed, beside yardsticks; of the audit: bench audit.", takes_more=True)
    command("audit", audit, "Is the same need treated the same? Looks at any table of cases.", takes_more=True)
    command("demo", demo, "Fill an installation with real public complaints and run it.", takes_more=True)
    return top


def _with_json(made: argparse.ArgumentParser) -> None:
    made.add_argument("--json", metavar="FILE", help="write the result as JSON; - is standard output")


def _port(value: str) -> int:
    if not value.isdigit() or not 0 < int(value) < 65536:
        raise argparse.ArgumentTypeError(f"{value!r} is no port; give a number from 1 to 65535")
    return int(value)


def _threads(value: str) -> int:
    if value not in {"1", "2", "3", "4"}:
        raise argparse.ArgumentTypeError(f"{value!r}: give 1 to 4; more make the slowest pages slower")
    return int(value)


def _into_environment(asked: argparse.Namespace) -> None:
    """Options stand before the environment: children of this process read the same settings."""
    given = {
        "EVENHAND_DATA_DIR": getattr(asked, "data", None),
        "EVENHAND_DATABASE": getattr(asked, "database", None),
        "EVENHAND_BASE_URL": getattr(asked, "base_url", None),
        "EVENHAND_ORGANISATION": getattr(asked, "organisation", None),
        "EVENHAND_TRUSTED_PROXIES": getattr(asked, "trusted_proxies", None),
        "EVENHAND_BUTTON_SITES": " ".join(asked.sites) if getattr(asked, "sites", None) else None,
        "EVENHAND_DEMO": "yes" if getattr(asked, "demo", None) is True else None,
    }
    os.environ.update({name: value for name, value in given.items() if value is not None})
    if "port" in asked and not os.environ.get("EVENHAND_BASE_URL"):
        host = asked.host if is_loopback(asked.host) else "127.0.0.1"
        os.environ["EVENHAND_BASE_URL"] = f"http://{f'[{host}]' if ':' in host else host}:{asked.port}"
    # More threads than cores make sums slower, twelvefold where the cores are busy.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "evenhand.web.settings")


def up(asked: argparse.Namespace) -> int:
    return _serve(asked, migrates=True)


def web(asked: argparse.Namespace) -> int:
    return _serve(asked, migrates=False)


def _serve(asked: argparse.Namespace, *, migrates: bool) -> int:
    """Get ready in a process of its own, which takes its memory with it, then serve."""
    settings = read()
    _check_way_in(settings, asked.host)
    getting_ready = [sys.executable, "-m", "evenhand.web.cli", "migrate", *([] if migrates else ["--check"])]
    if code := subprocess.run(getting_ready, check=False).returncode:
        return code
    from evenhand.web import server

    keep_base_url(settings)
    print(f"Evenhand is at {settings.base_url}/ (stop it with Ctrl+C)", flush=True)
    return server.serve(asked.host, asked.port, threads=asked.threads, with_loops=migrates)


def _check_way_in(settings: Configuration, host: str) -> None:
    """Whether pages asked for at the base URL can reach us at all."""
    if settings.is_https and not settings.trusted_proxies:
        raise WrongSetting(
            "EVENHAND_TRUSTED_PROXIES",
            f"{settings.base_url} needs a proxy that holds the certificate, and none is named.",
            "Put a proxy before Evenhand, let it set X-Forwarded-For and X-Forwarded-Proto, and say how many there"
            " are: --trusted-proxies 1.",
        )
    if settings.is_demo and not (is_loopback(host) and is_loopback(settings.host)):
        raise WrongSetting(
            "EVENHAND_DEMO",
            "the demo's sign-in links work again and again, so it runs on this machine alone.",
            "Leave out --demo, or listen at 127.0.0.1 under an address of this machine.",
        )


def _set_up() -> None:
    import django

    django.setup()


def work(asked: argparse.Namespace) -> int:
    from evenhand.web.following import follow_parent

    follow_parent()
    _set_up()
    import signal
    import threading

    from evenhand.web import loops, ready

    stop = threading.Event()
    for wish in (signal.SIGTERM, signal.SIGINT):
        signal.signal(wish, lambda *_: stop.set())
    ready.check_database()
    ready.refuse_old_tables()
    loops.work(stop)
    return FINE


def migrate(asked: argparse.Namespace) -> int:
    _set_up()
    from evenhand.web import ready

    ready.get_ready(migrate=not asked.check)
    if link := ready.first_link():
        print(
            f"Nobody can sign in yet. Make the first administrator here, once, within 24 hours:\n\n    {link}\n",
            flush=True,
        )
    return FINE


def admin(asked: argparse.Namespace) -> int:
    _set_up()
    from evenhand.web import one_time

    print(one_time.link_for_administrator(asked.address, asked.name))
    return FINE


def key(asked: argparse.Namespace) -> int:
    _set_up()
    from django.utils import timezone

    from evenhand.doors.api import keys
    from evenhand.people.models import Place

    place = Place.objects.filter(slug=asked.place).first() if asked.place else None
    if asked.place and place is None:
        known = ", ".join(Place.objects.values_list("slug", flat=True)) or "none yet"
        print(f"evenhand: there is no place {asked.place!r}; there are: {known}.", file=sys.stderr)
        return WRONG
    try:
        print(keys.make_key(asked.name, asked.scope, place, timezone.now()))
    except keys.CannotMakeKey as error:
        print(f"evenhand: {error}", file=sys.stderr)
        return WRONG
    return FINE


def import_(asked: argparse.Namespace) -> int:
    _set_up()
    from evenhand.doors.file import command

    return int(command.run(asked.rest))


def verify(asked: argparse.Namespace) -> int:
    settings = read()
    _set_up()
    from evenhand.care.ledger import writing as ledger
    from evenhand.care.promises import keeping
    from evenhand.fairness.live import kept_words, reading
    from evenhand.web import ledger_heads

    heads = ledger_heads.read(settings.data)
    flaw = ledger.verify({**keeping.finders(), **kept_words.finders()}, heads.items())
    last = ledger.head()
    entries = last[0] if last else 0
    audit = reading.flaws()
    result = {
        "intact": flaw is None,
        "entries": entries,
        "heads": len(heads),
        "first_bad_entry": flaw.seq if flaw else None,
        "wrong": flaw.wrong if flaw else None,
        "audit": audit,
    }
    words = f"The ledger is intact: {entries:,} entries, {len(heads):,} heads kept outside the database."
    if flaw is not None:
        words = f"The ledger is not as it was written. The first bad entry is {flaw.seq}: {flaw.wrong}."
    words += "\n" + "\n".join(f"The audit: {each}." for each in audit or ["its results follow from the measured cases"])
    return _tell(asked.json, result, words, is_fine=flaw is None and not audit)


def doctor(asked: argparse.Namespace) -> int:
    read()
    _set_up()
    from django.utils import timezone

    from evenhand.web import health

    findings = health.look(timezone.now())
    words = "\n".join(f"{'fine ' if found.is_fine else 'WRONG'}  {found.about}: {found.says}" for found in findings)
    return _tell(asked.json, health.as_json(findings), words, is_fine=all(found.is_fine for found in findings))


def bench(asked: argparse.Namespace) -> int:
    if asked.rest[:1] == ["audit"]:
        from evenhand.fairness import bench as of_the_audit

        own = argparse.ArgumentParser(prog="evenhand bench audit", description=of_the_audit.__doc__)
        of_the_audit.add_arguments(own)
        return of_the_audit.run(own.parse_args(asked.rest[1:]))
    from evenhand.web import bench as benchmarks

    options = argparse.ArgumentParser(prog="evenhand bench", description=benchmarks.__doc__)
    benchmarks.add_arguments(options)
    return benchmarks.run(options.parse_args(asked.rest))


def audit(asked: argparse.Namespace) -> int:
    """Needs no installation: neither settings nor database are looked at."""
    from evenhand.fairness import command

    return command.run(asked.rest)


def demo(asked: argparse.Namespace) -> int:
    from evenhand.web.demo import command

    return command.main(asked.rest)


def _tell(where: str | None, result: Mapping[str, object], words: str, *, is_fine: bool) -> int:
    """Say it in words, or as JSON where that was asked for: then nothing else is on standard output."""
    text = json.dumps(result, indent=2, ensure_ascii=False) + "\n"
    if where == "-":
        sys.stdout.write(text)
    else:
        print(words)
        if where:
            Path(where).write_text(text, encoding="utf-8")
    return FINE if is_fine else FINDING


if __name__ == "__main__":
    sys.exit(main())
