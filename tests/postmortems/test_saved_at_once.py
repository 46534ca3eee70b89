"""Settings and arrangements that two people change at the same time: nobody overwrites unseen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from django.urls import reverse
from django.utils.html import escape

from actions import parking, promise
from incidents.models import CustomField, SeverityLevel
from postmortems import rules
from postmortems.models import (
    BankQuestion,
    FactorCategory,
    Protection,
    Review,
    ReviewRule,
    ReviewTemplate,
)
from tests.make import make_question
from tests.postmortems.places import People, at, everyone, marks

pytestmark = pytest.mark.django_db


class Form(NamedTuple):
    """A form: where it stands, where it goes, what two people send, what is stored, and the words
    in which the first one's deed is shown to the second."""

    page: Callable[[People], str]
    sent_to: Callable[[People], str]
    mine: dict[str, Any]
    theirs: dict[str, Any]
    stored: Callable[[People], Any]
    words: str
    typed: str


def _address(name: str, *args: Any) -> Callable[[People], str]:
    return lambda people: reverse(name, args=[arg() for arg in args])


def _question() -> int:
    return BankQuestion.objects.earliest("pk").pk


def _asked(text: str) -> dict[str, str]:
    return {"text": text, "follow_up": "And then?", "situation": "detection", "part": ""}


def _meets(people: People) -> list[str]:
    review = Review.objects.get(pk=people.review.pk)
    return [f"{review.meeting_at:%H:%M}", review.meeting_place]


def _promised(days: int) -> dict[str, str]:
    wanted = promise.USUAL | {("sev1", "high"): days}
    return {f"{severity}_{priority}": str(days) for (severity, priority), days in wanted.items()}


FORMS = {
    "meeting": Form(
        lambda people: at("people", people.review),
        lambda people: at("set_meeting", people.review),
        {"meeting_at": "2036-12-01T10:00", "zone": "UTC", "minutes": "60", "place": "My room"},
        {"meeting_at": "2036-12-01T14:00", "zone": "UTC", "minutes": "30", "place": "Room 7"},
        _meets,
        "1 Dec 2036, 14:00 UTC, 30 minutes, Room 7",
        "My room",
    ),
    "question": Form(
        _address("postmortems:bank_question", _question),
        _address("postmortems:bank_question", _question),
        _asked("What did the graph say?"),
        _asked("What did the alert say?"),
        lambda people: BankQuestion.objects.earliest("pk").text,
        "What did the alert say?",
        "What did the graph say?",
    ),
    "rules": Form(
        _address("postmortems:due_rules"),
        _address("postmortems:due_rules"),
        {"kind": "signal", "signal-sev1_depth": "deep", "signal-sev1_days": "47"},
        {"kind": "signal", "signal-sev2_depth": "light", "signal-sev2_days": "9"},
        lambda people: rules.in_words(ReviewRule.objects.filter(kind="signal")),
        "within 9 working days, light",
        'value="47"',
    ),
    "template": Form(
        _address("postmortems:templates"),
        _address("postmortems:templates"),
        {"depth": "light", "light-shows": ["summary", "factors"]},
        {"depth": "light", "light-shows": ["summary", "questions"]},
        lambda people: sorted(ReviewTemplate.objects.get(depth="light").hides),
        ", Questions to bring",
        'value="factors" id="id_light-shows_6" class="form-check-input" checked',
    ),
    "factor": Form(
        _address("catalogue:factor", lambda: "testing"),
        _address("catalogue:factor", lambda: "testing"),
        {"name": "How we try things out"},
        {"name": "Tests and rehearsals"},
        lambda people: FactorCategory.objects.get(slug="testing").name,
        "Tests and rehearsals",
        'value="How we try things out"',
    ),
    "protection": Form(
        _address("postmortems:protection"),
        _address("postmortems:protection"),
        {"seal_after_days": "11", "notes_open": "daily"},
        {"seal_after_days": "77", "notes_open": "weekly"},
        lambda people: Protection.current().seal_after_days,
        "seal after days: 77; notes open: On Mondays at midnight UTC",
        'value="11"',
    ),
    "parking": Form(
        _address("actions:resting"),
        _address("actions:resting"),
        {"working_days": "11"},
        {"working_days": "17"},
        lambda people: parking.rule().working_days,
        "working days: 17",
        'value="11"',
    ),
    "promises": Form(
        _address("actions:promise"),
        _address("actions:promise"),
        _promised(2),
        _promised(3),
        lambda people: promise.table()["sev1", "high"],
        "soon 3",
        'value="2"',
    ),
    "severity": Form(
        _address("incidents:severity_words"),
        _address("incidents:severity_words"),
        {"severity": "sev2", "sev2-name": "Mine", "sev2-explanation": "Some notice it"},
        {"severity": "sev2", "sev2-name": "Theirs", "sev2-explanation": "Many notice it"},
        lambda people: SeverityLevel.objects.get(severity="sev2").name,
        "name: Theirs; explanation: Many notice it",
        'value="Mine"',
    ),
    "own question": Form(
        _address("incidents:question", lambda: "region"),
        _address("incidents:question", lambda: "region"),
        {"label": "Which region is it?", "type": "line", "kinds": ["incident"]},
        {"label": "Which regions are they?", "type": "line", "kinds": ["incident", "near_miss"]},
        lambda people: CustomField.objects.get(key="region").label,
        "Which regions are they?",
        "Which region is it?",
    ),
    "working days": Form(
        lambda people: reverse("people:team_days", args=[people.review.incident.team.slug]),
        lambda people: reverse("people:team_days", args=[people.review.incident.team.slug]),
        {"weekdays": ["1", "2"], "time_zone": "", "days_off": ""},
        {"weekdays": ["1", "2", "3"], "time_zone": "", "days_off": ""},
        lambda people: (
            type(people.review.incident.team)
            .objects.get(pk=people.review.incident.team_id)
            .working_days
        ),
        "Works on Monday, Tuesday, Wednesday; the zone of the server",
        'value="2" id="id_weekdays_1" class="form-check-input" checked',
    ),
}


