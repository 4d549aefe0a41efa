"""What a sandboxed command reaches when its task has hosts: those through the proxy, and nothing in any other way."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from setsquare.adapters import bubblewrap, landlock
from setsquare.adapters.bubblewrap import Bubblewrap
from setsquare.adapters.egress_proxy import Egress, Limits
from setsquare.ports.sandbox import Confinement, Execution

pytestmark = [pytest.mark.network, pytest.mark.skipif(not sys.platform.startswith("linux"), reason="namespaces are Linux's")]

PUBLIC = "93.184.216.34"
CLIENT = """
import os, socket, ssl

def greeting(name):
    received, sent = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        context.wrap_bio(received, sent, server_hostname=name).do_handshake()
    except ssl.SSLWantReadError:
        pass
    return sent.read()

def proxy():
    return socket.create_connection(("127.0.0.1", 3128), 10)

def read(sock):
    parts = []
    try:
        while part := sock.recv(65536):
            parts.append(part)
    except OSError:
        pass
    return b"".join(parts)

def connect(authority, first):
    sock = proxy()
    sock.sendall(b"CONNECT " + authority + b" HTTP/1.1\\r\\n\\r\\n")
    answer = b""
    while b"\\r\\n\\r\\n" not in answer and (part := sock.recv(4096)):
        answer += part
    if b" 200 " not in answer:
        return answer + read(sock)
    sock.sendall(first)
    return read(sock)

def tried(name, what):
    try:
        print(name, "REACHED", what())
    except OSError:
        print(name, "closed")
