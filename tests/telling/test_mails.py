"""Mails say what their reader may read, and carry no more than that."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.mail import EmailMessage
from django.utils import timezone

from actions.models import Action, DropSuggestion
from incidents.models import Involvement
from lessons.models import Bulletin, BulletinStory
from people import mails, topics
from people.models import Delivery, TellingChoice
from people.notifications import notify
from postmortems import invitation
from postmortems.models import Review
from tests.make import (
    make_action,
    make_incident,
    make_lesson,
    make_review,
    make_team,
    make_user,
)

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]
KINDS = sorted(
    path.name.removesuffix(".subject.txt")
    for path in (ROOT / "templates" / "mail").glob("*.subject.txt")
)

OF_A_REVIEW = ("review", "private", "notes", "ideas", "quote", "question")


def told(kind, about, recipient, **data):
    return Delivery.objects.get(
        notification=notify(recipient, kind=kind, about=about, occasion=kind, data=data)
    )


def setting_for(
    kind, *, restricted=False, title="Alert when a nightly dump is missing & small", team="Database"
):
    """(recipient, about, data) for which a mail of this kind has something to say."""
    reader = make_user(name="Robin Reader")
    incident = make_incident(
        title=title
        if kind.startswith((*OF_A_REVIEW, "incident_duty", "glass"))
        else "Saving fails",
        visibility="restricted" if restricted else "open",
        team=make_team(manager=reader, name=team),
    )
    state = {
        "review_to_read": Review.State.IN_REVIEW,
        "review_approved": Review.State.APPROVED,
        "review_published": Review.State.PUBLISHED,
        "review_followed": Review.State.PUBLISHED,
        "review_pulse": Review.State.PUBLISHED,
        "review_quiet": Review.State.DRAFTING,
        "review_resting": Review.State.APPROVED,
    }.get(kind, Review.State.GATHERING)
    review = make_review(incident=incident, facilitator=reader, state=state,
                         due_on=timezone.localdate())  # fmt: skip
    if kind in {"invitation", "password_reset"}:
        return reader, reader, {}
    if kind == "lesson_followed":
        # Open to everybody, wherever it comes from: its words are its own.
        lesson = make_lesson(source_review=review, title="A restore is rehearsed")
        return reader, lesson, {"because": "Payments"}
    if kind == "meeting_gone":
        return reader, reader, {"uid": invitation.uid(review), "sequence": 1}
    if kind.startswith("review_meeting"):
        review.meeting_at = timezone.now() + timedelta(days=3)
        review.meeting_place = f"Room of {title}"
        review.save()
        return reader, review, invitation.Meeting.of(review).as_data
    if kind == "ideas_rested":
        idea = make_action(review=review, title=title, state=Action.State.PARKED)
        return reader, review, {"also": {"actions.action": [idea.pk]}}
    if kind.startswith(OF_A_REVIEW):
        path = review.get_absolute_url()
        return reader, review, {
            "text": "Could we talk first?", "path": path, "version": review.version
        }  # fmt: skip
    if kind in {"bulletin", "bulletin_draft"}:
        # Else it stays under the bell.
        TellingChoice.objects.create(user=reader, topic=kind, how="now")
        sent = {"state": "sent", "sent_at": timezone.now()} if kind == "bulletin" else {}
        bulletin = Bulletin.objects.create(month=date(2026, 1, 1), theme="Testing", **sent)
        BulletinStory.objects.create(
            bulletin=bulletin, lesson=make_lesson(), position=1, headline="Rehearse", text="A story"
        )
        return reader, bulletin, {}
    if kind == "lesson_reread":
        lesson = make_lesson(title="Another title" if restricted else title, state="due",
                             team=incident.team)  # fmt: skip
        return reader, lesson, {}
    if kind == "incident_duty":
        return reader, incident, {"from": reader.pk, "duty": "Communication lead"}
    if kind == "glass_broken":
        return reader, incident, {"from": reader.pk, "by": "Ada Admin"}
    if kind == "incident_update":
        return reader, incident, {"from": reader.pk, "words": "The site is slow.", "next": ""}
    done = kind == "action_to_check"
    action = make_action(
        review=review,
        owner=reader,
        title=title,
        team=incident.team,
        state=Action.State.DONE if done else Action.State.ACCEPTED,
        due_on=timezone.localdate(),
        done_at=timezone.now() if done else None,
        done_by=make_user() if done else None,
        proof="Removed a dump, and somebody was paged.",
    )
    if kind == "action_to_decide":
        DropSuggestion.objects.create(action=action, reason="The hosts go away", by=reader)
    if kind == "effect_check":
        then = timezone.now() - timedelta(days=30)
        Action.objects.filter(pk=action.pk).update(state="verified", verified_at=then)
    if kind == "team_report":
        return reader, incident.team, {"first": "2026-11-16", "last": "2026-11-22",
                                       "path": f"/teams/{incident.team.slug}/report/"}  # fmt: skip
    if kind == "team_actions":
        return reader, incident.team, {"also": {"actions.action": [action.pk]}}
    return reader, action, {
        "due_on": action.due_on.isoformat(), "what": "date", "said": "Why not",
        "path": action.get_absolute_url(),
    }  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_mail_can_be_written(kind):
    recipient, about, data = setting_for(kind)

    mail = mails.compose(told(kind, about, recipient, **data))

    page = mail.alternatives[0].content
    assert mail.to == [recipient.email]
    assert len(mail.subject) > 10
    assert "&" not in mail.subject.replace("missing & small", "")
    assert [left for left in ("{{", "{%", "None") if left in mail.body + page] == []
    assert len(mail.body.splitlines()) > 5
    links = re.findall(r'href="([^"]+)"', page)
    assert links
    assert [link for link in links if not link.startswith("http://127.0.0.1:8000/")] == []
    assert [link for link in links if link.replace("&amp;", "&") not in mail.body] == []


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind not in {"invitation", "password_reset"}]
)
def test_mail_about_something_restricted_has_its_reference_alone(kind):
    secret = "The password leaked into a log"
    recipient, about, data = setting_for(kind, restricted=True, title=secret)
    mail = mails.compose(told(kind, about, recipient, **data))

    everything = str(mail.message()) + mail.body + mail.alternatives[0].content
    for text in (
        secret,
        "Saving fails",
        "pages someone",
        "Removed a dump",
        "Could we talk",
        "Why not",
    ):
        assert text not in everything


def test_every_kind_that_the_code_tells_has_words():
    code = "\n".join(
        path.read_text()
        for app in ("people", "incidents", "postmortems", "actions", "lessons", "config")
        for path in (ROOT / app).rglob("*.py")
    )
    used = set(re.findall(r"""(?:notify|Telling)\((?:[^()]|\([^()]*\))*?kind="(\w+)\"""", code))

    assert used
    assert sorted(used - set(KINDS)) == []
    assert (
        sorted(
            kind for kind in KINDS if not (ROOT / "templates" / "mail" / f"{kind}.html").exists()
        )
        == []
    )


