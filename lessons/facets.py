"""How lessons, published reviews and incidents that were found divide, in one statement.

Written by hand: built from querysets it took longer to compile than to answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

from django.db import connection
from django.utils import timezone

from common.keys import Given, signed_in
from common.prepared import PreparedByHand
from people.models import User
from postmortems.models import Review

#: The names of the facets.
ALL = ("factor", "kind", "severity", "service", "team", "tag", "year")

_LESSONS = """
    WITH lesson AS (
        SELECT id, team_id, source_review_id, {year_of_lesson} AS year
        FROM lessons_lesson WHERE id {among_given}
    ), hidden AS {hidden}, source AS (
        SELECT lesson.id, known.id AS incident_id, known.kind, known.severity
        FROM lesson
        JOIN postmortems_review AS review ON review.id = lesson.source_review_id
        JOIN incidents_incident AS known ON known.id = review.incident_id
        WHERE review.incident_id NOT IN (SELECT * FROM hidden)
    )
"""
_INCIDENTS = """
    , told AS (
        SELECT words.id, words.review_id, review.incident_id, review.state
        FROM postmortems_publishedwords AS words
        JOIN postmortems_review AS review ON review.id = words.review_id
        WHERE words.id {among_given}
    ), given AS (
        {given}
    ), incident AS (
        SELECT id, kind, severity, team_id, {year_of_incident} AS year
        FROM incidents_incident WHERE id {among_told_or_given}
    ), reviewed AS (
        SELECT review_id, incident_id, state FROM told
        UNION ALL
        SELECT id, incident_id, state FROM postmortems_review WHERE incident_id {among_all_given}
    )
"""
#: PostgreSQL looks all of an array up in an index at one go; joined with a list, it asks the index
#: anew for each, or reads the whole table.
_AMONG = {"postgresql": "= ANY(ARRAY({}))", "sqlite": "IN ({})"}
#: What each of these stands for is looked up.
_LISTS = {
    "among_lessons": "SELECT id FROM lesson",
    "among_incidents": "SELECT id FROM incident",
    "among_all_given": "SELECT * FROM given",
    "among_told_or_given": "SELECT incident_id FROM told UNION ALL SELECT * FROM given",
    "among_published": """
        SELECT review_id FROM reviewed WHERE state IN ('published', 'archived')
        AND incident_id NOT IN (SELECT * FROM hidden)
    """,
}


class _Facet(NamedTuple):
    """Statements for the value of each lesson and of each incident, one row for each it has, and
    the table that has the slug and the name of it; "" where the value says it itself."""

    by_lessons: str
    by_incidents: str
    named: str = ""


def _column(name: str, named: str = "") -> _Facet:
    of_lesson = "lesson" if name in {"team_id", "year"} else "source"
    by = (f"SELECT {name} AS value FROM {rows}" for rows in (of_lesson, "incident"))
    return _Facet(*by, named=named)


def _relation(name: str, named: str) -> _Facet:
    by = (
        f"SELECT {name}_id AS value FROM {rows}_{name}s WHERE {row}_id {{among_{row}s}}"
        for row, rows in (("lesson", "lessons_lesson"), ("incident", "incidents_incident"))
    )
    return _Facet(*by, named=named)


_FACETS = {
    "factor": _Facet(
        """
        SELECT factorcategory_id AS value
        FROM lessons_lesson_factors WHERE lesson_id {among_lessons}
        """,
        """
        SELECT category_id FROM (
            SELECT DISTINCT category_id, review_id
            FROM postmortems_contributingfactor WHERE review_id {among_published}
        ) AS of_review
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

#: Which incident each review and each lesson is about, beside the facets.
_ABOUT = """
    SELECT 'lessons', CAST(id AS varchar(20)), '', incident_id FROM source
    UNION ALL
    SELECT 'reviews', CAST(id AS varchar(20)), '', incident_id FROM told
    WHERE incident_id NOT IN (SELECT * FROM hidden)
"""


@cache
def _of_lessons(names: tuple[str, ...]) -> PreparedByHand:
    def build(reader: int, lessons: str) -> Any:
        parts, parameters = _lessons(reader, lessons)
        selects = (_divided(_FACETS[name].by_lessons, name) for name in names)
        return _written(_LESSONS, selects, parts), parameters

    return PreparedByHand(build, reader=int, lessons=str)


