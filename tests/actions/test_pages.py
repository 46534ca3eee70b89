"""The pages of actions, through the door people use."""

import csv
import io
import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from actions.listing import page as pages
from actions.models import Action
from common.csv_lines import cell
from incidents.models import Involvement
from people.models import Membership
from tests.make import (
    make_action,
    make_finding,
    make_incident,
    make_review,
    make_service,
    make_team,
    make_user,
)

pytestmark = pytest.mark.django_db

State = Action.State


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


@pytest.fixture
def guide(client):
    """Somebody who facilitates a review, signed in; `guide.review` is that review."""
    user = make_user()
    user.review = make_review(facilitator=user)
    client.force_login(user)
    return user


def agreed(**changed):
    tomorrow = (timezone.localdate() + timedelta(days=1)).isoformat()
    return {
        "title": "Show the host role in every prompt",
        "kind": "prevent",
        "measure": "other",
        "priority": "normal",
        "decision": "agree",
        "due_on": tomorrow,
        "done_test": "A newcomer tells them apart",
    } | changed


# The list ---------------------------------------------------------------------------------------
def test_the_list_groups_by_when(client):
    user = make_user()
    client.force_login(user)
    today = timezone.localdate()
    for title, days, state in (
        ("Late one", -3, State.ACCEPTED),
        ("Late and done", -2, State.DONE),
        ("Soon one", 0, State.IN_PROGRESS),
        ("Later one", 40, State.ACCEPTED),
    ):
        make_action(title=title, owner=user, due_on=today + timedelta(days=days), state=state)

    page = text_of(client.get("/actions/?view=mine"))

    order = ["Want a new date 1", "Late one", "Done, waiting to be checked 1", "Late and done",
             "This week and next 1", "Soon one", "Later 1", "Later one"]  # fmt: skip
    positions = [page.index(words, page.index("State")) for words in order]
    assert positions == sorted(positions)
    assert "overdue" not in page.lower()


def test_managers_start_with_their_teams_and_others_with_their_own(client):
    manager, member = make_user(), make_user()
    team = make_team(manager=manager, members=(member,))
    make_action(title="Of the team", team=team)
    make_action(title="Of the member", owner=member)
    make_action(title="Of somebody else")

    client.force_login(manager)
    seen_by_manager = text_of(client.get("/actions/"))
    client.force_login(member)
    seen_by_member = text_of(client.get("/actions/"))

    assert "Of the team" in seen_by_manager
    assert "Of the member" not in seen_by_manager
    assert "Of the member" in seen_by_member
    assert "Of the team" not in seen_by_member
    assert "Of somebody else" in text_of(client.get("/actions/?view=all"))


def test_filters_live_in_the_address(client):
    client.force_login(make_user())
    service = make_service(name="Main database")
    incident = make_incident()
    incident.services.add(service)
    shown = make_action(title="Restore every day", kind="recover", team=service.team)
    shown.incidents.add(incident)
    make_action(title="Something else")

    for query in (
        f"team={service.team.slug}",
        "kind=recover",
        f"service={service.slug}",
        f"incident={incident.reference.lower()}",
    ):
        page = text_of(client.get(f"/actions/?view=all&{query}"))
        assert "Restore every day" in page
        assert "Something else" not in page
    assert "Nothing matches" in text_of(client.get("/actions/?view=all&kind=recover&team=none&q=x"))


def test_words_find_an_action(client):
    client.force_login(make_user())
    client_page = "/actions/?view=all&q=paged"
    make_action(title="Alert on silence", search_text="somebody is paged")
    make_action(title="Something else")

    page = text_of(client.get(client_page))

    assert "Alert on silence" in page
    assert "Something else" not in page


def test_restricted_actions_are_absent(client):
    user = make_user()
    hidden = make_action(title="A secret change")
    hidden.incidents.add(make_incident(visibility="restricted"))
    client.force_login(user)

    assert "secret" not in client.get("/actions/?view=all").content.decode()
    assert "secret" not in b"".join(client.get("/actions/export.csv?view=all")).decode()
    for page in ("", "edit/", "done/", "date/", "drop/", "owner/"):
        answer = client.get(f"/actions/{hidden.reference}/{page}")
        assert answer.status_code == 404
    unseen, missing = (
        # Every page tells what time it is.
        re.sub(r"\d\d:\d\d UTC", "", text_of(client.get(f"/actions/{reference}/")))
        for reference in (hidden.reference, "A-999999")
    )
    assert unseen == missing


