"""Blind re-coding: is a need read alike whatever the door? A monthly sample is coded again by the words alone."""

from __future__ import annotations

import random
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import nan
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from evenhand.care.cases.catalogue import catalogue
from evenhand.care.ledger import writing as ledger
from evenhand.care.models import (
    Case,
    Contact,
    Correction,
    Lease,
    Need,
    Note,
    Ownership,
    Raising,
    Reopening,
    Reply,
    Solution,
    SpamMark,
)
from evenhand.doors.models import Arrival
from evenhand.fairness.practice.bare_words import bare
from evenhand.fairness.practice.models import Drawn, Recoding, Round
from evenhand.fairness.practice.reading import NEVER, Waits, seconds, waits
from evenhand.people.models import Person
from evenhand.stats.columns import Flags, Floats, Ints
from evenhand.stats.outcomes import STANDARDS, is_in_time
from evenhand.stats.rates import Agreement, agreement, agreement_by
from evenhand.stats.suppression import LEAST

SIZE = 200
LEAST_OF_A_DOOR = 20
TWICE = 0.2
"""The share that a second person codes too, to see how well people agree at all."""
OPEN_FOR = timedelta(days=62)
"""How long a round is offered to be coded."""
DEADLINE = "deadline"
PRIOR = 2.0
"""Cases' worth of what both sides have in common, for needs of which few were coded."""
SPREAD = 0.5
"""And half a case read as any need: that nobody read one otherwise is no proof that nobody ever would."""
DRAWS = 400
SEED = 20_260_301


class NotOffered(Exception):
    """This person may not code this case, or nobody needs to any more; the message says why."""


@dataclass(frozen=True, slots=True)
class Item:
    """What whoever codes it sees, and nothing else: the words. key: to hand back with the need."""

    key: int
    words: str


Stratum = tuple[str, bool]
"""A door, and whether it was in public."""


def start_round(
    now: datetime,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    size: int = SIZE,
    seed: int | None = None,
) -> Round | None:
    """Draw the cases opened in a span, the last whole month by default; a month is drawn once, however often asked.

    By door and publicity, so that rare doors are there. seed: chance, kept with the round. None where the month had
    no case.
    """
    until = until or datetime(now.year, now.month, 1, tzinfo=UTC)
    last_day = until - timedelta(days=1)
    since = since or datetime(last_day.year, last_day.month, 1, tzinfo=UTC)
    if (found := Round.objects.filter(since=since, until=until).first()) is not None:
        return found
    by_stratum: dict[Stratum, list[int]] = {}
    opening: dict[int, tuple[int, int, Stratum]] = {}
    for case, contact, need, stratum in _openings(since, until):
        if case not in opening or contact < opening[case][0]:
            opening[case] = (contact, need, stratum)
    for case, (_, _, stratum) in opening.items():
        by_stratum.setdefault(stratum, []).append(case)
    if not opening:
        return None
    seed = secrets.randbits(62) if seed is None else seed
    drawn = draw(by_stratum, size, seed)
    with transaction.atomic():
        ledger.wait_for_turn()
        if (found := Round.objects.filter(since=since, until=until).first()) is not None:
            return found
        last = Round.objects.order_by("-number").values_list("number", flat=True).first() or 0
        begun = Round.objects.create(
            number=last + 1, began_at=now, since=since, until=until, seed=seed, drawn_from=len(opening)
        )
        twice = set(random.Random(seed + 1).sample(range(len(drawn)), round(TWICE * len(drawn))))  # noqa: S311
        Drawn.objects.bulk_create(
            [
                Drawn(
                    round=begun,
                    position=position,
                    case_id=case,
                    contact_id=opening[case][0],
                    need_id=opening[case][1],
                    door=opening[case][2][0],
                    is_public=opening[case][2][1],
                    codings=2 if position in twice else 1,
                )
                for position, case in enumerate(drawn)
            ]
        )
        ledger.write(
            ledger.Act("round drawn", now, facts={"round": begun.number, "cases": len(drawn), "of": len(opening)})
        )
    return begun


