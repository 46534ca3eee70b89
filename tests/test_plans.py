"""Statements whose plan PostgreSQL keeps."""

import gc
from datetime import date

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver
from psycopg._preparing import Prepare

from actions.models import Action
from common.postgresql.plans import PlanKeepingCursor
from common.prepared import PlannedAnew, Prepared
from config.environment import database
from incidents.models import Incident
from people.models import User
from tests.make import make_action, make_incident, make_user

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite keeps no plans"),
]

#: Of a column that a migration changes.
LENGTH = "ALTER TABLE incidents_incident ALTER COLUMN organisation TYPE varchar({})"


def build(reader, title):
    rows = Incident.objects.visible_to(User(pk=reader, is_active=True))
    return rows.filter(title=title).order_by("pk").values("title", "organisation", "filed_at")


@pytest.fixture(autouse=True)
def _new_connection(monkeypatch):
    """One that has prepared nothing, and may."""
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "prepare_threshold", 0)
    connection.close()
    yield
    connection.close()


@pytest.fixture
def asked():
    """Visible incidents of a title."""
    return Prepared(build, reader=int, title=str)


def run(sql: str) -> list:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []


def plans() -> list[tuple[int, int]]:
    """How often each statement of this connection was planned for its values, and was not."""
    return run("SELECT custom_plans, generic_plans FROM pg_prepared_statements")


def names() -> list[tuple[str]]:
    return run("SELECT name FROM pg_prepared_statements")


def answer(incident: Incident) -> dict[str, object]:
    return {
        "title": incident.title,
        "organisation": incident.organisation,
        "filed_at": incident.filed_at,
    }


def test_its_plan_is_kept_and_everybody_has_their_own_answer(asked):
    title = "50 %s, 5 %% it's ⟨title⟩"
    stranger, named = make_user(), make_user()
    incident = make_incident(title=title, visibility="restricted", participants=(named,))

    for _ in range(6):
        assert asked.rows(reader=stranger.pk, title=title) == []
        assert asked.rows(reader=named.pk, title=title) == [answer(incident)]
        assert asked.rows(reader=named.pk, title="") == []

    assert plans() == [(5, 13)]


def test_small_numbers_and_large_ones_are_asked_by_one_statement(asked):
    for reader in (1, 2**15, 2**31, 2**63 - 1):
        assert asked.rows(reader=reader, title="") == []

    assert len(plans()) == 1


def test_constants_stay_in_it_and_only_what_varies_is_sent_beside():
    late = make_action(title="100 % sure", due_on=date(2017, 12, 1))
    rows = Action.objects.filter(title__contains="100 % s")
    asked = Prepared(lambda since: rows.filter(due_on__gte=since).values("pk"), since=date)

    assert asked.rows(since=date(2017, 12, 1)) == [{"pk": late.pk}]
    assert asked.rows(since=date(2017, 12, 2)) == []

    [(statement, types)] = run(
        "SELECT statement, parameter_types::text[] FROM pg_prepared_statements"
    )
    assert "$1" in statement
    assert "$2" not in statement
    assert r"'%100 \% s%'" in statement.replace(r"\\%", r"\%")
    assert types == ["date"]


def test_it_is_one_statement_also_the_first_time(asked):
    reader, incident = make_user(), make_incident(title="One")
    seen = []

    def watch(execute, sql, params, many, context):
        seen.append(sql)
        return execute(sql, params, many, context)

    with CaptureQueriesContext(connection) as captured, connection.execute_wrapper(watch):
        for _ in range(2):
            assert asked.rows(reader=reader.pk, title="One") == [answer(incident)]

    assert len(captured) == len(seen) == 2
    assert all("'One'" in query["sql"] for query in captured)


def test_within_a_transaction_nothing_is_prepared(asked):
    """That its plan is outdated would take along all that was done before."""
    reader, incident = make_user(), make_incident(title="One")

    with transaction.atomic():
        assert asked.rows(reader=reader.pk, title="One") == [answer(incident)]
        assert plans() == []


def test_what_others_ask_is_not_prepared(asked):
    """Nor counted: psycopg would keep its text, as long as that may be."""
    asked.rows(reader=1, title="One")
    for _ in range(6):
        list(User.objects.filter(pk=1))
        PlannedAnew(build, reader=int, title=str).rows(reader=1, title="One")

    assert len(plans()) == 1
    assert connection.connection.prepare_threshold is None


