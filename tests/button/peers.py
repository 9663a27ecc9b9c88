"""Two peers on loopback: a host page on somebody's site, and a desk that takes what the button sends."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from evenhand.doors.button.script import script

ANSWER = {
    "reference": "4F7-K2Q",
    "owner": "Maya Okafor",
    "promise": {"due_at": "2026-11-24T14:30:00-08:00", "words": "answer by Tuesday 14:30"},
    "standard": "4 working hours",
    "status_url": "/c/a-private-link/",
}


class _Quiet(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        pass

    def say(self, status: int, kind: str, text: str, **headers: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def _running(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Desk:
    """The far side: what it took, by key, and what it says next."""

    address: str = ""
    site: str = ""
    script: str = field(default_factory=script)
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    let_in: dict[str, dict[str, Any]] = field(default_factory=dict)
    refusals: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    loses_answers: bool = False

    @contextmanager
    def running(self) -> Iterator[Desk]:
        desk = self

        class Handler(_Quiet):
            def do_GET(self) -> None:
                if self.path == "/button.js":
                    self.say(200, "text/javascript; charset=utf-8", desk.script)
                else:
                    self.say(200, "text/html; charset=utf-8", "<!doctype html><title>Form</title><h1>The form</h1>")

            def do_OPTIONS(self) -> None:
                allowed = {
                    "Access_Control_Allow_Methods": "POST",
                    "Access_Control_Allow_Headers": "Content-Type",
                }
                self.say(204, "text/plain", "", Access_Control_Allow_Origin=desk.site, **allowed)

            def do_POST(self) -> None:
                said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                desk.asked.append(said)
                desk.headers.append({name.lower(): value for name, value in self.headers.items()})
                if desk.refusals:
                    status, problem = desk.refusals.pop(0)
                    self.say(
                        status,
                        "application/problem+json",
                        json.dumps(problem),
                        Access_Control_Allow_Origin=desk.site,
                    )
                    return
                desk.let_in.setdefault(said["key"], said)
                if desk.loses_answers:
                    self.close_connection = True
                    self.connection.shutdown(2)
                    return
                self.say(201, "application/json", json.dumps(ANSWER), Access_Control_Allow_Origin=desk.site)

        with _running(Handler) as address:
            self.address = address
            yield self


@contextmanager
def site(desk: Desk, *, language: str = "en", body: str = "", tag: str = "", policy: str = "") -> Iterator[str]:
    """A page of somebody's own site under a strict policy, with the button's one tag in its head."""
    strict = (
        f"default-src 'none'; script-src {desk.address}; connect-src {desk.address}; style-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )

    class Handler(_Quiet):
        def do_GET(self) -> None:
            if self.path == "/site.css":
                self.say(200, "text/css", "html{font-size:62.5%;font-family:serif}button{color:lime;float:left}")
                return
            page = (
                f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>A shop</title>'
                '<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/site.css">'
                f'<script src="{desk.address}/button.js" defer {tag}></script></head>'
                f"<body><main><h1>A shop</h1><p>Lamps and shades.</p>{body}</main></body></html>"
            )
            self.say(200, "text/html; charset=utf-8", page, Content_Security_Policy=policy or strict)

    with _running(Handler) as address:
        desk.site = address
        yield address
