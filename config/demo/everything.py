"""The whole demo: a made-up company, its incidents, and those that others have told."""

from __future__ import annotations

import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction

from actions import workflow as promises
from actions.models import Action
from alerts.models import AlertSource
from config.demo import follow_ups, library, people
from config.demo.stories import Story
from config.loading.files import look_at
from config.loading.rows import DEFAULT_TEAM, Loader, team_named
from people.models import Delivery, Endpoint, Membership, Service, User

_DATA = Path(__file__).parent.parent / "demo_data"
#: Others' accounts came into the library before our own stories happened.
_LOADED_DAYS_AGO = 250


def is_loaded() -> bool:
    return User.objects.filter(email=people.addresses()[0]).exists()


def strangers() -> int:
    """How many accounts don't belong to the demo."""
    return User.objects.exclude(email__in=people.addresses()).count()


@transaction.atomic
def load(*, now: datetime) -> None:
    """All of it or nothing. Nobody gets mail from it."""
    staff = people.settle()
    _load_accounts(by=staff["manager@example.org"], at=now - timedelta(days=_LOADED_DAYS_AGO))
    for story in _stories():
        Story(story, people=staff, now=now).live()
    _take_on_two(staff, now=now)
    follow_ups.live(staff, now=now)
    library.live(staff, now=now)
    # Off, for nobody is there: to be looked at under Settings.
    Endpoint.objects.create(
        name="Reviews and lessons, in the chat",
        kind=Endpoint.Kind.MATTERMOST,
        address="https://chat.example.org/hooks/demo",
        occasions=[Endpoint.Occasion.REVIEW_PUBLISHED, Endpoint.Occasion.LESSON_PUBLISHED],
        is_on=False,
    )
    # It has told nothing yet: its secret is nobody's before another one is made.
    source = AlertSource.objects.create(
        name="Alertmanager of the shop",
        kind=AlertSource.Kind.ALERTMANAGER,
        files_as=staff["manager@example.org"],
    )
    source.rules.create(
        labels={"severity": "critical"},
        service=Service.objects.get(name="Checkout"),
        severity="sev2",
    )
    Delivery.objects.filter(
        notification__recipient__in=[user.pk for user in staff.values()],
        state=Delivery.State.WAITING,
    ).update(state=Delivery.State.DROPPED)


def _stories() -> list[dict[str, Any]]:
    """As they happened: references count up with time."""
    paths = sorted((_DATA / "stories").glob("*.toml"))
    stories = [tomllib.loads(path.read_text(encoding="utf-8")) for path in paths]
    return sorted(stories, key=lambda story: -story.get("days_ago", 0))


def _load_accounts(*, by: User, at: datetime) -> None:
    """Looked after by a manager, so that reviews of these services can be guided and published.

    Oldest first, a few hours apart, so that lists tell them in their order.
    """
    files = look_at([_DATA / "incidents"])
    files.sort(key=lambda file: file.data["date"])
    team = team_named(DEFAULT_TEAM)
    Membership.objects.create(team=team, user=by, is_manager=True)
    for place, file in enumerate(files):
        Loader(team, at=at + timedelta(hours=3 * place)).load(file)


def _take_on_two(staff: dict[str, User], *, now: datetime) -> None:
    """Measures from others' accounts that fit us, too."""
    engineer, manager = staff["engineer@example.org"], staff["manager@example.org"]
    for title, days, done_test in (
        (
            "Automate testing of database backup restores",
            21,
            "Every Monday a restored copy answers a query, and its age is on the board.",
        ),
        (
            "Monitor the presence, age and size of database backups",
            5,
            "Removing a test backup pages someone within 15 minutes.",
        ),
    ):
        action = Action.objects.get(title=title, origin=Action.Origin.SOURCE)
        action = promises.agree(
            action,
            by=manager,
            owner=engineer,
            due_on=now.date() + timedelta(days=days),
            done_test=done_test,
        )
    promises.start(action, by=engineer)
