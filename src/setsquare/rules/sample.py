"""Builds the miniature workspaces of rule examples."""

from __future__ import annotations

from setsquare.rules.finding import Example

_HEAD = "# Requirements Document\n\n## Requirements\n\n### Requirement 1: Orders\n\n#### Acceptance Criteria\n\n"


def criteria(*texts: str, fires: int = 0, source: str = "", fixed: tuple[str, ...] | None = None) -> Example:
    """Make a spec of one requirement with the given criteria; `fixed` are the criteria after the fixes.

    >>> criteria("THE Store SHALL keep orders").files[0][1].splitlines()[-1]
    '1. THE Store SHALL keep orders'
    """
    return Example(
        files=((".kiro/specs/orders/requirements.md", _document(texts)),),
        fires=fires,
        source=source,
        fixed=None if fixed is None else _document(fixed),
    )


def spec(requirements: str = "", tasks: str = "", design: str = "", fires: int = 0, source: str = "") -> Example:
    """Make a spec folder of the files that are given; requirements are criteria, one a line, or a whole document.

    >>> [path for path, _ in spec("THE Store SHALL keep orders", tasks="- [ ] 1. Go").files]
    ['.kiro/specs/orders/requirements.md', '.kiro/specs/orders/tasks.md']
    """
    whole = requirements if requirements.startswith("#") or not requirements else _document(tuple(requirements.splitlines()))
    named = (("requirements.md", whole), ("design.md", design), ("tasks.md", tasks))
    return Example(files=tuple((f".kiro/specs/orders/{name}", text) for name, text in named if text), fires=fires, source=source)


def file(path: str, text: str, fires: int = 0, source: str = "") -> Example:
    """Make a workspace of one file.

    >>> file(".kiro/mcp.json", "{}", fires=1).files
    (('.kiro/mcp.json', '{}'),)
    """
    return Example(files=((path, text),), fires=fires, source=source)


def _document(texts: tuple[str, ...]) -> str:
    return _HEAD + "".join(f"{number}. {text}\n" for number, text in enumerate(texts, 1))
