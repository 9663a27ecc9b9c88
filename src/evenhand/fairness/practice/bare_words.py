"""Words as whoever codes them again may see them: without what a door leaves on them, and without personal details.

A handle, a link and an address become the same sign, so that a post with a handle looks like a mail with an address.
What stands in front to call us, and the tags at the end, are left out whole, for nothing but a post has them. Threats
to post, tone and capitals stay: they are the customer's words, and how triage reads them is what is looked at.
Words may still tell the door by what they say ("as I told your colleague at the counter"), or by being short.
"""

from __future__ import annotations

import re

HIDDEN = "[…]"
NUMBER = "[number]"
MOST_WORDS = 4_000
"""Characters shown: enough to read any need."""

_ADDRESS = re.compile(r"(?:https?://|www\.)\S{1,2000}|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_HANDLE = re.compile(r"(?<![\w@])[@＠]\w[\w.-]{0,80}(?:@[\w.-]{1,80})?")
_CALLING = re.compile(rf"\A(?:(?:RT|via|cc)\b:?\s*|[.,:]?\s*{re.escape(HIDDEN)}[\s,:]*)+", re.IGNORECASE)
_LAST_TAGS = re.compile(r"(?:\s*[#＃]\w[\w-]{0,80}|\s*" + re.escape(HIDDEN) + r")+\s*\Z")
_TAG = re.compile(r"(?<!\w)[#＃](?=[^\W\d])")
_LONG_NUMBER = re.compile(r"(?<!\w)\+?\d(?:[\d .()/-]{4,24})\d(?!\w)")
_SHORT_NUMBERS = re.compile(r"\D")
_HEADER = re.compile(r"\A\s*(?:subject|re|fwd?|betreff|aw|asunto|rv)\s*:\s*", re.IGNORECASE)
_DEVICE = re.compile(r"^[ \t>-]*(?:sent from|get outlook|enviado desde|gesendet von|von meinem)\b.{0,80}$", re.I | re.M)
_DIGITS = 6
"""So many digits together may name somebody; fewer are an amount, a date or an hour."""


def bare(words: str) -> str:
    """The words to be coded; "" where nothing but markings was said. Takes time in proportion to their length."""
    text = words[:MOST_WORDS]
    while (without := _HEADER.sub("", text)) != text:
        text = without
    text = _DEVICE.sub("", text)
    text = _HANDLE.sub(HIDDEN, _ADDRESS.sub(HIDDEN, text))
    text = _CALLING.sub("", text.strip())
    text = _LAST_TAGS.sub("", text)
    text = _TAG.sub("", text)
    text = _LONG_NUMBER.sub(
        lambda found: NUMBER if len(_SHORT_NUMBERS.sub("", found[0])) >= _DIGITS else found[0], text
    )
    text = re.sub(r"[ \t]{2,}", " ", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()