@pytest.fixture
def people(client) -> People:
    """Two people are one browser here: what counts is which page was opened when."""
    people = everyone()
    people.manager.is_admin = True
    people.manager.save()
    make_question(key="region")
    client.force_login(people.manager)
    return people


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_who_saves_second_sees_what_the_first_one_saved_and_keeps_what_they_typed(
    client, people, form
):
    seen = marks(client.get(form.page(people)))
    assert client.post(form.sent_to(people), form.theirs | seen).status_code == 302
    theirs = form.stored(people)

    answer = client.post(form.sent_to(people), form.mine | seen)

    html = answer.content.decode()
    assert answer.status_code == 409
    assert "Somebody saved this while you were writing." in html
    assert escape(form.words) in html
    assert form.typed in html
    assert form.stored(people) == theirs

    assert client.post(form.sent_to(people), form.mine | marks(answer)).status_code == 302
    assert form.stored(people) != theirs


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_what_both_send_alike_is_no_conflict(client, people, form):
    seen = marks(client.get(form.page(people)))
    client.post(form.sent_to(people), form.mine | seen)

    assert client.post(form.sent_to(people), form.mine | seen).status_code == 302


def test_saving_a_question_leaves_its_place_and_its_retirement_alone(client, people):
    asked = BankQuestion.objects.earliest("pk")
    page = reverse("postmortems:bank_question", args=[asked.pk])
    seen = marks(client.get(page))
    BankQuestion.objects.filter(pk=asked.pk).update(position=90, is_retired=True)

    client.post(page, _asked("What did the graph say?") | seen)

    asked.refresh_from_db()
    assert (asked.text, asked.position, asked.is_retired) == ("What did the graph say?", 90, True)


def test_a_time_for_a_meeting_that_came_too_late_is_kept_to_be_copied(client, people):
    Review.objects.filter(pk=people.review.pk).update(state=Review.State.APPROVED)

    answer = client.post(at("set_meeting", people.review), FORMS["meeting"].mine)

    assert answer.status_code == 409
    assert "My room" in answer.content.decode()
