"""What a file is, read from its bytes. What its name or the browser says is not believed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import BinaryIO

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from incidents.files.refusal import Refused

PICTURE = "picture"
TEXT = "text/plain"
#: For whatever a browser might take for a page: SVG, HTML, XML.
BYTES = "application/octet-stream"

_HEAD = 4_096
_PICTURES = re.compile(rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|GIF8[79]a|RIFF.{4}WEBP", re.DOTALL)
_TAKEN = (
    (re.compile(rb"%PDF-"), "application/pdf"),
    (re.compile(rb"\x1f\x8b\x08"), "application/gzip"),
    (re.compile(rb"PK(?:\x03\x04|\x05\x06)"), "application/zip"),
)
_AS_A_PICTURE = _("Save it as JPEG or PNG and attach that.")
_AS_A_LINK = _("Attach a picture of the moment, or link to it from an event.")
_AS_A_ZIP = _("Pack it as zip or gzip and attach that.")
_NOT_TAKEN = (
    (rb".{4}ftyp(?:hei|hev|mif1|msf1)", _("is a HEIC picture."), _AS_A_PICTURE),
    (rb".{4}ftypavi[fs]", _("is an AVIF picture."), _AS_A_PICTURE),
    (rb"BM.{4}\x00{4}", _("is a BMP picture."), _AS_A_PICTURE),
    (rb"II\*\x00|MM\x00\*", _("is a TIFF or camera picture."), _AS_A_PICTURE),
    (rb"\x00\x00\x01\x00", _("is an icon."), _AS_A_PICTURE),
    (rb"8BPS", _("is a Photoshop picture."), _AS_A_PICTURE),
    (rb".{4}ftyp|\x1aE\xdf\xa3|RIFF.{4}AVI ", _("is a video."), _AS_A_LINK),
    (rb"ID3|OggS|fLaC|RIFF.{4}WAVE", _("is a sound."), _AS_A_LINK),
    (rb"7z\xbc\xaf|Rar!|\xfd7zXZ|BZh|\x28\xb5\x2f\xfd", _("is packed in another way."), _AS_A_ZIP),
    (rb".{257}ustar", _("is a tar archive."), _("Pack it with gzip and attach that.")),
    (rb"\x7fELF|MZ", _("is a program."), _("Attach what it said instead, as text.")),
)
_PICTURE_NAMES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp", ".jpe", ".jfif"})
#: Bytes below the space that stand in logs: tab, line ends, form feed, backspace, colours.
_NEVER_IN_TEXT = bytes(set(range(32)) - set(b"\b\t\n\f\r\x1b"))
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<")
#: Deeper in, a page may begin after words: these make a browser see one.
_PAGE = re.compile(rb"<(?:!doctype|html|script|svg|\?xml|body|iframe)\b", re.IGNORECASE)


def look(file: BinaryIO, name: str) -> str:
    """PICTURE, or the type to store. Raises Refused with the file's own name."""
    file.seek(0)
    head = file.read(_HEAD)
    if not head:
        raise Refused(name, gettext("is empty. Choose it again once it has something in it."))
    if _PICTURES.match(head):
        return PICTURE
    if PurePosixPath(name).suffix.lower() in _PICTURE_NAMES:
        raise Refused(
            name,
            gettext(
                "is called a picture and is none inside. Save it as PNG or JPEG, or rename it."
            ),
        )
    for signature, content_type in _TAKEN:
        if signature.match(head):
            return content_type
    if _is_text(head, file):
        return BYTES if _MARKUP.match(head) or _PAGE.search(head) else TEXT
    for pattern, what, instead in _NOT_TAKEN:
        if re.match(pattern, head, re.DOTALL):
            raise Refused(name, f"{what} {instead}")
    raise Refused(
        name,
        gettext(
            "is of a kind that is not taken. Pictures, text and logs, PDF, zip and gzip "
            "are; pack it as a zip and attach that."
        ),
    )


def _is_text(head: bytes, file: BinaryIO) -> bool:
    """UTF-8 or Latin text all through, or UTF-16 that says so."""
    if head.startswith(_UTF_16):
        return True
    file.seek(0)
    pieces: Iterable[bytes] = iter(lambda: file.read(65_536), b"")
    return all(len(piece.translate(None, _NEVER_IN_TEXT)) == len(piece) for piece in pieces)