def test_pages_follow_each_other_without_gaps(client):
    user = make_user()
    client.force_login(user)
    due_on = timezone.localdate() + timedelta(days=3)
    titles = [
        make_action(title=f"Number {n:02}.", owner=user, due_on=due_on).title for n in range(60)
    ]

    found, address, previous = [], "/actions/?view=mine", []
    while address:
        page = client.get(address).content.decode()
        found += re.findall(r"Number \d\d\.", page)
        previous += re.findall(r'href="(\?[^"]*before=[^"]+)"', page)
        following = re.findall(r'href="(\?[^"]*after=[^"]+)"', page)
        address = "/actions/" + following[0].replace("&amp;", "&") if following else ""

    assert found == titles
    back = client.get("/actions/" + previous[-1].replace("&amp;", "&")).content.decode()
    assert re.findall(r"Number \d\d\.", back) == titles[25:50]


@pytest.mark.parametrize("cursor", ["x", "W10", "WyIyMDI2LTk5LTk5IiwgMV0", "bnVsbA", "=", "%00"])
def test_a_broken_cursor_shows_the_first_page(client, cursor):
    user = make_user()
    client.force_login(user)
    make_action(title="The first", owner=user)

    assert "The first" in text_of(client.get(f"/actions/?view=mine&after={cursor}"))


@pytest.mark.parametrize("view", ["mine", "teams", "all"])
def test_the_list_costs_the_same_for_any_length(client, view):
    user = make_user()
    team = make_team(manager=user)
    client.force_login(user)

    def cost():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(f"/actions/?view={view}").status_code == 200
        return len(queries)

    make_action(owner=user, team=team, review=make_review())
    client.get("/actions/")
    one = cost()
    for _ in range(8):
        make_action(owner=user, team=team, review=make_review())

    assert cost() == one


def test_the_export_holds_what_is_shown_and_no_formulas(client):
    user = make_user(name="=cmd()")
    client.force_login(user)
    shown = make_action(title="=HYPERLINK(1)", owner=user, done_test='@SUM("x"), really')
    make_action(title="Somebody else's")

    answer = client.get("/actions/export.csv?view=mine")

    body = b"".join(answer).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(body)))
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert [row["Reference"] for row in rows] == [shown.reference]
    assert rows[0]["Action"] == "'=HYPERLINK(1)"
    assert rows[0]["How we will know"] == '\'@SUM("x"), really'
    assert rows[0]["Owner"] == "'=cmd()"


def test_the_export_costs_the_same_for_any_length(client):
    user = make_user()
    client.force_login(user)

    def cost(rows: int) -> int:
        with CaptureQueriesContext(connection) as spent:
            body = b"".join(client.get("/actions/export.csv?view=mine")).decode()
        assert body.count("INC-") == rows
        return len(spent)

    make_action(owner=user, review=make_review())
    cost(1)  # that it was taken along is noted once
    one = cost(1)
    for _ in range(4):
        make_action(owner=user, review=make_review())
    assert cost(5) == one


@pytest.mark.parametrize("typed", ["=1+1", "+1", "-1", "@SUM(1)", "|calc", "＝1+1", "＋1", "\t=1"])
def test_no_cell_begins_like_a_formula(typed):
    assert cell(typed) == f"'{typed.strip()}"


# A new one --------------------------------------------------------------------------------------
def test_an_action_from_a_card_starts_with_the_safer_way(client, guide):
    finding = make_finding(guide.review, goal="wrong", text="It hung", safer="Alert on silence")

    page = client.get(f"/actions/new/?review={guide.review.reference}&finding={finding.pk}")

    assert 'value="Alert on silence"' in page.content.decode()


def test_agreeing_from_a_card_links_everything(client, guide):
    finding = make_finding(guide.review, goal="wrong", safer="Alert on silence")
    address = f"/actions/new/?review={guide.review.reference}&finding={finding.pk}"

    answer = client.post(address, agreed(owner=guide.pk, form_token="t1"))

    action = Action.objects.get()
    assert answer["Location"] == action.get_absolute_url()
    assert (action.finding, action.state) == (finding, State.ACCEPTED)
    assert list(action.reviews.all()) == [guide.review]


def test_a_second_click_finds_the_first_ones_action(client, guide):
    address = f"/actions/new/?review={guide.review.reference}"

    first = client.post(address, agreed(owner=guide.pk, form_token="once"))
    second = client.post(address, agreed(owner=guide.pk, form_token="once"))

    assert Action.objects.count() == 1
    assert first["Location"] == second["Location"]


def test_what_is_missing_is_named_and_nothing_typed_is_lost(client, guide):
    answer = client.post(
        f"/actions/new/?review={guide.review.reference}",
        agreed(title="Keep these words", due_on="", done_test=""),
    )

    page = answer.content.decode()
    assert answer.status_code == 422
    assert Action.objects.count() == 0
    assert "Keep these words" in page
    assert "<title>Error: New action" in page
    for words in ("Choose who will see to it", "Say how we will know"):
        assert words in page


