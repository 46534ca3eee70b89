"""Figures and answers on the page for editing: everything beside the texts."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse

from common.models import Activity
from incidents import custom, figures
from incidents.models import ImpactFigure, Incident
from tests.make import make_incident, make_question, make_service, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def outage(client):
    user = make_user()
    client.force_login(user)
    return make_incident(title="Database gone", participants=(user,))


def address(incident):
    return reverse("incidents:edit", args=[incident.reference])


def opened(client, incident):
    """What a browser would send when nothing is touched."""
    response = client.get(address(incident))
    form = response.context["form"]
    typed = {name: form[name].value() for name in form.fields}
    html = response.content.decode()
    typed |= dict(re.findall(r'name="(figure_\d+_row)" value="(\d*)"', html))
    return {name: value for name, value in typed.items() if value is not None}


def lines(incident):
    return [str(figure) for figure in figures.of(incident)]


def test_figures_are_added_changed_and_taken_away_together(client, outage):
    for label, value in (("accounts lost", 700), ("projects", 5000)):
        ImpactFigure.objects.create(incident=outage, label=label, value=value, position=value)
    kept = ImpactFigure.objects.get(label="projects")
    typed = opened(client, outage)

    client.post(
        address(outage),
        typed
        | {"figure_0_value": "", "figure_0_label": "", "figure_1_value": "5100.5"}
        | {"figure_2_value": "12", "figure_2_unit": "EUR", "figure_2_qualifier": "approx"},
    )

    assert lines(outage) == ["projects: 5,100.5", "Affected: about 12 EUR"]
    assert figures.of(outage)[0].pk == kept.pk
    assert "figures (was accounts lost: 700; projects: 5,000)" in (
        Activity.objects.get(verb="edited").detail
    )


def test_a_page_sent_back_untouched_changes_nothing(client, outage):
    question = make_question(key="region")
    custom.save(outage, {question: "North"})
    ImpactFigure.objects.create(
        incident=outage, label="users", value=Decimal("0.25"), qualifier="derived"
    )
    before = lines(outage)

    client.post(address(outage), opened(client, outage))

    assert lines(outage) == before
    assert [answer.text for answer in custom.answers(outage)] == ["North"]
    assert not Activity.objects.filter(verb="edited").exists()


def test_words_without_a_number_are_asked_about_and_kept(client, outage):
    response = client.post(
        address(outage), opened(client, outage) | {"figure_0_label": "accounts lost"}
    )

    assert response.status_code == 422
    html = response.content.decode()
    assert "Add the number for “accounts lost”, or empty the line." in html
    assert 'value="accounts lost"' in html


def test_words_come_back_even_where_the_field_of_the_number_did_not_arrive(client, outage):
    typed = opened(client, outage) | {"figure_0_label": "accounts lost"}
    del typed["figure_0_value"]

    response = client.post(address(outage), typed)

    assert response.status_code == 422
    assert 'value="accounts lost"' in response.content.decode()


def test_answers_are_changed_found_and_told_in_the_history(client, outage):
    question = make_question(key="region", label="Which region?")
    custom.save(outage, {question: "North"})

    client.post(address(outage), opened(client, outage) | {"q_region": "Ultima Thule"})

    assert [answer.text for answer in custom.answers(outage)] == ["Ultima Thule"]
    assert list(Incident.objects.matching("thule")) == [outage]
    history = client.get(reverse("incidents:history", args=[outage.reference])).content.decode()
    assert "“Which region?” (was North)" in history


def test_a_question_no_longer_asked_keeps_its_answer_in_sight(client, outage):
    question = make_question(key="region", label="Which region?", is_retired=True)
    custom.save(outage, {question: "North"})

    client.post(address(outage), opened(client, outage) | {"title": "Database removed"})

    assert "q_region" not in opened(client, outage)
    assert "North" in client.get(outage.get_absolute_url()).content.decode()


def test_a_clash_shows_figures_and_answers_of_both_and_keeps_all_that_was_typed(client, outage):
    make_question(key="region", label="Which region?")
    services = [make_service(), make_service()]
    stale = opened(client, outage)
    client.post(
        address(outage), stale | {"q_region": "North", "figure_0_value": "5", "title": "Theirs"}
    )

    mine = {"q_region": "South", "figure_0_value": "7", "services": [each.pk for each in services]}
    response = client.post(address(outage), stale | mine)

    assert response.status_code == 409
    differences = {each.label: (each.theirs, each.yours) for each in response.context["conflict"]}
    assert differences["Which region?"] == ("North", "South")
    assert differences["In numbers"] == ("Affected: estimated: 5", "Affected: estimated: 7")
    html = response.content.decode()
    ticked = re.findall(r'name="services" value="(\d+)"[^>]* checked', html)
    assert sorted(ticked) == sorted(str(each.pk) for each in services)
    assert 'value="South"' in html

    seen = re.search(r'name="seen" value="(\d+)"', html)[1]
    client.post(address(outage), stale | mine | {"seen": seen})
    assert [answer.text for answer in custom.answers(outage)] == ["South"]


@pytest.mark.parametrize("rows", [1, 4])
def test_the_page_costs_the_same_for_any_number_of_figures_and_questions(
    client, outage, django_assert_num_queries, rows
):
    for number in range(rows):
        custom.save(outage, {make_question(): f"Answer {number}"})
        ImpactFigure.objects.create(incident=outage, label="users", value=number)
        make_service()
    with django_assert_num_queries(STATEMENTS):
        client.get(address(outage))


#: Session, user, counts; incident, standing; span; milestones; services twice; questions, answers,
#: figures.
STATEMENTS = 11
