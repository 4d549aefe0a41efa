"""Keys at the top of rule files, as the tools' own lenient readers take them."""

from __future__ import annotations

import pytest

from setsquare.migrate.guidance import Guidance
from setsquare.migrate.instructions import cursor
from setsquare.migrate.instructions.front import Front, read_front
from setsquare.text.paths import RelPath
from setsquare.workspace.steering import Inclusion


def front(keys: str) -> Front:
    """Read keys."""
    found = read_front(RelPath("a.mdc"), f"---\n{keys}\n---\nBe strict.\n")
    assert isinstance(found, Front)
    return found


# req: openspec-interop/5.3
@pytest.mark.parametrize(
    ("keys", "globs"),
    [
        ('globs: ["*.ts", "src/**"]', ("*.ts", "src/**")),
        ('globs: [\n  "*.ts",\n  "src/**"\n]', ("*.ts", "src/**")),
        ("globs: [*.ts, src/**]  # all", ("*.ts", "src/**")),
        ("globs: [ab]*.ts", ("[ab]*.ts",)),
        ("globs: *.ts, src/**", ("*.ts", "src/**")),
        ("globs:\n  - '*.ts'\n  - src/**", ("*.ts", "src/**")),
        ("globs: []", ()),
    ],
)
def test_lists_are_read_in_every_form(keys: str, globs: tuple[str, ...]) -> None:
    found = front(f"{keys}\nalwaysApply: false")
    assert (found.globs("globs"), found.text("alwaysApply"), found.notes) == (globs, "false", ())


# req: openspec-interop/5.3
@pytest.mark.parametrize(
    ("keys", "globs"),
    [
        ("globs: [", ()),
        ('globs: ["*.ts", "x', ("*.ts", "x")),
        ("globs: [\n  *.ts,", ("*.ts",)),
        ("description: d\nglobs: [*.ts", ("*.ts",)),
    ],
)
def test_a_list_without_an_end_is_read_as_far_as_it_goes_and_told(keys: str, globs: tuple[str, ...]) -> None:
    found = front(f"{keys}\nalwaysApply: false")
    assert (found.globs("globs"), found.text("alwaysApply")) == (globs, "false")
    assert len(found.notes) == 1
    assert "is a list without an end" in found.notes[0]


# req: openspec-interop/5.3
def test_a_rule_whose_globs_cannot_be_read_is_carried_over_with_a_note() -> None:
    read = cursor.read(RelPath(".cursor/rules/a.mdc"), "---\nglobs: [\nalwaysApply: false\n---\nBe strict.\n")
    assert isinstance(read, Guidance)
    assert (read.inclusion, read.patterns) == (Inclusion.MANUAL, ())
    assert read.notes == ("`globs: [` is a list without an end: look at what the rule applies to",)
