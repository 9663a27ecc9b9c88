"""A door as the shared suite knows it: how a contact is brought to it, and what its customer was told."""

from __future__ import annotations

import csv
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.test import Client
from django.utils import timezone

from evenhand.doors.api.keys import SCOPES, make_key
from evenhand.doors.file.importing import Source, bring_in
from evenhand.doors.file.mapping import shipped
from evenhand.doors.models import ApiKey
from factories import NOW


@dataclass(frozen=True)
class Answered:
    """What came back over the door. link: the private page's address, where the door answers at once."""

    status: int
    link: str = ""
    said: str = ""


class Door(Protocol):
    """One way in. once: the door's own name for this very contact, sent again when its answer was lost."""

    name: str
    answers_at_once: bool

    def knock(
        self, words: str, *, once: str, email: str = "", public: bool = False, followers: int = 0
    ) -> Answered: ...


class Form:
    name, answers_at_once = "form", True

    def knock(self, words: str, *, once: str, email: str = "", public: bool = False, followers: int = 0) -> Answered:
        response = Client().post("/help/", {"words": words, "answer_to": email, "key": f"{once:0>16}"})
        link = response.headers.get("Location", "").split("?")[0]
        return Answered(response.status_code, link, response.content.decode())


class Button:
    name, answers_at_once = "button", True

    def knock(self, words: str, *, once: str, email: str = "", public: bool = False, followers: int = 0) -> Answered:
        body = {"words": words, "answer_to": email, "key": f"{once:0>16}", "language": "en", "place": ""}
        response = Client().post("/button/contacts/", json.dumps(body), "application/json")
        return Answered(response.status_code, _path(response.json().get("status_url", "")), response.content.decode())


class Api:
    name, answers_at_once = "api", True

    def knock(self, words: str, *, once: str, email: str = "", public: bool = False, followers: int = 0) -> Answered:
        body: dict[str, Any] = {"words": words, "external_id": once, "public": public}
        if email:
            body["from"] = {"email": email}
        if followers:
            body["reach"] = {"followers": followers}
        response = Client().post(
            "/api/v1/contacts", json.dumps(body), "application/json", headers={"Authorization": f"Bearer {self._key()}"}
        )
        return Answered(response.status_code, _path(response.json().get("status_url", "")), response.content.decode())

    def _key(self) -> str:
        if not ApiKey.objects.filter(name="the suite").exists():
            self._made = make_key("the suite", SCOPES, None, NOW)
        return self._made


class File:
    name, answers_at_once = "file", False

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
            count = bring_in(path, Source("the suite", mapping), timezone.now, lambda done: None)
        return Answered(422 if count.left_out else 201)


def _path(link: str) -> str:
    return link.removeprefix(settings.BASE_URL)


DOORS: list[Door] = [Form(), Button(), Api(), File()]
