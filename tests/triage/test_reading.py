# ruff: noqa: E501  (lists of texts are read whole)
"""What triage may see, and what it says."""

import dataclasses
import inspect
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.care.triage import markings, reading
from evenhand.care.triage.model import NEEDS
from evenhand.care.triage.reading import Judgement, graded, read, read_all
from evenhand.care.triage.rules.danger import RULES, danger_in
from evenhand.care.triage.rules.deadline import deadline_in

MONDAY_TEN = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
ORDER = ("danger", "deadline-15", "deadline-30", "deadline-60", "deadline-120", *NEEDS[2:])


def test_triage_gets_the_words_the_language_the_place_and_when_they_were_sent() -> None:
    assert list(inspect.signature(read).parameters) == ["words", "language", "place", "sent_at"]
    assert list(inspect.signature(read_all).parameters) == ["contacts", "sent_at"]


def test_a_judgement_has_no_field_for_how_the_words_came_in() -> None:
    assert [field.name for field in dataclasses.fields(Judgement)] == [
        "need", "confidence", "probabilities", "rule", "is_sure", "hours_left", "model_version",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "need"),
    [
        ("the heater you sold us smells of gas", "danger"),
        ("the code never arrives", "shut-out"),
        ("charged twice", "money"),
        ("one digit of the VIN is wrong", "wrong"),
        ("do I need an appointment?", "question"),
        ("why hide the phone number?", "view"),
        ("she was wonderful with my father", "thanks"),
        ("la caldera huele a gas", "danger"),
        ("el código nunca llega", "shut-out"),
    ],
)
def test_the_published_examples_are_read_as_published(words: str, need: str) -> None:
    assert read(words, "en", "").need == need


def test_a_flight_at_six_is_a_deadline_that_grows_more_urgent() -> None:
    words = "my flight leaves at six"
    sent = [MONDAY_TEN.replace(hour=hour, minute=minute) for hour, minute in ((8, 0), (12, 0), (15, 0), (17, 30))]
    judged = read_all([(words, "en", "")] * 4, sent_at=sent)
    assert [each.need for each in judged] == ["deadline-120", "deadline-60", "deadline-30", "deadline-15"]
    assert [each.hours_left for each in judged] == [10, 6, 3, 0.5]


def test_a_quarter_of_the_time_left_is_rounded_down_to_a_grade() -> None:
    left = (0.2, 1, 1.9, 2, 3.9, 4, 7.9, 8, 40, None)
    assert [graded(hours).removeprefix("deadline-") for hours in left] == (
        ["15", "15", "15", "30", "30", "60", "60", "120", "120", "120"]
    )


def test_an_event_weeks_away_is_no_deadline() -> None:
    judged = read("I fly in three weeks, do I need a visa?", "en", "", sent_at=MONDAY_TEN)
    assert judged.need == "question"


@pytest.mark.parametrize("words", ["", " \n ", "\0\0", "🔥❤️", "@bank #fail", "...", "?!"])
def test_words_with_nothing_to_read_wait_for_a_person(words: str) -> None:
    judged = read(words, "en", "")
    assert (judged.need, judged.is_sure) == ("wrong", False)


def test_one_word_is_a_message() -> None:
    assert read("help", "en", "").need in NEEDS[2:]


def test_many_at_once_are_judged_as_each_alone() -> None:
    words = ["the code never arrives", "", "charged twice. It rained.", "smoke in the hall", "x" * 5_000, "danke"]
    together = read_all([(each, "en", "") for each in words])
    for each, judged in zip(words, together, strict=True):
        alone = read(each, "en", "")
        assert (alone.need, alone.rule, alone.is_sure) == (judged.need, judged.rule, judged.is_sure)
        assert alone.probabilities == pytest.approx(judged.probabilities)


def test_the_unsure_get_the_most_urgent_need_that_is_likely_enough() -> None:
    seen = 0
    for words in ("it", "card", "about the form", "number four", "please look at my papers from May", "the blue one"):
        judged = read(words, "en", "")
        if judged.is_sure or judged.rule:
            continue
        seen += 1
        likely = [need for need in NEEDS if judged.probabilities[need] >= reading.LIKELY]
        top = max(judged.probabilities, key=lambda need: judged.probabilities[need])
        assert judged.need.split("-1")[0] == (likely[0] if likely and likely[0] in (*likely, top) else top)
    assert seen


COMMON = sorted(
    set(
        markings.WORD.findall(
            "my gas card flight at six is on fire thanks regards if i will post hi dear and the not no"
        )
    )
)
texts = st.one_of(
    st.text(max_size=400),
    st.text(alphabet="ab .,!?@#\n'-:9", max_size=400),
    st.lists(st.sampled_from(COMMON), max_size=40).map(" ".join),
)  # fmt: skip


