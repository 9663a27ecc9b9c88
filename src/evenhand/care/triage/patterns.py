"""Patterns kept as data: a TOML file beside the code that reads it, one alternative on a line of its own.

A pattern is given by its alternatives: as a list; as a table of lists by language, joined in the order of `LANGUAGES`;
or, where they are single words, as one string with blanks between. `{name}` stands for a named part, which is given in
the same way and may use the parts above it. An alternative that is `{name}` and nothing else stands for all that part's
alternatives. The rest is Python's `re`.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

LANGUAGES = ("all", "en", "es", "de", "fr")  # "all": said alike in several
_PART = re.compile(r"\{([a-z_]+)\}")


def beside(module: str) -> dict[str, Any]:
    """What the file says that has the name of this module. module: its `__file__`."""
    return tomllib.loads(Path(module).with_suffix(".toml").read_text(encoding="utf-8"))


def alternatives(kept: Any) -> list[str]:
    """One after the other, whichever way they are kept. Raises KeyError where a language is none of ours."""
    if isinstance(kept, str):
        return kept.split()
    if isinstance(kept, Mapping):
        if strange := kept.keys() - set(LANGUAGES):
            raise KeyError(f"languages of patterns are {', '.join(LANGUAGES)}; not {', '.join(sorted(strange))}")
        return [each for language in LANGUAGES for each in alternatives(kept.get(language, []))]
    return list(kept)


class Parts:
    """Named parts of patterns. above: parts that these may use."""

    def __init__(self, kept: Mapping[str, Any], above: "Parts | None" = None) -> None:
        self._written: dict[str, str] = dict(above._written) if above else {}
        for name, part in kept.items():
            self._written[name] = self.joined(alternatives(part))

    def joined(self, each_of: Iterable[str]) -> str:
        """The alternatives as one expression, every part filled in. Raises KeyError where a part is not there."""
        return "|".join(self._filled(each) for each in each_of)

    def _filled(self, alternative: str) -> str:
        if alone := _PART.fullmatch(alternative):
            return self._written[alone[1]]
        return _PART.sub(lambda part: f"(?:{self._written[part[1]]})", alternative)

    def exactly(self, kept: Any, flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
        return re.compile(self.joined(alternatives(kept)), flags)

    def from_a_words_start(self, kept: Any) -> re.Pattern[str]:
        return re.compile(rf"(?<!\w)(?:{self.joined(alternatives(kept))})")

    def whole_words(self, kept: Any) -> re.Pattern[str]:
        return re.compile(rf"(?<!\w)(?:{self.joined(alternatives(kept))})(?!\w)")
