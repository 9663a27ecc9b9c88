"""What does this person need? Read from the words, the language and the place, and from nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from evenhand.care.triage import markings
from evenhand.care.triage.model import NEEDS, Model
from evenhand.care.triage.rules.danger import danger_in
from evenhand.care.triage.rules.deadline import FAR, READ, deadline_in
from evenhand.care.triage.rules.times import times_in

MODEL_FILE = Path(__file__).with_name("needs.npz")

LIKELY = 0.2  # whoever is unsure gives the most urgent need that is at least this likely
SURE = 0.5  # and above this nobody need be asked, unless danger is likely enough as well
GRADES = ((2.0, "deadline-120"), (1.0, "deadline-60"), (0.5, "deadline-30"), (0.25, "deadline-15"))
UNKNOWN_TIME = "deadline-120"
NOTHING_READ = "wrong"  # words with nothing in them to read wait under this standard until a person has seen them


@dataclass(frozen=True)
class Judgement:
    """need: a slug. confidence: how likely it is, by the model alone. probabilities: of each kind of need; "deadline"
    stands for its four grades. rule: what raised it, None where no rule did. is_sure: no person need confirm it.
    hours_left: to the customer's own deadline when they pressed send, None where not said."""

    need: str
    confidence: float
    probabilities: dict[str, float]
    rule: str | None
    is_sure: bool
    hours_left: float | None
    model_version: str


@cache
def shipped() -> Model:
    """The model that comes with the product, read once."""
    return Model.load(MODEL_FILE)


def graded(hours_left: float | None) -> str:
    """A quarter of the time left, rounded down to a grade; the shortest grade where less than an hour is left."""
    if hours_left is None:
        return UNKNOWN_TIME
    return next((grade for quarter, grade in GRADES if hours_left / 4 >= quarter), GRADES[-1][1])


def read(words: str, language: str, place: str, *, sent_at: datetime | None = None) -> Judgement:
    """The need in the words. Never raises, whatever the words; takes time in proportion to their length.
    sent_at: when the customer pressed send, in the place's own zone: a deadline's "at six" is counted from it."""
    return read_all([(words, language, place)], sent_at=[sent_at])[0]


def read_all(
    contacts: Sequence[tuple[str, str, str]], *, sent_at: Sequence[datetime | None] | None = None
) -> list[Judgement]:
    """`read` for many at once, each as (words, language, place); the same judgements, for a third of the time."""
    model = shipped()
    plain = [plainly(words, model) for words, _, _ in contacts]
    likely = model.probabilities([each.matter for each in plain]).tolist() if plain else []
    times = [None] * len(contacts) if sent_at is None else sent_at
    return [_judged(each, row, at, model.version) for each, row, at in zip(plain, likely, times, strict=True)]


def plainly(words: str, model: Model) -> markings.Plain:
    """The words without door markings and slips of the finger."""
    plain = markings.strip(words)
    said = model.spelling.mended(plain.said, plain.met)
    if said == plain.said:
        return plain
    matter = model.spelling.mended(plain.matter, plain.met)
    return markings.Plain(said, matter, frozenset(markings.WORD.findall(said)))


def _judged(plain: markings.Plain, likely: list[float], sent_at: datetime | None, version: str) -> Judgement:
    probabilities = dict(zip(NEEDS, likely, strict=True))
    if not markings.WORD.search(plain.said):
        return Judgement(NOTHING_READ, probabilities[NOTHING_READ], probabilities, None, False, None, version)
    danger = danger_in(plain.said, plain.met)
    deadline = deadline_in(plain.matter, sent_at, plain.met)
    open_to = dict(probabilities)
    if deadline is not None and deadline.hours is not None and deadline.hours > FAR:
        del open_to["deadline"]
        deadline = None

    top = max(open_to, key=lambda need: open_to[need])
    is_sure = open_to[top] >= SURE and (top == "danger" or open_to["danger"] < LIKELY)
    need = top if is_sure else next(need for need in NEEDS if open_to.get(need, 0.0) >= LIKELY or need == top)
    rule = None
    if danger is not None:
        rule, is_sure, need = danger, is_sure and top == "danger", "danger"
    elif deadline is not None and need != "danger":
        rule, is_sure, need = deadline.rule, is_sure and top == "deadline", "deadline"

    hours_left = deadline.hours if deadline is not None else None
    confidence = probabilities[need]
    if need == "deadline":
        if hours_left is None:
            hours_left = _soonest(plain.matter, sent_at)
        need = graded(hours_left)
    return Judgement(need, confidence, probabilities, rule, is_sure, hours_left, version)


def _soonest(matter: str, sent_at: datetime | None) -> float | None:
    hours = [time.hours for time in times_in(matter[:READ], sent_at) if time.hours is not None and time.hours <= FAR]
    return max(0.0, min(hours)) if hours else None
