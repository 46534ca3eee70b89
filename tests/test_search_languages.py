"""Finding texts that are not in English: SEARCH_LANGUAGE."""

import json
from io import StringIO

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.urls import reverse

from common import opensearch, search_index, stems, words
from common.engines import DATABASES
from common.search_feed import searchable
from common.stems import LETTERS
from common.words import Marker
from config import environment
from incidents.models import Incident
from lessons.models import Lesson
from tests.make import make_incident
from tests.searched import found, lesson

pytestmark = pytest.mark.django_db

OTHERS = sorted(set(LETTERS) - {"english"})


@pytest.fixture
def speak(settings):
    """Chooses a language, and makes the index of lessons anew in it."""

    def choose(name):
        settings.SEARCH_LANGUAGE = name
        connection.check_constraints()
        search_index.make_anew(Lesson)

    return choose


def language_of(model):
    return DATABASES[connection.vendor].language_of(model._meta.db_table)


def swedish():
    lesson("Databasen föll", "Säkerhetskopiorna hade aldrig återställts, och certifikatet gick ut.")
    lesson("Kön växte", "Meddelandena väntade medan köerna växte och larmen teg.")
    lesson("Far och far", "Han far till far, och servrarna startades om.")


@pytest.mark.parametrize(
    ("typed", "titles"),
    [
        ("databaser", ["Databasen föll"]),
        ("DATABASEN", ["Databasen föll"]),
        ("databas", ["Databasen föll"]),
        ("certifikat", ["Databasen föll"]),
        ("säkerhetskopia återställa", ["Databasen föll"]),
        ("Kön", ["Kön växte"]),
        ("vad hade larmet", ["Kön växte"]),
        ("och", []),
        ("far", ["Far och far"]),
        ("får", []),
        ('"certifikatet gick"', ["Databasen föll"]),
        ('"gick certifikatet"', []),
        ("växte -larm", []),
        ("databasen -larm", ["Databasen föll"]),
        ("säkerhetskpia", ["Databasen föll"]),
        ("sakerhetskopia", ["Databasen föll"]),
    ],
)
def test_swedish_is_found(speak, typed, titles):
    speak("swedish")
    swedish()

    assert found(typed) == titles


@pytest.mark.parametrize(
    ("typed", "titles"),
    [
        ("Datenbanken", ["Ausfall der Datenbank"]),
        ("übertrage", ["Ausfall der Datenbank"]),
        ("Straßen", ["Die Straße"]),
        ("der die und", []),
        ('"letzte Übertragung"', ["Ausfall der Datenbank"]),
        ("Ausfälle -Zertifikat", []),
        ("Zertifiakt", ["Ausfall der Datenbank"]),
    ],
)
def test_german_is_found(speak, typed, titles):
    speak("german")
    lesson("Ausfall der Datenbank", "Die letzte Übertragung scheiterte; das Zertifikat lief ab.")
    lesson("Die Straße", "Der Bagger traf die Leitung.")

    assert found(typed) == titles


@pytest.mark.parametrize(
    ("typed", "titles"),
    [
        ("sauvegardes", ["La sauvegarde"]),
        ("réparée", ["La sauvegarde"]),
        ("école", ["L’école"]),
        ("côté", ["L’école"]),
        ("cote", ["La sauvegarde"]),
        ("était", []),
    ],
)
def test_french_is_found(speak, typed, titles):
    speak("french")
    lesson("La sauvegarde", "Personne n’avait réparé la cote d’alerte.")
    lesson("L’école", "Du côté de l’école tout était calme.")

    assert found(typed) == titles


@pytest.mark.parametrize(
    ("name", "text", "typed"),
    [
        ("danish", "Databaserne faldt ned", "databasen"),
        ("dutch", "De certificaten waren verlopen", "certificaat verlopen"),
        ("finnish", "Tietokannat kaatuivat", "tietokanta"),
        ("hungarian", "Az adatbázisok leálltak", "adatbázis"),
        ("italian", "I certificati erano scaduti", "certificato"),
        ("norwegian", "Sikkerhetskopiene manglet", "sikkerhetskopi"),
        ("portuguese", "As conexões caíram", "conexão"),
        ("romanian", "Certificatele au expirat", "certificatul"),
        ("russian", "Базы данных упали после deployments", "база deployment"),
        ("spanish", "Las réplicas se retrasaron", "réplica"),
        ("turkish", "İnternet kesildi, hatalar arttı", "internet hata"),
    ],
)
def test_other_languages_are_found(speak, name, text, typed):
    speak(name)
    lesson("Other", "-")
    lesson("Held", text)

    assert found(typed) == ["Held"]


def test_words_of_the_trade_have_their_other_names_in_every_language(speak):
    speak("swedish")
    lesson("Kluster", "En nod i Kubernetes försvann")

    assert found("k8s") == ["Kluster"]


