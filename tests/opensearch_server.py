"""A small OpenSearch on loopback: the requests the product sends, answered as the documentation of
OpenSearch 3 says, and every other request or key refused. Not tried against a real one."""

from __future__ import annotations

import fnmatch
import gzip
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from common.words import split, stem


class Refused(Exception):
    def __init__(self, status: int, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.body = {"error": {"type": kind, "reason": reason}, "status": status}


def only(held: dict[str, Any], *names: str) -> dict[str, Any]:
    """Refuses keys that the request may not have."""
    if not isinstance(held, dict) or not set(held) <= set(names):
        raise Refused(400, "parsing_exception", f"{held!r} may only have {', '.join(names)}")
    return held


class Index:
    """Documents by key: (version, fields); fields are None once deleted. One that nobody made,
    and any that was not told otherwise, gives the texts back."""

    def __init__(self, *, gives_back: bool = True) -> None:
        self.gives_back = gives_back
        self.rows: dict[str, tuple[int, dict[str, str] | None]] = {}

    def write(self, key: str, version: int, fields: dict[str, str] | None) -> int:
        """external_gte: what is older than what is there is refused."""
        known = self.rows.get(key)
        if known and known[0] > version:
            return 409
        self.rows[key] = (version, fields)
        if fields is None:
            return 200 if known and known[1] else 404
        return 200 if known and known[1] else 201

    def documents(self) -> dict[str, dict[str, list[str]]]:
        return {
            key: {name: [stem(word) for word in split(text)] for name, text in fields.items()}
            for key, (_, fields) in self.rows.items()
            if fields is not None
        }


class OpenSearchServer:
    """`requests` keeps (method, path) of what was asked."""

    def __init__(self) -> None:
        self.indexes: dict[str, Index] = {}
        self.aliases: dict[str, str] = {}
        self.requests: list[tuple[str, str]] = []
        self.is_out_of_order = False
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                path, _, asked = self.path.partition("?")
                server.requests.append((self.command, path))
                try:
                    if server.is_out_of_order:
                        raise Refused(503, "unavailable", "no shard is there")
                    kind = self.headers.get("Content-Type", "")
                    told = server.answer(self.command, path, body.decode(), kind, asked)
                    status = 200
                except Refused as refused:
                    status, told = refused.status, refused.body
                sent = json.dumps(told).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json; charset=UTF-8")
                self.send_header("Content-Length", str(len(sent)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(sent)

            do_GET = do_HEAD = do_POST = do_PUT = _answer  # noqa: N815 named by http.server

            def log_message(self, *told: Any) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    # Requests -------------------------------------------------------------------------------
    def answer(self, method: str, path: str, body: str, kind: str, asked: str) -> Any:
        match method, path.strip("/").split("/"):
            case "HEAD", [""]:
                return {}
            case "PUT", [name]:
                return self._create(name, json.loads(body))
            case "GET", [pattern]:
                found = fnmatch.filter(self.indexes, pattern)
                if not found and "*" not in pattern:
                    raise Refused(404, "index_not_found_exception", pattern)
                return {name: {"aliases": {}, "mappings": {}, "settings": {}} for name in found}
            case "POST", [name, "_refresh"]:
                self._index(name)
                return {"_shards": {"total": 1, "successful": 1, "failed": 0}}
            case "POST", ["_aliases"]:
                return self._alias(json.loads(body))
            case "POST", ["_bulk"]:
                self._expect_lines(body, kind)
                lines = [json.loads(line) for line in body.splitlines()]
                return self._bulk(lines, require_alias="require_alias=true" in asked.split("&"))
            case "POST", [name, "_msearch"]:
                self._expect_lines(body, kind)
                return self._searches(name, [json.loads(line) for line in body.splitlines()])
        raise Refused(400, "illegal_argument_exception", f"{method} {path}")

    @staticmethod
    def _expect_lines(body: str, kind: str) -> None:
        # The client says application/json of its lines, too, which OpenSearch accepts.
        if not kind.startswith(("application/x-ndjson", "application/json")) or body[-1:] != "\n":
            raise Refused(406, "illegal_argument_exception", "lines of JSON, each ended")

    def _index(self, name: str) -> Index:
        name = self.aliases.get(name, name)
        if name not in self.indexes:
            raise Refused(404, "index_not_found_exception", f"no such index [{name}]")
        return self.indexes[name]

    def _create(self, name: str, body: dict[str, Any]) -> Any:
        if name in self.indexes or name != name.lower() or name[0] in "_-+":
            raise Refused(400, "resource_already_exists_exception", name)
        only(body, "settings", "mappings", "aliases")
        analysis = only(body["settings"], "analysis")["analysis"]
        only(analysis, "tokenizer", "filter", "analyzer")
        for analyzer in analysis["analyzer"].values():
            only(analyzer, "type", "tokenizer", "filter")
            known = {"lowercase", "asciifolding", *analysis["filter"]}
            if (
                analyzer["tokenizer"] not in analysis["tokenizer"]
                or set(analyzer["filter"]) - known
            ):
                raise Refused(400, "illegal_argument_exception", "an unknown part of an analyzer")
        mappings = only(body["mappings"], "dynamic", "_source", "properties")
        for field in mappings["properties"].values():
            if only(field, "type", "analyzer")["analyzer"] not in analysis["analyzer"]:
                raise Refused(400, "mapper_parsing_exception", "no such analyzer")
        self.indexes[name] = Index(gives_back=mappings["_source"]["enabled"])
        self.aliases |= dict.fromkeys(body.get("aliases", {}), name)
        return {"acknowledged": True, "shards_acknowledged": True, "index": name}

    def _alias(self, body: dict[str, Any]) -> Any:
        for action in only(body, "actions")["actions"]:
            only(action, "add", "remove_index")
            if "add" in action:
                added = only(action["add"], "index", "alias")
                self._index(added["index"])
                self.aliases[added["alias"]] = added["index"]
            else:
                gone = only(action["remove_index"], "index")["index"]
                del self.indexes[gone]
                self.aliases = {alias: of for alias, of in self.aliases.items() if of != gone}
        return {"acknowledged": True}

    def _bulk(self, lines: list[Any], *, require_alias: bool) -> Any:
        items = []
        while lines:
            ((deed, meta),) = only(lines.pop(0), "index", "delete").items()
            only(meta, "_index", "_id", "version", "version_type")
            if meta["version_type"] != "external_gte":
                raise Refused(400, "illegal_argument_exception", meta["version_type"])
            fields = None
            if deed == "index":
                fields = only(lines.pop(0), "title", "text")
            name = meta["_index"]
            told: dict[str, Any] = {"_index": name, "_id": meta["_id"]}
            if require_alias and name not in self.aliases:
                told |= {"status": 404, "error": {"type": "index_not_found_exception"}}
            else:
                held = self.indexes.setdefault(self.aliases.get(name, name), Index())
                told["status"] = held.write(meta["_id"], meta["version"], fields)
            if told["status"] == 409:
                told["error"] = {"type": "version_conflict_engine_exception"}
            items.append({deed: told})
        return {"took": 1, "errors": any("error" in v for i in items for v in i.values()),
                "items": items}  # fmt: skip

    # Searches -------------------------------------------------------------------------------
    def _searches(self, name: str, lines: list[Any]) -> Any:
        responses = []
        for header, body in zip(lines[::2], lines[1::2], strict=True):
            only(header)
            try:
                responses.append(self._search(self._index(name), body))
            except Refused as refused:
                responses.append(refused.body)
        return {"took": 1, "responses": responses}

    def _search(self, index: Index, body: dict[str, Any]) -> Any:
        only(body, "query", "size", "_source", "track_total_hits", "aggs")
        if body["size"] > 10_000:
            raise Refused(400, "illegal_argument_exception", "Result window is too large")
        rows = index.documents()
        told: dict[str, Any] = {"took": 1, "timed_out": False, "status": 200}
        scored = []
        if body["size"]:
            scores = {key: weigh(body["query"], fields) for key, fields in rows.items()}
            scored = [(key, score) for key, score in scores.items() if score is not None]
            scored.sort(key=lambda one: (-one[1], one[0]))
        hits = [{"_index": "i", "_id": key, "_score": score} for key, score in scored]
        if index.gives_back and body.get("_source", True):
            hits = [hit | {"_source": index.rows[hit["_id"]][1]} for hit in hits]
        told["hits"] = {"max_score": None, "hits": hits[: body["size"]]}
        if "aggs" in body:
            told["aggregations"] = {
                agg: {"buckets": self._buckets(asked, rows)} for agg, asked in body["aggs"].items()
            }
        return told

    @staticmethod
    def _buckets(asked: dict[str, Any], rows: dict[str, dict[str, list[str]]]) -> Any:
        filters = only(only(asked, "filters")["filters"], "filters")["filters"]
        return {
            name: {"doc_count": sum(weigh(query, row) is not None for row in rows.values())}
            for name, query in filters.items()
        }


def weigh(query: dict[str, Any], fields: dict[str, list[str]]) -> float | None:
    """How well a document fits a query; None when it does not."""
    ((kind, asked),) = only(query, "bool", "dis_max", "multi_match", "prefix").items()
    match kind:
        case "bool":
            only(asked, "must", "filter", "must_not", "should", "minimum_should_match")
            wanted = [weigh(one, fields) for one in asked.get("must", [])]
            wanted += [0 if weigh(one, fields) is not None else None
                       for one in asked.get("filter", [])]  # fmt: skip
            refused = [weigh(one, fields) for one in asked.get("must_not", [])]
            should = [weigh(one, fields) for one in asked.get("should", [])]
            least = asked.get("minimum_should_match", 0)
            if None in wanted or any(one is not None for one in refused):
                return None
            if sum(one is not None for one in should) < least:
                return None
            return sum(one or 0 for one in [*wanted, *should])
        case "dis_max":
            found = [weigh(one, fields) for one in only(asked, "queries")["queries"]]
            return max((one for one in found if one is not None), default=None)
        case "multi_match":
            only(asked, "query", "type", "fields")
            if asked["type"] != "phrase":
                raise Refused(400, "parsing_exception", asked["type"])
            phrase = [stem(word) for word in split(asked["query"])]
            score = 0.0
            for field in asked["fields"]:
                name, _, boost = field.partition("^")
                held = fields[name]
                times = sum(held[at : at + len(phrase)] == phrase for at in range(len(held)))
                score += times * float(boost or 1) / (1 + len(held)) ** 0.5
            return score or None
    ((field, prefix),) = only(asked, "title", "text").items()
    start = only(prefix, "value")["value"]
    return 1.0 if any(word.startswith(start) for word in fields[field]) else None
