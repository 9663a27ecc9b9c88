"""Slips of the finger put right before anything reads the words: "smkoe" says smoke.

Only a word that no list knows is touched, and only towards a word that our own examples use, one slip away. A slip is
a letter too many, too few, another one, or two in the wrong order.
"""

from collections.abc import Iterable, Sequence

from evenhand.care.triage.markings import WORD

SHORTEST, LONGEST = 4, 24  # letters; shorter words have too many neighbours
MOST = 400  # different unknown words looked up in one text; bounds the time


class Spelling:
    """known: words that are words. common: words to mend towards, the most used first."""

    def __init__(self, known: Iterable[str], common: Sequence[str]) -> None:
        self._known = frozenset(known) | frozenset(common)
        self._near: dict[str, list[str]] = {}
        self._rank = {word: rank for rank, word in enumerate(common)}
        for word in common:
            if SHORTEST <= len(word) <= LONGEST and word.isalpha():
                for less in {word, *_one_less(word)}:
                    self._near.setdefault(less, []).append(word)

    def mended(self, text: str, met: frozenset[str]) -> str:
        """The text with its slips put right. met: its words, or more."""
        mending: dict[str, str] = {}
        unknown = met - self._known
        for word in sorted(unknown)[:MOST] if len(unknown) > MOST else unknown:
            if SHORTEST <= len(word) <= LONGEST and word.isalpha() and (better := self._nearest(word)):
                mending[word] = better
        if not mending:
            return text
        return WORD.sub(lambda found: mending.get(found[0], found[0]), text)

    def _nearest(self, word: str) -> str | None:
        found: list[str] = []
        for less in (word, *_one_less(word)):
            found += self._near.get(less, ())
        near = [other for other in found if _is_one_slip(word, other)]
        return min(near, key=lambda other: (other[0] != word[0], self._rank[other]), default=None)


def _one_less(word: str) -> list[str]:
    return [word[:at] + word[at + 1 :] for at in range(len(word))]


def _is_one_slip(word: str, other: str) -> bool:
    """Whether one inserted, lost or changed letter, or one swap of neighbours, makes `other` of `word`."""
    if word == other or abs(len(word) - len(other)) > 1:
        return False
    at = 0
    while at < min(len(word), len(other)) and word[at] == other[at]:
        at += 1
    if len(word) == len(other):
        swapped = other[at + 1 : at + 2] + other[at : at + 1]
        return word[at + 1 :] == other[at + 1 :] or (word[at : at + 2] == swapped and word[at + 2 :] == other[at + 2 :])
    longer, shorter = (word, other) if len(word) > len(other) else (other, word)
    return longer[at + 1 :] == shorter[at:]
