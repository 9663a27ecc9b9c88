"""What `evenhand doctor` asks of the rows."""

from __future__ import annotations

import pytest
from django.utils import timezone

from evenhand.care.models import Line
from evenhand.care.promises.calibration import Calibration as Stretch
from evenhand.care.promises.models import Calibration
from evenhand.web import health
from factories import a_case, a_desk


@pytest.mark.django_db
@pytest.mark.parametrize(("told", "is_fine"), [(1.3, True), (1.8, False)])
def test_promises_that_frighten_for_nothing_are_told_with_their_line(told: float, is_fine: bool):
    a_desk()
    line = Line.objects.get(pk=a_case().line_id)
    state = Stretch(stretch=(told,) * 40).to_json()
    Calibration.objects.update_or_create(line=line, defaults={"state": state, "updated_at": timezone.now()})
    found = health.forecasts()
    assert found.is_fine is is_fine
    assert is_fine or f"{line.need.name} at {line.place.name}" in found.says
