"""A cache that never stops a page: Redis, and the database while Redis does not answer.

Lock-outs after wrong passwords and the like go on being counted meanwhile, from zero.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, ClassVar

from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

#: Seconds until Redis is asked again: a machine that is gone takes two to say so.
_LEFT_ALONE_FOR = 5.0


def _of_either(name: str) -> Callable[..., Any]:
    """A cache's method, asked of Redis or else of the database."""

    def ask(self: RedisOrDatabaseCache, *arguments: Any, **options: Any) -> Any:
        if time.monotonic() >= RedisOrDatabaseCache.silent_until:
            try:
                return getattr(super(RedisOrDatabaseCache, self), name)(*arguments, **options)
            except RedisError as error:
                RedisOrDatabaseCache.silent_until = time.monotonic() + _LEFT_ALONE_FOR
                logger.warning("Redis does not answer; the database is the cache: %s", error)
        return getattr(caches["database"], name)(*arguments, **options)

    ask.__name__ = name
    return ask


class RedisOrDatabaseCache(RedisCache):
    """Beside it stands a cache "database" in the settings."""

    silent_until: ClassVar[float] = 0.0

    add = _of_either("add")
    get = _of_either("get")
    set = _of_either("set")
    touch = _of_either("touch")
    delete = _of_either("delete")
    get_many = _of_either("get_many")
    has_key = _of_either("has_key")
    incr = _of_either("incr")
    set_many = _of_either("set_many")
    delete_many = _of_either("delete_many")
    clear = _of_either("clear")
