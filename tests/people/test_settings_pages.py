"""The list of the pages under Settings, and what lights up in the navigation."""

import re

import pytest
from django.urls import reverse

from people import settings_pages
from tests.make import make_action, make_incident, make_lesson, make_team, make_user

pytestmark = pytest.mark.django_db

PAGES = [page for _, pages in (("", settings_pages._YOURS), *settings_pages._GROUPS)
         for page in pages]  # fmt: skip


def lit(page: str) -> set[str]:
    """Where the navigation says that one is: the sidebar, the list of settings."""
    return {
        re.sub(r"<span.*", "", re.sub(r"<svg.*?</svg>", "", words)).strip()
        for words in re.findall(r'aria-current="page"[^>]*>(.*?)</a>', page)
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.view)
def test_each_page_of_the_settings_lights_up_settings_and_itself(client, page):
    client.force_login(make_user(is_admin=True))

    answer = client.get(reverse(page.view))

    assert answer.status_code == 200
    assert lit(answer.content.decode()) == {"Settings", page.label}


def test_what_belongs_to_a_page_lights_it_up_too(client):
    client.force_login(make_user(is_admin=True))
    make_team(slug="storage")

    assert "Settings" in lit(client.get("/settings/teams/storage/").content.decode())
    assert lit(client.get("/incidents/questions/new/").content.decode()) == {
        "Settings", "Questions",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("make", "section"),
    [(make_incident, "Incidents"), (make_action, "Actions"), (make_lesson, "Lessons")],
)
def test_everything_else_lights_up_its_section(client, make, section):
    client.force_login(make_user())

    page = client.get(make().get_absolute_url()).content.decode()

    assert section in lit(page)
    assert "Settings" not in lit(page)


def test_the_bell_and_a_team_light_up_nothing(client):
    client.force_login(make_user())
    make_team(slug="storage")

    for address in ("/notifications/", "/teams/storage/", "/views/"):
        assert lit(client.get(address).content.decode()) == set()


def test_everybody_has_their_own_and_managers_what_they_look_after():
    manager = make_user()
    make_team(manager=manager)

    def labels(user):
        return [page.label for _, pages in settings_pages.groups_for(user) for page in pages]

    yours = [page.label for page in settings_pages._YOURS]
    assert labels(make_user()) == yours
    assert labels(manager) == [*yours, "Channels", "Import", "Audit trail"]
    assert labels(make_user(is_admin=True)) == [page.label for page in PAGES]
