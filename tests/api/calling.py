"""A program that calls the API."""

from __future__ import annotations

import itertools
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from api import tokens
from people.models import User

_numbers = itertools.count(1)


def make_secret(owner: User, scope: str = "write", **fields: Any) -> str:
    fields.setdefault("name", f"Program {next(_numbers)}")
    fields.setdefault("days", 30)
    fields.setdefault("now", timezone.now())
    return tokens.issue(owner, scope=scope, **fields)[1]


class Program:
    """Sends JSON with one token. Further keyword arguments are headers: If_Match='"…"'."""

    def __init__(self, owner: User, scope: str = "write", **fields: Any) -> None:
        self.secret = make_secret(owner, scope, **fields)
        self.client = Client(raise_request_exception=False)

    def __call__(self, method: str, path: str, sent: Any = None, **headers: str) -> HttpResponse:
        return getattr(self.client, method)(
            path if path.startswith("/") else f"/api/v1/{path}",
            data=sent,
            content_type="application/json",
            headers={"Authorization": f"Bearer {self.secret}"}
            | {name.replace("_", "-"): value for name, value in headers.items()},
        )

    def get(self, path: str, **headers: str) -> HttpResponse:
        return self.client.get(
            path if path.startswith("/") or "://" in path else f"/api/v1/{path}",
            headers={"Authorization": f"Bearer {self.secret}"}
            | {name.replace("_", "-"): value for name, value in headers.items()},
        )

    def post(self, path: str, sent: Any, **headers: str) -> HttpResponse:
        return self("post", path, sent, **headers)

    def patch(self, path: str, sent: Any, **headers: str) -> HttpResponse:
        return self("patch", path, sent, **headers)

    def delete(self, path: str, **headers: str) -> HttpResponse:
        return self("delete", path, **headers)


def assert_problem(answer: HttpResponse, status: int, detail: str = "") -> dict[str, Any]:
    """It is told as a problem of this status whose detail holds these words."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    told = answer.json()
    assert {"type", "title", "status", "detail"} <= told.keys()
    assert told["status"] == status
    assert detail in told["detail"], told
    return told