def test_the_word_that_is_being_typed_may_be_unfinished(speak):
    speak("german")
    made = lesson("Die Übertragung", "-")

    assert Lesson.objects.find("Übertr", open_ended=True).ids == [made.pk]
    assert Lesson.objects.resembling("die Übertragungen sind langsam") == [made.pk]


def test_what_was_found_is_marked(settings):
    settings.SEARCH_LANGUAGE = "swedish"
    marker = Marker(words.understand("databaser får").wanted)

    assert marker.excerpt("Databasen föll & far får vänta på en databas") == (
        "<mark>Databasen</mark> föll &amp; far <mark>får</mark> vänta på en <mark>databas</mark>"
    )


def test_the_index_follows_each_row(speak):
    speak("swedish")
    row = lesson("Certifikatet gick ut", "larmen teg")
    others = Lesson.objects.filter(pk=row.pk)

    assert others.find("larm").ids == [row.pk]
    others.update(title="Kön växte", search_text="meddelandena väntade")
    assert others.find("certifikat").ids == []
    assert others.find("meddelande").ids == [row.pk]
    row.delete()
    assert Lesson.objects.find("meddelande").ids == []


# Changing the language --------------------------------------------------------------------------
def test_a_new_database_has_the_index_that_was_chosen(settings):
    assert {language_of(model) for model in searchable()} == {settings.SEARCH_LANGUAGE}
    assert search_index.trouble() == ""


def test_another_language_is_told_of_until_the_index_is_made_anew(settings, client):
    swedish()
    incident = make_incident(title="Databasen föll")
    settings.SEARCH_LANGUAGE = "swedish"
    told = "The index is in english, and SEARCH_LANGUAGE is swedish: manage.py rebuild_search."
    assert client.get(reverse("readyz")).json()["checks"]["search"] == told
    migrated = StringIO()
    call_command("migrate", stdout=migrated, verbosity=0)
    assert told in migrated.getvalue()
    connection.check_constraints()

    call_command("rebuild_search", stdout=StringIO())

    assert client.get(reverse("readyz")).json()["checks"]["search"] == "ok"
    assert {language_of(model) for model in searchable()} == {"swedish"}
    assert found("certifikat") == ["Databasen föll"]
    assert Incident.objects.find("databaser").ids == [incident.pk]


def test_there_and_back_again_the_index_is_as_it_was(speak):
    lesson("Café", "The backups had been restored")
    speak("swedish")
    speak("english")

    assert language_of(Lesson) == "english"
    assert found("cafes restoring") == ["Café"]


def test_who_may_not_change_tables_is_told_so(monkeypatch):
    def refuse(model):
        raise DatabaseError("must be owner of table incidents_incident")

    monkeypatch.setattr(search_index, "make_anew", refuse)
    with pytest.raises(CommandError, match=r"as it was: must be .*\. Run this as the owner"):
        call_command("rebuild_search")


def test_an_unknown_language_is_refused(monkeypatch):
    monkeypatch.setenv("SEARCH_LANGUAGE", "klingon")
    with pytest.raises(ImproperlyConfigured, match=r"'klingon'\. Write one of: danish, dutch, eng"):
        environment.one_of("SEARCH_LANGUAGE", LETTERS, default="english")


@pytest.mark.parametrize(
    ("typed", "chosen"), [("", "english"), ("Swedish", "swedish"), (" german ", "german")]
)
def test_a_language_may_be_written_large(monkeypatch, typed, chosen):
    monkeypatch.setenv("SEARCH_LANGUAGE", typed)
    assert environment.one_of("SEARCH_LANGUAGE", LETTERS, default="english") == chosen


# As PostgreSQL has them -------------------------------------------------------------------------
@pytest.mark.skipif(connection.vendor != "postgresql", reason="asks PostgreSQL")
@pytest.mark.parametrize("name", OTHERS)
def test_stop_words_and_stems_are_those_of_postgresql(name):
    own = stems.named(name)
    texts = " ".join(other for each in OTHERS for other in stems.named(each).stop_words)
    asked = sorted(set(own.split(texts)) | own.stop_words)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT word, tsvector_to_array(to_tsvector(%s::regconfig, word))"
            " FROM jsonb_array_elements_text(%s) word",
            [name, json.dumps([word for word in asked if word.isalpha()])],
        )
        held = dict(cursor.fetchall())

    assert {word for word, lexemes in held.items() if not lexemes} == own.stop_words
    other = {word for word, lexemes in held.items() if lexemes and lexemes != [own.stem(word)]}
    assert len(other) / len(held) < 0.05, other


@pytest.mark.parametrize("name", OTHERS)
def test_opensearch_is_told_the_language(settings, name):
    settings.SEARCH_LANGUAGE = name
    analysis = opensearch.index()["settings"]["analysis"]

    assert analysis["filter"]["endings"] == {"type": "stemmer", "language": name}
    assert analysis["analyzer"]["words"]["filter"] == ["lowercase", "endings"]
