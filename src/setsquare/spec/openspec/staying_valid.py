"""Foresees by form alone that a delta leaves a main spec valid, so that of a thousand merges only the odd ones have to be tried.

What is vouched for here is so; what is not may be sound all the same, and is found out by building it.
"""

from __future__ import annotations

from setsquare.text.lazy_pattern import LazyPattern
from setsquare.workspace.openspec.model import Delta, MainSpec

_ODD = LazyPattern(r"\n#(?!#{3,5} [^\s#]|## Requirement: [^\s#])")
"""A line in a section of requirements that begins like a header and is neither a requirement's nor one of what belongs to it."""

_TITLE = LazyPattern(r"(?im)^#+\s*requirements\s*$")
_HEAD = "### Requirement: "
_SCENARIO = LazyPattern(r"\n#### [^\n]*\n\s*[^\s#]")


# req: openspec-interop/3.7
def stays_valid(main: MainSpec | None, delta: Delta, *, is_main_valid: bool) -> bool:
    r"""Tell whether it is plain that a delta, which is valid and merges, gives a valid main spec; `main` is `None` where there is none yet.

    >>> from setsquare.text.paths import RelPath
    >>> from setsquare.workspace.openspec.delta import read_delta
    >>> block = "### Requirement: B\nIt SHALL.\n#### Scenario: C\n- d\n"
    >>> added = read_delta("a", RelPath("x"), f"## ADDED Requirements\n{block}")
    >>> stays_valid(None, added, is_main_valid=True)
    True
    >>> from setsquare.workspace.openspec.main_spec import read_main_spec
    >>> main = read_main_spec("a", RelPath("x"), f"## Purpose\nx\n## Requirements\n{block}")
    >>> stays_valid(main, read_delta("a", RelPath("x"), "## REMOVED Requirements\n### Requirement: B\n"), is_main_valid=True)
    False
    """
    if delta.purpose is not None or _is_fenced(delta.text) or not all(_is_plain(block.raw) for block in (*delta.added, *delta.modified)):
        return False
    if main is None:
        return bool(delta.added)
    if not is_main_valid or not _is_plain_spec(main):
        return False
    removed = {named.name for named in delta.removed}
    return bool(delta.added) or not all(block.name in removed for block in main.requirements)


def _is_plain(raw: str) -> bool:
    """Tell whether a block holds its own header, deeper ones and a scenario with text, and nothing that could be read otherwise."""
    return raw.startswith(_HEAD) and "\n### " not in raw and _ODD.search(raw) is None and _SCENARIO.search(raw) is not None


def _is_plain_spec(main: MainSpec) -> bool:
    """Tell whether every reader finds the same sections and requirements in a spec."""
    if not main.has_requirements or not main.purpose or main.purpose_line > main.before.count("\n") + 1 or _is_fenced(main.text):
        return False
    text = main.text
    section = text[len(main.before) : len(text) - len(main.after)] if main.after else text[len(main.before) :]
    return _ODD.search(section) is None and sum(1 for _ in _TITLE.finditer(main.before)) == 1


def _is_fenced(text: str) -> bool:
    return "```" in text or "~~~" in text or "\ufeff" in text
