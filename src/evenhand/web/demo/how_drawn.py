"""How the demo's weeks were drawn where the audit looks, contrast by contrast, beside what the audit says of it."""

from __future__ import annotations

from dataclasses import dataclass

from evenhand.fairness.live import reading
from evenhand.fairness.live.contrasts import CONTRASTS
from evenhand.fairness.live.words import sentence

HOW = {
    "public": "Two in five contacts are public, by lot, without a look at the words. Nothing else in these weeks hangs "
    "on it, and the line cannot see it. Few cases suffice to prove it, because what the back office decides comes "
    "after much the same time for everybody.",
    "door": "By lot as well: a third by the button, a fifth by the form, the rest by the API.",
    "language": "Some twenty texts of ours are in Spanish, and each is said two or three times.",
    "place": "Until the quarter began, Fremont had somebody at the desk for two hours and a half a day. Then two moved "
    "there from Oakland, which since then has somebody for four hours and a half. People write the same to all places.",
    "contact": "One in seven leaves no address, by lot.",
    "public_before": "One in seven writes again about something else. Few of them had been public before.",
    "reach": "Drawn for whoever posts: most have few followers, and a few have very many. Nobody at the desk sees it.",
}
"""By contrast. What was drawn, never what was found."""


@dataclass(frozen=True)
class Drawn:
    """One contrast: how it came about, and what the audit made of it last night."""

    title: str
    how: str
    verdict: str
    says: tuple[str, ...]


def contrasts() -> list[Drawn]:
    """Every contrast that was audited, with its verdict and what is said of its headlines."""
    latest = list(reading.latest().values())
    found = []
    for contrast in CONTRASTS:
        of = [result for result in latest if result.contrast == contrast.name]
        if not of or contrast.name not in HOW:
            continue
        verdict = reading.verdict_of(of)
        telling = [each for each in of if each.outcome in reading.HEADLINES and each.verdict == verdict]
        found.append(Drawn(contrast.title, HOW[contrast.name], verdict.value, tuple(map(sentence, telling[:2]))))
    return found
