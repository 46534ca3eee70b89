"""A while after publication, a review forgets who wrote what and keeps the proof."""

import io
from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.db.migrations.exceptions import IrreversibleError
from django.utils import timezone

from common.history import keep_texts, record
from common.models import Activity, Draft, Revision
from people.models import Notification, User
from people.notifications import notify
from postmortems import public_editions, publishing, sealing, taking_part
from postmortems.authors import have_written
from postmortems.invitation import uid
from postmortems.models import (
    Comment,
    FindingEcho,
    Participant,
    Perspective,
    Protection,
    PublicEdition,
    Review,
    Seal,
)
from tests.postmortems_publishing.story import published_story

pytestmark = pytest.mark.django_db

LATER = timedelta(days=91)


def told_story():
    """Published, with everything by which somebody can have written in it."""
    story, _ = published_story()
    review, engineer = story.review, story.engineer
    card = review.findings.first()
    review.perspectives.all().delete()
    shared = Perspective.objects.create(
        review=review, author=engineer, noticed="Silence", audience="review", version=1,
        is_signed_with_role=True,
    )  # fmt: skip
    keep_texts(shared, author=engineer, fields=("noticed",))
    Participant.objects.filter(review=review, user=engineer).update(
        role_words="Database engineer", reply="confirmed"
    )
    FindingEcho.objects.create(finding=card, user=engineer)
    Comment.objects.create(review=review, place="published", author=engineer, text="Thank you")
    record(engineer, "edited a card", card)
    taking_part.send_private_word(review, by=engineer, text="I would rather talk")
    return story


def ties() -> set[str]:
    """What still ties a row to the person who wrote it."""
    found = {
        model._meta.label: model._base_manager.exclude(**{name: None}).count()
        for model, name, _ in sealing.WRITTEN
    }
    found["Revision"] = Revision.objects.exclude(author=None).count()
    found["Activity"] = Activity.objects.exclude(actor=None).count()
    return {name for name, count in found.items() if count}


def test_it_forgets_who_wrote_what_and_keeps_the_words():
    story = told_story()
    words = set(story.review.findings.values_list("text", flat=True))
    before = ties()

    [seal] = sealing.seal_due(now=timezone.now() + LATER)

    assert {"postmortems.Perspective", "postmortems.FindingEcho", "postmortems.Comment",
            "Activity", "Revision"} <= before  # fmt: skip
    assert ties() <= {"Activity"}
    assert not sealing.foreseen(story.review)
    assert set(story.review.findings.values_list("text", flat=True)) == words
    assert seal.unlinked["comments"] == 1


def test_the_trail_keeps_its_lines_without_names():
    story = told_story()
    lines = sorted(Activity.objects.values_list("pk", "verb", "at"))

    sealing.seal_due(now=timezone.now() + LATER)

    assert sorted(Activity.objects.values_list("pk", "verb", "at")) == lines
    assert not Activity.objects.about(story.review).exclude(actor=None).exists()


def test_numbers_and_role_words_stay():
    story = told_story()

    sealing.seal_due(now=timezone.now() + LATER)

    seal = Seal.objects.get()
    review = story.review
    assert seal.took_part == review.participants.taking_part().count()
    assert seal.accepted == {"1": review.participants.exclude(premises_version=None).count()}
    assert seal.replies["confirmed"] >= 1
    assert FindingEcho.objects.count() == 1
    assert Perspective.objects.get().signed_as == "Database engineer"
    assert len(seal.digest) == 64


def test_what_restricted_access_depends_on_stays():
    story = told_story()
    named = set(story.review.incident.involvements.values_list("user", "capacity"))

    sealing.seal_due(now=timezone.now() + LATER)

    review = Review.objects.get(pk=story.review.pk)
    assert set(review.incident.involvements.values_list("user", "capacity")) == named
    assert review.facilitator == story.facilitator
    assert review.reviewer == story.reviewer
    assert review.publications.get().signed_by == story.manager
    assert review.participants.filter(user=story.engineer).exists()


