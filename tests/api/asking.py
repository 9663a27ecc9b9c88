"""A program that uses the API: keys, requests and what it may send, for the tests."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.test import Client

from evenhand.doors.api.keys import SCOPES, make_key
from evenhand.people.models import Place
from factories import NOW

WORDS = "I was charged twice for the same transfer."


@dataclass
class Program:
    """Some organisation's program, with the key it was given."""

    key: str

    def send(self, body: object = None, **headers: str) -> HttpResponse:
        """POST a body, as JSON unless it is bytes already."""
        sent = body if isinstance(body, bytes) else json.dumps({"words": WORDS} if body is None else body).encode()
        return self.post(sent, "application/json", **headers)

    def post(self, body: bytes, content_type: str, **headers: str) -> HttpResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        told = {"Authorization": f"Bearer {self.key}", "Content-Type": content_type} | named
        return Client().post("/api/v1/contacts", data=body, content_type=content_type, headers=told)

    def read(self, uid: str) -> HttpResponse:
        return Client().get(f"/api/v1/contacts/{uid}", headers={"Authorization": f"Bearer {self.key}"})


_count = iter(range(1, 1_000_000))


def a_program(*, scopes: Iterable[str] = SCOPES, place: Place | None = None) -> Program:
    return Program(make_key(f"program {next(_count)}", scopes, place, NOW))


def problem_of(response: HttpResponse) -> dict[str, Any]:
    """The problem document of an answer; fails where it is none."""
    assert response["Content-Type"] == "application/problem+json", response.content
    said: dict[str, Any] = json.loads(response.content)
    assert said["status"] == response.status_code
    return said
