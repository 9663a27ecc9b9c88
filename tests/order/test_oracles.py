"""The product's own pick against queues whose answers are known, and against another engine."""

import ciw
import numpy as np
import pytest

from tests.order.desk_simulator import (
    Desk,
    Need,
    first_come,
    poisson_cases,
    run,
    the_products_own,
)

pytestmark = pytest.mark.long


def one_agent(hour: float) -> int:
    return 1


def waits_by_need(needs, order, *, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean waits and numbers by need at one agent, service of mean 1, arrivals at .9; the first tenth left out."""
    cases = poisson_cases(np.random.default_rng(seed), needs, count=count, rate=0.9, service=1.0)
    run(cases, Desk(one_agent), order)
    kinds = np.array([case.need for case in cases[count // 10 :]])
    waits = np.array([case.waited for case in cases[count // 10 :]])
    numbers = np.bincount(kinds)
    return np.bincount(kinds, waits) / numbers, numbers


def test_waits_accumulate_as_kleinrock_says():
    # Rates of key growth 24 : 3 : 1 are standards of 1, 8 and 24 h at weight 1; arrivals .15, .45, .30.
    needs = (Need("urgent", 1 / 6, 1.0), Need("normal", 1 / 2, 8.0), Need("complex", 1 / 3, 24.0))
    runs = [waits_by_need(needs, the_products_own(needs), count=120_000, seed=seed)[0] for seed in (1, 2, 3)]
    # Kleinrock (1964): W_p = (W0/(1−ρ) − Σ_{i<p} ρ_i W_i (1 − b_i/b_p)) / (1 − Σ_{i>p} ρ_i (1 − b_p/b_i))
    assert np.mean(runs, axis=0) == pytest.approx([1.736, 6.635, 16.180], rel=0.10)


def test_the_danger_tier_is_cobhams_priority_and_creates_no_capacity():
    needs = (Need("danger", 2 / 9, 0.25, is_danger=True), Need("question", 7 / 9, 8.0))
    strict = np.mean(
        [waits_by_need(needs, the_products_own(needs), count=120_000, seed=seed)[0] for seed in (1, 2, 3)], axis=0
    )
    assert strict == pytest.approx([1.125, 11.25], rel=0.10)
    # What danger gains the others give: Σ ρ·W is 8.10 in any order that looks at no length of service.
    assert 0.2 * strict[0] + 0.7 * strict[1] == pytest.approx(8.10, rel=0.10)
    fifo = np.mean([waits_by_need(needs, first_come(), count=120_000, seed=seed)[0] for seed in (1, 2, 3)], axis=0)
    # The same arrivals: the conservation holds run by run, far closer than either mean is known.
    assert 0.2 * strict[0] + 0.7 * strict[1] == pytest.approx(0.2 * fifo[0] + 0.7 * fifo[1], rel=0.02)


@pytest.mark.parametrize(("agents", "gave_up"), [(6, 0.201), (7, 0.129), (8, 0.077)])
def test_the_simulator_itself_meets_erlang_a(agents, gave_up):
    # 100 calls an hour of 3.75 min, patience 2 min, both exponential.
    needs = (Need("call", 1.0, 1.0),)
    cases = poisson_cases(np.random.default_rng(5), needs, count=60_000, rate=100.0, service=3.75 / 60, patience=2 / 60)
    run(cases, Desk(lambda hour: agents), first_come())
    assert np.mean([case.has_left for case in cases]) == pytest.approx(gave_up, abs=0.008)


def test_another_engine_takes_each_of_the_same_cases_at_the_same_instant():
    # ciw's own priority queue, M/M/3 at load .9, fed with the arrivals and services of our cases, need by need.
    needs = (Need("danger", 0.25, 0.25, is_danger=True), Need("question", 0.75, 8.0))
    cases = poisson_cases(np.random.default_rng(7), needs, count=6_000, rate=2.7, service=1.0)
    run(cases, Desk(lambda hour: 3), the_products_own(needs))

    by_need = {need.name: [case for case in cases if case.need == nth] for nth, need in enumerate(needs)}
    network = ciw.create_network(
        arrival_distributions={
            name: [ciw.dists.Sequential(np.diff([0.0, *(case.arrived for case in of_it)]).tolist())]
            for name, of_it in by_need.items()
        },
        service_distributions={
            name: [ciw.dists.Sequential([case.service for case in of_it])] for name, of_it in by_need.items()
        },
        number_of_servers=[3],
        priority_classes={"danger": 0, "question": 1},
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(cases[-1].arrived)
    answered = [(record.arrival_date, record.waiting_time) for record in simulation.get_all_records()]
    assert len(answered) > 0.99 * len(cases)  # the last ones are still in hand
    arrived = np.array([case.arrived for case in cases])
    for at, waited in answered:
        ours = cases[int(np.abs(arrived - at).argmin())]
        assert ours.arrived == pytest.approx(at, abs=1e-6)
        assert ours.waited == pytest.approx(waited, abs=1e-6)


def test_the_simulator_itself_meets_erlang_c():
    needs = (Need("call", 1.0, 1.0),)
    cases = poisson_cases(np.random.default_rng(8), needs, count=150_000, rate=2.4, service=1.0)
    run(cases, Desk(lambda hour: 3), first_come())
    assert np.mean([case.waited for case in cases[2_000:]]) == pytest.approx(erlang_c_wait(3, 2.4), rel=0.08)


def erlang_c_wait(agents: int, load: float) -> float:
    """Mean wait of M/M/c with service of mean 1. load: in Erlang, below `agents`. Source: Erlang (1917)."""
    blocked = 1.0
    for n in range(1, agents + 1):
        blocked = load * blocked / (n + load * blocked)
    delayed = blocked / (1 - load / agents * (1 - blocked))
    return delayed / (agents - load)
