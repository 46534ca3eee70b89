"""Lists as files, sent while they are read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.utils import timezone

#: One thing as a file to keep: ending by what ?as= asks for.
FORMS = {"markdown": "md", "json": "json"}
_TO_SECONDS = len("2026-02-01T23:30:00")
_TYPES = {"csv": "text/csv", "json": "application/json", "md": "text/markdown"}


def file(parts: Iterator[str], *, name: str, ending: str) -> StreamingHttpResponse:
    """An attachment such as lessons-2026-03-04.csv."""
    return StreamingHttpResponse(
        _in_pieces(parts),
        content_type=f"{_TYPES[ending]}; charset=utf-8",
        headers={
            "Content-Disposition": (
                f'attachment; filename="{name}-{timezone.localdate().isoformat()}.{ending}"'
            )
        },
    )


def kept(form: str, told: dict[str, Any], words: str) -> HttpResponse:
    """One thing with a `reference`: what is `told` of it as JSON, or its `words` as Markdown."""
    name = f"{told['reference']}.{FORMS[form]}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if form == "json":
        return JsonResponse(told, headers=headers)
    return HttpResponse(words, "text/markdown; charset=utf-8", headers=headers)


def json_lines(head: dict[str, Any], key: str, rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """One object: the head, and under `key` the rows, one to a line."""
    yield f'{json.dumps(head, ensure_ascii=False)[:-1]}, "{key}": ['
    between = "\n"
    for row in rows:
        yield between + json.dumps(row, ensure_ascii=False)
        between = ",\n"
    yield "\n]}\n"


def iso(at: datetime | None) -> str | None:
    """2026-02-01T23:30:00Z; None for none."""
    # Cut off rather than asked for by `timespec`, which takes longer.
    return f"{at.astimezone(UTC).isoformat()[:_TO_SECONDS]}Z" if at else None


def _in_pieces(parts: Iterator[str]) -> Iterator[str]:
    """Some lines at a time: a network packet for each would take longer than making them."""
    while piece := "".join(islice(parts, 200)):
        yield piece
