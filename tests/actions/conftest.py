"""What several tests of actions begin with."""

import pytest

from tests.make import make_action
from tests.postmortems.places import People, everyone


@pytest.fixture
def people() -> People:
    """Everyone around a review, with an `action` from it that the participant owns."""
    people = everyone()
    people.action = make_action(
        review=people.review, owner=people.participant, team=people.review.incident.team
    )
    return people
