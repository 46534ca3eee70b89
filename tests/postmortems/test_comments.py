"""Comments in place: who may speak, whom they call, and that they are never published."""

import pytest
from django.core import mail
from django.test import Client

from common.history import EditConflict
from common.models import Draft, Revision
from people import deliveries
from people.models import Notification
from postmortems import comments, permissions, snapshot, workflow
from postmortems.models import Comment, Publication, Review
from tests.make import make_finding, make_user
from tests.postmortems.places import at, everyone

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    people = everyone()
    people.review.participants.filter(user=people.colleague).update(role_words="Support lead")
    return people


def browser(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def say(user, review, place="section-summary", text="Which copy?"):
    return browser(user).post(at("add_comment", review, place), {"text": text})


def page(user, review, query=""):
    return browser(user).get(at("detail", review) + query).content.decode()


def publish(review) -> None:
    Review.objects.filter(pk=review.pk).update(state="published", published_at=review.requested_at)
    Publication.objects.create(review=review, revision=1, title="The outage", snapshot={})


@pytest.mark.parametrize("place", ["card", "part-why", "section-impact"])
def test_a_comment_stands_at_its_place_by_role_and_never_by_name(people, place):
    if place == "card":
        place = f"card-{make_finding(people.review).pk}"

    answer = say(people.colleague, people.review, place, "Which copy? https://example.org/a")

    assert answer.url.endswith(f"?talk={place}#talk-{place}")
    html = page(people.participant, people.review, f"?talk={place}")
    assert "Which copy?" in html and "<b>The support lead</b>" in html
    assert 'href="https://example.org/a"' in html and 'rel="nofollow"' in html
    assert people.colleague.name not in html
    assert f'id="talk-{place}" open' in html
    assert "<b>You</b>" in page(people.colleague, people.review)


def test_markup_in_a_comment_is_shown_as_it_was_typed(people):
    say(people.colleague, people.review, text="<script>alert(1)</script> **not bold**")

    html = page(people.participant, people.review)

    assert "&lt;script&gt;alert(1)&lt;/script&gt; **not bold**" in html
    assert "<script>alert" not in html


@pytest.mark.parametrize("text", ["", "   ", "x" * 2001, "a\0b"])
def test_what_cannot_be_kept_comes_back_as_it_was_typed(people, text):
    answer = say(people.colleague, people.review, text=text)

    assert answer.status_code == 422
    assert not Comment.objects.exists()


def test_the_premises_come_before_the_first_comment(people):
    people.review.participants.filter(user=people.colleague).update(
        premises_version=None, premises_accepted_at=None
    )

    assert say(people.colleague, people.review).status_code == 403
    assert not Comment.objects.exists()


@pytest.mark.parametrize("place", ["card-99", "part-other", "perspective", "note"])
def test_where_nothing_is_there_nothing_is_said(people, place):
    answer = say(people.colleague, people.review, place)

    assert answer.status_code == (409 if place == "card-99" else 404)
    assert not Comment.objects.exists()


def test_strangers_read_none_of_it(people):
    say(people.colleague, people.review)
    comment = Comment.objects.get()

    for user in (people.stranger, people.admin):
        assert say(user, people.review).status_code == 403
        assert (
            browser(user).get(at("comments", people.review, "section-summary")).status_code == 403
        )
        for name in ("edit_comment", "remove_comment", "reopen_comment"):
            assert browser(user).post(at(name, people.review, comment.pk)).status_code == 403


# Calling people ---------------------------------------------------------------------------------
def told(user):
    return list(
        Notification.objects.filter(kind="review_comment", recipient=user).values_list(
            "data__called", flat=True
        )
    )


def test_a_name_calls_whoever_can_read_it_once(people):
    say(people.colleague, people.review, text="@Fay Guide and @pia near, which copy?")

    assert (told(people.facilitator), told(people.participant)) == ([True], [True])
    assert told(people.colleague) == told(people.manager) == []
    note = Notification.objects.get(recipient=people.facilitator, kind="review_comment")
    assert "which copy" not in str(note.data)
    assert "?talk=section-summary#talk-section-summary" in note.data["path"]


def test_whoever_may_not_read_it_is_never_called_and_nothing_tells(people):
    known = say(people.colleague, people.review, text=f"@{people.stranger.name}?")
    unknown = say(people.colleague, people.review, text="@Nobody Here?")

    assert told(people.stranger) == []
    assert known.status_code == unknown.status_code == 302
    assert people.stranger.name not in [
        user.name for user in permissions.draft_readers(people.review)
    ]


def test_the_list_of_whom_to_call_is_those_who_can_read(people):
    everybody = [
        people.facilitator, people.participant, people.colleague, people.manager, people.admin,
        people.stranger,
    ]  # fmt: skip

    offered = set(permissions.draft_readers(people.review))

    assert offered == {
        user for user in everybody if permissions.can_read_draft(user, people.review)
    }
    html = browser(people.facilitator).get(at("readers", people.review)).content.decode()
    assert people.participant.name in html and people.stranger.name not in html
    assert browser(people.stranger).get(at("readers", people.review)).status_code == 403


def test_a_beginning_of_a_name_calls_nobody(people):
    say(people.colleague, people.review, text="@Pia Nearby is another, so is pia@Pia")

    assert told(people.participant) == []


def test_who_spoke_there_is_told_of_an_answer(people):
    say(people.participant, people.review, text="Which copy?")
    say(people.colleague, people.review, text="The second one.")

    assert told(people.participant) == [False]
    assert told(people.colleague) == []


def test_the_mail_says_no_word_of_it(people):
    say(people.colleague, people.review, text="@Fay Guide the secret word is marmalade")

    deliveries.deliver_waiting()
    [sent] = [each for each in mail.outbox if people.facilitator.email in each.to]
    assert "marmalade" not in str(sent.message())
    assert f"You are mentioned in the review of {people.review.reference}" in sent.subject
    assert "talk=section-summary" in sent.body


# One's own words --------------------------------------------------------------------------------
def test_one_changes_ones_own_and_calls_only_whom_it_calls_now(people):
    say(people.colleague, people.review, text="@Fay Guide?")
    comment = Comment.objects.get()

    browser(people.colleague).post(
        at("edit_comment", people.review, comment.pk),
        {"text": "@Fay Guide and @Pia Near?", "seen": comment.version},
    )

    comment.refresh_from_db()
    assert comment.text == "@Fay Guide and @Pia Near?"
    assert len(told(people.facilitator)) == len(told(people.participant)) == 1
    assert Revision.objects.about(comment).count() == 2


def test_two_windows_lose_neither_text(people):
    say(people.colleague, people.review, text="First")
    comment = Comment.objects.get()
    comments.edit(comment, author=people.colleague, seen=1, text="From the other window")

    answer = browser(people.colleague).post(
        at("edit_comment", people.review, comment.pk), {"text": "From this one", "seen": 1}
    )

    html = answer.content.decode()
    assert answer.status_code == 409
    assert "From this one" in html and "window" in html
    with pytest.raises(EditConflict):
        comments.edit(comment, author=people.colleague, seen=1, text="Again")


def test_nobody_changes_what_others_said(people):
    say(people.colleague, people.review)
    comment = Comment.objects.get()
    address = at("edit_comment", people.review, comment.pk)

    for user in (people.facilitator, people.manager, people.participant):
        assert browser(user).get(address).status_code == 403
        assert browser(user).post(address, {"text": "Mine", "seen": 1}).status_code == 403
    comment.refresh_from_db()
    assert comment.text == "Which copy?"


def test_the_facilitator_removes_what_others_said_and_nobody_else(people):
    say(people.colleague, people.review)
    comment = Comment.objects.get()
    address = at("remove_comment", people.review, comment.pk)

    for user in (people.manager, people.participant, people.stranger):
        assert browser(user).post(address).status_code == 403
    browser(people.facilitator).post(address)

    assert not Comment.objects.exists()
    assert not Revision.objects.filter(text="Which copy?").exists()


# Settled ----------------------------------------------------------------------------------------
def test_what_is_settled_is_folded_away_and_taken_up_again(people):
    say(people.colleague, people.review, text="First")
    first = Comment.objects.get()
    say(people.participant, people.review, text="Not seen yet")

    browser(people.participant).post(
        at("settle_comments", people.review, "section-summary"), {"upto": first.pk}
    )

    assert list(Comment.objects.open().values_list("text", flat=True)) == ["Not seen yet"]
    html = page(people.participant, people.review)
    assert "1 settled" in html and "1 comment<" in html
    browser(people.colleague).post(at("reopen_comment", people.review, first.pk))
    assert Comment.objects.open().count() == 2


# What was published -----------------------------------------------------------------------------
def test_readers_comment_on_what_was_published_and_see_nothing_of_the_draft(people):
    say(people.colleague, people.review, text="About the working text")
    publish(people.review)

    answer = say(people.stranger, people.review, "published", "We had that, too.")

    assert answer.url == f"{people.review.get_absolute_url()}published/#comments"
    html = browser(people.admin).get(at("comments", people.review, "published")).content.decode()
    assert "We had that, too." in html and "A colleague" in html
    assert "About the working text" not in html
    say(people.colleague, people.review, "published", "So did we.")
    html = browser(people.admin).get(at("comments", people.review, "published")).content.decode()
    assert "Somebody who took part" in html and "support lead" not in html
    assert say(people.colleague, people.review, "section-summary", "More").status_code == 409


def test_nobody_comments_on_what_is_not_published(people):
    assert say(people.participant, people.review, "published").status_code == 404


def test_a_restricted_review_hides_its_comments():
    people = everyone(restricted=True)
    publish(people.review)

    assert say(people.stranger, people.review, "published").status_code == 404
    assert say(people.participant, people.review, "published").status_code == 302


def test_no_snapshot_holds_a_comment(people):
    say(people.colleague, people.review, text="marmalade")

    assert "marmalade" not in str(snapshot.build(people.review))


# Long ones --------------------------------------------------------------------------------------
def test_a_long_conversation_shows_its_newest_and_pages_back(people):
    for number in range(60):
        Comment.objects.create(
            review=people.review, place="part-why", author=people.colleague, text=f"No {number}!"
        )

    html = page(people.participant, people.review)
    whole = browser(people.participant).get(at("comments", people.review, "part-why"))

    assert "No 59!" in html and "No 40!" in html and "No 39!" not in html
    assert "Read the whole conversation" in html
    assert "No 10!" in whole.content.decode() and "No 9!" not in whole.content.decode()
    earlier = browser(people.participant).get(
        at("comments", people.review, "part-why"), {"before": whole.context["earlier"]}
    )
    assert "No 9!" in earlier.content.decode() and "No 10!" not in earlier.content.decode()


def test_what_is_typed_is_kept_as_a_draft_until_it_is_sent(people):
    name = comments.draft_of(people.review, "part-why")
    Draft.objects.create(owner=people.colleague, form=name, data={"text": "Half a senten"})

    html = page(people.colleague, people.review)
    say(people.colleague, people.review, "part-why", "Half a sentence")

    assert "Half a senten</textarea>" in html
    assert not Draft.objects.exists()
    assert "Half a senten" not in page(people.participant, people.review).replace(
        "Half a sentence", ""
    )


def test_comments_wait_while_the_review_rests(people):
    Review.objects.update(state="archived")

    with pytest.raises(workflow.Refused):
        comments.add(people.review, "part-why", author=make_user(), text="Hello")
