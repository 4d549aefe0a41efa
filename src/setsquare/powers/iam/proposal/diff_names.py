"""Writes the names of files in a diff as git reads them.

Source: git, "git config", `core.quotePath`: a name with control characters, quotes, backslashes or bytes that are no text stands in quotes, with C's escapes.
"""

from __future__ import annotations

_ESCAPES = {"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def quoted_path(path: str) -> str:
    r"""Write a name, in quotes where it needs them.

    >>> quoted_path("a/main.tf"), quoted_path('a/x"\ny')
    ('a/main.tf', '"a/x\\"\\ny"')
    """
    written = "".join(_ESCAPES.get(letter) or _octal(letter) for letter in path)
    return path if written == path else f'"{written}"'


def _octal(letter: str) -> str:
    """Write what is no text as its bytes."""
    if letter.isprintable() and not "\ud800" <= letter <= "\udfff":
        return letter
    return "".join(f"\\{byte:03o}" for byte in letter.encode("utf-8", "surrogateescape"))
