"""One row that fails holds up nobody else."""

from __future__ import annotations

import pytest

from evenhand.care.models import Promise
from evenhand.care.promises import keeping, watching
from evenhand.web import loops
from factories import DAY, MINUTE, NOW, a_case, a_desk

pytestmark = pytest.mark.django_db


def test_p7_a_promise_that_cannot_be_judged_holds_up_no_other(monkeypatch, tmp_path):
    a_desk()
    bad = a_case("The first.", NOW, need="money")
    good = a_case("The second.", NOW + MINUTE, need="money")
    raised = keeping.raise_to_supervisor

    def raise_unless_bad(case, *args, **kwargs):
        if case.pk == bad.pk:
            raise RuntimeError("out of order")
        return raised(case, *args, **kwargs)

    monkeypatch.setattr(keeping, "raise_to_supervisor", raise_unless_bad)
    later = NOW + DAY
    with pytest.raises(watching.Stuck) as stuck:
        watching.break_one_overdue(later)
    assert "out of order" not in str(stuck.value)
    loop = next(each for each in loops.all_loops(tmp_path) if each.name == "break overdue promises")
    steady = iter(range(0, 1_000, 10))
    loop.run(lambda: later, lambda: float(next(steady)))
    assert loop.is_failing
    loop.run(lambda: later, lambda: float(next(steady)))
    assert Promise.objects.get(case=good, place_in_row=1).outcome.kind == "broken"
    assert Promise.objects.get(case=bad).is_running, "it is tried again, not forgotten"
