"""The role of web servers and workers in PostgreSQL: it reads and writes rows, and can make, change
or take away no table and no trigger. So whoever gets into one of them cannot rewrite the trail.

`manage.py migrate` runs as the owner of the tables and calls this: docs/operations.md.
"""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured
from django.db import ProgrammingError
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql

_LATER = "ALTER DEFAULT PRIVILEGES IN SCHEMA public"
_RIGHTS = (
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    "REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC",
    "GRANT CONNECT ON DATABASE {database} TO {role}",
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT SELECT, USAGE, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {role}",
    # What a migration makes, from that moment: servers go on while it runs.
    f"{_LATER} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {{role}}",
    f"{_LATER} GRANT SELECT, USAGE, UPDATE ON SEQUENCES TO {{role}}",
    # Which migrations have run is for those who migrate to say.
    "REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}",
)


def give_rights(database: BaseDatabaseWrapper, role: str, password: str) -> None:
    """Make the role when it is not there, and let it use every table there is and that its owner
    makes later. May be called again.

    Raises ImproperlyConfigured when it is the one we are ourselves, or we may not make roles.
    """
    if role == database.settings_dict["USER"]:
        raise ImproperlyConfigured(
            "PRODUCT_DATABASE_URL names the role that migrates. Give the product one of its own, "
            "or leave the variable out."
        )
    with database.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        verb = "ALTER" if cursor.fetchone() else "CREATE"
    if verb == "CREATE" or password:
        _make(database, verb, role, password)
    names = {
        "database": sql.Identifier(database.settings_dict["NAME"]),
        "role": sql.Identifier(role),
    }
    with database.cursor() as cursor:
        for right in _RIGHTS:
            cursor.execute(sql.SQL(right).format(**names))


def _make(database: BaseDatabaseWrapper, verb: str, role: str, password: str) -> None:
    parts: list[sql.Composable] = [sql.SQL(f"{verb} ROLE"), sql.Identifier(role)]
    if verb == "CREATE":
        parts.append(sql.SQL("LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE"))
    if password:
        database.ensure_connection()
        # The server, and its log, are told what it makes of the password, never the password.
        kept = database.connection.pgconn.encrypt_password(
            password.encode(), role.encode(), b"scram-sha-256"
        )
        parts += [sql.SQL("PASSWORD"), sql.Literal(kept.decode())]
    try:
        with database.cursor() as cursor:
            cursor.execute(sql.SQL(" ").join(parts))
    except ProgrammingError as error:
        raise ImproperlyConfigured(
            f"The role {role} could not be made: {error}. Let whoever may make roles do it (CREATE "
            f"ROLE {role} LOGIN PASSWORD '…'), leave the password out of PRODUCT_DATABASE_URL for "
            "`migrate`, and run it again."
        ) from error
