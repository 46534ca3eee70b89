"""Nobody contributes before accepting the premises, by whatever address they try."""

import re

import pytest

from people.models import Notification
from postmortems import premises
from postmortems.models import (
    ContributingFactor,
    EmptyGoal,
    FactorCategory,
    Finding,
    FindingEcho,
    Mitigator,
    OpenQuestion,
    Participant,
    Perspective,
    Review,
    Section,
    Surprise,
)
from postmortems.urls import urlpatterns
from tests.make import make_finding, make_user
from tests.postmortems.places import at, everyone

pytestmark = pytest.mark.django_db


def forget_the_premises(people) -> None:
    Participant.objects.filter(review=people.review).update(
        premises_version=None, premises_accepted_at=None
    )


#: Every way to contribute: name, further arguments and right answers. CARD and VOICE stand for
#: rows of the review.
CARD, VOICE, FACTOR = "card", "voice", "factor"
BY_ANYONE_NAMED = [
    ("add_finding", ["right"], {"text": "It held"}),
    ("add_finding", ["wrong"], {"text": "It broke", "safer": "A guard"}),
    ("edit_finding", [CARD], {"text": "Better", "seen": "1"}),
    ("echo", [CARD], {"say": "1"}),
    ("perspective", [], {"noticed": "A page", "audience": "review"}),
    ("answer_quote", [], {"agreed": "yes"}),
    ("add_line", ["questions"], {"text": "Why then?"}),
    ("add_line", ["surprises"], {"text": "It was silent"}),
    ("reply", [], {"reply": "confirmed"}),
]
BY_GUIDES = [
    ("add_finding", ["why"], {"text": "It looked right"}),
    ("edit_finding", [CARD], {"text": "Better", "seen": "1"}),
    ("move_finding", [CARD], {"to": "why"}),
    ("merge_finding", [CARD], {"other": "other"}),
    ("remove_finding", [CARD], {}),
    ("explain_empty", ["why"], {"explanation": "Nothing"}),
    ("add_line", ["factors"], {"text": "Look-alikes", "kind": "luck", "category": "category"}),
    ("add_line", ["mitigators"], {"text": "A snapshot"}),
    (
        "edit_line",
        ["factors", FACTOR],
        {"text": "New", "seen": "1", "kind": "luck", "category": "category"},
    ),
    ("remove_line", ["factors", FACTOR], {}),
    ("story", [], {"trigger": "A switch", "seen": "1"}),
    ("noticing", [], {"known_sooner": "By an alert", "seen": "1"}),
    ("section", ["summary"], {"text": "In short", "seen": "0"}),
    ("preview", ["summary"], {"text": "In short"}),
    ("ask_to_quote", [VOICE], {}),
    ("bring_in", [VOICE], {"goal": "why", "text": "It looked right"}),
]


def everything_written() -> list:
    """All that contributing could change."""
    return [
        list(Finding.objects.order_by("pk").values()),
        list(FindingEcho.objects.values()),
        list(EmptyGoal.objects.values()),
        list(ContributingFactor.objects.values()),
        list(Mitigator.objects.values()),
        list(OpenQuestion.objects.values()),
        list(Surprise.objects.values()),
        list(Section.objects.values()),
        list(Perspective.objects.order_by("pk").values("noticed", "audience", "may_be_quoted")),
        list(Participant.objects.order_by("pk").values("reply")),
        list(Review.objects.values("trigger", "known_sooner", "state")),
        Notification.objects.count(),
    ]


def texts() -> list:
    """All that is written in the review; who stands where and what was told may change."""
    written = everything_written()
    replies = list(Participant.objects.exclude(reply="none").values("reply"))
    return [*written[:-3], replies, list(Review.objects.values("trigger", "known_sooner"))]


def world(state: str):
    people = everyone(state=state)
    review = people.review
    review.perspectives_opened_at = review.requested_at
    review.save()
    category = FactorCategory.objects.order_by("pk").first()
    rows = {
        CARD: make_finding(review, author=people.participant).pk,
        "other": make_finding(review, text="Another").pk,
        VOICE: Perspective.objects.create(
            review=review, author=people.participant, noticed="A page", audience="review"
        ).pk,
        FACTOR: ContributingFactor.objects.create(review=review, category=category, text="Old").pk,
        "category": category.pk,
    }
    return people, rows


def post(client, review, name, args, data, rows):
    address = at(name, review, *[rows.get(arg, arg) for arg in args])
    return client.post(address, {key: rows.get(value, value) for key, value in data.items()})


