"""Read settings from environment variables and refuse values that cannot be meant."""

import hashlib
import hmac
import os
import re
from collections.abc import Collection
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off", ""}


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default).strip()


def flag(name: str, default: bool = False) -> bool:
    """A yes/no variable: 1, true, yes, on or 0, false, no, off."""
    value = text(name, "1" if default else "0").lower()
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}. Write 1 or 0.")


def number(name: str, default: int) -> int:
    value = text(name, str(default))
    try:
        return int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is {value!r}. Write a whole number.") from None


def size(name: str, megabytes: int) -> int:
    """A number of megabytes, 1 to 100, as bytes."""
    value = number(name, megabytes)
    if not 1 <= value <= 100:
        raise ImproperlyConfigured(f"{name} is {value}. Write megabytes, 1 to 100.")
    return value * 1_000_000


def words(name: str, default: str = "") -> list[str]:
    """A list written with commas."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def one_of(name: str, choices: Collection[str], *, default: str) -> str:
    value = text(name).lower() or default
    if value not in choices:
        raise ImproperlyConfigured(f"{name} is {value!r}. Write one of: {', '.join(choices)}.")
    return value


def token(name: str) -> str:
    """A secret that a program sends; "" when there is none."""
    value = text(name)
    if value and (len(value) < 32 or len(set(value)) < 5):
        raise ImproperlyConfigured(
            f"{name} must be at least 32 random characters. Make them with: "
            'python -c "import secrets; print(secrets.token_urlsafe(32))"'
        )
    return value


def networks(name: str) -> list[IPv4Network | IPv6Network]:
    """Addresses and networks, written with commas: 10.0.0.7,10.20.0.0/16."""
    found = []
    for entry in words(name):
        try:
            found.append(ip_network(entry))
        except ValueError:
            raise ImproperlyConfigured(
                f"{name} has {entry!r}. Write addresses or networks, such as 10.20.0.0/16."
            ) from None
    return found


def oidc_issuer() -> str:
    """The address of the provider for single sign-on; "" when there is none."""
    issuer = text("OIDC_ISSUER")
    if not issuer:
        return ""
    parts = urlsplit(issuer)
    is_here = parts.hostname in {"127.0.0.1", "localhost"}
    if not parts.hostname or (parts.scheme != "https" and not (parts.scheme == "http" and is_here)):
        raise ImproperlyConfigured("OIDC_ISSUER must look like https://login.example.org.")
    missing = [each for each in ("OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET") if not text(each)]
    if missing:
        raise ImproperlyConfigured(f"OIDC_ISSUER is set, and {' and '.join(missing)} is not.")
    return issuer


def oidc_provider(issuer: str, client_id: str, secret: str, name: str) -> dict[str, Any]:
    """allauth's SOCIALACCOUNT_PROVIDERS. The provider's number differs by issuer: somebody's
    number at another one is somebody else's."""
    if not issuer:
        return {}
    number = hashlib.sha256(issuer.encode()).hexdigest()[:16]
    app = {
        "provider_id": f"sso-{number}",
        "name": name,
        "client_id": client_id,
        "secret": secret,
        "settings": {"server_url": issuer.rstrip("/")},
    }
    return {"openid_connect": {"APPS": [app], "OAUTH_PKCE_ENABLED": True}}


def opensearch(database_url: str) -> str:
    """The address of OpenSearch; "" when the database searches alone."""
    url = text("OPENSEARCH_URL")
    if not url:
        return ""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ImproperlyConfigured(
            "OPENSEARCH_URL must look like https://user:password@search.example.org:9200."
        )
    if not database_url:
        raise ImproperlyConfigured("OPENSEARCH_URL is set, and DATABASE_URL is not.")
    return url


def origins(address: str) -> list[str]:
    """The origin of an address, for the content security policy; none of ""."""
    parts = urlsplit(address)
    return [f"{parts.scheme}://{parts.netloc}"] if address else []


def group_roles(name: str) -> dict[str, str]:
    """{group: role} of "sre=member, sre-leads=facilitator, it=admin"."""
    roles = {}
    for entry in words(name):
        group, _, role = (part.strip() for part in entry.rpartition("="))
        if not group or role not in {"member", "facilitator", "admin"}:
            raise ImproperlyConfigured(
                f"{name} has {entry!r}. Write group=member, group=facilitator or group=admin."
            )
        roles[group] = role
    return roles


