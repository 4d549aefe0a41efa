"""Reads the YAML between `---` lines at the top of a Markdown file as plain strings and lists of strings."""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

from setsquare.text.document import Document, NodeKind
from setsquare.text.span import Span

LIMIT_BYTES = 65_536
"""The longest front matter that is read."""

_Field: TypeAlias = tuple[str, tuple[str, ...]]


class FrontMatter(Struct, frozen=True, kw_only=True):
    """The top-level keys with their scalar values as written; a value that is a mapping has none. `span` covers the block.

    `problem` says why it could not be read; there are then no fields.
    """

    span: Span
    fields: tuple[_Field, ...] = ()
    problem: str = ""

    def has(self, key: str) -> bool:
        """Tell whether a key is written."""
        return any(name == key for name, _ in self.fields)

    def texts(self, key: str) -> tuple[str, ...]:
        """List a key's scalar or scalars; none when it is absent or empty."""
        return next((values for name, values in self.fields if name == key), ())

    def text(self, key: str) -> str:
        """Give a key's first scalar, or the empty string."""
        return next(iter(self.texts(key)), "")


def read_front_matter(document: Document) -> FrontMatter:
    r"""Read a document's front matter; a file without any gives an empty value.

    >>> from setsquare.text import markdown
    >>> read_front_matter(markdown.scan("a.md", b"---\ninclusion: manual\n---\n")).text("inclusion")
    'manual'
    >>> read_front_matter(markdown.scan("a.md", b"---\nglob: *.ts\n---\n")).problem.splitlines()[0]
    'the front matter is not valid YAML: while scanning an alias; quote the values that start with * or hold ": "'
    """
    for node in document.nodes[:2]:
        if node.kind is NodeKind.FRONT_MATTER:
            return _read(node.raw, node.span)
    return FrontMatter(span=Span(0, 0))


def _read(raw: bytes, span: Span) -> FrontMatter:
    """Read the block with every scalar as the string that was written: no dates, no numbers, no code."""
    if len(raw) > LIMIT_BYTES:
        return FrontMatter(span=span, problem=f"the front matter is longer than {LIMIT_BYTES} bytes; it was not read")
    import yaml  # noqa: PLC0415  (start-up: most files have no front matter)

    inner = b"".join(raw.splitlines(keepends=True)[1:-1])
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        value = yaml.load(inner, Loader=loader)  # noqa: S506  (BaseLoader builds strings, lists and mappings only)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = getattr(error, "context", None) or getattr(error, "problem", None) or "it cannot be read"
        hint = 'quote the values that start with * or hold ": "'
        return FrontMatter(span=span, problem=f"the front matter is not valid YAML: {reason}; {hint}")
    if value in (None, ""):
        return FrontMatter(span=span)
    if not isinstance(value, dict):
        return FrontMatter(span=span, problem="the front matter is not a list of keys with values")
    return FrontMatter(span=span, fields=tuple((str(key), _scalars(entry)) for key, entry in value.items()))


def _scalars(value: object) -> tuple[str, ...]:
    """List the strings of a scalar or of a list of scalars."""
    if isinstance(value, str):
        return (value,) if value else ()
    if isinstance(value, list):
        return tuple(item for item in value if isinstance(item, str) and item)
    return ()
