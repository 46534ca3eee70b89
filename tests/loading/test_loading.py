"""What becomes of a good file: every value in a row, once, in the order told."""

import json
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError

from actions.models import Action
from common.models import Activity, Tag
from config.loading.files import IncidentFile, look_at, read
from config.loading.rows import Loader, as_markdown, places_in_time, team_named, zone_typed
from incidents.models import Incident, Precision, TimelineEvent
from lessons.models import Lesson
from lessons.querysets import reread_day
from people.models import Service, Team
from postmortems.models import Finding, Publication, Review
from tests.loading.files import SLUG, checked, full_file, replaced, written
from tests.loading.test_incident_files import DEMO
from tests.make import make_lesson, make_service, make_team

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
PRECISIONS = {
    "exact": "minute",
    "about": "approximate",
    "derived": "derived",
    "day": "date",
    "month": "month",
    "unknown": "unknown",
}
MILESTONES = ("started", "detected", "mitigated", "resolved")


def load(file: IncidentFile) -> Incident:
    assert file.problems == ()
    return Loader(team_named("Library"), at=AT).load(file).incident


def written_as(at, zone):
    return at.astimezone(ZoneInfo(zone)).isoformat() if at else None


def texts(rows, **which):
    return list(rows.filter(**which).order_by("position").values_list("text", flat=True))


def rebuilt(incident):
    """The file again, from the columns docs/incident-files.md names."""
    review = incident.review
    lessons = list(review.lessons.order_by("pk"))
    main, *further = incident.sources.order_by("position")
    return {
        "schema_version": incident.imported_file.schema_version,
        "slug": incident.import_key,
        "organisation": incident.organisation,
        "title": incident.title,
        "summary": lessons[0].situation,
        "kind": incident.kind,
        "severity": incident.severity.upper(),
        "severity_basis": incident.severity_reason,
        "date": incident.known_by,
        "timezone": incident.account_zone,
        "services": sorted(incident.services.values_list("name", flat=True)),
        "impact": {
            "text": incident.impact,
            "numbers": [
                {
                    "label": figure.label,
                    "value": float(figure.value),
                    "unit": figure.unit,
                    "qualifier": figure.qualifier,
                }
                for figure in incident.figures.order_by("position")
            ],
        },
        **{
            f"{name}_at": written_as(
                getattr(incident, f"{name}_at"), getattr(incident, f"{name}_zone")
            )
            for name in MILESTONES
        },
        "approximate": sorted(
            f"{name}_at"
            for name in MILESTONES
            if getattr(incident, f"{name}_precision") == Precision.ABOUT
        ),
        "timeline": [
            {
                "at": written_as(event.at, event.zone),
                "on": written_as(event.at, event.zone)[:10] if event.at else event.on or None,
                "precision": PRECISIONS[event.precision],
                "kind": event.kind,
                "text": event.text,
            }
            for event in incident.events.in_order()
        ],
        "review": {
            "went_right": texts(review.findings, goal="right"),
            "do_differently": texts(review.findings, goal="differently"),
            "went_wrong": [
                {"what": finding.text, "alternative_or_safety_measure": finding.safer}
                for finding in review.findings.filter(goal="wrong").order_by("position")
            ],
            "made_sense": texts(review.findings, goal="why"),
        },
        "contributing_factors": [
            {"category": factor.category.slug, "text": factor.text}
            for factor in review.factors.order_by("position")
        ],
        "actions": [
            {
                "title": action.title,
                "kind": action.measure,
                "owner": action.owner_in_account,
                "owner_stated": action.is_owner_stated,
                "status": action.state_in_account or None,
                "origin": action.origin,
            }
            for action in review.actions.order_by("pk")
        ],
        "lessons": [
            {
                "title": lesson.title,
                "text": lesson.insight,
                "tags": sorted(lesson.tags.values_list("name", flat=True)),
            }
            for lesson in lessons
        ],
        "unknown": [question.text for question in review.open_questions.order_by("pk")],
        "basis": incident.basis,
        "editor_notes": incident.editor_notes or None,
        "source": {
            "title": main.title,
            "url": main.url,
            "published": main.published or None,
            "also": [{"title": one.title, "url": one.url} for one in further],
        },
    }


def in_any_order(data):
    """The file's data with the lists sorted whose order says nothing."""
    data["services"] = sorted(data["services"])
    data["approximate"] = sorted(data["approximate"])
    for lesson in data["lessons"]:
        lesson["tags"] = sorted(lesson["tags"])
    return data


def test_a_full_file_can_be_rebuilt_from_its_rows(tmp_path):
    incident = load(checked(tmp_path, full_file()))

    assert rebuilt(incident) == in_any_order(full_file())


@pytest.mark.parametrize("path", sorted(DEMO.glob("*.json")), ids=lambda path: path.stem)
def test_nothing_of_a_file_is_dropped(path):
    assert rebuilt(load(read(path))) == in_any_order(json.loads(path.read_text()))


