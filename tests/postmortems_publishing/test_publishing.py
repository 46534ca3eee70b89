import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from common.models import Activity
from people import mails
from people.models import Delivery, Notification
from postmortems import premises, publishing, snapshot, wording, workflow
from postmortems.checklist import checklist
from postmortems.deidentification import Replacement
from postmortems.models import EmptyGoal, Goal, Participant, Publication, Review, Verdict
from postmortems.workflow import NotReady, Refused
from tests.make import make_finding, make_incident, make_lesson, make_user
from tests.postmortems_publishing.story import (
    approved_story,
    proposed,
    publish_as_proposed,
    published_story,
    tell_story,
)

pytestmark = pytest.mark.django_db


def refused_approval(story, match):
    with pytest.raises(NotReady, match=match):
        publishing.approve(story.review, by=story.reviewer, now=timezone.now())
    story.review.refresh_from_db()
    assert story.review.state == Review.State.IN_REVIEW
    assert not story.review.verdicts.exists()


# Approval ---------------------------------------------------------------------------------------
def test_a_reader_who_wrote_nothing_approves():
    story = tell_story()

    review = publishing.approve(
        story.review, by=story.reviewer, now=timezone.now(), comment="Clear and kind."
    )

    assert review.state == Review.State.APPROVED
    assert review.approved_at is not None
    assert list(review.verdicts.values_list("reviewer", "kind", "comment")) == [
        (story.reviewer.pk, Verdict.Kind.APPROVED, "Clear and kind.")
    ]
    assert Notification.objects.filter(recipient=story.manager, kind="review_approved").count() == 1
    assert checklist(review).blocking == []


def test_phrases_that_get_in_the_way_are_listed_as_advice():
    story = tell_story()
    make_finding(story.review, goal=Goal.RIGHT, text="The crew failed to look.")
    make_finding(story.review, goal=Goal.RIGHT, text="Then the crew FAILED TO ask.")

    row = {check.key: check for check in checklist(story.review).all}["wording"]

    assert not row.is_done
    assert not row.holds_up
    assert [(left.hint.phrase, left.address) for left in row.phrases] == [
        ("failed to", f"/reviews/{story.review.reference}/parts/right/")
    ]

    wording.keep(story.review, phrase="failed to", label="blameful")

    row = {check.key: check for check in checklist(story.review).all}["wording"]
    assert row.is_done
    assert row.phrases == ()


def test_the_row_on_wording_lists_ten_phrases_and_costs_the_same(django_assert_max_num_queries):
    story = tell_story()
    with CaptureQueriesContext(connection) as before:
        checklist(story.review)
    for number in range(12):
        make_finding(story.review, text=f"Shift {number} was careless. @op{number} wiped a disk.")

    with django_assert_max_num_queries(len(before)):
        row = {check.key: check for check in checklist(story.review).all}["wording"]

    assert len(row.phrases) == 10
    assert row.sentence.startswith("More than 10 phrases")


def test_two_clicks_approve_once():
    story = tell_story()
    for _ in range(2):
        publishing.approve(story.review, by=story.reviewer, now=timezone.now())
    assert story.review.verdicts.count() == 1


def test_an_author_is_no_second_pair_of_eyes():
    story = tell_story()
    make_finding(story.review, author=story.reviewer)
    refused_approval(story, "You have written in this review")


def test_each_goal_is_looked_at_first():
    story = tell_story()
    story.review.findings.filter(goal=Goal.DIFFERENTLY).delete()
    refused_approval(story, "1 of the four parts says nothing yet")


def test_an_explained_empty_goal_is_looked_at():
    story = tell_story()
    story.review.findings.filter(goal=Goal.DIFFERENTLY).delete()
    EmptyGoal.objects.create(
        review=story.review, goal=Goal.DIFFERENTLY, explanation="Nothing: it was all handled."
    )
    publishing.approve(story.review, by=story.reviewer, now=timezone.now())
    story.review.refresh_from_db()
    assert story.review.state == Review.State.APPROVED


def test_every_problem_needs_what_is_safer():
    story = tell_story()
    story.review.findings.filter(goal=Goal.WRONG).update(safer=" ")
    refused_approval(story, "Every problem has a safer alternative")


@pytest.mark.parametrize("kind", ["detect", "limit", "recover", "learn"])
def test_other_kinds_of_action_do_not_prevent(kind):
    story = tell_story()
    story.review.actions.update(kind=kind)
    refused_approval(story, "No preventive action yet")


