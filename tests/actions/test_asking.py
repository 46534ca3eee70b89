"""Trackers are asked for tickets, by their documented APIs."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from actions import asking, tickets
from actions.models import Action, Ticket, Tracker
from common import outbound
from tests.actions.test_tickets import connected, recorded
from tests.make import make_action, make_user

pytestmark = pytest.mark.django_db

NOW = timezone.now


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
    part = {"github": "issue", "gitlab": "object_attributes", "jira": "issue"}[kind]
    asked.answers = [answered(recorded(f"{kind}-closed")[part])]

    assert asking.ask(now=NOW()) == 1

    assert asked[0][0] == address and header in asked[0][1]
    assert Ticket.objects.get().state == "closed"


def test_what_has_not_changed_is_not_sent_again(asked):
    connected("github")
    asked.answers = [answered(recorded("github-closed")["issue"], etag='W/"1"'),
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


@pytest.mark.parametrize("status", [401, 403, 429, 500])
def test_a_tracker_that_will_not_say_changes_nothing(asked, status):
    connected("github")
    asked.answers = [answered({"state": "closed"}, status=status), outbound.NotReached()]

    assert asking.ask(now=NOW()) == 0
    assert asking.ask(now=NOW() + timedelta(hours=1)) == 0
    assert Ticket.objects.get().state == "unknown"


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
