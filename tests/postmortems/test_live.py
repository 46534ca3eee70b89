"""Several people at one review: what others did arrives, and who is writing where."""

import pytest
from django.core.cache import cache
from django.test import Client

from common.models import Activity
from postmortems import board, lines, permissions, perspectives, presence, workflow, writing
from postmortems.models import (
    ContributingFactor,
    FactorCategory,
    Goal,
    Mitigator,
    OpenQuestion,
    Review,
)
from tests.make import make_action, make_finding, make_incident, make_team, make_user
from tests.postmortems.places import LOOK, at, everyone

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    return everyone()


def browser(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def ask(client, review, seen="", of=""):
    headers = {"HX-Request": "true"} | ({"If-None-Match": seen} if seen else {})
    return client.get(at("live", review), {"of": of} if of else {}, headers=headers)


# What others did --------------------------------------------------------------------------------
def test_nothing_new_is_a_304_without_words(people):
    client = browser(people.participant)
    seen = ask(client, people.review)["ETag"]

    again = ask(client, people.review, seen)

    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("page", ["detail", "part", "section", "story"])
def test_the_page_asks_with_the_version_it_shows(people, page):
    client = browser(people.facilitator)
    more = {"part": ["why"], "section": ["summary"]}.get(page, [])
    seen = ask(client, people.review)["ETag"].replace('"', '\\"')

    html = client.get(at(page, people.review, *more)).content.decode()

    assert f'"If-None-Match": "{seen}"' in html


def _adds_a_card(people):
    board.add_card(people.review, author=people.colleague, goal="right", fields={"text": "New"})


def _edits_a_card(people):
    card = people.review.findings.get(text="First")
    board.edit_card(card, author=people.colleague, seen=1, changes={"text": "New"})


def _moves_a_card(people):
    card = people.review.findings.get(text="First")
    board.move_card(card, to="later", by=people.facilitator)


def _removes_a_card(people):
    board.remove_card(people.review.findings.get(text="First"), by=people.facilitator)


def _joins_two(people):
    first, second = people.review.findings.order_by("pk")
    board.join_cards(first, second, by=people.facilitator)


def _saw_it_too(people):
    board.echo(people.review.findings.get(text="First"), by=people.colleague, is_said=True)


def _leaves_a_part_empty(people):
    board.explain_empty(
        people.review, goal="why", explanation="Nothing", mark="", by=people.facilitator
    )


def _adds_a_factor(people):
    category = FactorCategory.objects.earliest("pk")
    lines.add(
        people.review,
        ContributingFactor,
        by=people.facilitator,
        fields={"text": "Silence", "category": category},
    )


def _adds_what_helped(people):
    lines.add(people.review, Mitigator, by=people.facilitator, fields={"text": "A copy"})


def _edits_a_question(people):
    question = people.review.open_questions.get()
    lines.edit(question, by=people.facilitator, seen=1, fields={"text": "How?"})


def _removes_a_question(people):
    lines.remove(people.review.open_questions.get(), by=people.facilitator)


def _writes_a_section(people):
    writing.save_section(
        people.review, "summary", author=people.facilitator, seen=0, text="It was silent."
    )


def _tells_the_story(people):
    writing.save_story(
        people.review, author=people.facilitator, seen=1, changes={"surprise": "It was silent."}
    )


def _opens_the_perspectives(people):
    perspectives.save(people.review, people.colleague, seen=0, fields=TOLD)
    workflow.open_perspectives(people.review, by=people.facilitator)


def _makes_an_action_of_it(people):
    make_action(review=people.review, finding=people.review.findings.get(text="First"))


TOLD = {
    "noticed": "A graph",
    "expected": "",
    "reasonable": "",
    "helped": "",
    "audience": "review",
    "is_signed_with_role": False,
    "may_be_quoted": False,
}
DEEDS = [
    _adds_a_card, _edits_a_card, _moves_a_card, _removes_a_card, _joins_two, _saw_it_too,
    _leaves_a_part_empty, _adds_a_factor, _adds_what_helped, _edits_a_question,
    _removes_a_question, _writes_a_section, _tells_the_story, _opens_the_perspectives,
    _makes_an_action_of_it,
]  # fmt: skip


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.__name__)
def test_whatever_somebody_does_arrives(people, deed):
    make_finding(people.review, text="First", position=1)
    make_finding(people.review, text="Second", position=2)
    OpenQuestion.objects.create(review=people.review, text="Why?")
    client = browser(people.participant)
    seen = ask(client, people.review)["ETag"]

    deed(people)

    assert ask(client, people.review, seen).status_code == 200