def test_what_was_loaded_can_be_read_as_a_published_review(tmp_path):
    incident = load(checked(tmp_path, full_file()))

    review = incident.review
    publication = review.publications.get()
    assert (incident.reference, incident.state) == ("NM-1", Incident.State.RESOLVED)
    assert (review.state, review.published_at) == (Review.State.PUBLISHED, AT)
    assert publication.revision == 1
    assert publication.snapshot["incident_title"] == "A full disk stops the index"
    assert publication.snapshot["organisation"] == "Example Organisation"
    assert [section["kind"] for section in publication.snapshot["sections"]] == [
        "summary",
        "impact",
    ]
    assert Activity.objects.about(incident).get().detail == f"{SLUG}.json"


def test_lessons_are_published_with_services_factors_and_the_day(tmp_path):
    load(checked(tmp_path, full_file()))

    lesson = Lesson.objects.get()
    assert lesson.state == Lesson.State.PUBLISHED
    assert lesson.happened_on == date(2021, 3, 4)
    assert lesson.reread_on == reread_day(AT.date())
    assert set(lesson.services.values_list("name", flat=True)) == {
        "Crawler of pages",
        "Index of pages",
    }
    assert set(lesson.factors.values_list("slug", flat=True)) == {"monitoring", "capacity"}


@pytest.mark.parametrize("day", ["2021", "2021-03"])
def test_a_day_that_is_not_known_is_not_invented(tmp_path, day):
    incident = load(checked(tmp_path, replaced(full_file(), "date", day)))

    assert incident.known_by == day
    assert Lesson.objects.get().happened_on is None


def test_actions_of_others_bind_nobody_here(tmp_path):
    incident = load(checked(tmp_path, full_file()))

    actions = incident.actions.order_by("pk")
    assert [(a.reference, a.state, a.kind, a.owner, a.due_on) for a in actions] == [
        ("A-1", "parked", "detect", None, None),
        ("A-2", "parked", "learn", None, None),
    ]


def test_a_milestone_that_is_not_told_is_not_known(tmp_path):
    incident = load(checked(tmp_path, replaced(full_file(), "resolved_at", None)))

    assert [(m.name, m.at is None, m.precision, m.zone) for m in incident.milestones] == [
        ("started", False, "exact", "Europe/Copenhagen"),
        ("detected", False, "about", "Europe/Copenhagen"),
        ("acknowledged", True, "unknown", "UTC"),
        ("mitigated", False, "exact", "Etc/GMT+4"),
        ("resolved", True, "unknown", "Europe/Copenhagen"),
    ]


def test_the_order_of_the_file_is_the_order_of_events(tmp_path):
    data = full_file()
    load(checked(tmp_path, data))

    assert list(TimelineEvent.objects.in_order().values_list("text", flat=True)) == [
        event["text"] for event in data["timeline"]
    ]


def event(at=None, on=None):
    return {"at": at, "on": on or (at[:10] if at else None)}


def test_events_without_a_time_stand_between_their_neighbours():
    data = full_file() | {
        "timezone": "UTC",
        "timeline": [
            event(),
            event("2021-03-04T10:00:00+00:00"),
            event(on="2021-03-04"),
            event(on="2021-03-09"),
            event("2021-03-05T10:00:00+00:00"),
            event(on="2021-03"),
            event(on="2021-03-08"),
            event(),
        ],
    }

    assert [f"{place.astimezone(UTC):%d %H:%M}" for place in places_in_time(data)] == [
        "04 08:01",  # the start is before the first known event
        "04 10:00",
        "04 10:00",
        "05 10:00",  # told before the event of the 5th, so it is
        "05 10:00",
        "05 10:00",
        "08 00:00",
        "08 00:00",
    ]


@pytest.mark.parametrize(
    ("moment", "zone", "typed"),
    [
        ("2021-03-04T09:00:00+01:00", "Europe/Copenhagen", "Europe/Copenhagen"),
        ("2021-07-04T09:00:00+01:00", "Europe/Copenhagen", "Etc/GMT-1"),
        ("2021-07-04T09:00:00+00:00", "Europe/Copenhagen", "UTC"),
        ("2021-07-04T09:00:00-07:00", "UTC", "Etc/GMT+7"),
        ("2021-07-04T09:00:00+05:45", "UTC", "Asia/Kathmandu"),
    ],
)
def test_a_moment_keeps_the_offset_it_was_written_with(moment, zone, typed):
    found = zone_typed(moment, zone)

    assert found == typed
    assert datetime.fromisoformat(moment).astimezone(ZoneInfo(found)).isoformat() == moment


def test_plain_text_is_shown_as_it_is(tmp_path):
    text = "1. The *script* ran `rm` on <data> & [logs].\n\n# 3 of _5_ copies\n- gone\n+ kept"
    incident = load(checked(tmp_path, replaced(full_file(), "summary", text)))

    assert incident.summary == as_markdown(text)
    assert incident.summary_html == (
        "<p>1. The *script* ran `rm` on &lt;data&gt; &amp; [logs].</p>\n"
        "<p># 3 of _5_ copies\n- gone\n+ kept</p>"
    )


