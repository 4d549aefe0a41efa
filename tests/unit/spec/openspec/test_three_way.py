"""A requirement that two changes touch: what goes together does, and what clashes is named with its lines."""

from __future__ import annotations

from setsquare.spec.openspec.block_parts import block_of
from setsquare.spec.openspec.merging import Merged, MergeRefused, merged
from setsquare.spec.openspec.scenario_operations import Misapplied, has_operations, written_out
from setsquare.spec.openspec.three_way import has_taken_over, three_way
from setsquare.text.paths import RelPath
from setsquare.workspace.openspec.delta import read_delta
from setsquare.workspace.openspec.model import RequirementBlock

BASE = "### Requirement: Ring\nIt SHALL ring.\n\n#### Scenario: Pressed\n- **WHEN** pressed\n- **THEN** 2 s\n\n#### Scenario: Held\n- **WHEN** held\n- **THEN** on"
MAIN = f"# bell Specification\n\n## Purpose\nA purpose.\n\n## Requirements\n\n{BASE}\n"


def block(raw: str) -> RequirementBlock:
    found = block_of(raw)
    assert found is not None
    return found


def merge_of(main: str, delta: str, bases: dict[str, str]) -> Merged | MergeRefused:
    return merged("bell", main, read_delta("bell", RelPath("spec.md"), delta), "c", bases=bases)


def test_neighbouring_lines_go_together() -> None:
    found = three_way("Ring", BASE, BASE.replace("2 s", "5 s"), BASE.replace("WHEN** pressed", "WHEN** pressed once"))
    assert isinstance(found, str)
    assert "pressed once\n- **THEN** 5 s" in found


def test_added_scenarios_of_both_stand() -> None:
    mine, theirs = f"{BASE}\n\n#### Scenario: Mine\n- x", f"{BASE}\n\n#### Scenario: Theirs\n- y"
    found = three_way("Ring", BASE, theirs, mine)
    assert isinstance(found, str)
    assert [scenario.name for scenario in block(found).scenarios] == ["Pressed", "Held", "Theirs", "Mine"]
    assert "\n\n#### Scenario: Theirs\n- y\n\n#### Scenario: Mine\n- x" in found


def test_the_same_change_counts_once() -> None:
    changed = BASE.replace("2 s", "5 s")
    assert three_way("Ring", BASE, changed, changed) == changed


def test_a_clash_names_the_lines_of_all_sides() -> None:
    found = three_way(
        "Ring", BASE, BASE.replace("It SHALL ring.", "It SHALL ring.\nLoudly.").replace("2 s", "5 s"), BASE.replace("2 s", "9 s")
    )
    assert not isinstance(found, str)
    (clash,) = found
    assert (clash.main_line, clash.delta_line, clash.base_line) == (7, 6, 6)
    assert (clash.base, clash.main, clash.delta) == ("- **THEN** 2 s", "- **THEN** 5 s", "- **THEN** 9 s")


def test_a_scenario_taken_out_by_one_and_changed_by_the_other_clashes() -> None:
    without = BASE.partition("\n\n#### Scenario: Held")[0]
    assert not isinstance(three_way("Ring", BASE, without, BASE.replace("THEN** on", "THEN** on and on")), str)
    assert not isinstance(three_way("Ring", BASE, BASE.replace("THEN** on", "THEN** on and on"), without), str)


def test_titles_that_stand_twice_are_merged_by_lines() -> None:
    twice = f"{BASE}\n\n#### Scenario: Held\n- z"
    found = three_way("Ring", twice, twice.replace("2 s", "5 s"), twice.replace("- z", "- Z"))
    assert found == twice.replace("2 s", "5 s").replace("- z", "- Z")


def test_a_merge_without_a_base_replaces_the_requirement_whole() -> None:
    delta = f"## MODIFIED Requirements\n{BASE.replace('2 s', '9 s')}\n"
    now = MAIN.replace("THEN** on", "THEN** on and on")
    plain = merge_of(now, delta, {})
    careful = merge_of(now, delta, {"Ring": BASE})
    assert isinstance(plain, Merged)
    assert isinstance(careful, Merged)
    assert "on and on" not in plain.text
    assert "on and on" in careful.text
    assert "9 s" in careful.text