def test_an_idea_is_parked_without_a_promise(client, guide):
    client.post(
        f"/actions/new/?review={guide.review.reference}",
        agreed(decision="park", due_on="", done_test=""),
    )

    assert Action.objects.get().state == State.PARKED


def test_a_past_day_is_refused(client, guide):
    yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()
    answer = client.post(
        f"/actions/new/?review={guide.review.reference}",
        agreed(owner=guide.pk, due_on=yesterday),
    )

    assert "That day has passed" in answer.content.decode()


def test_members_cannot_agree_on_actions(client):
    client.force_login(make_user())
    review = make_review()

    for address in ("/actions/new/", f"/actions/new/?review={review.reference}",
                    f"/actions/new/?incident={review.incident.reference}"):  # fmt: skip
        assert client.get(address).status_code == 403
        assert client.post(address, {}).status_code == 403
    assert Action.objects.count() == 0


def test_managers_agree_on_actions_of_their_own(client):
    manager = make_user()
    team = make_team(manager=manager)
    client.force_login(manager)

    without_team = client.post("/actions/new/", agreed(owner=manager.pk))
    client.post("/actions/new/", agreed(owner=manager.pk, team=team.pk))

    assert without_team.status_code == 422
    assert Action.objects.get().team == team


def test_the_owner_of_a_restricted_one_must_be_able_to_read_it(client, guide):
    stranger = make_user(name="Stranger of the house")
    named = make_user(name="Named on it")
    incident = guide.review.incident
    incident.visibility = "restricted"
    incident.save()
    Involvement.objects.create(incident=incident, user=named)
    address = f"/actions/new/?review={guide.review.reference}"

    page = client.get(address).content.decode()
    answer = client.post(address, agreed(owner=stranger.pk))

    assert "Named on it" in page
    assert "Stranger of the house" not in page
    assert answer.status_code == 422
    assert "can read where it comes from" in answer.content.decode()


def test_a_card_of_another_review_is_not_found(client, guide):
    elsewhere = make_finding(make_review())

    answer = client.get(f"/actions/new/?review={guide.review.reference}&finding={elsewhere.pk}")

    assert answer.status_code == 404


# One action -------------------------------------------------------------------------------------
def test_the_page_shows_the_way_from_event_to_action(client, guide):
    finding = make_finding(guide.review, goal="wrong", text="Both looked alike", safer="Show it")
    action = make_action(review=guide.review, finding=finding, title="Show the role")

    page = text_of(client.get(action.get_absolute_url()))

    positions = [page.rindex(words) for words in ("Both looked alike", "Safer", "Show the role")]
    assert positions == sorted(positions)


def test_readers_of_the_action_do_not_read_the_draft(client):
    review = make_review()
    finding = make_finding(review, text="Words from the working text", safer="Show it there")
    action = make_action(review=review, finding=finding)
    client.force_login(make_user())

    page = text_of(client.get(action.get_absolute_url()))

    assert action.title in page
    assert "Words from the working text" not in page
    assert "Show it there" not in page


@pytest.mark.parametrize(
    ("page", "data", "state"),
    [
        ("start", {}, State.IN_PROGRESS),
        ("wait", {"blocked_on": "A switch"}, State.BLOCKED),
        ("done", {"proof": "Tried with three"}, State.DONE),
    ],
)
def test_the_owner_moves_their_own(client, page, data, state):
    action = make_action()
    client.force_login(action.owner)

    answer = client.post(f"/actions/{action.reference}/{page}/", data)

    action.refresh_from_db()
    assert answer["Location"] == action.get_absolute_url()
    assert action.state == state


@pytest.mark.parametrize(
    "page", ["start", "wait", "done", "date", "owner", "drop", "not-yet", "edit", "agree", "worked"]
)
def test_strangers_move_nothing_and_are_refused_before_their_words_are_read(client, page):
    action = make_action(done_by=None)
    client.force_login(make_user())

    assert client.post(f"/actions/{action.reference}/{page}/", {}).status_code == 403

    after = Action.objects.get(pk=action.pk)
    assert (after.state, after.version) == (action.state, action.version)


@pytest.mark.parametrize("page", ["start", "off/INC-1"])
def test_looking_changes_nothing(client, page):
    action = make_action()
    client.force_login(action.owner)

    assert client.get(f"/actions/{action.reference}/{page}/").status_code == 405


