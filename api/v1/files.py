"""The files of an incident."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import SEEK_END
from tempfile import SpooledTemporaryFile
from typing import IO, Annotated, Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.response import HttpResponseBase
from ninja import Query, Router, Status
from pydantic import BaseModel, BeforeValidator, Field

from api.once import once
from api.problems import Problem
from api.v1 import incidents
from api.v1.door import FILING, READING, Scope, Token, Told
from api.v1.lists import Asked, digits, link, page, require_known
from api.v1.sent import as_form, require_valid
from api.v1.words import MOST_NUMBER, Number, Reference
from common.downloads import iso
from common.middleware import BYTES
from common.storage import FULL_DISK
from incidents import permissions, reading
from incidents.files import keeping, serving, store
from incidents.forms.files import AttachForm
from incidents.models import Attachment, Incident
from people.models import User

router = Router(tags=["Files"])
_CONTENT = {
    "responses": {
        200: {
            "description": "The file as it was kept: pictures without hidden data.",
            "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}},
        }
    }
}
_BODY = {
    "requestBody": {
        "required": True,
        "description": "The file as it is. What it is, is seen by its content.",
        "content": {BYTES: {"schema": {"type": "string", "format": "binary"}}},
    }
}
_CHUNK = 65_536


class AskedToAttach(BaseModel):
    name: Annotated[str, Field(min_length=1, max_length=255)]
    description: Annotated[
        str, Field(max_length=500, description="What it shows, for who cannot see it.")
    ] = ""
    event: Annotated[int | None, Field(ge=1, le=MOST_NUMBER), BeforeValidator(digits)] = None


class FileTold(Told):
    id: int
    incident: str
    name: str
    description: str
    content_type: str
    size: int = Field(description="Bytes.")
    sha256: str
    width: int | None = Field(description="Of a picture, in pixels.")
    height: int | None
    event: int | None = Field(description="The event of the timeline it belongs to.")
    attached_at: str | None
    address: str = Field(description="Where its content is, for the same token.")


class Files(Told):
    items: list[FileTold]
    next: str | None


def tell(file: Attachment, reference: str) -> dict[str, Any]:
    return {
        "id": file.pk,
        "incident": reference,
        "name": file.name,
        "description": file.description,
        "content_type": file.content_type,
        "size": file.size,
        "sha256": file.sha256,
        "width": file.width,
        "height": file.height,
        "event": file.event_id,
        "attached_at": iso(file.uploaded_at),
        "address": link(f"/api/v1/incidents/{reference}/files/{file.pk}"),
    }


def find(reader: User, reference: str, pk: int) -> Attachment:
    file: Attachment = incidents.find_part(reader, reference, "attachments", pk)
    return file


@router.get(
    "/incidents/{reference:reference}/files",
    response={200: Files, **READING},
    auth=Token(find=incidents.find),
)
def list_files(request: HttpRequest, reference: Reference, asked: Query[Asked]) -> Any:
    """What is attached, in the order it was."""
    require_known(request, asked)
    incident: Incident = request.found
    reading.note(request.auth.reader, incident)
    return page(
        request,
        asked,
        incident.attachments.all(),
        order=("pk",),
        told=lambda rows: [tell(file, incident.reference) for file in rows],
    )


@router.post(
    "/incidents/{reference:reference}/files",
    response={201: FileTold, **FILING, 507: None},
    auth=Token(Scope.WRITE, find=incidents.find, may=permissions.can_attach, takes=BYTES),
    openapi_extra=_BODY,
)
def attach_file(
    request: HttpRequest,
    reference: Reference,
    asked: Query[AskedToAttach],
    response: HttpResponse,
) -> Any:
    """Attach one file, under the rules of the page. The same file again is the one there is."""
    require_known(request, asked)
    incident: Incident = request.found
    with _received(request) as content:
        made = once(
            request,
            lambda: str(_attach(incident, asked, content, by=request.user).pk),
            content=store.digest(content),
            is_one_deed=True,
        )
    file = find(request.auth.reader, incident.reference, int(made))
    told = tell(file, incident.reference)
    response["ETag"] = f'"{file.sha256}"'
    response["Location"] = told["address"]
    return Status(201, told)


def _attach(incident: Incident, asked: AskedToAttach, content: IO[bytes], *, by: User) -> Any:
    form = AttachForm(as_form(asked.model_dump(exclude={"name"})), incident=incident)
    require_valid(form)
    file = UploadedFile(content, asked.name, size=content.seek(0, SEEK_END))
    outcome = keeping.attach(incident, [file], by=by, **form.cleaned_data)
    if outcome.stopped:
        raise _no_room() if outcome.stopped.is_full else Problem(503)
    if outcome.refused:
        raise Problem(422, outcome.refused[0])
    return outcome.kept[0]


@contextmanager
def _received(request: HttpRequest) -> Iterator[IO[bytes]]:
    """What is sent, beside the memory when it is large. Raises Problem."""
    most = settings.ATTACHMENT_MAX_BYTES
    with SpooledTemporaryFile(max_size=settings.DATA_UPLOAD_MAX_MEMORY_SIZE) as content:
        try:
            while chunk := request.read(_CHUNK):
                content.write(chunk)
                if content.tell() > most:
                    raise Problem(413, f"One file has up to {most // 1_000_000} MB.")
        except UnreadablePostError:
            raise Problem(400, "It broke off on its way.") from None
        except OSError as error:
            if error.errno in FULL_DISK:
                raise _no_room() from None
            raise
        yield content


def _no_room() -> Problem:
    return Problem(507, "There is no room left for files. Nothing of it was kept.")


@router.get(
    "/incidents/{reference:reference}/files/{int:pk}",
    response={304: None, **READING},
    auth=Token(find=find),
    openapi_extra=_CONTENT,
)
def fetch_file(request: HttpRequest, reference: Reference, pk: Number) -> HttpResponseBase:
    """One file itself."""
    file: Attachment = request.found
    reading.note(request.auth.reader, file.incident, "fetched a file", file.name)
    answer = serving.answer(request, file)
    if answer.status_code >= 500:
        raise Problem(503, "The place for files does not answer. Try again in a minute.")
    return answer
