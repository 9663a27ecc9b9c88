"""What the demo says: real complaints that may ship, and words of our own."""

import gzip
import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from importlib import resources
from pathlib import Path
from random import Random

import pytest

from evenhand.web.demo.organisation import PLACES, WORK
from evenhand.web.demo.words import (
    Text,
    answer,
    bodies,
    complaints,
    kinds_of,
    own_texts,
    said,
    texts,
)

HOUSE = Path(__file__).resolve().parents[2]
FOLDER = resources.files("evenhand.web.demo")
NEEDS = {"danger", "deadline", "shut-out", "question", "view", "thanks"}


def test_about_fourteen_hundred_real_complaints_ship_in_less_than_a_megabyte():
    assert 1_300 <= len(complaints()) <= 1_450
    assert len((FOLDER / "cfpb.jsonl.gz").read_bytes()) <= 1_000_000


def test_no_complaint_and_no_text_comes_twice():
    words = [text.words.casefold() for text in texts()]
    assert len(set(words)) == len(words)
    numbers = [text.complaint_id for text in complaints()]
    assert len(set(numbers)) == len(numbers)


def test_complaints_are_of_many_products_and_most_are_short():
    assert Counter(text.topic for text in complaints()).most_common()[-1][1] >= 20
    assert len({text.issue for text in complaints()}) >= 60
    assert sum(len(text.words) <= 1_200 for text in complaints()) >= 0.6 * len(complaints())


def test_no_complaint_is_mostly_blacked_out():
    worst = max(text.words.count("X") / len(text.words) for text in complaints())
    assert worst < 0.2


def test_every_kind_of_private_need_has_texts_of_our_own_some_in_spanish():
    by_need = Counter(text.label for text in own_texts())
    assert set(by_need) == NEEDS
    assert min(by_need.values()) >= 15
    assert {text.label for text in own_texts() if text.language == "es"} == NEEDS
    assert {text.language for text in own_texts()} == {"en", "es"}


def test_a_text_that_names_a_branch_is_said_there():
    slugs = {place.slug for place in PLACES}
    for text in own_texts():
        assert text.place is None or text.place in slugs
        for slug in slugs - {"lakeside"}:
            if slug in text.words.lower():
                assert text.place == slug, text.words


def test_a_text_with_an_hour_in_it_comes_at_an_hour_that_fits():
    for text in own_texts():
        if text.between:
            begins, ends = text.between
            assert 0 <= begins < ends <= 24


def a_text_of(topic: str, language: str = "en") -> Text:
    return next(text for text in texts() if text.topic == topic and text.language == language)


@pytest.mark.parametrize("need", sorted(WORK))
def test_staff_have_forty_answers_and_more_to_each_need(need):
    chance = Random(1)
    about = [text for text in texts() if text.language == "en" and text.label in (None, need)]
    answers = {
        answer(need, text, kind, agent="Maya Okafor", by="Tuesday", chance=chance)
        for text in about
        for kind in kinds_of(need, text)
    }
    assert len(answers) >= 40


@pytest.mark.parametrize("need", sorted(WORK))
def test_there_is_an_answer_that_solves_for_every_text_whatever_need_triage_finds(need):
    chance = Random(2)
    for text in texts():
        assert "solves" in kinds_of(need, text)
        reply = answer(need, text, "solves", agent="J. Ames", by="Friday", chance=chance)
        assert "J. Ames" in reply
        assert "{" not in reply


def test_a_promise_says_by_when_and_a_question_asks_something():
    chance = Random(3)
    for text in (a_text_of("mortgage"), a_text_of("credit-report"), a_text_of("access", "es")):
        need = text.label or "wrong"
        promise = answer(need, text, "promises", agent="Wei Zhang", by="Thursday at noon", chance=chance)
        assert "Thursday at noon" in promise
        assert all("?" in body for body in bodies(need, text, "asks"))


def test_nobody_is_promised_anything_for_a_thank_you():
    for language in ("en", "es"):
        text = next(t for t in own_texts() if t.label == "thanks" and t.language == language)
        assert kinds_of("thanks", text) == ("solves",)
        with pytest.raises(ValueError, match="thanks"):
            answer("thanks", text, "asks", agent="Wei Zhang", by="noon", chance=Random(1))


def test_a_spanish_letter_gets_a_spanish_answer():
    english = {word for need in WORK for word in bodies(need, a_text_of("mortgage"), "solves")}
    for text in (t for t in own_texts() if t.language == "es"):
        for kind in kinds_of(text.label or "", text):
            assert not english & set(bodies(text.label or "", text, kind))
    assert said("answers", "es", Random(1)) != said("answers", "en", Random(1))


def test_nobody_in_danger_is_answered_about_something_else():
    for text in own_texts():
        if text.label == "danger":
            others = {
                body
                for other in own_texts()
                if other.label == "danger" and other.topic != text.topic
                for body in bodies("danger", other, "solves")
            }
            assert not others & set(bodies("danger", text, "solves")), text.words


def test_no_answer_hands_out_a_number_or_an_address_of_ours():
    raw = (FOLDER / "replies.toml").read_text("utf-8")
    assert "http" not in raw
    assert "@" not in raw
    assert "555" not in raw


def test_the_choice_of_complaints_can_be_made_again_to_the_byte(tmp_path):
    data = os.environ.get("EVENHAND_DATA")
    if not data or not Path(data, "cfpb").is_dir():
        pytest.skip("EVENHAND_DATA is unset or holds no cfpb/: the real complaints are not here")
    copy = tmp_path / "house"
    (copy / "tools").mkdir(parents=True)
    (copy / "src/evenhand/web/demo").mkdir(parents=True)
    source = HOUSE / "tools/make_demo_words.py"
    (copy / "tools/make_demo_words.py").write_bytes(source.read_bytes())
    subprocess.run(
        [sys.executable, str(copy / "tools/make_demo_words.py")],
        check=True,
        capture_output=True,
        env={"EVENHAND_DATA": data, "PYTHONPATH": str(HOUSE / "src"), "PATH": os.environ["PATH"]},
    )
    # The compressor may differ between machines; what it holds may not.
    made = gzip.decompress((copy / "src/evenhand/web/demo/cfpb.jsonl.gz").read_bytes())
    shipped = gzip.decompress((FOLDER / "cfpb.jsonl.gz").read_bytes())
    assert hashlib.sha256(made).hexdigest() == hashlib.sha256(shipped).hexdigest()
    first = json.loads(made.splitlines()[0])
    assert list(first) == [
        "words", "product", "issue", "date_received", "submitted_via", "state", "complaint_id",
    ]  # fmt: skip
