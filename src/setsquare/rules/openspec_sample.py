"""Builds the miniature OpenSpec folders of rule examples."""

from __future__ import annotations

from setsquare.rules.finding import Example
from setsquare.spec.openspec.bases import Base, BaseSource, encode_base, record_path

PURPOSE = "## Purpose\nThe bell tells people in the house that somebody stands at the door.\n\n"
RING = "### Requirement: Ring\nThe bell SHALL ring for 2 s.\n\n#### Scenario: Pressed\n- **WHEN** the button is pressed\n- **THEN** the bell rings\n\n"
LAMP = "### Requirement: Lamp\nThe lamp SHALL light up.\n\n#### Scenario: Dark\n- **WHEN** it is dark\n- **THEN** the lamp is on\n\n"
MAIN = f"{PURPOSE}## Requirements\n{RING}{LAMP}"
_CHANGE = "openspec/changes/louder"
_SPEC = "openspec/specs/bell/spec.md"


def capability(text: str, fires: int = 0, fixed: str | None = None) -> Example:
    """Make a folder with one main spec.

    >>> capability("## Purpose").files
    (('openspec/specs/bell/spec.md', '## Purpose'),)
    """
    return Example(files=((_SPEC, text),), fires=fires, fixed=fixed)


def change(
    delta: str = "", main: str = MAIN, tasks: str = "", fires: int = 0, more: tuple[tuple[str, str], ...] = (), fixed: str | None = None
) -> Example:
    """Make a folder with one main spec and one open change; `more` are further files of the change.

    >>> [path for path, _ in change("## ADDED Requirements").files]
    ['openspec/changes/louder/specs/bell/spec.md', 'openspec/specs/bell/spec.md']
    """
    files = [(f"{_CHANGE}/specs/bell/spec.md", delta), (f"{_CHANGE}/tasks.md", tasks), (_SPEC, main)]
    files += [(f"{_CHANGE}/{name}", text) for name, text in more]
    return Example(files=tuple((path, text) for path, text in files if text), fires=fires, fixed=fixed)


def changes(*deltas: str, fires: int = 0) -> Example:
    """Make a folder with one main spec and an open change for each delta.

    >>> [path for path, _ in changes("## ADDED Requirements").files]
    ['openspec/specs/bell/spec.md', 'openspec/changes/a/specs/bell/spec.md']
    """
    files = [(f"openspec/changes/{name}/specs/bell/spec.md", text) for name, text in zip("abcdefgh", deltas, strict=False)]
    return Example(files=((_SPEC, MAIN), *files), fires=fires)


def written_to(example: Example, *blocks: str, fires: int = 0) -> Example:
    """Put on record what requirements said when the change of an example was written.

    >>> [path for path, _ in written_to(change("x"), RING).files][-1]
    '.setsquare/openspec/bases/louder.jsonl'
    """
    bases = (
        Base(
            capability="bell",
            requirement=block.partition("\n")[0].removeprefix("### Requirement: "),
            text=block.rstrip(),
            source=BaseSource.RECORD,
            at="2026-01-02T00:00:00Z",
        )
        for block in blocks
    )
    record = b"".join(map(encode_base, bases)).decode()
    return Example(files=(*example.files, (record_path("louder"), record)), fires=fires)


def modified(block: str) -> str:
    r"""Write a delta that modifies.

    >>> modified("x")
    '## MODIFIED Requirements\nx'
    """
    return f"## MODIFIED Requirements\n{block}"


def added(block: str) -> str:
    r"""Write a delta that adds.

    >>> added("x")
    '## ADDED Requirements\nx'
    """
    return f"## ADDED Requirements\n{block}"


CHIME = "### Requirement: Chime\nThe bell SHALL chime.\n\n#### Scenario: Noon\n- **WHEN** it is noon\n- **THEN** it chimes\n"
SOUND = (
    capability(MAIN),
    change(added(CHIME)),
    change(modified(RING)),
    change("## REMOVED Requirements\n### Requirement: Lamp\n"),
    change(added(CHIME), tasks="## 1. Core\n- [ ] 1.1 Build it\n- [x] 1.2 Test it\n"),
)
"""Folders in which nothing is wrong."""
