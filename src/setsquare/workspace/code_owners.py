"""Reads a `CODEOWNERS` file: who must review which paths, as GitHub and GitLab read it.

Source: GitHub Docs, "About code owners"; GitLab Docs, "Code Owners" (sections, default owners, exclusions).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from setsquare.text.document import Document
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath, quoted
from setsquare.text.span import Span

PLACES: Final = (RelPath(".github/CODEOWNERS"), RelPath("CODEOWNERS"), RelPath("docs/CODEOWNERS"), RelPath(".gitlab/CODEOWNERS"))
"""Where forges look, from the repository's top: GitHub in this order up to `docs/`, GitLab at the top, in `docs/`, then `.gitlab/`."""

_SECTION: Final = LazyPattern(r"(\^)?\[([^\]]+)\](?:\[(\d+)\])?(?:\s+(.*))?", 0)
_OWNER: Final = LazyPattern(r"@{1,2}[A-Za-z0-9](?:[\w.-]*)(?:/[\w./-]+)?|[^\s@]+@[^\s@]+\.[^\s@]+", 0)
_WORD: Final = LazyPattern(r"(?:\\.|\S)+", 0)


class OwnedPattern(Struct, frozen=True, kw_only=True):
    """One line that names owners: `owners` may be empty, which takes a path out; `section` is GitLab's, empty without; `span` is the whole line."""

    pattern: str
    owners: tuple[str, ...]
    line: int
    span: Span
    section: str = ""
    is_exclusion: bool = False


class OwnersProblem(Struct, frozen=True):
    """A line that a forge leaves out, and why."""

    line: int
    span: Span
    reason: str


class CodeOwners(Struct, frozen=True, kw_only=True):
    """A file as read: its lines in order, and those that count for nothing."""

    path: RelPath
    patterns: tuple[OwnedPattern, ...] = ()
    problems: tuple[OwnersProblem, ...] = ()

    def owners_of(self, path: str) -> tuple[str, ...]:
        r"""Name who must review a path: of each section the last line that matches counts; none where nobody must.

        >>> from setsquare.text.plain import scan
        >>> read = read_code_owners(scan(RelPath("CODEOWNERS"), b"* @ada\n/docs/ @bo @org/team\n/docs/a.md\n"))
        >>> read.owners_of("src/x.py"), read.owners_of("docs/b/c.md"), read.owners_of("docs/a.md")
        (('@ada',), ('@bo', '@org/team'), ())
        """
        last: dict[str, tuple[str, ...]] = {}
        excluded: set[str] = set()
        for item in self.patterns:
            if item.section in excluded or not matches(item.pattern, path):
                continue
            if item.is_exclusion:
                excluded.add(item.section)
                last.pop(item.section, None)
            else:
                last[item.section] = item.owners
        return tuple(dict.fromkeys(owner for owners in last.values() for owner in owners))

    def line_of(self, path: str) -> OwnedPattern | None:
        """Give the last line that matches a path; `None` where no line does.

        >>> CodeOwners(path=RelPath("CODEOWNERS")).line_of("a") is None
        True
        """
        return next((item for item in reversed(self.patterns) if matches(item.pattern, path)), None)


def effective(paths: Iterable[str]) -> RelPath | None:
    """Choose the file that counts among a repository's files; `None` where there is none.

    >>> effective(["packages/a/CODEOWNERS", "docs/CODEOWNERS", "CODEOWNERS"])
    'CODEOWNERS'
    """
    known = frozenset(paths)
    return next((place for place in PLACES if place in known), None)


def read_code_owners(document: Document) -> CodeOwners:
    r"""Read a file; a line that a forge cannot use is a problem, and the others hold.

    >>> from setsquare.text.plain import scan
    >>> read = read_code_owners(scan(RelPath("CODEOWNERS"), b"[Docs] @writers\n/docs/\n/src/ ada\n"))
    >>> [(one.pattern, one.owners, one.section) for one in read.patterns], [one.line for one in read.problems]
    ([('/docs/', ('@writers',), 'docs')], [3])
    """
    patterns: list[OwnedPattern] = []
    problems: list[OwnersProblem] = []
    section, default = "", ()  # type: tuple[str, tuple[str, ...]]
    for node in document.nodes:
        text = node.text.strip()
        if not text or text.startswith("#"):
            continue
        span = Span(node.start, node.start + len(node.raw.rstrip(b"\r\n")))
        header = _SECTION.fullmatch(text)
        if header is not None:
            section, default = header[2].strip().casefold(), _owners(header[4] or "")[0]
            continue
        words = [found[0] for found in _WORD.compiled.finditer(text)]
        owners, wrong = _owners(" ".join(words[1:]))
        if wrong:
            reason = (
                f"{quoted(wrong)} is no owner: a user is `@name`, a team `@organisation/team`, or an address; the forge leaves the line out"
            )
            problems.append(OwnersProblem(node.line, span, reason))
            continue
        pattern, is_exclusion = words[0].removeprefix("!"), words[0].startswith("!")
        patterns.append(
            OwnedPattern(pattern=pattern, owners=owners or default, line=node.line, span=span, section=section, is_exclusion=is_exclusion)
        )
    return CodeOwners(path=document.path, patterns=tuple(patterns), problems=tuple(problems))


def _owners(text: str) -> tuple[tuple[str, ...], str]:
    """Read owners up to a comment, and the first word that is none."""
    found: list[str] = []
    for word in text.split():
        if word.startswith("#"):
            break
        if _OWNER.fullmatch(word) is None:
            return tuple(found), word
        found.append(word)
    return tuple(found), ""


def matches(pattern: str, path: str) -> bool:
    """Tell whether a pattern means a path: as in `.gitignore`, anchored where a slash stands in front or within.

    >>> [matches(one, "docs/a/b.md") for one in ("*", "docs/", "/docs", "b.md", "/b.md", "docs/*", "docs/**", "**/a/", "*.md")]
    [True, True, True, True, False, False, True, True, True]
    """
    plain = pattern.replace("\\ ", " ").replace("\\#", "#")
    body = plain.strip("/")
    if not body:
        return plain == "/"
    is_anchored = plain.startswith("/") or "/" in body
    found = re.fullmatch(("" if is_anchored else "(?:.*/)?") + _expression(body, is_folder=plain.endswith("/")), path)
    return found is not None


def _expression(body: str, *, is_folder: bool) -> str:
    """Write a pattern as a regular expression; a folder means everything below it, and a name that ends in `*` only what is directly there."""
    parts: list[str] = []
    at = 0
    while at < len(body):
        if body.startswith("**/", at):
            parts.append("(?:.*/)?")
            at += 3
        elif body.startswith("**", at):
            parts.append(".*")
            at += 2
        elif body[at] == "*":
            parts.append("[^/]*")
            at += 1
        elif body[at] == "?":
            parts.append("[^/]")
            at += 1
        else:
            parts.append(re.escape(body[at]))
            at += 1
    below = "/.+" if is_folder else "" if body.endswith("/*") else "(?:/.+)?"
    return "".join(parts) + below
