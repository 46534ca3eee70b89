"""Synthetic rows keep every rule, come out the same, and can be seen by their reader."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from actions.models import Action
from common.models import ReferenceCounter
from config.seeding.people import RARE_TAG, Impossible
from config.seeding.rows import Seeder, Sizes
from config.seeding.texts import KNOWN_SHARES, Writer
from incidents.models import Incident, TimelineEvent
from lessons.models import Lesson
from people.models import Team, User
from postmortems import snapshot
from postmortems.models import Publication, Review
from tests.make import make_action, make_incident, make_user

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
EMAIL, PASSWORD = "reader@bench.example.org", "a phrase to measure with"
SMALL = Sizes(incidents=40, reviews=20, actions=30, lessons=25, due=7)
COUNTED = (Incident, Review, Action, Lesson, TimelineEvent, Publication)


def seed(sizes=SMALL, *, seed=1):
    return Seeder(sizes, seed=seed, now=NOW, say=lambda line: None).run(EMAIL, PASSWORD)


def counts():
    return [model.objects.count() for model in COUNTED]


def test_as_many_rows_as_asked_for():
    seed()

    assert counts() == [40, 20, 30, 25, 120, 18]


def test_the_oldest_alone_have_a_rare_tag():
    seed()

    for model in (Incident, Lesson):
        assert list(model.objects.filter(tags__slug=RARE_TAG)) == [model.objects.earliest("pk")]


def test_every_row_keeps_its_models_rules():
    seed()

    for model in (Incident, Review, Action, Lesson, TimelineEvent):
        for row in model.objects.all():
            row.clean_fields(exclude={"summary_html", "duplicate_of"})
            row.validate_constraints()


def test_a_second_run_adds_rows_and_counts_on():
    make_incident()
    make_action()
    seed()
    seed(seed=2)

    assert counts() == [81, 40, 61, 50, 240, 36]
    assert ReferenceCounter.objects.get(prefix="INC").last == 81
    assert make_incident().reference == "INC-82"
    assert make_action().reference == "A-62"


def test_rows_made_afterwards_get_free_primary_keys():
    seed()

    incident = make_incident()
    assert incident.pk == max(Incident.objects.values_list("pk", flat=True))


def titles():
    return [
        list(model.objects.order_by("pk").values_list("title", flat=True))
        for model in (Incident, Action, Lesson)
    ]


def test_the_same_seed_writes_the_same_rows():
    seed()
    first = titles()
    for model in (Publication, Action, Lesson):
        if model is not Publication or connection.vendor == "sqlite":
            model.objects.all().delete()
    seed()

    again = titles()
    assert again[0][40:] == first[0]
    assert again[1:] == first[1:]


def test_so_many_actions_are_due_today():
    seed()

    due = Action.objects.open().filter(due_on=NOW.date())
    assert due.count() == 7
    assert not due.filter(owner__is_active=False).exists()
    assert not Action.objects.overdue(on=NOW.date()).exists()


def test_the_reader_can_log_in_and_sees_almost_everything(client):
    reader = seed(Sizes(incidents=1_200))

    assert client.login(username=EMAIL, email=EMAIL, password=PASSWORD)
    assert Incident.objects.count() - Incident.objects.visible_to(reader).count() == 1
    assert Team.objects.of(reader).count() == 2
    assert Team.objects.managed_by(reader).count() == 1


def test_an_account_with_another_password_is_left_alone():
    make_user(email=EMAIL, password="theirs and theirs alone")

    with pytest.raises(Impossible, match="has an account with another password"):
        seed()

    assert User.objects.count() == 1
    assert not Incident.objects.exists()


def test_published_snapshots_have_the_form_of_real_ones():
    seed()

    publication = Publication.objects.select_related("review__incident").first()
    real = snapshot.build(publication.review)
    assert set(publication.snapshot) == set(real)
    assert publication.snapshot["reference"] == publication.review.incident.reference
    assert [s["kind"] for s in publication.snapshot["sections"]] == ["summary"]


def test_incidents_spread_over_five_years_with_the_newest_an_hour_old():
    seed()

    filed = Incident.objects.order_by("filed_at")
    assert filed.last().filed_at == NOW - timedelta(hours=1)
    assert timedelta(days=4.5 * 365) < NOW - filed.first().filed_at < timedelta(days=5 * 365)
    assert Incident.objects.ongoing().count() == 2


def test_words_are_as_common_as_they_say():
    writer = Writer(random.Random(1))
    texts = [set(writer.text(12).split()) for _ in range(20_000)]

    for word, share in KNOWN_SHARES.items():
        found = sum(word in text for text in texts) / len(texts)
        assert found == pytest.approx(share, rel=0.25), word
    assert 130 < sum(len(writer.text(12).split()) for _ in range(200)) / 200 < 170


def test_a_word_of_the_texts_finds_lessons():
    seed()

    assert Lesson.objects.find("service").complete >= 15


def indexes():
    table = {
        "postgresql": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
        "sqlite": "SELECT sql FROM sqlite_master WHERE type IN ('index', 'trigger') ORDER BY 1",
    }
    with connection.cursor() as cursor:
        cursor.execute(table[connection.vendor])
        return cursor.fetchall()


def test_the_indexes_are_back_afterwards():
    before = indexes()
    assert before
    seed()

    assert indexes() == before


@pytest.mark.parametrize(
    ("sizes", "reason"),
    [
        ({"incidents": 1, "reviews": 2}, "Each review needs an incident"),
        ({"actions": 1, "due": 2}, "--due <= --actions"),
        ({"lessons": -1}, "--lessons is -1; 0 to 20,000,000 work"),
        ({"incidents": 20_000_001}, "--incidents is 20000001"),
        ({"events_per_incident": 101}, "--events-per-incident goes up to 100"),
    ],
)
def test_numbers_that_do_not_go_together_are_refused(sizes, reason):
    with pytest.raises(Impossible, match=reason):
        Sizes(**sizes)


@pytest.mark.parametrize("email", ["", "nobody", "a@b"])
def test_the_command_refuses_what_is_no_address(email):
    with pytest.raises(CommandError, match="Nothing was added"):
        call_command("seed_benchmark", "--email", email, "--password", "x")


def test_the_command_says_what_it_did(capsys):
    call_command(
        "seed_benchmark", "--incidents=3", "--lessons=2", "--events-per-incident=1",
        f"--email={EMAIL}", f"--password={PASSWORD}",
    )  # fmt: skip

    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" s  ", 1)[1] for line in lines[:4]] == [
        "3 incidents",
        "4 incident-service relationships",
        "5 incident-tag relationships",
        "3 timeline events",
    ]
    assert lines[-1] == f"Log in as {EMAIL}."
    assert counts() == [3, 0, 0, 2, 3, 0]
