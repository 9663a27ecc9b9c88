"""What is drawn by a seed: the people, the times, the doors."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from demo_words.a_simple_desk import run
from evenhand.web.demo.draw import draw, work_on
from evenhand.web.demo.organisation import (
    AWAY_IN_THE_BUSY_WEEK,
    BUSY_WEEKS_AGO,
    FREMONT,
    OAKLAND,
    PLACES,
    STAFF,
    ZONE,
    holidays,
    is_busy,
    opens_at,
    quarter_began,
    replay_begins,
    turns_of_duty,
)
from evenhand.web.demo.words import texts

NOW = datetime(2026, 11, 18, 19, 30, tzinfo=UTC)


def test_the_same_seed_and_time_give_the_same_weeks():
    assert draw(7, NOW) == draw(7, NOW)
    assert draw(7, NOW) != draw(8, NOW)


def test_whoever_opens_the_demo_a_week_later_in_the_quarter_gets_the_same_weeks():
    opened = [opens_at(NOW + timedelta(weeks=weeks)) for weeks in (2, 3, 15)]
    assert opened[0] == opened[1] != opened[2]
    assert draw(7, opened[0]) == draw(7, opened[1])


def test_each_text_is_said_as_often_as_any_other_or_once_more():
    said = Counter(one.text for one in draw(1, NOW))
    assert set(said) == set(texts())
    assert max(said.values()) - min(said.values()) == 1


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        draw(1, datetime(2026, 11, 18))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_arrivals_are_in_order_since_the_replay_began_and_the_last_are_minutes_old(seed):
    arrivals = draw(seed, NOW)
    times = [one.sent_at for one in arrivals]
    assert times == sorted(times)
    assert [one.number for one in arrivals] == list(range(1, len(arrivals) + 1))
    assert replay_begins(NOW) <= times[0]
    assert timedelta(minutes=2) <= NOW - times[-1] <= timedelta(minutes=6)
    assert NOW - times[-3] <= timedelta(minutes=45) < NOW - times[-4]


def test_the_busy_week_brings_about_six_tenths_more_than_the_others():
    weeks: Counter[int] = Counter()
    for seed in range(5):
        weeks.update((NOW - one.sent_at) // timedelta(weeks=1) for one in draw(seed, NOW))
    usual = sum(weeks[ago] for ago in (1, 2, 4, 5, 6)) / 5
    assert 1.5 <= weeks[BUSY_WEEKS_AGO] / usual <= 1.7


def test_people_write_by_day_more_than_by_night_and_less_at_weekends():
    local = [one.sent_at.astimezone(ZoneInfo(ZONE)) for one in draw(1, NOW)]
    hours = Counter(at.hour for at in local)
    days = Counter(at.weekday() for at in local)
    assert hours[11] > 8 * hours[3] > 0
    assert days[1] > 2 * days[6] > 0


def test_a_text_comes_at_its_place_and_at_an_hour_that_fits_it():
    for one in draw(3, NOW):
        assert one.text.place in (None, one.place)
        if one.text.between:
            low, high = one.text.between
            assert low <= one.sent_at.astimezone(ZoneInfo(ZONE)).hour < high


def test_reach_is_known_of_public_contacts_alone_and_is_heavy_tailed():
    arrivals = [one for seed in range(4) for one in draw(seed, NOW)]
    public = [one for one in arrivals if one.is_public]
    assert 0.3 <= len(public) / len(arrivals) <= 0.4
    assert all((one.customer.followers is not None) == one.is_public for one in arrivals)
    reach = sorted(one.customer.followers or 0 for one in public)
    assert reach[-1] > 200 * reach[len(reach) // 2]


def test_being_public_is_drawn_without_a_look_at_the_words():
    arrivals = [one for seed in range(12) for one in draw(seed, NOW) if one.text.label != "danger"]
    shares = []
    for real in (True, False):
        kind = [one.is_public for one in arrivals if one.text.is_real is real]
        shares.append(sum(kind) / len(kind))
    assert abs(shares[0] - shares[1]) < 0.03
    assert not any(one.is_public for one in draw(1, NOW) if one.text.label == "danger")


def test_nobody_in_the_demo_can_be_reached_in_the_world():
    customers = {one.customer for one in draw(1, NOW)}
    for customer in customers:
        host = (customer.email or "x@example.com").rpartition("@")[2]
        assert host in ("example.com", "example.org", "example.net")
        assert customer.phone is None or (customer.phone[5:8] == "555" and customer.phone[8:10] == "01")
    phones = [customer.phone for customer in customers if customer.phone]
    assert len(set(phones)) == len(phones) > 200
    assert any(not customer.email and not customer.phone for customer in customers)


def test_some_people_have_more_than_one_matter():
    by_customer = Counter(one.customer.number for one in draw(1, NOW))
    again = sum(count > 1 for count in by_customer.values())
    assert 200 <= again <= 800


def test_customers_write_again_say_it_is_solved_and_ask_for_a_supervisor_but_not_after_thanks():
    arrivals = draw(1, NOW)
    kinds = Counter((up.kind, up.since) for one in arrivals for up in one.follow_ups)
    assert set(kinds) == {
        ("writes_again", "sent"),
        ("goes_public", "sent"),
        ("goes_public", "missed"),
        ("supervisor", "sent"),
        ("supervisor", "missed"),
        ("no_answer", "answered"),
        ("answers", "asked"),
        ("solved", "solved"),
        ("reopens", "solved"),
    }
    assert all(up.after > timedelta(0) and up.words for one in arrivals for up in one.follow_ups)
    assert not any(one.follow_ups for one in arrivals if one.text.label == "thanks")


def test_nobody_goes_public_who_is_public_already_or_in_danger():
    for one in draw(2, NOW):
        if one.is_public or one.text.label == "danger":
            assert "goes_public" not in {up.kind for up in one.follow_ups}


def test_the_work_on_a_case_is_the_same_whenever_it_is_asked():
    one = draw(1, NOW)[500]
    assert work_on(one, "money") == work_on(one, "money")
    assert work_on(one, "deadline-15").answering < timedelta(hours=1)
    firsts = Counter(work_on(one, "shut-out").first for one in draw(1, NOW))
    assert min(firsts[kind] for kind in ("solves", "promises", "asks")) > 100


def test_what_the_back_office_decides_comes_after_much_the_same_time_for_everybody():
    late_by = [work_on(one, "money").back_office_is_late_by / timedelta(hours=1) for one in draw(1, NOW)]
    assert abs(sum(late_by) / len(late_by)) < 0.1
    assert max(late_by) - min(late_by) < 8
    assert work_on(draw(1, NOW)[0], "question").back_office_is_late_by is None


def test_somebody_for_all_places_is_at_the_desk_or_on_call_at_every_hour_of_the_week():
    for weekday in range(7):
        for minute in range(0, 24 * 60, 15):
            assert any(
                hours.weekday == weekday
                and hours.begins.hour * 60 + hours.begins.minute
                <= minute
                < ((hours.ends.hour * 60 + hours.ends.minute) or 24 * 60)
                for member in STAFF
                if len(member.places) == len(PLACES)
                for hours in member.turns
            ), (weekday, minute)


def test_turns_fall_on_the_wall_clock_whatever_the_season_and_nobody_away_is_on_duty():
    zone = ZoneInfo(ZONE)
    turns = turns_of_duty(NOW)  # summer time ended on 1 November
    minh = [turn for turn in turns if turn.member.name == "Minh Tran"]
    assert {turn.begins_at.astimezone(zone).hour for turn in minh} == {13}
    assert {turn.ends_at.astimezone(zone).hour for turn in minh} == {18}
    assert {turn.begins_at.hour for turn in minh} == {20, 21}
    assert not any(is_busy(turn.begins_at, NOW) for turn in minh)
    thanksgiving = datetime(2026, 11, 26, tzinfo=zone).date()
    there = {turn.member.name for turn in turns if turn.begins_at.astimezone(zone).date() == thanksgiving}
    assert "Samuel Adeyemi" in there
    assert "Maya Okafor" not in there


def test_two_are_moved_from_oakland_to_fremont_when_the_quarter_begins():
    began = quarter_began(NOW)
    moved = [turn for turn in turns_of_duty(NOW) if turn.member.places_before]
    assert {turn.member.name for turn in moved} == {"Denise Carter", "Luis Herrera"}
    assert {turn.places for turn in moved if turn.begins_at < began} == {(OAKLAND,)}
    assert {turn.places for turn in moved if turn.begins_at >= began} == {(FREMONT,)}


@pytest.mark.parametrize("day", range(0, 730, 23))
def test_the_bank_opens_in_the_eighth_week_of_a_quarter_at_the_same_hour_and_weekday(day):
    zone = ZoneInfo(ZONE)
    now = NOW + timedelta(days=day, hours=day % 24)
    opens = opens_at(now)
    assert timedelta(0) <= now - opens <= timedelta(weeks=13, hours=1)
    here, there = now.astimezone(zone), opens.astimezone(zone)
    assert (there.weekday(), there.hour, there.minute) == (here.weekday(), here.hour, here.minute)
    assert timedelta(weeks=7) <= there - quarter_began(there) < timedelta(weeks=8)
    assert opens_at(opens) == opens


def test_the_staff_are_two_dozen_with_three_supervisors_an_auditor_and_an_administrator():
    roles = Counter(member.role for member in STAFF)
    assert (len(STAFF), roles["supervisor"], roles["auditor"], roles["administrator"]) == (25, 3, 1, 1)
    mails = {member.mail for member in STAFF}
    assert len(mails) == 25
    assert set(AWAY_IN_THE_BUSY_WEEK) <= mails
    slugs = {place.slug for place in PLACES}
    assert all({*member.places, *member.places_before} <= slugs for member in STAFF)
    assert sum(place.share for place in PLACES) == pytest.approx(1)


def test_the_holidays_are_those_of_the_country():
    days = {name: day.isoformat() for day, name in holidays(2026)}
    assert days["Thanksgiving Day"] == "2026-11-26"
    assert days["Memorial Day"] == "2026-05-25"
    assert days["Labor Day"] == "2026-09-07"
    assert holidays(2027)[5] == (datetime(2027, 7, 5).date(), "Independence Day")


@pytest.mark.parametrize("seed", [2, 7, 12])
def test_lakeside_answers_within_the_standard_on_most_days_and_in_danger_nearly_always(seed):
    now = NOW + timedelta(days=seed, hours=5 * seed)
    result = run(draw(seed, now), now)
    weeks = {ago: sum(kept) / len(kept) for ago, kept in result.weeks.items() if len(kept) > 100}
    assert len(weeks) >= 10
    assert min(weeks.values()) >= 0.9
    days = [sum(kept) / len(kept) for kept in result.kept.values()]
    assert sum(share >= 0.9 for share in days) >= 0.85 * len(days)
    danger = result.by_need["danger"]
    assert len(danger) > 50
    assert sum(danger) >= 0.9 * len(danger)
    assert result.waiting_at_end.total() - result.waiting_at_end["later"] <= 5