def test_a_colleague_of_the_team_checks(client):
    owner, colleague = make_user(), make_user()
    team = make_team(members=(owner, colleague))
    action = make_action(owner=owner, team=team)
    client.force_login(owner)
    client.post(reverse("actions:finish", args=[action.reference]), {"proof": "Tried"})
    assert "It worked" not in text_of(client.get(action.get_absolute_url()))

    client.force_login(colleague)
    assert "It worked" in text_of(client.get(action.get_absolute_url()))
    address = reverse("actions:verify", args=[action.reference])
    assert client.post(address).status_code == 422
    client.post(address, {"showed": "I pulled the plug, and it paged."})

    action.refresh_from_db()
    assert (action.state, action.verified_by) == (State.VERIFIED, colleague)
    assert "I pulled the plug" in text_of(client.get(action.get_absolute_url()))


def test_a_new_date_needs_a_reason_and_offers_days(client):
    action = make_action(due_on=timezone.localdate() - timedelta(days=3))
    client.force_login(action.owner)
    address = reverse("actions:redate", args=[action.reference])
    offers = re.findall(r"\?due_on=([\d-]+)", client.get(address).content.decode())
    later = offers[0]

    assert [date.fromisoformat(day).weekday() >= 5 for day in offers] == [False, False, False]
    assert (
        timedelta(days=7) <= date.fromisoformat(later) - timezone.localdate() < timedelta(days=10)
    )
    assert client.post(address, {"due_on": later, "reason": ""}).status_code == 422
    client.post(address, {"due_on": later, "reason": "The switch comes late"})

    page = text_of(client.get(action.get_absolute_url()))
    day = date.fromisoformat(later)
    assert "moved once" in page
    assert f"Moved the date: to {day.day} {day:%b %Y}" in page
    assert "The switch comes late" in page


def test_an_owner_suggests_and_a_manager_decides(client):
    manager = make_user()
    action = make_action(team=make_team(manager=manager))
    address = reverse("actions:drop", args=[action.reference])
    client.force_login(action.owner)

    assert "Who carries the risk" not in client.get(address).content.decode()
    client.post(address, {"reason": "Nobody uses it"})
    action.refresh_from_db()
    assert action.state == State.ACCEPTED

    client.force_login(manager)
    assert client.post(address, {"reason": "Nobody uses it"}).status_code == 422
    client.post(address, {"reason": "Nobody uses it", "risk_carried_by": "Platform"})
    action.refresh_from_db()
    assert action.state == State.WONT_DO


def test_two_people_saving_see_both_versions(client):
    action = make_action(title="Before")
    client.force_login(action.owner)
    address = reverse("actions:edit", args=[action.reference])
    client.post(address, agreed(title="Theirs", version=1))

    answer = client.post(address, agreed(title="Mine", version=1))

    page = answer.content.decode()
    action.refresh_from_db()
    assert answer.status_code == 409
    assert action.title == "Theirs"
    assert 'value="Mine"' in page
    assert "Theirs" in page
    assert 'name="version" value="2"' in page

    client.post(address, agreed(title="Both", version=2))
    action.refresh_from_db()
    assert action.title == "Both"


def test_a_manager_elsewhere_assigns_nothing(client):
    elsewhere = make_user()
    make_team(manager=elsewhere)
    action = make_action(team=make_team())
    client.force_login(elsewhere)

    assert client.get(reverse("actions:assign", args=[action.reference])).status_code == 403
    Membership.objects.create(user=elsewhere, team=action.team, is_manager=True)
    other = make_user()
    client.post(reverse("actions:assign", args=[action.reference]), {"owner": other.pk})
    action.refresh_from_db()
    assert action.owner == other


def test_the_numbers_of_the_views_are_those_of_each_reader(django_assert_num_queries):
    today, owner, helper = timezone.localdate(), make_user(), make_user()
    for days in (-3, 5):
        make_action(owner=owner, due_on=today + timedelta(days=days)).helpers.add(helper)
    make_action(owner=owner).incidents.add(make_incident(visibility="restricted"))
    pages.counts(owner, today=today)

    with django_assert_num_queries(2):
        numbers = [pages.counts(reader, today=today) for reader in (owner, helper)]

    for found in numbers:
        assert (found["mine"], found["dates"], found["all"]) == (2, 1, 2)
    stranger = pages.counts(make_user(), today=today)
    assert (stranger["mine"], stranger["dates"], stranger["all"]) == (0, 0, 2)
    assert pages.counts(owner, today=today + timedelta(days=6))["dates"] == 2


def test_what_one_helps_with_is_ones_own_wherever_it_is_counted(client):
    helper = make_user()
    make_action(title="Rehearse the restore").helpers.add(helper)
    client.force_login(helper)

    for name in ("list", "board"):
        html = client.get(reverse(f"actions:{name}"), {"view": "mine"}).content.decode()
        assert "Rehearse the restore" in html
        assert 'Actions<span class="count">1</span>' in html
