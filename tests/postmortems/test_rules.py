"""When a review is due by itself, and what each depth asks for."""

from datetime import UTC, date, datetime
from unittest.mock import patch

import pytest
from django.urls import reverse
from django.utils import timezone

from common.models import Activity
from incidents import moves
from people.models import Notification
from postmortems import workflow
from postmortems.models import Review, ReviewRule, ReviewTemplate, Section
from tests.make import make_incident, make_review, make_team, make_user
from tests.postmortems.places import at, everyone, marks

pytestmark = pytest.mark.django_db

SEV1 = "the rule for SEV 1, incident: within 3 working days, deep"


@pytest.fixture
def manager():
    return make_user()


@pytest.fixture
def ongoing(manager):
    ReviewRule.objects.filter(kind="incident", severity="sev1").update(working_days=3, depth="deep")
    return make_incident(
        team=make_team(manager=manager),
        severity="sev1",
        state="mitigated",
        started_at=datetime(2026, 11, 15, 12, tzinfo=UTC),
    )


def resolve(incident, by, now=None):
    return moves.move(incident, to="resolved", by=by, now=now or timezone.now())


def review_of(incident) -> Review | None:
    return Review.objects.filter(incident=incident).first()


def told(kind: str) -> list[int]:
    return list(Notification.objects.filter(kind=kind).values_list("recipient", flat=True))


def test_resolving_asks_for_the_review_that_a_rule_says_is_due(ongoing, manager):
    responder = make_user()

    resolve(ongoing, responder, datetime(2026, 11, 16, 12, tzinfo=UTC))

    review = review_of(ongoing)
    assert (review.state, review.depth, review.due_in) == ("requested", "deep", 3)
    assert (review.rule_words, review.requested_by) == (SEV1, None)
    assert review.due_on == date(2026, 11, 19)
    assert told("review_requested") == [manager.pk]
    line = Activity.objects.about(ongoing).get(verb="a review became due")
    assert (line.actor, line.detail) == (responder, f"by {SEV1}")


def test_the_history_of_the_incident_says_which_rule(client, ongoing, manager):
    resolve(ongoing, manager)
    client.force_login(manager)

    page = client.get(reverse("incidents:history", args=[ongoing.reference])).content.decode()

    assert f"set off its review: by {SEV1}" in page


@pytest.mark.parametrize(("severity", "kind"), [("sev3", "incident"), ("sev1", "test")])
def test_without_a_rule_nothing_is_asked_for(ongoing, severity, kind):
    type(ongoing).objects.update(severity=severity, kind=kind)
    ongoing.refresh_from_db()

    resolve(ongoing, make_user())

    assert review_of(ongoing) is None


def test_an_incident_that_goes_on_waits(ongoing):
    moves.move(ongoing, to="investigating", by=make_user(), now=timezone.now(), reason="Back")

    assert review_of(ongoing) is None


def test_nothing_is_asked_for_where_nothing_happened(ongoing):
    moves.move(
        ongoing,
        to="closed",
        by=make_user(),
        now=timezone.now(),
        close_reason="false_alarm",
        reason="A probe was cut off",
    )

    assert review_of(ongoing) is None


def test_a_refused_move_leaves_no_review_behind(ongoing):
    with patch("incidents.moves.review_policy.follow", side_effect=RuntimeError):
        with pytest.raises(RuntimeError):
            resolve(ongoing, make_user())

    ongoing.refresh_from_db()
    assert (ongoing.state, review_of(ongoing)) == ("mitigated", None)


def test_raising_the_severity_later_makes_it_due():
    incident = make_incident(severity="sev4")
    by = make_user()

    moves.change_severity(incident, to="sev2", reason="All were hit", by=by, now=timezone.now())

    assert review_of(incident).rule_words == (
        "the rule for SEV 2, incident: within 5 working days, standard"
    )


def test_raising_it_again_asks_more_of_the_same_review(ongoing):
    by = make_user()
    type(ongoing).objects.update(severity="sev2")
    incident = resolve(ongoing, by)
    assert review_of(incident).depth == "standard"

    moves.change_severity(incident, to="sev1", reason="Data is lost", by=by, now=timezone.now())

    review = Review.objects.get(incident=incident)
    assert (review.depth, review.rule_words) == ("deep", SEV1)


def test_lowering_it_drops_no_review_and_makes_none_smaller(ongoing):
    by = make_user()
    incident = resolve(ongoing, by)

    moves.change_severity(incident, to="sev4", reason="Only a test", by=by, now=timezone.now())

    review = review_of(incident)
    assert (review.state, review.depth) == ("requested", "deep")
    with pytest.raises(moves.NotReady, match="still under way"):
        moves.move(incident, to="closed", by=by, now=timezone.now(), close_reason="learned")
    workflow.decide_not_needed(review, by=by, reason="The effect was on a test system.")
    closed = moves.move(incident, to="closed", by=by, now=timezone.now(), close_reason="learned")
    assert closed.state == "closed"


def test_an_incident_looked_at_in_another_review_needs_none_of_its_own(ongoing):
    make_review().also_covers.add(ongoing)

    resolve(ongoing, make_user())

    assert review_of(ongoing) is None


