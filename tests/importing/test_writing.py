"""Postmortems from elsewhere become incidents, reviews, actions and lessons, each once."""

from __future__ import annotations

from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from actions import search_text as action_words
from actions.models import Action
from common.models import Activity, Revision
from common.text import RENDERER_VERSION
from common.when import Moment
from config import bulk
from config.importing import writing
from config.importing.account import Account, Event, Promise
from config.importing.writing import Importer, Outcome
from incidents import search_text as incident_words
from incidents.models import Incident, TimelineEvent
from lessons import library
from lessons.models import Lesson
from lessons.querysets import reread_day
from people.models import Team, User
from postmortems.models import Finding, Goal, Publication, Review, Section
from tests.make import make_incident, make_service, make_team, make_user

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


def test_a_lesson_of_a_finished_text_is_read_again_like_any_other(tmp_path):
    (tmp_path / "x.csv").write_text("title,status,lessons\nDisk full,final,Watch the disk\n")

    run(tmp_path / "x.csv", form="csv")

    lesson = Lesson.objects.get()
    assert lesson.state == Lesson.State.PUBLISHED
    assert lesson.reread_on == reread_day(lesson.published_at.date())


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


# Many at once ---------------------------------------------------------------------------------
def rich(number: int, **changed) -> Account:
    """With something of everything."""
    at = datetime(2024, 3, 4, 10, 2, tzinfo=UTC)
    told = {
        "key": f"x:{number}",
        "line": number,
        "title": f"Queue {number} grew",
        "summary": f"Queue {number} grew until *consumers* were added.",
        "impact": "Mails came late.",
        "trigger": "A mail too many",
        "severity": "sev2",
        "times": {"started": Moment(at, "UTC")},
        "day": at.date(),
        "sections": {Section.Kind.WHAT_HAPPENED: "It grew."},
        "events": [Event(None, "It began", "observation"), Event(Moment(at, "UTC"), "It grew",
                                                                 "detection")],
        "findings": [(Goal.RIGHT, "It was seen")],
        "factors": ["No limit"],
        "luck": ["It was night"],
        "surprises": ["Nobody knew"],
        "actions": [Promise(f"Set a limit {number}", owner="Ann", ticket="https://t.example.org/1")],
        "lessons": [f"Set limits {number}", "And look at them"],
        "tags": ["queues", "Limits"],
        "services": ["mail", "MAIL", "nothing of ours"],
        "sources": [("The original", "https://example.org/1"), ("No address", "nowhere")],
        "original": "As it came",
    }  # fmt: skip
    return Account(**told | changed)


def take(*accounts: Account, by: User | None = None) -> Outcome:
    importer = Importer(Team.objects.get(slug="ops"), by=by, at=timezone.now(), file_name="x.csv")
    return importer.write(accounts)


def test_a_batch_takes_hardly_more_statements_than_one_account():
    make_service(name="Mail")
    take(rich(0))  # the category, and what is looked up once in a process

    def statements(*accounts: Account) -> int:
        with CaptureQueriesContext(connection) as asked:
            take(*accounts)
        return len(asked)

    # SQLite takes 999 values in a statement at most.
    assert statements(*map(rich, range(2, 62))) < 2 * statements(rich(1))
    assert Incident.objects.count() == 62


