"""Trackers are asked for tickets, by their documented APIs."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone

from actions import asking, tickets
from actions.models import Action, Ticket, Tracker
from common import outbound
from tests.actions.test_tickets import PLACES, connected
from tests.make import make_action, make_user

pytestmark = pytest.mark.django_db

NOW = timezone.now
ASKED = Path(__file__).parent / "asked"
TOLD_AT = datetime(2026, 11, 20, 15, 20, 21, tzinfo=UTC)


def recorded(kind):
    """What a tracker answers, as its documentation shows it."""
    return json.loads((ASKED / f"{kind}.json").read_text(encoding="utf-8"))


@pytest.fixture
def asked(monkeypatch, settings):
    """What was asked; `asked.answers` are given in turn."""

    class Asked(list):
        answers: list = []

        def __call__(self, address, *, headers):
            self.append((address, dict(headers)))
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

    settings.TRACKER_TOKENS = {
        "api.github.com": "t-github", "gitlab.example.org": "t-gitlab",
        "example.atlassian.net": "me@example.org:t-jira",
    }  # fmt: skip
    found = Asked()
    monkeypatch.setattr(outbound, "get", found)
    return found


def make_ticket(kind, number):
    """Another action with a ticket in the same tracker."""
    address = PLACES[kind][1].rpartition("/")[0]
    action = make_action(ticket_url=f"{address}/{number}")
    tickets.keep_in_step(action)


def answered(told, *, status=200, etag=""):
    return outbound.Answer(status, json.dumps(told), etag=etag)


@pytest.mark.parametrize(
    ("kind", "address", "header"),
    [
        ("github", "https://api.github.com/repos/octo/infra/issues/1094", "Authorization"),
        ("gitlab", "https://gitlab.example.org/api/v4/projects/platform%2Finfra/issues/23",
         "PRIVATE-TOKEN"),
        ("jira", "https://example.atlassian.net/rest/api/2/issue/OPS-7?fields=status,updated",
         "Authorization"),
    ],
)  # fmt: skip
def test_a_tracker_is_asked_by_its_own_address(asked, kind, address, header):
    connected(kind)
    asked.answers = [answered(recorded(kind))]

    assert asking.ask(now=NOW()) == 1

    assert asked[0][0] == address and header in asked[0][1]
    ticket = Ticket.objects.get()
    assert ticket.state == "closed"
    assert ticket.changed_at.replace(microsecond=0) == TOLD_AT


def test_what_has_not_changed_is_not_sent_again(asked):
    connected("github")
    asked.answers = [answered(recorded("github"), etag='W/"1"'),
                     answered({}, status=304)]  # fmt: skip
    asking.ask(now=NOW())
    before = Ticket.objects.get()

    asking.ask(now=NOW() + timedelta(hours=1))

    assert asked[1][1]["If-None-Match"] == 'W/"1"'
    after = Ticket.objects.get()
    assert after.state == "closed" and after.seen_at > before.seen_at


def test_nothing_inside_is_asked(settings):
    settings.TRACKER_TOKENS = {"127.0.0.1": "t"}
    action = make_action(ticket_url="https://127.0.0.1/browse/OPS-7")
    tickets.add_tracker(Tracker(kind="jira", address="https://127.0.0.1"), by=make_user())

    assert asking.ask(now=NOW()) == 0
    assert Ticket.objects.get(action=action).state == "unknown"


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_a_tracker_that_will_not_say_changes_nothing(asked, status):
    connected("github")
    asked.answers = [answered({"state": "closed"}, status=status), outbound.NotReached()]

    assert asking.ask(now=NOW()) == 0
    assert asking.ask(now=NOW() + timedelta(hours=1)) == 0
    assert Ticket.objects.get().state == "unknown"


@pytest.mark.parametrize(
    "refusal", [outbound.NotReached(), outbound.Answer(429, ""), outbound.Answer(502, "")]
)
def test_a_tracker_that_will_not_say_is_left_alone_ever_longer(asked, refusal):
    connected("github")
    make_ticket("github", 2)
    now, rests = NOW(), []
    for _ in range(6):
        asked.answers = [refusal]
        asking.ask(now=now)  # the second ticket is not asked for in the same run
        until = Tracker.objects.get().rests_until
        rests.append(until - now)
        assert asking.ask(now=until - timedelta(seconds=1)) == 0
        now = max(until, now + asking.ASK_AGAIN)

    assert rests == [timedelta(minutes=m) for m in (14, 28, 56, 112, 224, 240)]
    assert len(asked) == 6
    asked.answers = [answered({"state": "open"})] * 2
    assert asking.ask(now=now) == 2
    tracker = Tracker.objects.get()
    assert (tracker.refusals, tracker.rests_until) == (0, None)


def test_a_tracker_says_itself_how_long_it_wants_to_be_left_alone(asked):
    connected("github")
    asked.answers = [outbound.Answer(429, "", retry_after=timedelta(hours=2)),
                     outbound.Answer(503, "", retry_after=timedelta(days=400))]  # fmt: skip
    now = NOW()
    asking.ask(now=now)
    assert Tracker.objects.get().rests_until == now + timedelta(hours=2)

    now += timedelta(hours=2)
    asking.ask(now=now)

    assert Tracker.objects.get().rests_until == now + asking.LONGEST_WISH


def test_one_tracker_that_is_down_keeps_nobody_from_asking_the_others(asked):
    connected("gitlab")
    connected("github")
    asked.answers = [outbound.NotReached(), answered(recorded("github"))]

    assert asking.ask(now=NOW()) == 1

    states = dict(Ticket.objects.values_list("tracker__kind", "state"))
    assert states == {"gitlab": "unknown", "github": "closed"}


def test_a_run_asks_for_so_many_tickets_and_the_next_one_for_the_others(asked, monkeypatch):
    monkeypatch.setattr(asking, "MOST_ASKED", 2)
    connected("github")
    make_ticket("github", 2)
    make_ticket("github", 3)
    asked.answers = [answered({"state": "open"})] * 3
    now = NOW()

    assert [asking.ask(now=now), asking.ask(now=now + timedelta(minutes=15))] == [2, 1]
    assert len({address for address, _ in asked}) == 3


def test_administrators_see_that_a_tracker_is_left_alone(asked, client):
    connected("github")
    asked.answers = [answered({}, status=401)]
    asking.ask(now=NOW())
    client.force_login(make_user(is_admin=True))

    page = client.get(reverse("actions:trackers")).content.decode()

    assert "would not say what it was asked for" in page


def test_a_ticket_that_is_gone_is_unknown(asked):
    connected("github")
    Ticket.objects.update(state="open", seen_at=NOW())
    asked.answers = [answered({}, status=404)]

    asking.ask(now=NOW())

    assert Ticket.objects.get().state == "unknown"


def test_nobody_is_asked_without_a_token_too_often_or_of_what_is_finished(asked, settings):
    _, action = connected("github")
    asked.answers = [answered({"state": "open"})]
    asking.ask(now=NOW())
    asking.ask(now=NOW())
    Action.objects.filter(pk=action.pk).update(state="verified")
    asking.ask(now=NOW() + timedelta(hours=2))
    Action.objects.filter(pk=action.pk).update(state="accepted")
    settings.TRACKER_TOKENS = {}
    asking.ask(now=NOW() + timedelta(hours=2))

    assert len(asked) == 1
