"""The report, a contrast, a task, the policy: who reads what, and what it says."""

from __future__ import annotations

import re

import pytest

from evenhand.fairness.live.models import Night, Policy, Series, Task
from evenhand.fairness.live.night import run_now
from evenhand.fairness.pages.found import Found
from evenhand.stats.cells import Verdict
from factories import DAY, NOW
from tests.fairness_pages.world import a_task

pytestmark = pytest.mark.django_db


def shown(page) -> str:
    """What a page says, without its markup."""
    main = re.search(r"<main.*</main>", page.content.decode(), re.DOTALL)
    return re.sub(r" (?=[:.,;)])", "", " ".join(re.sub(r"<[^>]*>", " ", main[0]).split()))


def test_the_world_of_these_tests_holds_one_contrast_of_each_kind(house):
    verdicts = {of.contrast.name: of.verdict for of in Found.lately().contrasts}
    assert verdicts["language"] is Verdict.UNEQUAL
    assert verdicts["contact"] is Verdict.TOO_FEW
    assert Verdict.NOT_PROVEN in verdicts.values() or Verdict.EQUAL in verdicts.values()


def test_everyone_in_the_organisation_reads_one_sentence_and_none_of_the_figures(house, sign_in):
    page = sign_in(house.agent).get("/fairness/")
    said = shown(page)
    assert "a public post was answered" in said
    assert "Spanish cases are" in said
    assert "<svg" not in re.search(r"<main.*</main>", page.content.decode(), re.DOTALL)[0]
    assert "Kept promises" not in said
    assert "By language" not in said


@pytest.mark.parametrize(
    ("address", "room"),
    [
        ("", "Report"),
        ("by/language/", "Report"),
        ("shouting/", "Does shouting pay?"),
        ("kept/", "Kept promises"),
        ("probes/", "Paired probes"),
        ("coding/", "Blind re-coding"),
        ("coding/results/", "Blind re-coding"),
        ("policy/", "Policy"),
    ],
)
def test_every_page_says_in_which_of_the_audit_s_rooms_one_is(house, sign_in, address, room):
    page = sign_in(house.auditor).get(f"/fairness/{address}").content.decode()
    rooms = re.search(r'<nav class="rooms".*?</nav>', page, re.DOTALL)[0]
    assert re.findall(r'aria-current="(?:page|true)">([^<]*)<', rooms) == [room]


def test_an_auditor_reads_the_whole_report_and_can_start_nothing(house, sign_in):
    page = sign_in(house.auditor).get("/fairness/")
    said = shown(page)
    for card in (
        "Time to a first answer, by way in",
        "Still waiting for an answer",
        "How many of them, still waiting",
        "Time until solved, by way in",
        "Who is treated differently?",
        "Kept promises",
        "The worst, and the overtaken",
        "How this is found",
        "Left out, and not there yet",
        "To be seen to",
        "Last audited",
    ):
        assert card in said
    assert page.content.decode().count("<svg") >= 8
    assert "Audit now" not in said
    assert sign_in(house.auditor).post("/fairness/audits/").status_code == 404


def test_an_administrator_audits_now_and_is_told_that_it_runs(house, sign_in):
    browser = sign_in(house.administrator)
    assert "Audit now" in shown(browser.get("/fairness/"))
    page = browser.post("/fairness/audits/", follow=True)
    assert Night.objects.filter(is_done=False, by=house.administrator).count() == 1
    assert "An audit is under way" in shown(page)
    assert 'hx-trigger="every 4s"' in page.content.decode()
    part = browser.get("/fairness/audits/running/", headers={"HX-Request": "true"}).content.decode()
    assert "An audit is under way" in part
    assert "<main" not in part
    run_now(by=house.administrator, now=NOW)
    part = browser.get("/fairness/audits/running/", headers={"HX-Request": "true"}).content.decode()
    assert "Show the new figures" in part
    assert "hx-trigger" not in part


def test_the_link_to_fairness_stands_beside_the_desk_and_the_desk_s_counts_beside_fairness(house, sign_in):
    browser = sign_in(house.supervisor)
    assert 'href="/fairness/"' in browser.get("/desk/").content.decode()
    page = browser.get("/fairness/").content.decode()
    assert '<a href="/fairness/" aria-current="page">Fairness</a>' in page
    assert 'id="count-raised"' in page


@pytest.mark.parametrize("name", ["public", "door", "language", "place", "public_before", "reach", "contact"])
def test_every_contrast_has_a_page_of_its_own(house, sign_in, name):
    page = sign_in(house.auditor).get(f"/fairness/by/{name}/")
    assert page.status_code == 200
    assert "The largest difference we cannot rule out" in shown(page) or "Nothing is known of it yet" in shown(page)


def test_a_contrast_shows_how_sure_we_came_to_be_of_each_outcome(house, sign_in):
    browser = sign_in(house.auditor)
    for outcome in ("in_time", "wait", "asked", "solved"):
        page = browser.get("/fairness/by/language/", {"outcome": outcome})
        assert "Spanish: largest difference we cannot rule out" in page.content.decode()
    said = shown(browser.get("/fairness/by/language/"))
    assert "What drives it, by need" in said
    assert "Answered in time, Spanish against English: different since" in said
    assert "and not closed yet" in said


def test_a_contrast_that_is_not_there_looks_like_any_page_that_is_not_there(house, sign_in):
    browser = sign_in(house.auditor)
    assert browser.get("/fairness/by/age/").status_code == 404
    assert browser.get("/fairness/by/language/", {"outcome": "<script>"}).status_code == 200


