"""The role of web servers and workers in PostgreSQL: rows, and nothing beside them.

The site of tests/faults and that of the browser's journeys run as it, too.
"""

from __future__ import annotations

import subprocess
import sys

import psycopg
import pytest

from tests.conftest import Installation, of_product, product_environment
from tests.servers import ROOT, PostgreSQL

pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("database role")]

PASSWORD = "letters-and-digits-7"
DEEDS = """
from django.utils import timezone
from api import tokens
from incidents.models import Incident
from people.models import User
from tests.make import make_incident, make_user

user = make_user(email="ada@example.org", name="Ada")
incident = make_incident(title="As the role of the product")
incident.title = "Seen again"
incident.save()
tokens.issue(user, name="One", scope="read", days=3, now=timezone.now())
user.api_tokens.all().delete()
print(Incident.objects.get().title)
"""


@pytest.fixture(scope="module")
def server():
    server = PostgreSQL()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def owner(server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("owner")
    role = of_product(server.url).replace("_product@", f"_product:{PASSWORD}@")
    owner = Installation(
        product_environment(
            DATABASE_URL=server.url,
            PRODUCT_DATABASE_URL=role,
            DATA_DIR=str(folder),
            INSECURE_HTTP="1",
        )
    )
    owner.manage("migrate", "--verbosity", "0")
    return owner


@pytest.fixture(scope="module")
def product(owner):
    return Installation(
        dict(owner.environment) | {"DATABASE_URL": owner.environment["PRODUCT_DATABASE_URL"]}
    )


@pytest.fixture
def asked(product):
    """Asks the database one statement as the product would."""
    with psycopg.connect(product.environment["DATABASE_URL"], autocommit=True) as database:
        yield database.execute


def test_the_product_does_its_work_as_it(product, tmp_path):
    backup = tmp_path / "site.tar"

    assert product.python(DEEDS).split("\n")[-2] == "Seen again"
    assert "rows" in product.manage("backup", str(backup))
    assert product.manage("verify_trail", "--close")
    assert "rows" in product.manage("export_site", str(tmp_path / "site.zip"))


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (x int)",
        "CREATE TEMPORARY TABLE mine (x int)",
        "CREATE SCHEMA mine",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE INDEX mine ON common_activity (verb)",
        "CREATE TRIGGER mine AFTER INSERT ON common_activity EXECUTE FUNCTION search_mine()",
        "CREATE ROLE mine",
        "ALTER TABLE common_activity ADD COLUMN x int",
        "ALTER TABLE common_activity DISABLE TRIGGER ALL",
        "ALTER TABLE common_activity OWNER TO CURRENT_USER",
        "ALTER FUNCTION common_activity_never_changes() RENAME TO mine",
        "ALTER ROLE CURRENT_USER SUPERUSER",
        "DROP TABLE common_activity",
        "DROP TRIGGER common_activity_never_changes ON common_activity",
        "DROP FUNCTION common_activity_never_changes() CASCADE",
        "DROP SCHEMA public CASCADE",
        "TRUNCATE common_activity",
        "SET session_replication_role = replica",
        "SET ROLE second_story",
        "COPY common_activity TO PROGRAM 'cat'",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT rolpassword FROM pg_authid",
        "DELETE FROM django_migrations",
    ],
)
def test_it_can_change_no_table(asked, statement):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        asked(statement)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE common_activity SET verb = 'nothing'", "DELETE FROM common_activity"],
)
def test_the_trail_refuses_it_as_everybody(asked, statement):
    asked(
        "INSERT INTO common_activity (verb, object_type_id, object_id, detail, at)"
        " SELECT 'read', min(id), 1, '', now() FROM django_content_type"
    )

    with pytest.raises(psycopg.errors.IntegrityConstraintViolation):
        asked(statement)


def test_the_server_keeps_no_password_that_could_be_read(server):
    with psycopg.connect(server.url) as database:
        kept = database.execute(
            "SELECT rolpassword, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls"
            " FROM pg_authid WHERE rolname = 'second_story_product'"
        ).fetchone()

    assert kept[0].startswith("SCRAM-SHA-256$") and PASSWORD not in kept[0]
    assert kept[1:] == (False, False, False, False)


def test_tables_that_come_later_are_its_too(server, owner, asked):
    with psycopg.connect(server.url, autocommit=True) as database:
        database.execute("CREATE TABLE later (id int GENERATED ALWAYS AS IDENTITY)")

    # At once: servers go on while a migration runs.
    assert asked("SELECT * FROM later").fetchall() == []
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        asked("DROP TABLE later")


def test_what_the_pages_need_beside_the_tables_is_there_after_migrating(asked):
    # While Redis is away, this is the cache.
    assert asked("SELECT count(*) FROM cache").fetchone() == (0,)


def test_the_role_that_migrates_is_not_the_one_of_the_product(owner):
    environment = dict(owner.environment) | {
        "PRODUCT_DATABASE_URL": owner.environment["DATABASE_URL"]
    }
    done = Installation(environment).try_to("migrate", "--verbosity", "0")

    assert done.returncode == 1
    assert "names the role that migrates" in done.stderr


def test_who_waits_in_vain_is_told_what_to_look_for(server, owner):
    impatient = (
        "import django; django.setup();"
        "from config.management.commands import migrate; migrate._MOST_SECONDS = 0;"
        "from django.core.management import call_command; call_command('migrate')"
    )
    with psycopg.connect(server.url, autocommit=True) as database:
        database.execute("SELECT pg_advisory_lock(7071984)")
        done = subprocess.run(
            [sys.executable, "-c", impatient],
            cwd=ROOT, env=owner.environment, capture_output=True, text=True,
        )  # fmt: skip

    assert done.returncode == 1
    assert "the pid in pg_locks beside the objid 7071984" in done.stderr


def test_two_that_migrate_at_once_wait_for_each_other(server, owner):
    with psycopg.connect(server.url, autocommit=True) as database:
        database.execute("SELECT pg_advisory_lock(7071984)")
        second = subprocess.Popen(
            [sys.executable, "manage.py", "migrate"],
            cwd=ROOT, env=owner.environment, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        first_word = second.stdout.readline()
        is_waiting = second.poll() is None
        database.execute("SELECT pg_advisory_unlock(7071984)")
        told, _ = second.communicate(timeout=60)

    assert first_word == "Another process migrates this database. Waiting for its end.\n"
    assert is_waiting
    assert "No migrations to apply" in told
