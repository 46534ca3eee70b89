"""How a request comes in: whose token it shows, what it may, what it says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja.parser import Parser
from ninja.security import HttpBearer
from pydantic import BaseModel, ConfigDict

from api import tokens
from api.models import ApiToken
from api.problems import Problem
from common import strict_json
from common.access import require

Scope = ApiToken.Scope
_NO_FILING = "This token only reads. Make one that files incidents."
_NO_WRITING = "This token does not change anything. Make one that does what its owner may."


class Token(HttpBearer):
    """Whose token it is, before anything that was sent is looked at.

    `find` gets the reader and the names in the address, and returns what it is about or raises
    Http404; `may` is asked with the owner and what was found. Handlers find it as request.found.
    """

    def __init__(
        self,
        scope: str = Scope.READ,
        *,
        find: Callable[..., Any] | None = None,
        may: Callable[..., bool] | None = None,
        takes: str = "application/json",
    ) -> None:
        super().__init__()
        self.scope, self.find, self.may, self.takes = scope, find, may, takes

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:
        shown = tokens.find(token)
        if shown is None:
            return None
        rate = tokens.spend(shown, now=timezone.now())
        request.api_rate = rate
        if rate.is_over:
            raise Problem(429, headers={"Retry-After": str(rate.seconds_left)})
        # A session that comes along counts for nothing here.
        request.user = shown.owner
        if self.find:
            request.found = self.find(shown.reader, **request.resolver_match.kwargs)
        if self.scope == Scope.FILE:
            require(shown.may_file, _NO_FILING)
        elif self.scope == Scope.WRITE:
            require(shown.may_write, _NO_WRITING)
        if self.may:
            require(self.may(shown.owner, request.found) if self.find else self.may(shown.owner))
        _require_kind(request, self.takes)
        return shown


def _require_kind(request: HttpRequest, takes: str) -> None:
    if request.method in {"POST", "PATCH", "PUT"}:
        length = request.META.get("CONTENT_LENGTH") or "0"
        is_empty = not length.isdecimal() or int(length[:9]) == 0
        if not is_empty and request.content_type != takes:
            raise Problem(415, f"Send this with Content-Type: {takes}.")


class JsonParser(Parser):
    """Objects and lists alone: what reads a body by its attributes finds methods in a text."""

    def parse_body(self, request: HttpRequest) -> Any:
        try:
            return strict_json.read(request.body)
        except strict_json.CannotBeKept as error:
            raise Problem(422, f"Nothing was changed. There is {error}.") from None
        except ValueError as error:
            raise Problem(400, f"The body could not be read: {error}.") from None


class Sent(BaseModel):
    """Base of what is sent: exact types, and nothing that is not asked for."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Told(BaseModel):
    """Base of what is answered."""


class WrongField(Told):
    field: str
    detail: str


class ProblemTold(Told):
    """RFC 9457, as application/problem+json."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[WrongField] = []


#: Of every operation. What is told with them is described by api/v1/api.py, once for all: ninja
#: would build a schema for each of these hundreds.
READING = dict.fromkeys((400, 401, 404, 405, 413, 422, 429, 500, 503))
FILING = READING | dict.fromkeys((403, 409, 415))
#: And of those that change what somebody may have seen.
CHANGING = FILING | dict.fromkeys((412, 428))
