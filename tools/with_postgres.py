"""Run a command beside a PostgreSQL of its own that is thrown away: python tools/with_postgres.py pytest …

The command finds the database in EVENHAND_DATABASE. Needs Debian's `postgresql` (its programs, no running server).
initdb refuses root, so as root everything is run as the user `postgres`.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def programs() -> Path | None:
    """Where initdb and pg_ctl are: the newest version installed."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if found:
        return max(found, key=lambda path: float(path.parent.name))
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


@contextmanager
def postgres() -> Iterator[str]:
    """The address of a database on a server that lives as long as the block."""
    where = programs()
    if where is None:
        raise SystemExit("PostgreSQL is not installed: apt-get install postgresql")
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 1_500_000_000
    folder = Path(tempfile.mkdtemp(prefix="evenhand-postgres-", dir=memory if roomy else None))
    as_whom: dict[str, Any] = {}
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        as_whom = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def run(*command: str) -> None:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.STDOUT, "cwd": folder}
        subprocess.run(command, check=True, **quiet, **as_whom)

    kept = str(folder / "data")
    run(
        str(where / "initdb"),
        "-D",
        kept,
        "-A",
        "trust",
        "-U",
        "postgres",
        "--no-sync",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
    )
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c max_connections=200"
    run(str(where / "pg_ctl"), "-D", kept, "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        run(str(where / "createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", "postgres", "evenhand")
        yield f"postgresql://postgres@127.0.0.1:{port}/evenhand"
    finally:
        run(str(where / "pg_ctl"), "-D", kept, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    with postgres() as address:
        return subprocess.run(sys.argv[1:], check=False, env={**os.environ, "EVENHAND_DATABASE": address}).returncode


if __name__ == "__main__":
    sys.exit(main())
