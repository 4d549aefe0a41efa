"""Finds the document in what a model answered."""

from __future__ import annotations

import re

from msgspec import Struct

from setsquare.events.conversation import Reply

_LIMIT_CHARS = 400_000
_TITLE = re.compile(r"#[ \t]+\S")
_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})[ \t]*([\w-]*)[ \t]*$")
_CHATTER = re.compile(
    r"(?i)(?:let me know|i hope|feel free|would you like|please (?:let|review|tell)|do you want|if you(?:'d| would) like|is there anything|shall i|this (?:design|plan|document|draft) (?:covers|addresses|satisfies|should))\b"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


class Nonsense(Struct, frozen=True):
    """An answer that holds no usable document, and why."""

    reason: str


def document_of(reply: Reply) -> str | Nonsense:
    r"""Give the Markdown document of an answer, without a fence around it and without greetings before and after it.

    >>> document_of(Reply(text="Sure!\n```markdown\n# Design: X\n\n## Overview\n```\nLet me know."))
    '# Design: X\n\n## Overview\n'
    >>> document_of(Reply(text="no", stop="length"))
    Nonsense(reason='the answer was cut off at the output limit')
    """
    text = words_of(reply)
    if isinstance(text, Nonsense):
        return text
    lines = text.split("\n")
    start = next((index for index, line in enumerate(lines) if _TITLE.match(line)), None)
    if start is None:
        return Nonsense("the answer holds no document: it must start with a `# ` title")
    body = _unfenced(lines, start)
    return "\n".join(_without_chatter(body)).rstrip() + "\n"


def words_of(reply: Reply) -> str | Nonsense:
    r"""Give the words of an answer that was finished, with plain line ends.

    >>> words_of(Reply(text="a\r\nb"))
    'a\nb'
    """
    if reply.stop == "length":
        return Nonsense("the answer was cut off at the output limit")
    if reply.stop == "refusal":
        return Nonsense("the model refused to answer")
    if reply.calls:
        return Nonsense(f"the answer calls the tool `{reply.calls[0].tool}`, and no tools were offered")
    text = reply.text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        return Nonsense("the answer is empty")
    if len(text) > _LIMIT_CHARS:
        return Nonsense(f"the answer has {len(text)} characters; at most {_LIMIT_CHARS} are a document")
    if _CONTROL.search(text):
        return Nonsense("the answer holds control characters, so what is read is not what is written")
    return text


def _unfenced(lines: list[str], start: int) -> list[str]:
    """Cut off what follows a fence that encloses the document; a fence inside the document stays."""
    before = next((line for line in reversed(lines[:start]) if line.strip()), "")
    outer = _FENCE.match(before)
    if not outer:
        return lines[start:]
    inner = ""
    for index in range(start, len(lines)):
        fence = _FENCE.match(lines[index])
        if not fence:
            continue
        if inner:
            inner = "" if fence[1].startswith(inner) and not fence[2] else inner
        elif fence[2] or fence[1][0] != outer[1][0] or len(fence[1]) < len(outer[1]):
            inner = fence[1]
        else:
            return lines[start:index]
    return lines[start:]


def _without_chatter(lines: list[str]) -> list[str]:
    """Drop a closing remark to the reader."""
    kept = list(lines)
    while kept and (not kept[-1].strip() or kept[-1].strip() == "---"):
        kept.pop()
    if kept and _CHATTER.match(kept[-1].strip()) and len(kept) > 1 and not kept[-2].strip():
        kept.pop()
        return _without_chatter(kept)
    return kept