def test_the_text_of_a_mail_has_no_dot_between_two_addresses():
    recipient, about, data = setting_for("action_reminder")

    text = mails.compose(told("action_reminder", about, recipient, **data)).body

    assert "·" not in text.splitlines()
    assert " · due today\n" in text


@pytest.mark.parametrize("kind", KINDS)
def test_every_mail_can_be_read_by_everybody(kind):
    """A language, one heading, nothing fetched from anywhere, tables for layout said to be so."""
    recipient, about, data = setting_for(kind)

    mail = mails.compose(told(kind, about, recipient, **data))

    page = mail.alternatives[0].content
    assert '<html lang="en">' in page
    assert page.count("<h1") == 1
    assert re.findall(r"<(?:img|link|script|iframe|video|form|object)\b|url\(|@import", page) == []
    assert re.findall(r'<table(?! role="presentation")', page) == []
    assert len(mail.message().as_bytes()) < 100_000
    assert re.findall(r"\b(?:overdue|late|failed|culprit)\b|!", mail.subject) == []


def test_every_kind_belongs_to_a_topic():
    stages = {"action_reminder": ["action_reminder:before", "action_reminder:day",
                                  "action_reminder:after"]}  # fmt: skip
    kinds = [name for kind in KINDS for name in stages.get(kind, [kind])]
    listed = [kind for topic in topics.BY_NAME.values() for kind in topic.kinds]

    assert len(listed) == len(set(listed))
    assert sorted(set(kinds) - set(listed)) == [], "people/topics.py names no topic for these"


