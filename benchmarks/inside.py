"""What has to be measured inside the product: run by installation.py, JSON in and JSON out."""

from __future__ import annotations

import json
import re
import statistics
import sys
import time
from pathlib import Path
from typing import Any

EMAIL = "reader@bench.example.org"
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


PAGE = 25
LONG_STORY = 500


def addresses() -> dict[str, str]:
    """Pages to ask for: deep pages of the list, two incidents and a published review."""
    from django.http import QueryDict

    from common.pagination import page_of
    from config.seeding.people import RARE_TAG
    from incidents.models import Incident
    from lessons.models import Lesson
    from postmortems.models import Review

    newest = Incident.objects.for_list(_reader())

    def page_after(row: Incident) -> str:
        """The address of the page that follows the page beginning with that row."""
        rest = newest.filter(filed_at__lte=row.filed_at)
        return f"/incidents/{page_of(rest, QueryDict(''), order=('-filed_at', '-pk')).next_url}"

    def at_place(place: int) -> Incident:
        """An index alone counts those before it: as rows of the list they take minutes."""
        filed = Incident.objects.order_by("-filed_at", "-pk").values_list("filed_at", flat=True)
        return newest.filter(filed_at__lte=filed[place])[0]

    count = Incident.objects.count()
    middle = at_place(count // 2)
    hundredth = at_place(min(98 * PAGE, count // 2))
    published = Review.objects.published().filter(incident__visibility="open").latest("pk")
    return {
        "home": "/",
        "incidents, first page": "/incidents/",
        "incidents, page 100": page_after(hundredth),
        "incidents, middle page": page_after(middle),
        "incidents, SEV 1 by start": "/incidents/?severity=sev1&sort=-started",
        "incidents, by words": "/incidents/?q=replica",
        "incidents, review under way": "/incidents/?review=under_way",
        "incidents, no review": "/incidents/?review=none",
        "incidents, a rare tag": f"/incidents/?tag={RARE_TAG}",
        "incidents, panel of filters": "/incidents/?filters=1",
        "incident": _with_people(middle).get_absolute_url(),
        f"incident with {LONG_STORY} events": _long_story().get_absolute_url(),
        "reviews": "/reviews/",
        "published review": f"/reviews/{published.reference}/published/",
        "actions": "/actions/",
        "actions, everyone's": "/actions/?view=all",
        "actions as a board": "/actions/board/?view=all",
        "actions by age": "/actions/ages/?view=all",
        "lessons": "/lessons/",
        "lessons, a rare tag": f"/lessons/?tag={RARE_TAG}",
        "lesson": Lesson.objects.published().latest("pk").get_absolute_url(),
        "lesson with a rare tag": Lesson.objects.published().earliest("pk").get_absolute_url(),
    }


def program() -> dict[str, Any]:
    """The secret of a token of the reader's, and the key of a team for what is filed."""
    from django.utils import timezone

    from api import tokens
    from people.models import Team

    now = timezone.now()
    _, secret = tokens.issue(_reader(), name=now.isoformat(), scope="write", days=30, now=now)
    return {"secret": secret, "team": Team.objects.order_by("pk")[0].pk}


def people(*, count: int) -> list[dict[str, str]]:
    """As many who are logged in already, each with a token: a session's cookie and a secret."""
    from django.conf import settings
    from django.test import Client
    from django.utils import timezone

    from api import tokens
    from people.models import User

    now, found = timezone.now(), []
    for user in User.objects.filter(is_active=True).order_by("pk")[:count]:
        client = Client()
        client.force_login(user, backend="people.backends.AccountBackend")
        _, secret = tokens.issue(
            user, name=f"soak {now.isoformat()}", scope="write", days=1, now=now
        )
        cookie = (
            f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
        )
        found.append({"cookie": cookie, "secret": secret})
    return found


def _reader() -> Any:
    from people.models import User

    return User.objects.get(email=EMAIL)


def _with_people(incident: Any) -> Any:
    """Named on it are so many that somebody looked up for each of them shows."""
    from incidents.models import Involvement
    from people.models import User

    named = [Involvement(incident=incident, user=user) for user in User.objects.order_by("pk")[:5]]
    Involvement.objects.bulk_create(named, ignore_conflicts=True)
    return incident


def _long_story() -> Any:
    """An open incident whose timeline is as long as they get: told once, found again later."""
    from datetime import timedelta

    from common.when import Moment
    from incidents import telling, timeline
    from incidents.models import Incident, TimelineEvent

    title = f"The night with {LONG_STORY} events"
    known = Incident.objects.filter(title=title).first()
    if known:
        return known
    incident = Incident.objects.filter(visibility="open", started_at__isnull=False).latest("pk")
    kinds = TimelineEvent.Kind.values
    readings = [
        timeline.Reading(
            Moment(incident.started_at + timedelta(seconds=41 * number), "UTC"),
            f"Step {number}: queue depth is {number * 7 % 400}, consumers are restarted in turn.",
            kinds[number % len(kinds)],
        )
        for number in range(LONG_STORY - incident.events.count())
    ]
    telling.add_events(incident, readings, by=_reader())
    Incident.objects.filter(pk=incident.pk).update(title=title)
    return incident


def statements(*, email: str, paths: dict[str, str]) -> dict[str, int]:
    """SQL statements of each page, session and log-in included."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = _client(email)
    counted = {}
    for name, path in paths.items():
        # What is cached from now on is cached in life, too: a process learns from its first search
        # how many rows there are, and by the next which words are common among so many.
        for _ in range(2):
            client.get(path)
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(path)
        if answer.status_code != 200:
            raise SystemExit(f"{path} was answered with {answer.status_code}.")
        counted[name] = len(captured)
    return counted


def dearest(*, email: str, paths: dict[str, str], runs: int, most: int) -> list[dict[str, Any]]:
    """The statements that take longest, each once, of the page where it takes longest: milliseconds
    (the least of the runs), SQL, and PostgreSQL's plan of it, read and run."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = _client(email)
    found: dict[str, dict[str, Any]] = {}
    for page, path in paths.items():
        client.get(path)
        here: dict[str, dict[str, Any]] = {}
        for _ in range(runs):
            with CaptureQueriesContext(connection) as captured:
                client.get(path)
            for query in captured:
                took, sql = float(query["time"]) * 1_000, query["sql"]
                shape = re.sub(r"'[^']*'|\d+", "?", sql)
                if shape not in here or took < here[shape]["milliseconds"]:
                    here[shape] = {"page": page, "milliseconds": took, "sql": sql}
        for shape, one in here.items():
            if shape not in found or one["milliseconds"] > found[shape]["milliseconds"]:
                found[shape] = one
    ranked = sorted(found.values(), key=lambda one: -one["milliseconds"])[:most]
    with connection.cursor() as cursor:
        for one in ranked:
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {one['sql']}")
            one["plan"] = "\n".join(line for (line,) in cursor.fetchall())
    return ranked


def _client(email: str) -> Any:
    """A browser of this person's, logged in, that calls the product without a server between."""
    from django.test import Client

    from people.models import User

    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(
        User.objects.get(email=email),
        backend="people.backends.AccountBackend",
    )
    return client


def pdf(*, runs: int) -> dict[str, float]:
    """Seconds for the PDF of a published review, and for WeasyPrint alone on the same page.

    They take turns, A B B A, so that a busy machine slows both.
    """
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration

    from common import pdf as ours
    from postmortems import reports
    from postmortems.models import Publication

    publication = Publication.objects.select_related("review__incident__team").latest("pk")

    def page() -> str:
        return reports.page(
            publication.snapshot,
            publication.review,
            publication=publication,
            printed_at=publication.published_at,
        )

    html, style = page(), ours.style_sheet()

    def bare(fonts: FontConfiguration) -> bytes:
        sheet = CSS(string=style, font_config=fonts)
        return HTML(string=html).write_pdf(
            stylesheets=[sheet], font_config=fonts, pdf_variant="pdf/ua-1"
        )

    ways = {
        "PDF of a review": lambda: ours.render(page()),
        "WeasyPrint alone": lambda: bare(FontConfiguration()),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for way in ways.values():
        way()
    for turn in range(runs):
        for name, way in list(ways.items())[:: 1 if turn % 2 else -1]:
            began = time.perf_counter()
            way()
            seconds[name].append(time.perf_counter() - began)
    return {name: statistics.median(taken) for name, taken in seconds.items()}


def richest() -> dict[str, int]:
    """The review with the longest paper: of those that were made up, and of real incidents."""
    from django.utils import timezone

    from postmortems import reports, snapshot
    from postmortems.models import Review

    now = timezone.now()

    def characters(review: Review) -> int:
        content = snapshot.build(review)
        return len(reports.page(content, review, publication=None, printed_at=now))

    def longest(**which: bool) -> int:
        reviews = Review.objects.filter(**which).select_related("incident__team")
        return max(reviews, key=characters).pk

    return {
        "made up": longest(incident__imported_file__isnull=True),
        "real": longest(incident__imported_file__isnull=False),
    }


def paper(*, review: int, runs: int) -> dict[str, Any]:
    """What a worker does for the PDF of this review as it stands, the first time and again: the
    most memory the whole process had, and what it had before WeasyPrint was loaded."""
    import resource
    from io import BytesIO

    from django.utils import timezone
    from pypdf import PdfReader

    from people.models import User
    from postmortems import reports, tasks
    from postmortems.models import ReportFile, Review

    def megabytes() -> float:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024

    found = Review.objects.select_related("incident__team").get(pk=review)
    reader = User.objects.earliest("pk")
    before, seconds = megabytes(), []
    for _ in range(runs + 1):
        asked = reports.ask_for_draft(found, by=reader, now=timezone.now())
        began = time.perf_counter()
        tasks.make_report(asked.pk)
        seconds.append(time.perf_counter() - began)
    with ReportFile.objects.get(pk=asked.pk).file.open("rb") as file:
        content = file.read()
    return {
        "reference": found.reference,
        "first": seconds[0],
        "again": statistics.median(seconds[1:]),
        "pages": len(PdfReader(BytesIO(content)).pages),
        "kilobytes": len(content) / 1_000,
        "before_mb": before,
        "peak_mb": megabytes(),
    }


def sweep() -> dict[str, float]:
    """Every sweep once: what it wrote, and what that took of time, statements and memory."""
    import resource

    from django.db import connection
    from django.utils import timezone

    from config import reminders

    def megabytes() -> float:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    statements = 0

    def count(execute: Any, *asked: Any) -> Any:
        nonlocal statements
        statements += 1
        return execute(*asked)

    connection.ensure_connection()
    before, began = megabytes(), time.perf_counter()
    with connection.execute_wrapper(count):
        found = reminders.sweep(now=timezone.now())
    return {
        "written": sum(found.values()),
        "seconds": time.perf_counter() - began,
        "statements": statements,
        "before_mb": before,
        "peak_mb": megabytes(),
    }


#: The same search as it would be written by hand: rank every match, make headlines of the best.
EXACT_SEARCH = """
    SELECT best.id, ts_headline('english', lesson.search_text, best.query)
    FROM (
        SELECT id, query, ts_rank('{0, 0, 0.4, 1}', search_vector, query, 1) AS strength
        FROM lessons_lesson, websearch_to_tsquery('english', %s) AS query
        WHERE search_vector @@ query AND state <> 'draft'
        ORDER BY strength DESC, id DESC LIMIT 25
    ) AS best JOIN lessons_lesson AS lesson USING (id)
    ORDER BY best.strength DESC, best.id DESC
"""


def searches(*, email: str, searches: dict[str, str], runs: int) -> dict[str, dict[str, Any]]:
    """Milliseconds of each search, by what was asked: exact SQL by hand over the lessons, what the
    list of lessons does for a page, and what the search over everything does. In turns."""
    from django.db import connection
    from django.http import QueryDict
    from django.test.utils import CaptureQueriesContext

    from config.searching import page as everything
    from lessons import browsing
    from people.models import User

    user = User.objects.get(email=email)

    def exact(text: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(EXACT_SEARCH, [text])
            cursor.fetchall()

    def asked(text: str) -> QueryDict:
        query = QueryDict(mutable=True)
        query["q"] = text
        return query

    ways = {
        "exact SQL": exact,
        "lessons": lambda text: browsing.library_page(browsing.Asked.read(asked(text)), user),
        "everything": lambda text: everything.read(asked(text), user),
    }
    found: dict[str, dict[str, Any]] = {}
    for name, text in searches.items():
        taken: dict[str, list[float]] = {way: [] for way in ways}
        for turn in range(runs + 1):
            for way, ask in list(ways.items())[:: 1 if turn % 2 else -1]:
                began = time.perf_counter()
                ask(text)
                if turn:  # the first one warms up
                    taken[way].append((time.perf_counter() - began) * 1_000)
        with CaptureQueriesContext(connection) as captured:
            ways["everything"](text)
        found[name] = {"statements": len(captured), **taken}
    return found


def search_indexes() -> dict[str, dict[str, float]]:
    """Of each index of words: megabytes, and seconds to build it anew."""
    from django.db import connection

    found = {}
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SET maintenance_work_mem = '512MB'")
        cursor.execute("SELECT indexname FROM pg_indexes WHERE indexdef LIKE '%USING gin%'")
        for (name,) in cursor.fetchall():
            began = time.perf_counter()
            cursor.execute(f"REINDEX INDEX {connection.ops.quote_name(name)}")
            seconds = time.perf_counter() - began
            cursor.execute("SELECT pg_relation_size(%s::regclass)", [name])
            found[name] = {"megabytes": cursor.fetchone()[0] / 1e6, "seconds": seconds}
    return found


def restrict(*, one_in: int, besides: list[str]) -> int:
    """Restrict every so many-th incident, too, beside those with these references, and say how
    many are restricted then."""
    from django.db.models import F
    from django.db.models.functions import Mod

    from incidents.models import Incident

    chosen = Incident.objects.annotate(left=Mod(F("pk"), one_in)).filter(left=0)
    chosen.exclude(reference__in=besides).update(visibility="restricted")
    return Incident.objects.filter(visibility="restricted").count()


def attach_files(*, count: int, kilobytes: int) -> int:
    """Bytes of as many files, which nothing can make smaller, on the first incidents."""
    import hashlib
    import os
    from io import BytesIO

    from incidents.files import store
    from incidents.models import Attachment, Incident

    rows = []
    for incident in Incident.objects.order_by("pk")[:count]:
        content = os.urandom(kilobytes * 1_000)
        digest = hashlib.sha256(content).hexdigest()
        store.put(digest, BytesIO(content))
        rows.append(
            Attachment(
                incident=incident,
                sha256=digest,
                name="dump.bin",
                content_type="application/octet-stream",
                size=len(content),
            )
        )
    Attachment.objects.bulk_create(rows, batch_size=1_000)
    return count * kilobytes * 1_000


def main() -> None:
    import django

    django.setup()
    told: dict[str, Any] = json.loads(sys.stdin.read() or "{}")
    tasks = (
        addresses, program, people, statements, dearest, pdf, richest, paper, sweep, searches,
        search_indexes, restrict, attach_files,
    )  # fmt: skip
    answer = {task.__name__: task for task in tasks}[sys.argv[1]](**told)
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
