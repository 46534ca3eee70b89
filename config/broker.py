"""Celery's queue in a folder, for running everything on one machine without Redis.

kombu's filesystem transport writes messages in place, so a reader or a crash in the middle leaves
half a file, and one such file stops a worker for good. Here every file appears whole (written
under another name, then renamed) and a file that cannot be read is dropped with a warning. Lost
wake-ups are harmless: what must be told stands in the database (people/notifications.py).
"""

import fcntl
import logging
import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import filesystem
from kombu.utils.encoding import bytes_to_str, str_to_bytes
from kombu.utils.json import dumps, loads

logger = logging.getLogger(__name__)

Binding = filesystem.exchange_queue_t


def write_whole(file: Path, content: Any) -> None:
    """Write JSON so that others see either nothing (or the old file) or all of it."""
    temporary = file.with_name(f".{file.name}.{uuid.uuid4().hex}.tmp")
    with temporary.open("wb", buffering=0) as stream:
        stream.write(str_to_bytes(dumps(content)))
        os.fsync(stream.fileno())
    temporary.replace(file)


class Channel(filesystem.Channel):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for folder in (self.inbox, self.outbox, self.claimed, self.control_folder):
            folder.mkdir(parents=True, exist_ok=True)

    @property
    def inbox(self) -> Path:
        return Path(self.data_folder_in)

    @property
    def outbox(self) -> Path:
        return Path(self.data_folder_out)

    @property
    def claimed(self) -> Path:
        """Where a message goes while it is read: beside the queue, so that a rename moves it."""
        return self.inbox / "claimed"

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        # Wall-clock nanoseconds keep the order over a restart of the machine.
        name = f"{time.time_ns():020}_{uuid.uuid4()}.{queue}.msg"
        write_whole(self.outbox / name, payload)

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        """The oldest message of `queue`; two workers never get the same one."""
        for name in sorted(os.listdir(self.inbox)):
            if name.partition(".")[2] != f"{queue}.msg":
                continue
            mine = self.claimed / name
            try:
                (self.inbox / name).rename(mine)
            except FileNotFoundError:
                continue  # another worker was faster
            try:
                return loads(bytes_to_str(mine.read_bytes()))
            except ValueError:
                logger.warning("Dropped an unreadable message: %s", name)
            finally:
                mine.unlink(missing_ok=True)
        raise Empty

    def get_table(self, exchange: str) -> list[Binding]:
        """The queues bound to `exchange`; none when its file is missing or damaged."""
        try:
            rows = loads(bytes_to_str(self._exchange_file(exchange).read_bytes()))
            return [Binding(*row) for row in rows]
        except FileNotFoundError:
            return []
        except (TypeError, ValueError):
            logger.warning("Ignored a damaged exchange file: %s", exchange)
            return []

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        binding = Binding(routing_key or "", pattern or "", queue or "")
        self._change_table(exchange, lambda rows: rows if binding in rows else [binding, *rows])

    def _delete(self, queue: str, exchange: str, routing_key: str, pattern: str, *args: Any,
                **kwargs: Any) -> None:  # fmt: skip
        self._purge(queue)
        binding = Binding(routing_key or "", pattern or "", queue or "")
        self._change_table(exchange, lambda rows: [row for row in rows if row != binding])

    def _change_table(
        self, exchange: str, change: Callable[[list[Binding]], list[Binding]]
    ) -> None:
        with self._control_lock():
            rows = self.get_table(exchange)
            changed = change(rows)
            if changed != rows:
                write_whole(self._exchange_file(exchange), changed)

    @contextmanager
    def _control_lock(self) -> Iterator[None]:
        with (self.control_folder / ".lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


class Transport(filesystem.Transport):
    Channel = Channel
    polling_interval = 0.2

    @property
    def default_connection_params(self) -> dict[str, Any]:
        """None: a folder has no host and port, and kombu would warn that they are missing."""
        return {}
