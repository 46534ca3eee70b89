from decimal import Decimal

import pytest
from django.urls import reverse

from incidents import custom, search_text
from incidents.models import CustomField, CustomValue, Incident
from tests.make import make_incident, make_question, make_user
from tests.postmortems.places import marks

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client):
    user = make_user(is_admin=True)
    client.force_login(user)
    return user


def page(response):
    return response.content.decode()


def typed(**changed):
    return {"label": "Which region?", "type": "line", "kinds": ["incident"]} | changed


def keys(*, retired=False):
    rows = CustomField.objects.filter(is_retired=retired).order_by("position")
    return list(rows.values_list("key", flat=True))


def test_near_misses_signals_and_game_days_come_with_questions_of_their_own():
    asked = {
        kind: [field.key for field in custom.fields_for(kind, when_filing=True)]
        for kind in Incident.Kind.values
    }

    assert asked == {
        "incident": [],
        "near_miss": ["kept-from-harm"],
        "signal": ["seen-where", "how-often"],
        "game_day": ["expected"],
        "test": [],
    }


def test_an_administrator_adds_a_question_whose_key_is_made_from_its_words(client, admin):
    response = client.post(reverse("incidents:new_question"), typed(when_filing="on"))

    assert response["Location"] == reverse("incidents:questions")
    question = CustomField.objects.get(key="which-region")
    assert (question.label, question.kinds, question.when_filing) == (
        "Which region?",
        ["incident"],
        True,
    )
    assert keys()[-1] == "which-region"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"label": ""}, "“Question” is still missing."),
        ({"kinds": []}, "Choose at least one kind."),
        ({"type": "choice", "choices": "Only one"}, "Write at least two, one on each line."),
        ({"key": "how-often"}, "“how-often” is taken."),
        ({"label": "???"}, "Give it a name of small letters and digits."),
    ],
)
def test_a_question_that_cannot_be_asked_comes_back_with_what_was_typed(
    client, admin, changed, message
):
    response = client.post(reverse("incidents:new_question"), typed(hint="A hint", **changed))

    assert response.status_code == 422
    assert message in page(response)
    assert "A hint" in page(response)


def test_the_key_of_a_question_stays_and_its_type_once_it_is_answered(client, admin):
    question = make_question(key="region", type="line")
    custom.save(make_incident(), {question: "North"})

    address = reverse("incidents:question", args=["region"])
    client.post(
        address, typed(label="Region", key="other", type="number") | marks(client.get(address))
    )

    question.refresh_from_db()
    assert (question.key, question.label, question.type) == ("region", "Region", "line")


def test_questions_move_up_and_down_and_are_no_longer_asked(client, admin):
    CustomField.objects.all().delete()
    for key in ("first", "second", "third"):
        make_question(key=key)

    def arrange(key, to):
        client.post(reverse("incidents:arrange_question", args=[key]), {"to": to})

    arrange("third", "up")
    arrange("first", "down")
    assert keys() == ["third", "first", "second"]
    arrange("third", "up")
    assert keys() == ["third", "first", "second"]

    arrange("first", "retire")
    assert (keys(), keys(retired=True)) == (["third", "second"], ["first"])
    arrange("first", "ask")
    assert keys(retired=True) == []


def test_only_administrators_see_and_change_questions(client):
    client.force_login(make_user())

    assert client.get(reverse("incidents:questions")).status_code == 403
    assert client.post(reverse("incidents:new_question"), typed()).status_code == 403
    assert not CustomField.objects.filter(key="which-region").exists()


def test_answers_are_kept_as_text_and_numbers_and_an_empty_one_goes():
    incident = make_incident()
    cost = make_question(key="cost", type="number", unit="EUR")
    region = make_question(key="region")

    assert custom.save(incident, {cost: Decimal("1200.50"), region: " North "}) == [
        (cost, ""),
        (region, ""),
    ]
    value = CustomValue.objects.get(field=cost)
    assert (value.text, value.number, value.start) == ("1200.5", Decimal("1200.5"), "1200.5")
    assert [(each.field.key, each.shown) for each in custom.answers(incident)] == [
        ("cost", "1,200.5 EUR"),
        ("region", "North"),
    ]

    assert custom.save(incident, {cost: None, region: "North"}) == [(cost, "1200.5")]
    assert [each.field.key for each in custom.answers(incident)] == ["region"]


def test_an_answer_is_found_by_search_also_when_it_is_no_longer_asked():
    incident = make_incident()
    region = make_question(key="region", is_retired=True)
    custom.save(incident, {region: "Ultima Thule"})
    search_text.refresh(incident)

    assert list(Incident.objects.matching("thule")) == [incident]
    assert [each.shown for each in custom.answers(incident)] == ["Ultima Thule"]
