"""The API as a whole: its operations, how errors are told, and its description."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI, Router
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.schema import REF_TEMPLATE
from ninja.operation import Operation

from api import problems
from api.once import HEADER as IDEMPOTENCY_KEY
from api.problems import Problem
from api.v1 import actions, deeds, directory, files, incidents, lessons, me, reviews, timeline
from api.v1.door import JsonParser, ProblemTold

VERSION = "1.0"
PREFIX = "api/v1/"
#: Operations that are sent a file as it is.
TAKES_FILES = {"list_files", "attach_file"}


class _Api(NinjaAPI):
    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__


api = _Api(
    title=f"{settings.PRODUCT_NAME} API",
    version=VERSION,
    description="What the pages do, for programs: the same rules, the same rights.",
    urls_namespace="api-v1",
    openapi_url=None,
    docs_url=None,
    parser=JsonParser(),
)
ROUTERS: list[Router] = [
    me.router,
    incidents.router,
    timeline.router,
    files.router,
    reviews.router,
    actions.router,
    deeds.router,
    lessons.router,
    directory.router,
]
for router in ROUTERS:
    api.add_router("", router)


# Errors -----------------------------------------------------------------------------------------
@api.exception_handler(Problem)
def _problem(request: HttpRequest, error: Problem) -> HttpResponse:
    return problems.answer(error.status, error.detail, errors=error.errors, headers=error.headers)


@api.exception_handler(AuthenticationError)
def _who(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return problems.answer(401, headers={"WWW-Authenticate": 'Bearer realm="api"'})


@api.exception_handler(Http404)
def _missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return problems.answer(404)


@api.exception_handler(PermissionDenied)
def _refused(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
    return problems.answer(403, str(error))


@api.exception_handler(RequestDataTooBig)
def _too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return problems.answer(413)


@api.exception_handler(HttpError)
def _unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    if isinstance(error.__cause__, Problem):
        return _problem(request, error.__cause__)
    return problems.answer(error.status_code, str(error))


@api.exception_handler(ValidationError)
def _does_not_fit(request: HttpRequest, error: ValidationError) -> HttpResponse:
    errors = [
        # The first two name the part of the request and the argument that takes it.
        {"field": ".".join(map(str, one["loc"][2:] or one["loc"][1:])), "detail": one["msg"]}
        for one in error.errors
    ]
    return problems.answer(400, "What was sent does not fit the schema.", errors=errors)


# Description ------------------------------------------------------------------------------------
@cache
def schema() -> dict[str, Any]:
    """OpenAPI 3.1, with the headers that every operation takes and gives."""
    told = dict(api.get_openapi_schema(path_prefix=PREFIX))
    told["servers"] = [{"url": settings.SITE_ORIGIN}]
    problem = ProblemTold.model_json_schema(ref_template=REF_TEMPLATE, mode="serialization")
    told["components"]["schemas"] |= problem.pop("$defs") | {ProblemTold.__name__: problem}
    for path, operations in told["paths"].items():
        for method, operation in operations.items():
            _describe(path, method, operation)
    told["components"]["securitySchemes"]["Token"]["description"] = (
        "A token, made under Settings. It goes into no address."
    )
    return told


def _describe(path: str, method: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"] = {
        str(code): answer for code, answer in operation["responses"].items()
    }
    for code, answer in responses.items():
        answer["headers"] = dict(_RATE)
        if int(code) >= 400:
            answer["content"] = {problems.MEDIA_TYPE: {"schema": _PROBLEM}}
    for code in ("429", "503"):
        responses[code]["headers"]["Retry-After"] = _header("integer", "Seconds.")
    responses["401"]["headers"] = {"WWW-Authenticate": _header("string", "Bearer.")}
    if method in {"post", "patch", "delete"}:
        operation["parameters"].append(
            _parameter(IDEMPOTENCY_KEY, "The same for a repetition, which then does nothing again.")
        )
    if "412" in responses:
        must = "428" in responses and method in {"patch", "delete"}
        operation["parameters"].append(
            _parameter("If-Match", "The ETag of what was read.", required=must)
        )
    if "304" in responses:
        operation["parameters"].append(_parameter("If-None-Match", "The ETag of what is held."))
    for code in ("200", "201"):
        if code in responses and ("304" in responses or method in {"post", "patch"}):
            responses[code]["headers"]["ETag"] = _header("string", "Stands for it as it is now.")
    if "201" in responses:
        responses["201"]["headers"]["Location"] = _header("string", "Where it is.")


def _header(kind: str, words: str) -> dict[str, Any]:
    return {"schema": {"type": kind}, "description": words}


def _parameter(name: str, words: str, *, required: bool = False) -> dict[str, Any]:
    """Any text: what does not fit is told apart by what it is compared with."""
    return {
        "in": "header",
        "name": name,
        "required": required,
        "description": words,
        "schema": {"type": "string"},
    }


_PROBLEM = {"$ref": REF_TEMPLATE.format(model=ProblemTold.__name__)}
_RATE = {
    "RateLimit-Limit": _header("integer", "Calls in a minute."),
    "RateLimit-Remaining": _header("integer", "Those that are left."),
    "RateLimit-Reset": _header("integer", "Seconds until they are counted anew."),
}
