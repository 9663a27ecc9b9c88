"""Customers who speak Spanish read Spanish, on every page and in every letter; staff's pages are English and say so."""

from __future__ import annotations

import ast
import html
import importlib.util
import re
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone, translation
from django.utils.translation.template import templatize

import evenhand
from evenhand.care.cases import catalogue
from evenhand.care.models import Case, Need, Outlook, Promise, Reply
from evenhand.care.promises import making, staff, watching
from evenhand.doors import limits, outbox
from evenhand.doors.form.pages import NEEDS_THAT_SHIP
from evenhand.doors.models import Message
from evenhand.identity.recognise import give_links
from evenhand.ui.languages import spoken_to
from factories import HOUR, a_case, a_desk, a_person, a_place

HOUSE = Path(evenhand.__file__).parent
PO = HOUSE / "locale/es/LC_MESSAGES/django.po"
PLACEHOLDER = re.compile(r"%\(\w+\)s")

_spec = importlib.util.spec_from_file_location("compile_messages", HOUSE.parents[1] / "tools/compile_messages.py")
tool = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = tool  # where dataclasses look for it
_spec.loader.exec_module(tool)

HEADER, *ENTRIES = tool.entries(PO.read_text(encoding="utf-8"))
SENTENCES = sorted(
    {
        piece.strip()
        for entry in ENTRIES
        for keyword, text in entry.texts.items()
        if keyword.startswith("msgid")
        for piece in PLACEHOLDER.split(text)
        if len(piece.strip()) >= 12
    }
)
SPANISH = {"Accept-Language": "es-MX,es;q=0.9"}
WORDS = "Me cobraron dos veces. Fue el lunes."


@pytest.fixture(autouse=True)
def nobody_over_a_limit():
    limits.forget()
    yield
    limits.forget()


@pytest.fixture(autouse=True)
def the_next_test_speaks_english():
    with translation.override("en", deactivate=True):
        yield


def english_in(shown: str) -> list[str]:
    """The English sentences that somebody reads on this page or in this letter."""
    text = " ".join(html.unescape(shown).split())
    return [sentence for sentence in SENTENCES if sentence in text]


def a_spanish_case(**about) -> Case:
    about = {"need": "money", "language": "es"} | about
    return a_case(WORDS, timezone.now() - timedelta(minutes=5), **about)


def link_to(case: Case) -> str:
    return f"/c/{give_links([(case.pk, None)], timezone.now())[0]}/"


def page_of(case: Case) -> str:
    return Client().get(link_to(case)).content.decode()


def answer(case: Case, by, kind: str, **more) -> Reply:
    now = timezone.now()
    written = staff.reply(case.pk, by=by, words="Ya lo veo.", kind=Reply.Kind(kind), version=None, now=now, **more)
    outbox.send(written, now)
    return written


def said_in_code() -> Iterator[str]:
    """What the pages' Python says through gettext."""
    names = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext"}
    for path in HOUSE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                yield from (each.value for each in node.args[:1] if isinstance(each, ast.Constant))


def said_in_templates() -> Iterator[str]:
    """What the templates say, as Django's own extraction reads them."""
    for path in [*HOUSE.rglob("templates/**/*.html"), *HOUSE.rglob("templates/**/*.txt")]:
        for found in re.finditer(r"""gettext\(u?("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""", templatize(path.read_text())):
            yield ast.literal_eval(found[1])
        for found in re.finditer(r"""default:_\("([^"]*)"\)""", path.read_text()):
            yield found[1]


def test_everything_that_is_said_has_an_entry():
    said = set(said_in_code()) | set(said_in_templates())
    assert len(said) > 100
    assert said - {entry.msgid for entry in ENTRIES} == set()


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.msgid[:40])
def test_each_is_translated_with_the_same_placeholders(entry):
    assert "fuzzy" not in entry.flags
    assert len(entry.translations) == (2 if "msgid_plural" in entry.texts else 1)
    for text in entry.translations:
        assert text.strip()
        assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(entry.msgid))


def test_what_is_shipped_is_what_the_tool_makes_of_the_translations():
    assert PO.with_suffix(".mo").read_bytes() == tool.compiled(PO.read_text(encoding="utf-8"))
    assert "Plural-Forms: nplurals=2; plural=(n != 1);" in HEADER.translations[0]


def test_the_tool_leaves_out_what_is_in_doubt_and_refuses_what_it_cannot_read():
    doubtful = '#, fuzzy\nmsgid "one"\nmsgstr "uno"\n\nmsgid "two"\nmsgstr ""\n"dos\\n"\n'
    assert b"uno" not in tool.compiled(doubtful)
    assert b"dos\n" in tool.compiled(doubtful)
    with pytest.raises(ValueError, match="line 2"):
        tool.compiled('msgid "one"\nuno\n')