def test_what_was_told_under_the_bell_goes_with_it():
    story = told_story()
    told = Notification.objects.filter(kind="private_word").count()

    sealing.seal_due(now=timezone.now() + LATER)

    assert told == 1
    assert not Notification.objects.about(story.review).exists()


def test_what_somebody_kept_to_themselves_is_removed():
    told_story()
    Perspective.objects.update(audience="author")

    sealing.seal_due(now=timezone.now() + LATER)

    assert not Perspective.objects.exists()
    assert not Revision.objects.filter(text="Silence").exists()


@pytest.mark.parametrize(
    ("days", "after", "is_sealed"),
    [(90, 89, False), (90, 91, True), (0, 0.01, True), (None, 9_999, False)],
)
def test_administrators_say_when(days, after, is_sealed):
    told_story()
    Protection.objects.create(pk=1, seal_after_days=days)

    sealing.seal_due(now=timezone.now() + timedelta(days=after))

    assert Seal.objects.exists() is is_sealed


def test_it_happens_once_for_each_revision():
    told_story()
    now = timezone.now() + LATER

    assert [len(sealing.seal_due(now=now)) for _ in range(2)] == [1, 0]


def test_a_new_revision_of_a_sealed_review_works_and_waits_to_be_sealed():
    story = told_story()
    now = timezone.now() + LATER
    sealing.seal_due(now=now)

    review = publishing.begin_revision(story.review, by=story.facilitator)
    waiting = sealing.seal_due(now=now)
    review = taking_part.accept_premises(review, story.engineer).review
    taking_part.reply(review, story.engineer, answer=Participant.Reply.CONFIRMED)
    Review.objects.filter(pk=review.pk).update(state="published")
    review.publications.create(revision=2, title="Again", snapshot={})

    [second] = sealing.seal_due(now=now)

    assert waiting == []
    assert second.revision == 2
    assert not sealing.foreseen(review)


def test_removed_cards_forget_their_authors_by_their_age():
    story = told_story()
    card = story.review.findings.first()
    keep_texts(card, author=story.engineer, fields=("safer",))
    key = card.pk
    card.delete()

    sealing.seal_due(now=timezone.now() + LATER)

    assert set(Revision.objects.filter(object_id=key, field="safer").values_list("author")) == {
        (None,)
    }


def test_the_digest_is_keyed_so_that_nobody_tries_names(settings):
    story = told_story()
    one = sealing._digest(story.review)
    settings.NOTES_PEPPER = "another one, 0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFG"

    assert sealing._digest(story.review) != one


def test_the_command_says_what_it_would_do_and_does_it():
    story = told_story()
    Review.objects.update(published_at=timezone.now() - LATER)
    before = ties()

    foreseen, done = io.StringIO(), io.StringIO()
    call_command("seal", "--dry-run", stdout=foreseen)
    untouched = ties() == before
    call_command("seal", stdout=done)

    assert untouched
    assert story.review.reference in foreseen.getvalue()
    assert "1 comments" in foreseen.getvalue()
    assert "1 reviews would be sealed" in foreseen.getvalue()
    assert "1 reviews sealed" in done.getvalue()


def test_readers_are_told_from_when_and_since_when(client):
    story = told_story()
    client.force_login(story.engineer)
    address = f"/reviews/{story.review.reference}/published/"

    before = client.get(address).content.decode()
    sealing.seal_due(now=timezone.now() + LATER)
    after = client.get(address).content.decode()

    coming = (story.review.published_at + timedelta(days=90)).strftime("%B %Y")
    assert f"{coming} on, nothing behind this tells" in before
    assert "nothing behind it, tells any more" in after


def test_a_sealed_review_can_still_be_opened_by_those_who_took_part(client):
    story = told_story()
    Review.objects.update(perspectives_opened_at=timezone.now())
    sealing.seal_due(now=timezone.now() + LATER)

    for person in (story.engineer, story.facilitator, story.manager):
        client.force_login(person)
        page = client.get(f"/reviews/{story.review.reference}/")
        assert page.status_code == 200
        assert "Silence" in page.content.decode()


