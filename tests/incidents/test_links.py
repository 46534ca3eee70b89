"""Incidents that belong together, seen from both sides."""

import pytest
from django.urls import reverse

from common.models import Activity
from incidents import links
from incidents.models import Incident, IncidentLink
from postmortems.models import Review
from tests.make import make_incident, make_review, make_team, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(client):
    user = make_user()
    client.force_login(user)
    return user


@pytest.fixture
def here(manager):
    return make_incident(title="Disk full on the primary", team=make_team(manager=manager))


def address(incident, name="link", *more):
    return reverse(f"incidents:{name}", args=[incident.reference, *more])


def told(incident, user):
    return [(how, other) for _, how, other in links.connections(incident, user)]


@pytest.mark.parametrize(
    ("kind", "from_here", "from_there"),
    [
        ("related", "Related to", "Related to"),
        ("caused_by", "Followed from", "Led to"),
        ("led_to", "Led to", "Followed from"),
        ("duplicate", "Duplicate of", "Also told in"),
    ],
)
def test_a_connection_reads_right_from_both_sides(
    client, manager, here, kind, from_here, from_there
):
    there = make_incident()

    client.post(address(here), {"other": there.reference, "kind": kind})

    assert told(here, manager) == [(from_here, there)]
    assert told(there, manager) == [(from_there, here)]
    for side in (here, there):
        assert [deed.verb for deed in Activity.objects.about(side)] == ["connected"]


def test_related_twice_from_both_sides_is_once(manager, here):
    there = make_incident()
    links.connect(here, other=there, kind="related", by=manager)
    links.connect(there, other=here, kind="related", by=manager)

    assert IncidentLink.objects.count() == 1


def test_a_connection_is_taken_back_from_the_other_side_with_a_trail(client, manager, here):
    there = make_incident()
    links.connect(there, other=here, kind="caused_by", by=manager)
    link = IncidentLink.objects.get()

    client.post(address(here, "unlink", link.pk))

    assert not IncidentLink.objects.exists()
    for side in (here, there):
        assert "disconnected" in [deed.verb for deed in Activity.objects.about(side)]
    html = client.get(address(here, "history")).content.decode()
    assert "took back a connection with another incident" in html


def test_a_connection_with_a_hidden_incident_is_neither_seen_nor_taken_back(client, manager, here):
    hidden = make_incident(title="Quillwort", visibility="restricted")
    link = IncidentLink.objects.create(incident=here, other=hidden)

    html = client.get(address(here)).content.decode()
    assert "Quillwort" not in html
    assert hidden.reference not in html
    assert client.post(address(here, "unlink", link.pk)).status_code == 404
    assert IncidentLink.objects.exists()


def test_a_connection_of_others_is_not_found_from_here(client, here):
    link = IncidentLink.objects.create(incident=make_incident(), other=make_incident())

    assert client.post(address(here, "unlink", link.pk)).status_code == 404


def test_similar_ones_are_suggested_and_hidden_ones_are_not(client, manager, here):
    alike = make_incident(title="Disk full on the replica", search_text="disk full replica")
    make_incident(title="Disk full, secretly", search_text="disk full", visibility="restricted")

    assert client.get(address(here)).context["found"] == [alike]


def test_another_is_found_by_its_words_and_connected_with_one_button(client, manager, here):
    other = make_incident(title="Certificate expired", search_text="certificate expired")
    html = client.get(address(here), {"q": "certificate"}).content.decode()
    assert f'name="use_other" value="{other.reference}"' in html

    client.post(address(here), {"use_other": other.reference, "other": "", "kind": "related"})

    assert told(here, manager) == [("Related to", other)]
    assert client.get(address(here), {"q": "certificate"}).context["found"] == []


def test_reopening_a_duplicate_takes_the_connection_back(client, manager, here):
    there = make_incident()
    move = address(here, "move")
    client.post(
        move, {"to": "closed", "close_reason": "duplicate", "duplicate_of": there.reference}
    )
    assert told(there, manager) == [("Also told in", here)]
    link = IncidentLink.objects.get()
    answer = client.post(address(here, "unlink", link.pk), follow=True)
    assert "Reopen it, and the connection goes with that." in answer.content.decode()

    client.post(move, {"to": "investigating", "reason": "It is another one after all"})

    here.refresh_from_db()
    assert (here.duplicate_of, IncidentLink.objects.count()) == (None, 0)


# One review of several incidents ----------------------------------------------------------------
def cover(client, review, other):
    address = reverse("postmortems:cover", args=[review.reference])
    return client.post(address, {"other": other.reference}, follow=True).content.decode()


def test_a_review_takes_in_a_connected_incident_from_its_page(client, manager, here):
    review, there = make_review(incident=here, facilitator=manager), make_incident()
    links.connect(here, other=there, kind="related", by=manager)
    assert (
        reverse("postmortems:cover", args=[here.reference])
        in client.get(address(here)).content.decode()
    )

    cover(client, review, there)
    cover(client, review, there)

    assert list(review.also_covers.all()) == [there]
    html = client.get(there.get_absolute_url()).content.decode()
    assert f"the review of {here.reference}" in html


def test_a_review_lets_go_of_an_incident_it_covered(client, manager, here):
    review, there = make_review(incident=here, facilitator=manager), make_incident()
    review.also_covers.add(there)

    client.post(reverse("postmortems:uncover", args=[review.reference, there.pk]))

    assert not review.also_covers.exists()


@pytest.mark.parametrize("kind", ["restricted", "reviewed", "finished", "itself", "missing"])
def test_what_a_review_cannot_cover_is_said(client, manager, here, kind):
    there = make_incident(visibility="restricted" if kind == "restricted" else "open")
    there.involvements.create(user=manager)
    review = make_review(incident=here, facilitator=manager)
    if kind == "reviewed":
        make_review(incident=there)
    elif kind == "finished":
        Review.objects.filter(pk=review.pk).update(state="approved")
    elif kind == "itself":
        there = here
    elif kind == "missing":
        there = Incident(reference="INC-4711")

    said = {
        "restricted": "is open only to the people named on it",
        "reviewed": "has a review of its own",
        "finished": "The text is finished",
        "itself": "That is the incident this review leads with.",
        "missing": "There is no INC-4711.",
    }[kind]
    assert said in cover(client, review, there)
    assert not review.also_covers.exists()


def test_an_incident_covered_by_a_published_review_can_be_closed(client, manager, here):
    Incident.objects.filter(pk=here.pk).update(severity="sev1")
    review = make_review()
    review.also_covers.add(here)
    attempt = {"to": "closed", "close_reason": "learned"}
    refused = client.post(address(here, "move"), attempt)
    assert "Its review is still under way." in refused.content.decode()

    Review.objects.filter(pk=review.pk).update(state="archived")

    assert client.post(address(here, "move"), attempt).status_code == 302