def test_a_renamed_requirement_is_merged_under_its_new_name() -> None:
    delta = (
        f"## RENAMED Requirements\n- FROM: `### Requirement: Ring`\n- TO: `### Requirement: Sound`\n"
        f"## MODIFIED Requirements\n{BASE.replace(': Ring', ': Sound').replace('2 s', '9 s')}\n"
    )
    found = merge_of(MAIN.replace("THEN** on", "THEN** on and on"), delta, {"Ring": BASE})
    assert isinstance(found, Merged)
    assert "### Requirement: Sound\n" in found.text
    assert "9 s" in found.text
    assert "on and on" in found.text


def test_a_removal_of_what_was_changed_meanwhile_is_refused() -> None:
    delta = "## REMOVED Requirements\n### Requirement: Ring\n"
    found = merge_of(MAIN.replace("2 s", "5 s"), delta, {"Ring": BASE})
    assert isinstance(found, MergeRefused)
    assert found.clashes[0].is_removal
    assert isinstance(merge_of(MAIN, delta, {"Ring": BASE}), Merged)


def test_a_scenario_that_the_author_leaves_out_is_still_refused() -> None:
    delta = f"## MODIFIED Requirements\n{BASE.partition('#### Scenario: Held')[0]}"
    found = merge_of(MAIN.replace("2 s", "5 s"), delta, {"Ring": BASE})
    assert isinstance(found, MergeRefused)
    assert 'not present in the modified block: "Held"' in found.message


def test_an_edit_for_another_reason_takes_nothing_over() -> None:
    main = BASE.replace("2 s", "5 s")
    assert not has_taken_over(BASE, main, BASE.replace("THEN** on", "THEN** on and on"))
    assert has_taken_over(BASE, main, main.replace("THEN** on", "THEN** on and on"))
    assert not has_taken_over(BASE, BASE.partition("\n\n#### Scenario: Held")[0], BASE)


def test_operations_on_scenarios_are_written_out() -> None:
    ops = block(
        "### Requirement: Ring\n#### REMOVED Scenario: Held\n#### MODIFIED Scenario: Pressed\n- new\n#### ADDED Scenario: Left\n- gone"
    )
    assert has_operations(ops, block(BASE))
    found = written_out(ops, block(BASE))
    assert isinstance(found, RequirementBlock)
    assert found.raw == "### Requirement: Ring\nIt SHALL ring.\n\n#### Scenario: Pressed\n- new\n\n#### Scenario: Left\n- gone"
    assert found.dropped == ("Held",)


def test_a_statement_given_with_operations_replaces_that_of_the_requirement() -> None:
    found = written_out(block("### Requirement: Ring\nIt MUST ring.\n#### ADDED Scenario: Left\n- gone"), block(BASE))
    assert isinstance(found, RequirementBlock)
    assert found.statement == "It MUST ring."
    assert len(found.scenarios) == 3


def test_operations_that_do_not_fit_are_refused_with_their_line() -> None:
    for text in ("#### REMOVED Scenario: No", "#### MODIFIED Scenario: No\n- x", "#### ADDED Scenario: Held\n- other"):
        found = written_out(block(f"### Requirement: Ring\n{text}"), block(BASE))
        assert isinstance(found, Misapplied)
        assert found.line == 2


def test_what_only_looks_like_an_operation_is_a_scenario() -> None:
    odd = block("### Requirement: Ring\n#### ADDED Scenario: X\n- x")
    assert not has_operations(odd, odd)
    assert not has_operations(block("### Requirement: Ring\n#### ADDED Scenario: X\n- x\n#### Plain\n- y"))
    assert not has_operations(block("### Requirement: Ring\nIt SHALL."))


def test_a_rename_that_was_carried_out_before_hides_no_base() -> None:
    delta = (
        f"## RENAMED Requirements\n- FROM: `### Requirement: Ring`\n- TO: `### Requirement: Sound`\n"
        f"## MODIFIED Requirements\n{BASE.replace(': Ring', ': Sound').replace('2 s', '9 s')}\n"
    )
    now = MAIN.replace(": Ring", ": Sound").replace("THEN** on", "THEN** on and on")
    found = merge_of(now, delta, {"Ring": BASE})
    assert isinstance(found, Merged)
    assert "on and on" in found.text
    assert found.warnings == (
        'bell - MODIFIED requirement "Sound" was merged with what the spec has come to say since the change was written.',
    )
