"""Reads the hosts that permission rules name: a rule that allows must name a host whole, one that denies closes whatever it may mean."""

from __future__ import annotations

import re
from collections.abc import Iterable

from setsquare.workspace.host_names import is_host

_ADDRESS = re.compile(r"https?://", re.IGNORECASE)


def host_of(pattern: str) -> str:
    """Give the host that a pattern of a `web_fetch` or `sandbox_network` rule names whole; empty when it names part of one, or anything.

    >>> [
    ...     host_of(pattern)
    ...     for pattern in ("https://api.github.com/*", "pypi.org", "https://api.github.com/repos/*", "*", "https://*.x.org/")
    ... ]
    ['api.github.com', 'pypi.org', '', '', '*.x.org']
    """
    bare = _ADDRESS.sub("", pattern.strip(), count=1).lower()
    name, slash, rest = bare.partition("/")
    return name if is_host(name) and (not slash or rest.strip("*") == "") else ""


def denied_by(pattern: str, host: str) -> bool:
    """Tell whether a pattern that denies or asks covers a host, or any host below it; when in doubt it does.

    >>> denied_by("evil.example.com", "*.example.com"), denied_by("*.example.com", "a.example.com"), denied_by("https://b.org/x", "a.org")
    (True, True, False)
    """
    name = _ADDRESS.sub("", pattern.strip(), count=1).lower().partition("/")[0].partition(":")[0].rpartition("@")[2]
    bare, is_suffix = host.removeprefix("*."), host.startswith("*.")
    expression = re.compile(".*".join(re.escape(piece) for piece in re.split(r"\*+", name)), re.DOTALL)
    if expression.fullmatch(host) or expression.fullmatch(bare):
        return True
    return is_suffix and ("*" in name or name.endswith(f".{bare}"))


def hosts_without(hosts: Iterable[str], denied: Iterable[str]) -> tuple[str, ...]:
    """Remove the hosts that a pattern denies.

    >>> hosts_without(("pypi.org", "*.npmjs.org"), ("pypi.org",))
    ('*.npmjs.org',)
    """
    patterns = tuple(denied)
    return tuple(dict.fromkeys(host for host in hosts if not any(denied_by(pattern, host) for pattern in patterns)))
