"""Merging a delta into a main spec."""

from __future__ import annotations

import pytest

from setsquare.spec.openspec.merging import Merged, MergeRefused, Totals, folded, merged
from setsquare.text.paths import RelPath
from setsquare.workspace.openspec.delta import read_delta

STEPS = "\n#### Scenario: One\n- **WHEN** x\n- **THEN** y\n"


def block(name: str, body: str = "It SHALL work.", scenarios: str = STEPS) -> str:
    """Write a requirement."""
    return f"### Requirement: {name}\n{body}\n{scenarios}\n"


MAIN = f"# cap\n\n## Purpose\nWhy.\n\n## Requirements\n\n{block('A')}{block('B')}{block('C')}"


def done(delta: str, main: str | None = MAIN) -> Merged:
    """Merge what can be merged."""
    outcome = merged("cap", main, read_delta("cap", RelPath("spec.md"), delta), "c")
    assert isinstance(outcome, Merged)
    return outcome


def refused(delta: str, main: str | None = MAIN) -> str:
    """Merge what cannot be merged."""
    outcome = merged("cap", main, read_delta("cap", RelPath("spec.md"), delta), "c")
    assert isinstance(outcome, MergeRefused)
    return outcome.message


def names(text: str) -> list[str]:
    """List the requirements of a text in order."""
    return [line.removeprefix("### Requirement: ") for line in text.split("\n") if line.startswith("### Requirement:")]


def renaming(*pairs: tuple[str, str]) -> str:
    """Write a RENAMED section."""
    return "## RENAMED Requirements\n" + "".join(
        f"- FROM: `### Requirement: {old}`\n- TO: `### Requirement: {new}`\n" for old, new in pairs
    )


def test_all_operations_in_their_order() -> None:
    delta = renaming(("A", "A2")) + "## REMOVED Requirements\n### Requirement: B\n## MODIFIED Requirements\n"
    delta += block("A2", "It MUST work.") + "## ADDED Requirements\n" + block("D")
    outcome = done(delta)
    assert names(outcome.text) == ["A2", "C", "D"]
    assert outcome.totals == Totals(added=1, modified=1, removed=1, renamed=1)
    assert "It MUST work." in outcome.text


@pytest.mark.parametrize("delta", ["## ADDED Requirements\n" + block("A"), "## MODIFIED Requirements\n" + block("A"), renaming(("Z", "B"))])
def test_what_is_there_already_is_no_change(delta: str) -> None:
    assert done(delta).totals.is_nothing


def test_a_chain_of_renames_keeps_its_place() -> None:
    assert names(done(renaming(("B", "X"), ("A", "B"))).text) == ["B", "X", "C"]
    assert "target already exists" in refused(renaming(("A", "B"), ("B", "X")))


@pytest.mark.parametrize(
    ("delta", "said"),
    [
        ("## ADDED Requirements\n" + block("a"), '"### Requirement: A" already exists and differs only in case or spacing'),
        ("## ADDED Requirements\n" + block("A", "Other SHALL."), "already exists"),
        ("## MODIFIED Requirements\n" + block("a"), "not found"),
        ("## REMOVED Requirements\n### Requirement: a\n", 'not found, but "### Requirement: A" exists'),
        (renaming(("a", "B")), 'source not found, but "### Requirement: A" exists'),
        (renaming(("Z", "Y")), "source not found"),
        (renaming(("A", "b")), "differs only in case or spacing; choose a distinct name"),
        (renaming(("A", "A")), "target already exists"),
        ("## MODIFIED Requirements\n" + block("A", scenarios=""), "current spec contains scenario(s) not present in the modified block"),
        ("## ADDED Requirements\n", "found no operations"),
        ("## RENAMED Requirements\n- FROM: `### Requirement: A`\n", "has no matching TO:"),
        ("## ADDED Requirements\n" + block("X") * 2, "duplicate requirement in ADDED"),
        (renaming(("A", "X")) + "## MODIFIED Requirements\n" + block("A"), "MODIFIED must reference the NEW header"),
        (renaming(("A", "X")) + "## REMOVED Requirements\n### Requirement: a\n", '(REMOVED spells it "a")'),
    ],
)
def test_refusals(delta: str, said: str) -> None:
    message = refused(delta)
    assert said in message
    assert message.startswith(("cap", "Delta parsing"))