def test_filing_what_is_over_asks_at_once(client):
    user = make_user(time_zone="UTC")
    make_team(members=(user,))
    client.force_login(user)

    client.post(
        reverse("incidents:file"),
        {
            "kind": "incident", "title": "Saving failed for an hour", "severity": "sev1",
            "started": "2 h ago", "resolved": "1 h ago", "service": "unknown", "visibility": "open",
        },
    )  # fmt: skip

    assert list(Review.objects.values_list("incident__state", "state")) == [
        ("resolved", "requested")
    ]


def test_whoever_asks_gets_the_depth_of_the_rule(ongoing):
    review = workflow.request(ongoing, by=make_user(), today=timezone.localdate())

    assert (review.depth, review.due_on) == ("deep", None)


def test_due_days_are_those_of_the_team(ongoing):
    team = ongoing.team
    team.working_days = "12"
    team.save()
    monday = datetime(2026, 11, 16, 12, tzinfo=UTC)

    resolve(ongoing, make_user(), monday)

    # The third working day after a Monday, of a team that works on Mondays and Tuesdays.
    assert review_of(ongoing).due_on == date(2026, 11, 24)


# Settings -------------------------------------------------------------------------------------
@pytest.fixture
def admin(client):
    user = make_user(is_admin=True)
    client.force_login(user)
    return user


def test_an_administrator_says_which_incidents_are_due_one(client, admin):
    answer = client.post(
        reverse("postmortems:due_rules"),
        {
            "kind": "near_miss",
            "near_miss-sev1_depth": "light", "near_miss-sev1_days": "10",
            "near_miss-sev2_depth": "", "near_miss-sev2_days": "5",
        },
    )  # fmt: skip

    assert answer.status_code == 302
    rules = ReviewRule.objects.filter(kind="near_miss")
    assert list(rules.values_list("severity", "depth", "working_days")) == [("sev1", "light", 10)]
    seen = marks(client.get(reverse("postmortems:due_rules")))
    client.post(reverse("postmortems:due_rules"), {"kind": "near_miss"} | seen)
    assert not rules.exists()
    assert ReviewRule.objects.filter(kind="incident").count() == 2


@pytest.mark.parametrize("days", ["0", "61", "many"])
def test_a_rule_leaves_some_time(client, admin, days):
    answer = client.post(
        reverse("postmortems:due_rules"),
        {"kind": "signal", "signal-sev1_depth": "light", "signal-sev1_days": days},
    )

    assert answer.status_code == 422
    assert not ReviewRule.objects.filter(kind="signal").exists()


def test_the_list_of_incidents_waits_for_what_the_rules_say(client, admin):
    signal = make_incident(kind="signal", severity="sev3")
    address = f"{reverse('incidents:list')}?review=waiting"

    def waiting():
        """In the list, beside its tab, and on the page of the reviews."""
        page = client.get(address)
        [tab] = [each.count for each in page.context["tabs"] if each.label.startswith("Waiting")]
        reviews = client.get(reverse("postmortems:list"))
        return (
            signal.get_absolute_url() in page.content.decode(),
            tab,
            reviews.context["page"].without,
        )

    assert waiting() == (False, "0", "0")
    # The statements are put together once in a process, and for these rules anew.
    ReviewRule.objects.create(kind="signal", severity="sev3")

    assert waiting() == (True, "1", "1")


# Depth ----------------------------------------------------------------------------------------
def test_a_light_review_shows_less_and_keeps_what_is_written(client):
    people = everyone()
    Section.objects.create(review=people.review, kind="impact", text="Nobody could save")
    client.force_login(people.facilitator)
    page = client.get(at("detail", people.review)).content.decode()
    assert "How it was noticed" in page
    assert "How people worked together" not in page.split('id="depth"')[0]

    client.post(at("set_depth", people.review), {"depth": "light"})

    shown = client.get(at("detail", people.review)).context["board"]
    assert [row[0] for row in shown.sections] == ["summary", "impact"]
    assert shown.shows.kept == {"impact"}
    assert "factors" not in shown.shows.blocks

    client.post(at("set_depth", people.review), {"depth": "deep"})

    shown = client.get(at("detail", people.review)).context["board"]
    # How it was noticed stands on the board.
    assert [row[0] for row in shown.sections] == [
        kind for kind in Section.Kind.values if kind != "detection"
    ]
    assert shown.shows.hidden == []
    assert people.review.sections.get(kind="impact").text == "Nobody could save"


def test_a_published_review_keeps_its_depth():
    review = make_review(state="published")

    with pytest.raises(workflow.Refused, match="The depth was not changed"):
        workflow.set_depth(review, "light", by=make_user())


def test_administrators_choose_what_each_depth_shows(client, admin):
    address = reverse("postmortems:templates")
    shows = {"depth": "light", "light-shows": ["summary", "factors"]}
    client.post(address, marks(client.get(address)) | shows)

    hides = ReviewTemplate.objects.get(depth="light").hides
    assert "factors" not in hides
    assert {"impact", "story", "questions"} <= set(hides)