def test_a_deed_that_is_refused_moves_nothing(people):
    client = browser(people.participant)
    card = make_finding(people.review)
    seen = ask(client, people.review)["ETag"]

    Client().post(at("move_finding", people.review, card.pk), {"to": "why"})
    browser(people.stranger).post(at("echo", people.review, card.pk))

    assert ask(client, people.review, seen).status_code == 304


def test_the_answer_holds_what_was_added_and_no_form_that_somebody_types_into(people):
    make_finding(people.review, text="A copy existed.")
    client = browser(people.participant)

    html = ask(client, people.review).content.decode()

    assert "A copy existed." in html
    for part in ("cards-right", "cards-why", "count-right", "factors", "story", "write-up"):
        assert f'id="{part}" ' in html or f'id="{part}"\n' in html
    part = ask(client, people.review, of="right").content.decode()
    assert "A copy existed." in part and 'id="cards-why"' not in part


def test_the_mark_tells_nothing_hidden(people):
    """A private perspective, and an action that also belongs to an incident out of sight."""
    client = browser(people.participant)
    seen = ask(client, people.review)["ETag"]
    secret = make_incident(visibility="restricted")

    perspectives.save(people.review, people.colleague, seen=0, fields=TOLD | {"audience": "author"})
    action = make_action(review=people.review)
    action.incidents.add(secret)

    hidden = not type(action).objects.visible_to(people.participant).filter(pk=action.pk).exists()
    assert ask(client, people.review, seen).status_code == (304 if hidden else 200)
    assert hidden


def test_who_may_not_read_the_working_text_learns_nothing(people):
    seen = ask(browser(people.participant), people.review)["ETag"]

    for asker in (people.stranger, people.admin):
        answer = ask(browser(asker), people.review, seen)
        assert answer.status_code == 403
        assert "ETag" not in answer
    hidden = everyone(restricted=True)
    assert ask(browser(people.stranger), hidden.review).status_code == 404


def test_an_unknown_page_asks_for_nothing(people):
    client = browser(people.participant)

    assert ask(client, people.review, of="perspective").status_code == 404


def test_a_published_review_is_not_asked_about(people):
    Review.objects.update(state="published", published_at=people.review.requested_at)

    html = ask(browser(people.participant), people.review).content.decode()

    assert "every 4s" not in html


@pytest.mark.parametrize("count", [1, 6])
def test_asking_costs_two_statements_at_any_size(people, count, django_assert_num_queries):
    for number in range(count):
        for goal in Goal:
            make_finding(people.review, goal=goal, text=f"{number}")
        make_action(review=people.review)
    client = browser(people.participant)
    seen = ask(client, people.review)["ETag"]

    with django_assert_num_queries(2 + LOOK):  # session with user, the review's mark
        assert ask(client, people.review, seen).status_code == 304


def test_one_and_many_are_told_apart_by_the_same_rule():
    """permissions.can_read_draft and drafts_readable_by say the same of everybody."""
    people = everyone(reviewer=make_user())
    elsewhere = make_user()
    make_team(manager=elsewhere)
    everybody = [
        people.facilitator, people.participant, people.colleague, people.manager, people.admin,
        people.stranger, people.review.reviewer, elsewhere,
    ]  # fmt: skip

    one_by_one = [permissions.can_read_draft(user, people.review) for user in everybody]

    together = [permissions.drafts_readable_by(user).exists() for user in everybody]
    assert together == one_by_one
    assert set(together) == {True, False}


