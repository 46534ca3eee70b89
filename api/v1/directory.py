"""Teams, and the services they look after."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from api.v1.door import READING, Token, Told
from api.v1.incidents import Named
from api.v1.lists import Asked, page, require_known
from people.models import Service, Team

router = Router(tags=["Teams and services"])


class ServiceTold(Named):
    team: Named


class Teams(Told):
    items: list[Named]
    next: str | None


class Services(Told):
    items: list[ServiceTold]
    next: str | None


@router.get("/teams", response={200: Teams, **READING}, auth=Token())
def list_teams(request: HttpRequest, asked: Query[Asked]) -> Any:
    """By name. Their slugs are what lists are filtered by."""
    require_known(request, asked)
    return page(
        request,
        asked,
        Team.objects.visible_to(request.auth.reader),
        order=("name", "pk"),
        told=lambda rows: [{"slug": row.slug, "name": row.name} for row in rows],
    )


@router.get("/services", response={200: Services, **READING}, auth=Token())
def list_services(request: HttpRequest, asked: Query[Asked]) -> Any:
    """By name, each with the team that looks after it."""
    require_known(request, asked)
    return page(
        request,
        asked,
        Service.objects.visible_to(request.auth.reader).select_related("team"),
        order=("name", "pk"),
        told=lambda rows: [
            {
                "slug": row.slug,
                "name": row.name,
                "team": {"slug": row.team.slug, "name": row.team.name},
            }
            for row in rows
        ],
    )
