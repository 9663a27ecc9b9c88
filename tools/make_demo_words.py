"""Choose the complaints that ship with the demo: EVENHAND_DATA/cfpb → src/evenhand/web/demo/cfpb.jsonl.gz.

    EVENHAND_DATA=… python tools/make_demo_words.py

The same input gives the same bytes. Only narratives of the Consumer Complaint Database are taken (a work of
the US government, public domain); nobody's name stands in them, the bureau has replaced those by XXXX.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from evenhand.doors.file.mapping import fitting, mapping_from
from evenhand.doors.file.reading import LeftOut, Row, header_of, read_rows

HOUSE = Path(__file__).resolve().parents[1]
TARGET = HOUSE / "src/evenhand/web/demo/cfpb.jsonl.gz"
FILES = ("cfpb_2015_2020.csv.gz", "cfpb_random_2011_2020.csv")
WANTED = 1_400
SHORTEST, LONG, LONGEST = 25, 1_200, 8_000
REDACTED_AT_MOST = 0.16  # share of a text's characters that stand in an XXXX
SAME_LETTER_AT_MOST = 2  # of a template letter, so that the demo shows that such letters come
ALIKE = 0.6  # Jaccard similarity of five-word pieces from which two texts are one letter
MOST_BYTES = 1_000_000

# What is kept beside the words is read by small mappings that take that column for the words.
FIELDS = {
    "product": "Product",
    "issue": "Issue",
    "date_received": "Date received",
    "submitted_via": "Submitted via",
    "state": "State",
}


def complaints(folder: Path) -> Iterator[dict[str, str]]:
    """Every narrative of the two files, once for each complaint id."""
    met: set[str] = set()
    for name in FILES:
        path = folder / name
        mapping = fitting(header_of(path))
        assert mapping is not None, f"no shipped mapping fits {path.name}"
        beside = {key: {row.line: row.words for row in rows_of(path, column)} for key, column in FIELDS.items()}
        for row in read_rows(path, mapping):
            if isinstance(row, LeftOut) or not row.external_id or row.external_id in met:
                continue
            met.add(row.external_id)
            assert row.sent_at is not None
            kept = {key: beside[key].get(row.line, "") for key in FIELDS}
            kept["date_received"] = row.sent_at.date().isoformat()
            yield {"words": row.words, **kept, "complaint_id": row.external_id.removeprefix("cfpb-")}


def rows_of(path: Path, column: str) -> Iterator[Row]:
    mapping = mapping_from(f"[words]\ncolumn = {json.dumps(column)}")
    return (row for row in read_rows(path, mapping) if isinstance(row, Row))


def readable(words: str) -> bool:
    redacted = sum(len(found) for found in re.findall(r"X{2,}[X/]*", words))
    letters = sum(c.isalpha() for c in words)
    return (
        SHORTEST <= len(words) <= LONGEST and redacted <= REDACTED_AT_MOST * len(words) and letters >= 0.6 * len(words)
    )


def pieces(words: str) -> frozenset[tuple[str, ...]]:
    """The five-word pieces of a text, without what differs from letter to letter: names, sums, dates."""
    said = [w for w in re.findall(r"[a-z']+", words.lower()) if not re.fullmatch(r"x+", w)]
    return frozenset(tuple(said[i : i + 5]) for i in range(max(1, len(said) - 4)))


def tidy(words: str) -> str:
    """Line ends and blanks made even; the words themselves stay as they were written."""
    words = re.sub(r"[ \t\xa0]+", " ", words.replace("\r\n", "\n").replace("\r", "\n"))
    return re.sub(r"\n{3,}", "\n\n", re.sub(r" ?\n ?", "\n", words)).strip()


def few_of_each_letter(texts: list[dict[str, str]]) -> list[dict[str, str]]:
    """At most two of the texts that are nearly the same letter, and one of those that are it word for word."""
    met: set[str] = set()
    kept: list[dict[str, str]] = []
    holders: dict[tuple[str, ...], list[int]] = {}  # a piece → indexes of kept texts that have it
    cuts: list[frozenset[tuple[str, ...]]] = []
    for text in texts:
        cut = pieces(text["words"])
        shared = Counter(index for piece in cut for index in holders.get(piece, ()))
        alike = sum(n / (len(cut) + len(cuts[i]) - n) >= ALIKE for i, n in shared.items())
        plain = text["words"].casefold()
        if alike >= SAME_LETTER_AT_MOST or plain in met:
            continue
        met.add(plain)
        for piece in cut:
            holders.setdefault(piece, []).append(len(kept))
        cuts.append(cut)
        kept.append(text)
    return kept


def chosen(texts: list[dict[str, str]]) -> list[dict[str, str]]:
    """About 1,400: of each product and issue in turn, so that the rare ones stay, short before long."""

    def draw(text: dict[str, str]) -> str:
        return hashlib.sha256(text["complaint_id"].encode()).hexdigest()

    by_issue: dict[tuple[str, str], list[dict[str, str]]] = {}
    for text in sorted(texts, key=lambda text: (len(text["words"]) > LONG, draw(text))):
        by_issue.setdefault((text["product"], text["issue"]), []).append(text)
    ranked = [(rank, key, text) for key, group in by_issue.items() for rank, text in enumerate(group)]
    ranked.sort(key=lambda item: (item[0], len(item[2]["words"]) > LONG, item[1]))
    return sorted((text for _, _, text in ranked[:WANTED]), key=lambda text: int(text["complaint_id"]))


def main() -> int:
    folder = Path(os.environ.get("EVENHAND_DATA", "")) / "cfpb"
    if not os.environ.get("EVENHAND_DATA") or not folder.is_dir():
        print("Set EVENHAND_DATA to the folder that holds cfpb/.", file=sys.stderr)
        return 2
    texts = [{**text, "words": tidy(text["words"])} for text in complaints(folder)]
    plain = [text for text in texts if readable(text["words"])]
    distinct = few_of_each_letter(sorted(plain, key=lambda text: int(text["complaint_id"])))
    final = chosen(distinct)
    lines = "".join(json.dumps(text, ensure_ascii=False) + "\n" for text in final)
    packed = gzip.compress(lines.encode(), compresslevel=9, mtime=0)
    if len(packed) > MOST_BYTES:
        print(f"{len(packed):,} bytes are more than {MOST_BYTES:,}.", file=sys.stderr)
        return 1
    TARGET.write_bytes(packed)
    short = sum(len(text["words"]) <= LONG for text in final)
    print(
        f"{len(texts):,} narratives, {len(plain):,} readable, {len(distinct):,} after template letters; "
        f"{len(final):,} chosen, {short:,} of them within {LONG:,} characters; {len(packed):,} bytes."
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
