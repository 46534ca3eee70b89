"""The audit trail: who sees which lines, what is kept of reading, and what never is."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone

from common.history import record
from common.models import Activity
from config.audit.deeds import ALL, AREAS, READING
from incidents import glass
from people import workflow
from postmortems import snapshot
from postmortems.models import Publication, Review
from tests.api.calling import Program
from tests.make import (
    PASSWORD,
    make_action,
    make_attachment,
    make_incident,
    make_lesson,
    make_review,
    make_team,
    make_user,
)

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]
PAGE = "/settings/audit/"
APPS = ("people", "incidents", "postmortems", "actions", "lessons", "api", "alerts")


@pytest.fixture
def admin():
    return make_user(name="Ada Admin", is_admin=True)


@pytest.fixture
def secret():
    """Restricted, with somebody named on it and a manager of its team."""
    reader, manager = make_user(name="Robin Reader"), make_user(name="Mika Manager")
    incident = make_incident(
        title="Keys in a log",
        reference="INC-7700",
        visibility="restricted",
        team=make_team(manager=manager),
        participants=(reader,),
    )
    incident.reader, incident.manager = reader, manager
    return incident


def seen_by(client, user, **asked):
    client.force_login(user)
    return client.get(PAGE, asked).content.decode()


# Who sees what ----------------------------------------------------------------------------------
def test_administrators_see_what_was_done_to_accounts_with_its_address(client, admin):
    client.force_login(admin)
    other = make_user(name="Lena Leaver")
    client.post(f"/settings/people/{other.pk}/close/")

    line = Activity.objects.get(verb="closed account")
    page = seen_by(client, admin)
    assert line.address == "127.0.0.1"
    assert "Closed account" in page
    assert "Lena Leaver" in page
    assert "127.0.0.1" in page


def test_managers_see_their_teams_and_neither_accounts_nor_addresses(client, admin):
    manager = make_user()
    mine, other = make_team(manager=manager, name="Mine"), make_team(name="Theirs")
    client.force_login(admin)
    for team in (mine, other):
        person = make_user(name=f"New in {team}")
        client.post(f"/settings/teams/{team.slug}/members/", {"email": person.email})
    workflow.close_account(make_user(name="Lena Leaver"), by=admin)
    assert Activity.objects.filter(verb="added member", address="127.0.0.1").count() == 2

    page = seen_by(client, manager)
    assert "New in Mine" in page
    assert "New in Theirs" not in page
    assert "Lena Leaver" not in page
    assert "127.0.0.1" not in page


def test_whoever_looks_after_nothing_is_refused(client):
    client.force_login(make_user())

    assert client.get(PAGE).status_code == 403


def test_what_is_restricted_is_absent_also_for_administrators(client, admin, secret):
    record(secret.manager, "restricted", secret)
    review = make_review(incident=secret)
    record(secret.manager, "published", review, "Revision 1")
    record(secret.manager, "removed the file", secret, "keys.log")

    assert "Keys in a log" in seen_by(client, secret.manager)
    page = seen_by(client, admin)
    assert secret.reference not in page
    assert seen_by(client, admin, about=secret.reference).count("<tr>") == 0
    for file in ("export.csv", "export.json"):
        answer = client.get(f"{PAGE}{file}")
        assert secret.reference not in b"".join(answer.streaming_content).decode()


def test_breaking_the_glass_shows_its_lines_for_as_long(client, admin, secret):
    record(secret.manager, "restricted", secret)
    glass.break_it(secret, by=admin, reason="The regulator asks today", now=timezone.now())

    page = seen_by(client, admin, area="seeing")
    assert "Keys in a log" in page
    assert "The regulator asks today" in page


def test_work_on_drafts_is_not_shown(client, admin):
    review = make_review()
    record(make_user(), "added a card", review, "why")
    record(None, "released a confidential note", review)

    assert seen_by(client, admin).count("<tr>") == 0


# Reading ----------------------------------------------------------------------------------------
def test_each_way_to_read_what_is_restricted_is_kept_once_a_day(client, secret):
    file = make_attachment(secret, b"20:00 slow", name="keys.log", by=secret.reader)
    review = make_review(incident=secret)
    action = make_action(review=review)
    client.force_login(secret.reader)
    page = secret.get_absolute_url()
    for address in (
        page,
        f"{page}?as=json",
        f"{page}history/",
        f"{page}files/{file.pk}/",
        review.get_absolute_url(),
        action.get_absolute_url(),
        page,
    ):
        assert client.get(address).status_code in {200, 302}, address

    lines = Activity.objects.about(secret).filter(verb__in=READING)
    assert sorted(lines.values_list("verb", "actor", "detail")) == [
        ("fetched a file", secret.reader.pk, "keys.log"),
        ("read", secret.reader.pk, ""),
    ]


@pytest.mark.parametrize("what", ["page", "history/", "evidence/", "people/", "review", "action"])
def test_reading_by_any_page_is_kept(client, secret, what):
    review = make_review(incident=secret)
    addresses = {
        "review": review.get_absolute_url(),
        "action": make_action(review=review).get_absolute_url(),
    }
    client.force_login(secret.reader)
    suffix = "" if what == "page" else what
    client.get(addresses.get(what, secret.get_absolute_url() + suffix))

    assert Activity.objects.about(secret).get().verb == "read"


def _published(incident):
    review = make_review(incident=incident, state=Review.State.PUBLISHED)
    Publication.objects.create(
        review=review, revision=1, title=incident.title, snapshot=snapshot.build(review)
    )
    return review


@pytest.mark.parametrize(
    "way", ["published", "publication", "report", "report_pdf", "compare", "markdown"]
)
def test_reading_what_was_published_of_it_is_kept(client, secret, way):
    review = _published(secret)
    numbers = {"publication": [1], "compare": [1, 1]}.get(way, [])
    name = "published" if way == "markdown" else way
    address = reverse(f"postmortems:{name}", args=[review.reference, *numbers])
    client.force_login(secret.reader)
    answer = client.get(address, {"as": "markdown"} if way == "markdown" else {})

    assert answer.status_code in {200, 202}
    line = Activity.objects.get()
    assert (line.actor, line.verb, line.object_id) == (secret.reader, "read", secret.pk)


@pytest.mark.parametrize("way", ["page", "published", "api", "api published"])
def test_reading_a_review_is_reading_each_restricted_incident_it_covers(client, secret, way):
    open_one, other = make_incident(), make_incident()
    review = _published(open_one)
    review.also_covers.add(secret, other)
    if way.startswith("api"):
        kind = "publications" if way.endswith("published") else "reviews"
        answer = Program(secret.reader).get(f"{kind}/{review.reference}")
    else:
        client.force_login(secret.reader)
        is_page = way == "page"
        page = review.get_absolute_url()
        answer = client.get(page if is_page else f"{page}published/", follow=True)

    assert answer.status_code == 200
    line = Activity.objects.get(verb="read")
    assert (line.actor, line.object_id) == (secret.reader, secret.pk)


def test_reading_what_is_open_is_kept_nowhere(client):
    incident = make_incident()
    client.force_login(make_user())
    client.get(incident.get_absolute_url())
    client.get(make_lesson().get_absolute_url())
    review = _published(incident)
    review.also_covers.add(make_incident())
    client.get(f"{review.get_absolute_url()}published/")

    assert not Activity.objects.exists()


def test_pages_of_confidential_notes_leave_no_line(client, secret):
    review = make_review(incident=secret)
    client.force_login(secret.reader)
    for way in ("note/", "note/code/", "notes/"):
        client.get(f"{review.get_absolute_url()}{way}")

    assert not Activity.objects.exists()


def test_reads_are_told_by_their_day(client, secret):
    client.force_login(secret.reader)
    client.get(secret.get_absolute_url())

    client.force_login(secret.manager)
    told = json.loads(b"".join(client.get(f"{PAGE}export.json").streaming_content))
    assert told["deeds"][0]["at"] == timezone.now().date().isoformat()
    assert told["deeds"][0]["deed"] == "read"


# Files ------------------------------------------------------------------------------------------
def test_whoever_takes_a_list_along_leaves_a_line(client, admin):
    client.force_login(admin)
    for _ in range(2):
        b"".join(client.get("/incidents/export.csv").streaming_content)
    client.get("/incidents/")

    line = Activity.objects.get(verb="took a list along")
    assert line.actor == admin
    assert line.detail.startswith("incidents-")


def test_the_trail_is_taken_along_as_it_is_narrowed_down(client, admin):
    for number in range(3):
        record(admin, "changed account", make_user(name=f"=Person {number}"))
    record(admin, "created team", make_team(name="A team"))
    client.force_login(admin)

    csv = b"".join(client.get(f"{PAGE}export.csv", {"area": "accounts"}).streaming_content)
    told = csv.decode()
    assert told.count("\r\n") == 5
    assert "'=Person 2" in told
    assert csv.startswith(b"\xef\xbb\xbf")


# Looking through --------------------------------------------------------------------------------
def test_filters_narrow_it_and_nonsense_is_left_out(client, admin):
    incident = make_incident(title="Dumps stop")
    record(make_user(name="Kim Keeper"), "restricted", incident)
    record(admin, "invited", make_user(name="Nina New"))

    assert "Dumps stop" in seen_by(client, admin, about=incident.reference.lower())
    assert "Nina New" not in seen_by(client, admin, about=incident.reference)
    assert "Nina New" not in seen_by(client, admin, who="kim")
    assert "Dumps stop" not in seen_by(client, admin, area="accounts")
    tomorrow = (timezone.localdate() + timedelta(days=1)).isoformat()
    assert seen_by(client, admin, since=tomorrow).count("<tr>") == 0
    assert "Nina New" in seen_by(client, admin, since="x", until="9999-99-99", area="y")


def test_it_goes_on_page_by_page(client, admin):
    for number in range(30):
        record(admin, "invited", make_user(name=f"Number {number}."))

    first = client.get(PAGE) if client.force_login(admin) is None else None
    second = client.get(PAGE + first.context["page"].next_url)
    assert len(first.context["lines"]) == 25
    assert [line.about for line in second.context["lines"]] == [
        f"Number {number}." for number in (4, 3, 2, 1, 0)
    ]


@pytest.mark.parametrize("many", [1, 12])
def test_it_costs_the_same_for_any_length(client, admin, django_assert_num_queries, many):
    for _ in range(many):
        incident = make_incident()
        record(make_user(), "restricted", incident)
        record(make_user(), "published", make_review(incident=incident))
        record(admin, "added member", make_team(), f"person {make_user().pk}")
    client.force_login(admin)
    client.get(PAGE)
    # session with user, counts; the rows; incidents, reviews, teams; people in details
    with django_assert_num_queries(7):
        client.get(PAGE)


# What it is made of -----------------------------------------------------------------------------
def test_every_deed_of_the_trail_is_one_that_is_done():
    code = "\n".join(
        path.read_text()
        for app in (*APPS, "config")
        for path in (ROOT / app).rglob("*.py")
        if path.name != "deeds.py" and "migrations" not in path.parts
    )
    spelt_otherwise = {"switched public editions on", "switched public editions off"}

    assert [verb for verb in sorted(ALL - spelt_otherwise) if f'"{verb}"' not in code] == []
    assert sum(len(area.verbs) for area in AREAS) == len(ALL)


def test_whoever_is_forgotten_leaves_no_address(client, admin):
    gone = make_user(name="Lena Leaver", email="lena@example.org", password=PASSWORD)
    client.force_login(gone)
    client.post(
        "/settings/password/",
        {"current_password": PASSWORD, "password1": f"{PASSWORD} 2", "password2": f"{PASSWORD} 2"},
    )
    assert Activity.objects.get(verb="changed password").address == "127.0.0.1"

    workflow.close_account(gone, by=admin)
    workflow.forget(gone, by=admin)

    assert Activity.objects.get(verb="changed password").address is None
    page = seen_by(client, admin)
    assert "Changed password" in page
    assert "Lena" not in page


def test_deeds_on_incidents_and_reviews_keep_no_address(client, secret):
    client.force_login(secret.manager)
    client.post(f"{secret.get_absolute_url()}restrict/", {"visibility": "open"})

    assert Activity.objects.get(verb="opened").address is None
