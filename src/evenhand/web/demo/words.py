"""What is said in the demo: customers' words, most of them real complaints, and what staff answer.

Texts come from `cfpb.jsonl.gz` (public domain, see ATTRIBUTION.md) and `own_texts.jsonl`; answers are put
together from `replies.toml`. Everything is read once; chance comes in as an argument.
"""

from __future__ import annotations

import gzip
import json
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from random import Random
from typing import Any, Literal

Kind = Literal["solves", "promises", "asks"]
Said = Literal["writes_again", "goes_public", "no_answer", "answers", "solved", "reopens", "supervisor"]
KINDS: tuple[Kind, ...] = ("solves", "promises", "asks")

TOPIC_OF_PRODUCT = {
    "Credit reporting, credit repair services, or other personal consumer reports": "credit-report",
    "Credit reporting": "credit-report",
    "Debt collection": "debts",
    "Mortgage": "mortgage",
    "Credit card or prepaid card": "credit-card",
    "Credit card": "credit-card",
    "Prepaid card": "credit-card",
    "Checking or savings account": "current-account",
    "Bank account or service": "current-account",
    "Student loan": "student-loan",
    "Vehicle loan or lease": "vehicle-loan",
    "Consumer Loan": "vehicle-loan",
    "Money transfer, virtual currency, or money service": "transfers",
    "Money transfers": "transfers",
    "Payday loan, title loan, or personal loan": "personal-loan",
    "Payday loan": "personal-loan",
}


@dataclass(frozen=True, slots=True)
class Text:
    """One customer's words.

    topic: what the answer is about. label: the need its writer had in mind, of our own texts alone, for
    tests; triage never sees it. place: where the words themselves say so. between: the local hours [from, to)
    in which they make sense ("due today at five" is not written at six). complaint_id, product, issue: the
    bureau's.
    """

    words: str
    topic: str
    language: str = "en"
    label: str | None = None
    place: str | None = None
    between: tuple[int, int] | None = None
    complaint_id: str | None = None
    product: str | None = None
    issue: str | None = None

    @property
    def is_real(self) -> bool:
        return self.complaint_id is not None


@cache
def texts() -> tuple[Text, ...]:
    """Every text of the demo, real complaints first, in the order of the files."""
    return complaints() + own_texts()


@cache
def complaints() -> tuple[Text, ...]:
    return tuple(
        Text(
            words=told["words"],
            topic=TOPIC_OF_PRODUCT[told["product"]],
            complaint_id=told["complaint_id"],
            product=told["product"],
            issue=told["issue"],
        )
        for told in map(json.loads, gzip.decompress(_file("cfpb.jsonl.gz")).decode().splitlines())
    )


@cache
def own_texts() -> tuple[Text, ...]:
    return tuple(
        Text(
            words=told["words"],
            topic=told["topic"],
            language=told["language"],
            label=told["need"],
            place=told.get("place"),
            between=(told["between"][0], told["between"][1]) if "between" in told else None,
        )
        for told in map(json.loads, _file("own_texts.jsonl").decode().splitlines())
    )


def kinds_of(need: str, text: Text) -> tuple[Kind, ...]:
    """Which kinds of answer there are for such a case; a thank-you is never promised or asked anything."""
    return tuple(kind for kind in KINDS if _bodies(need, text, kind))


def bodies(need: str, text: Text, kind: Kind) -> tuple[str, ...]:
    """The sentences one of which says the matter itself."""
    return tuple(_bodies(need, text, kind))


def answer(need: str, text: Text, kind: Kind, *, agent: str, by: str, chance: Random) -> str:
    """A whole reply in the customer's language, signed.

    need: a slug, deadline grades included. by: the day or hour named where the kind is no "solves".
    Raises ValueError where there is no such kind of answer (see kinds_of).
    """
    if not (found := _bodies(need, text, kind)):
        raise ValueError(f"no answer of kind {kind!r} for {need!r} about {text.topic!r}")
    told = _replies()
    need = _need(need)
    spanish = text.language == "es"
    openings = told["spanish"]["openings"] if spanish else told["openings"]
    closings = (told["spanish"]["closings"] if spanish else told["closings"])[kind]
    opening = chance.choice(openings.get(need) or openings["any"])
    closing = chance.choice(closings).replace("{agent}", agent).replace("{by}", by)
    return f"{opening} {chance.choice(found)}\n\n{closing}"


def said(kind: Said, language: str, chance: Random) -> str:
    """What a customer adds later."""
    told = _replies()["customer"][kind]
    return str(chance.choice(told.get(language) or told["en"]))


def _bodies(need: str, text: Text, kind: Kind) -> list[str]:
    told, need = _replies(), _need(need)
    if text.language == "es":
        spanish = told["spanish"]
        of_need = spanish.get(need, {})
        own = next(
            (of[kind] for of in (of_need.get(text.topic), of_need.get("any"), of_need) if of and kind in of), None
        )
        return list(own or ([] if need in ("view", "thanks") else spanish["any"][kind]))
    of_need = told.get(need, {})
    for place in (
        of_need.get(text.topic),
        told.get(text.topic) if text.is_real else None,
        of_need.get("any"),
    ):
        if place and kind in place:
            return list(place[kind])
    return []


def _need(slug: str) -> str:
    return "deadline" if slug.startswith("deadline") else slug


@cache
def _replies() -> dict[str, Any]:
    return tomllib.loads(_file("replies.toml").decode())


def _file(name: str) -> bytes:
    return (resources.files("evenhand.web.demo") / name).read_bytes()
