"""Search in OpenSearch: it proposes, the database decides; and what happens when it is away."""

import logging
from io import StringIO

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.http import QueryDict
from django.urls import reverse

from common import engines, opensearch, search_feed
from common.models import SearchChange
from config import environment
from config.searching import page as searching
from config.tasks import feed_search, thin_out_search_changes
from incidents.models import Incident
from lessons.models import Lesson
from tests.make import make_incident, make_lesson, make_user
from tests.opensearch_server import OpenSearchServer

pytestmark = pytest.mark.django_db
ALIAS = "second-story-lessons_lesson"


@pytest.fixture
def server(settings):
    server = OpenSearchServer()
    settings.OPENSEARCH_URL = server.url
    opensearch.client.cache_clear()
    for beside in engines.BESIDE.values():
        beside._away_until = 0.0
    yield server
    server.stop()
    opensearch.client.cache_clear()


@pytest.fixture
def engine(server):
    """A server with an index of everything, told of every change."""
    call_command("rebuild_search", stdout=StringIO())
    server.requests.clear()
    yield server
    search_feed.forget()


def lesson(title, text="", **fields):
    made = make_lesson(title=title, insight="-", **fields)
    Lesson.objects.filter(pk=made.pk).update(search_text=text)
    return made


def found(text, rows=None):
    held = (Lesson.objects if rows is None else rows).find(text)
    titles = dict(Lesson.objects.values_list("pk", "title"))
    return [titles[pk] for pk in held.ids]


def was_asked(server):
    return [path for _, path in server.requests if path.endswith("_msearch")]


# Finding ----------------------------------------------------------------------------------------
def test_what_was_there_before_is_found(server):
    lesson("Restore in anger", "Backups that nobody restored are wishes.")
    lesson("Clocks", "Nobody restored the clock.")

    out = StringIO()
    call_command("rebuild_search", stdout=out)

    assert "2 lessons" in out.getvalue()
    assert found("restored") == ["Restore in anger", "Clocks"]
    assert set(was_asked(server)) == {f"/{ALIAS}/_msearch"}
    search_feed.forget()


@pytest.mark.parametrize(
    ("typed", "titles"),
    [
        ("backup restoring", ["Backups"]),
        ('"health check"', ["Health checks"]),
        ("check -health", ["Checks"]),
        ("k8s", ["Kubernetes"]),
        ("kuberntes", ["Kubernetes"]),
        ("zeppelin", []),
    ],
)
def test_it_understands_what_the_databases_understand(engine, typed, titles):
    lesson("Backups", "a backup is restored")
    lesson("Health checks", "the health check was green")
    lesson("Checks", "check the disk")
    lesson("Kubernetes", "the nodes")
    search_feed.feed()

    assert found(typed) == titles


def test_the_word_that_is_being_typed_may_be_unfinished(engine):
    made = lesson("Authentication", "-")
    search_feed.feed()

    assert Lesson.objects.find("authentic", open_ended=True).ids == [made.pk]
    assert Lesson.objects.resembling("authentication is slow") == [made.pk]


def test_a_slip_is_told_of(engine):
    lesson("Kubernetes")
    search_feed.feed()

    assert Lesson.objects.find("kuberntes").instead == {"kuberntes": ["kubernetes"]}


# Being told -------------------------------------------------------------------------------------
def test_changes_however_made_reach_it(engine):
    made = lesson("Backups", "zeppelin")
    search_feed.feed()
    assert found("zeppelin") == ["Backups"]

    Lesson.objects.filter(pk=made.pk).update(search_text="airship")
    assert search_feed.feed() == 1
    assert (found("zeppelin"), found("airship")) == ([], ["Backups"])

    made.delete()
    search_feed.feed()
    assert engine.indexes[engine.aliases[ALIAS]].documents() == {}
    assert not SearchChange.objects.exists()


def test_what_is_taken_back_with_its_transaction_was_never_told(engine):
    with pytest.raises(RuntimeError), transaction.atomic():
        lesson("Backups", "zeppelin")
        raise RuntimeError

    assert search_feed.feed() == 0


