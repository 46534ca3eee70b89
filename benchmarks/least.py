"""The least Django page of each kind: the usual middleware, session and user, exactly the
statements the page needs, one plain template. No product of Django can be below it without leaving
work out.
"""

from __future__ import annotations

import itertools
from typing import Any

from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()

from django.db import connection  # noqa: E402
from django.http import HttpRequest, HttpResponse, JsonResponse  # noqa: E402
from django.template import Context, Engine  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402
from inside import EMAIL, EXACT_SEARCH, PAGE  # noqa: E402

from incidents.models import Incident, TimelineEvent  # noqa: E402
from people.models import User  # noqa: E402

JSON_ROWS = 100
_TOLD = ("reference", "title", "kind", "severity", "state", "visibility", "filed_at", "started_at")
_OPEN = Incident.objects.filter(visibility=Incident.Visibility.OPEN)
_NEWEST = _OPEN.order_by("-filed_at", "-pk")
_numbers = itertools.count(10_000_000)

_engine = Engine()
_HEAD = (
    "<!doctype html><html lang=en><meta charset=utf-8><title>{{ title }}</title>"
    "<h1>{{ title }}</h1><p>{{ user.name }}</p>"
)
_LIST = _engine.from_string(
    _HEAD + "<table>{% for row in rows %}<tr><td><a href='/{{ row.reference }}'>{{ row.reference }}"
    "</a><td>{{ row.title }}<td>{{ row.severity }}<td>{{ row.state }}<td>{{ row.team__name }}"
    "<td>{{ row.filed_at|date:'j M Y, H:i' }}{% endfor %}</table>"
)
_DETAIL = _engine.from_string(
    _HEAD + "<p>{{ row.reference }}, {{ row.severity }}, {{ row.state }}, {{ row.team__name }}</p>"
    "{{ row.summary_html|safe }}"
    "<ul>{% for name in services %}<li>{{ name }}{% endfor %}</ul>"
    "<ul>{% for name in people %}<li>{{ name }}{% endfor %}</ul>"
    "<ol>{% for event in events %}<li>{{ event.at|date:'j M Y, H:i' }} {{ event.kind }}"
    "<br>{{ event.text }}{% endfor %}</ol>"
)
_FOUND = _engine.from_string(
    _HEAD
    + "<ul>{% for pk, words in rows %}<li><a href='/{{ pk }}'>{{ words }}</a>{% endfor %}</ul>"
)


def _page(request: HttpRequest, template: Any, **told: Any) -> HttpResponse:
    return HttpResponse(template.render(Context({"user": request.user, **told})))


def enter(request: HttpRequest) -> HttpResponse:
    login(request, User.objects.get(email=EMAIL))
    return HttpResponse("Hello")


@login_required
def incidents(request: HttpRequest) -> HttpResponse:
    rows = _NEWEST.values(*_TOLD, "team__name")[: PAGE + 1]
    return _page(request, _LIST, title="Incidents", rows=rows)


@login_required
def incident(request: HttpRequest, reference: str) -> HttpResponse:
    row = _OPEN.values("pk", *_TOLD, "summary_html", "team__name").get(reference=reference)
    here = {"incident": row["pk"]}
    return _page(
        request,
        _DETAIL,
        title=row["title"],
        row=row,
        services=Incident.services.through.objects.filter(**here).values_list(
            "service__name", flat=True
        ),
        people=Incident.people.through.objects.filter(**here).values_list("user__name", flat=True),
        events=TimelineEvent.objects.filter(**here)
        .order_by("sort_at", "pk")
        .values("at", "kind", "text"),
    )


@login_required
def as_json(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"items": list(_NEWEST.values(*_TOLD, "team__name")[:JSON_ROWS])})


@csrf_exempt
@login_required
def insert(request: HttpRequest) -> JsonResponse:
    team = request.POST["team"]
    row = Incident.objects.create(
        reference=f"INC-{next(_numbers)}",
        title=request.POST["title"],
        severity="sev3",
        team_id=team,
        reporter_id=request.user.pk,
    )
    return JsonResponse({"reference": row.reference}, status=201)


@login_required
def search(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute(EXACT_SEARCH, [request.GET["q"]])
        rows = cursor.fetchall()
    return _page(request, _FOUND, title="Lessons", rows=rows)


urlpatterns = [
    path("enter", enter),
    path("incidents", incidents),
    path("incidents/<str:reference>", incident),
    path("json", as_json),
    path("insert", insert),
    path("search", search),
]
