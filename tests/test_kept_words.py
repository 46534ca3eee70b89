"""Words of ours that are kept in English are told in the language of their reader."""

from __future__ import annotations

import pytest
from django.urls import get_resolver
from django.utils import timezone, translation

from common import kept_words
from common.history import record
from common.models import Activity
from incidents.models import Duty
from incidents.workflow import unname_person
from people import workflow
from people.models import SavedView
from tests.make import make_action, make_incident, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def _all_of_the_site():
    assert get_resolver().url_patterns


KEPT = [
    ("1 event", "1 händelse"),
    ("3 events: told twice", "3 händelser: told twice"),
    ("“Leads”, to Ada Byron", "”Leder”, till Ada Byron"),
    ("“Takes notes”", "”Antecknar”"),
    ("1 working days", "1 arbetsdag"),
    ("3 working days", "3 arbetsdagar"),
    ("after 7 days", "efter 7 dagar"),
    ("SEV 1, In its turn: 10 working days", "SEV 1, I sin tur: 10 arbetsdagar"),
    ("read", "läsa"),
    ("file", "lägga in incidenter"),
    ("write", "läsa och ändra"),
    (
        "the rule for SEV 1, near miss: within 5 working days, deep",
        "regeln för SEV 1, tillbud: inom 5 arbetsdagar, djup",
    ),
    (
        "by the rule for SEV 2, incident: within 1 working day, light",
        "enligt regeln för SEV 2, incident: inom 1 arbetsdag, lätt",
    ),
    ("title, resolution (was not known)", "titeln, när den löstes (var okänt)"),
    ("resolution was 2026-03-05 12:00 UTC", "när den löstes (var 2026-03-05 12:00 UTC)"),
    ("“Region” (was not answered), services", "“Region” (var inte besvarat), tjänsterna"),
    ("looks after settings, can facilitate", "sköter inställningarna, kan leda samtal"),
    ("can facilitate", "kan leda samtal"),
    ("2 invited", "2 personer"),
    ("until 5 Mar: the vendor answers then", "till 5 mars: the vendor answers then"),
    ("to 5 Oct 2026", "till 5 okt 2026"),
    ("title, how we will know it works", "titeln, tecknet på att det fungerar"),
]


@pytest.mark.parametrize(("kept", "told"), KEPT)
def test_words_of_ours_are_told_in_swedish(kept, told):
    with translation.override("sv"):
        assert kept_words.for_reader(kept) == told


@pytest.mark.parametrize("kept", [*(kept for kept, _ in KEPT), ""])
def test_in_english_they_stay_as_they_were_kept(kept):
    assert kept_words.for_reader(kept) == kept


@pytest.mark.parametrize(
    "typed",
    ["", "we invited 2", "the rule", "graph.png", "SEV 1\nthe rule for SEV 1", "“Leads",
     "read it",
     "until 31 Sep: the vendor answers then", "to 45 Mar 2026", f"{'1' * 5_000} events"],
)  # fmt: skip
def test_what_somebody_typed_stays_as_it_is(typed):
    with translation.override("sv"):
        assert kept_words.for_reader(typed) == typed


def test_pages_tell_them(client):
    gone = make_user(is_active=False)
    workflow.forget(gone, by=make_user())
    reader = make_user(language="sv", is_admin=True)
    incident = make_incident(participants=(reader,))
    action = make_action(owner=reader)
    record(gone, "took out of the timeline", incident, "2 events: told twice")
    record(reader, "moved the date", action, "to 5 Oct 2026")
    record(reader, "changed account", reader, "looks after settings, can facilitate")
    client.force_login(reader)

    def words(path: str) -> str:
        return b"".join(client.get(path)).decode()

    assert "2 händelser: told twice" in words(f"{incident.get_absolute_url()}history/")
    assert "<b>En tidigare medlem</b>" in words(f"{incident.get_absolute_url()}history/")
    assert "till 5 okt 2026" in words(action.get_absolute_url())
    assert "sköter inställningarna, kan leda samtal" in words("/settings/audit/?area=accounts")
    exported = words("/settings/audit/export.csv")
    assert "looks after settings, can facilitate" in exported


def test_whoever_left_is_called_so_where_they_still_stand(client):
    gone = make_user(is_active=False, name="Gone")
    reader = make_user(language="sv")
    incident = make_incident(participants=(reader,))
    Duty.objects.create(incident=incident, kind=Duty.Kind.LEADS, user=gone, since=timezone.now())
    SavedView.objects.create(owner=gone, name="Late", page="actions", query="", is_shared=True)
    workflow.forget(gone, by=make_user())
    client.force_login(reader)

    duty = client.get(f"{incident.get_absolute_url()}duties/leads/").content.decode()
    views = client.get("/views/").content.decode()

    assert "En tidigare medlem" in duty and "A former member" not in duty
    assert "En tidigare medlem" in views and "A former member" not in views


def test_the_trail_keeps_in_english_that_somebody_had_left():
    gone = make_user(is_active=False)
    incident = make_incident(participants=(gone,))
    workflow.forget(gone, by=make_user())

    with translation.override("sv"):
        unname_person(incident.involvements.get(user=gone), by=make_user())

    assert Activity.objects.latest("pk").detail == "A former member"
