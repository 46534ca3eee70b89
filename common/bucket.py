"""Files in a bucket of an S3-compatible store. Only loaded where one is set: boto3 is large."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from storages.backends.s3 import S3Storage


class BucketStorage(S3Storage):
    """Objects that nobody but us reads; pages stream them. An object is there whole or not at all.

    What the store refuses is raised as OSError, as by a disk.
    """

    def __init__(self, **options: Any) -> None:
        options["client_config"] = Config(
            connect_timeout=3,
            read_timeout=20,
            retries={"total_max_attempts": 3},
            signature_version="s3v4",
            # Not every store has a name for each bucket, nor knows the newest checksums.
            s3={"addressing_style": "path" if options.get("endpoint_url") else "auto"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        # What is read waits on disk, not in memory.
        super().__init__(max_memory_size=1_000_000, **options)

    def _save(self, name: str, content: Any) -> str:
        with _as_on_a_disk():
            return super()._save(name, content)

    def _open(self, name: str, mode: str = "rb") -> Any:
        with _as_on_a_disk():
            file = super()._open(name, mode)
            _ = file.file  # fetch it now, so that failing is told before anything is answered
            return file

    def delete(self, name: str) -> None:
        with _as_on_a_disk():
            super().delete(name)

    def listdir(self, name: str) -> tuple[list[str], list[str]]:
        with _as_on_a_disk():
            return super().listdir(name)


@contextmanager
def _as_on_a_disk() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise OSError(f"The object store failed: {error}") from error