def database(url: str, sqlite_file: Path) -> dict[str, Any]:
    """Django's DATABASES entry for a postgres:// address, or the SQLite file when it is empty."""
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": sqlite_file,
            "CONN_MAX_AGE": 60,
            "OPTIONS": {
                "timeout": 20,
                # DEFERRED transactions fail at once when two of them turn into writers.
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
            },
        }
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"} or len(parts.path) < 2:
        raise ImproperlyConfigured(
            "DATABASE_URL must look like postgres://user:password@host:5432/name."
        )
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    options: dict[str, Any] = {
        "options": "-c statement_timeout=15000 -c lock_timeout=5000"
        " -c idle_in_transaction_session_timeout=60000"
        # Pages ask short questions: compiling one that merely looks dear took 4 s of its 4.1.
        " -c jit=off"
        # Today's disks find any page at once; the default of 4 has rare words looked for by
        # walking a whole table.
        " -c random_page_cost=1.1",
        "connect_timeout": 5,
        # Milliseconds: a machine that is gone says nothing, and would be waited for by the hour.
        "tcp_user_timeout": 10_000,
    }
    if "sslmode" in query:
        options["sslmode"] = query["sslmode"]
    has_pool = flag("DATABASE_POOL", default=True)
    if flag("DATABASE_PLANS", default=has_pool):
        # From the first asking: see common/postgresql/base.py for which statements.
        options["prepare_threshold"] = 0
        # Once for everybody. Left to itself, PostgreSQL plans what every page asks anew each time
        # for those who have little, for 3 ms of planning where the answer takes a half.
        options["options"] += " -c plan_cache_mode=force_generic_plan"
    if has_pool:
        options["pool"] = {
            "min_size": 1,
            "max_size": number("DATABASE_POOL_SIZE", 8),
            # Seconds. A page holds a connection for less than half of one, so a burst passes even
            # on a busy machine; longer, those who wait would keep the threads from everybody else.
            "timeout": 5,
            # Else the waits between attempts double for five minutes, and a database that is back
            # is found again by nobody.
            "reconnect_timeout": 5,
        }
    return {
        "ENGINE": "common.postgresql",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.get("host", parts.hostname or ""),
        "PORT": str(query.get("port", parts.port or "")),
        # common/postgresql/base.py does that.
        "CONN_HEALTH_CHECKS": False,
        "OPTIONS": options,
    }


def product_role() -> tuple[str, str]:
    """Name and password of the role that web servers and workers have in PostgreSQL, for whoever
    migrates; two empty texts when that is the owner of the tables."""
    url = text("PRODUCT_DATABASE_URL")
    parts = urlsplit(url)
    if url and (parts.scheme not in {"postgres", "postgresql"} or not parts.username):
        raise ImproperlyConfigured(
            "PRODUCT_DATABASE_URL must look like postgres://user:password@host:5432/name."
        )
    return unquote(parts.username or ""), unquote(parts.password or "")


def mail(url: str, folder: Path) -> dict[str, Any]:
    """Mail settings for smtp://, smtp+tls:// or smtps://; files in `folder` when it is empty."""
    if not url:
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "EMAIL_FILE_PATH": folder,
        }
    parts = urlsplit(url)
    ports = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
    if parts.scheme not in ports or not parts.hostname:
        raise ImproperlyConfigured("EMAIL_URL must look like smtp+tls://user:password@host:587.")
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or ports[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": 10,
    }


def file_storage() -> dict[str, Any]:
    """Django's STORAGES entry for files: a folder in DATA_DIR, or the bucket S3_BUCKET names."""
    bucket, endpoint = text("S3_BUCKET"), text("S3_ENDPOINT")
    key, secret = text("S3_ACCESS_KEY"), text("S3_SECRET_KEY")
    others = {"S3_ENDPOINT": endpoint, "S3_ACCESS_KEY": key, "S3_SECRET_KEY": secret}
    if not bucket:
        unused = [name for name, value in others.items() if value]
        if unused:
            raise ImproperlyConfigured(f"{unused[0]} is set without S3_BUCKET. Name the bucket.")
        return {"BACKEND": "common.storage.WholeFileStorage"}
    if bool(key) != bool(secret):
        raise ImproperlyConfigured(
            "S3_ACCESS_KEY and S3_SECRET_KEY go together. Set both, or neither to use the role of "
            "the machine."
        )
    parts = urlsplit(endpoint)
    if endpoint and (parts.scheme not in {"http", "https"} or not parts.hostname):
        raise ImproperlyConfigured("S3_ENDPOINT must look like https://objects.example.org.")
    if re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", bucket) is None:
        raise ImproperlyConfigured(f"S3_BUCKET is {bucket!r}. Write the name of a bucket alone.")
    return {
        "BACKEND": "common.bucket.BucketStorage",
        "OPTIONS": {
            "bucket_name": bucket,
            "endpoint_url": endpoint or None,
            "region_name": text("S3_REGION") or None,
            "access_key": key or None,
            "secret_key": secret or None,
        },
    }


def secret_key(file: Path, *, one_machine: bool) -> str:
    """SECRET_KEY, or on one machine the file that the start script wrote."""
    key = text("SECRET_KEY")
    if not key and one_machine and file.exists():
        key = file.read_text().strip()
    if not key and flag("DEBUG"):
        return "only-for-debugging-never-for-people-0123456789-0123456789-abcdef"
    if len(key) < 50 or len(set(key)) < 5 or key.startswith("django-insecure-"):
        raise ImproperlyConfigured(
            "SECRET_KEY must be set to at least 50 random characters. Make one with: "
            'python -c "import secrets; print(secrets.token_urlsafe(64))"'
        )
    return key


def notes_pepper(secret_key: str, *, one_machine: bool) -> str:
    """NOTES_PEPPER, or on one machine a key made from SECRET_KEY: in no database either way."""
    pepper = text("NOTES_PEPPER")
    if not pepper and one_machine:
        return hmac.new(secret_key.encode(), b"pepper of confidential notes", "sha256").hexdigest()
    if len(pepper) < 50 or len(set(pepper)) < 5 or pepper == secret_key:
        raise ImproperlyConfigured(
            "NOTES_PEPPER must be set to at least 50 random characters, other than SECRET_KEY. "
            'Make them with: python -c "import secrets; print(secrets.token_urlsafe(64))". Keep '
            "them: without them nobody gets back to a confidential note they wrote."
        )
    return pepper