@pytest.mark.parametrize("role", ["participant", "facilitator", "manager"])
@pytest.mark.parametrize(("name", "args", "data"), BY_ANYONE_NAMED)
def test_a_contribution_waits_for_the_premises(client, name, args, data, role):
    people, rows = world("drafting" if name == "reply" else "gathering")
    forget_the_premises(people)
    client.force_login(getattr(people, role))
    before = everything_written()

    answer = post(client, people.review, name, args, data, rows)

    # Where a row of somebody else would be needed it is not even found.
    assert answer.status_code in {403, 404}
    assert everything_written() == before


@pytest.mark.parametrize("role", ["facilitator", "manager"])
@pytest.mark.parametrize(("name", "args", "data"), BY_GUIDES)
def test_guides_accept_the_premises_first_too(client, name, args, data, role):
    people, rows = world("gathering")
    if name == "bring_in":
        Perspective.objects.update(may_be_quoted=True)
    forget_the_premises(people)
    client.force_login(getattr(people, role))
    before = everything_written()

    refused = post(client, people.review, name, args, data, rows)

    assert refused.status_code == 403
    assert everything_written() == before

    client.post(at("premises", people.review), {"accept": "on"})
    accepted = post(client, people.review, name, args, data, rows)

    assert accepted.status_code in {200, 302}
    assert name == "preview" or everything_written() != before


def _address(route: str, review: Review, rows: dict) -> str:
    """The address of a route, with rows that are there."""
    values = {"reference": review.reference, "pk": str(rows[CARD]), "kind": "factors",
              "goal": "right", "revision": "1", "before": "1", "after": "1"}  # fmt: skip
    filled = re.sub(r"<(?:\w+:)?(\w+)>", lambda part: values.get(part[1], "x"), route)
    return f"/reviews/{filled}"


ROUTES = {
    entry.name: str(entry.pattern)
    for entry in urlpatterns
    if str(entry.pattern).startswith("<reference:reference>/")
}


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_whatever_is_sent_anywhere_changes_no_text_before_the_premises(client, name):
    people, rows = world("gathering")
    forget_the_premises(people)
    address = _address(ROUTES[name], people.review, rows)
    for kind in ("summary", "factors") if "factors" in address else ("",):
        for person in (people.participant, people.facilitator):
            client.force_login(person)
            before = texts()

            client.post(
                address.replace("factors", kind) if kind else address,
                {"text": "Sent anywhere", "seen": "1", "trigger": "Sent anywhere", "note": "Sent",
                 "goal": "right", "noticed": "Sent", "audience": "review", "line": "Sent",
                 "explanation": "Sent", "to": "why", "reply": "confirmed"},
            )  # fmt: skip

            assert texts() == before


@pytest.mark.parametrize(("name", "args", "data"), BY_ANYONE_NAMED)
def test_once_accepted_a_participant_contributes(client, name, args, data):
    people, rows = world("drafting" if name == "reply" else "gathering")
    if name == "perspective":
        Perspective.objects.all().delete()
    client.force_login(people.participant)
    before = everything_written()

    answer = post(client, people.review, name, args, data, rows)

    assert answer.status_code == 302
    assert everything_written() != before


@pytest.mark.parametrize("role", ["stranger", "admin"])
@pytest.mark.parametrize(("name", "args", "data"), BY_ANYONE_NAMED + BY_GUIDES)
def test_strangers_contribute_nothing(client, name, args, data, role):
    people, rows = world("gathering")
    client.force_login(getattr(people, role))
    before = everything_written()

    answer = post(client, people.review, name, args, data, rows)

    assert answer.status_code in {403, 404}
    assert everything_written() == before


@pytest.mark.parametrize(
    ("name", "args", "data"),
    [deed for deed in BY_GUIDES if deed[0] not in {"add_finding", "edit_finding"}],
)
def test_participants_do_not_guide(client, name, args, data):
    people, rows = world("gathering")
    client.force_login(people.colleague)
    before = everything_written()

    answer = post(client, people.review, name, args, data, rows)

    assert answer.status_code == 403
    assert everything_written() == before


def test_the_pages_to_write_on_lead_to_the_premises_and_back(client):
    people = everyone()
    forget_the_premises(people)
    client.force_login(people.participant)

    first = client.get(at("perspective", people.review))
    assert first.url.startswith(at("premises", people.review))
    page = client.get(first.url)
    assert [str(premise) in page.content.decode() for premise in premises.PREMISES] == [True] * 6
    accepted = client.post(
        at("premises", people.review), {"accept": "on", "next": page.context["next"]}
    )

    assert accepted.url == at("perspective", people.review)
    assert client.get(accepted.url).status_code == 200


