"""The bank of questions: what it holds, what it proposes, and how administrators look after it."""

import re

import pytest
from django.urls import reverse

from common import coach
from common.models import Activity
from postmortems import question_bank
from postmortems.models import BankQuestion, Goal
from tests.make import make_event, make_user
from tests.postmortems.places import at, everyone, marks

pytestmark = pytest.mark.django_db
Situation = BankQuestion.Situation


def address(name, *args) -> str:
    return reverse(f"postmortems:{name}", args=args)


def test_at_least_sixty_questions_come_with_the_product_for_every_situation_and_part():
    asked = BankQuestion.objects.asked()

    assert asked.count() >= 60
    assert set(asked.values_list("situation", flat=True)) == set(Situation.values)
    assert set(asked.values_list("part", flat=True)) == {"", *Goal.values}


def test_none_asks_after_a_person_and_each_ends_in_a_question_mark():
    for text in BankQuestion.objects.values_list("text", "follow_up"):
        for each in filter(None, text):
            assert each.endswith("?"), each
            assert not re.search(r"\bwho\b|\bwhy (did|do) you", each, re.IGNORECASE), each


def test_the_wording_coach_has_nothing_to_say_about_any_of_them():
    said = {
        text: [hint.phrase for hint in coach.hints(text)]
        for pair in BankQuestion.objects.values_list("text", "follow_up")
        for text in pair
    }

    assert {text: phrases for text, phrases in said.items() if phrases} == {}


def test_the_timeline_brings_up_situations_key_moments_first():
    incident = everyone().review.incident
    make_event(incident, kind="detection")
    make_event(incident, kind="decision", is_key=True)

    found = question_bank.occasions(incident, incident.events.in_order())

    assert [one.situation for one in found] == ["decision", "non_action", "detection"]


def test_a_part_is_asked_about_what_happened_first_and_each_question_knows_its_moment():
    incident = everyone().review.incident
    silence = make_event(incident, kind="diagnosis")
    bank = list(BankQuestion.objects.asked())

    asked = question_bank.fitting(
        bank, question_bank.occasions(incident, [silence]), part=Goal.WHY, most=3
    )

    diagnosing = [each.text for each in bank if (each.situation, each.part) == ("diagnosis", "why")]
    assert [one.text for one in asked[:2]] == diagnosing[:2]
    assert [one.event for one in asked] == [silence, silence, None]


def test_questions_stand_beside_an_empty_part_a_card_and_in_how_we_review(client):
    people = everyone()
    client.force_login(people.participant)
    [first, *_] = question_bank.beside(Goal.WHY)["why"]

    for page in (people.review.get_absolute_url(), at("part", people.review, "why"),
                 reverse("how_we_review")):  # fmt: skip
        assert first in client.get(page).content.decode(), page


# Settings ---------------------------------------------------------------------------------------
@pytest.fixture
def admin(client):
    user = make_user(is_admin=True)
    client.force_login(user)
    return user


def test_a_question_is_added_at_the_end_and_can_be_changed(client, admin):
    typed = {"text": "What did the graph show?", "situation": "diagnosis", "part": "why"}

    client.post(address("new_bank_question"), typed)

    added = BankQuestion.objects.get(text="What did the graph show?")
    assert added == BankQuestion.objects.asked().last()
    page = address("bank_question", added.pk)
    client.post(page, typed | {"follow_up": "And before?"} | marks(client.get(page)))
    added.refresh_from_db()
    assert added.follow_up == "And before?"
    assert Activity.objects.about(added).filter(actor=admin).count() == 2


@pytest.mark.parametrize("text", ["Who did it?", "Why did you wait?", "Whose change was it?"])
def test_a_question_after_a_person_is_sent_back_with_a_better_one(client, admin, text):
    answer = client.post(address("new_bank_question"), {"text": text, "situation": "blame"})

    assert answer.status_code == 422
    assert "What did it look like from that seat?" in answer.content.decode()


def test_a_retired_question_is_asked_nowhere_until_it_is_asked_again(client, admin):
    chosen = BankQuestion.objects.filter(part="why").earliest("position")

    client.post(address("arrange_bank_question", chosen.pk), {"to": "retire"})
    assert chosen not in BankQuestion.objects.asked()
    client.post(address("arrange_bank_question", chosen.pk), {"to": "ask"})

    assert chosen in BankQuestion.objects.asked()
    assert client.post(
        address("arrange_bank_question", chosen.pk), {"to": "burn"}
    ).status_code == 404  # fmt: skip


def test_a_question_moves_among_those_of_its_situation(client, admin):
    def blame() -> list[int]:
        asked = BankQuestion.objects.asked().filter(situation="blame")
        return list(asked.values_list("pk", flat=True))

    first, second, third = blame()
    others = list(BankQuestion.objects.exclude(situation="blame").values_list("pk", "position"))

    client.post(address("arrange_bank_question", first), {"to": "down"})
    client.post(address("arrange_bank_question", second), {"to": "up"})

    assert blame() == [second, first, third]
    assert others == list(
        BankQuestion.objects.exclude(situation="blame").values_list("pk", "position")
    )
