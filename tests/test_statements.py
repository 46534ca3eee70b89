"""Pages that no test of their own counts: they take as many statements with more on them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from common.history import record
from incidents.models import Involvement
from lessons.models import Lesson
from people.models import Membership
from tests.make import (
    make_action,
    make_incident,
    make_lesson,
    make_review,
    make_service,
    make_team,
    make_user,
)

pytestmark = pytest.mark.django_db


class World:
    """One of each thing, which `grow` adds to."""

    def __init__(self) -> None:
        self.reader = make_user()
        self.team = make_team(slug="storage", manager=self.reader)
        self.incident = make_incident(team=self.team)
        self.review = make_review(incident=self.incident)
        self.action = make_action(review=self.review, owner=self.reader, team=self.team)

    def grow(self) -> None:
        somebody = make_user()
        Membership.objects.create(team=self.team, user=somebody)
        Involvement.objects.create(incident=self.incident, user=somebody)
        self.incident.services.add(make_service(team=self.team))
        record(somebody, "edited", self.incident)
        record(somebody, "edited", self.action)
        due = timezone.localdate() - timedelta(days=40)
        make_action(review=self.review, owner=self.reader, team=self.team, due_on=due)
        make_review(incident=make_incident(team=self.team))
        make_lesson(state=Lesson.State.PUBLISHED)


@pytest.mark.parametrize(
    ("address", "statements"),
    [
        ("/incidents/{incident}/people/", 8),
        ("/incidents/{incident}/actions/", 9),
        ("/incidents/{incident}/history/", 10),
        ("/actions/{action}/", 19),
        ("/actions/ages/", 4),
        ("/lessons/collections/", 6),
        ("/teams/storage/", 7),
        ("/settings/notifications/", 7),
    ],
)
def test_a_page_costs_the_same_with_more_on_it(client, address, statements):
    world = World()
    client.force_login(world.reader)
    page = address.format(incident=world.incident.reference, action=world.action.reference)

    def spent() -> int:
        client.get(page)  # what a process remembers is no part of it
        with CaptureQueriesContext(connection) as captured:
            assert client.get(page).status_code == 200
        return len(captured)

    world.grow()
    few = spent()
    for _ in range(5):
        world.grow()

    assert (few, spent()) == (statements, statements)