def counts():
    models = (Incident, Review, Finding, Action, Lesson, Publication, Service, Team, Tag, Activity)
    return {model.__name__: model.objects.count() for model in models}


def run(*arguments, capsys):
    call_command("load_incidents", *map(str, arguments))
    return capsys.readouterr().out


def test_loading_again_makes_no_doubles(capsys):
    first = run(DEMO, capsys=capsys)
    before = counts()
    second = run(DEMO, capsys=capsys)

    assert first.endswith("30 files: 30 created, 0 already here, 0 refused.\n")
    assert second.endswith("30 files: 0 created, 30 already here, 0 refused.\n")
    assert counts() == before
    assert before["Incident"] == before["Publication"] == 30


def test_a_file_that_changed_is_told_and_left_alone(tmp_path, capsys):
    path = written(tmp_path, full_file())
    run(path, capsys=capsys)
    before = counts()
    written(tmp_path, replaced(full_file(), "timeline[1].text", "Something else."))

    assert run(path, capsys=capsys).splitlines()[0] == (
        f"NM-1 is already here, and {path} now differs in timeline[1].text. "
        "Left as it is; change it in the product."
    )
    assert counts() == before


def test_good_files_are_loaded_and_nothing_of_a_bad_one(tmp_path, capsys):
    written(tmp_path, full_file())
    bad = replaced(replaced(full_file(), "slug", "bad"), "lessons[0].title", "")
    path = written(tmp_path, bad, name="bad.json")

    with pytest.raises(CommandError) as refusal:
        call_command("load_incidents", str(tmp_path))

    printed = capsys.readouterr()
    assert printed.err == f"{path}: lessons[0].title: is empty; write text.\n"
    assert "NM-1 created from" in printed.out
    assert refusal.value.returncode == 1
    assert str(refusal.value) == (
        "2 files: 1 created, 0 already here, 1 refused. Nothing of a refused file was loaded."
    )
    assert Incident.objects.get().import_key == SLUG


def test_bad_files_alone_leave_the_database_untouched(tmp_path):
    path = written(tmp_path, replaced(full_file(), "lessons[0].title", ""))
    before = counts()

    with pytest.raises(CommandError):
        call_command("load_incidents", str(path))

    assert counts() == before


def test_checking_writes_nothing(tmp_path, capsys):
    before = counts()

    assert run("--check", written(tmp_path, full_file()), capsys=capsys).endswith(
        "1 file: 1 can be loaded, 0 refused.\n"
    )
    assert counts() == before


def test_a_file_with_many_problems_names_the_first_twenty(tmp_path, capsys):
    data = full_file() | {f"extra {number}": 1 for number in range(25)}

    with pytest.raises(CommandError):
        call_command("load_incidents", str(written(tmp_path, data)))

    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 21
    assert lines[-1].endswith(": and 5 more problems.")


def test_a_load_that_breaks_off_leaves_nothing_of_the_file(tmp_path):
    file = checked(tmp_path, full_file())
    loader = Loader(make_team(), at=AT)
    make_lesson(import_key=f"{SLUG}:1")
    before = counts()

    with pytest.raises(IntegrityError):
        loader.load(file)

    assert counts() == before


def test_services_and_team_are_found_in_any_case_or_made(tmp_path, capsys):
    team = make_team(name="Search People")
    known = make_service(name="INDEX of pages")

    run("--team", "search people", written(tmp_path, full_file()), capsys=capsys)

    incident = Incident.objects.get()
    assert incident.team == team
    assert {(service.name, service.team) for service in incident.services.all()} == {
        (known.name, known.team),
        ("Crawler of pages", team),
    }
    assert Team.objects.count() == 2


@pytest.mark.parametrize("name", ["", "  ", "x" * 121, "two\nlines"])
def test_a_team_needs_a_name(tmp_path, name):
    with pytest.raises(CommandError, match="--team needs a name"):
        call_command("load_incidents", "--team", name, str(written(tmp_path, full_file())))


def test_names_that_make_the_same_slug_get_their_own(tmp_path):
    data = replaced(full_file(), "services", ["Index/Pages", "Index Pages", "!!!", "???"])
    incident = load(checked(tmp_path, data))

    assert sorted(incident.services.values_list("slug", flat=True)) == [
        "index-pages",
        "indexpages",
        "service",
        "service-2",
    ]


def test_every_file_of_the_demo_can_be_found_by_its_own_words():
    loader = Loader(team_named("Library"), at=AT)
    for file in look_at([DEMO]):
        loader.load(file)

    found = Incident.objects.find("Cassandra Monzo")
    first = Incident.objects.get(pk=found.ids[0])
    assert (first.import_key, found.complete) == ("monzo-2019-cassandra-scale-up", 1)
    assert Lesson.objects.find("regular expression").complete
    assert Action.objects.find("LVM snapshots").complete
