"""What somebody wants to hear of."""

from __future__ import annotations

from functools import reduce
from operator import or_

from django.db import models
from django.db.models import Q
from django.utils import timezone

from common.models import Tag
from lessons.querysets import FollowingQuerySet
from people.models import Service, Team, User
from postmortems.models import FactorCategory

#: Fields of Following that lead to a row; the other thing one can follow is a search.
THINGS = ("service", "team", "factor", "tag")


def _exactly_one() -> Q:
    """Of a service, a team, a contributing factor, a tag and a search."""
    nothing = {**{f"{name}__isnull": True for name in THINGS}, "query": ""}
    return reduce(
        or_,
        (
            Q(**{key: value for key, value in nothing.items() if key != one}) & ~Q(**{one: value})
            for one, value in nothing.items()
        ),
    )


class Following(models.Model):
    """One thing that one person follows. It is shown to nobody else, and counted nowhere.

    `query` are filters of the library, as in its address, for a search.
    """

    follower = models.ForeignKey(User, models.CASCADE, related_name="followings")
    service = models.ForeignKey(Service, models.CASCADE, null=True, related_name="+")
    team = models.ForeignKey(Team, models.CASCADE, null=True, related_name="+")
    factor = models.ForeignKey(FactorCategory, models.CASCADE, null=True, related_name="+")
    tag = models.ForeignKey(Tag, models.CASCADE, null=True, related_name="+")
    query = models.CharField(max_length=1_000, blank=True)
    # What was published before is no news.
    since = models.DateTimeField(default=timezone.now)

    objects = FollowingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="following_is_of_one_thing", condition=_exactly_one()),
            *(
                models.UniqueConstraint(
                    fields=["follower", name], name=f"following_{name}_once_each"
                )
                for name in THINGS
            ),
            models.UniqueConstraint(
                fields=["follower", "query"],
                name="following_search_once_each",
                condition=~Q(query=""),
            ),
        ]

    def __str__(self) -> str:
        thing = self.service or self.team or self.factor or self.tag
        return str(thing) if thing else self.query

    @property
    def thing(self) -> str:
        """ "service", "team", "factor", "tag", or "search"."""
        named = (name for name in THINGS if getattr(self, f"{name}_id"))
        return next(named, "search")
