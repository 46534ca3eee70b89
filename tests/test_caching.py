"""The cache while Redis does not answer."""

import time

import pytest
from django.core.cache import caches
from redis.exceptions import ConnectionError as NotThere

from common.caching import RedisOrDatabaseCache


@pytest.fixture
def cache(settings, monkeypatch):
    """One whose Redis is not there, with what would be the database beside it."""
    settings.CACHES = {
        "default": {
            "BACKEND": "common.caching.RedisOrDatabaseCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        },
        "database": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    }
    monkeypatch.setattr(RedisOrDatabaseCache, "silent_until", 0.0)
    caches["database"].clear()
    return caches["default"]


class Redis:
    """Counts who asks, and answers or does not."""

    def __init__(self) -> None:
        self.is_there, self.asked, self.held = False, 0, {}

    def get(self, key, default):
        self.asked += 1
        if not self.is_there:
            raise NotThere
        return self.held.get(key, default)


def test_everything_that_is_asked_of_it_is_answered(cache):
    cache.set("tries", 1, 60)
    asked = [cache.incr("tries"), cache.decr("tries"), cache.add("tries", 5), cache.touch("tries")]
    cache.set_many({"a": 1, "b": 2})
    found = cache.get_many(["a", "b", "c"]), cache.get_or_set("d", 4), cache.has_key("d")
    cache.delete("a")
    cache.delete_many(["b"])

    assert asked == [2, 1, False, True]
    assert found == ({"a": 1, "b": 2}, 4, True)
    assert (cache.get("a"), cache.get("b", "gone"), cache.get("d")) == (None, "gone", 4)
    assert caches["database"].get("tries") == 1
    cache.clear()
    assert cache.get("d") is None


def test_redis_is_left_alone_for_a_moment_and_then_asked_again(cache, monkeypatch):
    redis = Redis()
    cache.__dict__["_cache"] = redis
    now = time.monotonic()
    monkeypatch.setattr("common.caching.time.monotonic", lambda: now)
    caches["database"].set("key", "of the database")

    assert [cache.get("key") for _ in range(3)] == ["of the database"] * 3
    assert redis.asked == 1
    redis.is_there, redis.held = True, {cache.make_key("key"): "of Redis"}
    assert cache.get("key") == "of the database"
    now += 5.1
    assert cache.get("key") == "of Redis"


def test_a_mistake_of_ours_is_no_silence(cache):
    with pytest.raises(ValueError, match="nothing"):
        cache.incr("nothing")
    assert RedisOrDatabaseCache.silent_until > 0
