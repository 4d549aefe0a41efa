"""Reads the address of a repository as git takes it."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from msgspec import Struct

_SCP = re.compile(r"(?:[\w.-]+@)?(?P<host>[\w.-]+):(?P<path>(?!//)[^\s:]+)\Z")
_SCHEMES = frozenset({"https", "http", "ssh", "git+ssh", "file"})


class RemoteAddress(Struct, frozen=True, kw_only=True):
    """An address: `host` is empty on this machine, `repository` is `owner/name` or longer, `shown` holds no password."""

    url: str
    scheme: str
    host: str
    repository: str
    shown: str


def remote_address(url: str) -> RemoteAddress | None:
    """Read an address; `None` for what is none, or would make git start a program.

    >>> found = remote_address("git@github.com:org/infrastructure.git")
    >>> found.host, found.repository, found.scheme
    ('github.com', 'org/infrastructure', 'ssh')
    >>> remote_address("https://me:secret@gitlab.com/a/b/c.git").shown, remote_address("ext::sh -c x")
    ('https://gitlab.com/a/b/c.git', None)
    """
    if url.startswith("-") or any(ord(letter) < 33 or ord(letter) == 127 for letter in url) or "::" in url.split("/", 1)[0]:
        return None
    if url.startswith("/"):
        return RemoteAddress(url=url, scheme="file", host="", repository=_named(url), shown=url)
    if "://" not in url:
        match = _SCP.match(url)
        if match is None or match["host"].startswith("-") or match["path"].startswith("-"):
            return None
        return RemoteAddress(url=url, scheme="ssh", host=match["host"], repository=_named(match["path"]), shown=url)
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return None
    if parts.scheme not in _SCHEMES or host.startswith("-") or (not host and parts.scheme != "file"):
        return None
    shown = f"{parts.scheme}://{host}{port}{parts.path}"
    return RemoteAddress(url=url, scheme=parts.scheme, host=f"{host}{port}", repository=_named(unquote(parts.path)), shown=shown)


def _named(path: str) -> str:
    return path.strip("/").removesuffix(".git")
