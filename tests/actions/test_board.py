"""The actions as a board, and how old they are as a picture."""

import re
from datetime import datetime, time, timedelta
from html import unescape

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from actions import ages
from actions.listing.filters import Filters
from actions.listing.wishes import AGES, written
from actions.models import Action
from tests.make import make_action, make_incident, make_team, make_user

pytestmark = pytest.mark.django_db
State = Action.State
_FIELD = r'name="(\w+)" value="([^"]*)"'
_BUTTON = r'form="move" formaction="([^"]+)" name="to" value="progress"'


@pytest.fixture
def manager(client):
    user = make_user()
    user.team = make_team(manager=user)
    client.force_login(user)
    return user


def in_lanes(response):
    return {
        shown.lane.name: [card.action.title for card in shown.cards]
        for shown in response.context["lanes"]
    }


def move(client, action, to):
    return client.post(f"/actions/{action.reference}/move/", {"to": to, "back": "view=teams"})


def test_each_state_that_work_goes_through_has_a_lane(client, manager):
    for state in set(State) - {State.WONT_DO}:
        make_action(team=manager.team, title=state.label, state=state)

    lanes = in_lanes(client.get("/actions/board/"))

    assert lanes["agreed"] == ["Agreed"]
    assert sorted(lanes["progress"]) == ["In progress", "Waiting for something"]
    assert lanes["check"] == ["Waiting to be checked"]
    assert len(lanes["verified"]) == 4


def test_a_lane_shows_the_first_cards_and_leads_to_all(client, manager):
    for _ in range(27):
        make_action(team=manager.team)

    page = client.get("/actions/board/?kind=prevent")
    [agreed, *_] = page.context["lanes"]

    assert (len(agreed.cards), agreed.count) == (25, "27")
    assert len(client.get(agreed.url).context["page"].rows) == 25
    assert "kind=prevent" in agreed.url


def test_a_card_goes_on_and_is_taken_back(client, manager):
    action = make_action(team=manager.team)

    response = move(client, action, "progress")
    action.refresh_from_db()
    moved = action.state
    [message] = list(client.get(response["Location"]).context["messages"])
    client.post("/actions/together/undo/", {"token": message.extra_tags.split()[1]})
    action.refresh_from_db()

    assert response["Location"] == "/actions/board/?view=teams"
    assert (moved, action.state) == (State.IN_PROGRESS, State.ACCEPTED)


def test_a_button_of_a_card_sends_the_form_of_the_board(manager):
    action, browser = make_action(team=manager.team), Client(enforce_csrf_checks=True)
    browser.force_login(manager)
    page = browser.get("/actions/board/?view=all&kind=prevent").content.decode()
    [form] = re.findall(r'<form method="post" id="move">.*?</form>', page, re.DOTALL)
    told = {name: unescape(value) for name, value in re.findall(_FIELD, form)}
    [address] = re.findall(_BUTTON, page)

    response = browser.post(address, told | {"to": "progress"})

    action.refresh_from_db()
    assert response["Location"] == "/actions/board/?view=all&kind=prevent"
    assert action.state == State.IN_PROGRESS


@pytest.mark.parametrize(
    ("state", "to", "page"),
    [
        (State.IN_PROGRESS, "check", "done"),
        (State.DONE, "progress", "not-yet"),
        (State.DONE, "agreed", "not-yet"),
        (State.DONE, "verified", "worked"),
    ],
)
def test_what_a_move_takes_is_asked_for_first(client, manager, state, to, page):
    action = make_action(team=manager.team, state=state)

    response = move(client, action, to)

    action.refresh_from_db()
    assert response["Location"] == f"/actions/{action.reference}/{page}/"
    assert action.state == state


def test_a_card_offers_only_where_it_can_go(client, manager):
    for state in (State.ACCEPTED, State.DONE, State.VERIFIED):
        make_action(team=manager.team, state=state)

    lanes = {each.lane.name: each for each in client.get("/actions/board/").context["lanes"]}

    assert lanes["agreed"].cards[0].goes_to == ("agreed", "progress", "check")
    assert lanes["check"].cards[0].goes_to == ("progress", "check", "verified")
    assert lanes["verified"].cards[0].goes_to == ("verified",)
    page = client.get("/actions/board/").content.decode()
    assert page.count('name="to" value="verified"') == 2


def test_refused_moves_say_what_is_missing(client, manager):
    open_one = make_action(team=manager.team)
    own = make_action(team=manager.team, state=State.DONE, done_by=manager)
    finished = make_action(team=manager.team, state=State.VERIFIED)

    said = [
        str(next(iter(client.get(move(client, action, to)["Location"]).context["messages"])))
        for action, to in ((open_one, "verified"), (own, "verified"), (finished, "progress"))
    ]

    assert "First somebody says that it is done" in said[0]
    assert "Somebody else than the person who did it" in said[1]
    assert "was not moved" in said[2]
    for action in (open_one, own, finished):
        was = action.state
        action.refresh_from_db()
        assert action.state == was


