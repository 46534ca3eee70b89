"""Each kind has its own short form; what is asked beside the four answers; one filing each."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from common.models import Draft
from incidents import custom, figures
from incidents.forms.filing import FileForm, PlainFileForm
from incidents.models import Incident
from tests.make import make_question, make_service, make_team, make_user

pytestmark = pytest.mark.django_db
NEW = "/incidents/new/"


@pytest.fixture
def reporter(client):
    user = make_user(time_zone="Europe/Amsterdam")
    make_team(members=(user,), name="Storage")
    client.force_login(user)
    return user


def typed(**changed):
    return {"kind": "incident", "title": "Saving fails", "visibility": "open"} | changed


FOUR = {"started": "22 min ago", "service": "unknown", "severity": "sev2"}


def page(response):
    return response.content.decode()


def missing(client, kind):
    """The names of what one is told to answer when only the sentence is there."""
    response = client.post(NEW, typed(kind=kind))
    return set(response.context["form"].errors) if response.status_code == 422 else set()


@pytest.mark.parametrize(
    ("kind", "required"),
    [
        ("incident", {"started", "service", "severity"}),
        ("near_miss", {"started", "service", "severity"}),
        ("game_day", {"started", "service"}),
        ("signal", set()),
        ("test", set()),
    ],
)
def test_each_kind_requires_its_own(client, reporter, kind, required):
    assert missing(client, kind) == required


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("near_miss", ["What nearly happened?", "How bad could it have been?", "Share near miss"]),
        ("signal", ["What looks odd?", "Where was it seen?", "How often?"]),
        ("game_day", ["What will we try?", "What do we expect to see?"]),
        ("test", ["What are you trying out?"]),
    ],
)
def test_each_kind_asks_in_its_own_words(client, reporter, kind, words):
    html = page(client.get(NEW, {"kind": kind, "title": "From the palette"}))

    assert [each for each in words if each not in html] == []
    assert 'value="From the palette"' in html


def test_asking_for_another_kind_files_nothing_and_keeps_everything(client, reporter):
    service = make_service()
    sent = typed(
        kind="test", again="kind", started="22 min ago", service=service.pk, severity="sev2",
        more_services=[service.pk], summary="Known so far",
    )  # fmt: skip

    html = page(client.post(NEW, sent))

    assert not Incident.objects.exists()
    assert "What are you trying out?" in html
    for name, value in (("started", "22 min ago"), ("severity", "sev2"), ("service", service.pk)):
        assert f'type="hidden" name="{name}" value="{value}"' in html
    carried = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]+)"', html))
    back = page(client.post(NEW, sent | carried | {"kind": "near_miss", "again": "kind"}))
    assert 'value="22 min ago"' in back
    assert 'value="sev2" checked' in back
    assert "Known so far" in back


def test_only_the_questions_come_back_to_htmx(client, reporter):
    html = page(client.post(NEW, typed(kind="signal", again="kind"), HTTP_HX_REQUEST="true"))

    assert "<html" not in html
    assert html.count('id="questions"') == 1
    assert 'id="deed" hx-swap-oob="true">Note signal' in html


def test_a_near_miss_keeps_what_kept_it_from_harm(client, reporter):
    client.post(NEW, typed(kind="near_miss", **{"q_kept-from-harm": "A second copy"}, **FOUR))

    incident = Incident.objects.get()
    assert [answer.shown for answer in custom.answers(incident)] == ["A second copy"]
    html = page(client.get(incident.get_absolute_url()))
    assert "What kept it from harm?" in html
    assert "A second copy" in html


@pytest.mark.parametrize(
    ("fields", "answer", "kept"),
    [
        ({"type": "number", "unit": "GB"}, "12.50", "12.5"),
        ({"type": "date"}, "2017-01-31", "2017-01-31"),
        ({"type": "yes_no"}, "yes", "yes"),
        ({"type": "choice", "choices": ["North", "South"]}, "South", "South"),
        ({"type": "link"}, "https://example.org/x", "https://example.org/x"),
        ({"type": "text"}, "Two\r\nlines", "Two\r\nlines"),
    ],
)
def test_every_type_of_question_is_answered_and_shown(client, reporter, fields, answer, kept):
    make_question(key="own", when_filing=True, **fields)

    client.post(NEW, typed(q_own=answer, **FOUR))

    [given] = custom.answers(Incident.objects.get())
    assert given.text == kept
    assert given.shown.splitlines()[0] in page(
        client.get(Incident.objects.get().get_absolute_url())
    )


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ({"type": "number"}, "many"),
        ({"type": "number"}, "1e999"),
        ({"type": "date"}, "31.31.2017"),
        ({"type": "yes_no"}, "perhaps"),
        ({"type": "choice", "choices": ["North", "South"]}, "West"),
        ({"type": "link"}, "javascript:alert(1)"),
        ({"is_required": True}, ""),
    ],
)
def test_what_is_no_answer_is_asked_about(client, reporter, fields, answer):
    make_question(key="own", when_filing=True, **fields)

    response = client.post(NEW, typed(q_own=answer, **FOUR))

    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["q_own"]


def test_a_figure_is_filed_with_how_it_is_known(client, reporter):
    figure = {"figure_value": "700", "figure_unit": "accounts", "figure_label": "Lost"}

    client.post(NEW, typed(figure_qualifier="approx", **figure, **FOUR))

    assert [str(each) for each in figures.of(Incident.objects.get())] == [
        "Lost: about 700 accounts"
    ]


def test_several_services_are_filed_and_the_first_decides_the_team(client, reporter):
    first, other = make_service(name="Z last by name"), make_service(name="A first by name")

    client.post(NEW, typed(**FOUR) | {"service": first.pk, "more_services": [other.pk, first.pk]})

    incident = Incident.objects.get()
    assert set(incident.services.all()) == {first, other}
    assert incident.team == first.team


def test_services_stand_under_the_team_that_looks_after_them(client, reporter):
    service = make_service(name="Quince store", team=make_team(name="Pear crew"))

    html = page(client.get(NEW))

    assert '<optgroup label="Pear crew">' in html
    assert f'{service.name} <small class="soft">Pear crew</small>' in html


@pytest.mark.parametrize(
    ("ago", "note"),
    [
        (timedelta(days=3), "Filed 3 days after it started. Better late than never."),
        (timedelta(hours=5), None),
    ],
)
def test_a_late_filing_is_noted_kindly(client, reporter, ago, note):
    start = timezone.localtime(timezone.now() - ago, reporter.zone)
    client.post(NEW, typed(**FOUR) | {"started": f"{start:%Y-%m-%d %H:%M}"})

    html = page(client.get(Incident.objects.get().get_absolute_url()))

    assert ("Better late than never" in html) == (note is not None)
    assert note is None or note in html


def test_a_restored_draft_shows_the_questions_of_its_kind(client, reporter):
    client.post("/drafts/incident/", typed(kind="signal", **{"q_seen-where": "On a dashboard"}))

    html = page(client.get(NEW))

    assert 'value="On a dashboard"' in html
    assert Draft.objects.get().data["kind"] == "signal"


@pytest.mark.parametrize("rows", [1, 5])
def test_the_form_costs_the_same_for_any_number_of_services_and_questions(
    client, reporter, django_assert_num_queries, rows
):
    for _ in range(rows):
        make_service()
        make_question(when_filing=True)
    # session with user, counts; draft; services; questions; severity words
    with django_assert_num_queries(6):
        client.get(NEW)


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_requests_at_the_same_time_with_one_token_file_once():
    user = make_user()
    make_team(members=(user,))
    together = Barrier(4)

    def send(_):
        client = Client()
        client.force_login(user)
        together.wait(timeout=10)
        try:
            response = client.post(NEW, typed(form_token="one-showing", **FOUR))
            return response.status_code, response["Location"]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = set(pool.map(send, range(4)))

    assert answers == {(302, Incident.objects.get().get_absolute_url())}


def test_what_one_kind_is_asked_changes_no_other_form():
    def fields(kind):
        query = QueryDict(f"kind={kind}")
        return FileForm(query, services=[], now=timezone.now(), zone=ZoneInfo("UTC")).fields

    def told(kind):
        return [(name, field.label, field.required) for name, field in fields(kind).items()]

    before, first, second = told("incident"), fields("signal"), fields("signal")

    assert not set(map(id, first.values())) & set(map(id, second.values()))
    assert told("incident") == before != told("signal")


@pytest.mark.parametrize("kind", Incident.Kind.values)
def test_programs_are_asked_what_people_are_but_for_figures_and_the_help(kind):
    asked = [
        form(QueryDict(f"kind={kind}"), services=[], now=timezone.now(), zone=ZoneInfo("UTC"))
        for form in (FileForm, PlainFileForm)
    ]
    page, plain = ({name: field.required for name, field in form.fields.items()} for form in asked)

    assert page.items() > plain.items()
    assert page.keys() - plain.keys() == {
        "reach", "effect", "data", "way_round", "overruled_because",
        "figure_value", "figure_unit", "figure_label", "figure_qualifier",
    }  # fmt: skip
