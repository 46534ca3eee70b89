import re
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from common.models import Activity, Revision
from incidents.models import Incident, IncidentLink, Involvement
from tests.make import make_incident, make_service, make_team, make_user

pytestmark = pytest.mark.django_db

STARTED = datetime(2017, 1, 31, 19, 0, 30, tzinfo=UTC)


@pytest.fixture
def engineer(client):
    user = make_user(time_zone="Europe/Amsterdam", name="Ada Lima")
    client.force_login(user)
    return user


@pytest.fixture
def outage(engineer):
    return make_incident(
        title="Database gone",
        summary="As first told",
        started_at=STARTED,
        started_precision="derived",
        started_zone="UTC",
        resolved_at=STARTED + timedelta(hours=23),
        participants=(engineer,),
    )


def address(incident, name="edit", *more):
    return reverse(f"incidents:{name}", args=[incident.reference, *more])


def opened(client, incident):
    form = client.get(address(incident)).context["form"]
    typed = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in typed.items() if value is not None}


def test_texts_services_and_milestones_are_saved_together(client, engineer, outage):
    service = make_service(name="Main database")
    typed = opened(client, outage)

    response = client.post(
        address(outage),
        typed | {"summary": "**Told** better", "detected": "about 22:00", "services": [service.pk]},
    )

    assert response.status_code == 302
    outage.refresh_from_db()
    assert outage.summary_html == "<p><strong>Told</strong> better</p>"
    assert (outage.detected_at, outage.detected_precision, outage.detected_zone) == (
        datetime(2017, 1, 31, 21, 0, tzinfo=UTC),
        "about",
        "Europe/Amsterdam",
    )
    assert list(outage.services.all()) == [service]
    assert outage.version == 2
    assert list(Incident.objects.matching("main database told better")) == [outage]


def test_the_services_chosen_are_ticked_when_it_is_edited_again(client, engineer, outage):
    chosen, other = make_service(), make_service()
    outage.services.add(chosen)

    html = client.get(address(outage)).content.decode()
    ticked = re.findall(r'name="services" value="(\d+)"[^>]* checked', html)
    assert ticked == [str(chosen.pk)]
    assert f'name="services" value="{other.pk}"' in html


def test_a_milestone_left_alone_stays_exactly_as_it_was(client, engineer, outage):
    client.post(address(outage), opened(client, outage) | {"title": "Database removed"})

    outage.refresh_from_db()
    assert (outage.started_at, outage.started_precision, outage.started_zone) == (
        STARTED,
        "derived",
        "UTC",
    )


def test_writing_down_the_resolution_resolves_it(client, engineer, outage):
    Incident.objects.update(resolved_at=None, resolved_precision="unknown", state="reported")

    client.post(address(outage), opened(client, outage) | {"resolved": "1 Feb 2017 19:00"})

    outage.refresh_from_db()
    assert (outage.state, outage.is_ongoing) == ("resolved", False)
    assert [(each.before, each.after) for each in outage.state_changes.all()] == [
        ("reported", "resolved")
    ]


def test_an_emptied_milestone_is_not_known(client, engineer, outage):
    client.post(address(outage), opened(client, outage) | {"resolved": ""})

    outage.refresh_from_db()
    assert (outage.resolved_at, outage.resolved_precision) == (None, "unknown")


def test_milestones_out_of_order_are_refused_and_what_was_typed_is_kept(client, engineer, outage):
    response = client.post(
        address(outage),
        opened(client, outage) | {"detected": "31 Jan 2017 19:00", "impact": "No comments"},
    )

    assert response.status_code == 422
    html = response.content.decode()
    assert "is before Impact started (31 Jan 2017 20:00:30 CET)" in html
    assert "No comments" in html
    outage.refresh_from_db()
    assert outage.version == 1


def test_old_wordings_stay_in_the_history(client, engineer, outage):
    client.post(address(outage), opened(client, outage) | {"summary": "As told again"})

    versions = Revision.objects.about(outage).filter(field="summary").order_by("version")
    assert [version.text for version in versions] == ["As first told", "As told again"]
    html = client.get(address(outage, "history")).content.decode()
    assert "As <del>first told</del><ins>told again</ins>" in html
    assert "Ada Lima" in html


def test_saving_without_a_change_leaves_no_trace(client, engineer, outage):
    client.post(address(outage), opened(client, outage))

    assert not Activity.objects.about(outage).filter(verb="edited").exists()


def test_the_second_of_two_savers_sees_both_versions_and_nothing_is_lost(client, engineer, outage):
    typed = opened(client, outage)
    client.post(address(outage), typed | {"summary": "A checkpoint was awaited"})

    second = client.post(
        address(outage), typed | {"summary": "A safe point was awaited", "impact": "No comments"}
    )

    assert second.status_code == 409
    html = second.content.decode()
    assert "Somebody saved while you were writing." in html
    assert "A <ins>checkpoint </ins>was awaited" in html
    assert "A <ins>safe point </ins>was awaited" in html
    assert "No comments" in html
    outage.refresh_from_db()
    assert (outage.summary, outage.impact) == ("A checkpoint was awaited", "")

    again = {name: second.context["form"][name].value() for name in ("seen", "impact")}
    combined = typed | again | {"summary": "A checkpoint, a safe point, was awaited"}
    assert client.post(address(outage), combined).status_code == 302
    outage.refresh_from_db()
    assert (outage.summary, outage.impact) == (
        "A checkpoint, a safe point, was awaited",
        "No comments",
    )
    kept = Revision.objects.about(outage).filter(field="summary").order_by("version")
    assert [version.text for version in kept] == [
        "As first told",
        "A checkpoint was awaited",
        "A checkpoint, a safe point, was awaited",
    ]


