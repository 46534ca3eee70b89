"""The description of the API, arranged for the page that people read.

The operations import ninja, so they are asked for when the first one reads.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

_METHODS = ("get", "post", "patch", "delete")
#: Said in the text of the page once, for all operations.
_EVERYWHERE = {"Idempotency-Key", "If-Match", "If-None-Match"}


@dataclass(frozen=True)
class Parameter:
    name: str
    place: str
    is_required: bool
    words: str
    values: str


@dataclass(frozen=True)
class Operation:
    key: str
    method: str
    path: str
    summary: str
    words: str
    parameters: list[Parameter]
    #: An example of what is sent, as JSON; "" for nothing.
    body: str
    fields: list[Parameter]
    answers: list[tuple[str, str]]
    needs_match: bool


@dataclass(frozen=True)
class Group:
    name: str
    operations: list[Operation]


def schema() -> dict[str, Any]:
    return import_module("api.v1.api").schema()


@cache
def groups() -> list[Group]:
    told = schema()
    found: dict[str, list[Operation]] = {}
    for path, operations in told["paths"].items():
        for method in _METHODS:
            if operation := operations.get(method):
                tag = operation.get("tags", ["More"])[0]
                found.setdefault(tag, []).append(_operation(told, path, method, operation))
    return [Group(name, operations) for name, operations in found.items()]


def _operation(
    told: dict[str, Any], path: str, method: str, operation: dict[str, Any]
) -> Operation:
    sent = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    body = _resolved(told, sent.get("schema", {}))
    return Operation(
        key=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        words=operation.get("description", ""),
        parameters=[
            _parameter(told, one["name"], one["schema"], one["in"], one.get("required", False))
            for one in operation["parameters"]
            if one["name"] not in _EVERYWHERE
        ],
        body=json.dumps(_example(told, body), indent=2, ensure_ascii=False) if body else "",
        fields=[
            _parameter(told, name, field, "body", name in body.get("required", ()))
            for name, field in body.get("properties", {}).items()
        ],
        answers=[(code, one["description"]) for code, one in operation["responses"].items()],
        needs_match=any(
            one["name"] == "If-Match" and one["required"] for one in operation["parameters"]
        ),
    )


def _resolved(told: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return told["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def _parameter(
    told: dict[str, Any], name: str, schema: dict[str, Any], place: str, is_required: bool
) -> Parameter:
    return Parameter(name, place, is_required, schema.get("description", ""), _values(schema))


def _values(schema: dict[str, Any]) -> str:
    """ "sev1, sev2, sev3 or sev4", "text", "several of: …"."""
    if "anyOf" in schema:
        kinds = [_values(one) for one in schema["anyOf"]]
        return " or ".join(kinds)
    if "enum" in schema or "const" in schema:
        return ", ".join(map(str, schema.get("enum", [schema.get("const")])))
    if schema.get("type") == "array":
        return f"several of: {_values(schema['items'])}"
    words = {"string": "text", "integer": "whole number", "boolean": "true or false",
             "object": "names with texts"}  # fmt: skip
    if "format" in schema:
        return str(schema["format"])
    return words.get(schema.get("type", ""), str(schema.get("type", "anything")))


def _example(told: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """What has to be sent, and nothing else."""
    needed = schema.get("required", ()) or list(schema.get("properties", ()))[:1]
    return {name: _value(schema["properties"][name]) for name in needed}


def _value(schema: dict[str, Any]) -> Any:
    if "anyOf" in schema:
        return _value(schema["anyOf"][0])
    if "enum" in schema:
        return schema["enum"][0]
    return {"array": [], "integer": 1, "boolean": False, "object": {}}.get(
        schema.get("type", ""), "…"
    )
