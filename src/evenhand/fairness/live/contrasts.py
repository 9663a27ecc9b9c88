"""Who is compared with whom, and in what. A contrast is a row here; one more is one more row.

What an organisation's rows cannot tell yet is named in `NOT_YET`, with its place in the house.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, combinations
from math import floor, log10
from typing import Any, NamedTuple

from django.utils.translation import get_language_info

from evenhand.care.cases.catalogue import catalogue
from evenhand.fairness.live.models import Clock

BANDS_TO_A_POWER_OF_TEN = 4
LEAST_FOR_THIRDS = 90
"""Cases of known reach that it takes to cut thirds, thirty to each."""


class Traits(NamedTuple):
    """What the groups of a case follow from: how its *first* contact came in, and from whom."""

    door: str
    is_public: bool
    language: str
    place: str
    has_address: bool
    was_public_before: bool | None
    reach_band: int | None


GroupOf = Callable[[Traits, Sequence[int] | None], str | None]
"""The group of a case, given where the thirds of reach begin; None where it is in none of them."""


@dataclass(frozen=True)
class Contrast:
    """One question put every night. reference: the group that others stand against; the largest where none is named.

    has_hours_of_its_own: its groups keep different hours, so that a cell counts when the last of them is mature.
    """

    name: str
    title: str
    asks: str
    group_of: GroupOf
    reference: str | None = None
    labels: tuple[tuple[str, str], ...] = ()
    has_hours_of_its_own: bool = False

    def label(self, group: str) -> str:
        """A group as it is called in a sentence, before "cases"."""
        if self.name == "language":
            return _language(group)
        if self.name == "place":
            places = catalogue().places
            return places[group].name if group in places else group
        return dict(self.labels).get(group, group)


def _reach(traits: Traits, cuts: Sequence[int] | None) -> str | None:
    if cuts is None or traits.reach_band is None:
        return None
    return ("few", "some", "many")[sum(traits.reach_band >= cut for cut in cuts)]


def _either(value: bool | None, yes: str, no: str) -> str | None:
    return None if value is None else yes if value else no


CONTRASTS: tuple[Contrast, ...] = (
    Contrast(
        "public",
        "Public and private",
        "Does going public get anybody an answer sooner?",
        lambda traits, cuts: "public" if traits.is_public else "private",
        "private",
    ),
    Contrast(
        "door",
        "By door",
        "Is every way in alike?",
        lambda traits, cuts: traits.door or None,
        labels=(
            ("form", "web form"),
            ("button", "red button"),
            ("status", "private page"),
            ("api", "API"),
            ("sms", "SMS"),
            ("mastodon", "Mastodon"),
            ("bluesky", "Bluesky"),
            ("x", "X"),
        ),
    ),
    Contrast("language", "By language", "Does it matter in which language?", lambda traits, cuts: traits.language),
    Contrast(
        "place",
        "By place",
        "Is every place alike?",
        lambda traits, cuts: traits.place,
        has_hours_of_its_own=True,
    ),
    Contrast(
        "contact",
        "No contact details left and left",
        "Is who leaves no address served as well?",
        lambda traits, cuts: _either(traits.has_address, "reachable", "anonymous"),
        "reachable",
    ),
    Contrast(
        "public_before",
        "Complained in public before and not",
        "Does anybody pay for having complained in public?",
        lambda traits, cuts: _either(traits.was_public_before, "once-public", "never-public"),
        "never-public",
    ),
    Contrast(
        "reach",
        "Many followers and few",
        "Do followers buy a place?",
        _reach,
        "few",
        (("few", "few-followers"), ("some", "some-followers"), ("many", "many-followers")),
    ),
)
BY_NAME = {contrast.name: contrast for contrast in CONTRASTS}


@dataclass(frozen=True)
class Compared:
    """What is compared on which clock. is_time: a wait; else a rate."""

    name: str
    clock: Clock
    title: str
    is_time: bool


OUTCOMES: tuple[Compared, ...] = (
    Compared("in_time", Clock.ANSWER, "Answered in time", is_time=False),
    Compared("wait", Clock.ANSWER, "First answer", is_time=True),
    Compared("asked", Clock.ANSWER, "Asked something back before anything was answered", is_time=False),
    Compared("solved", Clock.SOLUTION, "Solved", is_time=True),
)

NOT_YET = {
    "remedy": "No remedy is recorded yet. Once remedies are given by a policy, they are audited from the same rows.",
    "amount": "As remedy: there are no amounts before there are remedies.",
    "repeated": (
        "Whether a customer was asked again for what they had told: earlier tries (attempts) are not recorded yet. "
        "Until they are, the audit says who was asked something back before anything was answered."
    ),
}
"""Outcomes that need rows which do not exist yet, and where these will be."""


def band(reach: Any) -> int | None:
    """The band of a door's reach, four to each power of ten; None where it told no followers. Never the number."""
    followers = reach.get("followers") if isinstance(reach, dict) else None
    if isinstance(followers, bool) or not isinstance(followers, int | float) or not 0 <= followers < 1e12:
        return None
    return floor(BANDS_TO_A_POWER_OF_TEN * log10(followers + 1))


def thirds(bands: Sequence[int]) -> list[int] | None:
    """Where the second and the third third begin, as near to thirds as bands allow; None for too few, or all alike."""
    if len(bands) < LEAST_FOR_THIRDS:
        return None
    count = Counter(bands)
    rising = sorted(count)
    below = [0, *accumulate(count[band] for band in rising)]

    def unevenness(cuts: tuple[int, int]) -> int:
        first, second = cuts
        return below[first] ** 2 + (below[second] - below[first]) ** 2 + (below[-1] - below[second]) ** 2

    best = min(combinations(range(1, len(rising)), 2), key=unevenness, default=None)
    return None if best is None else [rising[cut] for cut in best]


def followers_from(cut: int) -> int:
    """The fewest followers of a band: what a third is said to begin at."""
    return round(10 ** (cut / BANDS_TO_A_POWER_OF_TEN)) - 1


def _language(code: str) -> str:
    try:
        return str(get_language_info(code)["name"])
    except KeyError:
        return code
