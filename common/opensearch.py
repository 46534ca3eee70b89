"""Full-text search in OpenSearch, for organisations that outgrow one database.

It only proposes: what it finds are keys of rows, and whoever asks looks among the rows that the
reader may see which of them stand. It holds no text that could be read back (`_source` is off).
One index for each searchable table stands behind an alias of a fixed name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext as _

from common.stems import language
from common.words import Phrase, Query, Term

if TYPE_CHECKING:
    from opensearchpy import OpenSearch

# The client takes longer to load than all the rest of the product: who has no OpenSearch does
# without it.

#: Seconds for an answer to somebody who waits for a page, and for a batch of a worker.
ANSWER_WITHIN = 2
BATCH_WITHIN = 60
#: The largest answer OpenSearch gives without being told otherwise (index.max_result_window).
MOST = 10_000
_MOST_BYTES = 8_000_000
_LONGEST_TEXT = 400_000
#: A word in the title says more, as in SQLite's index.
_FIELDS = ["title^5", "text"]


class Away(Exception):
    """OpenSearch gave no answer that can be used; the message says why, for the log."""


@contextmanager
def _speaking() -> Iterator[None]:
    from opensearchpy import OpenSearchException, TransportError

    try:
        yield
    except TransportError as error:
        # Its own words may hold what somebody typed.
        raise Away(f"{type(error).__name__} {error.status_code} {error.error}"[:300]) from error
    except OpenSearchException as error:
        raise Away(type(error).__name__) from error


@cache
def client(within: int = ANSWER_WITHIN) -> OpenSearch:
    """One for each time limit; its connections are kept and shared by threads."""
    from opensearchpy import OpenSearch

    https = settings.OPENSEARCH_URL.startswith("https:")
    secured: dict[str, Any] = {"verify_certs": True} if https else {}
    if https and settings.OPENSEARCH_CA:
        secured["ca_certs"] = settings.OPENSEARCH_CA
    return OpenSearch(
        settings.OPENSEARCH_URL, timeout=within, max_retries=0, http_compress=True, **secured
    )


def alias(table: str) -> str:
    return f"{settings.OPENSEARCH_PREFIX}-{table}"


# Asking -----------------------------------------------------------------------------------------
def best(table: str, parts: Iterable[tuple[Query, Query]], *, most: int) -> list[dict[int, float]]:
    """For each (what must match, what is weighed) strengths by key, the best `most` of all rows,
    readable by anybody or not. One request."""
    lines: list[dict[str, Any]] = []
    for wish, weighed in parts:
        lines += [{}, {"query": matching(wish, weighed), "size": most, "_source": False}]
        lines[-1]["track_total_hits"] = False
    with _speaking():
        told = client().msearch(body=lines, index=alias(table))
    return [
        {int(hit["_id"]): float(hit["_score"]) for hit in one["hits"]["hits"]}
        for one in _answers(told)
    ]


def known(table: str, phrases: list[Phrase]) -> set[Phrase]:
    """Those of the phrases that any row holds. One request."""
    asked = {
        str(place): {"bool": {"should": _phrase(phrase), "minimum_should_match": 1}}
        for place, phrase in enumerate(phrases)
    }
    body = {
        "size": 0,
        "track_total_hits": False,
        "aggs": {"held": {"filters": {"filters": asked}}},
    }
    with _speaking():
        told = client().msearch(body=[{}, body], index=alias(table))
    buckets = next(_answers(told))["aggregations"]["held"]["buckets"]
    return {phrase for place, phrase in enumerate(phrases) if buckets[str(place)]["doc_count"]}


def _answers(told: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for one in told["responses"]:
        if "error" in one:
            raise Away(f"It answered {one['error'].get('type')}.")
        if one.get("timed_out"):
            raise Away("It answered too late.")
        yield one


def matching(wish: Query, weighed: Query) -> dict[str, Any]:
    """The rows that fit a wish, by how much they say of what is weighed."""
    return {
        "bool": {
            "must": [_term(term) for term in weighed.wanted],
            "filter": [_term(term) for term in wish.wanted if term not in weighed.wanted],
            "must_not": [_term(term) for term in wish.unwanted],
        }
    }


def _term(term: Term) -> dict[str, Any]:
    """Any of its phrases: a row that holds one of them holds the word."""
    asked = [one for phrase in term.alternatives for one in _phrase(phrase)]
    asked += [
        {"prefix": {field: {"value": start}}}
        for start in term.beginnings
        for field in ("title", "text")
    ]
    return {"dis_max": {"queries": asked}}


def _phrase(phrase: Phrase) -> list[dict[str, Any]]:
    return [{"multi_match": {"query": " ".join(phrase), "type": "phrase", "fields": _FIELDS}}]


def trouble() -> str:
    """What is wrong, in a sentence; empty when every table can be searched."""
    try:
        with _speaking():
            return (
                "" if client().ping() else _("It does not answer; the database searches meanwhile.")
            )
    except Away:
        return _("It does not answer; the database searches meanwhile.")


# Feeding ----------------------------------------------------------------------------------------
def make_index(table: str, *, number: int) -> str:
    """A new, empty index for a table, beside the one that is searched. Returns its name."""
    name = f"{alias(table)}-{number}"
    with _speaking():
        body = index() | {"aliases": {_entrance(name): {}}}
        client(BATCH_WITHIN).indices.create(index=name, body=body)
    return name


def index() -> dict[str, Any]:
    """The same words as the databases see: letters and digits only, without endings."""
    own = language()
    endings = "porter2" if own.is_english else own.name
    plain = ["lowercase", "asciifolding"] if own.is_english else ["lowercase"]
    analyzer = {"type": "custom", "tokenizer": "words", "filter": [*plain, "endings"]}
    return {
        "settings": {
            "analysis": {
                "tokenizer": {"words": {"type": "pattern", "pattern": r"[^\p{L}\p{N}]+"}},
                "filter": {"endings": {"type": "stemmer", "language": endings}},
                "analyzer": {"words": analyzer},
            }
        },
        "mappings": {
            "dynamic": "strict",
            "_source": {"enabled": False},
            "properties": {
                "title": {"type": "text", "analyzer": "words"},
                "text": {"type": "text", "analyzer": "words"},
            },
        },
    }


def _entrance(name: str) -> str:
    """The name under which an index is written to. It goes with the index: what comes too late
    for one that was taken away finds nothing, where OpenSearch would make a new index of the name
    itself, one that keeps the texts."""
    return f"{name}-in"


def indexes(table: str) -> list[str]:
    """Every index of a table: what is searched, and what is being filled."""
    with _speaking():
        return sorted(client(BATCH_WITHIN).indices.get(index=f"{alias(table)}-*"))


def search_in(table: str, name: str) -> None:
    """Let this index be searched from now on, in one step, and take the others away."""
    others = [other for other in indexes(table) if other != name]
    with _speaking():
        within = client(BATCH_WITHIN)
        within.indices.refresh(index=name)
        add = {"add": {"index": name, "alias": alias(table)}}
        gone = [{"remove_index": {"index": other}} for other in others]
        within.indices.update_aliases(body={"actions": [*gone, add]})


def write(names: Iterable[str], changes: Iterable[Change]) -> None:
    """Bring rows into these indexes, or out of them. A change that comes late changes nothing."""
    from opensearchpy.helpers import streaming_bulk

    targets = list(names)

    def actions() -> Iterator[dict[str, Any]]:
        for pk, version, texts in changes:
            for name in targets:
                action: dict[str, Any] = {
                    "_op_type": "index" if texts else "delete",
                    "_index": _entrance(name),
                    "_id": str(pk),
                    "version": version,
                    "version_type": "external_gte",
                }
                if texts:
                    title, text = texts
                    action["_source"] = {"title": title, "text": text[:_LONGEST_TEXT]}
                yield action

    with _speaking():
        done = streaming_bulk(
            client(BATCH_WITHIN),
            actions(),
            max_chunk_bytes=_MOST_BYTES,
            raise_on_error=False,
            require_alias=True,
        )
        for fine, told in done:
            ((_, result),) = told.items()
            # 409: something newer is there. 404: what is to go is gone, or the whole index is.
            if not fine and result.get("status") not in {404, 409}:
                raise Away(f"It refused a row: {result.get('error', {}).get('type')}.")


#: A key, a number that grows with each change of it, and (title, text); None for a row that went.
Change = tuple[int, int, tuple[str, str] | None]
