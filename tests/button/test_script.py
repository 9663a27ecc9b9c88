"""The button's script as a file: small, plain, honest."""

from __future__ import annotations

import gzip
import re

from evenhand.doors.button.script import SOURCE, script

FRENCH = {"fr": {"cry": "À l'aide !"}}


def test_the_button_weighs_at_most_six_kilobytes() -> None:
    assert len(gzip.compress(script(is_public_never_faster=True).encode(), 9)) <= 6 * 1024


def test_every_message_is_there_in_english_and_in_spanish() -> None:
    english, spanish = re.findall(r"^    (?:en|es): \{(.*?)^    \}", SOURCE.read_text(), re.DOTALL | re.MULTILINE)
    names = [re.findall(r'(\w+): "', book) for book in (english, spanish)]
    assert names[0] == names[1]
    said = set(re.findall(r"\bsay\.(\w+)", SOURCE.read_text()))
    assert said == set(names[0])


def test_public_is_never_faster_is_told_only_while_a_finding_says_so() -> None:
    assert "neverFaster:true" not in script().replace('"', "")
    assert '{"neverFaster":true}' in script(is_public_never_faster=True)


def test_more_languages_come_with_the_script() -> None:
    assert "À l'aide !" in script(messages=FRENCH)


def test_d40_the_button_uses_no_cookie_no_frame_and_nothing_that_reads_text_as_code() -> None:
    text = script().replace("script.src", "")
    assert not re.search(r"cookie|iframe|(inner|outer)HTML|insertAdjacent|document\.write|postMessage|\.src =", text)
    assert not re.search(r"\beval\b|new Function|setTimeout\([\"'`]", text)
