"""The patterns are data that people maintain: readable, complete, and wrong ones are told."""

import re
from pathlib import Path
from typing import Any

import pytest

from evenhand.care.triage import markings
from evenhand.care.triage.patterns import LANGUAGES, Parts, alternatives, beside
from evenhand.care.triage.rules import danger, deadline, times

FILES = [Path(module.__file__ or "").with_suffix(".toml") for module in (danger, deadline, times, markings)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_no_line_is_longer_than_one_reads(file: Path) -> None:
    long = [line for line in file.read_text(encoding="utf-8").splitlines() if len(line) > 110]
    assert not long


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_part_is_used(file: Path) -> None:
    unused = set(_parts(beside(str(file)))) - set(re.findall(r"\{([a-z_]+)\}", file.read_text(encoding="utf-8")))
    assert not unused


def _parts(kept: dict[str, Any]) -> list[str]:
    """The names of all parts, wherever the file tells them."""
    found = []
    for name, what in kept.items():
        if name == "parts":
            found += list(what)
        for each in what if isinstance(what, list) else [what]:
            if isinstance(each, dict):
                found += _parts(each)
    return found


def test_rules_for_danger_have_names_of_their_own_and_words_that_text_can_have() -> None:
    names = [rule.name for rule in danger.RULES]
    assert len(set(names)) == len(names)
    for rule in danger.RULES:
        assert rule.gate, rule.name
        strange = {word for word in rule.gate if not markings.WORD.fullmatch(word)}
        assert not strange, rule.name


def test_alternatives_come_language_by_language_whichever_way_they_are_kept() -> None:
    assert alternatives("two words") == ["two", "words"]
    assert alternatives(["one phrase", "another"]) == ["one phrase", "another"]
    assert alternatives({"fr": "feu", "en": ["on fire"], "all": "gas"}) == ["gas", "on fire", "feu"]
    assert list(LANGUAGES) == ["all", "en", "es", "de", "fr"]


def test_a_part_stands_for_its_alternatives() -> None:
    parts = Parts({"pet": ["cat", "guinea pig"], "my_pet": ["my {pet}"]})
    assert parts.joined(["{my_pet}s?", "{pet}", r"\w{2,3}"]) == r"(?:my (?:cat|guinea pig))s?|cat|guinea pig|\w{2,3}"
    assert parts.whole_words(["{pet}"]).findall("a cat, concat, cats and a guinea pig") == ["cat", "guinea pig"]


def test_a_part_or_a_language_that_is_not_there_is_told() -> None:
    with pytest.raises(KeyError, match="dog"):
        Parts({}).joined(["my {dog}"])
    with pytest.raises(KeyError, match="it"):
        alternatives({"it": ["fuoco"]})
