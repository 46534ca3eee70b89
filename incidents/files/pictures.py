"""Pictures, drawn again: only the pixels of what was sent are kept.

So place, camera, comments and whatever else hides in a picture file goes, and what looks like a
picture to one program and like a page to another is a picture to both. An animation keeps its
first picture.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, BinaryIO

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from incidents.files.refusal import Refused

if TYPE_CHECKING:  # a web server loads Pillow with the first picture
    from PIL import Image

#: 4,900 x 3,265, or a screen of 5K. A pixel takes four bytes of memory, and eight while turned.
MOST_PIXELS = 16_000_000
THUMBNAIL = (480, 480)
THUMBNAIL_TYPE = "image/webp"
_IN_MEMORY = 2_000_000

_TAKEN = ("PNG", "JPEG", "GIF", "WEBP", "MPO")
#: As what it is kept: type and endings of its name.
_TOLD = {
    "JPEG": ("image/jpeg", (".jpg", ".jpeg")),
    "PNG": ("image/png", (".png",)),
}
_MODES = {
    "JPEG": {"L", "RGB"},
    "PNG": {"1", "L", "LA", "P", "RGB", "RGBA", "I;16"},
}
# Memory for one picture at a time: eight threads of a web server may each hold one.
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Drawn:
    """`content` and `thumbnail` are closed when the picture is let go of."""

    content: IO[bytes]
    content_type: str
    endings: tuple[str, ...]
    width: int
    height: int
    thumbnail: BytesIO
    was_moving: bool


@contextmanager
def drawn_again(file: BinaryIO, name: str) -> Iterator[Drawn]:
    """Raises Refused when it is damaged, or has too many pixels, which is seen undecoded."""
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as content, BytesIO() as thumbnail:
        with _one_at_a_time:
            drawn = _draw(file, name, content, thumbnail)
        yield drawn


def _draw(file: BinaryIO, name: str, content: IO[bytes], thumbnail: BytesIO) -> Drawn:
    from PIL import Image, ImageFile, UnidentifiedImageError

    file.seek(0)
    most = MOST_PIXELS
    # WeasyPrint turns this on for the whole process, and what is cut off would be taken.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with Image.open(file, formats=_TAKEN) as picture:
            # Decoding WebP holds every pixel four times.
            most = MOST_PIXELS // 2 if picture.format == "WEBP" else MOST_PIXELS
            if picture.width * picture.height > most:
                raise Image.DecompressionBombError
            return _redraw(picture, content, thumbnail)
    except Image.DecompressionBombError:
        raise Refused(
            name,
            gettext(
                "has more than {most} megapixels. Make it smaller or cut it, and attach that."
            ).format(most=most // 1_000_000),
        ) from None
    except UnidentifiedImageError:
        raise Refused(name, _DAMAGED) from None
    except Exception as error:  # a decoder may stumble over hostile bytes in any way
        if isinstance(error, OSError) and error.errno:
            raise  # the disk, not the picture
        raise Refused(name, _DAMAGED) from None


_DAMAGED = _("is damaged or cut off. Open it, save it again as PNG or JPEG, and attach that.")


def _redraw(picture: Image.Image, content: IO[bytes], thumbnail: BytesIO) -> Drawn:
    from PIL import ImageOps

    kept_as = _kept_as(picture)
    content_type, endings = _TOLD[kept_as]
    was_moving = getattr(picture, "n_frames", 1) > 1 and picture.format != "MPO"
    picture.seek(0)
    picture.load()
    ImageOps.exif_transpose(picture, in_place=True)
    upright: Image.Image = picture
    transparency = upright.info.get("transparency")
    # Savers put comments, profiles and the like back from here.
    upright.info = {} if transparency is None else {"transparency": transparency}
    if upright.mode not in _MODES[kept_as]:
        upright = upright.convert(_best_mode(upright, kept_as))
        upright.info = {}
    upright.save(content, kept_as, **({"quality": 92} if kept_as == "JPEG" else {}))
    width, height = upright.size
    if upright.mode not in {"L", "RGB", "RGBA"}:
        upright = upright.convert(_best_mode(upright, "WEBP"))
    upright.thumbnail(THUMBNAIL)
    upright.info = {}
    upright.save(thumbnail, "WEBP", quality=80, method=4)
    for each in (content, thumbnail):
        each.seek(0)
    return Drawn(content, content_type, endings, width, height, thumbnail, was_moving)


def _kept_as(picture: Image.Image) -> str:
    """PNG or JPEG. Not WebP, which takes seconds and much memory, and fails on noise."""
    is_photo = picture.format in {"JPEG", "MPO"}
    return "JPEG" if is_photo or (picture.format == "WEBP" and picture.mode == "RGB") else "PNG"


def _best_mode(picture: Image.Image, kept_as: str) -> str:
    return "RGBA" if kept_as != "JPEG" and picture.has_transparency_data else "RGB"
