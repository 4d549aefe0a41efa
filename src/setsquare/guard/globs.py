"""Matches paths against globs as settings define them: `*`, `**`, `?`, classes and nested braces, in bounded time."""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct

_MOST_ALTERNATIVES = 256
_NEVER = re.compile(r"(?!)")
_ANY_FOLDERS = "(?:[^/]+/)*"
_CLASS = re.compile(r"\[(!|\^)?(\]?[^\]]*)\]")


class GlobSet(Struct, frozen=True):
    """Globs compiled into one expression. `broken` are globs with too many alternatives; they match nothing, so that the caller decides."""

    expression: re.Pattern[str]
    broken: tuple[str, ...] = ()

    def matches(self, path: str) -> bool:
        """Tell whether a path relative to the workspace matches one of the globs."""
        return self.expression.fullmatch(path) is not None


def compiled(globs: Iterable[str]) -> GlobSet:
    """Compile globs.

    Source: settings.md, general rules, "Globs".

    >>> tests = compiled(["*.test.ts", "src/**/api/*.{js,ts}", "/Makefile"])
    >>> [tests.matches(path) for path in ("a/b.test.ts", "src/api/x.ts", "src/a/b/api/x.js", "Makefile", "sub/Makefile")]
    [True, True, True, True, False]
    >>> below = compiled(["a/**"])
    >>> below.matches("a/b/c"), below.matches("a")
    (True, False)
    """
    parts: list[str] = []
    broken: list[str] = []
    for glob in globs:
        alternatives = braces_expanded(glob)
        if alternatives is None:
            broken.append(glob)
        else:
            parts += (_expression(alternative) for alternative in alternatives)
    return GlobSet(re.compile(_either(parts), re.DOTALL) if parts else _NEVER, tuple(broken))


def _either(parts: list[str]) -> str:
    """Join expressions; what may stand in any folder is tried once for each folder, not each expression for itself."""
    anywhere = [part.removeprefix(_ANY_FOLDERS) for part in parts if part.startswith(_ANY_FOLDERS)]
    elsewhere = [f"(?:{part})" for part in parts if not part.startswith(_ANY_FOLDERS)]
    if anywhere:
        elsewhere.append(f"{_ANY_FOLDERS}(?:{'|'.join(anywhere)})")
    return "|".join(elsewhere)


def braces_expanded(glob: str) -> tuple[str, ...] | None:
    """Write out the alternatives of nested braces; `None` when there are more than 256.

    >>> braces_expanded("a.{js,t{s,sx}}")
    ('a.js', 'a.ts', 'a.tsx')
    >>> braces_expanded("{}"), braces_expanded("{a")
    (('{}',), ('{a',))
    """
    done: list[str] = []
    waiting = [glob]
    while waiting:
        text = waiting.pop()
        choice = _innermost_choice(text)
        if choice is None:
            done.append(text)
        else:
            start, end = choice
            waiting += (text[:start] + part + text[end + 1 :] for part in reversed(text[start + 1 : end].split(",")))
        if len(done) + len(waiting) > _MOST_ALTERNATIVES:
            return None
    return tuple(dict.fromkeys(done))


def _innermost_choice(text: str) -> tuple[int, int] | None:
    """Find the first braces without braces in them that hold a comma."""
    start = -1
    for index, character in enumerate(text):
        if character == "{":
            start = index
        elif character == "}" and start >= 0:
            if "," in text[start:index]:
                return start, index
            start = -1
    return None


def _expression(glob: str) -> str:
    """Translate one glob without braces; every repetition but the last is atomic, so matching takes quadratic time at most."""
    is_anchored = glob.startswith(("./", "/"))
    bare = glob.removeprefix(".").lstrip("/") if is_anchored else glob
    if "/" not in bare and not is_anchored:
        bare = f"**/{bare}"
    segments = [segment for segment in bare.split("/") if segment]
    groups: list[list[str]] = [[]]
    for segment in segments:
        if segment == "**":
            groups.append([])
        else:
            groups[-1].append(_segment(segment))
    if segments and segments[-1] == "**":
        groups[-1].append("[^/]+")
    return _joined(groups)


def _joined(groups: list[list[str]]) -> str:
    """Join groups of segments between which any number of segments may stand."""
    if len(groups) == 1:
        return "/".join(groups[0])
    first, *middle, last = groups
    parts = ["".join(f"{segment}/" for segment in first)]
    parts += ("(?>(?:[^/]+/)*?" + "".join(f"{segment}/" for segment in group) + ")" for group in middle if group)
    return "".join(parts) + _ANY_FOLDERS + "/".join(last)


def _segment(segment: str) -> str:
    """Translate one path segment."""
    pieces = [_fixed(piece) for piece in re.split(r"\*+", segment)]
    if len(pieces) == 1:
        return pieces[0]
    first, *middle, last = pieces
    return first + "".join(f"(?>[^/]*?{piece})" for piece in middle) + f"[^/]*{last}"


def _fixed(piece: str) -> str:
    """Translate text without `*`."""
    parts: list[str] = []
    position = 0
    while position < len(piece):
        if piece[position] == "?":
            parts.append("[^/]")
        elif (bracket := _CLASS.match(piece, position)) and bracket[2]:
            body = re.sub(r"([\\\[\]^&~|])", r"\\\1", bracket[2])
            parts.append(f"(?!/)[{'^' if bracket[1] else ''}{_ordered(body)}]")
            position = bracket.end()
            continue
        else:
            parts.append(re.escape(piece[position]))
        position += 1
    return "".join(parts)


def _ordered(body: str) -> str:
    """Keep ranges that a regular expression accepts (`a-z`), make every other dash a character."""
    return re.sub(
        r"(\w)-(\w)",
        lambda found: found[0] if found[1] <= found[2] else f"{found[1]}\\-{found[2]}",
        re.sub(r"(?<!\w)-|-(?!\w)", r"\\-", body),
    )
