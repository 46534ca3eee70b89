"""The page where postmortems come in: a look first, then the deed, for one's own teams."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from common.models import Activity
from incidents.models import Incident
from people.models import User
from tests.make import make_incident, make_team, make_user

pytestmark = pytest.mark.django_db
FILES = Path(__file__).parent / "files"
EXAMPLES = Path(__file__).parents[2] / "static" / "examples"
ADDRESS = "/settings/import/"


@pytest.fixture
def manager() -> User:
    user = make_user(name="Mia Manager")
    make_team(manager=user, name="Payments", slug="payments")
    return user


def asked(**changed: Any) -> dict[str, Any]:
    return {"form": "markdown", "team": "payments", "severity": "sev3", "zone": "UTC",
            "step": "look"} | changed  # fmt: skip


def upload(name: str, text: str | None = None) -> SimpleUploadedFile:
    content = (FILES / name).read_bytes() if text is None else text.encode()
    return SimpleUploadedFile(name, content)


def test_a_look_writes_nothing_and_takes_the_text_along(client: Client, manager):
    client.force_login(manager)

    answer = client.post(ADDRESS, asked(files=[upload("sre.md"), upload("gitlab.md")]))

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Sonnet search postmortem (incident #465)" in page
    assert "Bring in 2 postmortems" in page
    assert "“Authors” was left out" in page
    assert not Incident.objects.exists()


@pytest.mark.parametrize(
    ("name", "form", "count"),
    [("postmortem.md", "markdown", "1 postmortem"), ("postmortems.csv", "csv", "2 postmortems")],
)
def test_the_examples_to_try_are_understood_without_a_problem(
    client: Client, manager, name, form, count
):
    client.force_login(manager)
    example = upload(name, (EXAMPLES / name).read_text(encoding="utf-8"))

    page = client.post(ADDRESS, asked(form=form, files=[example])).content.decode()

    assert f"Bring in {count}<" in page
    assert "Cannot be taken" not in page
    assert f"/static/examples/{Path(name).stem}." in client.get(ADDRESS).content.decode()


def test_what_was_looked_over_is_brought_in_by_whoever_sent_it(client: Client, manager):
    client.force_login(manager)
    text = (FILES / "atlassian.md").read_text()

    answer = client.post(ADDRESS, asked(step="import", name="atlassian.md", text=text))

    incident = Incident.objects.get()
    assert answer.headers["Location"] == incident.get_absolute_url()
    assert (incident.team.slug, incident.reporter) == ("payments", manager)
    assert Activity.objects.get(verb="imported from a file").actor == manager


def test_a_bad_row_is_shown_with_its_line_and_the_others_come_in(client: Client, manager):
    client.force_login(manager)
    text = "title,severity\nOne,sev1\n,sev2\nThree,sev3\n"

    look = client.post(ADDRESS, asked(form="csv", files=[upload("x.csv", text)]))
    done = client.post(ADDRESS, asked(form="csv", step="import", name="x.csv", text=text))

    for answer in (look, done):
        assert "there is no title" in answer.content.decode()
        assert "line 3" in answer.content.decode()
    assert sorted(Incident.objects.values_list("title", flat=True)) == ["One", "Three"]


def test_columns_are_chosen_on_the_page(client: Client, manager):
    client.force_login(manager)
    told = {"form": "csv", "name": "x.csv", "text": "Betreff,Notes\nLost,It was gone.\n"}

    before = client.post(ADDRESS, asked(**told)).content.decode()
    answer = client.post(
        ADDRESS,
        asked(**told, step="import", column_title="Betreff", column_summary="Notes")
        | {"step": "import"},
    )

    assert "no column is the title" in before
    assert answer.status_code == 302
    assert Incident.objects.get().summary == "It was gone."


def test_a_team_one_does_not_look_after_is_no_choice(client: Client, manager):
    make_team(name="Others", slug="others")
    client.force_login(manager)

    answer = client.post(ADDRESS, asked(team="others", step="import", name="x.md", text="# Lost\n"))

    assert answer.status_code == 422
    assert not Incident.objects.exists()


def test_what_is_here_already_is_linked_unless_it_is_hidden(client: Client, manager):
    client.force_login(manager)
    told = asked(step="import", name="x.md", text="# Lost\n\nDate: 2024-03-04\n")
    client.post(ADDRESS, told)
    first = Incident.objects.get()

    again = client.post(ADDRESS, told | {"step": "look"}).content.decode()
    assert f'here already, as <a href="{first.get_absolute_url()}"' in again

    elsewhere = make_incident(visibility="restricted", title="Hidden", import_key=first.import_key
                              + "x")  # fmt: skip
    Incident.objects.filter(pk=first.pk).update(import_key=None)
    Incident.objects.filter(pk=elsewhere.pk).update(import_key=first.import_key)
    after = client.post(ADDRESS, told | {"step": "look"}).content.decode()
    assert "here already" not in after
    assert client.post(ADDRESS, told).status_code == 302
    assert Incident.objects.filter(title="Lost").count() == 2


def test_too_much_for_a_page_is_said_with_the_way_out(client: Client, manager):
    client.force_login(manager)
    rows = "".join(f"Number {number}\n" for number in range(201))

    answer = client.post(ADDRESS, asked(form="csv", files=[upload("x.csv", f"title\n{rows}")]))

    assert answer.status_code == 422
    assert "more than 200" in answer.content.decode()


def test_nothing_chosen_is_said(client: Client, manager):
    client.force_login(manager)

    answer = client.post(ADDRESS, asked())

    assert answer.status_code == 422
    assert "Choose at least one file." in answer.content.decode()


def test_a_member_is_told_who_may(client: Client):
    client.force_login(make_user())

    answer = client.get(ADDRESS)

    assert answer.status_code == 403
    assert "those who look after a team" in answer.content.decode()
