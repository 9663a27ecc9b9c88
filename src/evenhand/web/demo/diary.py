"""What the bank does besides answering: the audit every night, and what people do about what it finds.

The audit, the drawings and the probes are the product's own; so are the acts of staff. Drawn is only who codes how
many words again, and how they read them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from evenhand.care.models import Judged, Need
from evenhand.desk import people as staff
from evenhand.desk.setting_up import PersonForm
from evenhand.fairness.live import night, tasks
from evenhand.fairness.live.models import Night, Task
from evenhand.fairness.live.series import set_policy
from evenhand.fairness.practice import recoding
from evenhand.fairness.practice.models import Drawn
from evenhand.fairness.practice.probes import run_probes
from evenhand.people.models import Person, Place
from evenhand.web.demo.organisation import FREMONT, MONDAY, STAFF, ZONE, quarter_began
from evenhand.web.demo.replay import Replay, Story

AUDITED_AT, DRAWN_AT, MOVED_AT, SEEN_TO_AT, CODED_AT = time(2, 5), time(2, 40), time(7), time(10), time(18, 20)
PROBED_NIGHTS_AGO = (0, 7)
CODERS = ("aisha.mohamud@lakeside.example", "tomasz.nowak@lakeside.example")
CODED_A_DAY = 3
"""By each of the two."""
EVERY_NIGHT_FOR = timedelta(days=35)
"""So long before the bank opens the audit runs every night; before that once a week, which is caught up by the next."""
READ_ALIKE = 0.92
SEES_TO_GAPS, MANAGES = "ruth.bergman@lakeside.example", "robin.castellano@lakeside.example"
WHY_PUBLIC = "Customers may see it too. Ruth sees to whatever it finds."
WHAT_WAS_DONE = (
    "Fremont had somebody at the desk for two hours and a half a day. Since {day} Denise Carter and Luis Herrera sit "
    "there instead of at Oakland, so that somebody is there whenever the branch is open."
)


class Diary:
    """Enters what the bank does into a replay that ends when it opens, `opens_at`. seed: for what is drawn here."""

    def __init__(self, replay: Replay, people: Mapping[str, Person], opens_at: datetime, seed: int) -> None:
        self._replay, self._people, self._opens_at = replay, people, opens_at
        self._chance = Random(f"{seed} diary")  # noqa: S311
        self._needs = {need.slug: need for need in Need.objects.all()}

    def enter(self) -> None:
        """Every act at its time."""
        zone, replay = ZoneInfo(ZONE), self._replay
        day, last = replay.begins.astimezone(zone).date(), replay.ends.astimezone(zone).date()
        probed = {last - timedelta(days=ago) for ago in PROBED_NIGHTS_AGO}
        moved = quarter_began(self._opens_at).date()
        self._at(datetime.combine(day + timedelta(days=1), SEEN_TO_AT, zone), self._sets_the_policy)
        while day <= last:
            acts: list[tuple[time, Callable[[datetime], None]]] = [
                (SEEN_TO_AT, self._sees_to_fremont),
                (CODED_AT, self._code_again),
            ]
            if day > last - EVERY_NIGHT_FOR or day.weekday() == MONDAY:
                acts.append((AUDITED_AT, audit))
            if day.day == 1:
                acts.append((DRAWN_AT, self._draw_last_month))
            if day in probed:
                acts.append((DRAWN_AT, self._probe))
            if day == moved:
                acts.append((MOVED_AT, self._moves_to_fremont))
            for at, act in acts:
                self._at(datetime.combine(day, at, zone), act)
            day += timedelta(days=1)

    def _at(self, at: datetime, act: Callable[[datetime], None]) -> None:
        if at >= self._replay.begins:
            self._replay.at(at, act)

    def _sets_the_policy(self, now: datetime) -> None:
        by, to = self._people[MANAGES], self._people[SEES_TO_GAPS]
        set_policy(by=by, reason=WHY_PUBLIC, now=now, has_public_page=True, tasks_to=to)

    def _moves_to_fremont(self, now: datetime) -> None:
        """The administrator gives those who are moved their new place, as on the page for staff."""
        for member in STAFF:
            if not member.places_before:
                continue
            person = Person.objects.get(email=member.mail)
            places = [str(pk) for pk in Place.objects.filter(slug__in=member.places).values_list("pk", flat=True)]
            said = {"name": person.name, "role": person.role, "places": places, "is_active": "on"}
            by = self._people[MANAGES]
            form = PersonForm(said, person=person, changed_by=by)
            if not form.is_valid():
                raise ValueError(f"{person} cannot be moved: {form.errors}")
            staff.change(person, form, by, now)

    def _sees_to_fremont(self, now: datetime) -> None:
        """Once people were moved, the tasks about Fremont are done. The one about Oakland is for a visitor."""
        moved = quarter_began(self._opens_at)
        if now < moved:
            return
        for task in Task.objects.open().filter(kind=Task.Kind.GAP, contrast="place", group=FREMONT):
            words = WHAT_WAS_DONE.format(day=f"{moved.day} {moved:%B}")
            tasks.close(task, by=self._people[SEES_TO_GAPS], words=words, now=now)

    def _draw_last_month(self, now: datetime) -> None:
        recoding.start_round(now, seed=self._chance.getrandbits(62))

    def _probe(self, now: datetime) -> None:
        run_probes(now, seed=self._chance.getrandbits(62), rest=lambda: None)

    def _code_again(self, now: datetime) -> None:
        """Two who are here at weekends code a few a day; what they read is near to what others read."""
        for mail in CODERS:
            for _ in range(CODED_A_DAY):
                item = recoding.next_for(self._people[mail], now)
                if item is None:
                    break
                story = self._replay.stories[Drawn.objects.values_list("case_id", flat=True).get(pk=item.key)]
                recoding.code(self._people[mail], item.key, self._needs[self._read(story)], now)

    def _read(self, story: Story) -> str:
        meant = str(story.drawn.text.label or story.need)
        if self._chance.random() >= READ_ALIKE:
            likely = Judged.objects.values_list("probabilities", flat=True).get(case_id=story.case_id)
            others = [slug for slug in sorted(likely, key=likely.__getitem__, reverse=True) if slug != meant]
            meant = others[0] if others else meant
        chosen = {recoding.kind_of(choice.need.slug): choice.need.slug for choice in recoding.choices()}
        return chosen[recoding.kind_of(meant) if meant != recoding.DEADLINE else meant]


def audit(now: datetime) -> None:
    """What the loop does at night, step by step until the night is done."""
    night.audit_if_due(now)
    while Night.objects.filter(is_done=False).exists():
        night.audit_if_due(now)