def test_restricted_cards_are_absent(client, manager):
    hidden = make_action(title="A secret change", team=manager.team)
    hidden.incidents.add(make_incident(visibility="restricted"))

    for page in ("board", "ages"):
        response = client.get(f"/actions/{page}/?view=all")
        assert "secret" not in response.content.decode()
    assert not response.context["picture"].rows
    assert move(client, hidden, "progress").status_code == 404


@pytest.mark.parametrize(
    "address",
    ["board/?view=all", "ages/?view=all", *(f"?view=all&group={group}" for group in
     ("", "team", "service", "review", "kind", "state")), "?view=all&filters=1"],
)  # fmt: skip
def test_the_number_of_statements_does_not_grow(client, manager, address):
    def fill(number):
        for _ in range(number):
            action = make_action(team=make_team())
            action.incidents.add(make_incident())

    def statements():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"/actions/{address}").status_code == 200
        return len(captured)

    fill(3)
    client.get(f"/actions/{address}")
    few = statements()
    fill(12)
    assert statements() == few


def test_groups_follow_the_order_over_the_pages(client, manager):
    teams = [make_team() for _ in range(3)]
    for number in range(40):
        make_action(team=teams[number % 3], title=f"Change {number:02}")
    make_action(team=None, title="Of nobody")

    first = client.get("/actions/?view=all&group=team")
    second = client.get(f"/actions/{first.context['page'].next_url}")

    titles = [group.title for page in (first, second) for group in page.context["groups"]]
    assert list(dict.fromkeys(titles)) == [*map(str, teams), "No team"]
    rows = [row.pk for page in (first, second) for row in page.context["page"].rows]
    assert len(set(rows)) == 41


def test_a_date_an_age_and_a_source_filter(client, manager):
    incident = make_incident()
    today = timezone.localdate()
    late = make_action(title="A late one", due_on=today - timedelta(days=3))
    old = make_action(title="An old one", created_at=timezone.now() - timedelta(days=400))
    from_here = make_action(title="From here")
    from_here.incidents.add(incident)

    def titles(query):
        page = client.get(f"/actions/?view=all&{query}").context["page"]
        return [row.title for row in page.rows]

    assert titles("when=past") == [late.title]
    assert titles("age=old") == [old.title]
    assert titles(f"incident={incident.reference}") == [from_here.title]
    assert len(titles("when=soon&when=later&age=2w")) == 1


def test_a_view_is_saved_with_its_filters(client, manager):
    data = {"name": "Late here", "page": "actions", "query": "view=all&when=past&group=team&x=1"}

    response = client.post("/views/new/", data)

    assert response["Location"] == "/actions/?view=all&when=past&group=team"


# How old ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland", "America/New_York"])
def test_ages_begin_and_end_at_midnight_where_one_is(manager, zone):
    with timezone.override(zone):
        today = timezone.localdate()
        for _, _, oldest in list(AGES.values())[:-1]:
            day = today - timedelta(days=oldest - 1)
            midnight = timezone.make_aware(datetime.combine(day, time()))
            for written_at in (midnight, midnight - timedelta(microseconds=1)):
                make_action(kind="detect", created_at=written_at)

        [row] = ages.picture(Filters(QueryDict("view=all"), user=manager), today=today).rows

        assert {cell.age: cell.number for cell in row.cells} == {
            age: Action.objects.filter(written(age, today=today)).count() for age in AGES
        }
        assert [cell.number for cell in row.cells] == [1, 2, 2, 2, 2, 1]


def test_squares_and_numbers_agree_with_the_list(client, manager):
    today, now = timezone.localdate(), timezone.now()
    for days, due in ((1, 5), (20, -5), (20, 5), (500, 5)):
        make_action(
            team=manager.team, kind="detect", created_at=now - timedelta(days=days),
            due_on=today + timedelta(days=due),
        )  # fmt: skip

    picture = client.get("/actions/ages/?view=teams").context["picture"]

    [row] = picture.rows
    assert [cell.number for cell in row.cells] == [1, 2, 0, 0, 0, 1]
    assert [square.is_past for block in row.blocks for square in block.squares].count(True) == 1
    for cell in row.cells:
        listed = client.get(cell.url).context["page"].rows
        assert len(listed) == cell.number
    assert picture.sentence == "4 open: one is older than half a year and one has passed the date."
