"""Who is next, by rule: danger, then the greatest share of the standard used, by weight."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.care.cases.order import Head, in_order, key, pick, rank, share_used

HOUR = timedelta(hours=1)


def a_head(
    *,
    standard: timedelta = 4 * HOUR,
    waited: timedelta = HOUR,
    weight: float = 1,
    is_danger: bool = False,
    arrived: tuple[int, int] | None = None,
    line: str = "a line",
) -> Head:
    return Head(line, is_danger, weight, waited, standard, arrived or (-int(waited.total_seconds()), 0))


def test_whoever_has_used_most_of_their_standard_is_next():
    money = a_head(standard=4 * HOUR, waited=1 * HOUR)  # a quarter used
    question = a_head(standard=8 * HOUR, waited=5 * HOUR)  # five eighths used
    assert pick([money, question]) is question


def test_being_shut_out_counts_four_times():
    shut_out = a_head(standard=2 * HOUR, waited=timedelta(minutes=30), weight=4)
    money = a_head(standard=4 * HOUR, waited=3 * HOUR)
    assert pick([money, shut_out]) is shut_out
    assert pick([a_head(standard=4 * HOUR, waited=5 * HOUR), shut_out]) is not shut_out


def test_danger_goes_before_everybody_else_however_late_they_are():
    danger = a_head(standard=HOUR / 4, waited=timedelta(seconds=1), is_danger=True)
    late = a_head(standard=2 * HOUR, waited=90 * HOUR, weight=4)
    assert pick([late, danger]) is danger


def test_among_dangers_too_it_is_the_share_used_that_counts():
    fresh = a_head(standard=HOUR / 4, waited=timedelta(minutes=5), is_danger=True)
    waiting = a_head(standard=HOUR / 4, waited=timedelta(minutes=9), is_danger=True)
    assert pick([fresh, waiting]) is waiting


def test_ties_go_by_arrival_to_the_last():
    first = a_head(waited=timedelta(0), arrived=(7, 1))
    second = a_head(waited=timedelta(0), arrived=(7, 2))
    assert pick([second, first]) is first


def test_nobody_is_next_where_nobody_waits():
    assert pick([]) is None
    assert list(in_order([])) == []
    assert list(in_order([[], []])) == []


def test_a_case_may_be_carried_along_with_its_head():
    @dataclass(frozen=True, slots=True)
    class Row(Head):
        reference: str

    row = Row("money", False, 1, HOUR, 4 * HOUR, (0, 1), "4F7-K2Q")
    assert pick([row]).reference == "4F7-K2Q"


def test_a_standard_of_no_length_is_refused():
    with pytest.raises(ValueError, match="positive length"):
        share_used(HOUR, timedelta(0))
    assert share_used(2 * HOUR, 8 * HOUR) == 0.25
    assert key(4, 2 * HOUR, 8 * HOUR) == 1.0


cases = st.tuples(st.integers(0, 5), st.integers(0, 100_000))


def lines_of(arrivals: list[tuple[int, int]], now: int = 100_000) -> list[list[Head]]:
    """Six lines with the terms of as many needs, the oldest of each first."""
    terms = [
        (900, 1, True),
        (900, 4, False),
        (7_200, 4, False),
        (14_400, 1, False),
        (14_400, 1, False),
        (28_800, 1, False),
    ]
    lines: list[list[Head]] = [[] for _ in terms]
    for nth, (line, at) in sorted(enumerate(arrivals), key=lambda item: (item[1][1], item[0])):
        standard, weight, is_danger = terms[line]
        waited = timedelta(seconds=now - at)
        lines[line].append(Head(line, is_danger, weight, waited, timedelta(seconds=standard), (at, nth)))
    return lines


@given(st.lists(cases, max_size=40))
def test_the_line_is_shown_in_the_order_in_which_it_is_picked(arrivals):
    shown = list(in_order(lines_of(arrivals)))
    lines = lines_of(arrivals)
    picked = []
    while (head := pick(line[0] for line in lines if line)) is not None:
        picked.append(lines[head.line].pop(0))
    assert shown == picked
    assert shown == sorted(shown, key=rank)


@given(st.lists(cases, max_size=40))
def test_nobody_is_overtaken_within_a_need(arrivals):
    shown = list(in_order(lines_of(arrivals)))
    for line in range(6):
        of_this = [head.arrived for head in shown if head.line == line]
        assert of_this == sorted(of_this)


def test_showing_the_first_of_a_long_line_reads_no_further():
    read = 0

    def a_long_line(name):
        nonlocal read
        for nth in range(1_000_000):
            read += 1
            yield a_head(waited=timedelta(seconds=1_000_000 - nth), line=name)

    shown = in_order([a_long_line("one"), a_long_line("two")])
    assert [next(shown).elapsed for _ in range(3)] == [timedelta(seconds=1_000_000 - n) for n in (0, 0, 1)]
    assert read <= 5
