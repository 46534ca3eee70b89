"""One's own settings, and what administrators look after."""

import re
from datetime import timedelta

import pytest
from allauth.socialaccount.models import SocialAccount
from django.conf import settings as django_settings
from django.core import mail
from django.test import Client
from django.utils import timezone

from common.models import Activity
from people import account_mail
from people.deliveries import deliver_waiting
from people.models import Membership, Service, Team, User
from tests.make import PASSWORD, make_service, make_team, make_user
from tests.postmortems.places import marks

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return make_user(name="Grace Hopper", is_admin=True)


@pytest.fixture
def as_admin(client, admin):
    client.force_login(admin)
    return client


def as_person(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def shared(client, address, **typed):
    """What is sent from the form at `address`, with the mark of what it showed."""
    return client.post(address, marks(client.get(address)) | typed)


def is_in(client) -> bool:
    return client.get("/account/login/").status_code == 302


# You --------------------------------------------------------------------------------------------
def test_people_change_their_own_name_zone_and_theme(client):
    user = make_user()
    client.force_login(user)

    response = client.post(
        "/settings/", {"name": "Ada King", "time_zone": "new york", "theme": "dark"}
    )

    user.refresh_from_db()
    assert response.url == "/settings/"
    assert (user.name, user.time_zone, user.theme) == ("Ada King", "America/New_York", "dark")


def test_nobody_makes_themselves_an_administrator(client):
    user = make_user()
    client.force_login(user)

    client.post(
        "/settings/",
        {
            "name": "Ada",
            "time_zone": "UTC",
            "theme": "auto",
            "is_admin": "on",
            "is_in_facilitator_pool": "on",
            "email": "other@example.org",
            "is_active": "",
        },
    )

    before = user.email
    user.refresh_from_db()
    assert user.name == "Ada"
    assert (user.is_admin, user.is_in_facilitator_pool, user.email, user.is_active) == (
        False,
        False,
        before,
        True,
    )


def test_a_zone_nobody_knows_is_asked_about_and_nothing_is_lost(client):
    user = make_user(name="Ada")
    client.force_login(user)

    response = client.post(
        "/settings/", {"name": "Ada King", "time_zone": "Atlantis", "theme": "dark"}
    )
    page = response.content.decode()

    assert response.status_code == 422
    assert 'value="Ada King"' in page
    assert 'value="Atlantis"' in page
    user.refresh_from_db()
    assert (user.name, user.theme) == ("Ada", "auto")


def test_the_zone_picker_shows_offset_and_time_of_each_place(client):
    client.force_login(make_user())
    page = client.get("/settings/").content.decode()

    assert re.search(
        r'<option value="Asia/Kathmandu">Kathmandu \(UTC\+5:45, now \d\d:\d\d\)</option>', page
    )


@pytest.mark.parametrize(
    ("theme", "sent", "becomes"),
    [
        ("auto", {}, "dark"),
        ("dark", {}, "light"),
        ("light", {}, "dark"),
        ("auto", {"theme": "light"}, "light"),
        ("dark", {"theme": "auto"}, "auto"),
        ("dark", {"theme": "purple"}, "light"),
    ],
)
def test_the_theme_switches_without_scripts(client, theme, sent, becomes):
    user = make_user(theme=theme)
    client.force_login(user)

    response = client.post("/settings/theme/", sent | {"next": "/teams/storage/"})

    user.refresh_from_db()
    assert (response.status_code, response.url) == (302, "/teams/storage/")
    assert user.theme == becomes
    assert f'data-bs-theme="{becomes}"' in client.get("/settings/").content.decode()


@pytest.mark.parametrize(
    "away", ["https://evil.example/", "//evil.example", "", "\\\\evil.example"]
)
def test_switching_the_theme_leads_nowhere_else(client, away):
    client.force_login(make_user())

    assert client.post("/settings/theme/", {"next": away}).url == "/"


def test_switching_the_theme_takes_a_post(client):
    client.force_login(make_user())

    assert client.get("/settings/theme/").status_code == 405


# Password ---------------------------------------------------------------------------------------
def new_password(client, now=PASSWORD, first="clouds over the harbour", again=None):
    return client.post(
        "/settings/password/",
        {"current_password": now, "password1": first, "password2": again or first},
    )


def test_a_new_password_ends_all_other_sessions(client):
    user = make_user(password=PASSWORD)
    client.force_login(user)
    elsewhere = as_person(user)

    response = new_password(client)

    user.refresh_from_db()
    assert response.url == "/settings/"
    assert user.check_password("clouds over the harbour")
    assert is_in(client)
    assert not is_in(elsewhere)


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"now": "not the one"}, "This is not your password now"),
        ({"first": "short"}, "at least 12 characters"),
        ({"first": "password1234"}, "too common"),
        ({"again": "clouds over the town"}, "The two passwords differ"),
    ],
)
def test_a_refused_password_says_why_and_is_not_shown(client, answers, words):
    user = make_user(password=PASSWORD)
    client.force_login(user)

    response = new_password(client, **answers)
    page = response.content.decode()

    user.refresh_from_db()
    assert response.status_code == 422
    assert words in page
    assert "clouds over the harbour" not in page
    assert user.check_password(PASSWORD)


