"""A door as the shared suite knows it: how a contact is brought to it, and what its customer was told."""

from __future__ import annotations

import csv
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest
from django.conf import settings
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from evenhand.doors import limits
from evenhand.doors.api import contacts as api
from evenhand.doors.api.keys import SCOPES, Allowance, make_key
from evenhand.doors.file.importing import Source, bring_in
from evenhand.doors.file.mapping import shipped
from evenhand.doors.models import ApiKey
from factories import NOW


@dataclass(frozen=True)
class Answered:
    """What came back over the door. link: the private page's address, where the door answers at once.
    again_in: in how many seconds to come again, where the door says so."""

    status: int
    link: str = ""
    said: str = ""
    again_in: int | None = None


class Door(Protocol):
    """One way in. once: the door's own name for this very contact, sent again when its answer was lost.
    strangers_knock: anybody may, so that there is a limit on how often."""

    name: str
    answers_at_once: bool
    strangers_knock: bool

    def knock(
        self, words: str, *, once: str, email: str = "", public: bool = False, followers: int = 0
    ) -> Answered: ...

    def take_at_most(self, contacts: int, patch: pytest.MonkeyPatch) -> None:
        """Let in about so many from one caller, then ask them to wait."""


class Form:
    name, answers_at_once, strangers_knock = "form", True, True

    def knock(self, words: str, *, once: str, email: str = "", public: bool = False, followers: int = 0) -> Answered:
        response = Client().post("/help/", {"words": words, "answer_to": email, "key": f"{once:0>16}"})
        link = response.headers.get("Location", "").split("?")[0]
        return Answered(response.status_code, link, response.content.decode(), _again_in(response))

    def take_at_most(self, contacts: int, patch: pytest.MonkeyPatch) -> None:
        patch.setitem(limits.LIMITS, "contacts", (contacts, limits.MINUTE))


class Button:
    name, answers_at_once, strangers_knock = "button", True, True

    def knock(self, words: str, *, once: str, email: str = "", public: bool = False, followers: int = 0) -> Answered:
        body = {"words": words, "answer_to": email, "key": f"{once:0>16}", "language": "en", "place": ""}
        response = Client().post("/button/contacts/", json.dumps(body), "application/json")
        link = _path(response.json().get("status_url", ""))
        return Answered(response.status_code, link, response.content.decode(), _again_in(response))

    def take_at_most(self, contacts: int, patch: pytest.MonkeyPatch) -> None:
        patch.setitem(limits.LIMITS, "contacts", (contacts, limits.MINUTE))


class Api:
    name, answers_at_once, strangers_knock = "api", True, True

    def knock(self, words: str, *, once: str, email: str = "", public: bool = False, followers: int = 0) -> Answered:
        body: dict[str, Any] = {"words": words, "external_id": once, "public": public}
        if email:
            body["from"] = {"email": email}
        if followers:
            body["reach"] = {"followers": followers}
        response = Client().post(
            "/api/v1/contacts", json.dumps(body), "application/json", headers={"Authorization": f"Bearer {self._key()}"}
        )
        link = _path(response.json().get("status_url", ""))
        return Answered(response.status_code, link, response.content.decode(), _again_in(response))

    def take_at_most(self, contacts: int, patch: pytest.MonkeyPatch) -> None:
        patch.setattr(api, "ALLOWANCE", Allowance(contacts, 1 / 60))

    def _key(self) -> str:
        if not ApiKey.objects.filter(name="the suite").exists():
            self._made = make_key("the suite", SCOPES, None, NOW)
        return self._made


class File:
    name, answers_at_once, strangers_knock = "file", False, False

    def knock(self, words: str, *, once: str, email: str = "", public: bool = False, followers: int = 0) -> Answered:
        mapping = next(each for each in shipped() if each.name == "evenhand")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "contacts.csv"
            columns = list(mapping.columns())
            row = dict.fromkeys(columns, "") | {
                "words": words,
                "external_id": once,
                "email": email,
                "public": "true" if public else "false",
                "followers": followers or "",
                "door": "file",
                "sent_at": timezone.now().isoformat(),
            }
            with path.open("w", newline="") as file:
                written = csv.DictWriter(file, columns)
                written.writeheader()
                written.writerow(row)
            try:
                count = bring_in(path, Source("the suite", mapping), timezone.now, lambda done: None)
            except OperationalError:
                return Answered(503)
        return Answered(422 if count.left_out else 201)

    def take_at_most(self, contacts: int, patch: pytest.MonkeyPatch) -> None:
        """Whoever may run a command on the machine brings as much as they like."""


def _again_in(response: Any) -> int | None:
    said = response.headers.get("Retry-After", "")
    return int(said) if said else None


def _path(link: str) -> str:
    return link.removeprefix(settings.BASE_URL)


DOORS: list[Door] = [Form(), Button(), Api(), File()]
