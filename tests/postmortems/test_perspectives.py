"""A perspective is its author's alone until they share it, and then goes where they said."""

from datetime import timedelta

import pytest
from django.utils import timezone

from common.models import Revision
from people.models import Notification
from postmortems import perspectives, taking_part, workflow
from postmortems.models import Finding, Participant, Perspective
from tests.make import make_user
from tests.postmortems.places import at, everyone

pytestmark = pytest.mark.django_db

SECRET = "I had typed the same command twice."
ROLES = ["facilitator", "participant", "colleague", "manager", "admin", "stranger"]


def written(people, audience="review", **fields) -> Perspective:
    """The participant's own telling."""
    return Perspective.objects.create(
        review=people.review, author=people.participant, noticed=SECRET, audience=audience, **fields
    )


def opened(people) -> None:
    """Also where nothing was shared yet: begun to be looked at, and then come back to."""
    people.review.perspectives_opened_at = timezone.now()
    people.review.save()


def pages_of(review) -> list[str]:
    """Every page of a review that could show what somebody wrote."""
    return [
        at("detail", review),
        at("perspective", review),
        at("people", review),
        at("premises", review),
        at("private_word", review),
        at("hand_over", review),
        at("publish", review),
        at("versions", review, "summary"),
        at("section", review, "summary"),
        *[at("part", review, goal) for goal in ("right", "differently", "wrong", "why")],
    ]


def readers(client, people) -> set[str]:
    """The roles that find the text on any page."""
    found = set()
    for role in ROLES:
        client.force_login(getattr(people, role))
        for page in pages_of(people.review):
            if SECRET in client.get(page).content.decode():
                found.add(role)
    return found


@pytest.mark.parametrize(
    ("audience", "is_open", "expected"),
    [
        ("author", False, {"participant"}),
        ("author", True, {"participant"}),
        ("facilitator", False, {"participant", "facilitator"}),
        ("facilitator", True, {"participant", "facilitator"}),
        ("review", False, {"participant", "facilitator"}),
        ("review", True, {"participant", "facilitator", "colleague", "manager"}),
    ],
)
def test_it_is_read_by_whom_its_author_chose(client, audience, is_open, expected):
    people = everyone()
    written(people, audience)
    if is_open:
        opened(people)

    assert readers(client, people) == expected


def test_nobody_else_brings_in_or_asks_about_what_they_cannot_read(client):
    people = everyone()
    voice = written(people, "author", may_be_quoted=True)
    opened(people)

    for role in ("facilitator", "manager", "colleague", "admin", "stranger"):
        client.force_login(getattr(people, role))
        answers = [
            client.get(at("bring_in", people.review, voice.pk)),
            client.post(at("bring_in", people.review, voice.pk), {"goal": "why", "text": SECRET}),
            client.post(at("ask_to_quote", people.review, voice.pk)),
        ]
        assert {answer.status_code for answer in answers} <= {403, 404}
        assert not any(SECRET in answer.content.decode() for answer in answers)
    assert not Finding.objects.exists()
    assert not Notification.objects.exists()


def test_an_autosaved_draft_is_its_writers_alone(client):
    people = everyone()
    client.force_login(people.participant)
    client.post(f"/drafts/perspective-{people.review.reference}/", {"noticed": SECRET, "seen": "0"})

    assert readers(client, people) == {"participant"}


def test_nobody_sees_who_wrote_it(client):
    people = everyone()
    written(people, is_signed_with_role=False)
    Participant.objects.filter(user=people.participant).update(role_words="Database engineer")
    opened(people)
    client.force_login(people.colleague)

    page = client.get(at("detail", people.review)).content.decode()

    assert SECRET in page
    assert "Someone who took part" in page
    assert people.participant.name not in page
    assert "Database engineer" not in page


def test_it_is_signed_with_the_role_when_its_author_says_so(client):
    people = everyone()
    written(people, is_signed_with_role=True)
    Participant.objects.filter(user=people.participant).update(role_words="Database engineer")
    opened(people)
    client.force_login(people.colleague)

    page = client.get(at("detail", people.review)).content.decode()

    assert "Database engineer" in page
    assert people.participant.name not in page