@given(texts)
@settings(max_examples=400, deadline=None)
def test_a_rule_only_ever_raises_a_need(words: str) -> None:
    judged = read(words, "en", "", sent_at=MONDAY_TEN)
    if judged.rule is None:
        return
    quiet = [need for need in NEEDS if judged.probabilities[need] >= reading.LIKELY]
    top = max(judged.probabilities, key=lambda need: judged.probabilities[need])
    without = (
        "danger" if "danger" in quiet else top if judged.probabilities[top] >= reading.SURE else (quiet or [top])[0]
    )
    kind = "deadline" if judged.need.startswith("deadline") else judged.need
    assert NEEDS.index(kind) <= NEEDS.index(without)


@given(
    texts,
    st.sampled_from(
        [
            "@evenhand", "@Some_Bank", "#fail", "#NeverAgain #boycott", "I have two million followers.", "I'll tweet this.",
            "I will post this on Facebook.", "I'm going to the press.", "I have 40k followers on Instagram.", "I am an influencer.",
        ]
    ),
    st.booleans(),
)  # fmt: skip
@settings(max_examples=600, deadline=None)
def test_words_cannot_buy_a_place(words: str, loud: str, is_first: bool) -> None:
    said = f"{loud} \n{words}" if is_first else f"{words} . {loud}"
    plain = words if is_first else f"{words} . "
    assert _words(said) == _words(plain)
    assert _judged(said) == _judged(plain)


def _words(words: str) -> list[str]:
    return markings.WORD.findall(markings.strip(words).matter)


def _judged(words: str) -> tuple[object, ...]:
    judged = read(words, "en", "", sent_at=MONDAY_TEN)
    return (judged.need, judged.probabilities, judged.rule, judged.hours_left)


@pytest.mark.parametrize(
    "words",
    [
        "a" * 100_000, "\0" * 100_000, "@" * 100_000, "#" * 100_000, "a@" * 50_000, " " * 100_000, "\n" * 100_000, "hi " * 33_000,
        "thanks, " * 12_500, "if you " * 14_000, "i will " * 14_000, "regards " * 12_500, "not no " * 14_000, "gas leak smell " * 7_000,
        "at 6 " * 20_000, "flight tomorrow at 6 " * 5_000, "🔥" * 25_000, "שלום " * 20_000, "a.b@c." * 16_000, "#a" * 50_000, "-- \n" * 25_000,
        "my name is " * 9_000, "1" * 100_000, "1.1." * 25_000, "followers " * 10_000, "a million " * 10_000, "or else if i " * 7_000,
        "\ud800" * 1000, "ﷺ" * 5_000, "?" * 100_000, "threat kill fire smoke " * 4_000, "in two hours " * 7_000, "so so very urgent " * 5_000,
        "idiot you " * 10_000, "heating off " * 8_000, "re: " * 25_000, "".join(chr(97 + i % 26) * (i % 7) + " " for i in range(20_000)),
    ],
)  # fmt: skip
def test_any_text_is_read_in_bounded_time(words: str) -> None:
    begun = time.process_time()
    judged = read(words, "xx", "nowhere", sent_at=MONDAY_TEN)
    assert time.process_time() - begun < 2.0
    assert judged.need in ORDER


@given(
    st.text(max_size=300),
    st.text(max_size=8),
    st.datetimes(timezones=st.just(UTC)).filter(lambda at: 2 < at.year < 9990),
)
@settings(max_examples=300, deadline=None)
def test_no_text_raises(words: str, language: str, sent_at: datetime) -> None:
    assert read(words, language, "", sent_at=sent_at).need in ORDER


def test_the_model_is_small_and_needs_numpy_alone() -> None:
    assert reading.MODEL_FILE.stat().st_size < 20_000_000
    code = (
        "import sys, time; begun = time.process_time(); from evenhand.care.triage import reading; reading.shipped();"
        "print(time.process_time() - begun); "
        "print(sorted({'torch', 'sklearn', 'scipy', 'django'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": "src"}
    )
    took, heavy = done.stdout.split("\n")[:2]
    assert heavy == "[]"
    assert float(took) < 1.0  # with numpy's own start; the model alone stays below .5, see the next test
    begun = time.process_time()
    reading.Model.load(reading.MODEL_FILE)
    assert time.process_time() - begun < 0.5