def test_what_the_reader_may_no_longer_see_is_not_told():
    owner = make_user()
    incident = make_incident(visibility="restricted", participants=(owner,))
    action = make_action(owner=owner)
    action.incidents.add(incident)
    delivery = told("action_assigned", action, owner)
    assert mails.compose(delivery) is not None

    Involvement.objects.filter(user=owner).delete()

    assert mails.compose(delivery) is None


def test_people_who_left_get_no_mail():
    owner = make_user()
    delivery = told("action_assigned", make_action(owner=owner), owner)
    owner.is_active = False
    owner.save()
    delivery = Delivery.objects.get(pk=delivery.pk)

    assert mails.compose(delivery) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"state": Action.State.VERIFIED},
        {"due_on": timezone.localdate() + timedelta(days=40)},
        {"state": Action.State.PARKED},
    ],
)
def test_a_reminder_that_no_longer_matters_says_nothing(changes):
    owner = make_user()
    action = make_action(owner=owner, due_on=timezone.localdate())
    delivery = told("action_reminder", action, owner, due_on=action.due_on.isoformat())
    assert mails.compose(delivery) is not None

    Action.objects.filter(pk=action.pk).update(**changes)

    assert mails.compose(delivery) is None


@pytest.mark.parametrize(
    ("days", "start"),
    [(7, "Due on "), (0, "Due today: "), (-9, "Was due ")],
)
def test_a_reminder_says_how_the_date_stands(days, start):
    owner = make_user()
    action = make_action(owner=owner, due_on=timezone.localdate() + timedelta(days=days))

    mail = mails.compose(told("action_reminder", action, owner, due_on=action.due_on.isoformat()))

    assert mail.subject.startswith(start)
    assert mail.subject.endswith("Alert when a nightly dump is missing")
    words = re.sub(r"https?://\S+", "", mail.body)
    assert re.findall(r"\b(?:overdue|late|failed)\b|!", words) == []


def test_a_title_cannot_write_mail_headers():
    owner = make_user()
    title = "Rename\r\nBcc: all@example.org\x01 =?utf-8?q?=41?="
    delivery = told("action_assigned", make_action(owner=owner, title=title), owner)

    message = mails.compose(delivery).message()

    assert message["Bcc"] is None
    assert message["Subject"].endswith("Rename Bcc: all@example.org = ?utf-8?q?=41?=")


def test_every_attempt_carries_the_same_message_id():
    owner = make_user()
    delivery = told("action_assigned", make_action(owner=owner), owner)

    first, second = mails.compose(delivery), mails.compose(Delivery.objects.get(pk=delivery.pk))

    assert first.extra_headers["Message-ID"] == f"<{delivery.message_key}@127.0.0.1>"
    assert second.extra_headers["Message-ID"] == first.extra_headers["Message-ID"]
    assert isinstance(first, EmailMessage)


def test_an_answer_goes_to_the_person_behind_it():
    owner, manager = make_user(), make_user(email="manager@example.org")
    delivery = told("action_assigned", make_action(owner=owner), owner, **{"from": manager.pk})

    assert mails.compose(delivery).reply_to == ["manager@example.org"]


def test_the_weekly_list_leaves_out_what_its_reader_may_not_see():
    manager = make_user()
    team = make_team(manager=manager)
    shown = make_action(team=team, title="Shown to the team")
    hidden = make_action(team=team, title="Hidden from the team")
    hidden.incidents.add(make_incident(visibility="restricted"))
    delivery = told("team_actions", team, manager, also={"actions.action": [shown.pk, hidden.pk]})

    body = mails.compose(delivery).body

    assert "Shown to the team" in body
    assert hidden.reference not in body

    Action.objects.filter(pk=shown.pk).update(state=Action.State.VERIFIED)
    assert mails.compose(delivery) is None
