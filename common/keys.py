"""Keys that nearly every statement asks about, written as SQL once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache, wraps
from typing import TYPE_CHECKING, Any

from django.db.models import Model, QuerySet
from django.db.models.expressions import RawSQL

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

#: How many people's keys a process keeps for each rule; those not used for longest go.
PEOPLE_KEPT = 2000

Rule = Callable[[type[Any], int | None], QuerySet]


class Keys(RawSQL):
    """The one column of a queryset, for `…__in` of other statements."""

    def __init__(self, rows: QuerySet) -> None:
        super().__init__(*rows.query.sql_with_params())


class Listed(RawSQL):
    """Keys that are known already, for `…__in` of a statement: they stand in its text, for a
    thousand parameters cost more than most answers."""

    def __init__(self, keys: Iterable[int]) -> None:
        super().__init__(listed(keys), ())


def listed(keys: Iterable[int]) -> str:
    return ",".join(str(int(key)) for key in keys) or "NULL"


def written_once(rule: Rule) -> Callable[[type[Model], int | None], Keys]:
    """For a rule of who sees what: a queryset of keys, from a model and somebody's key alone.

    A page asks its rules in many places, and building such a statement anew each time costs more
    than asking it.
    """

    @lru_cache(maxsize=PEOPLE_KEPT)
    @wraps(rule)
    def keys(model: type[Model], who: int | None) -> Keys:
        return Keys(rule(model, who))

    return keys


def signed_in(user: AbstractBaseUser | AnonymousUser) -> int | None:
    """The key of somebody who may be let in, None for everybody else."""
    return user.pk if user.is_authenticated and user.is_active else None