"""


class Upstream:
    """Stands for the public network: remembers who was dialled and answers every connection with what it got."""

    def __init__(self) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.dialled: list[tuple[str, int]] = []
        self.got: list[bytes] = []
        self.answer = b"welcome"
        threading.Thread(target=self._serve, daemon=True).start()

    def dial(self, address: str, port: int) -> socket.socket:
        self.dialled.append((address, port))
        return socket.create_connection(self.server.getsockname(), 5)

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(client,), daemon=True).start()

    def _answer(self, client: socket.socket) -> None:
        with client:
            client.settimeout(10)
            try:
                raw = client.recv(65536)
                if raw:
                    self.got.append(raw)
                    client.sendall(self.answer)
            except OSError:
                return


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    made = Upstream()
    yield made
    made.server.close()


@pytest.fixture
def folder(tmp_path: Path) -> str:
    place = tmp_path / "workspace"
    place.mkdir()
    if bubblewrap.find(str(place)) is None:
        pytest.skip("bubblewrap does not work on this machine")
    return str(place)


def egress(upstream: Upstream, *, addresses: tuple[str, ...] = (PUBLIC,), limits: Limits | None = None) -> Egress:
    return Egress(resolve=lambda _host, _port: addresses, dial=upstream.dial, limits=limits or Limits())


def python(folder: str, way: Egress, text: str, hosts: tuple[str, ...] = ("allowed.com",), limit_s: float = 30.0) -> Execution:
    code = CLIENT + textwrap.dedent(text)
    return Bubblewrap(folder, way).run((sys.executable, "-c", code), Confinement(hosts=hosts, limit_s=limit_s))


def rules(ended: Execution) -> list[tuple[str, bool, str]]:
    return [(asked.host, asked.is_allowed, asked.rule) for asked in ended.connections]


# req: agent-runtime/3.1
def test_host_on_the_list_is_reached(folder, upstream):
    ended = python(folder, egress(upstream), 'print(connect(b"allowed.com:443", greeting("allowed.com")))')
    assert ended.output == b"b'welcome'\n"
    assert upstream.dialled == [(PUBLIC, 443)]
    assert upstream.got[0][:1] == b"\x16"
    (asked,) = ended.connections
    assert (asked.host, asked.port, asked.is_allowed, asked.rule) == ("allowed.com", 443, True, "allowed.com")
    assert (asked.sent_bytes, asked.received_bytes) == (len(upstream.got[0]), 7)


def test_programs_are_led_to_the_proxy(folder, upstream):
    text = """
        import urllib.request, urllib.error
        print(sorted(name for name in os.environ if name.lower().endswith("_proxy")))
        for address in ("https://allowed.com/", "https://other.com/", "http://allowed.com/"):
            try:
                urllib.request.urlopen(address, timeout=5)
            except urllib.error.URLError as error:
                print(error.reason)
    """
    upstream.answer = b"\x15\x03\x03\x00\x02\x02\x28"  # a TLS alert: handshake failure
    lines = python(folder, egress(upstream), text).output.decode().splitlines()
    assert lines[0] == "['ALL_PROXY', 'HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY', 'all_proxy', 'http_proxy', 'https_proxy', 'no_proxy']"
    assert "HANDSHAKE_FAILURE" in lines[1].upper()
    assert "Refused by Setsquare (not-on-the-list)" in lines[2]
    assert "Refused by Setsquare (connect-only)" in lines[3]
    assert len(upstream.got) == 1


def test_tls_to_the_end(folder, upstream, tmp_path):
    """A real TLS session through the proxy, certificate and all."""
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    made = subprocess.run(
        ("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
         "/CN=allowed.com", "-addext", "subjectAltName=DNS:allowed.com", "-keyout", str(key), "-out", str(certificate)),
        capture_output=True,
        check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    (Path(folder) / "ca.pem").write_bytes(certificate.read_bytes())

    def serve() -> None:
        plain, _ = upstream.server.accept()
        with context.wrap_socket(plain, server_side=True) as client:
            client.recv(4096)
            client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n" + b"x" * 3_000_000)

    upstream.server.close()
    upstream.server = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=serve)
    thread.start()
    text = """
        import urllib.request
        context = ssl.create_default_context(cafile="ca.pem")
        print(len(urllib.request.urlopen("https://allowed.com/", timeout=20, context=context).read()))
    """
    ended = python(folder, egress(upstream), text)
    thread.join(10)
    assert ended.output == b"3000000\n"
    assert ended.connections[0].received_bytes > 3_000_000


# req: agent-runtime/3.2
@pytest.mark.parametrize(
    ("authority", "first", "rule"),
    [
        ("evil-allowed.com:443", "b''", "not-on-the-list"),
        ("allowed.com:80", "b''", "port"),
        (f"{PUBLIC}:443", "b''", "ip-literal"),
        ("allowed.com\\0.evil.net:443", "b''", "control-character"),
        ("allowed.com@evil.net:443", "b''", "userinfo"),
        ("allowed.com:443", "b'GET / HTTP/1.1\\r\\n\\r\\n'", "no-tls"),
        ("allowed.com:443", "b'SSH-2.0-x\\r\\n'", "no-tls"),
        ("allowed.com:443", "greeting('evil.net')", "other-server-name"),
        ("allowed.com:443", "greeting(None)", "no-server-name"),
        ("allowed.com:443", "greeting('allowed.com')[:100] + b'\\xff' * 600", "no-tls"),
    ],
)
def test_what_is_refused(folder, upstream, authority, first, rule):
    ended = python(folder, egress(upstream), f'print(connect(b"{authority}", {first}))')
    assert ended.exit_code == 0, ended.output
    assert upstream.got == []
    assert [(asked.is_allowed, asked.rule) for asked in ended.connections] == [(False, rule)]


@pytest.mark.parametrize(
    "addresses", [("127.0.0.1",), (PUBLIC, "10.0.0.1"), ("169.254.169.254",), ("fd00:ec2::254",), ("::ffff:127.0.0.1",), ()]
)
def test_names_that_stand_for_closed_addresses(folder, upstream, addresses):
    ended = python(folder, egress(upstream, addresses=addresses), 'print(connect(b"allowed.com:443", greeting("allowed.com")))')
    assert b"403 Refused" in ended.output
    assert upstream.dialled == []
    assert not ended.connections[0].is_allowed


def test_an_address_is_judged_once_and_used(folder, upstream):
    """A name that stands for another address the next time it is asked for gains nothing."""
    answers = iter([(PUBLIC,), ("127.0.0.1",), (PUBLIC,)])
    way = Egress(resolve=lambda _host, _port: next(answers), dial=upstream.dial)
    text = 'for _ in range(3): print(connect(b"allowed.com:443", greeting("allowed.com"))[:20])'
    ended = python(folder, way, text)
    assert upstream.dialled == [(PUBLIC, 443), (PUBLIC, 443)]
    assert [asked.rule for asked in ended.connections] == ["allowed.com", "private-address", "allowed.com"]


def test_there_is_no_other_way_out(folder, upstream):
    port = upstream.server.getsockname()[1]
    place = f"/tmp/setsquare-hosts-{os.getpid()}.sock"
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        socket.socket(socket.AF_UNIX) as named,
        socket.socket(socket.AF_UNIX) as abstract,
    ):
        udp.bind(("127.0.0.1", 0))
        udp.settimeout(0.3)
        named.bind(place)
        named.listen()
        abstract.bind("\0" + place)
        abstract.listen()
        text = f"""
            tried("host loopback", lambda: socket.create_connection(("127.0.0.1", {port}), 2))
            tried("public", lambda: socket.create_connection(("{PUBLIC}", 443), 2))
            tried("metadata", lambda: socket.create_connection(("169.254.169.254", 80), 2))
            tried("ipv6", lambda: socket.create_connection(("2606:2800:220:1::1", 443), 2))
            tried("ipv6 loopback", lambda: socket.create_connection(("::1", {port}), 2))
            tried("udp", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("8.8.8.8", 53)))
            tried("udp6", lambda: socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).sendto(b"x", ("2001:4860:4860::8888", 53)))
            tried("resolver", lambda: socket.getaddrinfo("allowed.com", 443))
            tried("named", lambda: socket.socket(socket.AF_UNIX).connect("{place}"))
            tried("abstract", lambda: socket.socket(socket.AF_UNIX).connect("\\0{place}"))
            tried("docker", lambda: socket.socket(socket.AF_UNIX).connect("/var/run/docker.sock"))
            tried("icmp", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1))
            tried("packet", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW))
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", {udp.getsockname()[1]}))
        """
        ended = python(folder, egress(upstream), text)
        with pytest.raises(TimeoutError):
            udp.recv(10)
    Path(place).unlink()
    assert ended.exit_code == 0, ended.output
    assert b"REACHED" not in ended.output
    assert upstream.dialled == []


def test_own_servers_are_still_reached(folder, upstream):
    text = """
        import http.server, threading, urllib.request
        server = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        print(urllib.request.urlopen(f"http://localhost:{server.server_port}/", timeout=5).status)
    """
    assert python(folder, egress(upstream), text).output.endswith(b"200\n")


def test_without_hosts_nobody_listens(folder, upstream):
    text = 'print("HTTPS_PROXY" in os.environ); tried("proxy", proxy)'
    ended = python(folder, egress(upstream), text, hosts=())
    assert ended.output == b"False\nproxy closed\n"
    assert ended.connections == ()


def test_slow_requests_hold_nothing_up(folder, upstream):
    way = egress(upstream, limits=Limits(at_once=8, request_s=0.3, hello_s=0.3))
    text = """
        held = [proxy() for _ in range(20)]
        for sock in held[:10]:
            sock.sendall(b"CONN")
        for sock in held[10:]:
            sock.sendall(b"CONNECT allowed.com:443 HTTP/1.1\\r\\n\\r\\n")
        print(connect(b"allowed.com:443", greeting("allowed.com")))
    """
    started = time.monotonic()
    ended = python(folder, way, text)
    assert ended.output == b"b'welcome'\n"
    assert time.monotonic() - started < 15


def test_endless_heads_are_cut(folder, upstream):
    ended = python(folder, egress(upstream), 'print(connect(b"a" * 100000 + b".allowed.com:443", b""))')
    assert ended.connections[0].rule in {"malformed-request", "too-long"}


@pytest.mark.parametrize(
    ("limits", "rule"),
    [(Limits(sent_bytes=100), "too-many-bytes-sent"), (Limits(received_bytes=3), "too-many-bytes-received")],
)
def test_bytes_are_bounded(folder, upstream, limits, rule):
    ended = python(folder, egress(upstream, limits=limits), 'connect(b"allowed.com:443", greeting("allowed.com"))')
    assert rules(ended) == [("allowed.com", False, rule)]


def test_connections_are_bounded(folder, upstream):
    ended = python(
        folder, egress(upstream, limits=Limits(connections=3)), 'for _ in range(6): tried("one", lambda: connect(b"other.com:443", b""))'
    )
    assert [asked.rule for asked in ended.connections] == ["not-on-the-list"] * 3 + ["too-many-connections"]


def test_everything_ends_with_the_command(folder, upstream):
    before = set(threading.enumerate())
    opened = len(os.listdir("/proc/self/fd"))
    text = """
        import time
        sock = proxy()
        sock.sendall(b"CONNECT allowed.com:443 HTTP/1.1\\r\\n\\r\\n")
        others = [proxy() for _ in range(5)]
        time.sleep(60)
    """
    started = time.monotonic()
    ended = python(folder, egress(upstream), text, limit_s=1.5)
    assert ended.is_timed_out
    assert time.monotonic() - started < 10
    assert {thread.name for thread in set(threading.enumerate()) - before if thread.name == "egress"} == set()
    assert len(os.listdir("/proc/self/fd")) <= opened + 2  # the upstream's own side


def test_ordinary_users_have_it_too(folder, upstream):
    """The entrance needs no privilege; here it is shown by a user that has none."""
    if os.getuid() != 0:
        pytest.skip("the other tests show it already")
    python_of_the_system = "/usr/bin/python3"
    if not os.path.exists(python_of_the_system):
        pytest.skip("there is no interpreter that another user may run")
    listener = Path(landlock.__file__).with_name("egress_listener.py").read_text()
    script = f"""