def test_writing_saves_and_shares_as_chosen(client):
    people = everyone()
    client.force_login(people.participant)

    client.post(
        at("perspective", people.review),
        {
            "noticed": SECRET,
            "audience": "review",
            "is_signed_with_role": "1",
            "role_words": "Database engineer",
            "seen": "0",
        },
    )

    mine = Perspective.objects.get()
    assert (mine.noticed, mine.audience, mine.is_signed_with_role) == (SECRET, "review", True)
    assert mine.shared_at is not None
    assert mine.may_be_quoted is False
    assert Participant.objects.get(user=people.participant).role_words == "Database engineer"


def test_a_signature_with_a_role_needs_the_role(client):
    people = everyone()
    client.force_login(people.participant)

    answer = client.post(
        at("perspective", people.review),
        {"noticed": SECRET, "audience": "review", "is_signed_with_role": "1", "seen": "0"},
    )

    assert answer.status_code == 422
    assert SECRET in answer.content.decode()
    assert not Perspective.objects.exists()


def test_keeping_it_as_a_draft_shares_nothing(client):
    people = everyone()
    client.force_login(people.participant)

    client.post(
        at("perspective", people.review),
        {"noticed": SECRET, "audience": "review", "keep": "1", "seen": "0"},
    )

    mine = Perspective.objects.get()
    assert (mine.audience, mine.shared_at) == ("author", None)


def test_an_empty_one_is_not_shared(client):
    people = everyone()
    client.force_login(people.participant)

    answer = client.post(at("perspective", people.review), {"audience": "review", "seen": "0"})

    assert answer.status_code == 422
    assert not Perspective.objects.exists()


def test_two_windows_do_not_overwrite_each_other(client):
    people = everyone()
    client.force_login(people.participant)
    first = {"noticed": "From the first window", "audience": "author", "seen": "0"}
    client.post(at("perspective", people.review), first)

    answer = client.post(
        at("perspective", people.review),
        {"noticed": "From the second window", "audience": "author", "seen": "0"},
    )

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "first" in page and "From the second window" in page
    assert Perspective.objects.get().noticed == "From the first window"

    client.post(
        at("perspective", people.review),
        {
            "noticed": "Both windows",
            "audience": "author",
            "seen": answer.context["seen"],
        },
    )
    assert Perspective.objects.get().noticed == "Both windows"


def test_each_saved_version_is_kept():
    people = everyone()
    fields = {"noticed": "One", "audience": "author"}
    mine = perspectives.save(people.review, people.participant, seen=0, fields=dict(fields))
    perspectives.save(
        people.review, people.participant, seen=mine.version, fields=fields | {"noticed": "Two"}
    )

    kept = Revision.objects.about(mine).filter(field="noticed").order_by("version")
    assert list(kept.values_list("text", flat=True)) == ["One", "Two"]


def test_it_is_taken_back_until_all_are_opened(client):
    people = everyone()
    written(people)
    client.force_login(people.participant)

    client.post(at("take_back", people.review))
    assert Perspective.objects.get().audience == "author"

    Perspective.objects.update(audience="review")
    opened(people)
    client.post(at("take_back", people.review))
    assert Perspective.objects.get().audience == "review"


def test_after_opening_it_stays_as_it_was_read(client):
    people = everyone()
    mine = written(people)
    opened(people)
    client.force_login(people.participant)

    answer = client.post(
        at("perspective", people.review),
        {"noticed": "Otherwise", "audience": "author", "seen": mine.version},
    )

    assert answer.status_code == 409
    assert "Otherwise" in answer.content.decode()
    assert Perspective.objects.get().noticed == SECRET


def test_its_author_deletes_it_with_all_versions_at_any_time(client):
    people = everyone()
    mine = written(people)
    Revision.objects.create(object=mine, field="noticed", version=1, text=SECRET)
    opened(people)
    client.force_login(people.participant)

    client.post(at("take_back", people.review), {"delete": "1"})

    assert not Perspective.objects.exists()
    assert not Revision.objects.filter(text=SECRET).exists()