def test_guessing_the_present_password_is_stopped(client):
    client.force_login(make_user(password=PASSWORD))

    answers = [new_password(client, now="a guess at it").status_code for _ in range(6)]

    assert answers == [422] * 5 + [429]


# People -----------------------------------------------------------------------------------------
def invited(as_admin, **answers):
    return as_admin.post(
        "/settings/people/invite/",
        {"name": "Ada Lovelace", "email": "Ada@example.org", "team": ""} | answers,
    )


def link_in_mail() -> str:
    deliver_waiting(now=timezone.now())
    found = re.search(r"^(https?://\S+)$", mail.outbox[-1].body, re.MULTILINE)
    assert found, mail.outbox[-1].body
    assert found[1].startswith(django_settings.SITE_ORIGIN + "/")
    return found[1].removeprefix(django_settings.SITE_ORIGIN)


def test_an_invited_person_chooses_a_password_and_is_in(as_admin):
    team = make_team()

    response = invited(as_admin, team=team.pk)

    user = User.objects.get(email="ada@example.org")
    assert response.url == "/settings/people/"
    assert list(user.teams.all()) == [team]
    link = link_in_mail()
    assert mail.outbox[-1].to == ["ada@example.org"]
    visitor = Client()
    assert "Welcome, Ada Lovelace" in visitor.get(link).content.decode()
    done = visitor.post(
        link, {"password1": "clouds over the harbour", "password2": "clouds over the harbour"}
    )
    assert done.url == "/"
    assert is_in(visitor)
    assert Client().get(link).status_code == 410
    assert Client().post(link, {"password1": "x", "password2": "x"}).status_code == 410


def test_only_who_has_not_come_yet_is_shown_as_invited(as_admin):
    waits, by_sign_on, here = make_user(), make_user(), make_user(password=PASSWORD)
    SocialAccount.objects.create(user=by_sign_on, provider="sso", uid="7")

    shown = {}
    for person in (waits, by_sign_on, here):
        page = as_admin.get(f"/settings/people/{person.pk}/").content.decode()
        listed = as_admin.get(f"/settings/people/?q={person.email}").content.decode()
        shown[person] = "pill-wait" in page, "Send a new link" in page, "pill-wait" in listed

    assert shown == {waits: (True,) * 3, by_sign_on: (False,) * 3, here: (False,) * 3}


def test_looking_at_an_invitation_chooses_nothing(as_admin):
    invited(as_admin)
    link = link_in_mail()

    assert Client().get(link).status_code == 200
    assert Client().head(link).status_code == 200
    assert not User.objects.get(email="ada@example.org").has_usable_password()


def test_an_invitation_is_good_for_seven_days(as_admin, monkeypatch):
    invited(as_admin)
    link = link_in_mail()

    monkeypatch.setattr(account_mail, "INVITATION_VALID_FOR", timedelta(seconds=-1))

    assert Client().get(link).status_code == 410


def test_a_changed_invitation_opens_nothing(as_admin):
    invited(as_admin)
    link = link_in_mail()

    assert Client().get(link[:-3] + "aa/").status_code == 410
    assert Client().get("/welcome/WzEsIngiXQ:1abc:x/").status_code == 410


def test_an_invitation_of_a_closed_account_opens_nothing(as_admin):
    invited(as_admin)
    link = link_in_mail()
    user = User.objects.get(email="ada@example.org")

    as_admin.post(f"/settings/people/{user.pk}/close/")

    assert Client().get(link).status_code == 410


