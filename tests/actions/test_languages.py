"""What is kept and exported of actions is English, whoever asks; what is shown is not."""

import csv
import io

import pytest
from django.utils import translation

from actions import search_text
from actions.models import Snooze
from tests.make import make_action, make_user

pytestmark = pytest.mark.django_db


def test_files_say_the_same_in_every_language(client):
    reader = make_user(language="sv")
    action = make_action(owner=reader, kind="detect")
    client.force_login(reader)

    body = b"".join(client.get("/actions/export.csv?view=mine")).decode("utf-8-sig")

    [row] = csv.DictReader(io.StringIO(body))
    assert (row["Reference"], row["Kind"]) == (action.reference, "Notice sooner")
    assert (row["Priority"], row["State"]) == ("In its turn", "Agreed")


def test_an_action_is_found_by_the_same_words_whoever_wrote_it():
    action = make_action(kind="detect")

    with translation.override("sv"):
        kept = search_text.text_of(action, [])

    assert "Notice sooner" in kept


def test_the_reason_of_a_break_is_kept_in_one_language(client):
    owner = make_user(language="sv")
    action = make_action(owner=owner)
    client.force_login(owner)
    page = f"/actions/{action.reference}/snooze/"
    offered = client.get(page).context["form"].offers[0][1]

    client.post(page, {"reason": "I am away", "offered": offered.isoformat()})

    assert Snooze.objects.get(action=action).reason == "I am away"


def test_a_page_in_swedish_names_the_actions_in_swedish(client):
    owner = make_user(language="sv")
    make_action(owner=owner)
    client.force_login(owner)

    answer = client.get("/actions/?view=mine")

    assert '<html lang="sv"' in answer.content.decode()
    assert "<h1>Åtgärder</h1>" in answer.content.decode()
