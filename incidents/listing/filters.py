"""What the address of the list asks for, as a whole."""

from __future__ import annotations

from functools import cached_property
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.addresses import word
from common.engines import CANDIDATES
from common.text import one_line
from common.wishes import AskedFor, Chip, Wish
from incidents.listing import custom, wishes
from incidents.listing.order import IN_WORDS, NEWEST, ORDERS, Head, heads
from incidents.models import Incident
from incidents.querysets import IncidentQuerySet
from people.models import Team, User

#: Rows that one deed changes or one file holds when they are picked by hand.
MOST_PICKED = 100

VIEWS = {
    "": _("All"),
    "ongoing": _("Ongoing"),
    "review": _("Waiting for a review"),
    "near": _("Near misses"),
    "mine": _("My teams"),
}


class Filters(AskedFor):
    """Everything in the address, read once. `is_open` shows the panel to choose from."""

    def __init__(self, asked: QueryDict, *, user: User) -> None:
        self.user = user
        self.view = asked.get("view", "") if asked.get("view", "") in VIEWS else ""
        self.q = " ".join(word(asked, "q").split())
        self.is_open = "filters" in asked
        self.picks = references(asked)
        self.questions = custom.questions(asked, all_of_them=self.is_open)
        read = [reader(asked, user) for reader in wishes.READERS]
        read += [question.wish() for question in self.questions]
        self.wishes: dict[str, Wish] = {wish.name: wish for wish in read if wish}
        self.asked_sort = asked.get("sort", "") if asked.get("sort", "") in ORDERS else ""
        self.layout = ("sort", self.asked_sort)

    @property
    def are_none(self) -> bool:
        """A tab as it is, but for the one that depends on the rules of who waits for a review."""
        return not (self.are_any or self.picks or self.asked_sort) and self.view != "review"

    # Rows ---------------------------------------------------------------------------------------
    def rows(self) -> IncidentQuerySet:
        """The incidents this person may see that fit every filter."""
        rows = self._fitting("")
        return rows.filter(pk__in=self._found(rows)) if self.q else rows

    def rows_without(self, name: str) -> IncidentQuerySet:
        """The same without one filter, for counting what its choices would find."""
        rows = self._fitting(name)
        return rows.filter(pk__in=self._found_in_all) if self.q else rows

    @property
    def words_are_common(self) -> bool:
        """More incidents hold the words than are looked at, so what is counted is the least."""
        return bool(self.q) and len(self._found_in_all) >= CANDIDATES

    @cached_property
    def _found_in_all(self) -> list[int]:
        return self._found(Incident.objects.visible_to(self.user))

    def _found(self, rows: IncidentQuerySet) -> list[int]:
        return rows.find(self.q).ids

    def _fitting(self, besides: str) -> IncidentQuerySet:
        rows = in_view(self.view, self.user)
        if self.picks:
            rows = rows.filter(reference__in=self.picks)
        for wish in self.wishes.values():
            if wish.name != besides:
                rows = rows.filter(wish.condition)
        return rows

    @property
    def sort(self) -> str:
        """By start where days of the start are asked for, or else as filed."""
        by_start = self.wishes.keys() & {"since", "until"}
        return self.asked_sort or ("-started" if by_start else NEWEST)

    @property
    def order(self) -> tuple[str, ...]:
        return ORDERS[self.sort]

    # Addresses ----------------------------------------------------------------------------------
    @property
    def url_of_view(self) -> str:
        return f"?{urlencode([('view', self.view)])}" if self.view else "?"

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What the form of the filters sends along unseen: all that the open panel does not ask
        for, and everything while it is closed."""
        kept = [pair for pair in self.params() if pair[0] != "q"]
        return [pair for pair in kept if pair[0] in {"view", "sort"}] if self.is_open else kept

    def heads(self) -> dict[str, tuple[Head, str]]:
        """The heads of columns one can sort by, with their addresses."""
        return {
            column: (head, self.url(sort=head.leads_to))
            for column, head in heads(self.sort).items()
        }

    @property
    def days(self) -> dict[str, str]:
        """What was asked for as {"since": day, "until": day}."""
        return {name: "".join(self.wishes[name].chosen) for name in ("since", "until")
                if name in self.wishes}  # fmt: skip

    @property
    def order_in_words(self) -> str:
        return str(IN_WORDS[self.sort])

    # Words --------------------------------------------------------------------------------------
    def chips(self) -> list[Chip]:
        """The words first."""
        words = (
            [Chip("q", gettext("Words"), f"“{self.q}”", self.url(without="q"))] if self.q else []
        )
        return words + super().chips()


def in_view(
    view: str, user: User, pairs: frozenset[tuple[str, str]] | None = None
) -> IncidentQuerySet:
    """The incidents of one tab that this person may see; `pairs` as in waiting_for_a_review."""
    rows = Incident.objects.visible_to(user)
    if view == "ongoing":
        return rows.ongoing()
    if view == "review":
        return rows.filter(wishes.waiting_for_a_review(user, pairs))
    if view == "near":
        return rows.filter(kind=Incident.Kind.NEAR_MISS)
    if view == "mine":
        return rows.filter(team__in=Team.objects.of(user))
    return rows


def is_name(name: str) -> bool:
    """Whether a name in an address is one of ours, to be kept with a view that is saved."""
    return name in {"view", "q", "sort"} | wishes.NAMES or name.startswith(custom.PREFIX)


def references(asked: QueryDict) -> list[str]:
    """Rows of the list that were picked by hand."""
    found = (one_line(value)[:20].upper() for value in asked.getlist("pick")[:MOST_PICKED])
    return [reference for reference in found if reference]
