"""Decides where a model is asked and whether the user's key goes there.

A workspace names the address; only the user's own environment may let a key go to an address that is not the provider's own. So a
`settings.json` that came with a clone cannot lead a key away.

Source: CVE-2026-21852 (a workspace that set the API base URL received the key).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

from msgspec import Struct

from setsquare.errors import ModelAuth
from setsquare.errors import Usage as UsageError
from setsquare.workspace.settings import ModelProfile

HOSTS_VARIABLE = "SETSQUARE_MODEL_HOSTS"
"""Names the hosts that may see the user's key, separated by commas: `gateway.example.com`, `host:8443`, `http://10.0.0.5:8000`."""

TRUST_VARIABLE = "SETSQUARE_TRUST_ENV"
"""Set to `1`, it lets proxy and certificate variables of the environment count (`HTTPS_PROXY`, `SSL_CERT_FILE`)."""

_KEY_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*_API_KEY|SETSQUARE_[A-Z0-9_]+")
_KEY = re.compile(r"[\x21-\x7e]{1,4096}")
_VERSION_SEGMENT = re.compile(r"v\d+[a-z0-9]*")
_PORTS = {"https": 443, "http": 80}


class Provider(Struct, frozen=True, kw_only=True):
    """A provider id: its wire format, usual address (empty: none), key variable (empty: none) and the path below the version."""

    name: str
    wire: str
    base_url: str
    key_variable: str
    operation: str


class Endpoint:
    """Where a request goes and with which key; it never shows the key."""

    def __init__(self, url: str, profile: ModelProfile, key: str = "", key_note: str = "", *, trusts_environment: bool = False) -> None:
        """Take the whole address, the profile, the key (empty: none is sent) and why it is so, for the message of a refusal."""
        self.url = url
        self.profile = profile
        self.key = key
        self.key_note = key_note
        self.trusts_environment = trusts_environment

    def __repr__(self) -> str:
        """Show the address alone."""
        return f"Endpoint({self.shown!r})"

    @property
    def shown(self) -> str:
        """Give host and path, without query: what a message may say."""
        parts = urlsplit(self.url)
        return f"{parts.netloc}{parts.path}"

    @property
    def host(self) -> str:
        """Give the host alone."""
        return urlsplit(self.url).hostname or ""


def endpoint_for(profile: ModelProfile, provider: Provider, environ: Mapping[str, str]) -> Endpoint:
    """Work out address and key of a profile.

    Raises:
        Usage: the profile's address or key variable cannot be used.
        ModelAuth: the provider's own service needs a key and there is none, or the key holds characters that no key has.
    """
    base = profile.base_url or provider.base_url
    if not base:
        raise UsageError(
            f"Model profile '{profile.name}': provider '{provider.name}' has no usual address and the profile names none.",
            'Add "baseUrl" to the profile, for example "http://127.0.0.1:8000/v1".',
        )
    address = _parsed(profile, base)
    url = _completed(address, provider.operation)
    key, note = _key(profile, provider, address, environ)
    return Endpoint(url, profile, key, note, trusts_environment=environ.get(TRUST_VARIABLE) == "1")


def _parsed(profile: ModelProfile, base: str) -> SplitResult:
    try:
        address = urlsplit(base.strip())
        has_place = bool(address.hostname) and address.port != 0
    except ValueError:
        address, has_place = urlsplit(""), False
    if address.scheme not in _PORTS or not has_place:
        raise UsageError(
            f"Model profile '{profile.name}': its server address is not a usable http or https address.",
            'Write it as "https://host/v1" or "http://127.0.0.1:11434/v1".',
        )
    if address.username is not None or address.password is not None:
        raise UsageError(
            f"Model profile '{profile.name}': its server address holds a user name or password, which does not belong into a file.",
            'Take it out of the address; name the variable that holds the key in "apiKeyVariable".',
        )
    return address


def _completed(address: SplitResult, operation: str) -> str:
    """Add the version and the operation where the address does not have them."""
    path = address.path.rstrip("/")
    if not path.endswith(operation):
        if not any(_VERSION_SEGMENT.fullmatch(segment) for segment in path.split("/")):
            path += "/v1"
        path += operation
    return address._replace(path=path, fragment="").geturl()


def _key(profile: ModelProfile, provider: Provider, address: SplitResult, environ: Mapping[str, str]) -> tuple[str, str]:
    """Give the key to send and, when none is sent, why."""
    variable = profile.api_key_variable or provider.key_variable
    if not variable:
        return "", "the profile names no key variable"
    if not _KEY_VARIABLE.fullmatch(variable):
        raise UsageError(
            f"Model profile '{profile.name}': '{variable[:80]}' is not a name that a key variable may have.",
            "Use a name that ends with _API_KEY or starts with SETSQUARE_, so that a workspace cannot ask for other secrets.",
        )
    key = environ.get(variable, "").strip()
    is_official = _is_official(address, provider)
    if not key:
        if is_official:
            raise ModelAuth(
                f"Model profile '{profile.name}' needs a key for {address.hostname} and {variable} is not set.",
                f"Set it in your shell: export {variable}=...; keys never stand in settings.json.",
            )
        return "", f"{variable} is not set"
    if not _KEY.fullmatch(key):
        raise ModelAuth(
            f"The value of {variable} holds characters that no key has (blanks, line ends or letters beyond ASCII).",
            f"Copy the key again into {variable}.",
        )
    if is_official or _is_vouched(address, environ.get(HOSTS_VARIABLE, "")):
        return key, ""
    return "", f"{variable} is not sent to {address.netloc}, because only you can permit that: export {HOSTS_VARIABLE}={_origin(address)}"


def _is_official(address: SplitResult, provider: Provider) -> bool:
    usual = urlsplit(provider.base_url)
    return (
        bool(provider.key_variable)
        and address.scheme == "https"
        and address.hostname == usual.hostname
        and (address.port or _PORTS["https"]) == _PORTS["https"]
    )


def _is_vouched(address: SplitResult, hosts: str) -> bool:
    """Tell whether the user's own list permits the key; plain http beyond this machine must be listed with its scheme."""
    port = address.port or _PORTS[address.scheme]
    for entry in filter(None, (part.strip() for part in hosts.split(","))):
        scheme, has_scheme, rest = entry.rpartition("://")
        try:
            listed = urlsplit(f"//{rest}")
            listed_port = listed.port
        except ValueError:
            continue
        if has_scheme and scheme != address.scheme:
            continue
        if not has_scheme and address.scheme == "http" and not is_loopback(address.hostname or ""):
            continue
        if listed.hostname == address.hostname and (listed_port or _PORTS[address.scheme]) == port:
            return True
    return False


def _origin(address: SplitResult) -> str:
    is_plain = address.scheme == "http" and not is_loopback(address.hostname or "")
    return f"http://{address.netloc}" if is_plain else address.netloc


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("localhost"), is_loopback("127.0.0.1.example.com")
    (True, True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
