"""Words without their endings, as the indexes hold them."""

import json
import sqlite3
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from common import words
from common.words import stem

DEMO = Path(settings.BASE_DIR) / "config/demo_data"


@pytest.fixture(scope="module")
def demo_words():
    """Every word of the demo's incidents, queries and synonyms."""
    texts = [path.read_text("utf-8") for path in DEMO.rglob("*.json")]
    texts.append((Path(words.__file__).parent / "synonyms.txt").read_text("utf-8"))
    found = {word for text in texts for word in words.split(text) if word.isascii()}
    assert len(found) > 3_000
    return sorted(found)


def test_stems_are_those_of_the_index_of_sqlite(demo_words):
    index = sqlite3.connect(":memory:")
    index.execute("CREATE VIRTUAL TABLE texts USING fts5(word, tokenize='porter unicode61')")
    index.execute("CREATE VIRTUAL TABLE held USING fts5vocab(texts, 'instance')")
    rows = enumerate(demo_words, 1)
    index.executemany("INSERT INTO texts(rowid, word) VALUES (?, ?)", rows)

    held = {demo_words[row - 1]: term for term, row in index.execute("SELECT term, doc FROM held")}
    index.close()

    assert held == {word: stem(word) for word in demo_words}


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="asks PostgreSQL")
def test_stems_part_words_nearly_as_postgresql_does(demo_words):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT word, ts_lexize('english_stem', word) FROM jsonb_array_elements_text(%s) word",
            [json.dumps([word for word in demo_words if word.isalpha()])],
        )
        stemmed = {word: lexemes[0] for word, lexemes in cursor.fetchall() if lexemes}

    other = [word for word, lexeme in stemmed.items() if stem(word) != lexeme]

    assert len(other) / len(stemmed) < 0.05


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("restore", "restor"), ("restored", "restor"), ("rest", "rest"), ("agreed", "agre"),
        ("certificates", "certif"), ("rolled", "roll"), ("stopped", "stop"), ("hoping", "hope"),
        ("deletion", "delet"), ("configuration", "configur"), ("retries", "retri"), ("tls", "tl"),
        ("skies", "ski"), ("a", "a"), ("x" * 70, "x" * 70),
    ],
)  # fmt: skip
def test_an_ending_is_taken_off(word, expected):
    assert stem(word) == expected
