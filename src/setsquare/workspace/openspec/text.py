r"""Text as OpenSpec sees it: no byte order mark, LF line ends, fenced lines out of sight, white space as ECMAScript counts it.

Source: the parsing rules of OpenSpec 1.13.2, observed from outside.
"""

from __future__ import annotations

from setsquare.text.lazy_pattern import LazyPattern

INLINE_SPACE = "\t\v\f\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
"""White space of ECMAScript without the line feed; Python's own set differs in five signs."""

SPACE = "\n" + INLINE_SPACE

_FENCE = LazyPattern(rf"(?m)^[{INLINE_SPACE}]*(`{{3,}}|~{{3,}})([^\n]*)$")


def normalised(raw: bytes) -> str:
    r"""Decode a file; what is no UTF-8 becomes the replacement sign.

    >>> normalised(b"\xef\xbb\xbfa\r\nb\rc\xff")
    'a\nb\nc\ufffd'
    """
    text = raw.decode("utf-8", "replace")
    text = text.removeprefix("\ufeff")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text


def task_text(raw: bytes) -> str:
    r"""Decode a task file: a byte order mark and a lone carriage return stay, for OpenSpec lets them stand in the way.

    >>> task_text(b"\xef\xbb\xbfa\r\nb\rc")
    '\ufeffa\nb\rc'
    """
    text = raw.decode("utf-8", "replace")
    return text.replace("\r\n", "\n") if "\r" in text else text


def trimmed(text: str) -> str:
    r"""Cut white space from both ends.

    >>> trimmed("\ufeff a \n")
    'a'
    """
    return text.strip(SPACE)


def without_closing_run(text: str) -> str:
    """Cut the run of `#` that may close a header, and white space.

    >>> without_closing_run(" Login ## "), without_closing_run("C#")
    ('Login', 'C#')
    """
    text = text.strip(SPACE)
    if text.endswith("#"):
        kept = text.rstrip("#")
        return kept.rstrip(SPACE) if kept.endswith((" ", "\t")) else text
    return text


def length(text: str) -> int:
    r"""Count UTF-16 units, as ECMAScript does.

    >>> length("a\U0001f600")
    3
    """
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def line_at(text: str, position: int) -> int:
    r"""Give the line, from 1, that holds a position.

    >>> line_at("a\nb", 2)
    2
    """
    return text.count("\n", 0, position) + 1


def unfenced(text: str, *, indent: int | None = None) -> str:
    r"""Put a sign that means nothing in place of every sign of a fenced line, so that positions stay.

    A fence opens with three or more backticks or tildes and closes with as many or more of the same sign alone on a line; one that is not
    closed goes to the end. With `indent` a fence may be indented by so many blanks at most, else by any white space.

    >>> unfenced("a\n```\n# b\n```\n# c")
    'a\n\x00\x00\x00\n\x00\x00\x00\n\x00\x00\x00\n# c'
    """
    if not (("`" in text and "```" in text) or ("~" in text and "~~~" in text)):
        return text
    parts: list[str] = []
    shown = 0
    opening = ""
    start = 0
    for found in _FENCE.finditer(text):
        run = found[1]
        before = text[found.start() : found.start(1)]
        if indent is not None and (len(before) > indent or before.strip(" ")):
            continue
        if not opening:
            opening, start = run, found.start()
        elif run[0] == opening[0] and len(run) >= len(opening) and not found[2].strip(SPACE):
            parts += (text[shown:start], _blanked(text[start : found.end()]))
            shown, opening = found.end(), ""
    if opening:
        parts += (text[shown:start], _blanked(text[start:]))
        shown = len(text)
    return "".join((*parts, text[shown:]))


def _blanked(text: str) -> str:
    return "\n".join("\0" * len(line) for line in text.split("\n"))
