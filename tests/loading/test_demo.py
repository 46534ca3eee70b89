"""The demo shows every state, and shows it as we wish people to write."""

import re
import tomllib
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import transaction
from django.urls import reverse

from actions.models import Action
from actions.waiting import waiting_for as actions_waiting_for
from common.models import ReferenceCounter
from config.demo import everything, people
from incidents.models import Incident
from incidents.permissions import Standing, standing
from lessons.models import Lesson
from people.models import Delivery, Notification, Service, Team, User
from postmortems import pulse
from postmortems.models import Perspective, PublicVersion, Review
from postmortems.waiting import waiting_for as reviews_waiting_for
from tests.loading.test_incident_files import ROOT

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
TODAY = NOW.date()


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """The demo, loaded once for all tests here; each test's own changes are rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        everything.load(now=NOW)
        yield
        transaction.set_rollback(True)


def user(role):
    return User.objects.get(email=f"{role}@example.org")


def states(model):
    return set(model.objects.values_list("state", flat=True))


def own():
    return Incident.objects.filter(organisation="")


def test_every_state_of_incident_review_and_action_is_there(demo):
    assert states(Incident) == set(Incident.State.values)
    assert states(Review) == set(Review.State.values)
    assert states(Action) == set(Action.State.values)
    assert states(Lesson) == {Lesson.State.DRAFT, Lesson.State.PUBLISHED, Lesson.State.DUE}


def test_every_kind_and_severity_is_among_our_own_incidents(demo):
    kinds = set(own().values_list("kind", flat=True))
    assert kinds == set(Incident.Kind.values) - {Incident.Kind.TEST}
    assert set(own().values_list("severity", flat=True)) == set(Incident.Severity.values)


def test_one_critical_incident_goes_on_and_started_within_the_hour(demo):
    ongoing = Incident.objects.ongoing().filter(severity="sev1").get()

    assert timedelta() < NOW - ongoing.started_at < timedelta(hours=1)
    assert ongoing.events.count() >= 4


def test_one_incident_is_restricted_and_only_those_named_see_it(demo):
    restricted = Incident.objects.get(visibility="restricted")

    can_see = {
        one.email
        for one in User.objects.all()
        if Incident.objects.visible_to(one).filter(pk=restricted.pk).exists()
    }
    assert can_see == {
        "ingrid.solberg@example.org",
        "samuel.okoro@example.org",
        "facilitator@example.org",
    }


def test_thirty_accounts_of_others_came_before_our_own_stories(demo):
    theirs = Incident.objects.exclude(organisation="")

    assert theirs.count() == 30
    assert theirs.latest("filed_at").filed_at < own().earliest("filed_at").filed_at


@pytest.mark.parametrize("prefix", ["INC", "NM", "GD", "WS"])
def test_references_count_up_with_time(demo, prefix):
    filed = Incident.objects.filter(reference__startswith=f"{prefix}-").order_by("filed_at", "pk")
    numbers = [int(incident.reference.split("-")[1]) for incident in filed]

    assert numbers == list(range(1, ReferenceCounter.objects.get(prefix=prefix).last + 1))


def test_there_are_people_teams_and_services_enough(demo):
    assert User.objects.count() >= 12
    assert Team.objects.exclude(name__startswith="Library").count() >= 5
    assert Service.objects.exclude(team__name__startswith="Library").count() >= 12


@pytest.mark.parametrize("email", [email for email, _ in people.logins()])
def test_every_printed_login_opens_the_door(demo, client, email):
    assert client.login(username=email, email=email, password=people.PASSWORD)


def test_each_role_can_do_what_its_line_says(demo):
    manager = user("manager")
    assert user("admin").is_admin
    assert user("facilitator").is_in_facilitator_pool
    assert {team.name for team in Team.objects.managed_by(manager)} == {
        "Library of public accounts",
        "Payments",
    }
    assert not Team.objects.exclude(memberships__is_manager=True)
    assert not user("reader").is_admin
    approved = Review.objects.get(state="approved")
    assert Standing.MANAGER in standing(manager, approved.incident)
    assert Review.objects.get(state="in_review").reviewer == user("reviewer")


@pytest.mark.parametrize("role", ["engineer", "facilitator", "reviewer", "manager"])
def test_something_waits_for_each_role_on_its_home_page(demo, role):
    assert [
        *reviews_waiting_for(user(role), now=NOW),
        *actions_waiting_for(user(role), now=NOW),
    ]


def test_the_two_questions_have_answers_enough_and_the_engineer_is_still_asked(demo):
    review = Review.objects.get(public_edition__isnull=False)
    told = pulse.of(review)
    assert told.total == 5
    assert all(answers for _, answers in told.answers)
    assert pulse.may_answer(review, user("engineer"))


def test_outsiders_read_one_public_edition(demo, client):
    version = PublicVersion.objects.get()
    page = client.get(reverse("public_edition", args=[version.edition.slug]))
    assert page.status_code == 200
    assert version.title in page.content.decode()


def test_promises_are_due_soon_and_past_their_date(demo):
    unfinished = Action.objects.unfinished()

    assert unfinished.filter(due_on__range=(TODAY, TODAY + timedelta(days=3))).exists()
    assert Action.objects.overdue(on=TODAY).count() >= 2
    assert Action.objects.filter(due_date_changes__isnull=False).exists()


def test_an_action_is_doubted_another_is_silent_and_a_third_has_a_ticket(demo):
    [doubted] = Action.objects.to_decide().for_deciding_by(user("manager"))
    assert f"Decide: {doubted.title}" in [
        row.title for row in actions_waiting_for(user("manager"), now=NOW)
    ]
    assert Action.objects.open().exclude(snooze=None).count() == 1
    assert Action.objects.get(ticket__state="open").ticket.key == "shop/checkout#1094"


def test_some_measures_of_others_were_taken_on(demo):
    taken_on = Action.objects.open().filter(origin=Action.Origin.SOURCE)

    assert {action.state for action in taken_on} == {"accepted", "in_progress"}


def test_perspectives_are_private_given_and_shared(demo):
    audiences = Perspective.objects.values_list("audience", flat=True)

    assert set(audiences) == set(Perspective.Audience.values)


def test_loading_tells_people_on_their_pages_and_mails_nobody(demo, mailoutbox):
    deliveries = Counter(Delivery.objects.values_list("state", flat=True))

    # The bulletin goes by mail to those alone who choose so.
    mailed = Notification.objects.exclude(kind="bulletin")
    assert deliveries == {Delivery.State.DROPPED: mailed.count()}
    assert mailoutbox == []


def texts_of(value):
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "notes":
                # As it came in it may name somebody: that is what the facilitator takes out.
                yield from (note["released"] for note in inner if "released" in note)
            elif name not in {"by", "who", "owner", "verified_by", "facilitator", "reviewer"}:
                yield from texts_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_of(inner)
    elif isinstance(value, str) and not value.endswith("@example.org"):
        yield value


def test_the_stories_speak_of_roles_and_of_conditions():
    folder = ROOT / "config" / "demo_data"
    names = {
        word
        for person in tomllib.loads((folder / "people.toml").read_text())["people"]
        for word in person["name"].split()
    }
    unwelcome = re.compile(
        r"\b(should have|could have|failed to|forgot|careless|human error|"
        r"root cause|obvious(ly)?|simply|nobody|always|never ever|fault|mistake|blame)\b",
        re.IGNORECASE,
    )
    for path in sorted((folder / "stories").glob("*.toml")):
        for text in texts_of(tomllib.loads(path.read_text())):
            assert not names & set(re.findall(r"\w+", text)), f"{path.name}: {text}"
            assert not unwelcome.search(text), f"{path.name}: {text}"


def load_demo(capsys, *arguments):
    call_command("load_demo", *arguments)
    return capsys.readouterr().out


def test_a_second_load_changes_nothing_and_prints_the_logins_again(demo, capsys, settings):
    settings.ONE_MACHINE = True
    before = Counter(
        model.__name__ for model in (User, Incident, Action) for _ in model.objects.all()
    )

    printed = load_demo(capsys)

    after = Counter(
        model.__name__ for model in (User, Incident, Action) for _ in model.objects.all()
    )
    assert after == before
    assert people.PASSWORD in printed
    assert all(email in printed for email, _ in people.logins())
