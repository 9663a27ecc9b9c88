"""What a case is called: its customer's own first words."""

from __future__ import annotations

import re

LONGEST = 80
# "Hi." or "Dr." ends no sentence that could stand as a title.
_FIRST_SENTENCE = re.compile(r".{11,78}?[.!?](?=\s)")


def title_of(words: str) -> str:
    """The first sentence of the words, or as much of it as a headline holds; "" where there are none."""
    first = " ".join(words.split())
    if (sentence := _FIRST_SENTENCE.match(first)) is not None:
        return sentence[0].removesuffix(".")
    if len(first) <= LONGEST:
        return first.removesuffix(".")
    return first[:LONGEST].rsplit(" ", 1)[0].rstrip(",;:") + "…"