@pytest.mark.django_db
def test_this_test_would_hear_english():
    a_desk()
    assert "What happened?" in english_in(Client().get("/help/").content.decode())
    assert "owns this until it is solved" in english_in(page_of(a_spanish_case(language="en")))


@pytest.mark.django_db
def test_the_form_is_spanish_with_its_mistakes_and_its_limits():
    a_desk()
    a_place("fremont")
    client = Client(headers=SPANISH)
    pages = [
        client.get("/help/"),
        Client().get("/help/?language=es"),
        client.post("/help/", {"words": " ", "answer_to": "elena(at)example", "key": "k" * 20}),
        client.post("/help/", {"words": "sí " * 30_000, "key": "k" * 20}),
    ]
    while (last := client.post("/help/", {"words": WORDS, "key": "k" * 20})).status_code == 302:
        pass
    assert [page.status_code for page in [*pages, last]] == [200, 200, 422, 422, 429]
    for page in [*pages, last]:
        shown = page.content.decode()
        assert english_in(shown) == []
        assert '<html lang="es">' in shown
    assert "89\xa0999" in pages[3].content.decode()
    assert "50\xa0000" in pages[3].content.decode()


@pytest.mark.django_db
def test_before_anybody_works_here_that_is_said_in_spanish():
    page = Client(headers=SPANISH).post("/help/", {"words": WORDS, "key": "k" * 20})
    assert page.status_code == 503
    assert english_in(page.content.decode()) == []


@pytest.mark.django_db
def test_shipped_needs_are_named_in_spanish_and_an_organisation_s_own_as_they_are():
    assert set(NEEDS_THAT_SHIP) == set(Need.objects.values_list("name", flat=True))
    a_desk()
    Need.objects.filter(slug="view").update(name="Praise & 100 % ideas")
    catalogue.forget()
    shown = Client(headers=SPANISH).get("/help/").content.decode()
    assert '<th scope="row">Peligro</th>' in shown
    assert '<th scope="row">Praise &amp; 100 % ideas</th>' in shown
    assert '<th scope="row">Danger</th>' in Client().get("/help/").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "state", ["new", "waiting", "asked", "answered", "solved", "objected", "reopened", "missed", "handed on", "called"]
)
def test_the_private_page_is_spanish_whatever_has_happened(state):
    agent, supervisor = a_desk()
    case = a_spanish_case()
    link, now = link_to(case), timezone.now()
    if state == "new":
        link += "?new"
    elif state == "asked":
        answer(case, agent, "question", by_when=now + timedelta(days=2))
    elif state == "answered":
        answer(case, agent, "answer")
    elif state in {"solved", "objected", "reopened"}:
        answer(case, agent, "solution")
        if state != "solved":
            what = "objection" if state == "objected" else "reopening"
            Client().post(f"{link}{what}/", {"key": "k" * 20})
    elif state == "missed":
        watching.break_one_overdue(Promise.objects.get(case=case).due_at)
    elif state == "handed on":
        staff.hand_on(case.pk, by=agent, to=supervisor, version=None, now=now)
    elif state == "called":
        Client().post(f"{link}supervisor/", {"key": "s" * 20})
        Client().post(f"{link}call/", {"key": "c" * 20, "phone": "+1 510 555 0123"})
        Client().post(f"{link}words/", {"key": "w" * 20, "words": "Fueron 14 dólares."})
    response = Client().get(link)
    assert english_in(response.content.decode()) == []
    assert response["Content-Language"] == "es"


@pytest.mark.django_db
def test_what_is_refused_on_the_private_page_is_said_in_spanish():
    a_desk()
    link = link_to(a_spanish_case())
    for what, said in (("words", {"words": " "}), ("call", {"phone": "pronto"})):
        page = Client().post(f"{link}{what}/", said | {"key": "k" * 20})
        assert page.status_code == 422
        assert english_in(page.content.decode()) == []


@pytest.mark.django_db
@pytest.mark.parametrize("kind", Message.Kind.values)
def test_every_letter_is_spanish(kind):
    agent, _ = a_desk()
    case = a_spanish_case(email="elena@example.org", language="es-MX")
    for number in range(2):
        held = a_spanish_case(email="elena@example.org")
        Message.objects.filter(case=held).update(state=Message.State.HELD if number else Message.State.WAITING)
    now = timezone.now()
    reply = answer(case, agent, "question", by_when=now + timedelta(days=2)) if kind == "reply" else None
    promise = Promise.objects.filter(case=case, is_running=True).first()
    message = outbox.plan(case, Message.Kind(kind), now, reply=reply, promise=promise)
    letter = outbox._made_ready(message, now)
    assert english_in(letter.subject + "\n" + letter.body) == []
    assert "Su página privada" in letter.body
    assert case.reference in letter.subject


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/nowhere/", "/c/nothing/", "/"])
def test_what_is_not_there_and_where_one_begins_is_spanish(address):
    shown = Client(headers=SPANISH).get(address).content.decode()
    assert english_in(shown) == []
    assert '<html lang="es">' in shown


