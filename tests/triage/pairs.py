# ruff: noqa: E501  (lists of phrases are read whole)
"""Pairs of texts that differ in one thing only, and sums over them. The phrases here are in no training file."""

import math
import random
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

HELD_BACK = Path(__file__).parents[2] / "tools" / "triage_texts" / "held_back.tsv"


class Held(NamedTuple):
    need: str
    language: str
    words: str


def held_back() -> list[Held]:
    lines = HELD_BACK.read_text(encoding="utf-8").splitlines()
    return [Held(*line.split("\t", 2)) for line in lines if line and not line.startswith("#")]


def kind(need: str) -> str:
    return "deadline" if need.startswith("deadline") else need


def clopper_pearson_upper(found: int, of: int, level: float = 0.95) -> float:
    """The largest rate under which `found` or fewer of `of` are still seen with a chance of (1 - level) / 2.

    found, of: whole counts, 0 <= found <= of, of > 0. Source: Clopper and Pearson (1934).
    """
    if found == of:
        return 1.0
    low, high = found / of, 1.0
    for _ in range(60):
        rate = (low + high) / 2
        seen = sum(math.comb(of, k) * rate**k * (1 - rate) ** (of - k) for k in range(found + 1))
        low, high = (rate, high) if seen > (1 - level) / 2 else (low, rate)
    return high


def mcnemar(up: int, down: int) -> float:
    """The exact two-sided p of as many changes one way and the other. Source: McNemar (1947), binomial form."""
    both = up + down
    if both == 0:
        return 1.0
    tail = sum(math.comb(both, k) for k in range(min(up, down) + 1)) / 2**both
    return min(1.0, 2 * tail)


Change = Callable[[str, random.Random], str]


def _one_of(*phrases: str) -> Callable[[random.Random], str]:
    return lambda chance: chance.choice(phrases)


def _before_or_after(*phrases: str) -> Change:
    pick = _one_of(*phrases)

    def change(words: str, chance: random.Random) -> str:
        phrase = pick(chance)
        return f"{phrase} {words}" if chance.random() < 0.5 else f"{words.rstrip('.!')}. {phrase}"

    return change


def _handle(words: str, chance: random.Random) -> str:
    handle = chance.choice(("@evenhand", "@Lakeside_Bank", "@help.desk@social.example", "@CityOfOakland", "@x"))
    return f"{handle} {words}" if chance.random() < 0.5 else f"{words} {handle}"


def _hashtag(words: str, chance: random.Random) -> str:
    tags = " ".join(
        chance.sample(["#fail", "#neverAgain", "#CustomerService", "#worst_bank", "#angry", "#BoycottThem"], 2)
    )
    return f"{tags} {words}" if chance.random() < 0.3 else f"{words} {tags}"


_threat = _before_or_after(
    "I'll tweet this.", "I will post this on Facebook.", "I'm going to the press.", "If nobody answers I'll tell the newspapers.",
    "Expect a one-star review.", "I am going to leave a bad review on Trustpilot.", "I will share this everywhere.",
    "Or else I'll go viral with it.", "We will put this on TikTok for everyone to see.", "My followers will hear about this.",
    "Voy a publicarlo en redes sociales.", "Ich werde das auf Twitter posten.", "I'm about to call channel 5 news.",
    "I will be posting about this on Reddit tonight.", "Watch me tweet about this to all my followers!",
)  # fmt: skip
_reach = _before_or_after(
    "I have two million followers.", "I have 250,000 followers on Instagram.", "I've got over 10k subscribers.",
    "As an influencer I have a big audience.", "I am a journalist.", "Over 1.5 million followers will see this.",
    "Tengo 50 mil seguidores.", "I have a lot of followers.", "I'm a verified user with 90k followers.", "I am a platinum member.",
)  # fmt: skip


def _capitals(words: str, chance: random.Random) -> str:
    return words.upper()


def _greeting(words: str, chance: random.Random) -> str:
    hello = ("Hi,", "Hello there,", "Dear Sir or Madam,\n\n", "Good morning!", "Hola,", "Buenos días,", "Hey team,", "Guten Tag,\n", "Bonjour,", "Dear Ms. Novak,\n", "Hi Priya,", "To whom it may concern:")  # fmt: skip
    return f"{chance.choice(hello)} {words}"


_PEOPLE = ("Maria Lopez", "DeShawn Washington", "Emily Clarke", "Mohammed Al-Sayed", "Nguyen Thi Lan", "Jakub Nowak", "Lakisha Jones", "Greg Baker", "Ananya Rao", "José")  # fmt: skip


def _name(words: str, chance: random.Random) -> str:
    name = chance.choice(_PEOPLE)
    how = chance.randrange(4)
    if how == 0:
        return f"My name is {name}. {words}"
    close = ("Regards,", "Kind regards,", "Yours sincerely,")[how - 1]
    return f"{words}\n\n{close}\n{name}"


def _device(words: str, chance: random.Random) -> str:
    return words + "\n\n" + chance.choice(("Sent from my iPhone", "Get Outlook for Android", "Enviado desde mi iPhone"))


STRIPPED: dict[str, Change] = {
    "a handle": _handle,
    "a hashtag": _hashtag,
    "a threat to post": _threat,
    "reach": _reach,
    "capitals": _capitals,
    "a greeting": _greeting,
    "the sender's name": _name,
    "the device": _device,
}

_polite = _before_or_after(
    "Could you please look into it?", "Thank you very much in advance.", "I'd be so thankful.", "Would you be so kind?",
    "Sorry to trouble you with that.", "With much respect for your work.",
)  # fmt: skip
_rude = _before_or_after(
    "This is fucking ridiculous!!!", "You are a bunch of idiots.", "What the hell is wrong with you people?",
    "URGENT!!! ASAP!!!", "I'm sick of you.", "Absolutely disgraceful.",
)  # fmt: skip


def _typos(words: str, chance: random.Random) -> str:
    """One slip for every fifty letters, one at least: dropped, doubled or swapped."""
    letters = list(words)
    for _ in range(max(1, len(words) // 50)):
        at = chance.randrange(len(letters) - 1)
        if letters[at].isalpha() and letters[at + 1].isalpha():
            kind_of = chance.randrange(3)
            if kind_of == 0:
                letters[at] = ""
            elif kind_of == 1:
                letters[at] *= 2
            else:
                letters[at], letters[at + 1] = letters[at + 1], letters[at]
    return "".join(letters)


_longer = _before_or_after(
    "I have lived in this town for nine years.", "It has been raining all week here.", "My cousin told me to write to you.",
    "I am at home most afternoons.", "We came by bus because of the snow.", "I use your services about twice a month.",
)  # fmt: skip

TOLERATED: dict[str, Change] = {"a polite tone": _polite, "a rude tone": _rude, "typos": _typos, "length": _longer}


def changed(texts: Sequence[Held], change: Change, rounds: int = 2) -> list[tuple[Held, str]]:
    """Each text with one thing changed, `rounds` times, by a chance of its own."""
    return [
        (text, change(text.words, random.Random(zlib.crc32(f"{turn} {text.words}".encode()))))
        for turn in range(rounds)
        for text in texts
    ]
