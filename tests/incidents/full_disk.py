"""A disk with room for a few kilobytes."""

import errno
import os

from common.storage import WholeFileStorage


class FullDisk(WholeFileStorage):
    def _save(self, name, content):
        chunks = content.chunks

        def few_chunks():
            for chunk in chunks():
                yield chunk[:4_000]
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        content.chunks = few_chunks
        return super()._save(name, content)
