"""Search or jump: one page, and the same answers inside the dialog."""

import pytest
from django.utils import timezone

from common.history import record
from config.palette import palette_for
from incidents.models import Incident, Involvement
from postmortems.models import PublishedWords
from tests.make import (
    make_action,
    make_incident,
    make_lesson,
    make_review,
    make_team,
    make_user,
)

pytestmark = pytest.mark.django_db

DIALOG = {"HX-Request": "true"}


@pytest.fixture
def reader(client):
    user = make_user()
    client.force_login(user)
    return user


def offered(user, text=""):
    """{group: [(title, end)]} without the deeds."""
    return {
        group.name: [(option.title, option.end) for option in group.options]
        for group in palette_for(user, text).groups
        if group.name != "Do"
    }


def deeds(user, text=""):
    return [
        (option.title, option.url)
        for group in palette_for(user, text).groups
        for option in group.options
        if group.name == "Do"
    ]


def test_lessons_incidents_and_actions_are_found_in_groups(reader):
    lesson = make_lesson(title="Rehearse the restore")
    incident = make_incident(title="Restore took two days")
    action = make_action(title="Restore a dump every day")

    assert offered(reader, "restor") == {
        "Lessons": [("Rehearse the <mark>restore</mark>", f"Lesson {lesson.number}")],
        "Incidents and actions": [
            ("<mark>Restore</mark> took two days", incident.reference),
            ("<mark>Restore</mark> a dump every day", action.reference),
        ],
    }


def test_titles_and_the_query_are_escaped(client, reader):
    make_lesson(title="<script>alert(1)</script> restore")

    for headers in (DIALOG, {}):
        html = client.get("/palette/?q=restore+<script>alert(2)", headers=headers).content.decode()
        assert "<script>alert" not in html
        assert "File an incident named “restore &lt;script&gt;alert(2)”" in html


@pytest.mark.parametrize("typed", ["{0}", "  {0} ", "{1}", "{2}"])
def test_a_reference_jumps_at_once(client, reader, typed):
    incident = make_incident()
    number = incident.reference.removeprefix("INC-")
    typed = typed.format(incident.reference, incident.reference.lower(), f"inc {number}")

    assert client.get("/palette/", {"q": typed})["Location"] == incident.get_absolute_url()
    html = client.get("/palette/", {"q": typed}, headers=DIALOG).content.decode()
    assert html.count('role="option"') == 1
    assert f'href="{incident.get_absolute_url()}"' in html


def test_every_kind_of_reference_leads_to_its_object(reader):
    near_miss = make_incident(kind=Incident.Kind.NEAR_MISS)
    action, lesson = make_action(), make_lesson()

    for row in (near_miss, action, lesson):
        assert palette_for(reader, row.reference).exact.url == row.get_absolute_url()


def test_what_is_restricted_is_nowhere(client, reader):
    incident = make_incident(title="Zeppelin", search_text="zeppelin", visibility="restricted")
    action = make_action(title="Watch for a zeppelin")
    action.incidents.add(incident)
    record(reader, "looked", incident)
    record(reader, "looked", action)

    for typed in ("zeppelin", "zepelin", "zepp", incident.reference, action.reference, ""):
        html = client.get("/palette/", {"q": typed}, headers=DIALOG).content.decode()
        assert f'href="{incident.get_absolute_url()}' not in html
        assert f'href="{action.get_absolute_url()}' not in html
        assert "Zeppelin" not in html
        assert offered(reader, typed) == {}
    assert client.get("/palette/", {"q": incident.reference}).status_code == 200

    Involvement.objects.create(incident=incident, user=reader)
    assert offered(reader, "zeppelin")["Incidents and actions"] == [
        ("<mark>Zeppelin</mark>", incident.reference),
        ("Watch for a <mark>zeppelin</mark>", action.reference),
    ]


def test_an_empty_palette_shows_what_one_last_worked_on(reader):
    older, newer = make_incident(title="Older"), make_lesson(title="Newer")
    record(reader, "edited", older)
    record(reader, "edited", newer)
    record(reader, "edited", older)
    record(make_user(), "edited", make_incident())
    record(reader, "edited", newer)

    assert offered(reader) == {
        "Recent": [("Newer", f"Lesson {newer.number}"), ("Older", older.reference)]
    }