def test_a_second_invitation_goes_out_until_a_password_is_chosen(as_admin):
    invited(as_admin)
    user = User.objects.get(email="ada@example.org")

    as_admin.post(f"/settings/people/{user.pk}/invite/")
    deliver_waiting(now=timezone.now())
    assert len(mail.outbox) == 2

    user.set_password(PASSWORD)
    user.save()
    as_admin.post(f"/settings/people/{user.pk}/invite/")
    deliver_waiting(now=timezone.now())
    assert len(mail.outbox) == 2


def test_nobody_is_invited_twice(as_admin):
    make_user(email="ada@example.org")

    response = invited(as_admin, email="ADA@example.org")

    assert response.status_code == 422
    assert "has this address already" in response.content.decode()
    assert 'value="Ada Lovelace"' in response.content.decode()


def test_a_closed_account_is_out_with_its_next_request_and_can_come_back(as_admin):
    user = make_user(password=PASSWORD)
    theirs = as_person(user)
    assert theirs.get("/settings/").status_code == 200

    as_admin.post(f"/settings/people/{user.pk}/close/")

    assert theirs.get("/settings/").status_code == 302
    assert not is_in(theirs)
    as_admin.post(f"/settings/people/{user.pk}/reopen/")
    again = Client()
    again.post("/account/login/", {"login": user.email, "password": PASSWORD})
    assert is_in(again)


def test_an_administrator_who_steps_down_is_one_no_longer_with_the_next_request(as_admin):
    other = make_user(is_admin=True)
    theirs = as_person(other)
    assert theirs.get("/settings/people/").status_code == 200

    shared(as_admin, f"/settings/people/{other.pk}/", name=other.name)

    assert theirs.get("/settings/people/").status_code == 403


def test_the_last_administrator_cannot_step_down_or_be_closed(as_admin, admin):
    make_user(is_admin=True, is_active=False)

    stepping_down = as_admin.post(f"/settings/people/{admin.pk}/", {"name": "Grace"})
    as_admin.post(f"/settings/people/{admin.pk}/close/")

    admin.refresh_from_db()
    assert stepping_down.status_code == 422
    assert "Nobody else looks after settings" in stepping_down.content.decode()
    assert (admin.is_admin, admin.is_active, admin.name) == (True, True, "Grace Hopper")


def test_roles_are_given_and_each_leaves_a_line_in_the_trail(as_admin, admin):
    user = make_user()

    shared(
        as_admin,
        f"/settings/people/{user.pk}/",
        name="Ada",
        is_in_facilitator_pool="on",
        is_admin="on",
    )

    user.refresh_from_db()
    assert (user.name, user.is_in_facilitator_pool, user.is_admin) == ("Ada", True, True)
    line = Activity.objects.get(verb="changed account")
    assert (line.actor, line.object, line.detail) == (
        admin,
        user,
        "looks after settings, can facilitate",
    )


def test_the_list_of_people_pages_and_searches_everybody_once(as_admin, admin):
    for number in range(60):
        make_user(name="Same Name" if number % 2 else f"Person {number:03}")
    make_user(name="Zoë", is_active=False)
    seen, address = [], "/settings/people/"
    while address:
        page = as_admin.get(address).content.decode()
        seen += re.findall(r'href="/settings/people/(\d+)/"', page)
        following = re.search(r'href="\?([^"]+)" rel="next"', page)
        address = f"/settings/people/?{following[1]}".replace("&amp;", "&") if following else ""

    assert sorted(map(int, seen)) == sorted(User.objects.values_list("pk", flat=True))
    assert "Zoë" in as_admin.get("/settings/people/?q=zoë").content.decode()
    assert "Nobody goes by this name" in as_admin.get("/settings/people/?q=%00qqq").content.decode()


