"""Which connections are let out: hundreds of spellings that could mean another host, address or server to another reader."""

from __future__ import annotations

import ipaddress
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsquare.guard.egress import AllowList, Blocked, Hello, Pattern, Target, host_name, host_pattern, judged_address

HOSTS = ("allowed.com", "*.wild.example.org", "ports.example.net:8443", "xn--bcher-kva.example", "bad entry", "*", "*.com", "10.0.0.1")
LIST = AllowList(HOSTS)


def connect(authority: bytes) -> Target | Blocked:
    return LIST.request(b"CONNECT " + authority + b" HTTP/1.1\r\nHost: " + authority[:30] + b"\r\n\r\n")


@pytest.mark.parametrize(
    ("authority", "host", "port"),
    [
        (b"allowed.com:443", "allowed.com", 443),
        (b"ALLOWED.com:443", "allowed.com", 443),
        (b"a.wild.example.org:443", "a.wild.example.org", 443),
        (b"a.b-c.wild.example.org:443", "a.b-c.wild.example.org", 443),
        (b"ports.example.net:8443", "ports.example.net", 8443),
        (b"xn--bcher-kva.example:443", "xn--bcher-kva.example", 443),
    ],
)
def test_hosts_on_the_list(authority: bytes, host: str, port: int):
    target = connect(authority)
    assert isinstance(target, Target)
    assert (target.host, target.port) == (host, port)


def _number_spellings() -> list[str]:
    """Addresses in every notation that some resolver or library reads."""
    spellings: list[str] = []
    for text in ("127.0.0.1", "169.254.169.254", "10.0.0.1", "93.184.216.34", "255.255.255.255"):
        parts = [int(part) for part in text.split(".")]
        whole = int(ipaddress.IPv4Address(text))
        spellings += [
            text, str(whole), hex(whole), oct(whole).replace("0o", "0"), hex(whole).upper(), f"0x{whole:010x}", f"{whole + 2**32}",
            ".".join(hex(part) for part in parts), ".".join(f"0{part:o}" for part in parts), ".".join(f"{part:03d}" for part in parts),
            f"{parts[0]}.{whole & 0xFFFFFF}", f"{parts[0]}.{parts[1]}.{whole & 0xFFFF}", f"0x{parts[0]:x}.{whole & 0xFFFFFF}",
            f"{text}.", f"{text}..", f"[{text}]", f"::ffff:{text}", f"[::ffff:{text}]", f"[::{text}]", f"[64:ff9b::{text}]",
            f"[0:0:0:0:0:ffff:{parts[0]:02x}{parts[1]:02x}:{parts[2]:02x}{parts[3]:02x}]", f"[::ffff:{text}%25lo]", f"a.{text}", f"allowed.com.{text}",
        ]  # fmt: skip
    return spellings


ADDRESSES = [
    *_number_spellings(),
    "[::1]", "::1", "[::]", "[fe80::1%eth0]", "[fe80::1%25eth0]", "[fd00:ec2::254]", "fd00:ec2::254", "[2001:db8::1]", "[ff02::1]", "[v1.a:b]",
    "0", "1", "0x", "0x0", "127.1", "127.0.1", "0177.1", "0x7f.1", "①②⑦.⓪.⓪.①", "１２７.0.0.1", "127。0。0。1", "127%2e0.0.1", "1e9", "0b1.0",
]  # fmt: skip


@pytest.mark.parametrize("spelling", ADDRESSES)
def test_addresses_in_every_notation(spelling: str):
    for port in (":443", ":80", ""):
        assert isinstance(connect(f"{spelling}{port}".encode()), Blocked)
    assert isinstance(AllowList((spelling, *HOSTS)).authority(f"{spelling}:443".encode()), Blocked), "not even when it is on the list"


def _odd_bytes() -> list[bytes]:
    bytes_ = [*range(0x21), 0x7F, *range(0x80, 0x100), *b"!\"#$%&'()*+,/:;<=>?@[\\]^_`{|}~"]
    places = (b"%ballowed.com", b"allowed%b.com", b"allowed.com%b", b"evil.net%ballowed.com", b"allowed.com%bevil.net")
    return [place % bytes([byte]) for byte in bytes_ for place in places]


@pytest.mark.parametrize("name", _odd_bytes())
def test_any_other_byte_in_a_name(name: bytes):
    assert isinstance(host_name(name), Blocked)
    assert isinstance(connect(name + b":443"), Blocked)