def _of_all(reader: int, zone: str, lessons: str, reviews: str, incidents: str) -> Any:
    parts, parameters = _lessons(reader, lessons)
    year, of_year = connection.ops.datetime_extract_sql("year", "started_at", (), zone)
    parts["year_of_incident"] = (
        f"coalesce(CAST({year} AS varchar(4)), nullif(substr(known_by, 1, 4), ''))"
    )
    selects = [
        _divided(f"{facet.by_lessons} UNION ALL {facet.by_incidents}", name)
        for name, facet in _FACETS.items()
    ]
    sql = _written(_LESSONS + _INCIDENTS, [*selects, _ABOUT], parts)
    return sql, [*parameters, reviews, incidents, *of_year]


_OF_ALL = PreparedByHand(_of_all, reader=int, zone=str, lessons=str, reviews=str, incidents=str)


def _lessons(reader: int, lessons: str) -> tuple[dict[str, str], list[Any]]:
    """What stands in _LESSONS, in _LISTS and for keys that are given, and the parameters of the
    former."""
    year, of_year = connection.ops.date_extract_sql("year", "happened_on", ())
    hidden, of_hidden = Review.objects.leads_hidden_from(User(pk=reader)).as_sql(None, connection)
    among, given = _AMONG[connection.vendor].format, Given.SQL[connection.vendor]
    lists = {name: among(rows) for name, rows in _LISTS.items()}
    parts = lists | {
        "given": given,
        "among_given": among(given),
        "hidden": hidden,
        "year_of_lesson": f"CAST({year} AS varchar(4))",
    }
    return parts, [*of_year, lessons, *of_hidden]


def _written(lists: str, selects: Iterable[str], parts: dict[str, str]) -> str:
    """In brackets: the rules of who sees what come before it, and are lists as well."""
    sql = (lists + " UNION ALL ".join(selects)).format(**parts)
    return f"SELECT * FROM ({sql}) AS found"


def _divided(values: str, name: str) -> str:
    """A statement for how often each value of a facet is held."""
    counted = f"(SELECT value, count(*) AS times FROM ({values}) AS held GROUP BY value) AS counted"
    named = _FACETS[name].named
    if not named:
        return f"SELECT '{name}', value, value, times FROM {counted} WHERE value IS NOT NULL"
    return (
        f"SELECT '{name}', named.slug, named.name, times FROM {counted}"
        f" JOIN {named} AS named ON named.id = value"
    )


class Count(NamedTuple):
    """How many of what was found have one value of a facet."""

    value: str
    label: str
    times: int


def counts(user: User, names: Iterable[str], *, lessons: Iterable[int]) -> dict[str, list[Count]]:
    """The values of each facet among lessons that this person may see, in no order.

    A lesson counts by kind and severity where this person may know of the incident it comes from.
    """
    names = tuple(names)
    found = _of_lessons(names).answers(reader=_key(user), lessons=Given.text(lessons))
    return _by_name(found, names)


class Division(NamedTuple):
    counts: dict[str, list[Count]]
    # By place and key, the incident that a lesson or a review is about, where this person may
    # know of it.
    about: dict[tuple[str, int], int]


def division(
    user: User, *, lessons: Iterable[int], reviews: Iterable[int], incidents: Iterable[int]
) -> Division:
    """All facets, as `counts` has them, and what belongs to one incident. One statement.

    `reviews` are keys of PublishedWords, each counted by what its incident is; an incident that is
    named beside its review counts once.
    """
    found = _OF_ALL.answers(
        reader=_key(user),
        zone=timezone.get_current_timezone_name(),
        lessons=Given.text(lessons),
        reviews=Given.text(reviews),
        incidents=Given.text(incidents),
    )
    about = {(name, int(pk)): incident for name, pk, _, incident in found if name not in _FACETS}
    return Division(_by_name((row for row in found if row[0] in _FACETS), ALL), about)


def _key(user: User) -> int:
    return signed_in(user) or 0


def _by_name(rows: Iterable[list[Any]], names: Iterable[str]) -> dict[str, list[Count]]:
    counted: dict[str, list[Count]] = {name: [] for name in names}
    for name, *count in rows:
        counted[name].append(Count._make(count))
    return counted
