"""Tells names of hosts from addresses and from what is too wide to be named.

Source: safety.md AT31 (suffix tricks, addresses written as names, metadata services).
"""

from __future__ import annotations

import re

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"(?:\*\.)?(?:{_LABEL}\.)+[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])?")
_NEVER = frozenset({"metadata.google.internal", "instance-data.ec2.internal"})
_NEVER_ENDS = (".localhost", ".local", ".localdomain", ".in-addr.arpa", ".ip6.arpa")
_LONGEST = 253
_MOST_SUFFIX_LABELS = 2


def is_host(name: str) -> bool:
    """Tell whether a text is a host name or `*.` with a suffix of at least two parts; addresses and local names are none.

    >>> [is_host(name) for name in ("pypi.org", "*.example.com", "*", "*.com", "10.0.0.1", "0x7f.1", "localhost", "a.localhost", "a_b.org")]
    [True, True, False, False, False, False, False, False, False]
    """
    if len(name) > _LONGEST or not _NAME.fullmatch(name) or name in _NEVER or name.endswith(_NEVER_ENDS):
        return False
    return not name.startswith("*.") or name.count(".") >= _MOST_SUFFIX_LABELS
