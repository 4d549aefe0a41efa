"""What changes touch, and where they overlap."""

from __future__ import annotations

from setsquare.spec.link import LinkKind, TraceLink
from setsquare.spec.openspec.reaching import reached
from setsquare.spec.openspec.touching import touches
from setsquare.text.paths import RelPath
from setsquare.workspace.load import load
from setsquare.workspace.model import Workspace

RING = "### Requirement: Ring\nIt SHALL ring.\n#### Pressed\n- x\n"


def loaded(**deltas: str) -> Workspace:
    files = {f"openspec/changes/{name}/specs/bell/spec.md": text for name, text in deltas.items()}
    files["openspec/specs/bell/spec.md"] = f"## Purpose\np\n## Requirements\n{RING}"
    return load({RelPath(path): text.encode() for path, text in files.items()})


def touched(text: str) -> list[tuple[str, str]]:
    (change,) = loaded(a=text).openspec[0].changes
    return [(touch.name, touch.operation.value) for touch in touches(change)]


def test_each_operation_touches() -> None:
    assert touched(f"## ADDED Requirements\n{RING}") == [("Ring", "ADDED")]
    assert touched(f"## MODIFIED Requirements\n{RING}") == [("Ring", "MODIFIED")]
    assert touched("## REMOVED Requirements\n- `### Requirement: Ring`\n") == [("Ring", "REMOVED")]


def test_a_requirement_that_is_renamed_and_modified_is_touched_under_its_name_before() -> None:
    renamed = "## RENAMED Requirements\n- FROM: `### Requirement: Bell`\n- TO: `### Requirement: Ring`\n"
    assert touched(f"{renamed}## MODIFIED Requirements\n{RING}") == [("Bell", "MODIFIED"), ("Ring", "RENAMED")]


def test_a_change_reaches_what_names_its_requirements() -> None:
    workspace = loaded(a=f"## MODIFIED Requirements\n{RING}## ADDED Requirements\n{RING.replace('Ring', 'Chime')}")
    spec = workspace.spec("changes/a")
    assert spec is not None
    link = TraceLink(
        kind=LinkKind.VERIFIES, spec="bell", source="t.py", target="1.1", target_spec="bell", path=RelPath("t.py"), line=1, symbol="t"
    )
    ring, chime = reached(workspace, spec, (link,))
    assert (ring.spec, ring.number, ring.criteria, ring.links) == ("bell", "1", ("1.1",), (link,))
    assert (chime.touch.name, chime.number, chime.links) == ("Chime", "", ())
