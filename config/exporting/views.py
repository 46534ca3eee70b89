"""The page where an administrator takes the site along, and the file itself."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from common.access import require
from common.history import record
from config.exporting.archive import Zipped
from config.exporting.site import Export
from config.exporting.tables import LEFT_OUT
from people.models import User
from people.permissions import can_administer

_BY = "The site is taken along by administrators."


@require_safe
def export_site(request: HttpRequest) -> HttpResponse:
    """What would be in the file, and what would not."""
    require(can_administer(request.user), _BY)
    return render(request, "config/export_site.html", {"left_out": sorted(LEFT_OUT.items())})


@require_POST
def export_full(request: HttpRequest) -> StreamingHttpResponse:
    """Everything this person may read, as a zip that `import_site` takes. It is made while it is
    sent and kept nowhere, so nobody else can fetch it."""
    require(can_administer(request.user), _BY)
    record(request.user, "took the site along", request.user)
    name = f"second-story-{timezone.localdate().isoformat()}.zip"
    return StreamingHttpResponse(
        _pieces(request.user),
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


class _Pipe:
    """Takes what a zip writes, and gives it on."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, part: bytes) -> int:
        self._parts.append(bytes(part))
        return len(part)

    def flush(self) -> None:
        """Nothing waits here."""

    def close(self) -> None:
        """Nor is anything held."""

    def taken(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


def _pieces(reader: User) -> Iterator[bytes]:
    pipe = _Pipe()
    zipped = Zipped(pipe)
    for _ in Export(zipped, now=timezone.now(), reader=reader).write():
        if part := pipe.taken():
            yield part
    zipped.close()
    yield pipe.taken()