@pytest.mark.parametrize("role", ["facilitator", "manager", "colleague"])
def test_nobody_takes_back_for_somebody_else(client, role):
    people = everyone()
    written(people)
    client.force_login(getattr(people, role))

    answers = [
        client.post(at("take_back", people.review)),
        client.post(at("take_back", people.review), {"delete": "1"}),
        client.post(at("answer_quote", people.review), {"agreed": "yes"}),
    ]

    mine = Perspective.objects.get()
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert (mine.audience, mine.may_be_quoted) == ("review", False)


def test_what_was_given_to_one_facilitator_does_not_pass_to_the_next(client):
    people = everyone()
    written(people, "facilitator")
    other = make_user(is_in_facilitator_pool=True)

    taking_part.assign(people.review, other, by=people.manager)

    assert Perspective.objects.get().audience == "author"
    told = Notification.objects.get(recipient=people.participant)
    assert told.kind == "review_perspective_returned"
    client.force_login(other)
    assert SECRET not in client.get(at("detail", people.review)).content.decode()


def test_a_sentence_comes_onto_the_board_with_a_yes_only(client):
    people = everyone()
    voice = written(people)
    opened(people)
    client.force_login(people.facilitator)
    card = {"goal": "why", "text": "The same command had worked twice."}

    refused = client.post(at("bring_in", people.review, voice.pk), card)
    assert refused.status_code == 403
    client.post(at("ask_to_quote", people.review, voice.pk))
    assert Notification.objects.get(recipient=people.participant).kind == "quote_asked"

    client.force_login(people.participant)
    client.post(at("answer_quote", people.review), {"agreed": "yes"})
    client.force_login(people.facilitator)
    client.post(at("bring_in", people.review, voice.pk), card)

    brought = Finding.objects.get()
    assert (brought.text, brought.goal, brought.perspective) == (card["text"], "why", voice)
    assert brought.author == people.facilitator
    page = client.get(at("detail", people.review)).content.decode()
    assert "from a perspective" in page


def test_nothing_is_brought_in_before_all_are_opened(client):
    people = everyone()
    voice = written(people, may_be_quoted=True)
    client.force_login(people.facilitator)

    answer = client.post(
        at("bring_in", people.review, voice.pk), {"goal": "why", "text": "Quoted too early"}
    )

    assert answer.status_code == 403
    assert not Finding.objects.exists()


# Side by side ---------------------------------------------------------------------------------
def test_what_was_opened_stands_side_by_side_by_role(client):
    people = everyone()
    review = people.review
    roles = {people.participant: "Support lead", people.colleague: "Database engineer"}
    for user, role in roles.items():
        review.participants.filter(user=user).update(role_words=role)
        Perspective.objects.create(
            review=review, author=user, noticed=f"Seen by the {role}", audience="review",
            is_signed_with_role=user == people.participant, shared_at=timezone.now(),
        )  # fmt: skip
    Perspective.objects.create(
        review=review, author=people.manager, noticed="Only for the facilitator",
        audience="facilitator",
    )  # fmt: skip
    client.force_login(people.facilitator)
    closed = client.get(at("side_by_side", review)).content.decode()
    assert "Seen by" not in closed and "Only for" not in closed

    workflow.open_perspectives(review, by=people.facilitator)
    Perspective.objects.filter(author=people.colleague).update(
        shared_at=timezone.now() + timedelta(minutes=1)
    )

    page = client.get(at("side_by_side", review))
    told = [(one.signature, one.is_late) for one in page.context["told"]]
    assert told == [("Support lead", False), ("Someone who took part", True)]
    text = page.content.decode()
    assert "Seen by the Support lead" in text and "Only for the facilitator" not in text
    assert people.participant.name not in text and people.colleague.name not in text
    client.force_login(people.stranger)
    assert client.get(at("side_by_side", review)).status_code == 403