# The database, and what a new table has to say ---------------------------------------------------
def test_the_database_lets_a_name_go_from_the_trail_once_and_nothing_else():
    story = told_story()
    line = Activity.objects.exclude(actor=None).first()
    rows = Activity.objects.filter(pk=line.pk)
    for change in ({"actor": story.reviewer}, {"actor": None, "verb": "never"}, {"detail": "x"}):
        with pytest.raises(DatabaseError, match="never change"), transaction.atomic():
            rows.update(**change)

    assert rows.update(actor=None) == 1

    for change in ({"actor": None}, {"actor": story.reviewer}):
        with pytest.raises(DatabaseError, match="never change"), transaction.atomic():
            rows.update(**change)
    with pytest.raises(DatabaseError, match="never change"), transaction.atomic():
        rows.delete()


def test_every_column_that_names_somebody_in_a_review_is_sealed_or_signed_up_for():
    from django.apps import apps

    naming = {
        f"{model.__name__}.{field.name}"
        for model in apps.get_app_config("postmortems").get_models()
        for field in model._meta.get_fields()
        if field.is_relation and field.related_model is User and field.concrete
    }
    sealed = {f"{model.__name__}.{name}" for model, name, _ in sealing.WRITTEN}

    assert naming == sealed | set(sealing.SIGNED_UP)
    assert not sealed & set(sealing.SIGNED_UP)


def test_whoever_took_part_is_no_second_pair_of_eyes_afterwards():
    """Who of them wrote is not known any more."""
    story = told_story()
    sealing.seal(story.review, now=timezone.now() + LATER)

    assert have_written(story.engineer, story.review)
    assert not have_written(story.stranger, story.review)


def test_who_wrote_a_public_edition_stays_known():
    story = told_story()
    edition = PublicEdition.objects.create(
        review=story.review, **dict.fromkeys(PublicEdition.TEXTS, "A disk filled up")
    )
    keep_texts(edition, author=story.manager, fields=PublicEdition.TEXTS)

    sealing.seal(story.review, now=timezone.now() + LATER)

    assert public_editions.have_written(story.manager, edition)


def test_drafts_of_every_kind_go_with_the_seal():
    story = told_story()
    here = story.review.reference
    for form in (f"card-{here}-1", f"comment-{here}-part-why", f"combined-{here}-card-1"):
        Draft.objects.create(owner=story.engineer, form=form, data={"text": "mine"})

    sealing.seal(story.review, now=timezone.now() + LATER)

    assert not Draft.objects.exists()


def test_a_review_that_cannot_be_sealed_holds_up_no_other(monkeypatch):
    first, second = told_story(), published_story(team_name="Other", domain="o.example.org")[0]

    def seal_but_the_first(review, *, now):
        if review.pk == first.review.pk:
            raise RuntimeError("out of order")
        return Seal(review=review)

    monkeypatch.setattr(sealing, "seal", seal_but_the_first)

    sealed = sealing.seal_due(now=timezone.now() + LATER)

    assert [one.review.pk for one in sealed] == [second.review.pk]


# There is no way back ----------------------------------------------------------------------------
def test_going_back_beyond_the_sealing_is_refused_in_words():
    refuse = import_module("postmortems.migrations.0025_refuse_to_unseal").refuse
    story = told_story()
    refuse(apps, None)
    sealing.seal(story.review, now=timezone.now() + LATER)

    with pytest.raises(IrreversibleError, match=r"1 revision\(s\) .* a backup"):
        refuse(apps, None)


def test_who_was_not_invited_after_all_is_forgotten_with_the_rest():
    story = told_story()
    data = {"uid": uid(story.review), "sequence": 0}
    notify(story.stranger, kind="meeting_gone", about=story.stranger, occasion="x", data=data)

    sealing.seal(story.review, now=timezone.now() + LATER)

    assert not Notification.objects.filter(kind="meeting_gone").exists()
