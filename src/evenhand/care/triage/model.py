"""The small model that reads a need in words: hashed n-grams, one row of eight small weights each, numpy alone.

A text becomes words, pairs of words and runs of three to five characters. Each is hashed to a row of the weight table;
the rows are summed, divided by the square root of their number, and a softmax makes probabilities of the sums.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# The most urgent first: whoever is unsure takes the first that is likely enough.
NEEDS = ("danger", "deadline", "shut-out", "money", "wrong", "question", "view", "thanks")

HEAD, TAIL = 2_400, 800  # bytes of a long text that are read: people say it first, or last
CHUNK = 1 << 16  # bytes read at once; bounds the memory of a batch
WORD_BITS, PAIR_BITS, RUN_BITS = 15, 16, 17
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
    """rows: int32 of shape (bytes, 5), row numbers of the features that begin at each byte (`NOTHING` where none does);
    starts: where each text begins; counts: how many features each text has."""

    rows: NDArray[np.int32]
    starts: NDArray[np.int64]
    counts: NDArray[np.int64]


def bare(matter: str) -> bytes:
    """Letters, figures (all as 0), ? $ and ' alone, one blank between words and at both ends."""
    text = matter.replace("€", "$").replace("£", "$").encode("utf-8", "replace").translate(_KEEP).replace(b"?", b" ? ")
    text = b" ".join(text.split())
    if len(text) > HEAD + TAIL:
        text = text[:HEAD] + b" " + text[-TAIL:]
    return b" " + text + b" "


def _mixed(hashes: NDArray[np.uint32], bits: int, salt: int) -> NDArray[np.uint32]:
    hashes ^= hashes >> np.uint32(15)
    hashes *= np.uint32(0x2C1B3C6D)
    hashes ^= hashes >> np.uint32(12)
    hashes *= np.uint32(salt)
    hashes >>= np.uint32(32 - bits)
    return hashes


def rows_of(texts: Sequence[bytes]) -> Rows:
    """The features of each text, all texts at once.
    texts: as `bare` gives them, together at most `CHUNK` bytes and one text more.
    """
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    starts = np.zeros(len(texts), dtype=np.int64)
    np.cumsum(lengths[:-1], out=starts[1:])
    seen = np.frombuffer(b"".join(texts), dtype=np.uint8)
    size = len(seen)
    sums = np.zeros(size + 1, dtype=np.uint32)
    np.cumsum(seen * _POWER[:size], dtype=np.uint32, out=sums[1:])
    rows = np.full((size, 5), NOTHING, dtype=np.int32)
    inside = None if len(texts) == 1 else np.repeat(np.arange(len(texts)), lengths)

    for column, run in enumerate((3, 4, 5)):
        if size < run:
            break
        found = _mixed((sums[run:] - sums[:-run]) * _UNPOWER[: size - run + 1], RUN_BITS, 0x297A2D39 + 2 * run)
        column_rows = rows[: size - run + 1, column]
        column_rows[...] = found
        column_rows += _RUNS_AT
        if inside is not None:
            column_rows[inside[: size - run + 1] != inside[run - 1 :]] = NOTHING

    blanks = np.flatnonzero(seen == 32)
    first, last = blanks[:-1] + 1, blanks[1:]
    real = last > first
    first, last = first[real], last[real]
    if len(first):
        rows[first, 3] = _mixed((sums[last] - sums[first]) * _UNPOWER[first], WORD_BITS, 0x5BD1E995)
    if len(first) > 1:
        pair_first, pair_last = first[:-1], last[1:]
        found = _mixed((sums[pair_last] - sums[pair_first]) * _UNPOWER[pair_first], PAIR_BITS, 0x7FEB352D)
        found = found + np.uint32(_PAIRS_AT)
        if inside is None:
            rows[pair_first, 4] = found
        else:
            same = inside[pair_first] == inside[pair_last - 1]
            rows[pair_first[same], 4] = found[same]
    counts = np.add.reduceat((rows != NOTHING).sum(axis=1), starts)
    return Rows(rows, starts, counts)


class Model:
    """weights: int8 (ROWS + 1, 8), the last row zero; scale, bias: float64 (8,), the temperature already in them."""

    def __init__(
        self, weights: NDArray[np.int8], scale: NDArray[np.float64], bias: NDArray[np.float64], version: str
    ) -> None:
        if weights.shape != (ROWS + 1, len(NEEDS)):
            raise ValueError(f"these weights have the shape {weights.shape}, not {(ROWS + 1, len(NEEDS))}")
        self.weights, self.scale, self.bias, self.version = weights, scale, bias, version

    @classmethod
    def load(cls, path: Path) -> "Model":
        with np.load(path, allow_pickle=False) as kept:
            return cls(kept["weights"], kept["scale"], kept["bias"], str(kept["version"]))

    def probabilities(self, matters: Sequence[str]) -> NDArray[np.float64]:
        """How likely each need is, for each text. Shape (texts, 8); each row sums to 1.
        matters: as `markings.strip` gives them.
        """
        found = np.empty((len(matters), len(NEEDS)))
        waiting: list[bytes] = []
        done = size = 0
        for matter in matters:
            text = bare(matter)
            waiting.append(text)
            size += len(text)
            if size >= CHUNK:
                found[done : done + len(waiting)] = self._read(waiting)
                done, size, waiting = done + len(waiting), 0, []
        if waiting:
            found[done:] = self._read(waiting)
        return found

    def _read(self, texts: Sequence[bytes]) -> NDArray[np.float64]:
        rows, starts, counts = rows_of(texts)
        sums = self.weights[rows.ravel()].reshape(len(rows), -1, len(NEEDS)).sum(axis=1, dtype=np.int32)
        totals = np.add.reduceat(sums, starts, axis=0)
        logits = totals * self.scale / np.sqrt(np.maximum(counts, 1))[:, None] + self.bias
        logits -= logits.max(axis=1, keepdims=True)
        np.exp(logits, out=logits)
        logits /= logits.sum(axis=1, keepdims=True)
        return logits
