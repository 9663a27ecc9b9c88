"""Are cases of equal age answered at the same rate? The log-rank test, stratified, with changing groups, anytime.

All three read the same thing: at each age at which somebody of a stratum was answered, how many of each group were
waiting, and how many were answered. A stratum is what makes cases comparable: the same need, on the same day.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf, log, nan, sqrt

import numpy as np
from numpy.typing import ArrayLike

from evenhand.stats.cells import DAYS_FOR_CLUSTERS, between_clusters
from evenhand.stats.columns import Floats, Ints, bits, check_room, codes, flat, ranked, same_length, waits
from evenhand.stats.distributions import chi_square_tail, normal_quantile, t_quantile, two_sided


@dataclass(frozen=True, slots=True)
class RiskSets:
    """Who was waiting whenever somebody was answered.

    stratum: (J,). time: (J,) age, rising within a stratum. events: (J, G) answered then, by group. at_risk: (J, G)
    waiting just before, by group.
    """

    stratum: Ints
    time: Floats
    events: Ints
    at_risk: Ints


@dataclass(frozen=True, slots=True)
class LogRank:
    """observed, expected: (G,) answers of each group, and those it would have were all answered at one rate.
    covariance: (G, G) of observed − expected. chi_square with `degrees` of freedom, and its p."""

    observed: Floats
    expected: Floats
    covariance: Floats
    chi_square: float
    degrees: int
    p: float


@dataclass(frozen=True, slots=True)
class LogRankSums:
    """What the test is made of; it adds up over strata, so that a stratum is read once and never again. observed,
    expected, covariance as in `LogRank`."""

    observed: Floats
    expected: Floats
    covariance: Floats

    @classmethod
    def none(cls, groups: int) -> LogRankSums:
        return cls(np.zeros(groups), np.zeros(groups), np.zeros((groups, groups)))

    def merged(self, other: LogRankSums) -> LogRankSums:
        """These and those together; no stratum may be in both. Raises ValueError where they count other groups."""
        if len(self.observed) != len(other.observed):
            raise ValueError(f"tests of {len(self.observed)} groups and of {len(other.observed)}")
        return LogRankSums(
            self.observed + other.observed, self.expected + other.expected, self.covariance + other.covariance
        )

    def test(self) -> LogRank:
        """The test that all groups are answered at one rate at equal age.

        Groups that were never waiting beside another leave the degrees of freedom; with none left, p is 1.
        """
        spread = float(np.trace(self.covariance))
        free = np.diag(self.covariance) > 1e-12 * max(spread, 1e-300)
        inner = self.covariance[np.ix_(free, free)]
        degrees = int(np.linalg.matrix_rank(inner, tol=1e-9 * spread, hermitian=True)) if free.any() else 0
        if degrees == 0:
            return LogRank(self.observed, self.expected, self.covariance, 0.0, 0, 1.0)
        off = (self.observed - self.expected)[free]
        chi = float(off @ np.linalg.pinv(inner, rcond=1e-9, hermitian=True) @ off)
        return LogRank(self.observed, self.expected, self.covariance, chi, degrees, chi_square_tail(chi, degrees))


@dataclass(frozen=True, slots=True)
class RateRatio:
    """How many times as fast one group is answered as the other at equal age, with its 95 % interval (or `level`).

    ratio: Σ o1 n0/n / Σ o0 n1/n over the risk sets (Mantel–Haenszel); nan where a group was never waiting beside the
    other. low, high: its interval, from the spread of `clusters` clusters, or, where they are too few for that, from
    cases one by one (is_by_case). z, p: the log-rank test, two-sided.
    observed, expected: (2,) answers of the others and of the group. observed_to_expected: (O1/E1) / (O0/E0), which
    lies nearer to 1 than the truth does (1.40 for 1.5), and is shown for those who know it.
    """

    ratio: float
    low: float
    high: float
    z: float
    p: float
    observed: Floats
    expected: Floats
    observed_to_expected: float
    clusters: int
    is_by_case: bool

    @property
    def mantel_haenszel(self) -> float:
        """The ratio, by the name it goes by."""
        return self.ratio


@dataclass(frozen=True, slots=True)
class Alarm:
    """What has been betted against "no difference", and won. e_value: money per unit staked; the chance that it ever
    reaches 1/α, were there no difference, is at most α. faster, slower: the two bets it is the mean of."""

    e_value: float
    faster: float
    slower: float
    is_raised: bool


def risk_sets(
    time: ArrayLike,
    is_event: ArrayLike,
    group: ArrayLike,
    stratum: ArrayLike | None = None,
    *,
    groups: int | None = None,
    count: ArrayLike | None = None,
) -> RiskSets:
    """Risk sets of N cases whose group never changes.

    time: (N,) ages at the answer, or when last seen waiting. is_event: (N,) whether answered. group: (N,) 0 … G−1.
    stratum: (N,) whole numbers from 0; one stratum by default. count: (N,) cases a row stands for; one by default.
    Raises ValueError for negative or missing times, bad codes, columns of different lengths. O(N log N), by one sort.
    """
    lengths, ended = waits(time), flat(is_event, "is_event").astype(np.bool_)
    who = codes(group, "group", groups)
    layer = np.zeros(len(who), dtype=np.int64) if stratum is None else codes(stratum, "stratum")
    size = same_length(time=lengths, is_event=ended, group=who, stratum=layer)
    many = None if count is None else codes(count, "count")
    if many is not None:
        same_length(time=lengths, count=many)
    if groups is None:
        groups = int(who.max()) + 1 if size else 1
    if size == 0:
        return _none(groups)
    rank, distinct, span = ranked(lengths)
    for_group, for_time = bits(groups) + 1, bits(span)
    check_room(bits(int(layer.max()) + 1), for_time, for_group)
    # stratum | time | group | answered: one sort puts the cases of a stratum in the order in which they left it.
    key = layer << (for_time + for_group)
    key |= rank << for_group
    key |= who << 1
    key |= ended
    if many is None:
        key.sort()
    else:
        order = np.argsort(key, kind="stable")
        key, many = key[order], many[order]
    moment = key >> for_group
    start = np.flatnonzero(np.concatenate([[True], moment[1:] != moment[:-1]]))
    answered = (key & 1).astype(np.bool_)
    happened = np.logical_or.reduceat(answered, start)
    stop = np.append(start[1:], size)[happened]
    start = start[happened]
    moment = moment[start]
    layer_of = moment >> for_time
    edge = _ends(key, layer_of, int(layer.max()) + 1, for_time + for_group)
    member = ((key & ((1 << for_group) - 1)) >> 1).astype(np.int16 if groups < 2**15 else np.int64)
    # A column for each group lies together in memory: sums over groups then run along it.
    events = np.empty((groups, len(start)), dtype=np.int64).T
    at_risk = np.empty((groups, len(start)), dtype=np.int64).T
    all_left, all_events = _running(None, many, size), _running(answered, many, size)
    rest_events, rest_at_risk = all_events[stop] - all_events[start], all_left[edge] - all_left[start]
    for g in range(groups - 1):
        mine = member == g
        left, done = _running(mine, many, size), _running(mine & answered, many, size)
        events[:, g], at_risk[:, g] = done[stop] - done[start], left[edge] - left[start]
        rest_events, rest_at_risk = rest_events - events[:, g], rest_at_risk - at_risk[:, g]
    events[:, -1], at_risk[:, -1] = rest_events, rest_at_risk
    when = moment & ((1 << for_time) - 1)
    kept = events.sum(axis=1) > 0  # rows that stand for no case
    times = when.astype(np.float64) if distinct is None else distinct[when].astype(np.float64)
    return RiskSets(layer_of[kept], times[kept], events[kept], at_risk[kept])


def risk_sets_by_then(
    time: ArrayLike, is_event: ArrayLike, turned_at: ArrayLike, stratum: ArrayLike | None = None
) -> RiskSets:
    """Risk sets of N cases that may change from group 0 to group 1 while they wait, once and for good.

    turned_at: (N,) the age at which each changed; negative where it began in group 1; nan or inf where it never
    changed. A case answered at the very age at which it turned counts as not turned: its answer may have been on
    its way. The rest as in `risk_sets`. Raises ValueError as there.
    Source: Mantel and Byar (1974).
    """
    lengths, ended = waits(time).astype(np.float64), flat(is_event, "is_event").astype(np.bool_)
    turned = flat(turned_at, "turned_at").astype(np.float64)
    layer = np.zeros(len(lengths), dtype=np.int64) if stratum is None else codes(stratum, "stratum")
    size = same_length(time=lengths, is_event=ended, turned_at=turned, stratum=layer)
    if size == 0:
        return _none(2)
    has_turned = turned < lengths  # False for nan
    both = np.concatenate([lengths, np.maximum(turned[has_turned], -1.0)])
    distinct, rank = np.unique(both, return_inverse=True)
    width = bits(len(distinct))
    check_room(bits(int(layer.max()) + 1), width)
    left_at = (layer << width) | rank[:size]
    turned_key = np.sort((layer[has_turned] << width) | rank[size:])
    left_turned = np.sort(left_at[has_turned])
    done_turned = np.sort(left_at[has_turned & ended])
    left_all, done_all = np.sort(left_at), np.sort(left_at[ended])
    moment, events = np.unique(done_all, return_counts=True)
    layer_of = moment >> width
    edge = _ends(left_all, layer_of, int(layer.max()) + 1, width)
    at_risk = edge - np.searchsorted(left_all, moment)
    # Earlier strata hold as many that turned as that left, so they cancel.
    after = np.searchsorted(turned_key, moment) - np.searchsorted(left_turned, moment)
    ones = np.searchsorted(done_turned, moment, side="right") - np.searchsorted(done_turned, moment)
    return RiskSets(
        layer_of,
        distinct[moment & ((1 << width) - 1)],
        np.stack([events - ones, ones], axis=1).astype(np.int64),
        np.stack([at_risk - after, after], axis=1).astype(np.int64),
    )


def log_rank(sets: RiskSets) -> LogRank:
    """The (stratified) log-rank test that all groups are answered at one rate at equal age.

    Source: Mantel (1966); Peto and Peto (1972); hypergeometric variance, summed over strata.
    """
    events, waiting = sets.events.astype(np.float64), sets.at_risk.astype(np.float64)
    d, n = events.sum(axis=1), waiting.sum(axis=1)
    factor = _factor(d, n)
    covariance = np.diag((factor * n) @ waiting) - waiting.T @ (waiting * factor[:, None])
    return LogRankSums(events.sum(axis=0), (d / n) @ waiting, covariance).test()


def log_rank_sums(
    time: ArrayLike,
    is_event: ArrayLike,
    group: ArrayLike,
    stratum: ArrayLike | None = None,
    *,
    groups: int | None = None,
) -> LogRankSums:
    """What `log_rank(risk_sets(…))` is made of, four times as fast, and in the memory of one key for each case.

    Columns, errors as in `risk_sets`. The cases are sorted once and then read in pieces of whole strata that stay in
    the processor's cache; how many of each group still wait is counted for several groups in one whole number.
    """
    lengths, ended = waits(time), flat(is_event, "is_event").astype(np.bool_, copy=False)
    who = codes(group, "group", groups)
    layer = None if stratum is None else codes(stratum, "stratum")
    size = same_length(time=lengths, is_event=ended, group=who, stratum=who if layer is None else layer)
    if groups is None:
        groups = int(who.max()) + 1 if size else 1
    if size == 0:
        return LogRankSums.none(groups)
    rank, _, span = ranked(lengths)
    for_group, for_time = bits(groups) + 1, bits(span)
    check_room(0 if layer is None else bits(int(layer.max()) + 1), for_time, for_group)
    # stratum | time | group | answered: one sort puts the cases of a stratum in the order in which they left it.
    key = rank << for_group
    if layer is not None:
        key |= layer << (for_time + for_group)
    key |= who << 1
    key |= ended
    key.sort()
    layer_of = key >> (for_time + for_group)
    edges = np.concatenate([[0], np.flatnonzero(layer_of[1:] != layer_of[:-1]) + 1, [size]])
    del layer_of
    counter = _Counter(groups, int(np.diff(edges).max()))
    sums = [np.zeros(groups), np.zeros(groups), np.zeros((groups, groups))]
    piece = np.unique(np.append(np.searchsorted(edges, np.arange(0, size, _PIECE)), len(edges) - 1))
    for first, last in zip(piece[:-1].tolist(), piece[1:].tolist(), strict=True):
        low, high = int(edges[first]), int(edges[last])
        ends = edges[first + 1 : last + 1] - low
        for total, part in zip(sums, _piece(key[low:high], ends, for_group, counter), strict=True):
            total += part
    return LogRankSums(*sums)


_PIECE = 1 << 16


class _Counter:
    """Counts of several groups in one whole number: `width` bits hold as many as a stratum has cases. Sums may
    overflow; differences within a stratum are right all the same, since arithmetic is modulo 2**64. The last group is
    left out: it is what the others leave."""

    def __init__(self, groups: int, most: int) -> None:
        self.groups = groups
        self.width = bits(most + 1)
        self.together = 64 // self.width
        self.ones = np.zeros((-(-(groups - 1) // self.together), 1 << bits(groups)), dtype=np.uint64)
        for g in range(groups - 1):
            self.ones[g // self.together, g] = 1 << (self.width * (g % self.together))

    def between(self, member: Ints, start: Ints, stop: Ints) -> Floats:
        """(G − 1, J) how many of each group there are among member[start:stop], for each of J pairs within strata."""
        out = np.empty((self.groups - 1, len(start)))
        mask = np.uint64((1 << self.width) - 1)
        run = np.zeros(len(member) + 1, dtype=np.uint64)
        for pack, ones in enumerate(self.ones):
            np.cumsum(ones[member], out=run[1:])
            packed = run[stop] - run[start]
            for g in range(pack * self.together, min((pack + 1) * self.together, self.groups - 1)):
                out[g] = packed & mask
                packed >>= np.uint64(self.width)
        return out


def _piece(key: Ints, ends: Ints, for_group: int, counter: _Counter) -> tuple[Floats, Floats, Floats]:
    """Observed, expected and covariance of some whole strata. key: sorted; ends: where each stratum ends in it."""
    moment = key >> for_group
    is_new = np.empty(len(key), dtype=np.bool_)
    is_new[0] = True
    np.not_equal(moment[1:], moment[:-1], out=is_new[1:])
    start = np.flatnonzero(is_new)
    done = np.zeros(len(key) + 1, dtype=np.int64)
    np.cumsum(key & 1, out=done[1:])
    events = done[np.append(start[1:], len(key))] - done[start]
    some = np.flatnonzero(events)
    start, d = start[some], events[some].astype(np.float64)
    edge = ends[np.searchsorted(ends, start, side="right")]
    n = (edge - start).astype(np.float64)
    code = key & ((1 << for_group) - 1)
    observed = np.bincount(code, minlength=2 * counter.groups)[1 : 2 * counter.groups : 2].astype(np.float64)
    waiting = counter.between(code >> 1, start, edge)
    factor = _factor(d, n)
    inner = np.diag(waiting @ (factor * n)) - (waiting * factor) @ waiting.T
    expected = waiting @ (d / n)
    rest = -inner.sum(axis=1)
    covariance = np.block([[inner, rest[:, None]], [rest[None, :], np.array([[-rest.sum()]])]])
    return observed, np.append(expected, d.sum() - expected.sum()), covariance


def _factor(d: Floats, n: Floats) -> Floats:
    """d (n − d) / (n² (n − 1)): what the spread of d answers among n waiting is made of."""
    factor: Floats = np.divide(d * (n - d), n * n * (n - 1), out=np.zeros_like(n), where=n > 1)
    return factor


def rate_ratio(sets: RiskSets, *, clusters: ArrayLike | None = None, level: float = 0.95) -> RateRatio:
    """How many times as fast group 1 is answered as group 0 at equal age; with `risk_sets_by_then`, from the moment
    a case turned (the squeaky-wheel test: 1 means that shouting buys nothing).

    sets: of two groups, else ValueError. clusters: by stratum number, the cluster it belongs to, its day as a rule:
    what favours a group on one day does so for all needs; None: each stratum is one. With t clusters R = Σ o1 n0/n and
    S = Σ o0 n1/n of each, the ratio is ΣR/ΣS and its logarithm's error that of Σ (R − ratio S) by
    `cells.between_clusters`, divided by ΣR. With fewer than ten clusters its variance is Σ d n0 n1/n² / (ΣR ΣS), as if
    each answer came on its own.
    Source: Mantel and Haenszel (1959), for risk sets; their variance by clusters, as Liang (1985).
    """
    if sets.events.shape[1] != 2:
        raise ValueError(f"a ratio is between two groups, not {sets.events.shape[1]}")
    test = log_rank(sets)
    (o0, o1), (e0, e1) = test.observed, test.expected
    if test.degrees == 0:
        return RateRatio(nan, 0.0, inf, 0.0, 1.0, test.observed, test.expected, nan, 0, True)
    z = float((o1 - e1) / sqrt(test.covariance[1, 1]))
    d = sets.events.sum(axis=1)
    share = sets.at_risk[:, 1] / sets.at_risk.sum(axis=1)
    ours, theirs = sets.events[:, 1] * (1 - share), sets.events[:, 0] * share
    whose = sets.stratum if clusters is None else codes(clusters, "clusters")[sets.stratum]
    speaks = (share > 0) & (share < 1)
    _, where = np.unique(whose[speaks], return_inverse=True)
    t = int(where.max()) + 1
    r, s = (np.bincount(where, each[speaks], minlength=t).astype(np.float64) for each in (ours, theirs))
    all_ours, all_theirs = float(r.sum()), float(s.sum())
    ratio = all_ours / all_theirs if all_theirs else inf
    by_case = t < DAYS_FOR_CLUSTERS or not all_ours or not all_theirs
    if by_case:
        # With no answers on one side the ratio is 0 or infinite; half an answer on each bounds it.
        half = 0.0 if all_ours and all_theirs else 0.5 * float((share * (1 - share))[speaks].mean())
        middle = (all_ours + half) / (all_theirs + half)
        variance = float((d * share * (1 - share)).sum() + half) / ((all_ours + half) * (all_theirs + half))
        reach = exp(min(normal_quantile((1 + level) / 2) * sqrt(variance), 700.0))
    else:
        middle = ratio
        variance, degrees = between_clusters(r - ratio * s, s + r)
        reach = exp(min(t_quantile((1 + level) / 2, degrees) * sqrt(variance) / all_ours, 700.0))
    return RateRatio(
        ratio,
        middle / reach if ratio else 0.0,
        middle * reach if ratio < inf else inf,
        z,
        two_sided(z),
        test.observed,
        test.expected,
        inf if o0 == 0 else float((o1 / e1) / (o0 / e0)),
        t,
        by_case,
    )


def anytime_log_rank(
    sets: RiskSets, *, ratio: float = 1.5, alpha: float = 0.05, followed: ArrayLike | None = None
) -> Alarm:
    """May be looked at whenever one likes: alarms in at most `alpha` of all series in which there is no difference.

    sets: of two groups, else ValueError. ratio: the least rate ratio that matters, ≠ 1 and > 0; half the stake is on
    group 1 being so much faster, half on so much slower. followed: by stratum number, the age to which *all* of its
    cases have been seen by now (the look less the end of the arrival day); answers at greater ages are not counted
    yet, since who arrived early in the day would be seen there alone. None: all.

    At each age the bet pays θ^o1 / (1 + (θ − 1) n1/n)^d for o1 of d answers in group 1, of n1 of n waiting. For one
    answer that is the partial-likelihood ratio; for d at once it pays no more than fair, since draws without
    replacement are never more spread than with (Hoeffding 1963, theorem 4).
    A series has one beginning: a window that slides begins a new series, with stakes of its own, at every step.
    Source: ter Schure, Pérez-Ortiz, Ly and Grünwald, doi 10.51387/24-NEJSDS65.
    """
    if sets.events.shape[1] != 2:
        raise ValueError(f"a bet is between two groups, not {sets.events.shape[1]}")
    if not 0 < ratio < inf or ratio == 1 or not 0 < alpha < 1:
        raise ValueError(f"a ratio above 0 other than 1 and an alpha within 0..1, not {ratio} and {alpha}")
    d, o1 = sets.events.sum(axis=1), sets.events[:, 1]
    share = sets.at_risk[:, 1] / sets.at_risk.sum(axis=1)
    if followed is not None:
        seen = sets.time <= flat(followed, "followed")[sets.stratum]
        d, o1, share = d[seen], o1[seen], share[seen]
    theta = max(ratio, 1 / ratio)
    won = [float(o1.sum() * log(t) - (d * np.log1p(share * (t - 1))).sum()) for t in (theta, 1 / theta)]
    faster, slower = (exp(min(each, 700.0)) for each in won)
    e_value = (faster + slower) / 2
    return Alarm(e_value, faster, slower, e_value >= 1 / alpha)


def _running(chosen: np.ndarray | None, count: Ints | None, size: int) -> Ints:
    """(size + 1,) how many there were before each row."""
    total = np.zeros(size + 1, dtype=np.int64)
    if chosen is None:
        total[1:] = np.arange(1, size + 1) if count is None else np.cumsum(count)
    else:
        np.cumsum(chosen if count is None else count * chosen, out=total[1:])
    return total


def _ends(key: Ints, layer_of: Ints, layers: int, width: int) -> Ints:
    """Where in the sorted keys the stratum of each risk set ends."""
    if layers <= len(key):
        return np.searchsorted(key, np.arange(1, layers + 1, dtype=np.int64) << width)[layer_of]
    return np.searchsorted(key, (layer_of + 1) << width)


def _none(groups: int) -> RiskSets:
    nothing = np.zeros(0, dtype=np.int64)
    return RiskSets(nothing, np.zeros(0), np.zeros((0, groups), np.int64), np.zeros((0, groups), np.int64))
