"""Several incidents changed at once, and taken back."""

import pytest
from django.core import signing

from common import undo
from common.models import Activity, Tag
from common.tags import tags_named
from incidents import permissions, together
from incidents.models import Incident, Involvement
from people.models import Membership, Team
from tests.make import make_incident, make_service, make_team, make_user

pytestmark = pytest.mark.django_db
TOGETHER = "/incidents/together/"
UNDO = "/incidents/together/undo/"


@pytest.fixture
def engineer(client):
    user = make_user()
    client.force_login(user)
    return user


def tags_of(incident):
    return sorted(incident.tags.values_list("name", flat=True))


def tag(client, *incidents, deed="tag", names="dns"):
    picked = [incident.reference for incident in incidents]
    data = {"pick": picked, "deed": deed, "tags": names, "back": "severity=sev1"}
    return client.post(TOGETHER, data, follow=True)


def undo_token(response):
    [message] = response.context["messages"]
    return message.extra_tags.split()[1]


def test_tags_go_on_those_one_may_edit_and_the_others_are_named_kindly(client, engineer):
    mine = make_incident(participants=(engineer,), severity="sev1")
    others = [make_incident() for _ in range(3)]

    response = tag(client, mine, *others, names="dns, third party")

    assert tags_of(mine) == ["dns", "third party"]
    assert [tags_of(other) for other in others] == [[], [], []]
    assert "Three were left as they were: only people named on them" in response.content.decode()
    assert response.request["QUERY_STRING"] == "severity=sev1"


def test_tags_are_written_in_any_alphabet_and_never_dropped(client, engineer):
    mine = make_incident(participants=(engineer,))

    tag(client, mine, names="сбой записи, データ損失, café")
    refused = tag(client, mine, names="dns, !!")

    assert tags_of(mine) == sorted(["сбой записи", "データ損失", "café"])
    assert "“!!” has neither a letter nor a number." in refused.content.decode()


def test_what_one_cannot_see_is_neither_changed_nor_counted(client, engineer):
    mine = make_incident(participants=(engineer,))
    hidden = make_incident(visibility="restricted")

    response = tag(client, mine, hidden)

    assert tags_of(hidden) == []
    assert "left as" not in response.content.decode()


def test_taking_it_back_restores_exactly_what_was_there(client, engineer):
    had, had_not = (make_incident(participants=(engineer,)) for _ in range(2))
    had.tags.set(tags_named(["dns"]))

    token = undo_token(tag(client, had, had_not))
    client.post(UNDO, {"token": token})

    assert (tags_of(had), tags_of(had_not)) == (["dns"], [])
    verbs = Activity.objects.about(had_not).order_by("pk").values_list("verb", "detail")
    assert list(verbs) == [("tagged", "dns"), ("took tags off", "dns")]


def test_tags_taken_off_come_back(client, engineer):
    incident = make_incident(participants=(engineer,))
    incident.tags.set(tags_named(["dns", "night"]))

    token = undo_token(tag(client, incident, deed="untag", names="dns"))
    assert tags_of(incident) == ["night"]
    client.post(UNDO, {"token": token})

    assert tags_of(incident) == ["dns", "night"]


def test_nobody_takes_back_for_somebody_else(client, engineer):
    incident = make_incident(participants=(engineer,))
    token = undo_token(tag(client, incident))
    other = make_user()
    Involvement.objects.create(incident=incident, user=other)
    client.force_login(other)

    client.post(UNDO, {"token": token})

    assert tags_of(incident) == ["dns"]


def test_a_forged_token_takes_nothing_back(engineer):
    incident = make_incident(participants=(engineer,))
    [dns] = tags_named(["dns"])
    incident.tags.add(dns)
    forged = signing.dumps([engineer.pk, "tag", [[incident.pk, dns.pk]]], salt="another")

    with pytest.raises(undo.CannotUndo):
        together.undo(forged, by=engineer)

    assert tags_of(incident) == ["dns"]


def test_whoever_lost_the_right_takes_nothing_back(client, engineer):
    incident = make_incident(participants=(engineer,))
    token = undo_token(tag(client, incident))
    Involvement.objects.all().delete()

    client.post(UNDO, {"token": token})

    assert tags_of(incident) == ["dns"]


def test_services_are_added_and_whoever_edits_meanwhile_is_told(client, engineer):
    incident, service = make_incident(participants=(engineer,)), make_service()

    client.post(TOGETHER, {"pick": incident.reference, "deed": "serve", "services": service.pk})

    assert list(incident.services.all()) == [service]
    seen = incident.version
    incident.refresh_from_db()
    assert incident.version == seen + 1


def test_tags_are_found_by_search(client, engineer):
    incident = make_incident(participants=(engineer,))

    tag(client, incident, names="marmalade")

    rows = client.get("/incidents/", {"q": "marmalade"}).context["rows"]
    assert [row.reference for row in rows] == [incident.reference]


def test_a_form_without_tags_comes_back_and_keeps_the_rows(client, engineer):
    incident = make_incident(participants=(engineer,))

    response = tag(client, incident, names=" , ")

    assert response.status_code == 422
    assert f'name="pick" value="{incident.reference}"' in response.content.decode()


def test_unknown_names_make_no_tags_when_they_are_to_come_off(client, engineer):
    tag(client, make_incident(participants=(engineer,)), deed="untag", names="never used")

    assert not Tag.objects.exists()


def test_the_tags_of_one_incident_keep_what_somebody_else_adds_meanwhile(client, engineer):
    incident = make_incident(participants=(engineer,))
    incident.tags.set(tags_named(["dns", "night"]))
    incident.tags.add(*tags_named(["meanwhile"]))

    client.post(
        f"/incidents/{incident.reference}/tags/", {"tags": "dns, new", "were": "dns, night"}
    )

    assert tags_of(incident) == ["dns", "meanwhile", "new"]


def standing_of(user, incident):
    """As a statement about something else finds it: here, about its team."""
    columns = permissions.standing_columns(user, "incidents")
    row = Team.objects.filter(incidents=incident).values(**columns).get()
    unasked = Incident(pk=incident.pk)
    permissions.keep_standing(user, unasked, row)
    return permissions.standing(user, unasked)


def test_many_and_one_are_told_apart_by_the_same_rule():
    """permissions.can_edit and editable_by say the same of everybody."""
    manager, member = make_user(), make_user()
    people = {capacity: make_user() for capacity in Involvement.Capacity.values}
    team = make_team(manager=manager, members=(member,))
    incident = make_incident(team=team)
    for capacity, user in people.items():
        Involvement.objects.create(incident=incident, user=user, capacity=capacity)
    everybody = [manager, member, make_user(), *people.values()]

    one_by_one = [permissions.can_edit(user, incident) for user in everybody]
    standings = [permissions.standing(user, incident) for user in everybody]

    together_ = [
        permissions.editable_by(user).filter(pk=incident.pk).exists() for user in everybody
    ]
    assert together_ == one_by_one
    assert standings == [standing_of(user, incident) for user in everybody]
    assert frozenset().union(*standings) == set(permissions.Standing)
    assert set(one_by_one) == {True, False}
    assert Membership.objects.filter(team=team).count() == 2
    assert Incident.objects.count() == 1
