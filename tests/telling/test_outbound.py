"""Addresses that people type lead to the public internet and nowhere else."""

import datetime
import ipaddress
import socket
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from common import outbound

INSIDE = [
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.8.8.8",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:10.0.0.1",
    "64:ff9b::169.254.169.254",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2001:0:53aa:64c:0:fffe:80ff:fffe",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]


class Listener(BaseHTTPRequestHandler):
    """Answers as its server was told, and keeps what it was sent."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.heard.append((self.path, dict(self.headers), body))
        self.server.answer(self)

    def do_GET(self):
        self.do_POST()

    def say(self, status, text="", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *args):
        """Says nothing."""


@pytest.fixture
def listener():
    server = HTTPServer(("127.0.0.1", 0), Listener)
    server.heard, server.answer = [], lambda request: request.say(200, "ok")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def allowed(settings):
    settings.OUTBOUND_HTTP = True
    settings.OUTBOUND_INSIDE = ["127.0.0.0/8"]


def address_of(server, path="/hook"):
    return f"http://127.0.0.1:{server.server_port}{path}"


def post(address):
    return outbound.post(address, body=b"{}", headers={})


def test_what_is_asked_for_comes_with_its_tag(listener, allowed):
    listener.answer = lambda request: request.say(200, "x" * 100_000, ETag='W/"1"')

    answer = outbound.get(address_of(listener), headers={"If-None-Match": 'W/"0"'})

    assert (answer.status, len(answer.text), answer.etag) == (200, 100_000, 'W/"1"')


@pytest.mark.parametrize("address", INSIDE)
def test_nothing_inside_is_public(address):
    assert not outbound.is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_the_internet_is_public(address):
    assert outbound.is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", INSIDE)
def test_a_name_that_leads_inside_is_not_even_asked(monkeypatch, address):
    """Also when a public address stands beside it, or the name answers otherwise next time."""
    answers = [[(0, 0, 0, "", ("93.184.215.14", 443)), (0, 0, 0, "", (address, 443))]]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: answers.pop(0))
    asked = []
    monkeypatch.setattr(socket, "create_connection", lambda *args: asked.append(args))

    with pytest.raises(outbound.NotReached):
        post("https://hooks.example.org/")
    assert asked == []


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch):
    """The name is asked once: what it answers to somebody else later does not matter."""
    found = [(0, 0, 0, "", ("93.184.215.14", 443))]
    names, asked = [], []

    def look_up(host, *args, **kwargs):
        names.append(host)
        return found

    def connect(address, timeout):
        asked.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(outbound.NotReached):
        post("https://hooks.example.org/")

    assert names == ["hooks.example.org"]
    assert asked == [("93.184.215.14", 443)]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "hooks.example.org",
        "http://hooks.example.org/",
        "ftp://hooks.example.org/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://",
        "https:///path",
        "https://user:word@hooks.example.org/",
        "https://hooks.example.org@127.0.0.1/",
        "https://hooks.example.org\\@127.0.0.1/",
        "https://hooks.example.org:22/",
        "https://hooks.example.org:99999/",
        "https://hooks.example.org:port/",
        "https://hooks.example.org/a b",
        "https://hooks.example.org/\r\nHost: inside",
        "https://hooks.exämple.org/",
        "https://hooks。example.org/",
        "https://[fe80::1%25eth0]/",
        "https://[::1",
        "https://" + "a" * 1000 + ".org/",
    ],
)
def test_what_is_not_a_plain_https_address_is_refused(address):
    with pytest.raises(outbound.NotAllowed):
        outbound.place_of(address)


@pytest.mark.parametrize(
    "address", ["https://2130706433/", "https://0x7f.1/", "https://127.1/", "https://[::1]/"]
)
def test_other_spellings_of_this_machine_lead_nowhere(monkeypatch, address):
    asked = []
    monkeypatch.setattr(socket, "create_connection", lambda *args: asked.append(args))

    with pytest.raises(outbound.NotReached):
        post(address)
    assert asked == []


def test_open_and_closed_ports_inside_look_the_same(listener):
    said = set()
    for port in (listener.server_port, 1):
        with pytest.raises(outbound.NotReached) as refused:
            post(f"https://127.0.0.1:{port}/")
        said.add(str(refused.value))

    assert len(said) == 1
    assert listener.heard == []


def test_what_is_allowed_inside_is_reached(allowed, listener):
    answer = outbound.post(address_of(listener, "/a?b=c"), body=b"{1}", headers={"X-One": "1"})

    assert (answer.status, answer.text) == (200, "ok")
    [(path, headers, body)] = listener.heard
    assert (path, headers["X-One"], body) == ("/a?b=c", "1", b"{1}")


def test_a_redirect_is_an_answer_like_any_other(allowed, listener):
    listener.answer = lambda request: request.say(302, Location="http://169.254.169.254/")

    answer = post(address_of(listener))

    assert (answer.status, answer.is_fine, len(listener.heard)) == (302, False, 1)


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7), ("0", 0), ("soon", None), ("-3", None), ("1e9", None)]
)
def test_how_long_to_wait_is_read(allowed, listener, header, seconds):
    listener.answer = lambda request: request.say(429, Retry_After=header)

    wait = post(address_of(listener)).retry_after

    assert wait == (None if seconds is None else datetime.timedelta(seconds=seconds))


@pytest.mark.parametrize(
    "header",
    [
        "Mon, 16 Nov 2009 13:32:02 +9999999999999999999",
        "Mon, 16 Nov 99999999999999999999 13:32:02 GMT",
        "Mon, 16 Nov 2009 13:32:02 -0000",
    ],
)
def test_an_odd_date_to_wait_for_is_passed_over(header):
    assert outbound._wait(header) is None


def test_a_date_to_wait_for_is_read(allowed, listener):
    until = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)
    header = until.strftime("%a, %d %b %Y %H:%M:%S GMT")
    listener.answer = lambda request: request.say(503, Retry_After=header)

    assert datetime.timedelta(minutes=59) < post(address_of(listener)).retry_after


def test_only_the_beginning_of_a_long_answer_is_read(allowed, listener):
    listener.answer = lambda request: request.say(200, "a" * 200_000)

    assert len(post(address_of(listener)).text) == outbound.MOST_READ


def test_an_answer_that_drips_is_cut_off(allowed, listener, monkeypatch):
    monkeypatch.setattr(outbound, "ANSWER_WITHIN", 0.3)

    def drip(request):
        try:
            for _ in range(40):
                request.wfile.write(b"H")
                request.wfile.flush()
                time.sleep(0.05)
        except OSError:
            request.close_connection = True

    listener.answer = drip
    began = time.monotonic()
    with pytest.raises(outbound.NotReached):
        post(address_of(listener))

    assert time.monotonic() - began < 1.5


def connect_late(monkeypatch, seconds):
    connect = socket.create_connection

    def late(*args):
        opened = connect(*args)
        time.sleep(seconds)
        return opened

    monkeypatch.setattr(socket, "create_connection", late)


def drip_into(request, beginning, most=60):
    """Answer in time for ever: a byte every 50 ms, for `most` bytes."""
    try:
        request.sendall(beginning)
        for _ in range(most):
            time.sleep(0.05)
            request.sendall(b"a")
    except OSError:
        return


def test_a_body_that_drips_is_cut_off_when_the_other_side_means_to_close(
    allowed, listener, monkeypatch
):
    """HTTPConnection lets go of the socket then, before the body is read."""
    monkeypatch.setattr(outbound, "ANSWER_WITHIN", 0.3)
    listener.answer = lambda request: drip_into(
        request.connection, b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
    )
    began = time.monotonic()
    with pytest.raises(outbound.NotReached):
        post(address_of(listener))

    assert time.monotonic() - began < 1.5


def test_a_greeting_in_tls_that_drips_is_cut_off(settings, monkeypatch):
    """Time that finding a way took counts, too."""
    settings.OUTBOUND_INSIDE = ["127.0.0.0/8"]
    monkeypatch.setattr(outbound, "ANSWER_WITHIN", 1.0)
    connect_late(monkeypatch, 0.8)
    server = socket.create_server(("127.0.0.1", 0))

    def greet():
        taken, _ = server.accept()
        with taken:
            # The head of a record of 16 kB that never becomes whole.
            drip_into(taken, b"\x16\x03\x03\x40\x00")

    thread = threading.Thread(target=greet)
    thread.start()
    began = time.monotonic()
    with pytest.raises(outbound.NotReached):
        post(f"https://127.0.0.1:{server.getsockname()[1]}/")
    took = time.monotonic() - began
    thread.join()
    server.close()

    assert took < 1.5


def test_what_is_opened_when_time_is_up_is_not_used(allowed, listener, monkeypatch):
    connect_late(monkeypatch, 0.2)
    monkeypatch.setattr(outbound, "ANSWER_WITHIN", 0.15)
    with pytest.raises(outbound.NotReached):
        post(address_of(listener))

    assert listener.heard == []


def certificate(folder, name):
    """A certificate of its own for `name`; the file holds its key, too."""
    key = ec.generate_private_key(ec.SECP256R1())
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file


@pytest.mark.parametrize(("asked_for", "reached"), [("chat.inside", True), ("else.inside", False)])
def test_the_certificate_must_be_that_of_the_name(
    settings, listener, tmp_path, monkeypatch, asked_for, reached
):
    file = certificate(tmp_path, "chat.inside")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    listener.socket = context.wrap_socket(listener.socket, server_side=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    settings.OUTBOUND_INSIDE = [asked_for]
    look_up = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda name, *args, **kwargs: look_up("127.0.0.1", *args, **kwargs)
    )
    address = f"https://{asked_for}:{listener.server_port}/"

    if reached:
        assert post(address).is_fine
    else:
        with pytest.raises(outbound.NotReached):
            post(address)
    assert len(listener.heard) == reached
