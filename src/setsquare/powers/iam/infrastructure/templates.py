"""Reads JSON in a template of Terraform: a text between marks, a quoted string, a file for `templatefile`; expressions are kept and stand for what the engine makes of them.

Source: Terraform language, "Strings and templates"; function `templatefile`.
"""

from __future__ import annotations

from collections.abc import Sequence

from setsquare.powers.iam.infrastructure.hcl import NotHcl, template_holes
from setsquare.powers.iam.infrastructure.nodes import Dialect, Inscribed, MapNode, Part
from setsquare.powers.iam.infrastructure.quoted import inscribed
from setsquare.powers.iam.infrastructure.reading_json import Broken, Reading, json_node
from setsquare.text.paths import RelPath
from setsquare.text.span import Span

Hole = tuple[Span, str]


def heredoc_part(path: RelPath, raw: bytes, content: Span, holes: Sequence[Hole]) -> Part | Broken:
    """Read a text between marks."""
    return _part(
        path,
        raw[content.start : content.end],
        [(Span(span.start - content.start, span.end - content.start), name) for span, name in holes],
        content.start,
    )


def quoted_part(path: RelPath, raw: bytes, span: Span) -> Part | Broken:
    """Read a quoted string, whose quotes the span covers."""
    try:
        holes = template_holes(raw, span, is_quoted=True)
    except NotHcl as error:
        return Broken(error.start, error.reason)
    text, inner = inscribed(raw, span, tuple([each for each, _ in holes]))
    part = _part(path, text.text, [(place, name) for place, (_, name) in zip(inner, holes, strict=True)], 0, text)
    return Broken(text.places[min(part.start, len(text.text))], part.reason) if isinstance(part, Broken) else part


def file_part(path: RelPath, raw: bytes) -> Part | Broken:
    """Read a file that `templatefile` fills in.

    >>> part = file_part(RelPath("p.tpl"), b'{"Statement": [{"Effect": "Allow", "Resource": ${jsonencode(x)}}]}')
    >>> part.statements[0].value("Resource").value
    '${jsonencode(x)}'
    """
    try:
        return _part(path, raw, template_holes(raw, Span(0, len(raw)), is_quoted=False), 0)
    except NotHcl as error:
        return Broken(error.start, error.reason)


def _part(path: RelPath, text: bytes, holes: Sequence[Hole], offset: int, quoted: Inscribed | None = None) -> Part | Broken:
    if any(text[span.start : span.start + 1] == b"%" for span, _ in holes):
        start = next(span.start for span, _ in holes if text[span.start : span.start + 1] == b"%")
        return Broken(start + offset, "the text has conditions or loops (%{ … })")
    names = {span.start + offset: name for span, name in holes}
    node = json_node(_masked(text, [span for span, _ in holes]), Reading(offset=offset, holes=names, is_template=True))
    if isinstance(node, Broken):
        return Broken(node.start, f"the text is no JSON: {node.reason}")
    if not isinstance(node, MapNode):
        return Broken(offset, "the text is no policy")
    return Part(path=path, root=node, dialect=Dialect.HEREDOC, inscribed=quoted)


def _masked(text: bytes, holes: Sequence[Span]) -> bytes:
    """Write something as wide in the place of each expression: a mark inside of JSON's strings, a string of its own elsewhere."""
    masked = bytearray(text)
    at = 0
    is_inside = False
    for span in holes:
        is_inside = _is_inside(text[at : span.start], is_inside)
        width = len(span)
        masked[span.start : span.end] = b"${" + b"_" * (width - 3) + b"}" if is_inside else b'"' + b"_" * (width - 2) + b'"'
        at = span.end
    return bytes(masked)


def _is_inside(text: bytes, is_inside: bool) -> bool:
    """Tell whether a string of JSON is open after a text."""
    at = 0
    while at < len(text):
        letter = text[at : at + 1]
        at += 2 if is_inside and letter == b"\\" else 1
        if letter == b'"':
            is_inside = not is_inside
    return is_inside
