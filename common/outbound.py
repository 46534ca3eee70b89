"""Send to an address that somebody typed, without becoming a door to the network we stand in.

The name is resolved once, every address it has must be a public one, and the connection goes to
exactly that address; with TLS the certificate must still be the name's. Redirects are not
followed. What inside addresses may be reached all the same says OUTBOUND_INSIDE.
"""

from __future__ import annotations

import concurrent.futures
import http.client
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

#: Seconds for finding the address, and for everything after it.
NAME_WITHIN, ANSWER_WITHIN = 2.0, 10.0
#: Bytes of an answer that are read: of what was only told something, and of what was asked.
MOST_READ, MOST_ASKED = 64_000, 2_000_000
PORTS = {"https": {443, 8443}, "http": {80}}
_LONGEST = 1_000
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\.?|[0-9a-f:.]{2,45}")
#: IPv6 networks that carry an IPv4 address in their last 32 bits.
_CARRIERS = [
    ipaddress.IPv6Network(network) for network in ("::/96", "::ffff:0:0:0/96", "64:ff9b::/96")
]

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class NotAllowed(ValueError):
    """The address is not one to send to. The message is for whoever typed it."""


class NotReached(Exception):
    """One text for every reason, and no reason: nobody can look around inside by it."""

    def __init__(self) -> None:
        super().__init__(
            _("It could not be reached from here in time, or its address is not one to send to.")
        )


@dataclass(frozen=True)
class Place:
    """An address taken apart. `path` has the query."""

    scheme: str
    host: str
    port: int
    path: str


@dataclass(frozen=True)
class Answer:
    status: int
    text: str
    retry_after: timedelta | None = None
    etag: str = ""
    kind: str = ""  # as Content-Type says it

    @property
    def is_fine(self) -> bool:
        return 200 <= self.status < 300


def place_of(address: str) -> Place:
    """Raises NotAllowed for what is not a plain https address of another host."""
    if len(address) > _LONGEST or not re.fullmatch(r"[\x21-\x7e]+", address) or "\\" in address:
        raise NotAllowed(_("Write the whole address, in plain letters, without spaces."))
    try:
        parts = urlsplit(address)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise NotAllowed(
            _("This is no address. It must look like https://hooks.example.org/…")
        ) from None
    allowed = {"https", "http"} if settings.OUTBOUND_HTTP else {"https"}
    if parts.scheme not in allowed:
        raise NotAllowed(_("It must begin with https://."))
    if "@" in parts.netloc:
        raise NotAllowed(_("Leave out the name and password before the host."))
    if not _HOST.fullmatch(host):
        raise NotAllowed(_("This is no address. It must look like https://hooks.example.org/…"))
    port = port if port is not None else min(PORTS[parts.scheme])
    if port not in PORTS[parts.scheme] and not settings.OUTBOUND_INSIDE:
        raise NotAllowed(_("Only the ports 443 and 8443 can be sent to."))
    path = parts.path or "/"
    return Place(parts.scheme, host, port, f"{path}?{parts.query}" if parts.query else path)


def require_public(address: str) -> None:
    """Look the host up now, as every sending does. Raises NotAllowed, with one text for whatever
    is no place to send to. Where places inside are allowed, a name may be known later."""
    place = place_of(address)
    try:
        _addresses(place)
        return
    except NotAllowed:
        is_known = True
    except (OSError, ValueError):
        is_known = False
    if is_known or not settings.OUTBOUND_INSIDE:
        raise NotAllowed(
            _(
                "Nothing can be posted there from here: the host is not known, or is not a "
                "public one."
            )
        )


