"""What a door leaves on the words, and what was said to be heard sooner: taken off before anything reads them.

Taking it off is what makes the promise hold: texts that differ only in a handle, a hashtag, a follower count, a threat
to post, capitals, a greeting or the sender's name become the same text here, so nothing after this can tell them apart.
Every pattern is bounded, and looks no further than its own sentence. They are kept in `markings.toml`.
"""

import re
import unicodedata
from typing import NamedTuple

from evenhand.care.triage.patterns import Parts, alternatives, beside

LONGEST = 200_000  # characters; what is longer is read from both ends, half and half
END = 240  # characters in which a sign-off is looked for


class Plain(NamedTuple):
    """The words twice: `said` keeps whatever may speak of danger, `matter` is bare of greeting, names and tone;
    `met` are the words of either."""

    said: str
    matter: str
    met: frozenset[str]


WORD = re.compile(r"\w+")

_SIGNS = {ord(c): "'" for c in "’‘ʼ´`‛′"} | {ord(c): '"' for c in "“”„«»"} | {ord(c): "-" for c in "‐‑‒–—―"}
_SIGNS |= {0xBF: " ", 0xA1: " ", 0xA0: " ", 0x2028: "\n", 0x2029: "\n", 0xDF: "ss", 0x1E9E: "ss"}
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff]"
)
_ACCENTS = re.compile(r"[\u0300-\u036f]+")
_AGAIN = re.compile(r"([^\W\d]|[!?.,*_=~-])\1{2,}")
_BLANKS = re.compile(r"[ \t\r\x0b\x0c]+")

_ADDRESS = re.compile(r"(?:https?://|www\.)\S{1,2000}|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_HANDLE = re.compile(r"(?<!\w)[@＠]\w[\w.-]{0,80}(?:@[\w.-]{1,80})?")
_HASHTAG = re.compile(r"(?<![\w#＃])[#＃]+(\w[\w-]{0,80})")
_KEPT = beside(__file__)
_TAGGED_DANGER = frozenset(alternatives(_KEPT["tagged_danger"]))

# What was said to be heard sooner.
_PUBLIC_WORDS = frozenset(alternatives(_KEPT["public"]["gate"]))
_OF_PUBLIC = Parts(_KEPT["public"]["parts"])
_THREAT = _OF_PUBLIC.exactly(_KEPT["public"]["threat"])
_THREAT_DE = Parts(_KEPT["public"]["german"]).exactly(_KEPT["public"]["threat_in_german"])
_STATION = Parts(_KEPT["public"]["standing"], _OF_PUBLIC).exactly(_KEPT["public"]["station"])
_REACH = Parts(_KEPT["public"]["following"], _OF_PUBLIC).exactly(_KEPT["public"]["reach"])

_TONE_WORDS = frozenset(alternatives(_KEPT["tone"]["gate"]))
_TONE = Parts(_KEPT["tone"]["parts"]).exactly(_KEPT["tone"]["pattern"])

# Greeting, names, sign-off.
_NAME_WORDS = frozenset(alternatives(_KEPT["frame"]["name_gate"]))
_END_WORDS = frozenset(alternatives(_KEPT["frame"]["end_gate"]))
_OF_FRAME = Parts(_KEPT["frame"]["parts"])
_SUBJECT = _OF_FRAME.exactly(_KEPT["frame"]["subject"])
_GREETING = _OF_FRAME.exactly(_KEPT["frame"]["greeting"])
_MY_NAME = _OF_FRAME.exactly(_KEPT["frame"]["my_name"])
_DEVICE = _OF_FRAME.exactly(_KEPT["frame"]["device"], re.MULTILINE)
_SIGN_OFF = _OF_FRAME.exactly(_KEPT["frame"]["sign_off"])
_POLITE_OFF = _OF_FRAME.exactly(_KEPT["frame"]["polite_off"])
_DASHED_NAME = _OF_FRAME.exactly(_KEPT["frame"]["dashed_name"])


def fold(words: str) -> str:
    """Small letters, no accents, no unseen characters: what capitals and keyboards do is gone."""
    if len(words) > LONGEST:
        words = words[: LONGEST // 2] + "\n" + words[-LONGEST // 2 :]
    if not words.isascii():
        words = _ACCENTS.sub("", unicodedata.normalize("NFKD", words.translate(_SIGNS)))
    return _UNSEEN.sub("", words.casefold())


def strip(words: str) -> Plain:
    """The words as triage may read them. Never raises; takes time in proportion to the length."""
    text = fold(words)
    if "@" in text or "//" in text or "www." in text or "＠" in text:
        text = _HANDLE.sub(" ", _ADDRESS.sub(" ", text))
    if any(sign * 3 in text for sign in set(text)):
        text = _AGAIN.sub(r"\1", text)
    bare = text
    if "#" in text or "＃" in text:
        bare = _HASHTAG.sub(" ", text)
        text = _HASHTAG.sub(lambda tag: f" {tag[1]} " if tag[1] in _TAGGED_DANGER else " ", text)
    met = frozenset(WORD.findall(text))
    said = _quiet(text, met)
    matter = said if bare is text else _quiet(bare, met)
    matter = _without_names(matter, met)
    return Plain(said, matter if _TONE_WORDS.isdisjoint(met) else _TONE.sub(" ", matter), met)


def _quiet(text: str, met: frozenset[str]) -> str:
    """Without threats to post, reach and station."""
    if not _PUBLIC_WORDS.isdisjoint(met):
        for pattern in (_THREAT_DE, _THREAT, _STATION, _REACH):
            text = pattern.sub(" ", text)
    return _BLANKS.sub(" ", text)


def _without_names(text: str, met: frozenset[str]) -> str:
    text = text.strip(" \n-.,;!*")
    if ":" in text[:40]:
        text = _SUBJECT.sub("", text)
    text = _GREETING.sub("", text)
    if not _NAME_WORDS.isdisjoint(met):
        text = _MY_NAME.sub(" ", text)
    if _END_WORDS.isdisjoint(met) and "\n" not in text[-END:]:
        return text
    head, tail = text[:-END], text[-END:]
    for _ in range(4):
        shorter = _without_an_end(tail, is_all=not head)
        if shorter == tail:
            break
        tail = shorter
    return head + tail


def _without_an_end(tail: str, *, is_all: bool) -> str:
    """Without one device, name and sign-off. is_all: nothing stands before it, and what is said by nothing else is no
    sign-off."""
    for pattern in (_DEVICE, _DASHED_NAME, _SIGN_OFF):
        without = pattern.sub("", tail)
        if not is_all or WORD.search(without):
            tail = without
    if polite := _POLITE_OFF.search(tail):
        before = tail[: polite.start()]
        return before if not is_all or WORD.search(before) else before + polite[1]
    return tail
