"""The people of the demo, their teams and services."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import make_password
from django.utils.text import slugify

from people.models import Membership, Service, Team, User

#: One password for all of them, printed beside the addresses.
PASSWORD = "second-story-demo"  # noqa: S105
_FILE = Path(__file__).parent.parent / "demo_data" / "people.toml"


def _company() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def addresses() -> list[str]:
    return [person["email"] for person in _company()["people"]]


def logins() -> list[tuple[str, str]]:
    """(address, what this person does) of the accounts to try the product with."""
    return [
        (person["email"], person["login"]) for person in _company()["people"] if "login" in person
    ]


def settle() -> dict[str, User]:
    """Make everybody, with teams and services; by address."""
    company = _company()
    teams = {}
    for told in company["teams"]:
        team = Team.objects.create(name=told["name"], slug=slugify(told["name"]))
        teams[team.name] = team
        Service.objects.bulk_create(
            Service(name=name, slug=slugify(name), team=team) for name in told["services"]
        )
    password = make_password(PASSWORD)
    people = {}
    for told in company["people"]:
        user = User.objects.create(
            email=told["email"],
            name=told["name"],
            password=password,
            time_zone=told["zone"],
            is_admin=told.get("admin", False),
            is_in_facilitator_pool=told.get("facilitates", False),
        )
        people[user.email] = user
        for key, is_manager in (("teams", False), ("manages", True)):
            for name in told.get(key, ()):
                Membership.objects.create(team=teams[name], user=user, is_manager=is_manager)
    return people
