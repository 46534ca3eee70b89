"""Alerts come in signed, open incidents by rules, and change nothing when they are told again."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from alerts import hearing
from alerts.models import Alert, AlertSource
from incidents.models import Incident, TimelineEvent
from tests.alerts.sending import (
    PAGERDUTY,
    at,
    firing,
    make_rule,
    make_source,
    resolved,
    send,
    send_body,
    signed,
)
from tests.make import make_incident, make_service, make_user

pytestmark = pytest.mark.django_db
KINDS = ("alertmanager", "grafana", "pagerduty")


def pagerduty(event: str = "triggered", *, minutes_ago: int = 20) -> dict:
    return {
        "event": PAGERDUTY["event"]
        | {"event_type": f"incident.{event}", "occurred_at": at(minutes_ago)}
    }


def texts(incident: Incident) -> list[str]:
    return list(incident.events.in_order().values_list("text", flat=True))


# What becomes of them -----------------------------------------------------------------------------
@pytest.mark.parametrize("kind", KINDS)
def test_an_alert_files_an_incident_by_its_rule(kind):
    source, service = make_source(kind), make_service(name="Shop")
    labels = {"urgency": "high"} if kind == "pagerduty" else {"severity": "critical"}
    make_rule(source, labels=labels, service=service, severity="sev2")
    answer = send(source, pagerduty() if kind == "pagerduty" else firing())

    assert (answer.status_code, answer.content) == (202, b"Taken.\n")
    incident = Incident.objects.get()
    assert incident.title == (
        "A little bump in the road" if kind == "pagerduty" else "The shop does not answer"
    )
    assert (incident.severity, incident.team, incident.state) == ("sev2", service.team, "reported")
    assert incident.reporter == source.files_as
    assert timedelta(minutes=19) < timezone.now() - incident.started_at < timedelta(minutes=22)
    assert texts(incident) == [f"Alert: {incident.title}"]
    source.refresh_from_db()
    assert source.heard == "1 alert: 1 incident opened, 1 new"


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_told_again_changes_nothing(kind):
    source = make_source(kind)
    make_rule(source)
    alert = pagerduty() if kind == "pagerduty" else firing()
    answers = [send(source, alert).status_code for _ in range(10)]

    assert answers == [202] * 10
    assert Incident.objects.count() == TimelineEvent.objects.count() == Alert.objects.count() == 1


@pytest.mark.parametrize("kind", KINDS)
def test_the_last_alert_resolves_the_incident_where_its_rule_says_so(kind):
    source = make_source(kind)
    make_rule(source, resolves=True)
    if kind == "pagerduty":
        send(source, pagerduty())
        send(source, pagerduty("resolved", minutes_ago=5))
    else:
        send(source, firing("f1"), firing("f2"))
        send(source, resolved("f1"))
        assert Incident.objects.get().is_ongoing
        send(source, resolved("f2"))

    incident = Incident.objects.get()
    assert (incident.state, incident.is_ongoing) == ("resolved", False)
    assert texts(incident)[-1].startswith("Alert over: ")


def test_without_that_the_timeline_says_it_and_people_decide():
    source = make_source()
    make_rule(source)
    send(source, firing())
    send(source, resolved())

    incident = Incident.objects.get()
    assert incident.is_ongoing
    assert len(texts(incident)) == 2


def test_further_alerts_of_a_rule_go_into_the_same_incident_while_it_goes_on():
    source = make_source()
    rule = make_rule(source)
    make_rule(source, labels={"severity": "critical"}, service=rule.service)
    send(source, firing("f1"))
    send(source, firing("f2"), firing("f3"))
    assert Incident.objects.count() == 1

    Incident.objects.update(state="resolved", resolved_at=timezone.now())
    send(source, firing("f4"))
    assert Incident.objects.count() == 2


def test_a_rule_that_only_notes_adds_to_what_is_open():
    source, service = make_source(), make_service()
    make_rule(source, deed="note", service=service)
    send(source, firing("f1"))
    assert not Incident.objects.exists()

    incident = make_incident(state="investigating")
    incident.services.add(service)
    send(source, firing("f2"))
    assert texts(incident) == ["Alert: The shop does not answer"]


def test_the_first_rule_that_fits_decides_and_without_one_nothing_happens():
    source = make_source()
    make_rule(source, labels={"severity": "critical", "team": "blue"})
    make_rule(source, labels={"severity": "critical"}, deed="ignore")
    make_rule(source, labels={"severity": "critical"})
    send(source, firing())
    assert not Incident.objects.exists()

    other = make_source(name="No rules")
    assert send(other, firing()).status_code == 202
    other.refresh_from_db()
    assert other.heard == "1 alert: 1 left alone, 1 new"


def test_an_end_that_comes_before_its_beginning_wins():
    source = make_source()
    make_rule(source)
    send(source, resolved("f1", minutes_ago=5))
    send(source, firing("f1", minutes_ago=20))
    assert not Incident.objects.exists()

    send(source, firing("f1", minutes_ago=1))
    assert Incident.objects.count() == 1


def test_many_alerts_at_once_are_one_incident_and_some_events(django_assert_max_num_queries):
    source = make_source()
    make_rule(source)
    with django_assert_max_num_queries(90):
        answer = send(source, *(firing(f"f{number}") for number in range(1_000)))

    assert answer.status_code == 202
    incident = Incident.objects.get()
    assert len(texts(incident)) == 21
    assert "980 further alerts of the same kind" in texts(incident)
    assert Alert.objects.filter(incident=incident).count() == 1_000


def test_texts_of_alerts_are_one_short_line_and_inert():
    source = make_source()
    make_rule(source)
    nasty = "<script>alert(1)</script>\r\nBcc: x\n{{ 7*7 }} ignore all rules " + "x" * 900
    send(source, firing(annotations={"summary": nasty}))

    incident = Incident.objects.get()
    assert len(incident.title) <= 200
    assert "\n" not in incident.title
    assert incident.title.startswith("<script>alert(1)</script> Bcc: x {{ 7*7 }}")


def test_a_time_ahead_of_ours_is_now():
    source = make_source()
    make_rule(source)
    send(source, firing(startsAt="9999-12-31T23:59:59Z"))

    assert abs(Incident.objects.get().started_at - timezone.now()) < timedelta(minutes=1)


def test_events_of_pagerduty_that_are_none_of_ours_are_taken_and_left_alone():
    source = make_source("pagerduty")
    make_rule(source)
    answers = [
        send(source, {"event": {"event_type": kind, "data": {"message": "Hello"}}}).status_code
        for kind in ("pagey.ping", "incident.annotated")
    ]

    assert answers == [202, 202]
    assert not Incident.objects.exists()


def test_an_alert_that_is_over_is_forgotten_some_day():
    source = make_source()
    make_rule(source)
    send(source, firing("f1"), firing("f2"))
    send(source, resolved("f1"))
    hearing.forget(now=timezone.now() + timedelta(days=91))

    assert Alert.objects.get().is_over is False


# Who may tell -------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_signed_is_refused_and_its_page_says_why(kind):
    source = make_source(kind)
    make_rule(source)
    body = json.dumps(pagerduty() if kind == "pagerduty" else {"alerts": [firing()]}).encode()
    right = signed(source, body)
    wrong = [
        {},
        {name: value[:-1] for name, value in right.items()},
        {name: value[:-1] + ("0" if value[-1] != "0" else "1") for name, value in right.items()},
        signed(AlertSource(kind=kind, secret="another"), body),
        signed(source, body + b" ") if kind != "alertmanager" else {"Authorization": source.secret},
        dict.fromkeys(right, "ä" * 9),
    ]
    answers = [send_body(source, body, headers=headers) for headers in wrong]

    assert [(answer.status_code, answer.content) for answer in answers] == [
        (401, b"Not signed.\n")
    ] * len(wrong)
    assert not Incident.objects.exists()
    source.refresh_from_db()
    assert source.refused
    assert source.refused_at


def test_what_grafana_signed_a_while_ago_is_refused():
    source = make_source("grafana")
    make_rule(source)
    body = json.dumps({"alerts": [firing()]}).encode()
    for minutes in (-6, 6):
        sent = timezone.now() + timedelta(minutes=minutes)
        answer = send_body(source, body, headers=signed(source, body, sent=sent))
        assert answer.status_code == 401

    source.refresh_from_db()
    assert "older than five minutes" in source.refused
    assert not Incident.objects.exists()


def test_a_secret_that_was_renewed_is_good_for_a_day(client):
    client.force_login(make_user(is_admin=True))
    source = make_source("grafana")
    body = json.dumps({"alerts": []}).encode()
    page = client.post(f"/settings/alerts/{source.pk}/secret/").content.decode()
    renewed = AlertSource.objects.get()

    assert renewed.secret in page
    assert source.secret not in page
    assert send_body(source, body, headers=signed(source, body)).status_code == 202
    assert send_body(source, body, headers=signed(renewed, body)).status_code == 202
    AlertSource.objects.update(old_until=timezone.now())
    assert send_body(source, body, headers=signed(source, body)).status_code == 401


def test_a_source_that_is_not_there_answers_as_one_that_is():
    source = make_source()
    there, gone = send_body(source, b"{}", headers={}), make_source("grafana")
    gone.pk += 1
    not_there = send_body(gone, b"{}")

    assert (there.status_code, there.content) == (not_there.status_code, not_there.content)


def test_too_much_at_once_is_refused(settings):
    source = make_source()
    large = send_body(source, b" " * 1_000_001)
    settings.ALERTS_PER_MINUTE = 1
    first, second = send(source, firing()), send(source, firing())

    assert large.status_code == 413
    assert (first.status_code, second.status_code) == (202, 429)
    assert second["Retry-After"]


def test_nobody_files_from_an_account_that_is_closed():
    source = make_source()
    make_rule(source)
    source.files_as.is_active = False
    source.files_as.save()

    assert send(source, firing()).status_code == 409
    source.refresh_from_db()
    assert "is closed" in source.refused


@pytest.mark.parametrize(
    "body",
    [
        b"null",
        b'"hello"',
        b"[]",
        b"{}",
        b'{"alerts": {}}',
        b'{"alerts": [7]}',
        b'{"alerts": [{"status": "on fire"}]}',
        b'{"alerts": [], "alerts": []}',
        b'{"alerts": NaN}',
        "{}".encode("utf-16"),
        b"\x1f\x8b\x08",
        b'{"alerts": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    ],
)
def test_what_is_not_as_documented_is_refused_as_a_whole(body):
    source = make_source()
    answer = send_body(source, body)

    assert (answer.status_code, answer.content) == (400, b"Not understood.\n")
    source.refresh_from_db()
    assert source.refused


# Settings -----------------------------------------------------------------------------------------
def test_an_administrator_adds_a_source_and_its_rules(client):
    admin, service = make_user(is_admin=True), make_service()
    client.force_login(admin)
    page = client.post(
        "/settings/alerts/", {"name": "Shop", "kind": "alertmanager", "files_as": admin.pk}
    )
    source = AlertSource.objects.get()
    assert source.secret in page.content.decode()
    assert source.secret not in client.get(f"/settings/alerts/{source.pk}/").content.decode()

    rule = {"deed": "open", "service": service.pk, "severity": "sev2", "kind": "incident"}
    refused = client.post(f"/settings/alerts/{source.pk}/", rule | {"labels": "critical"})
    assert "write name=value" in refused.content.decode()
    client.post(
        f"/settings/alerts/{source.pk}/", rule | {"labels": "severity=critical\nteam = blue"}
    )
    assert source.rules.get().labels == {"severity": "critical", "team": "blue"}

    send(source, firing(labels={"severity": "critical", "team": "blue"}))
    shown = client.get(f"/settings/alerts/{source.pk}/").content.decode()
    assert "1 alert: 1 incident opened, 1 new" in shown
    client.post(f"/settings/alerts/{source.pk}/rules/{source.rules.get().pk}/remove/")
    client.post(f"/settings/alerts/{source.pk}/remove/")
    assert not AlertSource.objects.exists()
    assert Incident.objects.exists()


def test_the_secret_of_pagerduty_is_pasted(client):
    admin = make_user(is_admin=True)
    client.force_login(admin)
    typed = {"name": "Duty", "kind": "pagerduty", "files_as": admin.pk}
    assert client.post("/settings/alerts/", typed).status_code == 422
    client.post("/settings/alerts/", typed | {"secret": "the secret of PagerDuty"})

    assert AlertSource.objects.get().secret == "the secret of PagerDuty"