def test_a_part_says_that_the_premises_come_first(client):
    people = everyone()
    client.force_login(people.participant)
    address = at("part", people.review, "right")
    way = f"{at('premises', people.review)}?next={address}"
    assert way not in client.get(address).content.decode()

    forget_the_premises(people)

    assert way in client.get(address).content.decode()


def test_accepting_needs_the_tick(client):
    people = everyone()
    forget_the_premises(people)
    client.force_login(people.participant)

    answer = client.post(at("premises", people.review), {})

    assert answer.status_code == 422
    assert not premises.have_been_accepted(people.participant, people.review)


def test_premises_that_changed_are_accepted_anew(client, monkeypatch):
    people = everyone()
    monkeypatch.setattr(premises, "VERSION", premises.VERSION + 1)
    client.force_login(people.participant)

    answer = client.post(at("add_finding", people.review, "right"), {"text": "It held"})

    assert answer.status_code == 403


def test_the_wording_one_accepted_can_still_be_read(client, monkeypatch):
    people = everyone()
    monkeypatch.setattr(premises, "VERSION", premises.VERSION + 1)
    monkeypatch.setattr(premises, "PREMISES", ("Quite another sentence.",))
    client.force_login(people.participant)

    page = client.get(at("premises", people.review)).content.decode()

    assert "You accepted an earlier wording" in page
    assert premises.WORDINGS[1][0] in page
    assert "Quite another sentence." in page
    client.post(at("premises", people.review), {"accept": "on"})
    page = client.get(at("premises", people.review)).content.decode()
    assert "an earlier wording" not in page


def test_whoever_would_rather_talk_finds_the_way(client):
    people = everyone()
    forget_the_premises(people)
    client.force_login(people.participant)

    page = client.get(at("premises", people.review)).content.decode()

    assert f'href="{at("private_word", people.review)}"' in page
    assert "crimes are not covered" in page
    assert client.get(at("private_word", people.review)).status_code == 200
    assert not premises.have_been_accepted(people.participant, people.review)


def test_the_way_back_stays_in_the_house(client):
    people = everyone()
    forget_the_premises(people)
    client.force_login(people.participant)

    answer = client.post(
        at("premises", people.review), {"accept": "on", "next": "https://elsewhere.example/"}
    )

    assert answer.url == people.review.get_absolute_url()


@pytest.mark.parametrize("address", ["javascript:alert(1)", "//elsewhere.example/", "data:,x"])
def test_a_link_to_elsewhere_is_not_shown(client, address):
    people = everyone()
    client.force_login(people.participant)

    page = client.get(at("premises", people.review), {"next": address}).content.decode()

    assert "You accepted them" in page
    assert address not in page


def test_how_many_accepted_is_shown_and_not_who(client):
    people = everyone()
    Participant.objects.filter(user=people.colleague).update(
        premises_version=None, premises_accepted_at=None
    )
    client.force_login(people.participant)

    page = client.get(at("detail", people.review)).content.decode()

    assert "1 of 2 accepted" in page
    assert people.colleague.name not in page


def test_a_guide_who_accepts_is_not_counted_among_those_who_were_there():
    people = everyone()

    assert premises.counted(people.review) == (2, 2)
    assert Participant.objects.get(user=people.manager).is_guide


def test_a_private_word_reaches_the_facilitator_alone(client):
    people = everyone()
    client.force_login(people.participant)

    client.post(at("private_word", people.review), {"text": "The fourth one worries me."})

    told = Notification.objects.get()
    assert (told.recipient, told.kind) == (people.facilitator, "private_word")
    for reader in (people.colleague, people.manager):
        client.force_login(reader)
        page = client.get(at("private_word", people.review)).content.decode()
        assert "The fourth one worries me." not in page
    client.force_login(people.facilitator)
    page = client.get(at("private_word", people.review)).content.decode()
    assert "The fourth one worries me." in page


def test_without_a_facilitator_a_private_word_is_kept_on_the_page(client):
    people = everyone()
    people.review.facilitator = None
    people.review.save()
    client.force_login(people.participant)

    answer = client.post(at("private_word", people.review), {"text": "The fourth one."})

    assert answer.status_code == 409
    assert "The fourth one." in answer.content.decode()
    assert not Notification.objects.exists()


def test_a_stranger_sends_no_private_word(client):
    people = everyone()
    client.force_login(make_user())

    answer = client.post(at("private_word", people.review), {"text": "Hello"})

    assert answer.status_code == 403
    assert not Notification.objects.exists()
