"""What the product costs beside the least that does the same, as figures with a goal.

Each function measures one thing and its limit in turns, A B B A, in one run, and gives the ratio.
"""

from __future__ import annotations

import http.client
import random
import re
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlencode

from installation import Browser, Installation, worker_of

from tests import chromium
from tests.servers import Process, free_port, wait_until

#: Words by the share of the lessons that hold them, and their other shapes.
SHAPES = {
    "a word of 85 %": "service",
    "a word of 10 %": "replica",
    "a word of 1 %": "certificate",
    "a word of 0.16 %": "quorum",
    "three words": "service replica alert",
    "a phrase": '"alert request"',
    "one without another": "replica -certificate",
}
CONNECTIONS = 8
Answer = TypeVar("Answer")
#: Round trip in milliseconds and bytes a second of the slow mobile network of Lighthouse.
SLOW_LATENCY, SLOW_BYTES = 150, 200_000
#: Times that a page is painted in turns, A B B A: one alone differs by a quarter.
PAINTS = 3


@dataclass(frozen=True)
class Figure:
    """A ratio of ours to its limit; `goal` is the least it may be, or the most where
    `smaller_is_better`. What was compared stands in `limit` and `ours`."""

    number: str
    name: str
    limit: str
    ours: str
    ratio: float
    goal: float
    smaller_is_better: bool = True

    @property
    def is_met(self) -> bool:
        return self.ratio <= self.goal if self.smaller_is_better else self.ratio >= self.goal


def print_figures(figures: list[Figure]) -> None:
    print("\n| # | figure | limit | ours | ratio | goal | |")
    print("|---|---|---|---|---|---|---|")
    for one in figures:
        sign = "≤" if one.smaller_is_better else "≥"
        verdict = "met" if one.is_met else "**MISS**"
        print(
            f"| {one.number} | {one.name} | {one.limit} | {one.ours} | {one.ratio:.2f} "
            f"| {sign} {one.goal:g} | {verdict} |"
        )


