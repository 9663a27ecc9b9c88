"""Problem documents (RFC 9457): what happened, what was kept, what to do. They never repeat what was sent."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse

MOST_FLAWS = 20


def as_json(said: object) -> bytes:
    """JSON in UTF-8. Half a character, which the name of a field may hold, becomes a question mark."""
    return json.dumps(said, ensure_ascii=False).encode("utf-8", "replace")


@dataclass(frozen=True)
class Flaw:
    """One thing wrong with a body: where (a JSON pointer) and what."""

    pointer: str
    detail: str


@dataclass(eq=False)
class Problem(Exception):
    """Why a request, or one contact of a list, was not taken. kept: how many of its contacts are kept."""

    status: int
    name: str
    title: str
    detail: str
    flaws: Sequence[Flaw] = ()
    headers: dict[str, str] = field(default_factory=dict)
    kept: int = 0
    more: dict[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        said: dict[str, Any] = {
            "type": f"urn:evenhand:problem:{self.name}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "kept": self.kept,
        }
        if self.flaws:
            said["errors"] = [{"pointer": flaw.pointer, "detail": flaw.detail} for flaw in self.flaws[:MOST_FLAWS]]
        return said | self.more

    def response(self) -> HttpResponse:
        return HttpResponse(
            as_json(self.document()),
            status=self.status,
            content_type="application/problem+json",
            headers=self.headers,
        )


def wrong_key() -> Problem:
    """The same for a missing, an unknown and a withdrawn key."""
    return Problem(
        401,
        "key",
        "A living API key is needed.",
        "Send “Authorization: Bearer eh_…” with a key of this installation. Nothing of this request was kept.",
        headers={"WWW-Authenticate": 'Bearer realm="evenhand"'},
    )


def out_of_scope(scope: str) -> Problem:
    return Problem(
        403,
        "scope",
        "This key may not do that.",
        f"It needs the scope {scope}, which an administrator gives. Nothing of this request was kept.",
    )


def not_here() -> Problem:
    """The same for what there is not and for what is another key's."""
    return Problem(404, "not-found", "There is nothing here for this key.", "Check the address.")


def no_such_place() -> Problem:
    return Problem(
        404,
        "place",
        "There is no such place for this key.",
        "Name a place of this installation that the key is for, or leave “place” out. This contact was not kept.",
        [Flaw("/place", "is no place that this key may name")],
    )


def no_such_thread() -> Problem:
    return Problem(
        404,
        "thread",
        "There is no such thread for this key.",
        "“thread” is a “contact” or “case” that an earlier answer gave to this same key. Leave it out for a new case. "
        "This contact was not kept.",
        [Flaw("/thread", "was never given to this key")],
    )


def not_understood(flaws: Sequence[Flaw]) -> Problem:
    return Problem(
        422,
        "not-understood",
        "Something in this contact is not as it should be.",
        "“errors” says where and what. This contact was not kept.",
        flaws,
    )


def not_json(detail: str) -> Problem:
    return Problem(400, "json", "This is not JSON that we can read.", f"{detail} Nothing of this request was kept.")


def too_many(wait: float) -> Problem:
    seconds = max(1, round(wait + 0.5))
    return Problem(
        429,
        "too-many",
        "This key sends faster than we take.",
        f"Wait {seconds} s and send it again; lists of contacts cost less. Nothing of this request was kept.",
        headers={"Retry-After": str(seconds)},
    )


def cannot_keep(why: str) -> Problem:
    return Problem(
        503,
        "cannot-keep",
        "We cannot keep this now.",
        f"{why} Nothing of this request was kept; send it again, with the same Idempotency-Key.",
        headers={"Retry-After": "5"},
    )
