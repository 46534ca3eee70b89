import re
from datetime import UTC, datetime, timedelta

import pytest
from django.template import defaulttags
from django.urls import reverse
from django.utils import timezone

from actions.models import EffectCheck
from common.models import Activity, Tag
from incidents.models import (
    CustomValue,
    ImpactFigure,
    Incident,
    IncidentLink,
    Involvement,
    SeverityLevel,
    Source,
    Update,
)
from tests.make import (
    make_action,
    make_attachment,
    make_event,
    make_incident,
    make_question,
    make_review,
    make_service,
    make_team,
    make_user,
)

pytestmark = pytest.mark.django_db

STARTED = datetime(2017, 1, 31, 19, 0, tzinfo=UTC)


def outage(**fields):
    fields = {
        "title": "Primary database directory removed",
        "severity": "sev1",
        "started_at": STARTED,
        "detected_at": STARTED + timedelta(hours=2),
        "mitigated_at": STARTED + timedelta(hours=22),
        "resolved_at": STARTED + timedelta(hours=23),
    } | fields
    return make_incident(**fields)


@pytest.fixture
def engineer(client):
    user = make_user(time_zone="Europe/Amsterdam", name="Ada Lima")
    client.force_login(user)
    return user


def read(client, incident):
    return client.get(incident.get_absolute_url())


def test_facts_are_told_between_known_milestones(client, engineer):
    facts = read(client, outage()).context["facts"]

    assert [(fact.label, fact.value) for fact in facts] == [
        ("Started", ""),
        ("Noticed after", "2 h"),
        ("Impact stopped after", "22 h"),
        ("Resolved after", "23 h"),
    ]
    assert facts[0].at == STARTED


def test_what_is_not_known_is_said_and_is_not_zero(client, engineer):
    incident = outage(
        detected_at=None, detected_precision="unknown", mitigated_at=STARTED, resolved_at=None,
        resolved_precision="unknown",
    )  # fmt: skip
    facts = read(client, incident).context["facts"]

    assert [(fact.label, fact.value) for fact in facts[1:]] == [
        ("Noticed", "not known"),
        ("Impact stopped after", "at once"),
        ("Resolved", "not known"),
    ]


def test_durations_from_a_guess_stay_a_guess(client, engineer):
    facts = read(client, outage(detected_precision="about")).context["facts"]

    assert facts[1].value == "about 2 h"
    assert facts[3].value == "23 h"


def test_without_a_start_the_milestones_stand_alone(client, engineer):
    facts = read(client, outage(started_at=None, started_precision="unknown")).context["facts"]

    assert (facts[0].value, facts[1].label, facts[1].value) == ("not known", "Noticed", "")
    assert facts[1].at == STARTED + timedelta(hours=2)


def test_a_figure_that_was_stated_is_a_fact(client, engineer):
    incident = outage()
    ImpactFigure.objects.create(
        incident=incident, label="projects lost", value=5000, unit="projects", qualifier="approx"
    )

    html = read(client, incident).content.decode()
    assert "about 5,000 projects" in html


def test_the_timeline_is_grouped_by_the_readers_day_with_both_zones(client, engineer):
    incident = outage()
    make_event(incident, at=STARTED, text="load climbs")
    make_event(incident, at=STARTED + timedelta(hours=4, minutes=27), text="removal runs")

    response = read(client, incident)

    days = response.context["story"].days
    assert [
        (f"{day.on}", [moment.lines[0].event.text for moment in day.moments]) for day in days
    ] == [
        ("2017-01-31", ["load climbs"]),
        ("2017-02-01", ["removal runs"]),
    ]
    html = response.content.decode()
    assert "Tuesday 31 January 2017" in html
    assert ">00:27</time>" in html
    assert "23:27 UTC" in html


def test_a_long_quiet_stretch_is_named(client, engineer):
    incident = outage()
    for hours in (0, 1, 2, 3, 19, 20):
        make_event(incident, at=STARTED + timedelta(hours=hours))

    assert "16 h without an entry" in read(client, incident).content.decode()


def test_an_event_without_a_time_keeps_its_place_and_says_so(client, engineer):
    incident = outage()
    make_event(incident, at=STARTED, text="first")
    make_event(incident, at=None, sort_at=STARTED, position=1, precision="unknown", text="second")
    make_event(incident, at=STARTED + timedelta(hours=1), text="third")

    response = read(client, incident)
    [day] = response.context["story"].days
    assert [moment.lines[0].event.text for moment in day.moments] == ["first", "second", "third"]
    assert "not known" in response.content.decode()


