"""The small model that reads a need in words: hashed n-grams, one row of nine small weights each, numpy alone.

A sentence becomes words, pairs of words and runs of three to five characters. Each is hashed to a row of the weight
table. A sentence that carries no need ("it was raining") is set aside; the rows of the others are summed and divided by
the square root of their number, and a softmax makes probabilities of the sums.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evenhand.care.triage.spelling import Spelling

# The most urgent first: whoever is unsure takes the first that is likely enough.
NEEDS = ("danger", "deadline", "shut-out", "money", "wrong", "question", "view", "thanks")

HEAD, TAIL = 2_400, 800  # bytes of a long text that are read: people say it first, or last
LONGEST = 1_200  # bytes of one sentence; a longer one is read as several
_SENTENCE = re.compile(rb"[^.!?;\n]+[.!?;\n]*")
NO_NEED = len(NEEDS)  # the last column: a sentence that carries no need
ASIDE = 0.3  # a sentence that likely carries no need is set aside
CHUNK = 1 << 16  # bytes read at once; bounds the memory of a batch
WORD_BITS, PAIR_BITS, RUN_BITS = 18, 16, 17
ROWS = (1 << WORD_BITS) + (1 << PAIR_BITS) + (1 << RUN_BITS)
NOTHING = ROWS  # a last row of zeros, for what is no feature
_PAIRS_AT, _RUNS_AT = 1 << WORD_BITS, (1 << WORD_BITS) + (1 << PAIR_BITS)

_BASE = 0x01000193
_UNBASE = pow(_BASE, -1, 1 << 32)
_SIZE = CHUNK + HEAD + TAIL + 16
_KEEP = bytes(c if (97 <= c <= 122 or c >= 128 or c in b"'?$") else (48 if 48 <= c <= 57 else 32) for c in range(256))


def _powers(base: int) -> NDArray[np.uint32]:
    powers = np.full(_SIZE, base, dtype=np.uint32)
    powers[0] = 1
    return np.cumprod(powers, dtype=np.uint32)


_POWER, _UNPOWER = _powers(_BASE), _powers(_UNBASE)


class Rows(NamedTuple):
    """rows: int32 of shape (5, bytes), row numbers of the features that begin at each byte (`NOTHING` where none does);
    starts: where each sentence begins; counts: how many features each sentence has."""

    rows: NDArray[np.int32]
    starts: NDArray[np.int64]
    counts: NDArray[np.int64]


def sentences(matter: str) -> list[bytes]:
    """The sentences of a text as the model sees them: letters, figures (all as 0), ? $ and ' alone, one blank between
    words and at both ends. At least one, at most `HEAD` + `TAIL` bytes and one sentence more."""
    raw = matter.replace("€", "$").replace("£", "$").encode("utf-8", "replace")
    if len(raw) > HEAD + TAIL:
        raw = raw[:HEAD] + b". " + raw[-TAIL:]
    found = []
    for part in _SENTENCE.findall(raw):
        words = part.translate(_KEEP).replace(b"?", b" ? ").split()
        if any(word != b"?" for word in words):
            text = b" ".join(words)
            found += [b" " + text[at : at + LONGEST] + b" " for at in range(0, len(text), LONGEST)]
    return found or [b"  "]


def _mixed(hashes: NDArray[np.uint32], bits: int, salt: int) -> NDArray[np.uint32]:
    hashes ^= hashes >> np.uint32(15)
    hashes *= np.uint32(0x2C1B3C6D)
    hashes ^= hashes >> np.uint32(12)
    hashes *= np.uint32(salt)
    hashes >>= np.uint32(32 - bits)
    return hashes


def rows_of(texts: Sequence[bytes]) -> Rows:
    """The features of each sentence, all at once.
    texts: as `sentences` gives them, together less than `_SIZE` bytes.
    """
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    starts = np.zeros(len(texts), dtype=np.int64)
    np.cumsum(lengths[:-1], out=starts[1:])
    seen = np.frombuffer(b"".join(texts), dtype=np.uint8)
    size = len(seen)
    sums = np.zeros(size + 1, dtype=np.uint32)
    np.cumsum(seen * _POWER[:size], dtype=np.uint32, out=sums[1:])
    rows = np.full((5, size), NOTHING, dtype=np.int32)
    inside = np.repeat(np.arange(len(texts)), lengths)

    for column, run in enumerate((3, 4, 5)):
        if size < run:
            break
        found = _mixed((sums[run:] - sums[:-run]) * _UNPOWER[: size - run + 1], RUN_BITS, 0x297A2D39 + 2 * run)
        some = rows[column, : size - run + 1]
        some[...] = found
        some += _RUNS_AT
        if len(texts) > 1:
            some[inside[: size - run + 1] != inside[run - 1 :]] = NOTHING

    blanks = np.flatnonzero(seen == 32)
    first, last = blanks[:-1] + 1, blanks[1:]
    real = last > first
    first, last = first[real], last[real]
    if len(first):
        rows[3, first] = _mixed((sums[last] - sums[first]) * _UNPOWER[first], WORD_BITS, 0x5BD1E995)
    if len(first) > 1:
        first, last = first[:-1], last[1:]
        same = inside[first] == inside[last - 1]
        first, last = first[same], last[same]
        rows[4, first] = _mixed((sums[last] - sums[first]) * _UNPOWER[first], PAIR_BITS, 0x7FEB352D)
        rows[4, first] += _PAIRS_AT
    counts = np.add.reduceat((rows != NOTHING).sum(axis=0), starts)
    return Rows(rows, starts, counts)


def divisor(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """What the sum over so many features is divided by: more words are surer than few, yet not in proportion."""
    return np.asarray(np.sqrt(np.maximum(counts, 1)), dtype=np.float64)


class Model:
    """weights: int8 (ROWS + 1, 9), the last row zero; scale, bias: float64 (9,), the temperature already in them."""

    def __init__(
        self,
        weights: NDArray[np.int8],
        scale: NDArray[np.float64],
        bias: NDArray[np.float64],
        version: str,
        spelling: Spelling,
    ) -> None:
        if weights.shape != (ROWS + 1, NO_NEED + 1):
            raise ValueError(f"these weights have the shape {weights.shape}, not {(ROWS + 1, NO_NEED + 1)}")
        self.scale, self.bias, self.version, self.spelling = scale, bias, version, spelling
        # Three weights to a word of 64 bits, 21 bits each and 128 added, so that one sum adds three: much faster.
        # 21 bits hold 2**21 / 255 / 5 = 1,644 bytes of one sentence, and LONGEST keeps it shorter.
        lanes = weights.astype(np.int64) + 128
        self._lanes = np.stack([lanes[:, c] | lanes[:, c + 1] << 21 | lanes[:, c + 2] << 42 for c in (0, 3, 6)], axis=1)

    @classmethod
    def load(cls, path: Path) -> "Model":
        with np.load(path, allow_pickle=False) as kept:
            spelling = Spelling(str(kept["known"]).split(), str(kept["common"]).split())
            return cls(kept["weights"], kept["scale"], kept["bias"], str(kept["version"]), spelling)

    def probabilities(self, matters: Sequence[str]) -> NDArray[np.float64]:
        """How likely each need is, for each text. Shape (texts, 8); each row sums to 1.
        matters: as `markings.strip` gives them.
        """
        found = np.empty((len(matters), len(NEEDS)))
        waiting: list[list[bytes]] = []
        done = size = 0
        for matter in matters:
            waiting.append(sentences(matter))
            size += sum(map(len, waiting[-1]))
            if size >= CHUNK:
                found[done : done + len(waiting)] = self._read(waiting)
                done, size, waiting = done + len(waiting), 0, []
        if waiting:
            found[done:] = self._read(waiting)
        return found

    def sums(self, texts: Sequence[bytes]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """The scaled sum of each sentence's rows, shape (sentences, 9), and how many features each has."""
        rows, starts, counts = rows_of(texts)
        added = self._lanes.take(rows[0], axis=0)
        for column in rows[1:]:
            added += self._lanes.take(column, axis=0)
        packed = np.add.reduceat(added, starts, axis=0)
        lengths = np.diff(starts, append=rows.shape[1])
        parts = [(packed >> shift) & 0x1FFFFF for shift in (0, 21, 42)]
        totals = np.stack(parts, axis=2).reshape(len(texts), -1) - (lengths * 5 * 128)[:, None]
        return totals * self.scale, counts

    def _read(self, texts: Sequence[Sequence[bytes]]) -> NDArray[np.float64]:
        sums, counts = self.sums([sentence for text in texts for sentence in text])
        starts = np.zeros(len(texts), dtype=np.int64)
        np.cumsum([len(text) for text in texts[:-1]], out=starts[1:])
        if len(sums) > len(texts):
            alone = _softmax(sums / divisor(counts)[:, None] + self.bias)
            is_kept = alone[:, NO_NEED] < ASIDE
            of = np.repeat(np.arange(len(texts)), np.diff(starts, append=len(sums)))
            is_kept |= ~np.logical_or.reduceat(is_kept, starts)[of]  # where nothing else is said, all of it is read
            sums *= is_kept[:, None]
            counts = counts * is_kept
        totals = np.add.reduceat(sums, starts, axis=0)[:, :NO_NEED]
        return _softmax(totals / divisor(np.add.reduceat(counts, starts))[:, None] + self.bias[:NO_NEED])


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    likely = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(likely / likely.sum(axis=1, keepdims=True), dtype=np.float64)