def test_the_list_of_people_costs_the_same_for_any_length(as_admin, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            as_admin.get("/settings/people/")
        return len(captured)

    team = make_team()
    as_admin.get("/settings/people/")
    few = queries()
    for _ in range(8):
        Membership.objects.create(team=team, user=make_user())

    assert queries() == few


# Teams and services -----------------------------------------------------------------------------
def test_a_team_is_made_renamed_and_keeps_its_address(as_admin):
    made = as_admin.post("/settings/teams/", {"name": "Storage & Backup"})

    assert made.url == "/settings/teams/storage-backup/"
    shared(as_admin, made.url, name="Storage")
    assert Team.objects.get().name == "Storage"
    assert as_admin.get("/teams/storage-backup/").status_code == 200


@pytest.mark.parametrize("name", ["???", "Ünïcödé", "存储", "x" * 120])
def test_any_name_gets_an_address(as_admin, name):
    make_team(name="Team", slug="team")

    made = as_admin.post("/settings/teams/", {"name": name})

    assert as_admin.get(made.url).status_code == 200
    assert Team.objects.filter(name=name).count() == 1


def test_a_name_is_taken_in_any_case_of_letters(as_admin):
    make_team(name="Storage")

    response = as_admin.post("/settings/teams/", {"name": "sTORAGE"})

    assert response.status_code == 422
    assert "There is a team of this name" in response.content.decode()


def test_members_come_manage_and_go(as_admin):
    team, user = make_team(slug="storage"), make_user(email="ada@example.org")
    where = f"/settings/teams/storage/members/{user.pk}/"

    as_admin.post("/settings/teams/storage/members/", {"email": "ADA@example.org"})
    member = Membership.objects.get(team=team, user=user)
    assert not member.is_manager

    as_admin.post(where, {"role": "manager"})
    member.refresh_from_db()
    assert member.is_manager

    as_admin.post(where, {"role": "member"})
    member.refresh_from_db()
    assert not member.is_manager

    as_admin.post(where, {"role": "king"})
    assert Membership.objects.filter(pk=member.pk).exists()

    as_admin.post(where, {"role": "gone"})
    assert not Membership.objects.filter(pk=member.pk).exists()


def test_an_unknown_address_joins_no_team(as_admin):
    make_team(slug="storage")

    response = as_admin.post("/settings/teams/storage/members/", {"email": "nobody@example.org"})

    assert response.status_code == 422
    assert "Invite them under People first" in response.content.decode()
    assert 'value="nobody@example.org"' in response.content.decode()


def test_a_service_is_made_and_handed_over(as_admin):
    first, second = make_team(), make_team(name="Network")

    as_admin.post("/settings/services/", {"name": "Main database", "team": first.pk})
    shared(as_admin, "/settings/services/main-database/", name="Database", team=second.pk)

    service = Service.objects.get()
    assert (service.name, service.team, service.slug) == ("Database", second, "main-database")


@pytest.mark.parametrize("what", ["person", "team", "service"])
def test_who_saves_second_sees_what_the_first_one_saved(as_admin, what):
    team = make_team(name="Storage", slug="storage")
    row = {
        "person": lambda: make_user(name="Ada"),
        "team": lambda: team,
        "service": lambda: make_service(name="Disks", slug="disks", team=team),
    }[what]()
    address = {
        "person": f"/settings/people/{row.pk}/",
        "team": "/settings/teams/storage/",
        "service": "/settings/services/disks/",
    }[what]
    seen = marks(as_admin.get(address))
    type(row).objects.filter(pk=row.pk).update(name="Saved first")

    second = as_admin.post(address, seen | {"name": "Saved second", "team": team.pk})

    page = second.content.decode()
    assert second.status_code == 409
    assert "ame: Saved first" in page
    assert 'value="Saved second"' in page
    row.refresh_from_db()
    assert row.name == "Saved first"
    as_admin.post(address, marks(second) | {"name": "Saved second", "team": team.pk})
    row.refresh_from_db()
    assert row.name == "Saved second"


def test_the_page_of_a_team_shows_who_is_there_and_what_they_look_after(client):
    manager = make_user(name="Grace Hopper")
    gone = make_user(name="Left Long Ago", is_active=False)
    team = make_team(manager=manager, members=(gone,), slug="storage", name="Storage")
    make_service(name="Main database", team=team)
    client.force_login(make_user())

    page = client.get("/teams/storage/").content.decode()

    assert "Grace Hopper" in page
    assert "Main database" in page
    assert "Left Long Ago" not in page
    assert "/settings/teams/" not in page


def test_severity_words_are_the_organisations_own(as_admin):
    from incidents.models import SeverityLevel

    sent = {
        "severity": "sev2",
        "sev2-name": "Big",
        "sev2-explanation": "Many people notice",
        "sev2-example": "",
    } | marks(as_admin.get("/incidents/severity-words/"))
    assert as_admin.post("/incidents/severity-words/", sent).status_code == 302
    refused = as_admin.post("/incidents/severity-words/", sent | {"sev2-name": ""})

    page = as_admin.get("/incidents/severity-words/").content.decode()
    assert page.count('name="sev2-name"') == 1
    assert 'value="Big"' in page
    assert SeverityLevel.objects.get(severity="sev2").name == "Big"
    assert refused.status_code == 422
    assert as_admin.post("/incidents/severity-words/", {"severity": "sev9"}).status_code == 404
