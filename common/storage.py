"""A folder for files that are there whole or not at all."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage

UNFINISHED = ".unfinished-"
#: What a place without room says.
FULL_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class WholeFileStorage(FileSystemStorage):
    """Writes beside the place and then moves: neither a crash nor a full disk leaves half a file.

    A name stands for its content here: saving under one that exists replaces it.
    """

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name

    def _save(self, name: str, content: Any) -> str:
        place = Path(self.path(name))
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, unfinished = tempfile.mkstemp(prefix=UNFINISHED, dir=place.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                for chunk in content.chunks():
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            if self.file_permissions_mode is not None:
                Path(unfinished).chmod(self.file_permissions_mode)
            Path(unfinished).replace(place)
        except BaseException:
            Path(unfinished).unlink(missing_ok=True)
            raise
        return name