def test_a_move_made_meanwhile_is_not_undone_by_an_open_form(client, engineer, outage):
    Incident.objects.update(resolved_at=None, resolved_precision="unknown", state="mitigated")
    typed = opened(client, outage)
    client.post(address(outage, "move"), {"to": "resolved", "at": "1 Feb 2017 19:00"})

    assert client.post(address(outage), typed).status_code == 409
    outage.refresh_from_db()
    assert outage.resolved_at == datetime(2017, 2, 1, 18, 0, tzinfo=UTC)


# People ---------------------------------------------------------------------------------------
def test_whoever_was_near_joins_with_one_click(client, engineer):
    incident = make_incident()
    client.post(address(incident, "join"), {"role_words": "database engineer"})

    [named] = incident.involvements.all()
    assert (named.user, named.capacity, named.role_words) == (
        engineer,
        "participant",
        "database engineer",
    )
    assert client.get(address(incident)).status_code == 200
    assert client.post(address(incident, "join")).status_code == 403


def test_a_role_that_is_too_long_comes_back_to_who_joins(client, engineer):
    incident = make_incident()
    refused = client.post(address(incident, "join"), {"role_words": "engineer " * 20})

    assert refused.status_code == 422
    assert f'value="{"engineer " * 20}"' in refused.content.decode()
    assert not incident.involvements.exists()


def test_a_guide_names_people_and_takes_it_back(client, engineer):
    incident = make_incident(team=make_team(manager=engineer), visibility="restricted")
    colleague = make_user(name="Bo Chen")
    data = {"person": colleague.pk, "capacity": "participant", "role_words": "on-call engineer"}

    client.post(address(incident, "people"), data)
    client.force_login(colleague)
    assert client.get(incident.get_absolute_url()).status_code == 200

    client.force_login(engineer)
    named = incident.involvements.get(user=colleague)
    client.post(address(incident, "unname", named.pk))
    client.force_login(colleague)
    assert client.get(incident.get_absolute_url()).status_code == 404


def test_an_empty_naming_says_what_is_missing(client, engineer):
    incident = make_incident(team=make_team(manager=engineer))

    response = client.post(address(incident, "people"), {"person": "", "capacity": "participant"})
    assert response.status_code == 422
    assert "Pick somebody." in response.content.decode()


def test_participants_do_not_name_others_but_leave_themselves(client, engineer, outage):
    colleague = make_user()
    data = {"person": colleague.pk, "capacity": "participant"}
    assert client.post(address(outage, "people"), data).status_code == 403

    other = Involvement.objects.create(incident=outage, user=colleague)
    assert client.post(address(outage, "unname", other.pk)).status_code == 403
    own = outage.involvements.get(user=engineer)
    assert client.post(address(outage, "unname", own.pk)).status_code == 302
    assert [each.user for each in outage.involvements.all()] == [colleague]


def test_who_filed_it_stays_named(client, engineer):
    incident = make_incident(team=make_team(manager=engineer))
    filed = Involvement.objects.create(incident=incident, user=make_user(), capacity="reporter")

    response = client.post(address(incident, "unname", filed.pk), follow=True)
    assert "Not removed." in response.content.decode()
    assert incident.involvements.count() == 1


def test_a_naming_of_another_incident_is_not_found(client, engineer, outage):
    other = Involvement.objects.create(incident=make_incident(), user=engineer)

    assert client.post(address(outage, "unname", other.pk)).status_code == 404


# Links ----------------------------------------------------------------------------------------
def test_two_incidents_are_connected_by_reference(client, engineer, outage):
    other = make_incident()
    client.post(address(outage, "link"), {"other": other.reference, "kind": "caused_by"})
    client.post(address(outage, "link"), {"other": other.reference, "kind": "caused_by"})

    [link] = IncidentLink.objects.all()
    assert (link.incident, link.other, link.kind) == (outage, other, "caused_by")


@pytest.mark.parametrize("reference", ["", "INC-4711", "nothing", "hidden", "itself"])
def test_what_cannot_be_connected_is_refused(client, engineer, outage, reference):
    hidden = make_incident(visibility="restricted")
    reference = {"hidden": hidden.reference, "itself": outage.reference}.get(reference, reference)

    response = client.post(address(outage, "link"), {"other": reference, "kind": "related"})
    assert response.status_code == 422
    assert not IncidentLink.objects.exists()


def test_a_planned_start_stays_while_something_else_is_changed(client, engineer, outage):
    """A game day lies ahead: its own start is no typing mistake."""
    starts = timezone.now() + timedelta(days=3)
    Incident.objects.filter(pk=outage.pk).update(
        kind="game_day", started_at=starts, resolved_at=None, state="reported"
    )

    response = client.post(
        address(outage), opened(client, outage) | {"title": "Drill of a fail-over"}
    )

    outage.refresh_from_db()
    assert response.status_code == 302
    assert (outage.title, outage.started_at) == ("Drill of a fail-over", starts)


def test_an_edit_says_when_it_was(client, engineer, outage):
    long_ago = timezone.now() - timedelta(days=9)
    Incident.objects.filter(pk=outage.pk).update(updated_at=long_ago)

    client.post(address(outage), opened(client, outage) | {"title": "Database removed"})

    outage.refresh_from_db()
    assert outage.updated_at > long_ago