@pytest.mark.parametrize("state", ["parked", "declined"])
def test_an_action_nobody_promised_does_not_count(state):
    story = tell_story()
    story.review.actions.update(state=state)
    refused_approval(story, "No preventive action yet")


def test_a_reasoned_none_stands_for_a_preventive_action():
    story = tell_story()
    story.review.actions.update(kind="learn")
    publishing.explain_no_prevention(
        story.review, by=story.facilitator, reason="A meteorite: nothing prevents it.", mark=""
    )
    story.review = publishing.approve(story.review, by=story.reviewer, now=timezone.now())
    publication = publish_as_proposed(story)
    assert publication.snapshot["no_preventive_action_reason"] == (
        "A meteorite: nothing prevents it."
    )


@pytest.mark.parametrize(
    "place", ["published/", "published/?as=markdown", "published/?as=json", "report/"]
)
def test_the_reason_for_none_is_read_wherever_the_review_is(client, place):
    story = tell_story()
    story.review.actions.update(kind="learn")
    publishing.explain_no_prevention(
        story.review, by=story.facilitator, reason="Meteorites fall", mark=""
    )
    story.review = publishing.approve(story.review, by=story.reviewer, now=timezone.now())
    publish_as_proposed(story)
    client.force_login(make_user())

    page = client.get(f"{story.review.get_absolute_url()}{place}")

    assert "Meteorites fall" in page.content.decode()


def test_a_reason_for_none_is_not_published_beside_an_action_that_prevents():
    story = tell_story()
    publishing.explain_no_prevention(
        story.review, by=story.facilitator, reason="A meteorite", mark=""
    )
    story.review = publishing.approve(story.review, by=story.reviewer, now=timezone.now())
    publication = publish_as_proposed(story)
    assert publication.snapshot["no_preventive_action_reason"] == ""
    assert any(action["is_preventive"] for action in publication.snapshot["actions"])


@pytest.mark.parametrize(
    ("reply", "match"),
    [
        (Participant.Reply.NONE, "has not answered yet"),
        (Participant.Reply.OBJECTED, "One person wants something changed first"),
    ],
)
def test_those_who_took_part_have_their_say(reply, match):
    story = tell_story()
    story.review.participants.update(reply=reply)
    refused_approval(story, match)

    publishing.note_replies(
        story.review, by=story.facilitator, note="Heard in a call on Monday.", mark=""
    )
    publishing.approve(story.review, by=story.reviewer, now=timezone.now())


def test_an_answer_about_an_earlier_text_is_told_from_none_at_all():
    story, _ = published_story()
    story.review.participants.update(replied_at=timezone.now())
    review = publishing.begin_revision(story.review, by=story.facilitator)
    [row] = [check for check in checklist(review).all if check.key == "replies"]
    assert row.title == "One person is asked again"
    assert "The text has changed since that answer." in row.sentence


def test_whoever_only_guides_is_not_asked_for_an_answer():
    story = tell_story()
    Participant.objects.create(
        review=story.review,
        user=story.facilitator,
        is_guide=True,
        premises_version=premises.VERSION,
        premises_accepted_at=timezone.now(),
    )
    publishing.approve(story.review, by=story.reviewer, now=timezone.now())


def test_a_lesson_that_names_somebody_holds_it_up():
    story = tell_story()
    story.review.lessons.update(insight="Ask Anna Keller before you restore.")
    refused_approval(story, "“Anna Keller” in L-")


def test_a_lesson_from_a_restricted_incident_does_not_name_it():
    story = tell_story(visibility="restricted")
    story.review.lessons.update(insight=f"As {story.review.reference} showed.")
    refused_approval(story, story.review.reference)


def test_good_advice_holds_nothing_up():
    story = tell_story()
    story.review.factors.all().delete()
    story.review.lessons.all().delete()
    checks = {check.key: check for check in checklist(story.review).all}
    assert not checks["factors"].is_done
    assert not checks["lesson"].is_done
    publishing.approve(story.review, by=story.reviewer, now=timezone.now())