def _openings(since: datetime, until: datetime) -> list[tuple[int, int, int, Stratum]]:
    """(case, contact, need as it stands, way) of every written contact of cases opened in the span. What is set
    aside as spam is nobody's need."""
    arrivals = (
        Arrival.objects.filter(contact__case__opened_at__gte=since, contact__case__opened_at__lt=until)
        .filter(contact__kind=Contact.Kind.WORDS)
        .exclude(contact__case__spam_at__isnull=False)
    )
    rows = arrivals.order_by().values_list(
        "contact__case_id", "contact_id", "contact__case__line__need_id", "door", "is_public"
    )
    return [
        (case, contact, need, (door, is_public))
        for case, contact, need, door, is_public in rows.iterator(chunk_size=10_000)
    ]


def draw(by_stratum: Mapping[Stratum, Sequence[int]], size: int, seed: int) -> list[int]:
    """The cases drawn, in the order in which they are offered: the same for the same seed and cases."""
    chance = random.Random(seed)  # noqa: S311 - to be drawn again by anyone who knows the seed
    counts = allotted({stratum: len(cases) for stratum, cases in by_stratum.items()}, size)
    drawn = [case for stratum in sorted(counts) for case in chance.sample(sorted(by_stratum[stratum]), counts[stratum])]
    chance.shuffle(drawn)
    return drawn


def allotted(there: Mapping[Stratum, int], size: int, least: int = LEAST_OF_A_DOOR) -> dict[Stratum, int]:
    """How many to draw of each: `least` of each where there are so many and room for them, the rest by their number.

    there: how many cases each has, above 0. size: 0 or more. Sums to `size`, or to all there are.
    """
    taken = dict.fromkeys(there, 0)
    left = min(size, sum(there.values()))
    for goal in range(1, least + 1):  # one more of each in turn, the rare ones first, so that none is left out
        for stratum in sorted(there, key=lambda each: (there[each], each)):
            if left and taken[stratum] < min(goal, there[stratum]):
                taken[stratum] += 1
                left -= 1
    free = {stratum: there[stratum] - taken[stratum] for stratum in there}
    whole = sum(free.values())
    if left and whole:
        exact = {stratum: left * free[stratum] / whole for stratum in free}
        for stratum in exact:
            taken[stratum] += int(exact[stratum])
        rest = left - sum(int(each) for each in exact.values())
        for stratum in sorted(exact, key=lambda each: (int(exact[each]) - exact[each], each))[:rest]:
            taken[stratum] += 1
    return taken


@dataclass(frozen=True, slots=True)
class Choice:
    """A need to choose from. name: as it is offered; a deadline's grades are one."""

    need: Need
    name: str


def choices() -> list[Choice]:
    """The needs to choose from, the most urgent first. The grades of a deadline are one: without the time at which
    the words were sent nobody can tell them apart."""
    kinds: dict[str, Choice] = {}
    for need in _by_position():
        kind = kind_of(need.slug)  # of the grades the last stands, which is the longest
        kinds[kind] = Choice(need, need.name.partition(",")[0] if kind == DEADLINE else need.name)
    return list(kinds.values())


def kind_of(slug: str) -> str:
    return DEADLINE if slug.startswith(f"{DEADLINE}-") else slug


def next_for(staff: Person, now: datetime) -> Item | None:
    """The next case for this person to code, by its words alone; None where there is none for them.

    Never one that they had in hand, owned, answered, noted on, solved, raised or were told of, or whose need they set;
    never one they coded already; never one of a place they may not read. People start at different places, so that
    two who code at once rarely meet.
    """
    offered = list(_offered(staff, now).order_by("round__number", "position").values_list("pk", "round_id"))
    if not offered:
        return None
    first = [pk for pk, of_round in offered if of_round == offered[0][1]]
    chosen = first[staff.pk * 7 % len(first)]
    words = Drawn.objects.values_list("contact__words", flat=True).get(pk=chosen)
    return Item(chosen, bare(words))


def how_many_for(staff: Person, now: datetime) -> int:
    """How many cases wait for this person to code."""
    count: int = _offered(staff, now).count()
    return count


