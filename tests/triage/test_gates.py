"""Triage is measured by what must not matter, and by what must."""

import csv
import gzip
import io
import os
from pathlib import Path

import pytest

from evenhand.care.triage.model import NEEDS
from evenhand.care.triage.reading import read_all
from tests.triage.pairs import (
    STRIPPED,
    TOLERATED,
    Change,
    Held,
    changed,
    clopper_pearson_upper,
    held_back,
    kind,
    mcnemar,
)

ORDER = ("danger", "deadline-15", "deadline-30", "deadline-60", "deadline-120", *NEEDS[2:])


def needs(texts: list[tuple[str, str]]) -> list[str]:
    return [judgement.need for judgement in read_all([(words, language, "") for words, language in texts])]


def flips(change: Change) -> tuple[int, int, int]:
    """How many pairs; how many moved to a more urgent need; how many to a less urgent one."""
    pairs = changed(held_back(), change)
    before = needs([(text.words, text.language) for text, _ in pairs])
    after = needs([(words, text.language) for text, words in pairs])
    moved = [ORDER.index(b) - ORDER.index(a) for b, a in zip(before, after, strict=True)]
    return len(pairs), sum(step > 0 for step in moved), sum(step < 0 for step in moved)


@pytest.mark.parametrize("what", STRIPPED)
def test_what_is_stripped_never_changes_a_need(what: str) -> None:
    of, up, down = flips(STRIPPED[what])
    assert of >= 400
    assert (up, down) == (0, 0)
    assert clopper_pearson_upper(0, of) < 0.01


@pytest.mark.parametrize("what", TOLERATED)
def test_tone_typos_and_length_change_a_need_in_one_of_twenty_at_most(what: str) -> None:
    of, up, down = flips(TOLERATED[what])
    assert (up + down) / of <= 0.05, f"{up} up, {down} down of {of}; below {clopper_pearson_upper(up + down, of):.3f}"
    assert mcnemar(up, down) >= 0.01, f"{up} up, {down} down of {of}"


def scores(texts: list[Held]) -> dict[str, tuple[float, float]]:
    """F1 and recall of each need."""
    read = [kind(need) for need in needs([(text.words, text.language) for text in texts])]
    truth = [text.need for text in texts]
    found = {}
    for need in NEEDS:
        both = sum(t == r == need for t, r in zip(truth, read, strict=True))
        found[need] = (2 * both / max(truth.count(need) + read.count(need), 1), both / truth.count(need))
    return found


def test_the_needs_of_held_back_texts_are_read() -> None:
    found = scores(held_back())
    assert sum(f1 for f1, _ in found.values()) / len(found) >= 0.80, found


def test_danger_is_hardly_ever_missed() -> None:
    assert scores(held_back())["danger"][1] >= 0.98


def test_complaints_to_a_bank_are_hardly_ever_read_as_danger() -> None:
    folder = os.environ.get("EVENHAND_DATA")
    if not folder or not (Path(folder) / "cfpb").is_dir():
        pytest.skip("set EVENHAND_DATA to the folder with the real complaints to run this")
    words = []
    for name in ("cfpb_2015_2020.csv.gz", "cfpb_random_2011_2020.csv"):
        raw = (Path(folder) / "cfpb" / name).read_bytes()
        text = (gzip.decompress(raw) if name.endswith(".gz") else raw).decode()
        words += [row["Consumer complaint narrative"] for row in csv.DictReader(io.StringIO(text, newline=""))]
    words = [each for each in words if each.strip()]
    assert len(words) > 1_000
    read = needs([(each, "en") for each in words])
    assert read.count("danger") / len(words) <= 0.01
