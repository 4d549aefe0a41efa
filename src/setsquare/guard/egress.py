"""Decides which connections a command may make through the platform's proxy: by name, port, address and TLS server name.

Everything is read as bytes in one spelling only: a lower-case host name of letters, digits and hyphens, a colon, a port. What could mean
another host to another reader (IP addresses in any notation, user names, escapes, control characters, letters beyond ASCII, a final dot) is
refused rather than understood.

Source: RFC 9110 § 9.3.6 (CONNECT), RFC 1123 § 2.1 (host names), RFC 3492 (Punycode), WHATWG URL § 3.5 (what is read as an IPv4 address),
IANA special-purpose address registries.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from typing import TypeAlias

from msgspec import Struct

DEFAULT_PORT = 443
MOST_HEAD_BYTES = 8192
"""How long a request to the proxy may be before it is refused, in bytes."""

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PORT = re.compile(r"[1-9][0-9]{0,4}")
_MOST_NAME = 253
_VERSIONS = (b"HTTP/1.1", b"HTTP/1.0")

_CLOSED_4 = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
        "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    )
)  # fmt: skip
_OPEN_6 = ipaddress.IPv6Network("2000::/3")
"""The only IPv6 addresses that are given out for the public network; private, link-local, mapped and multicast ones lie outside."""
_CLOSED_6 = tuple(ipaddress.IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3ffe::/16", "3fff::/20"))
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
_METADATA = frozenset(
    {"169.254.169.254", "169.254.170.2", "100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254"}
)
"""Where clouds tell a machine its own credentials."""


class Blocked(Struct, frozen=True):
    """Why a connection may not be made: `rule` names it in a few words with hyphens, `reason` is one sentence for a person."""

    rule: str
    reason: str


class Target(Struct, frozen=True):
    """A host and a port that may be reached, and the entry of the list that says so."""

    host: str
    port: int
    rule: str


class Hello(Struct, frozen=True):
    """What the first TLS message of a connection says: the server names as they are, and whether another message is hidden in it."""

    names: tuple[bytes, ...]
    is_encrypted: bool = False


class Pattern(Struct, frozen=True):
    """One entry of the list: a host, or with `is_suffix` every host below it; and the one port."""

    host: str
    port: int
    is_suffix: bool
    text: str

    def covers(self, host: str) -> bool:
        """Tell whether a host in its one spelling is meant; a suffix counts at a dot only."""
        return host.endswith(f".{self.host}") if self.is_suffix else host == self.host


Entry: TypeAlias = Pattern | Blocked


def host_pattern(text: str) -> Entry:
    """Read an entry of the list: `pypi.org`, `*.example.com`, or with a port other than 443 `registry.example.com:8443`.

    A star stands for whole labels in front of a domain that has at least two itself.

    >>> host_pattern("*.Example.com")
    Pattern(host='example.com', port=443, is_suffix=True, text='*.Example.com')
    >>> host_pattern("*").rule, host_pattern("127.0.0.1").rule, host_pattern("http://a.org").rule
    ('no-name', 'ip-literal', 'no-port')
    """
    is_suffix = text.startswith("*.")
    name, colon, port = text.removeprefix("*.").partition(":")
    if colon and not _is_port(port):
        return Blocked("no-port", f"{text!r} does not end with a port between 1 and 65535")
    try:
        raw = name.encode("ascii")
    except UnicodeEncodeError:
        return Blocked("not-ascii", f"{text!r} is not written in ASCII: write the name as `xn--…`")
    host = host_name(raw)
    if isinstance(host, Blocked):
        return host
    return Pattern(host=host, port=int(port) if colon else DEFAULT_PORT, is_suffix=is_suffix, text=text)


def host_name(raw: bytes) -> str | Blocked:
    r"""Read a host name in its one spelling, in lower case.

    >>> host_name(b"PyPI.org")
    'pypi.org'
    >>> [host_name(raw).rule for raw in (b"2130706433", b"0x7f.1", b"a.org.", b"a.org\0.b", b"u@a.org", b"a%2eorg", b"[::1]", b"localhost")]
    ['ip-literal', 'ip-literal', 'trailing-dot', 'control-character', 'userinfo', 'no-name', 'ip-literal', 'no-domain']
    """
    shown = _shown(raw)
    if any(byte <= 0x20 or byte == 0x7F for byte in raw):
        return Blocked("control-character", f"{shown} holds a control character or a space")
    if not raw.isascii():
        return Blocked("not-ascii", f"{shown} is not written in ASCII")
    name = raw.decode("ascii").lower()
    if "@" in name:
        return Blocked("userinfo", f"{shown} holds a user name")
    if name.startswith("[") or name.count(":") > 1:
        return Blocked("ip-literal", f"{shown} is an address; only names can be on the list")
    if len(name) > _MOST_NAME:
        return Blocked("too-long", f"a host name has at most {_MOST_NAME} characters, this one has {len(name)}")
    if name.endswith("."):
        return Blocked("trailing-dot", f"{shown} ends with a dot")
    labels = name.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return Blocked("ip-literal", f"{shown} is read as an address by some programs; only names can be on the list")
    if not all(_LABEL.fullmatch(label) for label in labels):
        return Blocked("no-name", f"{shown} is not a host name of letters, digits and hyphens")
    if len(labels) == 1:
        return Blocked("no-domain", f"{shown} has no domain")
    if not all(_is_canonical(label) for label in labels):
        return Blocked("idn-spelling", f"{shown} holds an international label that is not in its one spelling")
    return name


def _shown(raw: bytes) -> str:
    """Show what was asked for, printable and cut to a line."""
    text = ascii(raw.decode("latin-1"))
    return text if len(text) <= 90 else f"{text[:80]}…'"


def _is_port(text: str) -> bool:
    return _PORT.fullmatch(text) is not None and int(text) <= 65535


def _is_canonical(label: str) -> bool:
    """Tell whether an international label is what its letters are encoded to; any other label is as it is."""
    if not label.startswith("xn--"):
        return True
    try:
        letters = label[4:].encode("ascii").decode("punycode")
        again = letters.encode("punycode").decode("ascii")
    except (UnicodeError, ValueError, OverflowError):
        return False
    is_spelled = again == label[4:] and not letters.isascii() and unicodedata.normalize("NFC", letters.lower()) == letters
    return is_spelled and all(letter == "-" or unicodedata.category(letter)[0] in "LMN" for letter in letters)


# req: agent-runtime/3.1, agent-runtime/3.2
class AllowList(Struct, frozen=True):
    """Judges every connection of a command by the hosts that its task may reach; entries that cannot be read allow nothing."""

    hosts: tuple[str, ...]

    def request(self, head: bytes) -> Target | Blocked:
        r"""Judge a request to the proxy, up to and with its empty line.

        >>> AllowList(("pypi.org",)).request(b"CONNECT pypi.org:443 HTTP/1.1\r\n\r\n")
        Target(host='pypi.org', port=443, rule='pypi.org')
        >>> AllowList(("pypi.org",)).request(b"GET http://pypi.org/ HTTP/1.1\r\n\r\n").rule
        'connect-only'
        """
        line, _, fields = head.partition(b"\r\n")
        parts = line.split(b" ")
        if len(parts) != 3 or parts[2] not in _VERSIONS or not fields.endswith(b"\r\n") or b"\0" in fields:
            if parts[0] in {b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"TRACE"}:
                return Blocked("connect-only", "only CONNECT to a host on the list goes through: use https")
            return Blocked("malformed-request", "this is not a CONNECT request as RFC 9110 writes it")
        if parts[0] != b"CONNECT":
            return Blocked("connect-only", "only CONNECT to a host on the list goes through: use https")
        if re.search(rb"(?m)^[ \t]+\S|(?<!\r)\n|\r(?!\n)", fields):
            return Blocked("malformed-request", "a CONNECT request has one field a line")
        return self.authority(parts[1])

    def authority(self, raw: bytes) -> Target | Blocked:
        """Judge `host:port`.

        >>> AllowList(("*.example.com",)).authority(b"evil-example.com:443").rule
        'not-on-the-list'
        >>> AllowList(("*.example.com",)).authority(b"a.example.com:22").rule
        'port'
        """
        name, colon, port = raw.rpartition(b":")
        if not colon:
            name = raw
        host = host_name(name)
        if isinstance(host, Blocked):
            return host
        number = port.decode("latin-1")
        if not colon or not _is_port(number):
            return Blocked("no-port", f"{_shown(raw)} does not end with a port between 1 and 65535")
        covering = [entry for text in self.hosts if isinstance(entry := host_pattern(text), Pattern) and entry.covers(host)]
        if not covering:
            return Blocked("not-on-the-list", f"{host} is not among the hosts that this task may reach")
        for entry in covering:
            if entry.port == int(number):
                return Target(host=host, port=entry.port, rule=entry.text)
        return Blocked("port", f"{host} may be reached at port {covering[0].port}, not at {number}")

    def addresses(self, found: tuple[str, ...]) -> Blocked | None:
        """Judge what a name stands for: one address that is not public refuses the name, so that no answer can smuggle one in.

        >>> AllowList(()).addresses(("8.8.8.8", "10.0.0.1")).rule
        'private-address'
        """
        if not found:
            return Blocked("no-address", "the name has no address")
        return next((blocked for text in found if (blocked := judged_address(text))), None)

    def hello(self, told: Hello | None, host: str) -> Blocked | None:
        """Judge the first bytes that a command sends to a host: a TLS greeting (`None` for anything else) that names that very host.

        >>> AllowList(()).hello(Hello((b"a.org",)), "a.org"), AllowList(()).hello(Hello((b"b.org",)), "a.org").rule
        (None, 'other-server-name')
        """
        if told is None:
            return Blocked("no-tls", f"what was sent to {host} does not begin with a TLS greeting")
        if told.is_encrypted:
            return Blocked("encrypted-greeting", f"the TLS greeting to {host} hides a second one")
        if not told.names:
            return Blocked("no-server-name", f"the TLS greeting to {host} names no server")
        if len(told.names) != 1 or told.names[0].lower() != host.encode("ascii"):
            return Blocked("other-server-name", f"the TLS greeting to {host} names {_shown(b', '.join(told.names))}")
        return None


def judged_address(text: str) -> Blocked | None:
    """Refuse an address that is not of the public network: private, loopback, link-local, metadata, multicast, reserved or translated to one.

    >>> judged_address("1.1.1.1"), judged_address("::ffff:1.1.1.1").rule, judged_address("169.254.169.254").rule
    (None, 'private-address', 'metadata-address')
    """
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return Blocked("no-address", f"{text[:60]!r} is not an address")
    if text in _METADATA or str(address) in _METADATA:
        return Blocked("metadata-address", f"the name stands for {address}, where a cloud tells its credentials")
    if isinstance(address, ipaddress.IPv6Address) and address in _TRANSLATED:
        return judged_address(str(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)))
    if isinstance(address, ipaddress.IPv4Address):
        is_public = not any(address in network for network in _CLOSED_4)
    else:
        is_public = address.scope_id is None and address in _OPEN_6 and not any(address in network for network in _CLOSED_6)
    return None if is_public else Blocked("private-address", f"the name stands for {address}, which is not a public address")