@transaction.atomic
def code(staff: Person, key: int, need: Need, now: datetime) -> Recoding:
    """Keep the need that this person reads in the words. Said twice, the first holds. Raises NotOffered."""
    ledger.wait_for_turn()
    if (said := Recoding.objects.filter(drawn=key, by=staff).first()) is not None:
        return said
    done = _offered(staff, now).filter(pk=key).values_list("done", flat=True).first()
    if done is None:
        raise NotOffered("This one is coded by now, or is none that you may code. Take the next.")
    coded = Recoding.objects.create(drawn_id=key, number=done + 1, by=staff, need=need, at=now)
    ledger.write(ledger.Act("recoded", now, by=f"person:{staff.pk}", facts={"drawn": key, "need": need.slug}))
    return coded


def _offered(staff: Person, now: datetime) -> Any:
    """The drawn cases that this person may code, each with how many have done so."""
    if not staff.may_act:
        return Drawn.objects.none()
    return (
        Drawn.objects.filter(round__began_at__lte=now, round__began_at__gt=now - OPEN_FOR)
        .filter(case__in=Case.objects.visible_to(staff))
        .exclude(case__owner=staff)
        .filter(*(~Exists(rows) for rows in _what_they_did(staff)))
        .exclude(recodings__by=staff)
        .annotate(done=Count("recodings"))
        .filter(done__lt=F("codings"))
    )


def _what_they_did(staff: Person) -> list[QuerySet[Any]]:
    """What this person had to do with the case of an outer query: they would know it again."""
    here, by = Q(case=OuterRef("case")), Q(by=staff)
    return [
        Ownership.objects.filter(here, person=staff),
        Lease.objects.filter(here, person=staff),
        Reply.objects.filter(here & by),
        Note.objects.filter(here & by),
        Correction.objects.filter(here & by),
        Solution.objects.filter(here & by),
        Reopening.objects.filter(by, solution__case=OuterRef("case")),
        Raising.objects.filter(here & (by | Q(to=staff) | Q(settled_by=staff))),
        SpamMark.objects.filter(here & (by | Q(lifted_by=staff) | Q(confirmed_by=staff))),
    ]


@dataclass(frozen=True, slots=True)
class Coding:
    """Cases of one door, or one side: how the desk's need agrees with the blind one. agreement: None below ten."""

    n: int
    agreement: Agreement | None


@dataclass(frozen=True, slots=True)
class Gap:
    """Public less private in the share answered in time, with its 95 % interval; nan where there is nothing."""

    theta: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ThirdGap:
    """The same gap three ways: by the desk's need, by the blind one, and by how much the coding moves it.

    by_desk, by_recoding: for the same need and day. moved: by_recoding less by_desk: what adjusting for the desk's
    need hides, if public words are read as more urgent than they are.
    """

    cases: int
    by_desk: Gap
    by_recoding: Gap
    moved: Gap


@dataclass(frozen=True, slots=True)
class Result:
    """What rounds found. drawn, coded: cases. coders: how well two people agree on the same words; by_kind: (need as
    the desk had it, blind need, n) where they differ, the most frequent first. third_gap: None where nothing that came
    in by then has matured, or one side is missing."""

    drawn: int
    coded: int
    all: Coding
    by_door: dict[str, Coding]
    by_publicity: dict[str, Coding]
    coders: Coding
    by_kind: tuple[tuple[str, str, int], ...]
    third_gap: ThirdGap | None


