"""Addresses of a review, and the people around one."""

import os
import re
from dataclasses import dataclass

from django.urls import reverse

from people.models import User
from postmortems import taking_part
from postmortems.models import Review
from tests.make import make_incident, make_review, make_team, make_user

#: Statements for a look into the cache, which is a table where there is no Redis.
LOOK = 0 if os.environ.get("REDIS_URL") else 1


_MARK = re.compile(r'<input type="hidden" name="((?:\w+-)?mark)"(?: value="(\w+)")?')


def marks(page) -> dict[str, str]:
    """What the forms of an answer stand for, as a browser sends it back: see common.SharedForm."""
    return dict(_MARK.findall(page.content.decode()))


def at(name: str, review: Review, *more) -> str:
    return reverse(f"postmortems:{name}", args=[review.reference, *more])


@dataclass
class People:
    """A review in `gathering` with everyone around it. All of them accepted the premises."""

    review: Review
    facilitator: User
    participant: User
    colleague: User
    manager: User
    admin: User
    stranger: User


def everyone(**fields) -> People:
    facilitator = make_user(name="Fay Guide", is_in_facilitator_pool=True)
    participant, colleague = make_user(name="Pia Near"), make_user(name="Cole Near")
    manager, admin = make_user(name="Mo Lead"), make_user(name="Ada Min", is_admin=True)
    restricted = fields.pop("restricted", False)
    incident = make_incident(
        team=make_team(manager=manager), visibility="restricted" if restricted else "open"
    )
    review = make_review(
        incident=incident,
        participants=(participant, colleague),
        facilitator=facilitator,
        **fields,
    )
    for guide in (facilitator, manager):
        taking_part.accept_premises(review, guide)
    return People(
        review, facilitator, participant, colleague, manager, admin, make_user(name="Sam Far")
    )