def test_what_changed_twice_is_told_once_as_it_is(engine):
    made = lesson("Backups", "one")
    Lesson.objects.filter(pk=made.pk).update(search_text="two")
    search_feed.feed()

    (row,) = engine.indexes[engine.aliases[ALIAS]].rows.values()
    assert row[1] == {"title": "Backups", "text": "two"}


def test_a_change_that_comes_late_changes_nothing(engine):
    made = lesson("Backups", "newer")
    search_feed.feed()
    name = engine.aliases[ALIAS]

    opensearch.write([name], [(made.pk, 0, ("Backups", "older")), (made.pk, 0, None)])

    assert engine.indexes[name].rows[str(made.pk)][1] == {"title": "Backups", "text": "newer"}


def test_changes_made_while_an_index_is_built_are_in_it(engine, monkeypatch):
    made = lesson("Backups", "before")
    write = opensearch.write

    def meanwhile(names, changes):
        write(names, changes)
        monkeypatch.setattr(opensearch, "write", write)
        Lesson.objects.filter(pk=made.pk).update(search_text="meanwhile")
        search_feed.feed()

    old = engine.aliases[ALIAS]
    monkeypatch.setattr(opensearch, "write", meanwhile)
    search_feed.rebuild(Lesson)

    assert engine.aliases[ALIAS] != old
    assert old not in engine.indexes
    assert found("meanwhile") == ["Backups"]


def test_what_cannot_be_told_waits(engine, caplog):
    lesson("Backups", "zeppelin")
    engine.is_out_of_order = True
    feed_search()

    assert "could not be told" in caplog.text
    assert SearchChange.objects.exists()
    engine.is_out_of_order = False
    feed_search()
    assert found("zeppelin") == ["Backups"]


def test_nothing_is_written_down_where_nobody_listens():
    lesson("Backups", "zeppelin")

    assert not SearchChange.objects.exists()


def test_the_texts_cannot_be_read_back(engine):
    made = lesson("Backups", "zeppelin")
    search_feed.feed()
    everything = {"query": {"bool": {}}, "size": 10}

    told = opensearch.client().msearch(body=[{}, everything], index=ALIAS)

    (hit,) = told["responses"][0]["hits"]["hits"]
    assert hit["_id"] == str(made.pk)
    assert "_source" not in hit


def test_what_comes_too_late_for_an_index_makes_none(engine):
    """A worker may have asked which indexes there are before one of them was taken away."""
    made = lesson("Backups", "zeppelin")
    old = engine.aliases[ALIAS]
    search_feed.rebuild(Lesson)
    there = set(engine.indexes)

    opensearch.write([old], [(made.pk, 5, ("Backups", "zeppelin"))])

    assert old not in there
    assert set(engine.indexes) == there


def test_a_change_under_way_while_an_index_is_built_is_told_afterwards(engine):
    """Its number is older than what was committed before it, its words are newer."""
    made = lesson("Backups", "before")
    search_feed.feed()
    waits = SearchChange.objects.create(table_name="-", row_id=0)
    number = waits.pk
    lesson("Clocks", "committed before it")
    search_feed.rebuild(Lesson)
    Lesson.objects.filter(pk=made.pk).update(search_text="afterwards")
    waits.delete()
    SearchChange.objects.filter(row_id=made.pk).update(id=number)

    search_feed.feed()

    assert (found("before"), found("afterwards")) == ([], ["Backups"])


def test_of_what_waits_for_long_the_last_change_of_each_row_is_enough(engine):
    first, second = lesson("Backups", "one"), lesson("Clocks", "one")
    for text in ("two", "three"):
        Lesson.objects.filter(pk__in=[first.pk, second.pk]).update(search_text=text)
    second.delete()

    thin_out_search_changes()

    assert SearchChange.objects.filter(table_name="lessons_lesson").count() == 2
    search_feed.feed()
    assert found("three") == ["Backups"]
    assert list(engine.indexes[engine.aliases[ALIAS]].documents()) == [str(first.pk)]


