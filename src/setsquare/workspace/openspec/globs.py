"""Matches the globs of workflow schemas against paths below a change: `*`, `?`, `**`, classes and `{a,b}`; hidden names match only hidden parts."""

from __future__ import annotations

import re

_PARTS = re.compile(r"\*\*/|\*\*|\*|\?|\[[!^]?[^\]/]+\]|\{|\}|,|.", re.DOTALL)


def glob_pattern(glob: str) -> re.Pattern[str]:
    """Compile a glob.

    >>> tasks = glob_pattern("todo/**/*.{md,txt}")
    >>> [tasks.fullmatch(path) is not None for path in ("todo/a.md", "todo/x/y/b.txt", "a.md", "todo/.a.md")]
    [True, True, False, False]
    """
    written: list[str] = []
    depth = 0
    for found in _PARTS.finditer(glob.removeprefix("./")):
        part = found[0]
        if part == "**/":
            written.append(r"(?:(?!\.)[^/]+/)*")
        elif part == "**":
            written.append(r"(?:(?!\.)[^/]+/)*(?!\.)[^/]+")
        elif part == "*":
            starts = not found.start() or found.string[found.start() - 1] == "/"
            written.append(r"(?!\.)[^/]*" if starts else "[^/]*")
        elif part == "?":
            written.append("[^/]")
        elif part[0] == "[" and len(part) > 1:
            written.append(f"[^{re.escape(part[2:-1])}]" if part[1] in "!^" else f"[{part[1:-1]}]".replace("\\", "\\\\"))
        elif part == "{" and "}" in found.string[found.end() :]:
            depth += 1
            written.append("(?:")
        elif part == "}" and depth:
            depth -= 1
            written.append(")")
        elif part == "," and depth:
            written.append("|")
        else:
            written.append(re.escape(part))
    try:
        return re.compile("".join(written) + ")" * depth, re.DOTALL)
    except re.error:
        return re.compile(re.escape(glob), re.DOTALL)
