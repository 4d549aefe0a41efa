"""Writes words as a file's language has them."""

from __future__ import annotations

import msgspec

from setsquare.powers.iam.infrastructure.nodes import Dialect
from setsquare.text.lazy_pattern import LazyPattern

_PLAIN_YAML = LazyPattern(r"[A-Za-z][\w./-]*(?::[\w.*?/-]+)*\Z")


def written(word: str, dialect: Dialect, like: bytes = b"") -> bytes:
    r"""Write one word; in YAML with the quotes that another word of its list has.

    >>> written("arn:${aws:username}", Dialect.HCL), written("s3:Get*", Dialect.YAML), written("*", Dialect.YAML, b"'a'")
    (b'"arn:$${aws:username}"', b's3:Get*', b"'*'")
    """
    text = msgspec.json.encode(word).decode()
    match dialect:
        case Dialect.JSON:
            return text.encode()
        case Dialect.HEREDOC | Dialect.HCL:
            return text.replace("${", "$${").replace("%{", "%%{").encode()
        case Dialect.BLOCKS:
            return text.replace("${", "&{").replace("%{", "%%{").encode()
        case Dialect.YAML:
            if like[:1] == b"'" and "'" not in word:
                return f"'{word}'".encode()
            return word.encode() if like[:1] != b'"' and _PLAIN_YAML.match(word) else text.encode()


def listed(words: tuple[str, ...], dialect: Dialect, like: bytes = b"") -> bytes:
    """Write words as a list on one line; one word without a list where it stood without one.

    >>> listed(("a", "b"), Dialect.JSON)
    b'["a", "b"]'
    """
    return b"[" + b", ".join(written(word, dialect, like) for word in words) + b"]"