def test_deeds_fit_the_person_and_the_moment(reader):
    assert deeds(reader) == [
        ("File an incident", "/incidents/new/"),
        ("Share a near miss", "/incidents/new/?kind=near_miss"),
    ]

    ongoing = make_incident(state="investigating", participants=(reader,))
    make_incident(state="investigating")
    make_team(manager=reader)

    assert deeds(reader) == [
        (f"Add to the timeline of {ongoing.reference}", f"/incidents/{ongoing.reference}/#add"),
        ("File an incident", "/incidents/new/"),
        ("Share a near miss", "/incidents/new/?kind=near_miss"),
        ("Write a lesson", "/lessons/new/"),
    ]


def test_with_words_the_deeds_take_them_along(reader):
    assert deeds(reader, "disk & full") == [
        ("File an incident named “disk &amp; full”", "/incidents/new/?title=disk+%26+full"),
        ("Share a near miss", "/incidents/new/?kind=near_miss"),
        ("Everything on “disk &amp; full”", "/search/?q=disk+%26+full"),
        ("All lessons on “disk &amp; full”", "/lessons/?q=disk+%26+full"),
        ("All incidents with “disk &amp; full”", "/incidents/?q=disk+%26+full"),
    ]


def test_filters_and_published_reviews_work_here_too(reader):
    team = make_team(name="Edge", slug="edge")
    near = make_incident(title="Restore nearly failed", kind="near_miss", team=team)
    make_incident(title="Restore took two days")
    make_lesson(title="Rehearse the restore", team=team)

    assert offered(reader, "restore kind:near-miss") == {
        "Incidents and actions": [("<mark>Restore</mark> nearly failed", near.reference)]
    }
    assert offered(reader, "restore team:ed")["Narrow down"] == [("Edge", "")]
    told = make_review(incident=make_incident(title="A dump was empty"), state="published",
                       published_at=timezone.now())  # fmt: skip
    PublishedWords.objects.create(review=told, title=told.incident.title, search_text="zeppelin")
    assert offered(reader, "zeppelin") == {"Reviews": [("A dump was empty", told.reference)]}


def test_pages_are_found_by_the_beginning_of_a_word(reader):
    assert offered(reader, "postm") == {"Go to": [("Reviews and postmortems", "")]}
    assert offered(reader, "them") == {"Go to": [("Settings, time zone and theme", "")]}
    assert offered(reader, "handb") == {"Go to": [("Handbook", "")]}
    assert offered(reader, "bull") == {"Go to": [("The bulletin", "")]}


@pytest.mark.parametrize("typed", ["\x00", "INC-0", "INC-999999999", "A-", "L-x", "%", "(" * 300])
def test_strange_input_is_answered(client, reader, typed):
    for headers in (DIALOG, {}):
        assert client.get("/palette/", {"q": typed}, headers=headers).status_code == 200


def test_the_first_option_is_chosen_and_every_option_can_be_named(client, reader):
    make_lesson(title="Restore")

    html = client.get("/palette/?q=restore", headers=DIALOG).content.decode()

    assert html.count('aria-selected="true"') == 1
    assert html.index('aria-selected="true"') < html.index('aria-selected="false"')
    assert html.count('role="option" id="palette-') == html.count('role="option"')
    assert "1 result<" in html


def test_the_page_works_without_scripts(client, reader):
    lesson = make_lesson(title="Restore")

    html = client.get("/palette/?q=restore").content.decode()

    assert f'href="{lesson.get_absolute_url()}"' in html
    assert 'role="option"' not in html


@pytest.mark.parametrize("rows", [6, 60])
def test_it_costs_the_same_however_much_there_is(client, reader, django_assert_num_queries, rows):
    for number in range(rows):
        make_lesson(title=f"Restore {number}")
        make_incident(title=f"Restore {number}")
        make_action(title=f"Restore {number}")
    # Session, user; the search, in all kinds at once; rows of three kinds; the ongoing one.
    with django_assert_num_queries(6):
        client.get("/palette/?q=restore", headers=DIALOG)