class Asker:
    """Asks one server again and again, on connections that stay open."""

    def __init__(
        self,
        port: int,
        path: str,
        headers: Mapping[str, str],
        *,
        expected: int = http.client.OK,
        body: Callable[[], str] | None = None,
    ) -> None:
        self.port, self.path, self.headers = port, path, dict(headers)
        self.expected, self.body = expected, body

    def open(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def ask(self, connection: http.client.HTTPConnection) -> http.client.HTTPMessage:
        method = "POST" if self.body else "GET"
        connection.request(method, self.path, self.body and self.body(), self.headers)
        answer = connection.getresponse()
        content = answer.read()
        if answer.status != self.expected:
            raise SystemExit(f"{self.path} was answered with {answer.status}: {content[:300]!r}")
        return answer.headers

    def once(self) -> http.client.HTTPMessage:
        connection = self.open()
        try:
            return self.ask(connection)
        finally:
            connection.close()

    def rate(self, seconds: float) -> float:
        """Answers a second to eight who ask at once."""
        done = [0] * CONNECTIONS
        failures: list[BaseException] = []
        ends = time.perf_counter() + seconds

        def keep_asking(number: int) -> None:
            connection = self.open()
            try:
                while time.perf_counter() < ends:
                    self.ask(connection)
                    done[number] += 1
            except BaseException as error:  # noqa: BLE001 told by the one who waits
                failures.append(error)
            finally:
                connection.close()

        began = time.perf_counter()
        threads = [threading.Thread(target=keep_asking, args=(n,)) for n in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]
        return sum(done) / (time.perf_counter() - began)

    def times(self, count: int) -> list[float]:
        """Milliseconds to the last byte, one after another."""
        connection = self.open()
        self.ask(connection)
        taken = []
        for _ in range(count):
            began = time.perf_counter()
            self.ask(connection)
            taken.append((time.perf_counter() - began) * 1_000)
        connection.close()
        return taken


def in_turns(
    ours: Callable[[], Answer], limit: Callable[[], Answer]
) -> tuple[list[Answer], list[Answer]]:
    """A B B A: the answers of ours, and those of the limit."""
    first, second = ours(), limit()
    third, fourth = limit(), ours()
    return [first, fourth], [second, third]


class Pair:
    """The product and the least Django page, on one database, each with a reader."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.port = free_port()
        self.least: Process | None = None
        self.reader: dict[str, str] = {}
        self.visitor: dict[str, str] = {}
        self.browser = Browser(installation)

    def serve(self) -> None:
        self.installation.serve()
        self.least = self.start_least(self.port)
        wait_until(lambda: self.greets(self.port), within=60, what="the least page")
        self.browser.log_in()
        self.reader = {
            "Accept-Encoding": "gzip",
            "Accept": "text/html",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.browser.cookies.items()),
        }
        given = Asker(self.port, "/enter", {}).once().get_all("Set-Cookie", [])
        self.visitor = {"Cookie": "; ".join(line.partition(";")[0] for line in given)}

    def start_least(self, port: int) -> Process:
        told = {"DJANGO_SETTINGS_MODULE": "least_settings"}
        return self.installation.start_gunicorn("least:application", port, **told)

    def greets(self, port: int) -> bool:
        if self.least is not None and not self.least.is_running():
            raise SystemExit(f"gunicorn ended:\n{self.least.last_words()}")
        try:
            return bool(Asker(port, "/enter", {}).once())
        except OSError:
            return False

    def stop(self) -> None:
        if self.least:
            self.least.stop()

    def page(self, path: str, **more: str) -> Asker:
        return Asker(self.installation.port, path, self.reader | more)

    def least_page(self, path: str) -> Asker:
        return Asker(self.port, path, self.visitor)


@contextmanager
def serving(installation: Installation) -> Iterator[Pair]:
    pair = Pair(installation)
    try:
        pair.serve()
        yield pair
    finally:
        pair.stop()


def _rates(ours: Asker, limit: Asker, seconds: float) -> tuple[float, float]:
    ours.once(), limit.once()
    mine, least = in_turns(lambda: ours.rate(seconds), lambda: limit.rate(seconds))
    return statistics.mean(mine), statistics.mean(least)


def _rate_figure(
    number: str, name: str, rates: tuple[float, float], goal: float, limit: str
) -> Figure:
    mine, least = rates
    return Figure(
        number, name, f"{limit} {least:.0f}/s", f"{mine:.0f}/s", mine / least, goal,
        smaller_is_better=False,
    )  # fmt: skip


def pages(pair: Pair, addresses: Mapping[str, str], *, seconds: float) -> list[Figure]:
    """Figures 1 to 3: pages and the API beside the least page, eight readers at once."""
    reference = addresses["incident"].strip("/").split("/")[-1]
    detail = pair.page(addresses["incident"])
    published = addresses["published review"]
    etag = pair.page(published).once()["ETag"]
    seen = pair.page(published, **{"If-None-Match": etag})
    seen.expected = http.client.NOT_MODIFIED
    least_detail = pair.least_page(f"/incidents/{reference}")
    program = pair.installation.inside("program")
    port = pair.installation.port
    token = {"Authorization": f"Bearer {program['secret']}", "Accept-Encoding": "gzip"}
    read = Asker(port, "/api/v1/incidents?limit=100", token)
    numbers = random.Random(1)

    def filed() -> str:
        title = f"Queue {numbers.random()} grew"
        return f'{{"title": "{title}", "severity": "sev3"}}'

    def inserted() -> str:
        return urlencode({"title": f"Queue {numbers.random()} grew", "team": program["team"]})

    sent = token | {"Content-Type": "application/json"}
    form = pair.visitor | {"Content-Type": "application/x-www-form-urlencoded"}
    created = http.client.CREATED
    file = Asker(port, "/api/v1/incidents", sent, expected=created, body=filed)
    insert = Asker(pair.port, "/insert", form, expected=created, body=inserted)
    compared = [
        ("1", "list of 25", pair.page("/incidents/"), pair.least_page("/incidents"), 0.35, "list"),
        ("2", "incident", detail, least_detail, 0.35, "page"),
        ("2", "published review, seen again (304)", seen, least_detail, 1.15, "page"),
        ("3", "JSON list of 100", read, pair.least_page("/json"), 0.45, "JSON"),
        ("3", "an incident filed by the API", file, insert, 0.45, "insert"),
    ]
    return [
        _rate_figure(number, name, _rates(ours, least, seconds), goal, limit)
        for number, name, ours, least, goal, limit in compared
    ]


def searches(pair: Pair, *, runs: int) -> list[Figure]:
    """Figures 4 and 5: the list of lessons by words, beside exact SQL on the least page."""
    ratios, dearest = [], []
    for text in SHAPES.values():
        query = urlencode({"q": text})
        ours, exact = pair.page(f"/lessons/?{query}"), pair.least_page(f"/search?{query}")
        mine, least = in_turns(lambda o=ours: o.times(runs), lambda e=exact: e.times(runs))
        all_of_mine, all_of_least = [*chain(*mine)], [*chain(*least)]
        p95 = [statistics.quantiles(taken, n=20)[-1] for taken in (all_of_mine, all_of_least)]
        p50 = [statistics.median(taken) for taken in (all_of_mine, all_of_least)]
        ratios.append((p95[0] / p95[1], p95[0], p95[1]))
        dearest.append((p50[0] / p50[1], p50[0], p50[1]))
    ratio, mine_95, least_95 = sorted(ratios)[len(ratios) // 2]
    worst, mine_50, least_50 = max(dearest)
    slowest = max(p50 for _, p50, _ in dearest)
    page = statistics.median(pair.least_page("/incidents").times(2 * runs))
    return [
        Figure("4", "search, p95, median of 7 shapes", f"exact SQL on the least page "
               f"{least_95:.0f} ms", f"{mine_95:.0f} ms", ratio, 0.8),
        Figure("4", "search, worst shape, p50", f"{least_50:.0f} ms", f"{mine_50:.0f} ms",
               worst, 1.3),
        Figure("5", "search, dearest shape, p50", f"list {page:.1f} ms", f"{slowest:.0f} ms",
               slowest / page, 8),
    ]  # fmt: skip


def import_beside_copy(installation: Installation, *, count: int) -> Figure:
    """Figure 10: postmortems in a CSV file, beside COPY of as many rows of the same table."""
    import psycopg

    url = installation.environment["DATABASE_URL"].replace("postgres:", "postgresql:")
    with psycopg.connect(url, autocommit=True) as asked:
        [slug] = asked.execute("SELECT slug FROM people_team ORDER BY id LIMIT 1").fetchone()
    turn = 0

    def ours() -> float:
        nonlocal turn
        turn += 1
        file = installation.folder / f"turn-{turn}.csv"
        lines = [
            f"Queue {turn}-{number} grew,OLD-{turn}-{number},"
            f"The queue of service {number % 50} grew until consumers were added.,"
            f"sev{number % 4 + 1},2024-03-{number % 28 + 1:02} 10:{number % 60:02}"
            for number in range(count)
        ]
        file.write_text("title,key,summary,severity,started\n" + "\n".join(lines))
        began = time.perf_counter()
        installation.manage("import_postmortems", str(file), "--as", "csv", "--team", slug)
        return time.perf_counter() - began

    def copy() -> float:
        table = "incidents_incident"
        with psycopg.connect(url) as asked:
            asked.execute(f"CREATE TEMP TABLE copied (LIKE {table} INCLUDING ALL)".encode())
            # What is generated is made anew.
            [names] = asked.execute(
                "SELECT string_agg(attname, ', ') FROM pg_attribute "
                "WHERE attrelid = 'copied'::regclass AND attnum > 0 AND attgenerated = ''"
            ).fetchone()
            newest = f"SELECT {names} FROM {table} ORDER BY id DESC LIMIT {count}"
            into_copied = f"COPY copied ({names}) FROM STDIN (FORMAT binary)"
            with asked.cursor().copy(f"COPY ({newest}) TO STDOUT (FORMAT binary)".encode()) as out:
                rows = b"".join(bytes(part) for part in out)
            began = time.perf_counter()
            with asked.cursor().copy(into_copied.encode()) as into:
                into.write(rows)
            took = time.perf_counter() - began
            asked.rollback()
        return took

    mine, least = in_turns(ours, copy)
    ours_took, copy_took = statistics.mean(mine), statistics.mean(least)
    return Figure(
        "10", f"import of {count:,} rows of CSV", f"COPY {copy_took:.2f} s",
        f"{ours_took:.1f} s", ours_took / copy_took, 8,
    )  # fmt: skip


def memory_and_start(pair: Pair, addresses: Mapping[str, str]) -> list[Figure]:
    """Figure 11: what a worker holds after its first pages, and how soon it answers."""
    for path in (*addresses.values(), "/api/v1/incidents"):
        pair.browser.get(path)
    for path in ("/incidents", "/json"):
        pair.least_page(path).once()
    megabytes = [
        _resident_megabytes(worker_of(process)) for process in (pair.installation.web, pair.least)
    ]

    def start(begin: Callable[[int], Process], path: str) -> float:
        port = free_port()
        began = time.perf_counter()
        process = begin(port)
        asker = Asker(port, path, {})
        while True:
            try:
                asker.once()
                break
            except OSError:
                time.sleep(0.005)
        took = time.perf_counter() - began
        process.stop()
        return took

    product = pair.installation
    mine, least = in_turns(
        lambda: start(lambda port: product.start_gunicorn("config.wsgi", port), "/healthz"),
        lambda: start(pair.start_least, "/enter"),
    )
    seconds = statistics.mean(mine), statistics.mean(least)
    return [
        Figure("11", "memory of a worker", f"{megabytes[1]:.0f} MB", f"{megabytes[0]:.0f} MB",
               megabytes[0] / megabytes[1], 1.9),
        Figure("11", "cold start", f"{seconds[1]:.1f} s", f"{seconds[0]:.1f} s",
               seconds[0] / seconds[1], 2.3),
    ]  # fmt: skip


def _resident_megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 1024


def first_paint(pair: Pair, path: str) -> list[Figure]:
    """Figure 12: a page opened with an empty cache over a slow mobile network."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.program(), args=chromium.FLAGS
        )

        def paint(port: int, path: str, cookie: str) -> dict[str, float]:
            context = browser.new_context(extra_http_headers={})
            for part in cookie.split("; "):
                name, _, value = part.partition("=")
                context.add_cookies(
                    [{"name": name, "value": value, "url": f"http://127.0.0.1:{port}"}]
                )
            page = context.new_page()
            network = context.new_cdp_session(page)
            network.send("Network.enable")
            network.send(
                "Network.emulateNetworkConditions",
                {"offline": False, "latency": SLOW_LATENCY, "downloadThroughput": SLOW_BYTES,
                 "uploadThroughput": SLOW_BYTES / 2},
            )  # fmt: skip
            seen: list[float] = []
            network.on("Network.loadingFinished", lambda e: seen.append(e["encodedDataLength"]))
            page.goto(f"http://127.0.0.1:{port}{path}", wait_until="networkidle")
            painted = page.evaluate(
                "performance.getEntriesByName('first-contentful-paint')[0].startTime"
            )
            context.close()
            return {"bytes": sum(seen), "requests": len(seen), "ms": painted}

        turns = [
            in_turns(
                lambda: paint(pair.installation.port, path, pair.reader["Cookie"]),
                lambda: paint(pair.port, "/incidents", pair.visitor["Cookie"]),
            )
            for _ in range(PAINTS)
        ]
        browser.close()
    ours, bare = (
        {name: statistics.median(one[name] for one in told) for name in told[0]}
        for told in (list(chain.from_iterable(each)) for each in zip(*turns, strict=True))
    )
    kilobytes = ours["bytes"] / 1_000
    return [
        Figure("12", f"{path}: kilobytes", "-", f"{kilobytes:.0f} KB", kilobytes, 100),
        Figure("12", f"{path}: requests", "1", f"{ours['requests']:.0f}", ours["requests"], 8),
        Figure("12", f"{path}: first paint", f"{bare['ms']:.0f} ms", f"{ours['ms']:.0f} ms",
               ours["ms"] / bare["ms"], 2.0),
    ]  # fmt: skip


def sqlite_beside_postgresql(
    small: Pair, large: Pair, addresses: tuple[Mapping[str, str], Mapping[str, str]], *, runs: int
) -> list[Figure]:
    """The last row: SQLite with 10,000 rows beside PostgreSQL with 100,000."""
    query = urlencode({"q": SHAPES["a word of 10 %"]})
    figures = []
    for name, paths in {
        "list": ("/incidents/", "/incidents/"),
        "incident": tuple(told["incident"] for told in addresses),
        "search": (f"/lessons/?{query}", f"/lessons/?{query}"),
    }.items():
        ours, limit = small.page(paths[0]), large.page(paths[1])
        mine, least = in_turns(lambda o=ours: o.times(runs), lambda e=limit: e.times(runs))
        ms = [statistics.median(chain(*taken)) for taken in (mine, least)]
        figures.append(
            Figure("+", f"SQLite: {name}", f"PostgreSQL {ms[1]:.0f} ms", f"{ms[0]:.0f} ms",
                   ms[0] / ms[1], 1.2)
        )  # fmt: skip
    return figures