# Publishing -------------------------------------------------------------------------------------
def test_publishing_freezes_what_was_signed():
    story, publication = published_story()

    assert story.review.state == Review.State.PUBLISHED
    assert story.review.published_at == publication.published_at
    assert (publication.revision, publication.signed_by) == (1, story.manager)
    assert publication.title == "A backup counts only after a restore has been rehearsed"
    plain = json.dumps(publication.snapshot)
    assert "Anna" not in plain
    assert "Keller" not in plain
    assert "the database engineer" in plain
    assert {one["found"] for one in publication.replacements} == {"Anna", "Anna Keller"}


def test_the_working_text_stays_as_it_was_written():
    story, _ = published_story()
    assert "Anna's" in story.review.sections.get().text
    assert story.review.incident.events.filter(text__contains="Anna Keller").count() == 3


def test_html_is_made_from_the_clean_text():
    _, publication = published_story()
    html = {one["kind"]: one["html"] for one in publication.snapshot["sections"]}["what_happened"]
    assert "<strong>the database engineer's</strong> terminal" in html


def test_lesson_drafts_are_published_with_it():
    story, publication = published_story()
    [lesson] = story.review.lessons.all()
    assert lesson.is_published
    assert lesson.published_at == publication.published_at


def test_a_second_click_gets_the_first_publication():
    story = approved_story()
    decisions = proposed(story.review)
    signed = publishing.edition(story.review, decisions).digest
    first, second = (
        publishing.publish(
            story.review, by=story.manager, decisions=decisions, signed=signed, now=timezone.now()
        )
        for _ in range(2)
    )
    assert first.pk == second.pk
    assert Publication.objects.count() == 1
    assert Activity.objects.about(story.review).filter(verb="published").count() == 1


def test_those_who_took_part_and_the_team_are_told_once():
    story, _ = published_story()
    told = Notification.objects.filter(kind="review_published").values_list("recipient", flat=True)
    assert sorted(told) == sorted([story.engineer.pk, story.manager.pk])


def test_a_text_that_changed_after_it_was_signed_is_not_published():
    story = approved_story()
    decisions = proposed(story.review)
    signed = publishing.edition(story.review, decisions).digest
    story.review.incident.events.filter(text__contains="Moment 0").update(text="Ludwig slept.")

    with pytest.raises(publishing.TextChanged) as changed:
        publishing.publish(
            story.review, by=story.manager, decisions=decisions, signed=signed, now=timezone.now()
        )

    assert [trace.found for trace in changed.value.edition.undecided] == ["Ludwig"]
    story.review.refresh_from_db()
    assert story.review.state == Review.State.APPROVED
    assert not Publication.objects.exists()
    assert story.review.lessons.get().state == "draft"


def test_other_words_than_the_signed_ones_are_not_published():
    story = approved_story()
    decisions = proposed(story.review)
    signed = publishing.edition(story.review, decisions).digest
    other = [Replacement(one.found, one.kind, "the hero") for one in decisions]
    with pytest.raises(publishing.TextChanged):
        publishing.publish(
            story.review, by=story.manager, decisions=other, signed=signed, now=timezone.now()
        )


def test_an_undecided_trace_is_not_published():
    story = approved_story()
    signed = publishing.edition(story.review, []).digest
    with pytest.raises(publishing.TextChanged):
        publishing.publish(
            story.review, by=story.manager, decisions=[], signed=signed, now=timezone.now()
        )


@pytest.mark.parametrize("state", ["drafting", "in_review"])
def test_only_an_approved_review_is_published(state):
    story = tell_story(state=state)
    decisions = proposed(story.review)
    with pytest.raises(Refused, match="Not published"):
        publishing.publish(
            story.review,
            by=story.manager,
            decisions=decisions,
            signed=publishing.edition(story.review, decisions).digest,
            now=timezone.now(),
        )


def test_a_guard_that_opened_again_after_approval_holds_publication_up():
    story = approved_story()
    story.review.actions.all().delete()
    decisions = proposed(story.review)
    with pytest.raises(NotReady, match="No preventive action yet"):
        publishing.publish(
            story.review,
            by=story.manager,
            decisions=decisions,
            signed=publishing.edition(story.review, decisions).digest,
            now=timezone.now(),
        )