def test_an_ongoing_incident_shows_the_newest_line_first(client, engineer):
    # Where it is midday, so that half an hour is of one day.
    engineer.time_zone = f"Etc/GMT{timezone.now().hour - 12:+d}"
    engineer.save()
    incident = make_incident(
        state="reported", started_at=timezone.now() - timedelta(minutes=30),
        participants=(engineer,),
    )  # fmt: skip
    now = timezone.now()
    make_event(incident, at=now - timedelta(minutes=20), text="first")
    make_event(incident, at=now - timedelta(minutes=10), text="second")

    response = read(client, incident)
    [day] = response.context["story"].days
    assert [moment.lines[0].event.text for moment in day.moments] == ["second", "first"]
    html = response.content.decode()
    assert "That is all you need tonight" in html
    assert 'name="to" value="resolved"' in html


def test_the_review_is_opened_or_asked_for(client, engineer):
    incident = outage()
    assert f"/reviews/{incident.reference}/" in read(client, incident).content.decode()
    assert "Ask for a review" in read(client, incident).content.decode()

    make_review(incident=incident)
    assert "Open the review" in read(client, incident).content.decode()


def test_a_review_one_may_not_know_of_is_not_mentioned(client, engineer):
    incident = outage()
    review = make_review(incident=incident)
    review.also_covers.add(make_incident(visibility="restricted"))

    html = read(client, incident).content.decode()
    assert "Gathering perspectives" not in html
    assert "Open the review" not in html


def test_connected_incidents_show_on_both_sides_unless_hidden(client, engineer):
    here, there = outage(title="here"), make_incident(title="there")
    closed = make_incident(title="closed doors", visibility="restricted")
    IncidentLink.objects.create(incident=here, other=there, kind="caused_by")
    IncidentLink.objects.create(incident=here, other=closed)

    def connected(incident):
        return [(how, other.title) for _, how, other in read(client, incident).context["connected"]]

    assert connected(here) == [("Followed from", "there")]
    assert connected(there) == [("Led to", "here")]


def test_actions_from_it_are_listed_and_counted_unless_hidden(client, engineer):
    incident = outage()
    review = make_review(incident=incident)
    make_action(review=review, title="Alert on missing dumps")
    hidden = make_action(review=review, title="Behind closed doors")
    hidden.incidents.add(make_incident(visibility="restricted"))

    assert read(client, incident).context["incident"].around["action_count"] == 1
    html = client.get(reverse("incidents:actions", args=[incident.reference])).content.decode()
    assert "Alert on missing dumps" in html
    assert "Behind closed doors" not in html


def test_a_retold_incident_names_its_sources(client, engineer):
    incident = outage(organisation="GitLab")
    Source.objects.create(incident=incident, title="Postmortem", url="https://example.org/p")

    assert 'href="https://example.org/p"' in read(client, incident).content.decode()


def test_buttons_follow_what_one_may_do(client, engineer):
    incident = outage()
    html = read(client, incident).content.decode()
    assert "I was part of this" in html
    assert "Edit texts and milestones" not in html
    assert 'id="quick"' not in html

    Involvement.objects.create(incident=incident, user=engineer)
    html = read(client, incident).content.decode()
    assert "Edit texts and milestones" in html
    assert 'id="quick"' in html
    assert "Restrict who can see it" not in html


def test_a_small_reference_leads_to_the_same_page(client, engineer):
    incident = outage()

    assert client.get(f"/incidents/{incident.reference.lower()}/").status_code == 200


@pytest.mark.parametrize("reference", ["INC-999", "INC-0", "inc", "INC-1-1", "INC-99999999999"])
def test_an_unknown_reference_is_not_found(client, engineer, reference):
    assert client.get(f"/incidents/{reference}/").status_code == 404


@pytest.mark.parametrize("rows", [1, 6])
def test_the_page_costs_the_same_for_any_length(client, engineer, django_assert_num_queries, rows):
    incident = outage(team=make_team(manager=engineer))
    review = make_review(incident=incident)
    for number in range(rows):
        make_event(incident, at=STARTED + timedelta(minutes=number), author=make_user())
        incident.services.add(make_service())
        make_action(review=review)
        IncidentLink.objects.create(incident=incident, other=make_incident())
        Involvement.objects.create(incident=incident, user=make_user())
        ImpactFigure.objects.create(incident=incident, label="users", value=number)
    # session with user, counts; incident with what there is around it, review, services, figures,
    # people; events; connected; cards of the board
    with django_assert_num_queries(10):
        response = read(client, incident)
    assert response.context["event_count"] == rows