@pytest.mark.parametrize(
    "authority",
    [
        b"evil-allowed.com:443", b"evilallowed.com:443", b"allowed.com.evil.net:443", b"www.allowed.com:443", b"allowed.co:443", b"allowed.comm:443",
        b"llowed.com:443", b"com:443", b"wild.example.org:443", b"evilwild.example.org:443", b"a.evil-wild.example.org:443", b".wild.example.org:443",
        b"a..wild.example.org:443", b"-a.wild.example.org:443", b"a-.wild.example.org:443", b"*.wild.example.org:443", b"a_b.wild.example.org:443",
        b"allowed.com.:443", b"allowed.com:443:443", b"allowed.com:443@evil.net:443", b"allowed.com@evil.net:443", b"evil.net@allowed.com:443",
        b"user:pass@allowed.com:443", b"evil.net\0.allowed.com:443", b"allowed.com\0.evil.net:443", b"evil.net%00.wild.example.org:443",
        b"evil.net#.wild.example.org:443", b"evil.net/.wild.example.org:443", b"evil.net?.wild.example.org:443", b"evil.net\\.wild.example.org:443",
        b"https://allowed.com:443", b"//allowed.com:443", b"allowed.com:443/", b"allowed.com:443/path", b"allowed.com:443?x", b"allowed.com:443#x",
        b"allowed.com", b"allowed.com:", b":443", b"", b":", b"allowed.com:0", b"allowed.com:00443", b"allowed.com:0443", b"allowed.com:+443", b"allowed.com:-443",
        b"allowed.com:443.0", b"allowed.com:4_43", b"allowed.com:65536", b"allowed.com:65979", b"allowed.com:4294967739", b"allowed.com:0x1bb", b"allowed.com:443 ",
        b"allowed.com:\xd9\xa4\xd9\xa4\xd9\xa3", b"allowed.com:https", b"allowed.com:80", b"allowed.com:22", b"allowed.com:8443", b"ports.example.net:443",
        b"localhost:443", b"docker.sock:443", b"metadata:443", b"kubernetes:443", b"unix:/var/run/docker.sock:443",
        b"a" * 64 + b".wild.example.org:443", b"a." * 120 + b"wild.example.org:443", b"a" * 5000 + b":443",
        "аllowed.com:443".encode(), "allowed。com:443".encode(), "ａllowed.com:443".encode(), "allowed.com\u200b:443".encode(), "allowed\u00ad.com:443".encode(),
        "bücher.example:443".encode(), b"b\xfccher.example:443", b"xn--bcher-kvb.example:443", b"xn--allowed-.wild.example.org:443",
        b"xn--.wild.example.org:443", b"xn--a.wild.example.org:443", b"xn--99999999999.wild.example.org:443", b"xn--Bcher-KVA2.wild.example.org:443",
        b"xn--allowed.com:443", b"xn--llowed-h4d.com:443", b"10.0.0.1:443", b"bad entry:443",
    ],
)  # fmt: skip
def test_names_that_are_not_on_the_list(authority: bytes):
    assert isinstance(connect(authority), Blocked)


@pytest.mark.parametrize(
    "head",
    [
        b"GET http://allowed.com/ HTTP/1.1\r\n\r\n", b"GET https://allowed.com/ HTTP/1.1\r\n\r\n", b"POST http://169.254.169.254/latest HTTP/1.1\r\n\r\n",
        b"connect allowed.com:443 HTTP/1.1\r\n\r\n", b"CONNECT  allowed.com:443 HTTP/1.1\r\n\r\n", b"CONNECT\tallowed.com:443 HTTP/1.1\r\n\r\n",
        b"CONNECT allowed.com:443\r\n\r\n", b"CONNECT allowed.com:443 HTTP/2\r\n\r\n", b"CONNECT allowed.com:443 HTTP/1.1 x\r\n\r\n",
        b"CONNECT allowed.com:443 HTTP/1.1\n\n", b"CONNECT allowed.com:443 HTTP/1.1\r\n", b"CONNECT allowed.com:443 HTTP/1.1\r\nA: b\nC: d\r\n\r\n",
        b"CONNECT allowed.com:443 HTTP/1.1\r\nA: b\r\n c\r\n\r\n", b"CONNECT allowed.com:443 HTTP/1.1\r\nA: \0\r\n\r\n", b" CONNECT allowed.com:443 HTTP/1.1\r\n\r\n",
        b"CONNECT allowed.com:443 HTTP/1.1\rA: b\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\n", b"\x05\x01\x00", b"\x04\x01\x01\xbb\x7f\0\0\x01\0", b"\x16\x03\x01", b"", b"\r\n\r\n",
        b"FETCH allowed.com:443 HTTP/1.1\r\n\r\n",
    ],
)  # fmt: skip
def test_anything_but_one_connect_request(head: bytes):
    assert isinstance(LIST.request(head), Blocked)


def test_plain_http_is_told_what_to_do():
    blocked = LIST.request(b"GET http://allowed.com/simple/ HTTP/1.1\r\nHost: allowed.com\r\n\r\n")
    assert isinstance(blocked, Blocked)
    assert blocked.rule == "connect-only"
    assert "https" in blocked.reason


