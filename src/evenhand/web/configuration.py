"""Every setting of an installation, read in one place; a bad value stops the start and says how to mend it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit


class WrongSetting(Exception):
    """A setting that cannot be used: which, what is wrong with it, and the remedy."""

    def __init__(self, name: str, wrong: str, remedy: str) -> None:
        super().__init__(f"{name}: {wrong} {remedy}")
        self.name, self.wrong, self.remedy = name, wrong, remedy


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """What an installation was told: by environment variables, which the command line sets from its options."""

    data: Path
    database: str
    base_url: str
    secret_key: str
    organisation: str
    button_sites: tuple[str, ...]
    trusted_proxies: int
    is_demo: bool
    is_debug: bool

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).hostname or "localhost"

    @property
    def is_https(self) -> bool:
        return self.base_url.startswith("https://")

    def databases(self) -> dict[str, Any]:
        """Django's DATABASES: one SQLite file in the data folder unless a PostgreSQL address is given."""
        if not self.database:
            return {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": str(self.data / "evenhand.sqlite3"),
                "CONN_MAX_AGE": None,
                "OPTIONS": {
                    "timeout": 30,
                    "transaction_mode": "IMMEDIATE",
                    # FULL: an accepted word is on the disk before we say yes. WAL: readers never wait.
                    "init_command": (
                        "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;"
                        "PRAGMA temp_store=MEMORY;PRAGMA mmap_size=268435456;PRAGMA cache_size=-16000;"
                    ),
                },
            }
        parts = urlsplit(self.database)
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": parts.path.lstrip("/"),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or "",
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": None,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": {"application_name": "evenhand"},
        }


def read(environment: Mapping[str, str] | None = None) -> Configuration:
    """The configuration in the environment. Raises WrongSetting with the name of what is wrong."""
    env = os.environ if environment is None else environment
    data = Path(env.get("EVENHAND_DATA_DIR") or "evenhand-data").expanduser().resolve()
    return Configuration(
        data=data,
        database=_database(env.get("EVENHAND_DATABASE", "")),
        base_url=_base_url(env.get("EVENHAND_BASE_URL") or _kept_base_url(data)),
        secret_key=env.get("EVENHAND_SECRET_KEY") or _kept_secret(data),
        organisation=(env.get("EVENHAND_ORGANISATION") or "Our organisation").strip(),
        button_sites=_sites(env.get("EVENHAND_BUTTON_SITES", "")),
        trusted_proxies=_count("EVENHAND_TRUSTED_PROXIES", env.get("EVENHAND_TRUSTED_PROXIES", "0")),
        is_demo=_yes_or_no("EVENHAND_DEMO", env.get("EVENHAND_DEMO", "")),
        is_debug=_yes_or_no("EVENHAND_DEBUG", env.get("EVENHAND_DEBUG", "")),
    )


def _database(value: str) -> str:
    if not value:
        return ""
    try:
        parts = urlsplit(value)
        sound = parts.scheme in {"postgresql", "postgres"} and parts.path.strip("/") and (parts.port or True)
    except ValueError:
        sound = False
    if not sound:
        raise WrongSetting(
            "EVENHAND_DATABASE",
            "it is no PostgreSQL address.",
            "Write postgresql://name:password@host:5432/database, or leave it empty for SQLite.",
        )
    return value


def _base_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or True)
    except ValueError:
        sound = False
    if not sound or parts.query or parts.fragment or parts.path.strip("/"):
        raise WrongSetting(
            "EVENHAND_BASE_URL",
            f"{value!r} is not the address of a site.",
            "Write the address customers use, such as https://help.example.org, with no path.",
        )
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise WrongSetting(
            "EVENHAND_BASE_URL",
            f"{value!r} would carry customers' words in the clear.",
            "Use https:// (a proxy before Evenhand can hold the certificate); http:// works on loopback only.",
        )
    return value.rstrip("/")


def _kept_base_url(data: Path) -> str:
    """The address this installation was last served under, so that commands beside it print links that work."""
    try:
        return (data / "base-url").read_text(encoding="utf-8").strip() or "http://127.0.0.1:8080"
    except OSError:
        return "http://127.0.0.1:8080"


def keep_base_url(configuration: Configuration) -> None:
    (configuration.data / "base-url").write_text(configuration.base_url + "\n", encoding="utf-8")


def is_loopback(host: str) -> bool:
    """Whether a host name can only be this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _sites(value: str) -> tuple[str, ...]:
    sites = tuple(site.strip().rstrip("/") for site in value.replace(",", " ").split())
    for site in sites:
        parts = urlsplit(site)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path:
            raise WrongSetting(
                "EVENHAND_BUTTON_SITES",
                f"{site!r} is no site.",
                "List the sites that may carry the button, such as https://www.example.org https://shop.example.org.",
            )
    return sites


def _count(name: str, value: str) -> int:
    if not value.isdigit() or int(value) > 10:
        raise WrongSetting(
            name, f"{value!r} is no small whole number.", "Write how many proxies stand before Evenhand."
        )
    return int(value)


def _yes_or_no(name: str, value: str) -> bool:
    if value.lower() in {"", "0", "no", "false"}:
        return False
    if value.lower() in {"1", "yes", "true"}:
        return True
    raise WrongSetting(name, f"{value!r} is neither yes nor no.", "Write yes or no.")


def _kept_secret(data: Path) -> str:
    """The installation's own key, made once and kept in its data folder, readable by its owner alone."""
    kept = data / "secret-key"
    try:
        if kept.exists():
            return kept.read_text().strip()
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        key = secrets.token_urlsafe(48)
        with os.fdopen(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        return key
    except FileExistsError:
        return kept.read_text().strip()
    except OSError as error:
        raise WrongSetting(
            "EVENHAND_DATA_DIR",
            f"{data} cannot be used ({error.strerror}).",
            "Give a folder that Evenhand may write to, with --data or EVENHAND_DATA_DIR.",
        ) from error
