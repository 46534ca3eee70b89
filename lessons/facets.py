"""How lessons, published reviews and incidents that were found divide, in one statement.

Written by hand: built from querysets it took longer to compile than to answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db import connection
from django.utils import timezone

from common.keys import Given, with_names
from people.models import User
from postmortems.models import Review

#: The names of the facets.
ALL = ("factor", "kind", "severity", "service", "team", "tag", "year")

_FOUND = """
    WITH lesson AS (
        SELECT id, team_id, source_review_id, {year_of_lesson} AS year
        FROM lessons_lesson WHERE id {among_given}
    ), told AS (
        SELECT words.id, review.incident_id
        FROM postmortems_publishedwords AS words
        JOIN postmortems_review AS review ON review.id = words.review_id
        WHERE words.id {among_given}
    ), wanted AS (
        SELECT incident_id FROM told UNION ALL {given}
    ), incident AS (
        SELECT id, kind, severity, team_id, {year_of_incident} AS year
        FROM incidents_incident WHERE id {among_wanted}
    ), hidden AS {hidden}, source AS (
        SELECT lesson.id, known.id AS incident_id, known.kind, known.severity
        FROM lesson
        JOIN postmortems_review AS review ON review.id = lesson.source_review_id
        JOIN incidents_incident AS known ON known.id = review.incident_id
        WHERE review.incident_id NOT IN (SELECT * FROM hidden)
    )
"""
#: PostgreSQL looks all of an array up in an index at one go; joined with a list, it asks the index
#: anew for each, or reads the whole table.
_AMONG = {"postgresql": "= ANY(ARRAY({}))", "sqlite": "IN ({})"}


class _Facet(NamedTuple):
    """Statements for each value and how many times it is held, and the table that has the slug and
    the name of it; "" where the value says it itself."""

    by_lessons: str
    by_incidents: str
    named: str = ""


def _column(name: str, named: str = "") -> _Facet:
    by = (
        f"SELECT {name} AS value, count(*) AS times FROM {rows} WHERE {name} IS NOT NULL GROUP BY 1"
        for rows in ("lesson" if name in {"team_id", "year"} else "source", "incident")
    )
    return _Facet(*by, named=named)


def _relation(name: str, named: str) -> _Facet:
    by = (
        f"SELECT {name}_id AS value, count(*) AS times"
        f" FROM {rows}_{name}s WHERE {row}_id {{among_{row}s}} GROUP BY 1"
        for row, rows in (("lesson", "lessons_lesson"), ("incident", "incidents_incident"))
    )
    return _Facet(*by, named=named)


_FACETS = {
    "factor": _Facet(
        """
        SELECT factorcategory_id AS value, count(*) AS times
        FROM lessons_lesson_factors WHERE lesson_id {among_lessons} GROUP BY 1
        """,
        """
        SELECT factor.category_id AS value, count(DISTINCT review.id) AS times
        FROM postmortems_review AS review
        JOIN postmortems_contributingfactor AS factor ON factor.review_id = review.id
        WHERE review.incident_id {among_incidents}
        AND review.state IN ('published', 'archived')
        AND review.incident_id NOT IN (SELECT * FROM hidden)
        GROUP BY 1
        """,
        "postmortems_factorcategory",
    ),
    "kind": _column("kind"),
    "severity": _column("severity"),
    "service": _relation("service", "people_service"),
    "team": _column("team_id", "people_team"),
    "tag": _relation("tag", "common_tag"),
    "year": _column("year"),
}


#: PostgreSQL makes a sum a number of any length, which Python reads slowly.
_TIMES = "CAST(sum(times) AS bigint)"

#: Which incident each review and each lesson is about, beside the facets.
_ABOUT = """
    SELECT 'lessons', CAST(id AS varchar(20)), '', incident_id FROM source
    UNION ALL
    SELECT 'reviews', CAST(id AS varchar(20)), '', incident_id FROM told
    WHERE incident_id NOT IN (SELECT * FROM hidden)
