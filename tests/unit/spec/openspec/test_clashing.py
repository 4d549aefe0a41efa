"""Open changes that meet at one requirement: what kind of meeting it is, whether one must be rewritten, and in which order they go."""

from __future__ import annotations

import pytest

from setsquare.spec.openspec.clashing import ClashKind, Meeting, meetings, order_of
from setsquare.text.paths import RelPath
from setsquare.workspace.openspec.delta import read_delta
from setsquare.workspace.openspec.main_spec import read_main_spec
from setsquare.workspace.openspec.model import Change

RING = "### Requirement: Ring\nIt SHALL ring.\n\n#### Scenario: Pressed\n- **WHEN** pressed\n- **THEN** 2 s\n"
MAIN = read_main_spec("bell", RelPath("m"), f"## Purpose\np\n## Requirements\n{RING}")
MODIFIES = f"## MODIFIED Requirements\n{RING}"
REMOVES = "## REMOVED Requirements\n### Requirement: Ring\n"
ADDS = f"## ADDED Requirements\n{RING.replace('Ring', 'Gong')}"


def renames(source: str, target: str) -> str:
    return f"## RENAMED Requirements\n- FROM: `### Requirement: {source}`\n- TO: `### Requirement: {target}`\n"


def met(*texts: str) -> tuple[Meeting, ...]:
    changes = [
        Change(id=name, path=RelPath(name), deltas=(read_delta("bell", RelPath(f"{name}/spec.md"), text),))
        for name, text in zip("abc", texts, strict=False)
    ]
    return meetings(changes, {"bell": MAIN})


@pytest.mark.parametrize(
    ("one", "other", "kind", "is_blocking", "first"),
    [
        (MODIFIES.replace("2 s", "5 s"), MODIFIES.replace("2 s", "9 s"), ClashKind.BOTH_MODIFY, True, ""),
        (MODIFIES.replace("2 s", "5 s"), MODIFIES.replace("It SHALL", "It MUST"), ClashKind.BOTH_MODIFY, False, ""),
        (MODIFIES, REMOVES, ClashKind.MODIFY_REMOVE, True, ""),
        (REMOVES, REMOVES, ClashKind.BOTH_REMOVE, False, ""),
        (renames("Ring", "Sound"), MODIFIES, ClashKind.MODIFY_RENAME, False, "b"),
        (renames("Ring", "Sound"), renames("Ring", "Noise"), ClashKind.BOTH_RENAME, True, ""),
        (renames("Ring", "Sound"), REMOVES, ClashKind.RENAME_REMOVE, True, ""),
        (renames("Ring", "Gong"), ADDS, ClashKind.SAME_NAME, True, ""),
        (renames("Ring", "Gong"), renames("Light", "gong"), ClashKind.SAME_NAME, True, ""),
        (ADDS, ADDS, ClashKind.SAME_NAME, False, ""),
        (ADDS, ADDS.replace("2 s", "3 s"), ClashKind.SAME_NAME, True, ""),
        (MODIFIES.replace("Ring", "Gong"), ADDS, ClashKind.BUILDS_ON, False, "b"),
        (ADDS.replace("Gong", "Ring"), renames("Ring", "Old"), ClashKind.NAME_FREED, False, "b"),
    ],
)
def test_each_kind(one: str, other: str, kind: ClashKind, first: str, *, is_blocking: bool) -> None:
    (found,) = met(one, other)
    assert (found.kind, found.is_blocking, found.first) == (kind, is_blocking, first)


def test_lines_that_both_change_are_counted_in_the_requirement() -> None:
    (found,) = met(MODIFIES.replace("2 s", "5 s"), MODIFIES.replace("2 s", "9 s"))
    assert found.lines == (6,)


def test_changes_that_touch_nothing_in_common_do_not_meet() -> None:
    assert met(MODIFIES, ADDS) == ()
    assert met(MODIFIES) == ()


def test_an_order_follows_what_must_be_first() -> None:
    assert order_of(met(renames("Ring", "Sound"), MODIFIES)) == ("b", "a")
    assert order_of(met(MODIFIES, MODIFIES)) == ("a", "b")
    assert order_of(()) == ()


def test_one_that_renames_and_modifies_meets_another_once() -> None:
    both = renames("Ring", "Sound") + MODIFIES.replace(": Ring", ": Sound")
    (found,) = met(both, MODIFIES)
    assert found.kind is ClashKind.MODIFY_RENAME
