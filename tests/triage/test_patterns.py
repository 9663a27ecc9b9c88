"""The patterns are data that people maintain: readable, complete, and wrong ones are told."""

import re
from pathlib import Path
from typing import Any

import pytest

from evenhand.care.triage import markings
from evenhand.care.triage.patterns import LANGUAGES, Parts, alternatives, beside
from evenhand.care.triage.rules import danger, deadline, times
from tests.triage.examples import examples

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


def test_a_gate_has_only_words_that_folded_text_can_have() -> None:
    marks, own = beside(str(markings.__file__)), beside(str(deadline.__file__))
    gates = {
        **{rule.name: list(rule.gate) for rule in danger.RULES},
        "deadline": alternatives(own["gate"]),
        "public": alternatives(marks["public"]["gate"]),
        "tone": alternatives(marks["tone"]["gate"]),
        "name": alternatives(marks["frame"]["name_gate"]),
        "end": alternatives(marks["frame"]["end_gate"]),
        "tagged": alternatives(marks["tagged_danger"]),
    }
    for name, gate in gates.items():
        strange = [word for word in gate if markings.WORD.findall(markings.fold(word)) != [word] or "_" in word]
        assert not strange, name


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_two_words_are_not_written_as_one(file: Path) -> None:
    assert not [word for word in _single_words(beside(str(file))) if re.fullmatch(r"[a-z]+_[a-z_]+", word)]


def _single_words(kept: Any) -> list[str]:
    """Whatever is kept with blanks between, at the file's every depth; what is named by `name` is a name."""
    if isinstance(kept, str):
        return kept.split()
    inner = [each for name, each in kept.items() if name != "name"] if isinstance(kept, dict) else kept
    return [word for each in inner if isinstance(each, str | dict | list) for word in _single_words(each)]


DANGERS = beside(str(danger.__file__))
BY_RULE = list(zip(DANGERS["danger"], danger.RULES, strict=True))


@pytest.mark.parametrize(("kept", "rule"), BY_RULE, ids=[rule.name for rule in danger.RULES])
def test_every_alternative_of_a_rule_for_danger_can_raise_it_alone(kept: dict[str, Any], rule: danger.Rule) -> None:
    parts = Parts(kept.get("parts", {}), Parts(DANGERS["parts"]))
    also = next(examples(parts.joined(alternatives(kept["also"])))) if "also" in kept else ""
    dead = [
        each
        for each in alternatives(kept["patterns"])
        if not any(
            _raises(rule, f"{text} {also}" if also else text) for text in examples(parts.joined([each]), rule.gate)
        )
    ]
    assert not dead, "no word of these is in the gate, or an exception always takes them back"


def _raises(rule: danger.Rule, text: str) -> bool:
    return not rule.gate.isdisjoint(markings.WORD.findall(text)) and rule.holds(text)


def test_examples_take_every_choice_of_a_pattern() -> None:
    pattern = r"(?<!no )(?:gas|fuel)(?: \w+){0,2} leak\w*(?! test)[- ]ag?ain"
    assert sorted(examples(pattern, {"leaking", "mend"})) == [
        "fuel leaking aain", "fuel leaking again", "fuel x leaking aain", "fuel x leaking again",
        "gas leaking aain", "gas leaking again", "gas x leaking aain", "gas x leaking again",
    ]  # fmt: skip
    assert all(re.fullmatch(pattern, text) for text in examples(pattern))


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
