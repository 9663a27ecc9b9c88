"""Texts that a pattern is meant for, made from the pattern itself."""

import itertools
import re
from collections.abc import Iterable, Iterator

# The standard library's own reading of a pattern. It has no public name; `sre_parse`, the old one, is deprecated.
from re import _parser  # type: ignore[attr-defined]
from typing import Any

REST = "\x00"  # stands for `\w*` and its like until it is known which words are wished for
_WORDS = re.compile(rf"([\w{REST}]+)")


def examples(pattern: str, wished: Iterable[str] = ()) -> Iterator[str]:
    """Texts for the pattern, every choice of it taken in turn. What may be left out is left out and put in; a word of
    any letters is "x"; and a word that begins with letters and goes on with any goes on as the words of `wished` do
    that begin so. Looking behind and refusing to match are not heeded: a text need not match."""
    wishes = sorted(wished)
    for skeleton in _said(_parser.parse(pattern)):
        words = _WORDS.split(skeleton)
        yield from map("".join, itertools.product(*(_finished(word, wishes) for word in words)))


def _finished(word: str, wishes: list[str]) -> list[str]:
    if REST not in word:
        return [word]
    like = re.compile(re.escape(word).replace(REST, r"\w*"))
    fitting = [wish for wish in wishes if like.fullmatch(wish)] if word.strip(REST) else []
    return fitting or [word.replace(REST, "x")]


def _said(tree: Any) -> Iterator[str]:
    return map("".join, itertools.product(*([*_one(str(what), of)] for what, of in tree)))


def _one(what: str, of: Any) -> Iterable[str]:
    if what == "LITERAL":
        return [chr(of)]
    if what == "IN":
        return [_one_sign(of)]
    if what == "BRANCH":
        return itertools.chain.from_iterable(map(_said, of[1]))
    if what == "SUBPATTERN":
        return _said(of[-1])
    if what == "MAX_REPEAT":
        least, _, tree = of
        once = list(_said(tree))
        return once if least or once == [REST] else ["", *once]
    if what == "ASSERT":
        return _said(of[1])
    if what in ("AT", "ASSERT_NOT"):
        return [""]
    raise ValueError(f"patterns with {what} are not told in examples yet")


def _one_sign(of: list[tuple[Any, Any]]) -> str:
    """One of a set of signs: a blank if it may be one, else what is named first."""
    kinds = {str(value) for what, value in of if str(what) == "CATEGORY"}
    named = [chr(value) for what, value in of if str(what) == "LITERAL"]
    if "CATEGORY_DIGIT" in kinds:
        return "8"
    if "CATEGORY_WORD" in kinds:
        return REST
    if str(of[0][0]) == "NEGATE" or "CATEGORY_NOT_WORD" in kinds:
        return "."
    if not named:  # from one sign to another
        return chr(of[0][1][0])
    return " " if " " in named else named[0]
