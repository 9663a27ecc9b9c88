"""The forecast against cases that can be worked out by hand, and against what must always hold."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.care.clock.working import ALWAYS, WorkingTime
from evenhand.care.promises.forecast import (
    FURTHEST,
    Load,
    Terms,
    forecast_all,
    forecast_of,
    level_of_the_last_day,
)

HOUR = timedelta(hours=1)
NOW = datetime(2026, 6, 1, 10, 20, tzinfo=UTC)  # a Monday
OFFICE = WorkingTime("UTC", {day: [("09:00", "17:00")] for day in range(5)})
EDGES = np.concatenate([[0.0], np.geomspace(0.25, 960, 60)])


def a_need(hours: float, *, weight: float = 1, is_danger: bool = False, clock: WorkingTime = ALWAYS) -> Terms:
    return Terms(hours * HOUR, weight, is_danger, clock)


def aged(**ages: float) -> np.ndarray:
    """Counts by age: so many cases at each age in hours, spread over the bin it falls in."""
    counts = np.zeros(len(EDGES) - 1)
    for name, count in ages.items():
        counts[np.searchsorted(EDGES, float(name.removeprefix("h")), side="right") - 1] += count
    return counts


def a_load(
    waiting: dict[str, np.ndarray] | None = None,
    arrivals: dict[str, float] | None = None,
    capacity: float | np.ndarray = 10.0,
    *,
    level: float = 1.0,
    zone: str = "UTC",
) -> Load:
    rates = {need: np.full(168, rate) for need, rate in (arrivals or {}).items()}
    return Load(EDGES, waiting or {}, rates, np.broadcast_to(capacity, (168,)), zone, level)


def by_day(rate: float, night: float = 0.0) -> np.ndarray:
    """Capacity from 09:00 to 17:00 on five days, and what there is at other hours."""
    week = np.full(168, night)
    for day in range(5):
        week[day * 24 + 9 : day * 24 + 17] = rate
    return week


def hours(wait: timedelta) -> float:
    return wait / HOUR


def test_a_line_of_its_own_is_worked_off_first_come_first_served():
    needs = {"question": a_need(8)}
    wait = forecast_all(a_load({"question": aged(h2=50)}, {"question": 9}), needs, NOW)["question"]
    assert hours(wait) == pytest.approx(50 / 10, rel=0.01)


def test_where_nobody_waits_and_somebody_is_there_nobody_will_wait():
    assert forecast_all(a_load(), {"question": a_need(8)}, NOW)["question"] < timedelta(seconds=5)


def test_at_night_the_wait_ends_in_the_morning():
    night = datetime(2026, 6, 2, 22, 30, tzinfo=UTC)
    needs = {"question": a_need(8, clock=OFFICE)}
    wait = forecast_all(a_load(capacity=by_day(10)), needs, night)["question"]
    assert hours(wait) == pytest.approx(10.5, abs=0.1)
    friday = datetime(2026, 6, 5, 16, 59, tzinfo=UTC)
    wait = forecast_all(a_load({"question": aged(h2=25)}, capacity=by_day(10)), needs, friday)["question"]
    assert hours(wait) == pytest.approx(64 + 2.5, rel=0.01)


def test_those_who_come_later_pass_ahead_as_far_as_the_order_lets_them():
    # Of a 1-h need, all who arrive before a + W·(1 − 1/8) pass: W = 60 / (10 − 4 · 7/8).
    needs = {"urgent": a_need(1), "question": a_need(8)}
    load = a_load({"question": aged(h2=60)}, {"urgent": 4, "question": 5})
    assert hours(forecast_all(load, needs, NOW)["question"]) == pytest.approx(60 / 6.5, rel=0.01)
    # With weight 4 before a + W·(1 − 1/32).
    needs["urgent"] = a_need(1, weight=4)
    assert hours(forecast_all(load, needs, NOW)["question"]) == pytest.approx(60 / (10 - 4 * 31 / 32), rel=0.01)


def test_of_those_with_more_time_only_who_has_waited_long_enough_is_ahead():
    # An urgent case waits for those of the 8-h need that are older than 7 W.
    needs = {"urgent": a_need(1), "question": a_need(8)}
    load = a_load({"question": aged(h1=30, h100=40)}, {})
    assert hours(forecast_all(load, needs, NOW)["urgent"]) == pytest.approx(4, rel=0.02)


def test_danger_waits_for_danger_alone_and_everybody_waits_for_danger():
    needs = {"danger": a_need(0.25, is_danger=True), "question": a_need(8)}
    load = a_load({"danger": aged(h1=5), "question": aged(h300=400)}, {"danger": 2, "question": 9})
    waits = forecast_all(load, needs, NOW)
    assert hours(waits["danger"]) == pytest.approx(0.5, rel=0.01)
    assert hours(waits["question"]) == pytest.approx(405 / 8, rel=0.01)


def test_a_level_above_the_usual_makes_the_wait_longer_by_what_passes():
    needs = {"urgent": a_need(1), "question": a_need(8)}
    waiting = {"question": aged(h2=60)}
    load = a_load(waiting, {"urgent": 4}, level=1.5)
    assert hours(forecast_all(load, needs, NOW)["question"]) == pytest.approx(60 / (10 - 6 * 7 / 8), rel=0.01)


def test_the_clock_of_working_hours_stands_still_at_night():
    # A few people serve by night too. An 8-h need in working hours gains nothing then, while a deadline of 2 h that
    # runs at any hour does: all of it that arrives by night passes ahead.
    needs = {"deadline": a_need(2), "question": a_need(8, clock=OFFICE)}
    evening = datetime(2026, 6, 2, 17, tzinfo=UTC)
    load = a_load({"question": aged(h1=20)}, {"deadline": 1}, by_day(10, night=2))
    # 16 h of night: capacity 32, deadlines 16 less the last of them. At 2 − 1 an hour it takes until morning, all but.
    assert 15 < hours(forecast_all(load, needs, evening)["question"]) < 17
    # Had the question's clock run by night, a quarter of the deadlines would not have passed.
    runs = {**needs, "question": a_need(8)}
    assert hours(forecast_all(load, runs, evening)["question"]) == pytest.approx(20 / (2 - 0.75), rel=0.02)


def test_who_came_in_the_same_night_goes_by_arrival():
    needs = {"money": a_need(4, clock=OFFICE), "wrong": a_need(4, clock=OFFICE)}
    night = datetime(2026, 6, 2, 23, tzinfo=UTC)
    load = a_load({"wrong": aged(h3=15)}, {"wrong": 5}, by_day(10))
    assert hours(forecast_all(load, needs, night)["money"]) == pytest.approx(10 + 1.5, rel=0.01)


def test_a_case_that_waits_already_keeps_the_place_of_its_arrival():
    needs = {"question": a_need(8)}
    load = a_load({"question": aged(h2=20, h50=30)}, {"question": 9})
    assert hours(forecast_of(load, needs, "question", NOW, NOW)) == pytest.approx(5, rel=0.01)
    assert hours(forecast_of(load, needs, "question", NOW, NOW - 20 * HOUR)) == pytest.approx(3, rel=0.01)
    assert hours(forecast_of(load, needs, "question", NOW, NOW - 200 * HOUR)) < 0.05
    with pytest.raises(ValueError, match="after it is looked at"):
        forecast_of(load, needs, "question", NOW, NOW + HOUR)


def test_without_capacity_the_forecast_is_the_furthest_and_the_machine_does_not_hang():
    waits = forecast_all(a_load({"q": aged(h1=1)}, {"q": 1}, 0.0), {"q": a_need(8)}, NOW)
    assert waits["q"] == FURTHEST


def test_d52_capacity_follows_the_wall_clock_over_the_change_of_the_clocks():
    berlin = ZoneInfo("Europe/Berlin")
    clock = WorkingTime("Europe/Berlin", {day: [("09:00", "17:00")] for day in range(7)})
    week = np.zeros(168)
    week.reshape(7, 24)[:, 9:17] = 10
    for saturday in (datetime(2026, 3, 28, 20, tzinfo=berlin), datetime(2026, 10, 24, 20, tzinfo=berlin)):
        load = a_load(capacity=week, zone="Europe/Berlin", waiting={"q": aged(h1=100)})
        wait = forecast_all(load, {"q": a_need(8, clock=clock)}, saturday)["q"]
        answered = (saturday.astimezone(UTC) + wait).astimezone(berlin)
        assert abs(answered - datetime(*saturday.timetuple()[:2], saturday.day + 2, 11, tzinfo=berlin)) < HOUR / 4


needs_of_a_place = {
    "danger": a_need(0.25, is_danger=True),
    "deadline": a_need(1, weight=4),
    "shut-out": a_need(2, weight=4, clock=OFFICE),
    "money": a_need(4, clock=OFFICE),
    "question": a_need(8, clock=OFFICE),
    "view": a_need(24, clock=OFFICE),
}
counts = st.lists(st.integers(0, 30), min_size=60, max_size=60).map(lambda row: np.array(row, dtype=float))
instants = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))


@st.composite
def loads(draw: st.DrawFn) -> Load:
    waiting = {need: draw(counts) for need in draw(st.sets(st.sampled_from(sorted(needs_of_a_place))))}
    arrivals = {need: draw(st.floats(0, 3)) for need in needs_of_a_place}
    return a_load(waiting, arrivals, by_day(draw(st.floats(5, 60)), draw(st.floats(0, 4))), level=draw(st.floats(0, 2)))


@settings(max_examples=40, deadline=None)
@given(loads(), instants)
def test_a_longer_line_never_means_a_shorter_wait(load, at):
    waits = forecast_all(load, needs_of_a_place, at)
    longer = {need: load.waiting.get(need, np.zeros(60)) + 5 for need in needs_of_a_place}
    more = forecast_all(a_load(longer, {}, load.capacity), needs_of_a_place, at)
    fewer = forecast_all(a_load(dict(load.waiting), {}, load.capacity), needs_of_a_place, at)
    for need in needs_of_a_place:
        assert timedelta(0) <= fewer[need] <= waits[need] * 1.01 + HOUR / 60
        assert fewer[need] <= more[need] * 1.01 + HOUR / 60
        assert waits[need] <= FURTHEST


@settings(max_examples=40, deadline=None)
@given(loads(), instants, st.lists(st.floats(0, 400), min_size=2, max_size=2))
def test_who_came_earlier_never_waits_longer_from_now(load, at, ages):
    older, younger = max(ages), min(ages)
    for need in needs_of_a_place:
        first = forecast_of(load, needs_of_a_place, need, at, at - older * HOUR)
        second = forecast_of(load, needs_of_a_place, need, at, at - younger * HOUR)
        assert first <= second * 1.01 + HOUR / 60


def test_few_arrivals_say_little_about_the_level():
    arrivals = {"q": np.full(168, 10.0)}
    assert level_of_the_last_day(480, arrivals, "UTC", NOW) == pytest.approx(504 / 264)
    assert level_of_the_last_day(3, {"q": np.full(168, 1 / 24)}, "UTC", NOW) == pytest.approx(27 / 25)
    assert level_of_the_last_day(0, {}, "UTC", NOW) == 1


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"age_edges": np.array([0.0, 2.0, 1.0])}, "age_edges"),
        ({"age_edges": np.array([1.0, 2.0])}, "age_edges"),
        ({"waiting": {"q": np.zeros(3)}}, r"waiting\['q'\]"),
        ({"arrivals": {"q": np.zeros(24)}}, r"arrivals\['q'\]"),
        ({"capacity": np.full(168, -1.0)}, "capacity"),
        ({"capacity": np.full(168, np.nan)}, "capacity"),
        ({"level": float("nan")}, "level"),
    ],
)
def test_a_load_of_the_wrong_shape_is_named(wrong, named):
    right = {"age_edges": EDGES, "waiting": {}, "arrivals": {}, "capacity": np.ones(168), "zone": "UTC"}
    with pytest.raises(ValueError, match=named):
        Load(**{**right, **wrong})


def test_a_need_without_terms_is_named():
    with pytest.raises(ValueError, match="no terms for lost"):
        forecast_all(a_load({"lost": aged(h1=1)}), {"q": a_need(8)}, NOW)