def test_a_contrast_that_the_policy_leaves_out_says_so(house, sign_in):
    browser = sign_in(house.administrator)
    form = policy_form() | {"contrasts": ["public", "door"], "reason": "Too small here."}
    assert browser.post("/fairness/policy/", form).status_code == 302
    assert "the policy leaves it out" in shown(browser.get("/fairness/by/language/"))
    assert "Spanish and English" not in shown(browser.get("/fairness/"))


def test_where_public_and_private_are_not_compared_the_sentence_says_so_and_names_what_differs(house, sign_in):
    browser = sign_in(house.administrator)
    form = policy_form() | {"contrasts": ["language"], "reason": "Nobody posts in public here."}
    assert browser.post("/fairness/policy/", form).status_code == 302
    said = shown(browser.get("/fairness/"))
    assert "Public and private are not compared." in said
    assert "No audit has found anything yet" not in said
    assert "Different in part" in said
    assert "Spanish cases are" in said


def test_the_headline_counts_the_cases_that_its_verdict_rests_on_as_the_contrast_s_page_does(house, sign_in):
    browser = sign_in(house.auditor)
    counted = re.search(r"([\d,]+) cases since", shown(browser.get("/fairness/")))[1]
    assert f"Verdicts rest on {counted} cases" in shown(browser.get("/fairness/by/public/"))


def test_a_break_in_a_chart_is_called_what_it_is(house, sign_in):
    assert "policy changed" not in sign_in(house.auditor).get("/fairness/by/public/").content.decode()


# -- the policy ------------------------------------------------------------------------------------------------------


def policy_form() -> dict[str, object]:
    return {
        "rate_margin": "5",
        "time_margin": "10",
        "least_minutes": "15",
        "contrasts": list(Policy.objects.in_force().contrasts),
        "least_shown": "10",
        "reason": "",
    }


def test_an_administrator_changes_a_margin_with_a_reason_and_the_series_breaks_visibly(house, sign_in):
    browser = sign_in(house.administrator)
    form = policy_form() | {"rate_margin": "4", "reason": "Five points were too many for us."}
    said = shown(browser.post("/fairness/policy/", form, follow=True))
    assert "Rates alike within: 5 points → 4 points" in said
    assert "signed by Ada Boss · a new series began" in said
    assert "Five points were too many for us." in said
    assert Policy.objects.in_force().rate_margin == pytest.approx(0.04)
    assert Series.objects.order_by("-number").first().why.startswith("Margins or contrasts were changed by Ada Boss")
    assert "A new series began on" in shown(browser.get("/fairness/"))


def test_without_a_reason_nothing_is_changed_and_what_was_typed_stays(house, sign_in):
    page = sign_in(house.administrator).post("/fairness/policy/", policy_form() | {"rate_margin": "4"})
    assert page.status_code == 422
    assert "Say why" in shown(page)
    assert 'value="4"' in page.content.decode()
    assert Policy.objects.in_force().rate_margin == 0.05


def test_an_auditor_reads_the_policy_and_changes_nothing(house, sign_in):
    browser = sign_in(house.auditor)
    page = browser.get("/fairness/policy/")
    assert "5 points" in shown(page)
    assert "Sign and keep" not in page.content.decode()
    assert browser.post("/fairness/policy/", policy_form() | {"reason": "Mine."}).status_code == 404
    assert Policy.objects.count() == 1


# -- tasks -----------------------------------------------------------------------------------------------------------


def test_a_difference_that_was_found_is_a_task_of_somebody_by_name(house, sign_in):
    task = Task.objects.open().get(contrast="language", clock="answer")
    assert task.to == house.administrator
    said = shown(sign_in(house.auditor).get(f"/fairness/tasks/{task.uid}/"))
    assert "Ada Boss is asked to see to this" in said
    assert "Spanish cases are" in said
    assert "What was done?" not in said


def test_its_person_closes_a_task_with_words_and_nobody_without_any(house, sign_in):
    task = a_task(to=house.agent, group="fr")
    browser = sign_in(house.agent)
    assert "To be seen to" in shown(browser.get("/fairness/"))
    page = browser.post(f"/fairness/tasks/{task.uid}/closing/", {"words": "  "})
    assert page.status_code == 422
    assert "Say what was done" in shown(page)
    browser.post(f"/fairness/tasks/{task.uid}/closing/", {"words": "Two who speak Spanish take turns now."})
    task.refresh_from_db()
    assert (task.closed_by, task.words) == (house.agent, "Two who speak Spanish take turns now.")
    said = shown(browser.get(f"/fairness/tasks/{task.uid}/"))
    assert "Two who speak Spanish take turns now." in said
    assert "To be seen to" not in shown(browser.get("/fairness/"))


def test_a_task_of_somebody_else_looks_like_none(house, sign_in):
    task = a_task(to=house.supervisor, group="fr")
    browser = sign_in(house.agent)
    assert browser.get(f"/fairness/tasks/{task.uid}/").status_code == 404
    assert browser.post(f"/fairness/tasks/{task.uid}/closing/", {"words": "Done."}).status_code == 404
    task.refresh_from_db()
    assert task.is_open


def test_the_report_stays_when_a_new_quarter_knows_nothing_yet(house, sign_in, clock):
    from evenhand.fairness.live.series import lay_out

    lay_out(NOW + 40 * DAY)
    clock.now = NOW + 40 * DAY
    said = shown(sign_in(house.auditor).get("/fairness/"))
    assert "A new series began on 1 April 2026: A new quarter." in said
    assert "Spanish" in said
