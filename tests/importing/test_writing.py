"""Postmortems from elsewhere become incidents, reviews, actions and lessons, each once."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from actions.models import Action
from common.models import Activity
from config.importing.account import Account
from config.importing.writing import Importer
from incidents.models import Incident, TimelineEvent
from lessons.models import Lesson
from people.models import Team, User
from postmortems.models import Finding, Publication, Review
from tests.make import make_service, make_team, make_user

pytestmark = pytest.mark.django_db
FILES = Path(__file__).parent / "files"


def run(*names: str | Path, form: str = "markdown", **options) -> str:
    out = StringIO()
    paths = [FILES / name if isinstance(name, str) else name for name in names]
    call_command("import_postmortems", *paths, form=form, team="ops", stdout=out, stderr=out,
                 **options)  # fmt: skip
    return out.getvalue()


@pytest.fixture(autouse=True)
def _team() -> None:
    make_team(name="Operations", slug="ops")


def test_a_draft_stays_a_draft_and_holds_all_that_was_read():
    run("atlassian.md")

    incident = Incident.objects.get()
    review = incident.review
    assert (incident.severity, incident.state, incident.team.slug) == ("sev1", "resolved", "ops")
    assert incident.started_precision == "exact"
    assert review.state == Review.State.REQUESTED
    assert list(review.factors.values_list("text", "category__name")) == [
        ("The rule was tested with complete addresses only.", "Not sorted yet")
    ]
    assert [event.text for event in TimelineEvent.objects.in_order()] == [
        "The rule reaches all hosts",
        "Support opens a ticket",
        "The rule is off everywhere",
    ]
    assert set(Action.objects.values_list("state", "origin")) == {("parked", "source")}
    assert Lesson.objects.get().state == Lesson.State.DRAFT
    assert not Publication.objects.exists()
    assert Incident.objects.all().find("postcode checkout").ids == [incident.pk]


def test_what_the_source_calls_finished_is_published():
    run("gitlab.md")

    review = Review.objects.get()
    assert review.state == Review.State.PUBLISHED
    assert "Pipelines waited" in str(review.publications.get().snapshot)


def test_a_finished_text_that_names_somebody_waits_to_be_signed(tmp_path):
    make_user(name="Agnes Oogler", email="agoogler@example.org")
    text = (FILES / "gitlab.md").read_text()
    (tmp_path / "one.md").write_text(text.replace("A vacuum", "The vacuum of Agnes Oogler"))

    told = run(tmp_path / "one.md")

    assert "waits to be signed: “Agnes Oogler” may lead to a person." in told
    assert Review.objects.get().state == Review.State.REQUESTED
    assert not Publication.objects.exists()


def test_a_second_import_makes_no_doubles():
    run("sre.md", "atlassian.md")
    before = [model.objects.count() for model in (Incident, Action, Lesson, Finding)]

    told = run("sre.md", "atlassian.md")

    assert [model.objects.count() for model in (Incident, Action, Lesson, Finding)] == before
    assert told.count("is here already, left as it is") == 2
    assert "0 imported, 0 problems." in told


def test_a_dry_run_writes_nothing_and_says_what_would_be():
    told = run("sre.md", dry_run=True)

    assert "Sonnet search postmortem (incident #465) (sev3, review published)" in told
    assert "6 events, 4 findings, 1 factor, 3 actions" in told
    assert "“Authors” was left out" in told
    assert not Incident.objects.exists()


def test_people_of_the_source_become_no_accounts():
    before = User.objects.count()

    run("sre.md", "pagerduty.md")

    assert User.objects.count() == before
    assert Action.objects.filter(owner=None, owner_in_account="jennifer").exists()


def test_a_bad_row_ends_with_1_and_loses_nothing_of_the_others(tmp_path):
    (tmp_path / "x.csv").write_text("title,severity\nOne,sev1\n,sev2\nThree,sev3\n")

    with pytest.raises(CommandError, match="2 imported, 1 problem"):
        run(tmp_path / "x.csv", form="csv")

    assert sorted(Incident.objects.values_list("title", flat=True)) == ["One", "Three"]


def test_columns_are_said_and_services_are_those_that_are_here(tmp_path):
    make_service(name="Checkout")
    (tmp_path / "x.csv").write_text("Headline,Where\nLost,checkout;Unknown\n")

    run(tmp_path / "x.csv", form="csv", map=["title=Headline", "services=Where"])

    incident = Incident.objects.get()
    assert list(incident.services.values_list("name", flat=True)) == ["Checkout"]


def test_who_imported_is_on_record():
    user = make_user()
    importer = Importer(Team.objects.get(), by=user, at=timezone.now(), file_name="one.md")

    importer.write([Account(key="x:1", line=1, title="Lost", severity="sev3")])

    assert Activity.objects.get(verb="imported from a file").actor == user
    assert Incident.objects.get().reporter == user
