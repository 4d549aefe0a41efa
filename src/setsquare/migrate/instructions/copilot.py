"""Reads GitHub Copilot's instructions: `.github/copilot-instructions.md` and `.github/instructions/**/*.instructions.md`.

Source: GitHub documentation, Adding repository custom instructions (`applyTo`), read 2026-11.
"""

from __future__ import annotations

from setsquare.migrate.guidance import Guidance, Problem, Source
from setsquare.migrate.instructions.front import read_front
from setsquare.migrate.instructions.naming import stem
from setsquare.migrate.instructions.scoped import in_folder, whole_folder
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath, parent
from setsquare.workspace.steering import Inclusion

_RULE = LazyPattern(r"(?s)(?:(?P<folder>.+)/)?\.github/instructions/(?P<name>.+\.md)\Z")
_WHOLE = LazyPattern(r"(?s)(?:(?P<folder>.+)/)?\.github/copilot-instructions\.md\Z")


def owns(path: str) -> bool:
    """Tell whether a file is one of Copilot's.

    >>> owns(".github/copilot-instructions.md"), owns(".github/instructions/ts.instructions.md"), owns(".github/README.md")
    (True, True, False)
    """
    return _WHOLE.match(path) is not None or _RULE.match(path) is not None


def read(path: RelPath, text: str) -> Guidance | Problem:
    r"""Read one file; instructions without `applyTo` are only used when somebody names them.

    >>> found = read(RelPath(".github/instructions/ts.instructions.md"), '---\napplyTo: "**/*.ts,**/*.tsx"\n---\nBe strict.\n')
    >>> found.name, found.inclusion.value, found.patterns
    ('copilot-ts', 'file-match', ('**/*.ts', '**/*.tsx'))
    """
    if whole := _WHOLE.match(path):
        return whole_folder(path, SOURCE.id, whole["folder"] or "", text)
    front = read_front(path, text)
    if isinstance(front, Problem):
        return front
    rule = _RULE.match(path)
    patterns = front.globs("applyTo")
    # Source: the same page: a file without `applyTo` is not applied by itself. One without any front matter was written for every request.
    inclusion = Inclusion.FILE_MATCH if patterns else Inclusion.MANUAL if front.left_out else Inclusion.ALWAYS
    guidance = Guidance(
        path=path,
        source=SOURCE.id,
        name=f"copilot-{parent(rule['name'] if rule else '')}-{stem(path).removeprefix('copilot-')}",
        body=front.body,
        line=front.line,
        inclusion=inclusion,
        patterns=patterns,
        description=front.text("description"),
        left_out=front.left_out,
        notes=front.notes,
    )
    return in_folder(guidance, (rule["folder"] if rule else "") or "")


SOURCE = Source(id="copilot", title="GitHub Copilot instructions", owns=owns, read=read)