def test_the_database_refuses_to_change_a_publication():
    _, publication = published_story()
    with pytest.raises(DatabaseError, match="never change"), transaction.atomic():
        Publication.objects.filter(pk=publication.pk).update(title="Another story")
    with pytest.raises(DatabaseError, match="never change"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("UPDATE postmortems_publication SET revision = 7")
    publication.refresh_from_db()
    assert publication.revision == 1


# The snapshot -----------------------------------------------------------------------------------
def test_an_action_that_also_answers_a_hidden_incident_is_left_out():
    story = tell_story()
    hidden = make_incident(visibility="restricted", title="Secret")
    story.review.actions.get().incidents.add(hidden)
    assert snapshot.build(story.review)["actions"] == []


def test_a_snapshot_holds_no_owner():
    story = tell_story()
    owner = make_user(name="Olga Ownerson")
    story.review.actions.update(owner=owner)
    assert "Ownerson" not in json.dumps(snapshot.build(story.review))


def test_the_same_text_has_the_same_digest():
    story = tell_story()
    first = snapshot.digest(snapshot.build(story.review))
    assert snapshot.digest(snapshot.build(story.review)) == first
    make_lesson(source_review=story.review)
    assert snapshot.digest(snapshot.build(story.review)) != first


def test_what_is_published_does_not_depend_on_who_publishes():
    story = tell_story()
    with translation.override("en"):
        told = snapshot.build(story.review)
    with translation.override("sv"):
        assert snapshot.build(story.review) == told


# The next revision ------------------------------------------------------------------------------
def test_a_new_revision_leaves_the_old_one_readable():
    story, first = published_story()

    review = publishing.begin_revision(story.review, by=story.facilitator)

    assert review.state == Review.State.DRAFTING
    assert review.participants.get().reply == Participant.Reply.NONE
    assert review.publications.get() == first
    asked = Notification.objects.filter(recipient=story.engineer, kind="review_reply")
    assert asked.count() == 1


def test_the_next_publication_is_another_revision():
    story, _ = published_story()
    publishing.begin_revision(story.review, by=story.facilitator)
    make_finding(story.review, goal=Goal.RIGHT, text="And the handover was calm.")
    story.review.participants.update(reply=Participant.Reply.CONFIRMED)
    Review.objects.filter(pk=story.review.pk).update(state="in_review")
    story.review = publishing.approve(story.review, by=story.reviewer, now=timezone.now())

    second = publish_as_proposed(story)

    assert second.revision == 2
    told = Notification.objects.filter(recipient=story.engineer, kind="review_published")
    assert told.count() == 2


def test_only_a_published_review_gets_a_new_revision():
    story = tell_story()
    with pytest.raises(Refused, match="No new revision was begun"):
        publishing.begin_revision(story.review, by=story.facilitator)


# With what others built -------------------------------------------------------------------------
def test_an_approval_can_be_taken_back_with_a_comment():
    story = approved_story()
    review = workflow.ask_for_changes(story.review, by=story.reviewer, comment="The third card.")
    assert (review.state, review.approved_at) == (Review.State.DRAFTING, None)
    assert "Approved by a second pair of eyes" in {
        check.title for check in checklist(review).blocking
    }


def test_the_answer_to_an_objection_counts_as_having_heard_it():
    story = tell_story(state="drafting")
    story.review.participants.update(reply=Participant.Reply.OBJECTED)
    workflow.send_to_reviewer(
        story.review, story.facilitator, answer_to_objections="Talked it over; the card stays."
    )
    publishing.approve(story.review, by=story.reviewer, now=timezone.now())
    story.review.refresh_from_db()
    assert story.review.state == Review.State.APPROVED


def test_the_manager_reads_in_a_mail_that_it_is_ready():
    approved_story()
    delivery = Delivery.objects.get(notification__kind="review_approved")
    mail = mails.compose(delivery)
    assert mail.subject == "Ready to publish: The database of the primary was removed"
    assert "/publish/" in mail.body


@pytest.mark.django_db(transaction=True)
def test_clicks_at_the_same_moment_publish_once():
    story = approved_story()
    decisions = proposed(story.review)
    signed = publishing.edition(story.review, decisions).digest
    together = threading.Barrier(4)

    def click(_: int) -> int:
        together.wait()
        try:
            return publishing.publish(
                story.review,
                by=story.manager,
                decisions=decisions,
                signed=signed,
                now=timezone.now(),
            ).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as clicks:
        published = set(clicks.map(click, range(4)))

    assert published == {Publication.objects.get().pk}
    told = Notification.objects.filter(kind="review_published").values_list("recipient", flat=True)
    assert sorted(told) == sorted([story.engineer.pk, story.manager.pk])
