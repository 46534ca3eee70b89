from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from common.models import Activity
from incidents import moves, workflow
from incidents.models import Incident, IncidentLink
from tests.make import make_action, make_incident, make_review, make_team, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(client):
    user = make_user(time_zone="Europe/Amsterdam")
    client.force_login(user)
    return user


@pytest.fixture
def ongoing(manager):
    return make_incident(
        team=make_team(manager=manager),
        severity="sev3",
        state="reported",
        started_at=timezone.now() - timedelta(hours=2),
    )


def post(client, incident, name, **data):
    return client.post(reverse(f"incidents:{name}", args=[incident.reference]), data)


def refused(response, sentence):
    assert response.status_code == 422
    assert sentence in response.content.decode()
    return True


@pytest.mark.parametrize(
    ("to", "milestone"),
    [("investigating", "acknowledged"), ("mitigated", "mitigated"), ("resolved", "resolved")],
)
def test_a_move_fills_in_its_milestone(client, ongoing, to, milestone):
    assert post(client, ongoing, "move", to=to).status_code == 302

    ongoing.refresh_from_db()
    assert ongoing.state == to
    assert timezone.now() - getattr(ongoing, f"{milestone}_at") < timedelta(minutes=2)
    [change] = ongoing.state_changes.all()
    assert (change.before, change.after) == ("reported", to)


def test_a_move_takes_the_time_it_is_told(client, ongoing):
    post(client, ongoing, "move", to="resolved", at="30 min ago")

    ongoing.refresh_from_db()
    assert timedelta(minutes=29) < timezone.now() - ongoing.resolved_at < timedelta(minutes=32)


def test_a_move_never_invents_the_milestones_it_skips(client, ongoing):
    post(client, ongoing, "move", to="resolved")

    ongoing.refresh_from_db()
    assert (ongoing.acknowledged_at, ongoing.mitigated_at) == (None, None)


def test_a_milestone_before_an_earlier_one_is_refused(client, ongoing):
    response = post(client, ongoing, "move", to="resolved", at="1 Jan 2017 10:00")

    assert refused(response, "Not moved. Resolved (1 Jan 2017 10:00 CET) is before Impact started")
    ongoing.refresh_from_db()
    assert (ongoing.state, ongoing.resolved_at) == ("reported", None)


def test_two_clicks_move_once(client, ongoing):
    post(client, ongoing, "move", to="mitigated")
    post(client, ongoing, "move", to="mitigated")

    assert ongoing.state_changes.count() == 1


def test_going_back_needs_a_sentence_and_forgets_what_no_longer_holds(client, ongoing):
    post(client, ongoing, "move", to="resolved")
    assert refused(
        post(client, ongoing, "move", to="investigating"),
        "Say in a sentence what came back or was missed.",
    )

    post(client, ongoing, "move", to="investigating", reason="The queue is stuck again")

    ongoing.refresh_from_db()
    assert (ongoing.state, ongoing.resolved_at, ongoing.is_ongoing) == ("investigating", None, True)
    html = client.get(f"{ongoing.get_absolute_url()}history/").content.decode()
    assert "The queue is stuck again" in html
    assert "took back what no longer held: resolution was 20" in html


# Closing --------------------------------------------------------------------------------------
def test_closing_needs_a_reason(client, ongoing):
    assert refused(post(client, ongoing, "move", to="closed"), "Choose why it is closed.")


def test_a_small_incident_closes_once_resolved(client, ongoing):
    post(client, ongoing, "move", to="closed", close_reason="learned")

    ongoing.refresh_from_db()
    assert (ongoing.state, ongoing.close_reason) == ("closed", "learned")


def test_why_it_was_closed_is_still_told_when_it_is_open_again(client, ongoing):
    said = {"close_reason": "false_alarm", "reason": "The probe was cut off"}
    post(client, ongoing, "move", to="closed", **said)
    post(client, ongoing, "move", to="investigating", reason="It was not the probe alone")

    for tab in ("history/", "impact/"):
        html = client.get(f"{ongoing.get_absolute_url()}{tab}").content.decode()
        assert "“False alarm: The probe was cut off”" in html


@pytest.mark.parametrize("severity", ["sev1", "sev2"])
@pytest.mark.parametrize("reason", ["learned", "external", "superseded"])
def test_an_incident_whose_review_is_due_is_not_closed_without_it(
    client, ongoing, severity, reason
):
    Incident.objects.update(severity=severity)
    attempt = {"to": "closed", "close_reason": reason, "reason": "Nothing is left to do."}

    response = post(client, ongoing, "move", **attempt)
    assert refused(response, "Not closed. A review is due and nobody has asked for it yet.")
    assert "Ask for a review now" in response.content.decode()

    review = make_review(incident=ongoing, state="gathering")
    response = post(client, ongoing, "move", **attempt)
    assert refused(response, "Not closed. Its review is still under way.")
    assert f'href="{review.get_absolute_url()}">Open its review' in response.content.decode()

    review.state, review.published_at = "published", timezone.now()
    review.save()
    assert post(client, ongoing, "move", **attempt).status_code == 302


def test_a_review_that_was_found_unneeded_does_not_hold_it_open(client, ongoing):
    Incident.objects.update(severity="sev1")
    make_review(incident=ongoing, state="not_required", not_required_reason="Known, and covered.")

    assert post(client, ongoing, "move", to="closed", close_reason="learned").status_code == 302


def test_a_review_somebody_asked_for_holds_a_small_one_open_too(client, ongoing):
    make_review(incident=ongoing, state="requested")

    response = post(client, ongoing, "move", to="closed", close_reason="learned")
    assert refused(response, "Its review is still under way.")