def post(address: str, *, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Send it and read the beginning of the answer. Raises NotReached."""
    return _ask("POST", address, body, headers, most=MOST_READ)


def get(address: str, *, headers: Mapping[str, str]) -> Answer:
    """Ask for what is there. Raises NotReached."""
    return _ask("GET", address, None, headers, most=MOST_ASKED)


def ask_of(
    origin: str,
    method: str,
    address: str,
    *,
    body: bytes | None,
    headers: Mapping[str, str],
    most: int,
    within: float,
) -> Answer:
    """Ask a server whose `origin` the environment names, and which may therefore stand inside, or
    be spoken to without TLS on this machine. Whatever address it refers to elsewhere is held to
    the same rules as any other. Raises NotReached."""
    parts, home = urlsplit(address), urlsplit(origin)
    if parts[:2] != home[:2]:
        return _ask(method, address, body, headers, most=most, within=within)
    try:
        port = home.port or min(PORTS[home.scheme])
        path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        place = Place(home.scheme, home.hostname or "", port, path)
        found = _looked_up(place)
        return _send(method, place, found, body, headers, most=most, within=within)
    except (OSError, ssl.SSLError, http.client.HTTPException, ValueError):
        raise NotReached from None


def _ask(
    method: str,
    address: str,
    body: bytes | None,
    headers: Mapping[str, str],
    *,
    most: int,
    within: float | None = None,
) -> Answer:
    try:
        place = place_of(address)
        found = _addresses(place)
        within = within or ANSWER_WITHIN
        return _send(method, place, found, body, headers, most=most, within=within)
    except (NotAllowed, OSError, ssl.SSLError, http.client.HTTPException, ValueError):
        raise NotReached from None


def _addresses(place: Place) -> list[str]:
    """Where the name leads, each of them checked. Raises NotAllowed when one leads inside."""
    found = _looked_up(place)
    names, networks = _inside_allowed(tuple(settings.OUTBOUND_INSIDE))
    if place.host not in names:
        for each in map(ipaddress.ip_address, found):
            if any(each in network for network in networks):
                continue
            if not is_public(each) or place.port not in PORTS[place.scheme]:
                raise NotAllowed(str(each))
    return found


def _looked_up(place: Place) -> list[str]:
    # The resolver of the system knows no time limit.
    aside = concurrent.futures.ThreadPoolExecutor(max_workers=1)
    asked = aside.submit(socket.getaddrinfo, place.host, place.port, type=socket.SOCK_STREAM)
    aside.shutdown(wait=False)
    found = [str(entry[4][0]).partition("%")[0] for entry in asked.result(NAME_WITHIN)]
    return list(dict.fromkeys(found))


def is_public(address: Address) -> bool:
    """Anybody on the internet can reach it. What is wrapped in IPv6 is looked at, too."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and any(address in network for network in _CARRIERS):
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if address.teredo or address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


@cache
def _inside_allowed(
    entries: tuple[str, ...],
) -> tuple[set[str], list[ipaddress.IPv4Network | ipaddress.IPv6Network]]:
    names, networks = set(), []
    for entry in entries:
        try:
            networks.append(ipaddress.ip_network(entry))
        except ValueError:
            names.add(entry.lower())
    return names, networks


class _ToAddress(http.client.HTTPConnection):
    """A connection to one of the addresses that were checked, in the name of the host."""

    def __init__(self, place: Place, addresses: list[str], within: float) -> None:
        super().__init__(place.host, place.port, timeout=within)
        self.place, self.addresses, self.within = place, addresses, within
        self.until = time.monotonic() + within
        #: Kept while the answer is read: HTTPConnection forgets its own before that.
        self.held: socket.socket | None = None

    def connect(self) -> None:
        failed: OSError | None = None
        for address in self.addresses[:3]:
            try:
                plain = socket.create_connection((address, self.port), self.within / 3)
            except OSError as error:
                failed = error
                continue
            plain.settimeout(self.within)
            self.held = self.sock = plain
            if self.place.scheme == "https":
                wrapped = ssl.create_default_context().wrap_socket(
                    plain, server_hostname=self.place.host, do_handshake_on_connect=False
                )
                # From here on the plain one is empty: this is the one to cut off.
                self.held = self.sock = wrapped
                wrapped.do_handshake()
            self.require_time()
            return
        raise failed or OSError("no address")

    def require_time(self) -> None:
        """Raises TimeoutError when it is up."""
        if time.monotonic() >= self.until:
            raise TimeoutError


def _send(
    method: str,
    place: Place,
    addresses: list[str],
    body: bytes | None,
    headers: Mapping[str, str],
    *,
    most: int,
    within: float,
) -> Answer:
    connection = _ToAddress(place, addresses, within)
    # A socket's own time limit begins anew with every byte that drips in.
    over = threading.Event()
    threading.Thread(target=_watch, args=[connection, over], daemon=True).start()
    try:
        connection.request(method, place.path, body, {"User-Agent": "SecondStory", **headers})
        answer = connection.getresponse()
        text = answer.read(most).decode("utf-8", "replace")
        connection.require_time()
        return Answer(
            answer.status,
            text,
            _wait(answer.getheader("Retry-After")),
            answer.getheader("ETag") or "",
            answer.getheader("Content-Type") or "",
        )
    finally:
        over.set()
        connection.close()


def _watch(connection: _ToAddress, over: threading.Event) -> None:
    """Cut it off when its time is up, and whatever it opens after that."""
    while not over.wait(max(connection.until - time.monotonic(), 0.1)):
        if connection.held is not None:
            try:
                # Not the one of an SSLSocket, after which the other thread would write in clear.
                socket.socket.shutdown(connection.held, socket.SHUT_RDWR)
            except OSError:
                continue


def _wait(retry_after: str | None) -> timedelta | None:
    """Seconds or a date, as HTTP has them; None for anything else, or for what is past."""
    if not retry_after:
        return None
    if re.fullmatch(r"[0-9]{1,7}", retry_after.strip()):
        return timedelta(seconds=int(retry_after))
    try:
        when: datetime = parsedate_to_datetime(retry_after)
        wait = when - timezone.now()
    except (TypeError, ValueError, OverflowError):
        return None
    return wait if wait > timedelta(0) else None
