"""Names of a role's branch and request. Role names are other people's words: what is not plain is written as its bytes."""

from __future__ import annotations

import hashlib

from setsquare.text.lazy_pattern import LazyPattern

PREFIX = "setsquare/iam/"
"""How every branch of the Power begins."""

_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
_LIMIT = 120
_ENCODED = LazyPattern(r"=([0-9A-F]{2})")


def encoded(role: str) -> str:
    """Write a role's name so that git, shells and addresses take it as one plain word; no two names are written alike.

    >>> encoded("ecs-api"), encoded("a b/../c@{1}.lock")
    ('ecs-api', 'a=20b=2F=2E=2E=2Fc=40=7B1=7D=2Elock')
    """
    raw = role.encode("utf-8", "surrogatepass")
    text = "".join(chr(byte) if chr(byte) in _PLAIN else f"={byte:02X}" for byte in raw)
    if text.startswith("-"):
        text = f"=2D{text[1:]}"
    return text if len(text) <= _LIMIT else f"{text[:_LIMIT]}=={hashlib.sha256(raw).hexdigest()[:24]}"


def branch_of(role: str) -> str:
    """Name the branch of a role.

    >>> branch_of("ecs-api")
    'setsquare/iam/ecs-api'
    """
    return PREFIX + encoded(role)


def role_of_branch(branch: str) -> str:
    """Name the role of a branch; empty where the branch is none of ours, or its name was too long to be kept whole.

    >>> role_of_branch(branch_of("a b")), role_of_branch("main")
    ('a b', '')
    """
    text = branch.removeprefix(PREFIX)
    if text == branch or "==" in text:
        return ""
    raw = _ENCODED.sub(lambda found: chr(int(found[1], 16)), text).encode("latin-1", "replace")
    role = raw.decode("utf-8", "replace")
    return role if branch_of(role) == branch else ""


def title_of(role: str) -> str:
    r"""Write the title of a request, on one line.

    >>> title_of("ecs-api"), title_of("a\nb")
    ('iam: reduce ecs-api to least privilege', 'iam: reduce a\\x0ab to least privilege')
    """
    shown = "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in role)
    return f"iam: reduce {shown[:160]} to least privilege"