@pytest.mark.parametrize(
    "words",
    [
        "the staff were on fire today, great work", "my account is in danger of overdraft", "I was shocked by the bill",
        "identity theft on my report", "no smoke, no smell, it just does not heat", "smoke detectors are on sale?", "fire sale prices were wrong",
        "I got fired and cannot pay", "the gas station charged me twice", "my gas bill is too high", "what is your gas mileage", "the machine swallowed my card",
        "this fee is killing me", "they threatened to hurt my credit score", "the website is killing me", "I am trapped in a contract",
        "the market collapsed", "how do I install a smoke detector?", "your shop is on fire with these offers", "my phone line is dead",
        "el cajero se tragó mi tarjeta", "la factura del gas", "mi línea está muerta", "that was a bomb of a party",
    ],
)  # fmt: skip
def test_no_rule_for_danger_is_met_by_a_figure_of_speech(words: str) -> None:
    assert danger_in(markings.strip(words).said) is None


@pytest.mark.parametrize(
    "words",
    [
        "gas smell in the stairs", "there's smoke coming from the outlet", "my son swallowed a battery", "I want to kill myself",
        "he threatened to kill me", "no heating and we have a newborn", "insulin has not arrived", "we are stuck in the elevator",
        "the brakes don't work", "SHE CAN'T BREATHE", "hay una fuga de gas", "quiero quitarme la vida", "sin calefacción con un bebé",
        "me amenazó de muerte", "it smells of #gas here", "die Heizung riecht nach Gas", "il y a le feu", "I am not kidding, smoke is pouring out of the wall",
    ],
)  # fmt: skip
def test_a_danger_in_plain_words_is_found_by_rule_whatever_the_model_thinks(words: str) -> None:
    assert danger_in(markings.strip(words).said) is not None


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ("I can't go on", "self-harm"), ("I cannot go on like this any more.", "self-harm"), ("I can’t go on. Nobody answers.", "self-harm"),
        ("thoughts of self-harm", "self-harm"), ("my family would be better off without me", "self-harm"), ("ich bringe mich um", "self-harm"),
        ("je veux en finir avec la vie", "self-harm"), ("j'ai envie de me faire du mal", "self-harm"), ("no quiero seguir viviendo", "self-harm"),
        ("mein Mann bringt mich um", "violence"), ("er bringt mich um, wenn ich heimkomme", "violence"), ("me sigue un hombre", "violence"),
        ("shots fired in the parking lot", "violence"), ("tiene una navaja", "violence"),
        ("tengo dolor en el pecho", "breath, heart, collapse"), ("mon père fait une crise cardiaque", "breath, heart, collapse"),
        ("une réaction allergique après le repas", "breath, heart, collapse"), ("he passed out in the hall", "breath, heart, collapse"),
        ("Einsturzgefahr im Treppenhaus", "falling or collapsing"), ("das Haus droht einzustürzen, Teile sind schon vom Einsturz betroffen", "falling or collapsing"),
        ("le mur s'effondre", "falling or collapsing"), ("la scène s'effondrait", "falling or collapsing"),
        ("der Notausgang ist versperrt", "falling or collapsing"), ("der Notausgang war zu!", "falling or collapsing"),
        ("l'issue de secours est bloquée", "falling or collapsing"), ("la salida de emergencia está cerrada", "falling or collapsing"),
        ("the floor gave way", "falling or collapsing"), ("es besteht Lebensgefahr", "hurt"), ("das ist lebensgefährlich", "hurt"),
        ("ich habe einen Schlag bekommen", "electricity"), ("exposed wiring in the hall", "electricity"),
        ("wir haben eine Lebensmittelvergiftung", "poison or contamination"), ("le chien a été empoisonné", "poison or contamination"),
        ("tengo quemaduras", "fire"), ("l'usine a explosé", "explosion"), ("les freins, le conducteur est ivre", "driving"),
    ],
)  # fmt: skip
def test_a_danger_is_found_by_the_words_that_tell_it_alone(words: str, rule: str) -> None:
    assert danger_in(markings.strip(words).said) == rule


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ("I want to kill myself, my phone is the only thing I have left", "self-harm"), ("I'm going to end my life. The battery is low", "self-harm"),
        ("I want to kill myself and my phone is going to die", "self-harm"), ("my battery keeps dying and I want to die", "self-harm"),
        ("my phone is dead. I want to die", "self-harm"), ("I will kill myself, my family gets the life insurance policy", "self-harm"),
        ("quiero morir, mi laptop es todo lo que tengo", "self-harm"), ("ich will sterben, der Laptop ist mein letzter Freund", "self-harm"),
        ("je veux mourir, mon laptop est tout ce que j'ai", "self-harm"),
        ("he hit me and took my identity card", "violence"), ("he beat me and stole my identity", "violence"), ("he threatened to kill me, my identity is no secret to him", "violence"),
        ("einen Schlag bekommen, als ich den Stecker zog", "electricity"), ("in the car, going to die", "self-harm"),
        ("mi padre casi se muere de un infarto", "breath, heart, collapse"),
    ],
)  # fmt: skip
def test_what_is_named_beside_a_danger_does_not_hide_it(words: str, rule: str) -> None:
    said = markings.strip(words).said
    assert next(each for each in RULES if each.name == rule).holds(said)
    assert danger_in(said) is not None