def test_a_target_that_is_not_sound_is_refused_with_lines() -> None:
    main = MAIN + "## Notes\n" + block("Q")
    line = main.split("\n").index("### Requirement: Q") + 1
    assert f"\nline {line}: " in refused("## ADDED Requirements\n" + block("X"), main)
    assert "appears outside the main ## Requirements section" in refused(
        "## ADDED Requirements\n" + block("X"), MAIN + "## Notes\n" + block("Q")
    )


def test_a_new_capability_takes_the_purpose_of_its_delta() -> None:
    purpose = "This says at length what the capability is for and why."
    outcome = done(f"## Purpose\n{purpose}\n## ADDED Requirements\n" + block("X"), None)
    assert outcome.is_new
    assert outcome.text.startswith(f"# cap Specification\n\n## Purpose\n{purpose}\n\n## Requirements\n\n### Requirement: X\n")
    assert "target spec does not exist" in refused("## MODIFIED Requirements\n" + block("X"), None)


@pytest.mark.parametrize("purpose", ["", "<!-- later -->", "```\nx\n```"])
def test_a_purpose_that_says_nothing_is_none(purpose: str) -> None:
    outcome = done("## ADDED Requirements\n" + block("X") + f"\n## Purpose\n{purpose}\n", None)
    assert "TBD - created by archiving change c." in outcome.text
    assert outcome.warnings == ()


def test_what_goes_with_a_block_is_said() -> None:
    main = MAIN.replace("### Requirement: B", "### Note\nkept by hand\n\n### Requirement: B")
    warnings = done("## REMOVED Requirements\n### Requirement: A\n", main).warnings
    assert len(warnings) == 1
    assert '"### Note" sits inside requirement "A" and goes with it' in warnings[0]


def test_layout_is_normal_and_fences_are_not() -> None:
    main = "# T\n\n\n## Requirements\npre\n\n\n### Requirement: A\nIt.\n```\n\n\nx\n```\n## After\n\n\n\nfoo  \n\n"
    text = done("## ADDED Requirements\n" + block("X", scenarios=""), main).text
    assert text.startswith("# T\n\n## Requirements\n\npre\n\n### Requirement: A\nIt.\n```\n\n\nx\n```\n\n### Requirement: X\n")
    assert text.endswith("\n\n## After\n\nfoo\n")


def test_names_that_differ_in_case_alone_are_found_in_the_order_of_the_spec_after_every_operation() -> None:
    def near(operations: str) -> str:
        main = f"# a\n\n## Purpose\nx\n\n## Requirements\n\n{block('One  x')}{block('ONE X')}{block('Two')}"
        ended = merged("a", main, read_delta("a", RelPath("spec.md"), operations), "c")
        return ended.message if isinstance(ended, MergeRefused) else ""

    def block(name: str) -> str:
        return f"### Requirement: {name}\nIt SHALL.\n#### Scenario: S\n- w\n\n"

    added = f"## ADDED Requirements\n{block('one X')}"
    assert '"### Requirement: One  x"' in near(added)
    assert '"### Requirement: ONE X"' in near(f"## REMOVED Requirements\n### Requirement: One  x\n\n{added}")
    assert near(f"## REMOVED Requirements\n### Requirement: One  x\n### Requirement: ONE X\n\n{added}") == ""
    renamed = "## RENAMED Requirements\n- FROM: `### Requirement: Two`\n- TO: `### Requirement: Three`\n\n"
    assert near(f"{renamed}## ADDED Requirements\n{block('two')}") == ""
    assert '"### Requirement: Three"' in near(f"{renamed}## ADDED Requirements\n{block('three')}")


def test_many_new_requirements_take_time_in_proportion(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = 0

    def counting(name: str) -> str:
        nonlocal seen
        seen += 1
        return folded(name)

    monkeypatch.setattr("setsquare.spec.openspec.merging.folded", counting)
    blocks = "".join(f"### Requirement: R{at}\nIt SHALL.\n#### Scenario: S\n- w\n\n" for at in range(200))
    done = merged("a", None, read_delta("a", RelPath("spec.md"), f"## ADDED Requirements\n{blocks}"), "c")
    assert isinstance(done, Merged)
    assert done.totals.added == 200
    assert seen < 1_000
