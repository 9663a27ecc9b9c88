"""The web server, and beside it the loops: one command, and one thing to stop.

This process serves nothing itself and imports no Django: it starts the worker that serves and the one that runs the
loops, starts either anew when it dies, and takes both with it when it ends.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from evenhand.web.configuration import WrongSetting
from evenhand.web.following import PARENT

log = logging.getLogger(__name__)

STARTS_A_MINUTE = 5
"""A loops process that dies more often than this ends the whole, with the reason."""
TIME_TO_STOP = 10


def serve(host: str, port: int, *, threads: int, with_loops: bool) -> int:
    """Serve until told to stop. Returns the exit code: 0 where it was told to, 1 where it could not go on.

    Raises WrongSetting where nothing can listen at that address.
    """
    if (taken := why_not(host, port)) is not None:
        raise WrongSetting("--port", f"nothing can listen at {host}:{port}: {taken}.", "Give another --host or --port.")
    os.environ[PARENT] = str(os.getpid())
    server = Server(
        "evenhand.web.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=threads,
        backpressure=256,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=TIME_TO_STOP,
        log_level=LogLevels.warning,
        log_access=False,
        log_dictconfig=_LOG_LINES,
    )
    loops = KeptRunning([sys.executable, "-m", "evenhand.web.cli", "work"]) if with_loops else None
    if loops is not None:
        server.on_startup(loops.start)
    try:
        server.serve()
    except SystemExit as ended:
        return int(ended.code or 0) or 1
    finally:
        if loops is not None:
            loops.stop()
    return 1 if loops is not None and loops.has_given_up else 0


def why_not(host: str, port: int) -> str | None:
    """Why nothing can listen there. Two servers must never share a port unseen, as the workers' own sockets could."""
    try:
        with socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET):
            return None
    except OSError as error:
        return error.strerror or type(error).__name__


class KeptRunning:
    """A child process that is started anew when it dies, until it is stopped."""

    def __init__(self, command: list[str]) -> None:
        self.command, self.has_given_up = command, False
        self._stopping = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._watcher = threading.Thread(target=self._watch, name="keep-running", daemon=True)

    def start(self) -> None:
        self._child = subprocess.Popen(self.command)
        self._watcher.start()

    def stop(self) -> None:
        self._stopping.set()
        child = self._child
        if child is None or child.poll() is not None:
            return
        child.terminate()
        try:
            child.wait(TIME_TO_STOP)
        except subprocess.TimeoutExpired:
            child.kill()

    def _watch(self) -> None:
        starts = [time.monotonic()]
        while self._child is not None:
            code = self._child.wait()
            if self._stopping.is_set():
                return
            starts = [start for start in starts if time.monotonic() - start < 60]
            if len(starts) >= STARTS_A_MINUTE:
                log.critical("The loops ended %d times within a minute, lastly with %s.", len(starts), code)
                self.has_given_up = True
                os.kill(os.getpid(), signal.SIGTERM)
                return
            log.error("The loops ended with %s and are started anew.", code)
            self._child = subprocess.Popen(self.command)
            starts.append(time.monotonic())


_LOG_LINES = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"discreet": {"()": "evenhand.web.logs.Discreet"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "discreet"}},
    "loggers": {
        "evenhand": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "_granian": {"handlers": ["console"], "propagate": False},
        "granian.access": {"handlers": [], "level": "CRITICAL", "propagate": False},
    },
}
