"""References that customers can say on the phone: short, without letters that sound or look alike."""

from __future__ import annotations

import hashlib

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's 32: no I, L, O, U
_BITS = 15
_MASK = (1 << _BITS) - 1
SPACE = 1 << (2 * _BITS)


def reference_for(number: int) -> str:
    """A reference for the case of this number, as in 4F7-K2Q; no two numbers share one.

    number: 0 or more. Six characters hold the first 2^30 cases, scattered by a four-round Feistel permutation, so
    that neighbours look nothing alike and none is drawn twice; later ones get more characters in front.
    It hides no secret: a reference opens nothing.
    """
    block, within = divmod(number, SPACE)
    left, right = within >> _BITS, within & _MASK
    for round_ in range(4):
        left, right = right, left ^ _mix(round_, right)
    value = left << _BITS | right
    letters = "".join(LETTERS[value >> shift & 31] for shift in (25, 20, 15, 10, 5, 0))
    front = "" if block == 0 else f"{_in_letters(block)}-"
    return f"{front}{letters[:3]}-{letters[3:]}"


def _in_letters(block: int) -> str:
    letters = ""
    while block:
        block, digit = divmod(block, 32)
        letters = LETTERS[digit] + letters
    return letters


def _mix(round_: int, half: int) -> int:
    digest = hashlib.blake2s(bytes((round_,)) + half.to_bytes(2, "big"), digest_size=2, person=b"evenhand")
    return int.from_bytes(digest.digest(), "big") & _MASK


def written(text: str) -> str:
    """A reference as we write it, from however somebody wrote it: '4f7 k2q', 'O' for 0, 'l' for 1."""
    plain = "".join(text.upper().split()).replace("-", "").translate(str.maketrans("OIL", "011"))
    if len(plain) < 6 or any(letter not in LETTERS for letter in plain):
        return ""
    front, middle, last = plain[:-6], plain[-6:-3], plain[-3:]
    return f"{front}-{middle}-{last}" if front else f"{middle}-{last}"
