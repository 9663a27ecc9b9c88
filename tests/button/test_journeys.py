"""What a person does with the red button, in a real browser, on a page under a strict policy."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from evenhand.doors.button.script import script
from tests.button.conftest import Visit
from tests.button.peers import Desk, site

pytestmark = pytest.mark.browser

WORDS = "The registration you sent me has the wrong VIN on it.\nI can't sell the car until this is right."


def press(page: Page) -> None:
    page.get_by_role("button", name="Help! Tell us").click()


def write_and_send(page: Page, words: str = WORDS, answer_to: str = "elena@example.org") -> None:
    press(page)
    page.get_by_label("What happened?").fill(words)
    page.get_by_label("Where shall we answer?").fill(answer_to)
    page.get_by_role("button", name="Send privately").click()


def everything_stored(page: Page) -> str:
    return str(page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"))


NOTHING = '[{},{},""]'


def test_a_person_is_told_at_once_who_answers_and_by_when(visit: Visit, desk: Desk) -> None:
    page = visit(page={"tag": 'data-place="oakland"'})
    before = datetime.now(UTC)
    write_and_send(page)
    dialog = page.get_by_role("dialog", name="We have your message")
    expect(dialog).to_contain_text("answer by Tuesday 14:30")
    expect(dialog).to_contain_text("Maya Okafor owns this until it is solved")
    expect(dialog).to_contain_text("Everyone with this kind of problem is promised 4 working hours.")
    expect(dialog).to_contain_text("4F7-K2Q")
    expect(dialog.get_by_label("Your private page")).to_have_value(f"{desk.address}/c/a-private-link/")
    expect(page.get_by_role("heading", name="We have your message")).to_be_focused()
    [sent] = desk.asked
    assert {name: sent[name] for name in ("words", "answer_to", "language", "place")} == {
        "words": WORDS,
        "answer_to": "elena@example.org",
        "language": "en",
        "place": "oakland",
    }
    assert re.fullmatch("[0-9a-f]{32}", sent["key"])
    assert (
        timedelta(0)
        <= datetime.fromisoformat(sent["sent_at"]) - before + timedelta(milliseconds=2)
        < timedelta(seconds=9)
    )
    assert everything_stored(page) == NOTHING


def test_which_invitation_was_pressed_changes_the_wording_and_is_never_sent(visit: Visit, desk: Desk) -> None:
    page = visit()
    press(page)
    other = page.get_by_role("button", name="How you're doing")
    other.click()
    expect(other).to_have_attribute("aria-pressed", "true")
    page.get_by_label("What should we know?").fill("Why hide the phone number?")
    page.get_by_role("button", name="Send privately").click()
    expect(page.get_by_role("dialog")).to_contain_text("4F7-K2Q")
    assert set(desk.asked[0]) == {"words", "answer_to", "language", "place", "sent_at", "key"}


def test_nothing_is_stored_before_a_person_acts(visit: Visit, desk: Desk) -> None:
    page = visit()
    press(page)
    page.get_by_role("button", name="Close").click()
    assert everything_stored(page) == NOTHING
    assert desk.asked == []


def test_d37_neither_cookies_nor_the_page_somebody_was_on_are_sent(visit: Visit, desk: Desk) -> None:
    page = visit()
    page.context.add_cookies([{"name": "who", "value": "me", "url": desk.address}])
    write_and_send(page)
    expect(page.get_by_role("dialog")).to_contain_text("4F7-K2Q")
    [headers] = desk.headers
    assert "cookie" not in headers
    assert "referer" not in headers
    assert headers["origin"] == desk.site


def test_typed_words_come_back_after_a_reload(visit: Visit) -> None:
    page = visit()
    press(page)
    page.get_by_label("What happened?").fill(WORDS)
    page.reload()
    press(page)
    expect(page.get_by_label("What happened?")).to_have_value(WORDS)


def test_a_lost_network_is_said_and_the_words_arrive_once_it_is_back(visit: Visit, desk: Desk) -> None:
    page = visit()
    page.context.set_offline(True)
    write_and_send(page)
    dialog = page.get_by_role("dialog", name="Not sent yet")
    expect(dialog).to_contain_text("Your words are kept on this device; we try again when you are back online.")
    expect(dialog).to_contain_text(WORDS)
    assert desk.asked == []
    page.context.set_offline(False)
    expect(page.get_by_role("dialog")).to_contain_text("4F7-K2Q")
    assert len(desk.let_in) == 1
    assert everything_stored(page) == NOTHING


def test_an_answer_lost_on_its_way_back_lets_the_words_in_once_with_their_first_time(visit: Visit, desk: Desk) -> None:
    page = visit()
    desk.loses_answers = True
    write_and_send(page)
    expect(page.get_by_role("dialog", name="Not sent yet")).to_be_visible()
    first = desk.asked[0]
    desk.loses_answers = False
    page.reload()
    page.get_by_role("button", name="Sent: see who answers").click()
    dialog = page.get_by_role("dialog", name="We have your message")
    expect(dialog).to_contain_text("Maya Okafor")
    expect(dialog.get_by_label("Your private page")).to_have_value(f"{desk.address}/c/a-private-link/")
    assert [sent["key"] for sent in desk.asked] == [first["key"]] * len(desk.asked)
    assert [sent["sent_at"] for sent in desk.asked] == [first["sent_at"]] * len(desk.asked)
    assert list(desk.let_in.values()) == [first]
    assert everything_stored(page) == NOTHING


def test_the_private_link_waits_until_it_has_been_seen(visit: Visit, desk: Desk) -> None:
    page = visit()
    desk.refusals = [(503, {"title": "Busy"})]
    write_and_send(page)
    page.get_by_role("dialog", name="Not sent yet").wait_for()
    page.reload()
    page.get_by_role("button", name="Sent: see who answers").wait_for()
    page.reload()
    page.get_by_role("button", name="Sent: see who answers").click()
    expect(page.get_by_role("dialog")).to_contain_text("4F7-K2Q")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Help! Tell us")).to_be_visible()
    assert len(desk.asked) == 2


def test_a_busy_desk_is_asked_again_and_the_words_can_be_taken_back_and_changed(visit: Visit, desk: Desk) -> None:
    page = visit()
    desk.refusals = [(503, {"title": "Busy"}), (429, {"title": "Slow down"})]
    write_and_send(page)
    page.get_by_role("button", name="Try again now").click()
    page.get_by_role("button", name="Change it").click()
    words = page.get_by_label("What happened?")
    expect(words).to_have_value(WORDS)
    words.fill("In other words")
    page.get_by_role("button", name="Send privately").click()
    expect(page.get_by_role("dialog")).to_contain_text("4F7-K2Q")
    assert [sent["words"] for sent in desk.asked] == [WORDS, WORDS, "In other words"]
    assert desk.asked[0]["key"] == desk.asked[1]["key"] != desk.asked[2]["key"]


def test_a_refusal_says_what_is_wrong_and_what_was_kept(visit: Visit, desk: Desk) -> None:
    page = visit()
    problem = {
        "title": "We cannot answer there.",
        "detail": "“elena@” is no address.",
        "kept": "Your words are kept.",
        "errors": [{"pointer": "/answer_to", "detail": "is no address"}],
    }
    desk.refusals = [(422, problem)]
    write_and_send(page, answer_to="elena@")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("We cannot answer there. “elena@” is no address. Your words are kept.")
    where = page.get_by_label("Where shall we answer?")
    expect(where).to_be_focused()
    expect(where).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("What happened?")).to_have_value(WORDS)
    where.fill("elena@example.org")
    page.get_by_role("button", name="Send privately").click()
    expect(dialog).to_contain_text("4F7-K2Q")


def test_an_unknown_site_is_sent_to_the_form_with_nothing_lost(visit: Visit, desk: Desk) -> None:
    page = visit()
    desk.refusals = [(403, {"title": "This site may not carry the button.", "detail": ""})]
    write_and_send(page)
    expect(page.get_by_role("dialog")).to_contain_text("This site may not carry the button. Your words are still here.")
    expect(page.get_by_role("link", name="Use our form")).to_have_attribute("href", f"{desk.address}/help/")
    expect(page.get_by_label("What happened?")).to_have_value(WORDS)


def test_sending_nothing_asks_for_one_word(visit: Visit, desk: Desk) -> None:
    page = visit()
    write_and_send(page, words="  \n", answer_to="")
    expect(page.get_by_role("dialog")).to_contain_text("One word is enough.")
    expect(page.get_by_label("What happened?")).to_be_focused()
    assert desk.asked == []


def test_d16_what_the_far_side_says_is_shown_as_words(visit: Visit, desk: Desk) -> None:
    page = visit()
    desk.refusals = [(422, {"title": "<img src=x onerror=alert(1)>", "detail": "<b>no</b>", "kept": "<i>all</i>"})]
    write_and_send(page, words="<script>alert(1)</script>")
    expect(page.get_by_role("dialog")).to_contain_text("<img src=x onerror=alert(1)> <b>no</b> <i>all</i>")


def test_all_of_it_works_by_keyboard_and_the_focus_returns(visit: Visit, desk: Desk) -> None:
    page = visit()
    keyboard = page.keyboard
    keyboard.press("Tab")
    expect(page.get_by_role("button", name="Help! Tell us")).to_be_focused()
    keyboard.press("Enter")
    expect(page.get_by_label("What happened?")).to_be_focused()
    keyboard.type("Locked out")
    keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("button", name="Help! Tell us")).to_be_focused()
    keyboard.press("Space")
    expect(page.get_by_label("What happened?")).to_have_value("Locked out")
    keyboard.press("Tab")
    keyboard.type("+1 510 555 0100")
    keyboard.press("Tab")
    keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("4F7-K2Q")
    assert desk.asked[0]["answer_to"] == "+1 510 555 0100"


def test_it_speaks_the_language_of_the_page(visit: Visit, desk: Desk) -> None:
    page = visit(page={"language": "es-MX"})
    page.get_by_role("button", name="¡Ayuda! Cuéntenos").click()
    expect(page.get_by_role("dialog", name="Cuéntenos, con sus palabras")).to_have_attribute("lang", "es")
    page.get_by_label("¿Qué ha pasado?").fill("No llega el código")
    page.get_by_role("button", name="Enviar en privado").click()
    expect(page.get_by_role("dialog")).to_contain_text("Maya Okafor se encarga hasta resolverlo")
    assert desk.asked[0]["language"] == "es"


def test_a_language_that_is_added_is_spoken(visit: Visit, desk: Desk) -> None:
    desk.script = script(messages={"fr": {"cry": "À l'aide !"}})
    page = visit(page={"language": "fr"})
    page.get_by_role("button", name="À l'aide !").click()
    expect(page.get_by_role("dialog")).to_have_attribute("lang", "fr")


def test_public_is_never_faster_stands_there_only_while_a_finding_says_so(visit: Visit, desk: Desk) -> None:
    page = visit()
    press(page)
    expect(page.get_by_role("dialog")).not_to_contain_text("never faster")
    desk.script = script(is_public_never_faster=True)
    page.reload()
    press(page)
    expect(page.get_by_role("dialog")).to_contain_text("on every channel. Asking in public is never faster.")


def test_without_script_a_plain_link_does_the_whole_job(visit: Visit, desk: Desk) -> None:
    link = f'<a href="{desk.address}/help/" data-evenhand>Help! Tell us</a>'
    page = visit(page={"body": link}, java_script_enabled=False)
    page.get_by_role("link", name="Help! Tell us").click()
    expect(page.get_by_role("heading", name="The form")).to_be_visible()


def test_with_script_the_button_takes_the_plain_links_place_and_an_open_link_opens_it(visit: Visit, desk: Desk) -> None:
    body = (
        f'<a href="{desk.address}/help/" data-evenhand>Help! Tell us</a>'
        f'<a href="{desk.address}/help/" data-evenhand="open">Write to us</a>'
    )
    page = visit(page={"body": body})
    expect(page.get_by_role("link", name="Help! Tell us")).to_have_count(0)
    page.get_by_role("link", name="Write to us").click()
    expect(page.get_by_role("dialog", name="Tell us, in your own words")).to_be_visible()


def test_two_tags_make_one_button(visit: Visit, desk: Desk) -> None:
    page = visit(page={"body": f'<script src="{desk.address}/button.js" defer></script>'})
    expect(page.get_by_role("button", name="Help! Tell us")).to_have_count(1)


def test_where_storage_is_forbidden_it_says_to_keep_the_page_open(visit: Visit, desk: Desk) -> None:
    page = visit()
    page.add_init_script("Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') }")
    page.reload()
    page.context.set_offline(True)
    write_and_send(page)
    expect(page.get_by_role("dialog")).to_contain_text("Keep this page open; we try again when you are back online.")
    page.context.set_offline(False)
    expect(page.get_by_role("dialog")).to_contain_text("4F7-K2Q")


def test_another_tab_that_brought_the_words_there_spares_this_one(visit: Visit, desk: Desk) -> None:
    page = visit()
    page.context.set_offline(True)
    write_and_send(page)
    page.get_by_role("dialog", name="Not sent yet").wait_for()
    other = page.context.new_page()
    page.evaluate("localStorage.removeItem('evenhand')")
    page.context.set_offline(False)
    expect(page.get_by_role("dialog", name="Tell us, in your own words")).to_be_visible()
    assert desk.asked == []
    other.close()


@pytest.mark.parametrize(("width", "height"), [(320, 256), (390, 844), (1280, 800)])
def test_at_four_hundred_percent_everything_can_be_reached(visit: Visit, width: int, height: int) -> None:
    page = visit(viewport={"width": width, "height": height})
    press(page)
    page.get_by_label("What happened?").fill("Locked out")
    send = page.get_by_role("button", name="Send privately")
    send.scroll_into_view_if_needed()
    expect(send).to_be_in_viewport(ratio=1)
    dialog = page.get_by_role("dialog")
    assert dialog.evaluate("one => one.scrollWidth <= one.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    heights = "one => [...one.querySelectorAll('button, input, textarea')].map(each => each.offsetHeight)"
    assert min(dialog.evaluate(heights)) >= 24
    page.get_by_role("button", name="Send privately").click()
    expect(page.get_by_role("dialog")).to_contain_text("4F7-K2Q")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_barrier_is_found_in_any_of_its_states(browser: Any, desk: Desk, scheme: str) -> None:
    # The policy is lifted here: the checker itself is a script that is put into the page.
    context = browser.new_context(color_scheme=scheme, locale="en-GB", reduced_motion="reduce")
    context.set_default_timeout(5_000)
    page = context.new_page()
    with site(desk, policy="default-src * 'unsafe-inline' 'unsafe-eval'") as address:
        page.goto(f"{address}/")
        assert barriers(page) == []
        write_and_send(page, words="")
        assert barriers(page) == []
        page.context.set_offline(True)
        page.get_by_label("What happened?").fill("Locked out")
        page.get_by_role("button", name="Send privately").click()
        page.get_by_role("dialog", name="Not sent yet").wait_for()
        assert barriers(page) == []
        page.context.set_offline(False)
        page.get_by_role("dialog", name="We have your message").wait_for()
        assert barriers(page) == []
        context.close()


def barriers(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found if each["impact"] in {"serious", "critical"}
    ]
