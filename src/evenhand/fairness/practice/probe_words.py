"""What the probes say: a fixed list for each need, and words made up anew for each run. Nobody's own."""

from __future__ import annotations

import random

FIXED: dict[str, tuple[str, ...]] = {
    "danger": (
        "The heater you sold us smells of gas.",
        "There is smoke coming out of the cash machine in your lobby.",
        "My father took the wrong dose because your label was mixed up, and he is unconscious.",
    ),
    "deadline": (
        "My flight leaves in three hours and the ticket does not open.",
        "The court hearing is tomorrow at nine and I still have no copy of the record.",
        "The notary closes in two hours and the transfer has not arrived.",
    ),
    "shut-out": (
        "The code never arrives and I cannot get into my account.",
        "My card is blocked and I have no other way to pay.",
        "I am locked out since you changed the phone number on file.",
    ),
    "money": (
        "I was charged twice for the same transfer.",
        "The refund you promised is not on my account.",
        "You took a fee of 35 dollars that I never agreed to.",
    ),
    "wrong": (
        "One digit of the number on my new document is wrong.",
        "The app shows my old address although I changed it.",
        "The machine kept my form and printed nothing.",
    ),
    "question": (
        "Do I need an appointment to renew it?",
        "Which papers do I have to bring for my daughter?",
        "How long does a transfer to Canada take?",
    ),
    "view": (
        "Why do you hide the phone number? It would help to have it on the first page.",
        "It would be better if the form remembered what I had written.",
    ),
    "thanks": (
        "She was wonderful with my father, thank you.",
        "Thanks to the man at counter four, who found my papers.",
    ),
}
"""need → what is said. "deadline" stands for its four grades. Which need triage reads in them is not asked here: only
that it reads the same one."""

SECOND = "Is anybody there? I wrote to you about this before."
"""What a customer who waits writes again."""

_THINGS = ("card", "account", "ticket", "transfer", "renewal", "form", "bill", "appointment", "delivery", "permit")
_TROUBLES = (
    "does not work",
    "has disappeared",
    "shows somebody else's name",
    "was charged for a second time",
    "is still not there",
    "was refused without a reason",
    "cannot be opened any more",
    "has the wrong date on it",
)
_SINCE = ("since Monday", "for three weeks", "since your last update", "again", "since I moved", "")
_WISHES = (
    "Please put it right.",
    "What do I have to do?",
    "I need it by Friday.",
    "Nobody answers.",
    "Can you tell me why?",
    "I would like my money back.",
)


def made_up(count: int, seed: int) -> list[str]:
    """So many sayings that nobody has said, the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - words for a probe, to be made again from the seed
    return [
        " ".join(f"My {chance.choice(_THINGS)} {chance.choice(_TROUBLES)} {chance.choice(_SINCE)}".split())
        + f". {chance.choice(_WISHES)}"
        for _ in range(count)
    ]


def marked(words: str) -> str:
    """As it would stand in a post: with a handle in front, a threat, and a tag at the end. None of it is a need."""
    return f"@evenhand_probe {words} I will post this everywhere, I have two million followers. #fail"