def test_nothing_is_asked_for_that_is_not_there(client, engineer, django_assert_num_queries):
    incident, review = outage(), make_review()
    make_event(incident)
    read(client, incident)
    with django_assert_num_queries(7):
        read(client, incident)

    # What there is costs one statement more for each.
    make_attachment(incident)
    Update.objects.create(incident=incident, text="Copying", by=engineer)
    CustomValue.objects.create(incident=incident, field=make_question(), text="EU", start="eu")
    ImpactFigure.objects.create(incident=incident, label="users", value=7)
    incident.tags.add(Tag.objects.create(name="Disk"))
    review.also_covers.add(incident)
    check = EffectCheck.objects.create(
        action=make_action(review=review), days=30, due_on=STARTED, answer="recurred",
        sentence="The disk filled up again.", answered_at=STARTED,
    )  # fmt: skip
    check.incidents.add(incident)
    with django_assert_num_queries(14):
        page = read(client, incident)
    assert [each.text for each in page.context["updates"]] == ["Copying"]
    assert [each.text for each in page.context["answers"]] == ["EU"]
    assert list(page.context["covered_by"]) == [review]
    assert list(page.context["happened_before"]) == [check]
    shown = page.context["incident"]
    assert [each.value for each in shown.figures.all()] == [7]
    assert [each.name for each in shown.tags.all()] == ["Disk"]


def test_the_words_of_its_severity_are_those_of_now(client, engineer):
    """Both the statement and what it is shown with are put together once in a process."""
    incident = outage(severity="sev2")
    read(client, incident)
    SeverityLevel.objects.filter(severity="sev2").update(name="Ernst")

    assert "SEV 2 · Ernst" in read(client, incident).content.decode()


def test_reading_a_restricted_incident_leaves_a_trace(client, engineer):
    incident = outage(visibility="restricted", participants=(engineer,))
    read(client, incident)

    [entry] = Activity.objects.about(incident)
    assert (entry.verb, entry.actor) == ("read", engineer)


# Hidden from strangers ------------------------------------------------------------------------
ADDRESSES = [
    ("get", "detail"), ("get", "edit"), ("post", "edit"), ("get", "actions"), ("get", "history"),
    ("get", "move"), ("post", "move"), ("get", "severity"), ("post", "severity"),
    ("get", "restrict"), ("post", "restrict"), ("post", "add_event"), ("get", "edit_event"),
    ("post", "edit_event"), ("get", "people"), ("post", "people"), ("post", "join"),
    ("post", "unname"), ("get", "link"), ("post", "link"),
]  # fmt: skip


class StandingClock(datetime):
    @classmethod
    def now(cls, tz=None):
        return datetime(2026, 3, 4, 10, 30, tzinfo=UTC).astimezone(tz)


@pytest.mark.parametrize(("method", "name"), ADDRESSES)
def test_a_restricted_incident_does_not_exist_for_strangers(
    client, engineer, monkeypatch, method, name
):
    monkeypatch.setattr(defaulttags, "datetime", StandingClock)  # each page shows the minute
    incident = outage(visibility="restricted", participants=(make_user(),))
    event = make_event(incident)
    pk = {"edit_event": event.pk, "unname": incident.involvements.get().pk}.get(name)
    arguments = [incident.reference, pk] if pk else [incident.reference]

    def answer():
        response = getattr(client, method)(reverse(f"incidents:{name}", args=arguments))
        body = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode())
        return response.status_code, body.replace(arguments[0], "")

    hidden = answer()
    arguments[0] = "INC-4711"
    assert hidden == answer()
    assert hidden[0] == 404
    incident.refresh_from_db()
    assert (incident.version, incident.events.count()) == (1, 1)


def test_lines_for_a_hidden_incident_are_not_read(client, engineer):
    incident = outage(visibility="restricted")

    response = client.get("/incidents/read/", {"incident": incident.reference, "line": "10:00 a"})
    assert response.status_code == 404


REFUSED = [
    ("edit", {"title": ""}), ("move", {"to": "resolved"}), ("move", {"to": "nonsense"}),
    ("move", {"to": "closed"}), ("severity", {}), ("restrict", {}), ("add_event", {"line": ""}),
    ("people", {}), ("link", {}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "data"), REFUSED)
def test_who_is_not_named_on_it_is_refused_before_the_input_is_looked_at(
    client, engineer, name, data
):
    incident = outage()
    before = Incident.objects.values().get(pk=incident.pk)

    response = client.post(reverse(f"incidents:{name}", args=[incident.reference]), data)

    assert response.status_code == 403
    assert Incident.objects.values().get(pk=incident.pk) == before
