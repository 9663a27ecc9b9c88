"""Rules for danger, as `danger.toml` tells them. A rule is looked at only when a word of its gate is there."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from evenhand.care.triage.markings import WORD
from evenhand.care.triage.patterns import Parts, alternatives, beside

AROUND = 40  # characters on either side of a find in which an `unless` or a denial is looked for


@dataclass(frozen=True)
class Rule:
    """name: as the judgement tells it. gate: one of these words must be there before it is tried. pattern: what raises.
    figures: what a find may be only a part of, and is harmless then. unless: read around a find, what makes it
    harmless. also: must be in the text too. is_deniable: "no smoke" is no smoke."""

    name: str
    gate: frozenset[str]
    pattern: re.Pattern[str]
    figures: re.Pattern[str] | None
    unless: re.Pattern[str] | None
    also: re.Pattern[str] | None
    is_deniable: bool

    def holds(self, text: str) -> bool:
        if self.also is not None and self.also.search(text) is None:
            return False
        return any(not self._is_taken_back(text, *find.span()) for find in self.pattern.finditer(text))

    def _is_taken_back(self, text: str, start: int, end: int) -> bool:
        before, after = max(0, start - AROUND), min(len(text), end + AROUND)
        if self.unless is not None and self.unless.search(text, before, after):
            return True
        if self.figures is not None and any(
            figure.start() < end and start < figure.end() for figure in self.figures.finditer(text, before, after)
        ):
            return True
        return self.is_deniable and DENIED.search(text, before, start) is not None


def _rule(kept: Mapping[str, Any], shared: Parts) -> Rule:
    parts = Parts(kept.get("parts", {}), shared)
    return Rule(
        name=kept["name"],
        gate=frozenset(alternatives(kept["gate"])),
        pattern=parts.from_a_words_start(kept["patterns"]),
        figures=parts.from_a_words_start(kept["figures"]) if "figures" in kept else None,
        unless=parts.from_a_words_start(kept["unless"]) if "unless" in kept else None,
        also=parts.from_a_words_start(kept["also"]) if "also" in kept else None,
        is_deniable=kept.get("is_deniable", True),
    )


_KEPT = beside(__file__)
_SHARED = Parts(_KEPT["parts"])
DENIED = Parts(_KEPT["denied"]["parts"]).exactly(_KEPT["denied"]["pattern"])
RULES: tuple[Rule, ...] = tuple(_rule(kept, _SHARED) for kept in _KEPT["danger"])
_GATES = {word: tuple(rule.name for rule in RULES if word in rule.gate) for rule in RULES for word in rule.gate}
_WORDS = frozenset(_GATES)


def danger_in(said: str, words: Iterable[str] | None = None) -> str | None:
    """The name of the first rule for danger that the words meet, or None. said: as `markings.strip` gives it."""
    found = _WORDS.intersection(WORD.findall(said) if words is None else words)
    if not found:
        return None
    wanted = {name for word in found for name in _GATES[word]}
    text = said.replace("\n", " ") if "\n" in said else said
    return next((rule.name for rule in RULES if rule.name in wanted and rule.holds(text)), None)