def result(now: datetime, *rounds: Round) -> Result:
    """What these rounds found, taken together: one month is small for a rare door."""
    needs = {need.pk: kind_of(need.slug) for need in catalogue().needs.values()}
    kinds = list(dict.fromkeys(kind_of(need.slug) for need in _by_position()))
    code_of = {pk: kinds.index(kind) for pk, kind in needs.items()}
    drawn = {
        pk: (need, door, is_public)
        for pk, need, door, is_public in Drawn.objects.filter(round__in=rounds).values_list(
            "pk", "need_id", "door", "is_public"
        )
    }
    said: dict[int, dict[int, int]] = {}
    for key, number, need in Recoding.objects.filter(drawn__round__in=rounds).values_list(
        "drawn_id", "number", "need_id"
    ):
        said.setdefault(key, {})[number] = code_of[need]
    coded = sorted(said)
    desk = np.array([code_of[drawn[key][0]] for key in coded], dtype=np.int64)
    blind = np.array([said[key][1] for key in coded], dtype=np.int64)
    public = np.array([drawn[key][2] for key in coded], dtype=np.int64)
    doors = sorted({drawn[key][1] for key in coded})
    door = np.array([doors.index(drawn[key][1]) for key in coded], dtype=np.int64)
    twice = [(said[key][1], said[key][2]) for key in coded if 2 in said[key]]
    both = np.array(twice, dtype=np.int64).reshape(-1, 2)
    names = {kind_of(each.need.slug): each.name for each in choices()}
    differ = Counter((a, b) for a, b in zip(desk.tolist(), blind.tolist(), strict=True) if a != b)
    return Result(
        drawn=len(drawn),
        coded=len(coded),
        all=_coding(desk, blind, len(kinds)),
        by_door=_codings(door, desk, blind, doors, len(kinds)),
        by_publicity=_codings(public, desk, blind, ["private", "public"], len(kinds)),
        coders=_coding(both[:, 0], both[:, 1], len(kinds)),
        by_kind=tuple((names[kinds[a]], names[kinds[b]], count) for (a, b), count in differ.most_common()),
        third_gap=_third_gap(now, rounds, kinds, desk, blind, public) if rounds and coded else None,
    )


def _by_position() -> list[Need]:
    return sorted(catalogue().needs.values(), key=lambda each: each.position)


def _coding(desk: Ints, blind: Ints, needs: int) -> Coding:
    return Coding(len(desk), agreement(desk, blind, needs=needs) if len(desk) >= LEAST else None)


def _codings(which: Ints, desk: Ints, blind: Ints, names: Sequence[str], needs: int) -> dict[str, Coding]:
    found = agreement_by(which, desk, blind, needs=needs)
    return {names[i]: Coding(one.n, one if one.n >= LEAST else None) for i, one in found.items()}


def _third_gap(
    now: datetime, rounds: Sequence[Round], kinds: list[str], desk: Ints, blind: Ints, public: Ints
) -> ThirdGap | None:
    """The gap over all cases of the rounds' months, by what the drawn ones say of how needs are read."""
    parts = [waits(each.since, each.until, now) for each in rounds]
    days, kind, group, outcomes = [], [], [], []
    for rows in parts:
        mature, in_time = _in_time_as(rows, kinds, now)
        day, _ = rows.days()
        of_need = {pk: kinds.index(kind_of(need.slug)) for pk, need in catalogue().need_by_id.items()}
        days.append(day[mature])
        kind.append(np.array([of_need[pk] for pk in rows.need[mature].tolist()], dtype=np.int64))
        group.append(rows.began_public[mature].astype(np.int64))
        outcomes.append(in_time[mature])
    side = np.concatenate(group)
    if not 0 < side.sum() < len(side):
        return None
    return third_gap(np.concatenate(days), np.concatenate(kind), side, np.concatenate(outcomes), desk, public, blind)


def _in_time_as(rows: Waits, kinds: list[str], now: datetime) -> tuple[Flags, Floats]:
    """(N,) whether a case is mature whatever its need; (N, K) whether it was answered in time, were that its need.

    A case of a deadline keeps its own grade; one that is none would have had the longest.
    """
    book = catalogue()
    chosen = {kind_of(each.need.slug): each.need for each in choices()}
    places = {place.pk: place for place in book.places.values()}
    at = np.full(len(rows), seconds(now), dtype=np.int64)
    mature = np.ones(len(rows), dtype=np.bool_)
    in_time = np.zeros((len(rows), len(kinds)))
    for i, kind in enumerate(kinds):
        need = np.array(
            [pk if kind_of(book.need_by_id[pk].slug) == kind else chosen[kind].pk for pk in rows.need.tolist()],
            dtype=np.int64,
        )
        others = rows.with_need(need, book)
        standard = np.zeros(len(rows))
        for of_need, of_place in {(n, p) for n, p in zip(need.tolist(), rows.place.tolist(), strict=True)}:
            line = book.line(book.need_by_id[of_need], places[of_place])
            mine = (need == of_need) & (rows.place == of_place)
            standard[mine] = book.answer_standard(line, now).total_seconds()
        if not len(rows):
            continue
        wait = others.worked(others.opened, others.answered).astype(np.float64)
        wait[others.answered == NEVER] = np.inf
        in_time[:, i] = is_in_time(wait, standard)
        mature &= others.worked(others.opened, at) >= STANDARDS * standard
    return mature, in_time


