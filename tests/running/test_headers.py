"""How pages may be used, and which headers of a request are believed."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client

from evenhand.doors import outbox
from evenhand.doors.models import SentMail
from factories import NOW, a_case, a_desk
from running.house import House

HTTPS = {"EVENHAND_BASE_URL": "https://help.example.org", "EVENHAND_TRUSTED_PROXIES": "1"}


def test_the_framework_s_own_check_for_a_deployment_is_clean(tmp_path: Path):
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("EVENHAND_")},
        **HTTPS,
        "EVENHAND_DATA_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"],
    }
    command = [sys.executable, "-m", "django", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/accounts/login/", "/nowhere/", "/in/nothing/"])
def test_no_page_may_be_framed_scripted_or_kept(path: str):
    headers = Client().get(path).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in headers["Cache-Control"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/in/nothing/", "/first/nothing/"])
def test_d38_a_page_behind_a_private_link_tells_no_other_site_where_it_is(path: str):
    headers = Client().get(path).headers
    assert headers["Referrer-Policy"] == "same-origin"
    assert "noindex" in headers["X-Robots-Tag"]


@pytest.mark.django_db
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost@evil.example", "127.0.0.1/x"])
def test_d33_an_odd_host_is_refused(host: str):
    assert Client().get("/accounts/login/", headers={"host": host}).status_code == 400


@pytest.mark.django_db
def test_d33_links_in_mail_use_the_configured_address_whatever_the_request_says(settings):
    settings.IS_DEMO = True
    agent, _ = a_desk()
    a_case(email="elena@example.org")
    Client().get("/help/", headers={"x-forwarded-host": "evil.example", "host": "localhost"})
    while outbox.carry_one(NOW):
        pass
    body = SentMail.objects.get().body
    assert f"{settings.BASE_URL}/c/" in body
    assert "evil.example" not in body
    assert agent.name in body


@pytest.mark.django_db
@pytest.mark.parametrize("header", ["x-forwarded-for", "cf-connecting-ip", "x-real-ip", "forwarded", "x_forwarded_for"])
def test_d33_a_claimed_address_gives_no_new_tries(header: str):
    cache.clear()
    said = [
        Client()
        .post(
            "/accounts/login/",
            {"login": f"n{n}@example.org", "password": "wrong"},
            headers={header: f"198.51.100.{n}"},
        )
        .content.decode()
        for n in range(22)
    ]
    assert "Too many failed" in said[-1]


@pytest.mark.django_db
def test_d33_a_claimed_person_is_nobody():
    headers = {"remote-user": "ada@example.org", "x-remote-user": "ada@example.org"}
    assert Client().get("/accounts/password/change/", headers=headers).status_code == 302


def asked(house: House, *headers: str, path: str = "/accounts/login/") -> str:
    """The head of the answer to a request written byte by byte."""
    lines = [f"GET {path} HTTP/1.1", *headers, "Connection: close", "", ""]
    with socket.create_connection(("127.0.0.1", house.port), timeout=10) as connection:
        connection.sendall("\r\n".join(lines).encode())
        answer = b""
        while part := connection.recv(65_536):
            answer += part
    return answer.decode(errors="replace").partition("\r\n\r\n")[0].lower()


@pytest.fixture
def behind_a_proxy(house: House) -> House:
    house.more.update(HTTPS)
    house.start("up", "--port", str(house.port))
    from running.house import wait_until

    def listens() -> bool:
        try:
            return "http/1.1" in asked(house, "Host: help.example.org")
        except OSError:
            return False

    wait_until(listens, house.said)
    return house


def test_d33_behind_a_trusted_proxy_its_word_counts_for_the_scheme_and_never_for_the_host(behind_a_proxy: House):
    over_tls = asked(behind_a_proxy, "Host: help.example.org", "X-Forwarded-Proto: https", "X-Forwarded-For: 192.0.2.1")
    assert over_tls.startswith("http/1.1 200")
    assert "strict-transport-security: max-age=31536000" in over_tls
    cookies = [line for line in over_tls.splitlines() if line.startswith("set-cookie: ")]
    assert cookies
    for cookie in cookies:
        assert cookie.removeprefix("set-cookie:").strip().startswith("__host-")
        assert "; secure" in cookie
        assert "; path=/" in cookie
        assert "domain" not in cookie
    in_the_clear = asked(behind_a_proxy, "Host: help.example.org")
    assert in_the_clear.startswith("http/1.1 301")
    assert "location: https://help.example.org/accounts/login/" in in_the_clear
    other_host = asked(
        behind_a_proxy, "Host: evil.example", "X-Forwarded-Proto: https", "X-Forwarded-Host: help.example.org"
    )
    assert other_host.startswith("http/1.1 400")
