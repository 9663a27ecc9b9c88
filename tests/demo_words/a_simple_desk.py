"""A small desk of Lakeside's people, minute by minute: enough to see whether they keep up, and when not.

It is not the product: needs are the writers' own (a real complaint is money or wrong), nobody writes again, and
supervisors take what cannot wait where nobody is at the desk, and nothing else. The order is the product's: danger,
then the share of the standard used.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from evenhand.web.demo.draw import Drawn, work_on
from evenhand.web.demo.organisation import PLACES, STAFF, ZONE, holidays, replay_begins, turns_of_duty

STANDARD = {"danger": 15, "deadline-30": 30, "shut-out": 120, "money": 240, "wrong": 240, "question": 480}
STANDARD |= {"view": 3 * 540, "thanks": 3 * 540}  # minutes of working time, three working days


@dataclass
class Waiting:
    drawn: Drawn
    need: str
    at: int  # minute
    clock: int  # what the working clock said then


@dataclass
class Run:
    kept: dict[date, list[bool]]
    weeks: dict[int, list[bool]]
    by_need: dict[str, list[bool]]
    waiting_at_end: Counter[str]
    worked: float
    on_duty: float


def need_of(drawn: Drawn) -> str:
    label = drawn.text.label
    if label == "deadline":
        return "deadline-30"
    return label or ("money" if drawn.chance("need").random() < 0.35 else "wrong")


def run(arrivals: list[Drawn], now: datetime) -> Run:
    zone = ZoneInfo(ZONE)
    begins = replay_begins(now)
    total = int((now - begins) / timedelta(minutes=1))
    closed = {day for year in (begins.year, begins.year + 1) for day, _ in holidays(year)}
    locals_ = [(begins + timedelta(minutes=m)).astimezone(zone) for m in range(total)]
    spot = [(at.weekday(), at.hour * 60 + at.minute) for at in locals_]
    off = [at.date() in closed for at in locals_]

    def inside(hours, m):
        return any(h.weekday == spot[m][0] and _span(h)[0] <= spot[m][1] < _span(h)[1] for h in hours)

    clocks = {}
    for place in PLACES:
        count, ticks = 0, [0] * (total + 1)
        for m in range(total):
            count += not off[m] and inside(place.hours, m)
            ticks[m + 1] = count
        clocks[place.slug] = ticks
    agents = [member for member in STAFF if member.role in ("agent", "supervisor")]
    duty = [bytearray(total) for _ in agents]
    places: list[dict[int, tuple[str, ...]]] = [{} for _ in agents]  # by the minute at which a turn begins
    for turn in turns_of_duty(now):
        if turn.member in agents:
            low = max(0, int((turn.begins_at - begins) / timedelta(minutes=1)))
            high = min(total, int((turn.ends_at - begins) / timedelta(minutes=1)))
            duty[agents.index(turn.member)][low:high] = b"\1" * max(0, high - low)
            places[agents.index(turn.member)][low] = turn.places
    queue: list[Waiting] = []
    later: list[tuple[int, int, str, float]] = []  # begins, agent, place, minutes of solving
    busy = [0.0] * len(agents)
    now_at: list[tuple[str, ...]] = [()] * len(agents)
    result = Run({}, {}, {}, Counter(), 0.0, 0.0)
    coming = iter(arrivals)
    nxt = next(coming, None)
    for m in range(total):
        at = begins + timedelta(minutes=m)
        while nxt and nxt.sent_at <= at:
            queue.append(Waiting(nxt, need_of(nxt), m, clocks[nxt.place][m]))
            nxt = next(coming, None)
        for number, member in enumerate(agents):
            if not duty[number][m]:
                continue
            now_at[number] = places[number].get(m, now_at[number])
            result.on_duty += 1
            mine = [w for w in queue if w.drawn.place in now_at[number]]
            if member.role == "supervisor":
                staffed = {
                    place
                    for other, one in enumerate(agents)
                    if one.role == "agent" and duty[other][m]
                    for place in now_at[other]
                }
                mine = [w for w in mine if w.need.startswith(("danger", "deadline")) and w.drawn.place not in staffed]
                if not mine:
                    continue
            interrupted = max(0.0, busy[number] - m)
            if interrupted:  # danger and deadlines take somebody off what they are at
                mine = [w for w in mine if w.need.startswith(("danger", "deadline"))]
                if not mine:
                    continue
            if mine:

                def key(w, m=m):
                    always = w.need.startswith(("danger", "deadline"))
                    ran = m - w.at if always else clocks[w.drawn.place][m] - w.clock
                    weight = 4 if w.need.startswith(("deadline", "shut")) else 1
                    return (w.need == "danger", weight * ran / STANDARD[w.need], -w.at)

                head = max(mine, key=key)
                queue.remove(head)
                work = work_on(head.drawn, head.need)
                takes = max(1.0, work.answering.total_seconds() / 60 / member.pace)
                busy[number] = m + takes + interrupted
                result.worked += takes
                done = min(total, int(m + takes))
                always = head.need.startswith(("danger", "deadline"))
                ran = done - head.at if always else clocks[head.drawn.place][done] - head.clock
                kept = ran <= STANDARD[head.need]
                result.kept.setdefault(locals_[head.at].date(), []).append(kept)
                ago = (now - begins - timedelta(minutes=head.at)) // timedelta(weeks=1)
                result.weeks.setdefault(ago, []).append(kept)
                result.by_need.setdefault(head.need, []).append(kept)
                if work.first != "solves":
                    wait = int(work.solving_begins_after.total_seconds() / 60)
                    later.append((m + wait, number, head.drawn.place, work.solving.total_seconds() / 60))
            elif not interrupted:
                due = next((one for one in later if one[0] <= m and one[2] in now_at[number]), None)
                if due:
                    later.remove(due)
                    busy[number] = m + due[3] / member.pace
                    result.worked += due[3] / member.pace
    result.waiting_at_end = Counter(w.need for w in queue)
    result.waiting_at_end["later"] = sum(one[0] <= total for one in later)
    return result


def _span(hours):
    return hours.begins.hour * 60 + hours.begins.minute, hours.ends.hour * 60 + hours.ends.minute or 1440