def third_gap(
    day: Ints,
    kind: Ints,
    group: Ints,
    outcome: Floats,
    coded_kind: Ints,
    coded_group: Ints,
    recoded: Ints,
    *,
    draws: int = DRAWS,
    seed: int = SEED,
) -> ThirdGap:
    """Public less private, for the same need and day, by the desk's need and by the blind one.

    day, kind, group: (N,) of all cases: day of arrival, the desk's need 0 … K − 1, 1 for public. outcome: (N, K), what
    it would be were that its need. coded_kind, coded_group, recoded: (M,) of the cases coded again.
    Each case is shared out among the needs that people read in cases of its desk's need and side:
    p = (those so read + 2 · their share on both sides + ½ · 1/K) / (all coded + 2½); where nobody coded such a case,
    its desk's need stands for that share. What one waits hangs on the desk's need alone, so within it the blind need
    says nothing more of the wait, and may be shared out. Intervals: percentiles of `draws` draws of days, with
    replacement, and of p, from its Dirichlet distribution. Cells, weights and θ as in `stats.cells`.
    """
    needs = outcome.shape[1]
    _, when = np.unique(day, return_inverse=True)
    size = int(when.max()) + 1
    at = (when * needs + kind) * 2 + group
    room = size * needs * 2
    n = np.bincount(at, minlength=size * needs * 2).reshape(size, needs, 2).astype(np.float64)
    each = [np.bincount(at, weights=outcome[:, k], minlength=room).reshape(size, needs, 2) for k in range(needs)]
    total: Floats = np.stack(each, axis=-1).astype(np.float64)  # (day, desk's need, group, blind need)
    read = np.zeros((2, needs, needs))
    np.add.at(read, (coded_group, coded_kind, recoded), 1.0)
    seen = read.sum(axis=0)
    any_seen = seen.sum(axis=1, keepdims=True)
    pooled = np.where(any_seen > 0, seen / np.maximum(any_seen, 1), np.eye(needs))
    alpha = read + PRIOR * pooled + SPREAD / needs
    share = alpha / alpha.sum(axis=2, keepdims=True)
    itself = np.broadcast_to(np.eye(needs), (2, needs, needs))
    rng = np.random.default_rng(seed)
    found = np.array([_theta(n, total, itself), _theta(n, total, share)])
    drawn = np.empty((draws, 2))
    for i in range(draws):
        days = np.bincount(rng.integers(0, size, size), minlength=size).astype(np.float64)
        gammas = rng.standard_gamma(alpha)
        drawn[i] = [
            _theta(n, total, itself, days),
            _theta(n, total, gammas / gammas.sum(axis=2, keepdims=True), days),
        ]
    moved = drawn[:, 1] - drawn[:, 0]
    return ThirdGap(
        len(day),
        _gap(found[0], drawn[:, 0]),
        _gap(found[1], drawn[:, 1]),
        _gap(found[1] - found[0], moved),
    )


def _theta(n: Floats, total: Floats, share: Floats, days: Floats | None = None) -> float:
    """θ = Σ w D / Σ w over blind need × day. share: (2, K, K) desk's need → blind need, by group. days: how often
    each day counts; once by default."""
    cases = np.einsum("dkg,gkj->djg", n, share)
    sums = np.einsum("dkgj,gkj->djg", total, share)
    has_both = (cases > 0).all(axis=2)
    n0, n1 = cases[..., 0][has_both], cases[..., 1][has_both]
    weight = n1 * n0 / (n1 + n0)
    if days is not None:
        weight = weight * np.broadcast_to(days[:, None], has_both.shape)[has_both]
    whole = float(weight.sum())
    if not whole:
        return nan
    return float((weight * (sums[..., 1][has_both] / n1 - sums[..., 0][has_both] / n0)).sum()) / whole


def _gap(theta: float, drawn: Floats) -> Gap:
    some = drawn[np.isfinite(drawn)]
    if not len(some) or not np.isfinite(theta):
        return Gap(nan, nan, nan)
    low, high = np.quantile(some, [0.025, 0.975])
    return Gap(float(theta), float(low), float(high))