# Who is writing where ---------------------------------------------------------------------------
def say(client, review, place, **more):
    return client.post(at("writing", review), {"place": place} | more)


def test_the_others_see_who_is_writing_where_by_role(people):
    people.review.participants.filter(user=people.colleague).update(role_words="Support lead")
    card = make_finding(people.review)
    seen = ask(browser(people.participant), people.review)["ETag"]

    assert say(browser(people.colleague), people.review, f"card-{card.pk}").status_code == 204
    assert say(browser(people.facilitator), people.review, "section-summary").status_code == 204

    answer = ask(browser(people.participant), people.review, seen)
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "The support lead is writing here." in html
    assert "The facilitator is writing here." in html
    assert people.colleague.name not in html
    own = ask(browser(people.colleague), people.review).content.decode()
    assert "The support lead is writing here." not in own


def test_whoever_opens_the_same_text_is_told(people):
    say(browser(people.manager), people.review, "section-summary")

    page = browser(people.facilitator).get(at("section", people.review, "summary"))

    assert "A manager of the team is writing here." in page.content.decode()
    other = browser(people.facilitator).get(at("section", people.review, "impact"))
    assert "is writing here" not in other.content.decode()


def test_two_at_one_place_are_told_together(people):
    people.review.participants.filter(user=people.colleague).update(role_words="SRE on call")
    for user in (people.colleague, people.participant):
        say(browser(user), people.review, "part-why")

    here = presence.others(people.review.pk, people.facilitator)

    assert set(here) == {"part-why"}
    assert here["part-why"] in {
        "The SRE on call and somebody who takes part are writing here.",
        "Somebody who takes part and the SRE on call are writing here.",
    }


def test_it_ends_with_a_word_and_without_one(people, monkeypatch):
    for user in (people.colleague, people.facilitator):
        say(browser(user), people.review, "story")
    say(browser(people.colleague), people.review, "story", gone="1")
    there = presence.others(people.review.pk, people.participant)
    later = presence.time.time() + presence.LASTS + 1
    monkeypatch.setattr(presence.time, "time", lambda: later)

    assert there == {"story": "The facilitator is writing here."}
    assert presence.others(people.review.pk, people.participant) == {}
    assert presence.LASTS + 4 <= 15  # the page asks every four seconds


@pytest.mark.parametrize("place", ["perspective", "note", "card-0", "card-x", "", "part-other"])
def test_what_is_private_or_unknown_has_no_place(people, place):
    assert say(browser(people.colleague), people.review, place).status_code == 404
    assert presence.others(people.review.pk, people.participant) == {}


def test_the_pages_of_private_texts_do_not_say_that_somebody_writes(people):
    client = browser(people.participant)

    for name in ("perspective", "private_word"):
        html = client.get(at(name, people.review)).content.decode()
        assert "data-writing" not in html and "data-live" not in html


def test_no_table_and_no_trail_keeps_it(people):
    before = Activity.objects.count(), people.review.changes

    say(browser(people.colleague), people.review, "story")

    people.review.refresh_from_db()
    assert (Activity.objects.count(), people.review.changes) == before
    cache.clear()
    assert presence.others(people.review.pk, people.participant) == {}


def test_only_who_may_write_is_seen_writing(people):
    people.review.participants.filter(user=people.colleague).update(
        premises_version=None, premises_accepted_at=None
    )

    for user in (people.colleague, people.stranger, people.admin):
        assert say(browser(user), people.review, "story").status_code == 403
    Review.objects.update(state="in_review")
    say(browser(people.participant), people.review, "story")
    assert presence.others(people.review.pk, people.facilitator) == {}
