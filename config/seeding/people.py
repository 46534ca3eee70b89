"""The people, teams, services and tags of the synthetic rows, each made once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.hashers import make_password

from common.models import Tag
from people.models import Membership, Service, Team, User

_DOMAIN = "bench.example.org"


#: Of the oldest incident and the oldest lesson that are written at one time, and of nothing else.
RARE_TAG = "bench-rare"


class Impossible(ValueError):
    """What was asked for doesn't go together; the text says why."""


def staff(count: int) -> list[int]:
    """Primary keys of `count` people who can't log in; every sixth can facilitate."""
    password = make_password(None)
    User.objects.bulk_create(
        [
            User(
                email=f"person{n}@{_DOMAIN}",
                name=f"Person {n}",
                password=password,
                is_in_facilitator_pool=n % 6 == 0,
            )
            for n in range(count)
        ],
        ignore_conflicts=True,
    )
    people = User.objects.filter(email__endswith=f"@{_DOMAIN}").order_by("pk")
    return list(people.values_list("pk", flat=True)[:count])


def teams(people: list[int], count: int) -> list[int]:
    """Primary keys of the teams; the people belong to them in turn, the first of each manages."""
    _add(Team, "bench-team", [f"Bench team {n}" for n in range(count)])
    found = _ids(Team, "bench-team")
    Membership.objects.bulk_create(
        [
            Membership(team_id=found[n % count], user_id=person, is_manager=n < count)
            for n, person in enumerate(people)
        ],
        ignore_conflicts=True,
    )
    return found


def services(teams: list[int], count: int) -> list[int]:
    names = [f"Bench service {n}" for n in range(count)]
    _add(Service, "bench-service", names, team=lambda n: teams[n % len(teams)])
    return _ids(Service, "bench-service")


def tags(words: list[str]) -> list[int]:
    _add(Tag, "bench-tag", [f"bench {word}" for word in words])
    return _ids(Tag, "bench-tag")


def rare_tag() -> int:
    return Tag.objects.get_or_create(slug=RARE_TAG, defaults={"name": "bench rare"})[0].pk


def reader(email: str, password: str, teams: list[int]) -> User:
    """A member of the first team and manager of the second. Raises Impossible when the account
    exists and has another password."""
    user = User.objects.filter(email__iexact=email).first()
    if user is None:
        user = User.objects.create_user(email, password, name="Reader of the benchmark")
    elif not user.check_password(password):
        raise Impossible(f"{email} has an account with another password. Choose another address.")
    for team, manages in ((teams[0], False), (teams[1], True)):
        Membership.objects.get_or_create(team_id=team, user=user, defaults={"is_manager": manages})
    return user


def _add(model: Any, slug: str, names: list[str], **more: Callable[[int], int]) -> None:
    """Rows with numbered slugs, unless an earlier run made them."""
    model.objects.bulk_create(
        [
            model(
                name=name,
                slug=f"{slug}-{n}",
                **{f"{attribute}_id": pick(n) for attribute, pick in more.items()},
            )
            for n, name in enumerate(names)
        ],
        ignore_conflicts=True,
    )


def _ids(model: Any, slug: str) -> list[int]:
    return list(
        model.objects.filter(slug__startswith=f"{slug}-")
        .order_by("pk")
        .values_list("pk", flat=True)
    )