def test_everything_of_an_account_is_kept_with_it():
    make_service(name="Mail")
    by = make_user()

    outcome = take(rich(1), rich(2), by=by)

    assert [incident.reference for incident in outcome.made] == ["INC-1", "INC-2"]
    for number, incident in enumerate(Incident.objects.order_by("pk"), start=1):
        review = incident.review
        assert (incident.title, incident.reporter) == (f"Queue {number} grew", by)
        assert incident.summary_html == (
            f"<p>Queue {number} grew until <em>consumers</em> were added.</p>"
        )
        assert [service.name for service in incident.services.all()] == ["Mail"]
        assert sorted(tag.name for tag in incident.tags.all()) == ["Limits", "queues"]
        assert [event.text for event in incident.events.in_order()] == ["It began", "It grew"]
        assert [source.url for source in incident.sources.all()] == ["https://example.org/1"]
        assert incident.imported_file.content == {"key": f"x:{number}", "text": "As it came"}
        texts = {section.kind: section.html for section in review.sections.all()}
        assert texts == {
            "summary": incident.summary_html,
            "impact": "<p>Mails came late.</p>",
            "what_happened": "<p>It grew.</p>",
        }
        assert review.factors.get().text == "No limit"
        assert review.mitigators.get().is_luck
        assert review.surprises.get().text == "Nobody knew"
        action = review.actions.get()
        assert action.title == f"Set a limit {number}"
        assert list(action.incidents.all()) == [incident]
        lessons = list(review.lessons.order_by("pk"))
        assert [lesson.import_key for lesson in lessons] == [f"x:{number}:1", f"x:{number}:2"]
        assert {tag.name for lesson in lessons for tag in lesson.tags.all()} == {"Limits", "queues"}
        trail = Activity.objects.about(incident).get()
        assert (trail.actor, trail.detail) == (by, "x.csv")
        assert (review.requested_by, review.trigger) == (by, "A mail too many")
        assert {section.renderer for section in review.sections.all()} == {RENDERER_VERSION}
        assert (action.created_by, action.team, action.state) == (by, incident.team, "parked")
        assert (action.owner_in_account, action.is_owner_stated) == ("Ann", True)
        assert action.ticket_url == "https://t.example.org/1"
        assert {lesson.team for lesson in lessons} == {incident.team}
        assert {lesson.happened_on for lesson in lessons} == {date(2024, 3, 4)}
        for row, fields in (
            (incident, ["impact", "summary", "title"]),
            (review.findings.get(), ["text"]),
            (review.sections.first(), ["text"]),
            (incident.events.first(), ["text"]),
            (action, ["title"]),
            (lessons[0], ["insight", "situation", "title"]),
        ):
            kept = Revision.objects.about(row).order_by("field")
            assert [(one.field, one.text, one.version, one.author) for one in kept] == [
                (name, getattr(row, name), row.version, by) for name in fields
            ]


def test_what_only_a_hidden_incident_has_is_imported_as_if_it_were_nowhere():
    hidden = make_incident(visibility="restricted", import_key="x:1")
    by = make_user()

    outcome = take(rich(1), rich(2), by=by)
    again = take(rich(1), rich(2), by=by)

    assert hidden not in outcome.known
    assert [incident.title for incident in outcome.made] == ["Queue 1 grew", "Queue 2 grew"]
    assert (again.made, again.known) == ([], outcome.made)


def test_what_it_is_found_by_is_what_a_later_edit_would_keep():
    make_service(name="Mail")
    take(rich(1))
    models = (Incident, Action, Lesson)
    kept = [list(model.objects.order_by("pk").values_list("search_text")) for model in models]

    incident_words.refresh(Incident.objects.get())
    action_words.refresh(Action.objects.get())
    for lesson in Lesson.objects.all():
        library.index(lesson)

    assert all(text for rows in kept for (text,) in rows)
    assert kept == [
        list(model.objects.order_by("pk").values_list("search_text")) for model in models
    ]


@pytest.mark.parametrize("bad", [0, 4, 6])
def test_what_the_database_refuses_holds_up_no_other(bad):
    accounts = [rich(number) for number in range(7)]
    accounts[bad] = rich(bad, severity="sev9")

    outcome = take(*accounts)

    assert [problem.line for problem in outcome.problems] == [bad]
    assert "Not taken: " in outcome.problems[0].words
    others = [account.title for account in accounts if account is not accounts[bad]]
    assert [incident.title for incident in outcome.made] == others
    assert Review.objects.count() == Action.objects.count() == Finding.objects.count() == 6
    assert list(Incident.objects.order_by("pk").values_list("reference", flat=True)) == [
        f"INC-{number}" for number in range(1, 7)
    ]


def test_any_number_is_looked_up_and_written_in_batches(monkeypatch):
    monkeypatch.setattr(writing, "BATCH", 2)
    first = take(rich(1), rich(4))
    accounts = [rich(number) for number in range(6)]

    with CaptureQueriesContext(connection) as asked:
        outcome = take(*accounts)

    looked_up = [one["sql"] for one in asked if '"import_key" IN (' in one["sql"]]
    assert [sql.count("x:") for sql in looked_up] == [2, 2, 2]
    assert [incident.pk for incident in outcome.known] == [incident.pk for incident in first.made]
    assert [incident.title for incident in outcome.made] == [
        f"Queue {number} grew" for number in (0, 2, 3, 5)
    ]


def test_new_keys_are_nobodys_also_where_rows_were_deleted():
    make_incident().delete()
    last = make_incident()
    gone = last.pk
    last.delete()
    with transaction.atomic():
        keys = bulk.new_keys(Incident, 3)

    assert min(keys) > gone
    assert len(set(keys)) == 3


def test_who_imported_is_on_record():
    user = make_user()

    take(Account(key="x:1", line=1, title="Lost", severity="sev3"), by=user)

    assert Activity.objects.get(verb="imported from a file").actor == user
    assert Incident.objects.get().reporter == user