@pytest.mark.parametrize("text", ["", "*", "*.", "*.com", "*.*.example.com", "a*.example.com", "*example.com", "a.*.com", "10.0.0.1", "*.0.0.1", "[::1]",
                                  "a.com:", "a.com:0", "a.com:99999", "a.com:443:1", "http://a.com", "a.com/x", "bücher.example", "a b.com", "a.com.", ".a.com",
                                  "localhost", "*.localhost", "u@a.com", "a.com\n", "a.com\0"])  # fmt: skip
def test_entries_that_allow_nothing(text: str):
    assert isinstance(host_pattern(text), Blocked)
    asked = [text, f"x.{text}", text.replace("*", "x"), "evil.com"]
    assert all(isinstance(AllowList((text,)).authority(f"{name}:443".encode("utf-8", "surrogateescape")), Blocked) for name in asked)


def test_entry_with_a_port():
    assert host_pattern("*.a.example.com:8443") == Pattern(host="a.example.com", port=8443, is_suffix=True, text="*.a.example.com:8443")


PUBLIC = ["8.8.8.8", "1.1.1.1", "93.184.216.34", "172.15.255.255", "172.32.0.1", "100.63.255.255", "100.128.0.0", "2606:2800:220:1::1", "2a00:1450:4001::8a", "64:ff9b::808:808"]  # fmt: skip
CLOSED = [
    "127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1", "169.254.169.254", "169.254.0.1", "169.254.170.2",
    "100.64.0.1", "100.100.100.200", "168.63.129.16", "0.0.0.1", "0.1.2.3", "255.255.255.255", "224.0.0.1", "239.255.255.255", "240.0.0.1", "192.0.0.192",
    "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "192.88.99.1",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::8.8.8.8", "::ffff:0:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::",
    "2001::1", "2001:db8::1", "2001:10::1", "fe80::1", "fe80::1%eth0", "febf::1", "fc00::1", "fd00::1", "fd00:ec2::254", "fd20:ce::254", "fec0::1", "ff02::1", "100::1",
    "3fff::1", "3ffe::1", "5f00::1", "4000::1", "2606:2800:220:1::1%eth0",
    "", "localhost", "127.1", "2130706433", "0x7f000001", "010.8.8.8", "8.8.8", "8.8.8.8 ", "/var/run/docker.sock",
]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses(address: str):
    assert judged_address(address) is None


@pytest.mark.parametrize("address", CLOSED)
def test_closed_addresses(address: str):
    assert judged_address(address) is not None


@pytest.mark.parametrize("order", list(itertools.permutations(["8.8.8.8", "127.0.0.1", "2606:2800:220:1::1"])))
def test_one_closed_address_refuses_the_name(order: tuple[str, ...]):
    blocked = LIST.addresses(order)
    assert blocked is not None
    assert blocked.rule == "private-address"


def test_no_address_at_all():
    assert LIST.addresses(()) is not None


@pytest.mark.parametrize(
    ("told", "rule"),
    [
        (None, "no-tls"),
        (Hello(()), "no-server-name"),
        (Hello((b"other.com",)), "other-server-name"),
        (Hello((b"allowed.com.",)), "other-server-name"),
        (Hello((b"allowed.com\0.evil.net",)), "other-server-name"),
        (Hello((b"allowed.com", b"evil.net")), "other-server-name"),
        (Hello((b"allowed.com", b"allowed.com")), "other-server-name"),
        (Hello((b"",)), "other-server-name"),
        (Hello((b"allowed.com",), is_encrypted=True), "encrypted-greeting"),
    ],
)
def test_greetings(told: Hello | None, rule: str):
    blocked = LIST.hello(told, "allowed.com")
    assert blocked is not None
    assert blocked.rule == rule
    assert LIST.hello(Hello((b"Allowed.COM",)), "allowed.com") is None


@given(st.binary(max_size=60))
def test_only_the_listed_names_pass(raw: bytes):
    target = AllowList(("allowed.com", "*.wild.example.org")).authority(raw)
    if isinstance(target, Target):
        assert raw.lower() == f"{target.host}:443".encode()
        assert target.host == "allowed.com" or target.host.endswith(".wild.example.org")


@given(st.text(alphabet="alowed.cmxn-01:*@[]%/\\ \0", max_size=40))
def test_names_close_to_the_list(text: str):
    target = AllowList(("allowed.com",)).authority(f"{text}:443".encode())
    assert isinstance(target, Blocked) or text == "allowed.com"


@given(st.binary(max_size=200))
def test_reading_is_total(raw: bytes):
    LIST.request(raw)
    LIST.authority(raw)
    host_name(raw)
