"""Compile the translations: src/evenhand/locale/*/LC_MESSAGES/*.po → .mo, beside them.

    python tools/compile_messages.py

The same text gives the same bytes, and nothing but Python is needed. After words were added to pages, GNU gettext
brings them into the .po (in src/evenhand): django-admin makemessages -l es --no-location --no-wrap
"""

from __future__ import annotations

import ast
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

LOCALE = Path(__file__).resolve().parents[1] / "src/evenhand/locale"
KEYWORD = re.compile(r'(msgctxt|msgid|msgid_plural|msgstr(?:\[\d+\])?)\s+(".*")')
MAGIC, VERSION, HEADER = 0x950412DE, 0, 7 * 4


@dataclass
class Entry:
    """One message of a .po file. texts: by keyword, such as "msgid" or "msgstr[1]"; flags: such as "fuzzy"."""

    texts: dict[str, str] = field(default_factory=dict)
    flags: set[str] = field(default_factory=set)

    @property
    def msgid(self) -> str:
        return self.texts["msgid"]

    @property
    def translations(self) -> list[str]:
        """One for each form of the plural; a single one where there is none."""
        return [text for keyword, text in sorted(self.texts.items()) if keyword.startswith("msgstr")]


def entries(text: str) -> Iterator[Entry]:
    """The messages of a .po file in their order, its header first. Raises ValueError on a line it cannot read."""
    entry, keyword = Entry(), ""
    for number, line in enumerate([*text.splitlines(), ""], 1):
        line = line.strip()
        begun = KEYWORD.fullmatch(line)
        if entry.texts and "msgstr" in keyword and not line.startswith('"') and not (begun and "msgstr" in begun[1]):
            yield entry
            entry, keyword = Entry(), ""
        if line.startswith("#,"):
            entry.flags |= {flag.strip() for flag in line[2:].split(",")}
        elif begun is not None:
            keyword = begun[1]
            entry.texts[keyword] = ast.literal_eval(begun[2])
        elif line.startswith('"') and keyword:
            entry.texts[keyword] += ast.literal_eval(line)
        elif line and not line.startswith("#"):
            raise ValueError(f"line {number} is no part of a message: {line}")


def compiled(text: str) -> bytes:
    """The .mo file of a .po file: what is translated and not in doubt, sorted by its key."""
    pairs = []
    for entry in entries(text):
        if "fuzzy" in entry.flags or not all(entry.translations):
            continue
        key = entry.msgid
        if "msgid_plural" in entry.texts:
            key = f"{key}\0{entry.texts['msgid_plural']}"
        if "msgctxt" in entry.texts:
            key = f"{entry.texts['msgctxt']}\4{key}"
        pairs.append((key.encode(), "\0".join(entry.translations).encode()))
    pairs.sort()
    keys_at, texts_at = HEADER, HEADER + 8 * len(pairs)
    offset = HEADER + 16 * len(pairs)
    tables, words = b"", b""
    for column in (0, 1):
        for pair in pairs:
            tables += struct.pack("<II", len(pair[column]), offset + len(words))
            words += pair[column] + b"\0"
    # The format's table of hashes is optional, and Python's reader does not use it.
    return struct.pack("<7I", MAGIC, VERSION, len(pairs), keys_at, texts_at, 0, offset) + tables + words


def main() -> None:
    for path in sorted(LOCALE.glob("*/LC_MESSAGES/*.po")):
        path.with_suffix(".mo").write_bytes(compiled(path.read_text(encoding="utf-8")))
        print(path.with_suffix(".mo").relative_to(LOCALE))


if __name__ == "__main__":
    main()
