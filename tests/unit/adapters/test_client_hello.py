"""Reading the first TLS message: real ones whole and in pieces, and everything that is none."""

from __future__ import annotations

import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsquare.adapters.client_hello import MOST_BYTES, read_hello
from setsquare.guard.egress import Hello


def greeting(name: str | None, protocols: tuple[str, ...] = ()) -> bytes:
    received, sent = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if protocols:
        context.set_alpn_protocols(list(protocols))
    with pytest.raises(ssl.SSLWantReadError):
        context.wrap_bio(received, sent, server_hostname=name).do_handshake()
    return sent.read()


def split(raw: bytes, size: int) -> bytes:
    """Write the same message in records of `size` bytes."""
    body = raw[5:]
    pieces = (body[at : at + size] for at in range(0, len(body), size))
    return b"".join(raw[:3] + len(piece).to_bytes(2, "big") + piece for piece in pieces)


def with_extension(raw: bytes, kind: int, content: bytes) -> bytes:
    """Append an extension to a greeting and mend every length."""
    body = bytearray(raw[9:])
    at = 34
    at += 1 + body[at]
    at += 2 + int.from_bytes(body[at : at + 2], "big")
    at += 1 + body[at]
    extensions = bytes(body[at + 2 :]) + kind.to_bytes(2, "big") + len(content).to_bytes(2, "big") + content
    body[at:] = len(extensions).to_bytes(2, "big") + extensions
    message = b"\x01" + len(body).to_bytes(3, "big") + bytes(body)
    return raw[:3] + len(message).to_bytes(2, "big") + message


def names(*listed: bytes, kind: int = 0) -> bytes:
    entries = b"".join(bytes([kind]) + len(name).to_bytes(2, "big") + name for name in listed)
    return len(entries).to_bytes(2, "big") + entries


@pytest.mark.parametrize("name", ["allowed.com", "a.b.example.org", "x" * 60 + ".example.com"])
def test_real_greetings(name):
    assert read_hello(greeting(name)) == Hello(names=(name.encode(),))
    assert read_hello(greeting(name, ("h2", "http/1.1"))) == Hello(names=(name.encode(),))


def test_no_name():
    assert read_hello(greeting(None)) == Hello(names=())


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100, 400])
def test_records_of_any_size(size):
    assert read_hello(split(greeting("allowed.com"), size)) == Hello(names=(b"allowed.com",))


def test_every_beginning_needs_more():
    raw = greeting("allowed.com")
    assert all(read_hello(raw[:count]) == b"" for count in range(len(raw)))


@pytest.mark.parametrize(
    "raw",
    [b"GET / HTTP/1.1\r\n", b"SSH-2.0-x\r\n", b"\x80\x2e\x01\x03\x01", b"\x17\x03\x03\x00\x10", b"\x15\x03\x03\x00\x02\x02\x28", b"\x16\x02\x00\x00\x05",
     b"\x16\x03\x01\x00\x00", b"\x16\x03\x01\xff\xff", b"\x16\x03\x01\x00\x04\x02\x00\x00\x00", b"\x16\x03\x01\x00\x04\x01\xff\xff\xff",
     b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", b"\0" * 20],
)  # fmt: skip
def test_other_protocols(raw):
    assert read_hello(raw) is None


def test_what_follows_in_the_same_record_is_no_greeting():
    raw = greeting("allowed.com")
    grown = raw[:3] + (len(raw) - 5 + 4).to_bytes(2, "big") + raw[5:] + b"\x01\0\0\0"
    assert read_hello(grown) is None


def test_a_second_list_of_names():
    assert read_hello(with_extension(greeting("allowed.com"), 0, names(b"evil.net"))) is None


def test_several_names():
    assert read_hello(with_extension(greeting(None), 0, names(b"allowed.com", b"evil.net"))) == Hello(names=(b"allowed.com", b"evil.net"))


def test_a_name_of_another_kind_equals_none():
    told = read_hello(with_extension(greeting(None), 0, names(b"allowed.com", kind=1)))
    assert told == Hello(names=(b"\0allowed.com",))


def test_hidden_greetings_are_seen():
    assert read_hello(with_extension(greeting("allowed.com"), 0xFE0D, b"\0" * 20)) == Hello(names=(b"allowed.com",), is_encrypted=True)


def test_lengths_that_reach_beyond():
    raw = bytearray(with_extension(greeting(None), 0, names(b"allowed.com")))
    raw[-13] += 1
    assert read_hello(bytes(raw)) is None


def test_endless_greetings_end():
    assert read_hello(b"\x16\x03\x01\x40\x00\x01\x00\x3f\xff" + b"x" * MOST_BYTES) is None


@given(st.binary(max_size=300))
def test_reading_is_total(raw):
    read_hello(b"\x16\x03\x01" + raw)
    read_hello(raw)
