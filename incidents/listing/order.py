"""In which order the list stands. Each can be read from an index, from any place and either way."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

#: By the name in the address; a minus turns it around. Incidents whose start is not known stand
#: last by "started" in both directions.
ORDERS: dict[str, tuple[str, ...]] = {
    "-filed": ("-filed_at", "-pk"),
    "filed": ("filed_at", "pk"),
    "-started": ("-started_at", "-pk"),
    "started": ("started_at", "pk"),
    "severity": ("severity", "-filed_at", "-pk"),
    "-severity": ("-severity", "filed_at", "pk"),
}
#: Where nothing else is asked for.
NEWEST = "-filed"
IN_WORDS = {
    "-filed": _("newest filed first"),
    "filed": _("oldest filed first"),
    "-started": _("latest start first, unknown last"),
    "started": _("earliest start first, unknown last"),
    "severity": _("worst first"),
    "-severity": _("mildest first"),
}
#: A click on the head of a column that is not sorted by yet.
_FIRST = {"filed": "-filed", "started": "-started", "severity": "severity"}


@dataclass(frozen=True)
class Head:
    """The head of a column: the order a click leads to, and how it stands now."""

    leads_to: str
    aria_sort: str

    @property
    def words(self) -> str:
        return str(IN_WORDS[self.leads_to])


def heads(current: str) -> dict[str, Head]:
    found = {}
    for column, first in _FIRST.items():
        if current.removeprefix("-") != column:
            found[column] = Head(first, "")
        elif current.startswith("-"):
            found[column] = Head(column, "descending")
        else:
            found[column] = Head(f"-{column}", "ascending")
    return found
