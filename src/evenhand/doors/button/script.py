"""The script as it is served: its source without remarks and indents, told what this installation found."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).parent / "static" / "button" / "button.js"
_PLACE = "/*served*/{}"

Messages = Mapping[str, Mapping[str, str]]


def script(*, is_public_never_faster: bool = False, messages: Messages | None = None) -> str:
    """The text of /button.js.
    is_public_never_faster: a finding says so; only then does the button. messages: more languages, by two-letter code.
    """
    told: dict[str, object] = {}
    if is_public_never_faster:
        told["neverFaster"] = True
    if messages:
        told["messages"] = {language: dict(words) for language, words in messages.items()}
    before, after = _source()
    return before + json.dumps(told, ensure_ascii=False, separators=(",", ":")) + after


@cache
def _source() -> tuple[str, str]:
    lines = (line.strip() for line in SOURCE.read_text(encoding="utf-8").splitlines())
    bare = "\n".join(line for line in lines if line and not line.startswith("//"))
    before, found, after = bare.partition(_PLACE)
    if not found:
        raise ValueError(f"{SOURCE.name} has no place for what is served with it.")
    return before, after
