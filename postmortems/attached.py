"""Pictures that the texts of a review name, for where nothing is fetched: its PDF."""

from __future__ import annotations

import base64
import re

from django.urls import reverse

from incidents.files import store
from incidents.models import Attachment, Incident

_MOST_PICTURES = 40
_MOST_BYTES = 20_000_000
_ADDRESS = re.compile(r'<img [^>]*src="([^"]+)"')


def as_data(html: str, incident: Incident) -> dict[str, str]:
    """The data: address of each picture in `html` by the address it is named by.

    Only pictures of this very incident: whoever may read the review may see those, and a text that
    names another's brings nothing of it onto paper. What goes beyond 20 MB is left out, too.
    """
    named = set(_ADDRESS.findall(html))
    pictures = incident.attachments.exclude(width=None).order_by("pk")
    found: dict[str, str] = {}
    total = 0
    for picture in pictures:
        address = reverse("file_in_text", args=[picture.pk])
        if address not in named or total + picture.size > _MOST_BYTES:
            continue
        if len(found) < _MOST_PICTURES and (data := _data(picture)):
            found[address] = data
            total += picture.size
    return found


def _data(picture: Attachment) -> str:
    """ "" for what cannot be fetched: the PDF is made without it."""
    try:
        with store.get(picture.sha256) as file:
            content = base64.b64encode(file.read()).decode()
    except (FileNotFoundError, store.NotStored):
        return ""
    return f"data:{picture.content_type};base64,{content}"