"""


class Count(NamedTuple):
    """How many of what was found have one value of a facet."""

    value: str
    label: str
    times: int


def counts(
    user: User,
    names: Iterable[str] = ALL,
    *,
    lessons: Iterable[int] = (),
    reviews: Iterable[int] = (),
    incidents: Iterable[int] = (),
) -> dict[str, list[Count]]:
    """The values of each facet among rows that this person may see, in no order.

    `reviews` are keys of PublishedWords, each counted by what its incident is; an incident that is
    named beside its review counts once. A lesson counts by kind and severity where this person may
    know of the incident it comes from.
    """
    names = list(names)
    found = _asked(user, names, lessons=lessons, reviews=reviews, incidents=incidents)
    return _by_name(found, names)


class Division(NamedTuple):
    counts: dict[str, list[Count]]
    # By place and key, the incident that a lesson or a review is about, where this person may
    # know of it.
    about: dict[tuple[str, int], int]


def division(
    user: User, *, lessons: Iterable[int], reviews: Iterable[int], incidents: Iterable[int]
) -> Division:
    """All facets, as `counts` has them, and what belongs to one incident. One statement."""
    found = _asked(user, ALL, _ABOUT, lessons=lessons, reviews=reviews, incidents=incidents)
    about = {
        (name, int(pk)): int(incident)
        for name, pk, _, incident in found
        if name in {"lessons", "reviews"}
    }
    return Division(_by_name((one for one in found if one[0] in _FACETS), ALL), about)


def _by_name(
    found: Iterable[tuple[str, str, str, int]], names: Iterable[str]
) -> dict[str, list[Count]]:
    counted: dict[str, list[Count]] = {name: [] for name in names}
    for name, value, label, times in found:
        counted[name].append(Count(value, label, int(times)))
    return counted


def _asked(
    user: User,
    names: Iterable[str],
    *further: str,
    lessons: Iterable[int],
    reviews: Iterable[int],
    incidents: Iterable[int],
) -> list[tuple[str, str, str, int]]:
    keys = [*map(Given.text, (lessons, reviews, incidents))]
    has_incidents = any(keys[1:])
    selects = [_divided(name, has_incidents=has_incidents) for name in names]
    year_of_lesson, of_lesson = connection.ops.date_extract_sql("year", "happened_on", ())
    year_of_start, of_start = connection.ops.datetime_extract_sql(
        "year", "started_at", (), timezone.get_current_timezone_name()
    )
    among, given = _AMONG[connection.vendor].format, Given.SQL[connection.vendor]

    def statement() -> tuple[str, list[Any]]:
        hidden, of_hidden = Review.objects.leads_hidden_from(user).as_sql(None, connection)
        parts = {
            "given": given,
            "among_given": among(given),
            "among_wanted": among("SELECT incident_id FROM wanted"),
            "among_lessons": among("SELECT id FROM lesson"),
            "among_incidents": among("SELECT id FROM incident"),
            "hidden": hidden,
            "year_of_lesson": f"CAST({year_of_lesson} AS varchar(4))",
            "year_of_incident": (
                f"coalesce(CAST({year_of_start} AS varchar(4)), nullif(substr(known_by, 1, 4), ''))"
            ),
        }
        sql = (_FOUND + " UNION ALL ".join([*selects, *further])).format(**parts)
        return f"SELECT * FROM ({sql}) AS found", [*of_lesson, *keys, *of_start, *of_hidden]

    with connection.cursor() as cursor:
        cursor.execute(*with_names(statement))
        return cursor.fetchall()


def _divided(name: str, *, has_incidents: bool) -> str:
    """A statement for a facet: the rows of incidents cost PostgreSQL a plan even where none are."""
    facet = _FACETS[name]
    parts = [facet.by_lessons, facet.by_incidents] if has_incidents else [facet.by_lessons]
    held = f"({' UNION ALL '.join(parts)}) AS held"
    if not facet.named:
        return f"SELECT '{name}', value, value, {_TIMES} FROM {held} GROUP BY value"
    return (
        f"SELECT '{name}', named.slug, named.name, {_TIMES} FROM {held}"
        f" JOIN {facet.named} AS named ON named.id = held.value GROUP BY named.slug, named.name"
    )