import json, os, socket, subprocess, sys
status, told = os.pipe(); gate, go = os.pipe()
box = subprocess.Popen(["bwrap", "--unshare-all", "--ro-bind", "/", "/", "--json-status-fd", str(told), "--block-fd", str(gate), "true"], pass_fds=(told, gate))
line = b""
while not line.endswith(b"\\n"):
    line += os.read(status, 4096)
ours, theirs = socket.socketpair()
helper = subprocess.Popen([sys.executable, "-I", "-S", "-c", {listener!r}, str(theirs.fileno()), "3128"], pass_fds=(theirs.fileno(),))
ours.sendall(str(json.loads(line.splitlines()[0])["child-pid"]).encode())
said, descriptors, _, _ = socket.recv_fds(ours, 100, 1)
print(os.getuid(), said, len(descriptors))
os.write(go, b"1"); box.wait(); helper.wait()
"""
    ended = subprocess.run(
        ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", python_of_the_system, "-c", script),
        capture_output=True, check=False, cwd="/", env={"PATH": os.defpath + ":/usr/bin"}, timeout=30,
    )  # fmt: skip
    assert ended.stdout == b"65534 b'ok' 1\n", ended.stderr


# req: agent-runtime/3.3
def test_a_backend_without_a_way_out_says_so(tmp_path):
    found = landlock.find(str(tmp_path))
    if found is None:
        pytest.skip("Landlock does not work on this machine")
    assert not found.supports_hosts
    assert any("hosts" in clause for clause in found.lacks)
    code = "import os, socket\ntry:\n    socket.socket()\nexcept OSError:\n    print('closed', 'HTTPS_PROXY' in os.environ)"
    ended = found.run((sys.executable, "-c", code), Confinement(hosts=("allowed.com",)))
    assert ended.output == b"closed False\n"
    assert json.dumps(ended.connections) == "[]"