@pytest.mark.django_db
def test_pages_for_what_went_wrong_are_spanish(rf):
    from evenhand.web.pages import front

    request = rf.get("/")
    with translation.override("es"):
        for page in (front.not_found, front.forbidden, front.bad_request, front.refused, front.failed):
            shown = page(request).content.decode()
            assert english_in(shown) == []
            assert '<html lang="es">' in shown


@pytest.mark.parametrize(
    ("waiting", "on_duty", "english", "spanish"),
    [
        (2140, 24, "2,140 people wrote before you; 24 of us are answering.",
         "2\xa0140 personas escribieron antes que usted; 24 de nosotros estamos respondiendo."),
        (1, 1, "1 person wrote before you; 1 of us is answering.",
         "1 persona escribió antes que usted; 1 de nosotros está respondiendo."),
        (0, 1234, "0 people wrote before you; 1,234 of us are answering.",
         "0 personas escribieron antes que usted; 1\xa0234 de nosotros estamos respondiendo."),
        (3, 0, "3 people wrote before you, and we are closed now.",
         "3 personas escribieron antes que usted, y ahora está cerrado."),
        (1, 0, "1 person wrote before you, and we are closed now.",
         "1 persona escribió antes que usted, y ahora está cerrado."),
    ],
)  # fmt: skip
def test_why_a_promise_is_longer_is_said_in_the_customer_s_language(waiting, on_duty, english, spanish):
    outlook = Outlook(waiting=waiting, on_duty=on_duty)
    with translation.override("es"):
        assert [making._reason(outlook, language) for language in ("en", "fr", "")] == [english] * 3
    assert [making._reason(outlook, language) for language in ("es", "es-MX", "ES_mx")] == [spanish] * 3


@pytest.mark.django_db
def test_a_case_is_told_why_in_its_own_language():
    a_desk()
    book = catalogue.catalogue()
    line = book.line(book.needs["money"], book.places["oakland"])
    now = timezone.now()
    Outlook.objects.create(line=line, made_at=now, wait=20 * HOUR, stretched_wait=22 * HOUR, waiting=5, on_duty=2)
    making.forget()
    try:
        case = a_spanish_case(language="es-MX")
        assert Promise.objects.get(case=case).reason.startswith("5 personas escribieron antes que usted;")
        assert "5 personas escribieron" in page_of(case)
        assert Promise.objects.get(case=a_spanish_case(language="en")).reason.startswith("5 people wrote before you;")
    finally:
        making.forget()


@pytest.mark.django_db
def test_a_promise_that_is_moved_by_itself_says_why_in_the_case_s_language():
    a_desk()
    case = a_spanish_case()
    promise = Promise.objects.get(case=case)
    moved = watching.look_at_one_promise(promise.renew_at, lambda *_: promise.due_at + 3 * HOUR)
    assert moved.what == "renewed"
    assert moved.promise.reason.startswith("Hay más personas esperando que de costumbre")
    assert english_in(page_of(case)) == []


@pytest.mark.parametrize(
    ("theirs", "ours"), [("es", "es"), ("es-MX", "es"), ("es_419", "es"), ("EN-gb", "en"), ("fr", "en"), ("", "en")]
)
def test_somebody_is_spoken_to_in_the_nearest_of_our_languages(theirs, ours):
    assert spoken_to(theirs) == ours


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    [
        "/desk/",
        "/ui/",
        "/accounts/login/",
        "/accounts/logout/",
        "/accounts/password/set/",
        "/accounts/password/reset/",
        "/accounts/invitations/",
        "/shop/",
        "/demo/",
        "/mail/",
    ],
)
def test_pages_written_in_english_say_so_to_spanish_browsers(settings, address):
    settings.IS_DEMO = True
    a_desk()
    client = Client(headers=SPANISH)
    if "login" not in address:
        client.force_login(a_person("Ada Boss", role="administrator"))
    response = client.get(address)
    assert response.status_code == 200
    assert '<html lang="en">' in response.content.decode()
    assert "Skip to the page" in response.content.decode()


@pytest.mark.django_db
def test_a_mistake_at_sign_in_is_english_like_its_page():
    page = Client(headers=SPANISH).post("/accounts/login/", {"login": "nobody@example.org", "password": "wrong"})
    assert "are not correct" in page.content.decode()
    assert page["Content-Language"] == "en"