# Who may see ------------------------------------------------------------------------------------
def test_what_is_restricted_is_in_no_answer_and_no_count_of_others(engine):
    reader, named = make_user(), make_user()
    make_incident(title="Zeppelin", visibility="restricted", participants=(named,))
    make_incident(title="Zeppelin over the harbour")
    search_feed.feed()
    asked = QueryDict("q=zeppelin")

    def counted(user):
        page = searching.read(asked, user)
        return (
            page.count_in_words,
            [tab.count for tab in page.tabs],
            [option.count for _, options in page.facets for option in options],
        )

    assert Incident.objects.find("zeppelin").complete == 2
    assert counted(reader)[0] == "1 result"
    assert counted(reader)[1] == ["", "0", "0", "1"]
    assert set(counted(reader)[2]) == {1}
    assert counted(named)[0] == "2 results"


def test_it_looks_further_when_the_best_are_not_for_this_reader(engine, monkeypatch):
    monkeypatch.setattr(engines, "CANDIDATES", 3)
    for number in range(6):
        lesson(f"Disk disk disk {number}", state="draft")
    wanted = lesson("About a disk that was full", "and more words than others have")
    search_feed.feed()

    assert Lesson.objects.published().find("disk").ids == [wanted.pk]
    # The best, and further.
    assert len(was_asked(engine)) == 2


# When it is away --------------------------------------------------------------------------------
def test_the_database_searches_while_it_is_away(engine, client, caplog):
    lesson("Backups", "zeppelin")
    search_feed.feed()
    engine.stop()
    client.force_login(make_user())

    with caplog.at_level(logging.WARNING):
        answer = client.get("/search/?q=zeppelin")

    assert answer.status_code == 200
    assert b"Backups" in answer.content
    assert caplog.text.count("OpenSearch is away; the database searches") == 1


def test_it_is_left_in_peace_for_a_while(engine):
    lesson("Backups", "zeppelin")
    search_feed.feed()
    engine.is_out_of_order = True
    assert (found("zeppelin"), found("zeppelin")) == (["Backups"], ["Backups"])
    assert len(was_asked(engine)) == 1

    engine.is_out_of_order = False
    for beside in engines.BESIDE.values():
        beside._away_until = 0.0
    assert found("zeppelin") == ["Backups"]
    assert len(was_asked(engine)) > 1


def test_an_index_that_was_never_built_is_as_good_as_away(server, caplog):
    lesson("Backups", "zeppelin")

    assert found("zeppelin") == ["Backups"]
    assert "index_not_found" in caplog.text


def test_readiness_says_so(engine, client):
    assert client.get(reverse("readyz")).json()["checks"]["search"] == "ok"
    engine.is_out_of_order = True
    told = client.get(reverse("readyz")).json()["checks"]["search"]
    assert told == "It does not answer; the database searches meanwhile."


def test_a_rebuild_that_fails_says_that_nothing_changed(engine):
    engine.is_out_of_order = True
    with pytest.raises(CommandError, match="searched still"):
        call_command("rebuild_search", stdout=StringIO())


def test_the_index_of_the_database_is_left_alone_while_its_language_stays(engine, capsys):
    call_command("rebuild_search")
    assert "The index of" not in capsys.readouterr().out


# Settings ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("url", "database", "words"),
    [
        ("search.example.org", "postgres://x/y", "must look like"),
        ("http://search.example.org", "", "DATABASE_URL is not"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(monkeypatch, url, database, words):
    monkeypatch.setenv("OPENSEARCH_URL", url)
    with pytest.raises(ImproperlyConfigured, match=words):
        environment.opensearch(database)


def test_triggers_are_there_once(engine):
    search_feed.watch()
    search_feed.watch()
    lesson("Backups")

    assert connection.vendor in {"sqlite", "postgresql"}
    assert set(SearchChange.objects.values_list("table_name", flat=True)) == {"lessons_lesson"}