@pytest.mark.parametrize("reason", ["false_alarm", "cancelled"])
def test_closing_early_needs_a_sentence(client, ongoing, reason):
    Incident.objects.update(severity="sev1")
    response = post(client, ongoing, "move", to="closed", close_reason=reason)
    assert refused(response, "Say in a sentence why")

    post(client, ongoing, "move", to="closed", close_reason=reason, reason="A test page")
    ongoing.refresh_from_db()
    assert (ongoing.close_reason, ongoing.close_note) == (reason, "A test page")


def test_a_duplicate_names_the_other_and_is_connected_with_it(client, ongoing):
    other = make_incident()
    attempt = {"to": "closed", "close_reason": "duplicate"}
    assert refused(post(client, ongoing, "move", **attempt), "Name the other incident")
    assert refused(
        post(client, ongoing, "move", **attempt, duplicate_of=ongoing.reference),
        "Name the other incident",
    )
    assert refused(
        post(client, ongoing, "move", **attempt, duplicate_of="INC-4711"), "There is no INC-4711."
    )

    post(client, ongoing, "move", **attempt, duplicate_of=other.reference.lower())

    ongoing.refresh_from_db()
    assert ongoing.duplicate_of == other
    assert IncidentLink.objects.filter(incident=ongoing, other=other, kind="duplicate").exists()


def test_the_trail_of_both_tells_of_a_duplicate_and_of_its_end(client, ongoing):
    other = make_incident()
    closing = {"close_reason": "duplicate", "duplicate_of": other.reference}
    post(client, ongoing, "move", to="closed", **closing)
    post(client, ongoing, "move", to="investigating", reason="Not the same after all")

    assert not IncidentLink.objects.exists()
    for side in (ongoing, other):
        verbs = list(Activity.objects.about(side).order_by("pk").values_list("verb", flat=True))
        assert [verb for verb in verbs if "connected" in verb] == ["connected", "disconnected"]


def test_a_hidden_incident_cannot_be_named_as_the_other(client, ongoing):
    hidden = make_incident(visibility="restricted")

    response = post(
        client,
        ongoing,
        "move",
        to="closed",
        close_reason="duplicate",
        duplicate_of=hidden.reference,
    )
    assert refused(response, f"There is no {hidden.reference}.")


def test_participants_do_not_close_but_reopen(client, ongoing):
    post(client, ongoing, "move", to="closed", close_reason="learned")
    participant = make_user()
    ongoing.involvements.create(user=participant)
    client.force_login(participant)

    assert post(client, ongoing, "move", to="investigating", reason="Back").status_code == 302
    assert post(client, ongoing, "move", to="closed", close_reason="learned").status_code == 403
    ongoing.refresh_from_db()
    assert (ongoing.state, ongoing.close_reason) == ("investigating", "")


# Severity, visibility -------------------------------------------------------------------------
def test_a_severity_changes_with_a_reason_that_stays(client, manager, ongoing):
    response = post(client, ongoing, "severity", severity="sev1", reason="")
    assert refused(response, "Say in a sentence what is now known about the effect.")

    post(client, ongoing, "severity", severity="sev1", reason="Saved work is lost")

    ongoing.refresh_from_db()
    assert (ongoing.severity, ongoing.severity_reason) == ("sev1", "Saved work is lost")
    [change] = ongoing.severity_changes.all()
    assert (change.before, change.after, change.by) == ("sev3", "sev1", manager)
    html = client.get(f"{ongoing.get_absolute_url()}history/").content.decode()
    assert "changed the severity from SEV 3 to SEV 1" in html


def test_restricting_hides_it_at_once_and_opening_brings_it_back(client, manager, ongoing):
    stranger = make_user()
    post(client, ongoing, "restrict", visibility="restricted")
    client.force_login(stranger)
    assert client.get(ongoing.get_absolute_url()).status_code == 404

    client.force_login(manager)
    post(client, ongoing, "restrict", visibility="open")
    client.force_login(stranger)
    assert client.get(ongoing.get_absolute_url()).status_code == 200


def test_restricting_names_the_owners_of_its_actions(client, ongoing):
    owner = make_user()
    action = make_action(owner=owner)
    action.incidents.add(ongoing)

    post(client, ongoing, "restrict", visibility="restricted")

    client.force_login(owner)
    assert client.get(action.get_absolute_url()).status_code == 200
    client.force_login(make_user())
    assert client.get(action.get_absolute_url()).status_code == 404


def test_a_get_changes_nothing(client, ongoing):
    for name in ("restrict", "severity", "move"):
        client.get(reverse(f"incidents:{name}", args=[ongoing.reference]), {"to": "resolved"})

    before = ongoing.version, ongoing.state, ongoing.visibility
    ongoing.refresh_from_db()
    assert (ongoing.version, ongoing.state, ongoing.visibility) == before


def test_a_visibility_nobody_offered_changes_nothing(client, ongoing):
    assert post(client, ongoing, "restrict", visibility="secret").status_code == 422


def test_the_workflow_asks_for_a_severity_reason_whoever_calls_it(manager, ongoing):
    with pytest.raises(workflow.NotReady, match="Say in a sentence"):
        moves.change_severity(ongoing, to="sev1", reason=" ", by=manager, now=timezone.now())


def test_a_known_milestone_is_kept_by_a_move(client, ongoing):
    known = datetime(2026, 1, 1, tzinfo=UTC)
    Incident.objects.update(started_at=known - timedelta(hours=1), mitigated_at=known)

    post(client, ongoing, "move", to="mitigated")

    ongoing.refresh_from_db()
    assert ongoing.mitigated_at == known
