"""Markup in which everything that comes from outside is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

from evenhand.fairness.parity.words import plain


class Markup(str):
    """Text that is markup already. Templates take it as it is."""

    __slots__ = ()

    def __html__(self) -> Markup:
        return self


NOTHING = Markup("")
_UNITS = re.compile(r"(?<=[\d,.]) (?=(?:%|min|h|days?|points?|pts?|weeks?)\b|%)")


def text(words: object) -> Markup:
    """Words as markup: markup stays what it is, all else is escaped, on one line and without control characters.
    A number stays beside its unit."""
    if isinstance(words, Markup):
        return words
    return Markup(_UNITS.sub("\N{NO-BREAK SPACE}", escape(plain(words), quote=True)))


def exact(words: str) -> Markup:
    """What is to be copied letter for letter, escaped; without the controls that markup cannot hold."""
    return Markup(escape("".join(c for c in words if c in "\n\t" or c >= " "), quote=True))


def joined(parts: Iterable[object], between: str = "") -> Markup:
    """Several, each escaped unless it is markup, one after the other."""
    return Markup(between.join(text(part) for part in parts))


def tag(name: str, *inside: object, **attributes: object) -> Markup:
    """`<name attribute="…">inside</name>`. Attributes that are None or False are left out, True stands alone; `_` at
    the end is dropped and between words is a hyphen: `class_`, `aria_label`."""
    said = ""
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        called = key.rstrip("_").replace("_", "-")
        said += f" {called}" if value is True else f' {called}="{escape(plain(value), quote=True)}"'
    return Markup(f"<{name}{said}>{joined(inside)}</{name}>")
