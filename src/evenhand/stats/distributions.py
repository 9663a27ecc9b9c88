"""The few distributions that verdicts need, in plain arithmetic, so that running needs no more than numpy."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import erfc, exp, inf, lgamma, log, log1p, sqrt
from statistics import NormalDist

_NORMAL = NormalDist()
_TINY = 1e-300
_CLOSE = 1e-16
_TERMS = 200_000


def normal_quantile(p: float) -> float:
    """The z below which a standard normal number falls with probability p, 0 < p < 1. Raises ValueError otherwise."""
    if not 0 < p < 1:
        raise ValueError(f"a probability between 0 and 1, not {p}")
    return _NORMAL.inv_cdf(p)


def two_sided(z: float) -> float:
    """P(|Z| ≥ |z|) of a standard normal number, exact far into the tail."""
    return erfc(abs(z) / sqrt(2))


def beta_cdf(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b).

    a, b > 0, else ValueError. x: outside 0..1 gives 0 or 1. Absolute error below 1e-12 for a + b up to a million.
    Source: continued fraction DLMF 8.17.22, evaluated by Lentz's method.
    """
    if not (a > 0 and b > 0):
        raise ValueError(f"a beta distribution needs a, b > 0, not {a} and {b}")
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    if x > (a + 1) / (a + b + 2):
        return 1.0 - beta_cdf(1 - x, b, a)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)) / a
    c, d = 1.0, 1.0 / _far(1.0 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d = 1.0 / _far(1.0 + even * d)
        c = _far(1.0 + even / c)
        value *= c * d
        d = 1.0 / _far(1.0 + odd * d)
        c = _far(1.0 + odd / c)
        value *= c * d
        if abs(c * d - 1.0) < _CLOSE * 10:
            break
    return min(front * value, 1.0)


def beta_quantile(p: float, a: float, b: float) -> float:
    """The x with I_x(a, b) = p, 0 ≤ p ≤ 1, to the last bits that halving reaches."""
    return _solve(lambda x: beta_cdf(x, a, b), p, 0.0, 1.0)


def t_two_sided(t: float, degrees: float) -> float:
    """P(|T| ≥ |t|) of Student's t. degrees > 0, else ValueError."""
    if not degrees > 0:
        raise ValueError(f"Student's t needs degrees above 0, not {degrees}")
    return beta_cdf(degrees / (degrees + t * t), degrees / 2, 0.5)


@lru_cache(maxsize=4096)
def t_quantile(p: float, degrees: float) -> float:
    """The t below which Student's t with `degrees` of freedom falls with probability p, 0 < p < 1."""
    if not 0 < p < 1:
        raise ValueError(f"a probability between 0 and 1, not {p}")
    tail = 2 * min(p, 1 - p)
    if tail == 1:
        return 0.0
    top = 2.0
    while t_two_sided(top, degrees) > tail:
        top *= 2
    found = _solve(lambda t: -t_two_sided(t, degrees), -tail, 0.0, top)
    return found if p > 0.5 else -found


def chi_square_tail(x: float, degrees: int) -> float:
    """P(X ≥ x) of chi-square with whole `degrees` ≥ 1. Raises ValueError otherwise.

    Source: the recurrence Q(a + 1, x) = Q(a, x) + xᵃ e⁻ˣ / Γ(a + 1), DLMF 8.8.6, from erfc or exp.
    """
    if degrees < 1:
        raise ValueError(f"chi-square needs one degree of freedom or more, not {degrees}")
    if x <= 0:
        return 1.0
    half = x / 2
    if half == inf:
        return 0.0
    a, tail = (0.5, erfc(sqrt(half))) if degrees % 2 else (1.0, exp(-half))
    while a < degrees / 2:
        tail += exp(a * log(half) - half - lgamma(a + 1))
        a += 1
    return min(tail, 1.0)


def _far(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def _solve(rising: Callable[[float], float], goal: float, low: float, high: float) -> float:
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if rising(middle) < goal:
            low = middle
        else:
            high = middle
    return (low + high) / 2