@pytest.mark.parametrize(
    "change", [LENGTH.format(300), "DEALLOCATE ALL", "DISCARD ALL"], ids=["changed", "gone", "new"]
)
def test_a_plan_that_does_not_fit_any_more_costs_nobody_an_answer(asked, change):
    reader, incident = make_user(), make_incident(title="One")
    another = Prepared(lambda key: User.objects.filter(pk=key).values("pk"), key=int)
    for _ in range(6):
        asked.rows(reader=reader.pk, title="One")
        another.rows(key=reader.pk)

    run(change)
    try:
        for _ in range(3):
            assert asked.rows(reader=reader.pk, title="One") == [answer(incident)]
            assert another.rows(key=reader.pk) == [{"pk": reader.pk}]
        assert sorted(map(sum, plans())) == [2, 3]
        # And once more, by when psycopg has done so before.
        run(LENGTH.format(310))
        assert asked.rows(reader=reader.pk, title="One") == [answer(incident)]
        assert asked.rows(reader=reader.pk, title="One") == [answer(incident)]
        assert sum(map(sum, plans())) == 1
    finally:
        run(LENGTH.format(120))


def test_nothing_is_prepared_while_a_plan_is_made_good(asked, monkeypatch):
    """Behind a pooler the next message may come to where it was not prepared."""
    genuine, said = PlanKeepingCursor._get_prepared, []

    def watched(cursor, *args):
        state, name = genuine(cursor, *args)
        said.append(state)
        return state, name

    asked.rows(reader=1, title="One")
    run("DEALLOCATE ALL")
    monkeypatch.setattr(PlanKeepingCursor, "_get_prepared", watched)
    assert asked.rows(reader=1, title="One") == []

    assert said == [Prepare.YES, Prepare.NO, Prepare.NO]


def test_a_name_is_one_statement_whoever_prepared_it(asked):
    """So that behind a pooler nobody is answered what somebody else asked: there, another program
    may have prepared what this one does not know of, or the other way round."""
    reader, incident = make_user(), make_incident(title="One")
    asked.rows(reader=reader.pk, title="One")
    before = names()
    connection.close()
    Prepared(lambda: User.objects.values("pk")).rows()
    asked.rows(reader=reader.pk, title="One")
    assert set(before) < set(names())

    # Psycopg forgets, the server does not.
    connection.connection._prepared.clear()
    connection.connection._prepared._to_flush.clear()
    for _ in range(2):
        assert asked.rows(reader=reader.pk, title="One") == [answer(incident)]
    assert names() == before


def test_a_statement_that_fails_is_asked_again_like_any_other(asked):
    reader, incident = make_user(), make_incident(title="One")
    run("SET statement_timeout = 1")
    slow = Prepared(
        lambda key: User.objects.filter(pk=key).extra(select={"at": "pg_sleep(0.1)"}).values("at"),
        key=int,
    )
    for _ in range(2):
        with pytest.raises(Exception, match="statement timeout"):
            slow.rows(key=reader.pk)
    run("SET statement_timeout = 0")

    assert len(slow.rows(key=reader.pk)) == 1
    assert asked.rows(reader=reader.pk, title="One") == [answer(incident)]


def test_one_setting_leaves_it_to_the_server_to_plan_each_time(asked, monkeypatch):
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "prepare_threshold", None)

    assert asked.rows(reader=1, title="One") == []
    assert plans() == []


@pytest.mark.parametrize(
    ("pool", "plans", "keeps"),
    [("1", "", True), ("0", "", False), ("0", "1", True), ("1", "0", False)],
)
def test_it_is_off_where_there_is_a_pooler_unless_one_says_so(monkeypatch, pool, plans, keeps):
    monkeypatch.setenv("DATABASE_POOL", pool)
    monkeypatch.delenv("DATABASE_PLANS", raising=False)
    if plans:
        monkeypatch.setenv("DATABASE_PLANS", plans)
    told = database("postgres://one@localhost/two", None)

    assert ("prepare_threshold" in told["OPTIONS"]) is keeps
    assert ("plan_cache_mode=force_generic_plan" in told["OPTIONS"]["options"]) is keeps


def test_every_statement_of_the_product_can_be_prepared():
    """With what they are asked outside a transaction, unlike in most tests."""
    assert get_resolver().url_patterns  # by which everything is imported
    values = {int: 1, str: "1", date: date(2017, 1, 1)}
    ours = [
        each
        for each in gc.get_objects()
        if type(each) is Prepared and not each._build.__module__.startswith("tests.")
    ]
    for each in ours:
        each._fetched({name: values[kind] for name, kind in each._kinds.items()})

    assert len(plans()) == len(ours) > 30
