"""How the demo's weeks were drawn where the audit looks, contrast by contrast, beside what the audit says of it."""

from __future__ import annotations

from dataclasses import dataclass

from evenhand.fairness.live.models import Result
from evenhand.fairness.live.words import sentence
from evenhand.fairness.pages.found import Found, Of
from evenhand.stats.cells import Verdict

HOW = {
    "public": "Two in five contacts are public, by lot, without a look at the words. Nothing else in these weeks hangs "
    "on it, and the line cannot see it. Few cases suffice to prove it, because what the back office decides comes "
    "after much the same time for everybody.",
    "door": "By lot as well: a third by the button, a fifth by the form, the rest by the API.",
    "language": "Some twenty texts of ours are in Spanish, and each is said two or three times.",
    "place": "Until the quarter began, Fremont had somebody at the desk for two hours and a half a day. Then two moved "
    "there from Oakland, which since then has somebody for four hours a day. People write the same to all places.",
    "contact": "One in seven leaves no address, by lot; only who writes in private can.",
    "public_before": "One in seven writes again about something else. Few of them had been public before.",
    "reach": "Drawn for whoever posts: most have few followers, and a few have very many. Nobody at the desk sees it.",
}
"""By contrast. What was drawn, never what was found."""


@dataclass(frozen=True)
class Drawn:
    """One contrast: how it came about, and what the audit made of it last night."""

    title: str
    how: str
    verdict: Verdict
    says: tuple[str, ...]


def contrasts() -> list[Drawn]:
    """Every contrast that was audited, with its verdict as the report has it and what that rests on."""
    return [
        Drawn(of.contrast.title, HOW[of.contrast.name], of.verdict, _said(_telling(of)))
        for of in Found.lately().contrasts
        if of.contrast.name in HOW
    ]


def _said(results: list[Result]) -> tuple[str, ...]:
    """The first few sentences; groups alike in what is missing say the same."""
    return tuple(dict.fromkeys(map(sentence, results)))[:3]


def _telling(of: Of) -> list[Result]:
    """The results that made the verdict: where it is NOT PROVEN, all that is not proven the same."""
    if of.verdict is Verdict.NOT_PROVEN:
        return [each for each in of.judged if each.verdict != Verdict.EQUAL]
    return [each for each in of.judged if each.verdict == of.verdict]
