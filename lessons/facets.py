"""How lessons, published reviews and incidents that were found divide, in one statement.

Written by hand: built from querysets it took longer to compile than to answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from django.db import connection
from django.utils import timezone

from common.keys import Given
from people.models import User
from postmortems.models import Review

#: The names of the facets.
ALL = ("factor", "kind", "severity", "service", "team", "tag", "year")

_FOUND = """
    WITH lesson AS (
        SELECT id, team_id, source_review_id, {year_of_lesson} AS year
        FROM lessons_lesson WHERE id {among_given}
    ), told AS (
        SELECT words.id, words.review_id, review.incident_id
        FROM postmortems_publishedwords AS words
        JOIN postmortems_review AS review ON review.id = words.review_id
        WHERE words.id {among_given}
    ), wanted AS (
        SELECT incident_id FROM told UNION ALL {given}
    ), incident AS (
        SELECT id, kind, severity, team_id, {year_of_incident} AS year
        FROM incidents_incident WHERE id {among_wanted}
    ), hidden AS (
        {hidden}
    ), source AS (
        SELECT lesson.id, known.id AS incident_id, known.kind, known.severity
        FROM lesson
        JOIN postmortems_review AS review ON review.id = lesson.source_review_id
        JOIN incidents_incident AS known ON known.id = review.incident_id
        WHERE lesson.source_review_id NOT IN (SELECT * FROM hidden)
    )
"""
#: PostgreSQL looks all of an array up in an index at one go; joined with a list, it asks the index
#: anew for each, or reads the whole table.
_AMONG = {"postgresql": "= ANY(ARRAY({}))", "sqlite": "IN ({})"}
_FACETS = {
    "factor": """
        SELECT 'factor', named.slug, named.name, sum(held.times)
        FROM (
            SELECT factorcategory_id AS id, count(*) AS times
            FROM lessons_lesson_factors WHERE lesson_id {among_lessons} GROUP BY 1
            UNION ALL
            SELECT factor.category_id, count(DISTINCT review.id)
            FROM postmortems_review AS review
            JOIN postmortems_contributingfactor AS factor ON factor.review_id = review.id
            WHERE review.incident_id {among_incidents}
            AND review.state IN ('published', 'archived')
            AND review.id NOT IN (SELECT * FROM hidden)
            GROUP BY 1
        ) AS held
        JOIN postmortems_factorcategory AS named ON named.id = held.id
        GROUP BY named.slug, named.name
    """,
    "kind": """
        SELECT 'kind', kind, kind, count(*)
        FROM (SELECT kind FROM source UNION ALL SELECT kind FROM incident) AS held GROUP BY kind
    """,
    "severity": """
        SELECT 'severity', severity, severity, count(*)
        FROM (SELECT severity FROM source UNION ALL SELECT severity FROM incident) AS held
        GROUP BY severity
    """,
    "service": """
        SELECT 'service', named.slug, named.name, sum(held.times)
        FROM (
            SELECT service_id AS id, count(*) AS times
            FROM lessons_lesson_services WHERE lesson_id {among_lessons} GROUP BY 1
            UNION ALL
            SELECT service_id, count(*)
            FROM incidents_incident_services WHERE incident_id {among_incidents} GROUP BY 1
        ) AS held
        JOIN people_service AS named ON named.id = held.id
        GROUP BY named.slug, named.name
    """,
    "team": """
        SELECT 'team', named.slug, named.name, count(*)
        FROM (SELECT team_id FROM lesson UNION ALL SELECT team_id FROM incident) AS held
        JOIN people_team AS named ON named.id = held.team_id
        GROUP BY named.slug, named.name
    """,
    "tag": """
        SELECT 'tag', named.slug, named.name, sum(held.times)
        FROM (
            SELECT tag_id AS id, count(*) AS times
            FROM lessons_lesson_tags WHERE lesson_id {among_lessons} GROUP BY 1
            UNION ALL
            SELECT tag_id, count(*)
            FROM incidents_incident_tags WHERE incident_id {among_incidents} GROUP BY 1
        ) AS held
        JOIN common_tag AS named ON named.id = held.id
        GROUP BY named.slug, named.name
    """,
    "year": """
        SELECT 'year', year, year, count(*)
        FROM (SELECT year FROM lesson UNION ALL SELECT year FROM incident) AS held
        WHERE year IS NOT NULL GROUP BY year
    """,
}


#: Which incident each review and each lesson is about, beside the facets.
_ABOUT = """
    SELECT 'lessons', CAST(id AS varchar(20)), '', incident_id FROM source
    UNION ALL
    SELECT 'reviews', CAST(id AS varchar(20)), '', incident_id FROM told
    WHERE review_id NOT IN (SELECT * FROM hidden)
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
    facets = [_FACETS[name] for name in names]
    found = _asked(user, facets, lessons=lessons, reviews=reviews, incidents=incidents)
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
    parts = [*_FACETS.values(), _ABOUT]
    found = _asked(user, parts, lessons=lessons, reviews=reviews, incidents=incidents)
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
    selects: Iterable[str],
    *,
    lessons: Iterable[int],
    reviews: Iterable[int],
    incidents: Iterable[int],
) -> list[tuple[str, str, str, int]]:
    hidden = Review.objects.hidden_from(user)
    year_of_lesson, of_lesson = connection.ops.date_extract_sql("year", "happened_on", ())
    year_of_start, of_start = connection.ops.datetime_extract_sql(
        "year", "started_at", (), timezone.get_current_timezone_name()
    )
    among, given = _AMONG[connection.vendor].format, Given.SQL[connection.vendor]
    parts = {
        "given": given,
        "among_given": among(given),
        "among_wanted": among("SELECT incident_id FROM wanted"),
        "among_lessons": among("SELECT id FROM lesson"),
        "among_incidents": among("SELECT id FROM incident"),
        "hidden": hidden.sql,
        "year_of_lesson": f"CAST({year_of_lesson} AS varchar(4))",
        "year_of_incident": (
            f"coalesce(CAST({year_of_start} AS varchar(4)), nullif(substr(known_by, 1, 4), ''))"
        ),
    }
    keys = map(Given.text, (lessons, reviews, incidents))
    values = [*of_lesson, *keys, *of_start, *hidden.params]
    with connection.cursor() as cursor:
        cursor.execute((_FOUND + " UNION ALL ".join(selects)).format(**parts), values)
        return cursor.fetchall()