@pytest.mark.parametrize(
    "words",
    [
        "my phone is dead", "my phone is going to die", "the battery is just about ready to die", "the laptop's going to die", "my battery keeps dying",
        "a cake I am ready to die for", "killing myself laughing", "ending my life insurance policy", "does life insurance pay after suicide?",
        "identity theft: they are attacking my credit", "my identity was attacked", "the threat of identity theft could harm us", "my laptop wants to die", "I was robbed, somebody stole my identity", "this can't go on any more", "I can't go on the website any more",
        "I can't go on vacation", "auf einen Schlag von meinem Konto abgebucht", "einen Schlag bekommen, als ich die Rechnung sah", "die Hitze bringt mich um", "das bringt mich um den Schlaf",
        "die Bank bringt mich um mein Erspartes", "bring mich um den Verstand", "der Einsturz der Preise", "les prix s'effondrent", "der Weg vom Notausgang zum Parkplatz",
        "j'ai failli faire une crise cardiaque en voyant la facture", "casi me da un infarto con la factura", "ich habe fast einen Herzinfarkt bekommen",
        "es besteht keine Lebensgefahr", "they are hitting my credit every month",
    ],
)  # fmt: skip
def test_a_figure_of_speech_that_shares_its_words_with_danger_raises_nothing(words: str) -> None:
    assert danger_in(markings.strip(words).said) is None


@pytest.mark.parametrize(
    "words",
    ["the code never arrives. Si no, voy a publicarlo en Twitter", "the code never arrives. I had to post this on Facebook"],
)  # fmt: skip
def test_a_threat_to_post_is_taken_off_with_the_two_words_before_it(words: str) -> None:
    assert markings.WORD.findall(markings.strip(words).matter) == ["the", "code", "never", "arrives"]


def test_a_check_in_is_a_deadline() -> None:
    for words in ("check-in is at 12", "the check in is at 12"):
        found = deadline_in(markings.strip(words).matter, MONDAY_TEN)
        assert found is not None
        assert found.hours == pytest.approx(2)


@pytest.mark.parametrize(
    ("words", "hours"),
    [
        ("my train leaves in 40 minutes", 40 / 60), ("closing is tomorrow 10 am", 24), ("the court hearing is today", 8),
        ("my flight leaves at 6pm", 8), ("the exam starts at noon", 2), ("rent is due by midnight", 14), ("we leave in half an hour, flight 12", 0.5),
        ("mi vuelo sale a las seis", 8), ("la audiencia es mañana a las 9", 23), ("mein Flug geht um 18 Uhr", 8), ("mon vol part à 18h", 8),
        ("boarding now, my seat is gone", 0.5), ("the hearing is on Tuesday at 9:30", 23.5), ("surgery is tomorrow morning", 23),
        ("my bus leaves at half past ten", 0.5), ("the ferry goes in an hour and a half", None),
    ],
)  # fmt: skip
def test_the_hours_left_are_counted_from_when_it_was_sent(words: str, hours: float | None) -> None:
    found = deadline_in(markings.strip(words).matter, MONDAY_TEN)
    if hours is None:
        return
    assert found is not None
    assert found.hours == pytest.approx(hours, abs=0.01)


@pytest.mark.parametrize(
    "words",
    ["what time does the last bus leave?", "my flight was cancelled yesterday at six", "I moved to 6 Court Street", "the bus is late every day at 8"],
)  # fmt: skip
def test_a_time_that_is_past_or_asked_for_is_no_deadline(words: str) -> None:
    assert deadline_in(markings.strip(words).matter, MONDAY_TEN) is None


def test_the_clock_is_the_customers_own() -> None:
    early, late = MONDAY_TEN, MONDAY_TEN + timedelta(hours=7)
    words = ("the office closes at six and I must hand it in", "en", "")
    first, last = read_all([words, words], sent_at=[early, late])
    assert (first.need, last.need) == ("deadline-120", "deadline-15")
