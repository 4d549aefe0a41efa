"""What an archive did goes out of a main spec again; what was written since stays, and what builds on it is not taken along."""

from __future__ import annotations

from setsquare.spec.openspec.merging import Merged, merged
from setsquare.spec.openspec.taking_back import Stuck, TakenBack, taken_back
from setsquare.text.paths import RelPath
from setsquare.workspace.openspec.delta import read_delta
from setsquare.workspace.openspec.model import Delta

RING = "### Requirement: Ring\nIt SHALL ring.\n\n#### Scenario: Pressed\n- **WHEN** pressed\n- **THEN** 2 s\n"
LIGHT = "### Requirement: Light\nIt SHALL shine.\n\n#### Scenario: Dark\n- **WHEN** dark\n- **THEN** on\n"
CHIME = "### Requirement: Chime\nIt SHALL chime.\n\n#### Scenario: Full\n- **WHEN** the hour is full\n- **THEN** it chimes\n"
HEAD = "# bell\n\n## Purpose\nA purpose.\n\n## Requirements\n"
MAIN = f"{HEAD}\n{RING}\n{LIGHT}"


def delta(text: str) -> Delta:
    return read_delta("bell", RelPath("spec.md"), text)


def after(given: Delta, before: str | None = MAIN) -> str:
    done = merged("bell", before, given, "c")
    assert isinstance(done, Merged)
    return done.text


def back(given: Delta, now: str | None, before: str | None = MAIN) -> str | None:
    found = taken_back(given, before, after(given, before), now)
    assert isinstance(found, TakenBack), found
    return found.text


def test_an_added_requirement_goes_and_a_later_one_stays() -> None:
    given = delta(f"## ADDED Requirements\n{CHIME}")
    later = after(given) + "\n" + CHIME.replace("Chime", "Gong")
    assert back(given, later) == MAIN + "\n" + CHIME.replace("Chime", "Gong")


def test_an_added_requirement_that_was_changed_since_stays() -> None:
    given = delta(f"## ADDED Requirements\n{CHIME}")
    now = after(given).replace("it chimes", "it chimes twice")
    found = taken_back(given, MAIN, after(given), now)
    assert isinstance(found, Stuck)
    assert now.split("\n")[found.line - 1] == "### Requirement: Chime"


def test_a_modified_requirement_gets_its_text_back_and_keeps_later_lines() -> None:
    given = delta(f"## MODIFIED Requirements\n{RING.replace('2 s', '5 s')}")
    now = after(given).replace("It SHALL ring.", "It SHALL ring loudly.")
    assert back(given, now) == MAIN.replace("It SHALL ring.", "It SHALL ring loudly.")


def test_the_same_lines_changed_since_are_named() -> None:
    given = delta(f"## MODIFIED Requirements\n{RING.replace('2 s', '5 s')}")
    now = after(given).replace("5 s", "7 s")
    found = taken_back(given, MAIN, after(given), now)
    assert isinstance(found, Stuck)
    assert now.split("\n")[found.line - 1] == "- **THEN** 7 s"


def test_a_removed_requirement_comes_back_to_its_place() -> None:
    given = delta("## REMOVED Requirements\n### Requirement: Ring\n")
    now = after(given).replace("THEN** on", "THEN** on at once")
    assert back(given, now) == MAIN.replace("THEN** on", "THEN** on at once")


def test_a_removed_requirement_that_was_written_anew_is_not_overwritten() -> None:
    given = delta("## REMOVED Requirements\n### Requirement: Ring\n")
    now = after(given) + "\n" + RING.replace("2 s", "8 s")
    assert isinstance(taken_back(given, MAIN, after(given), now), Stuck)


def test_a_rename_goes_back_and_later_text_stays() -> None:
    given = delta("## RENAMED Requirements\n- FROM: `### Requirement: Ring`\n- TO: `### Requirement: Sound`\n")
    now = after(given).replace("2 s", "3 s")
    assert back(given, now) == MAIN.replace("2 s", "3 s")


def test_a_rename_whose_old_name_was_taken_is_not_undone() -> None:
    given = delta("## RENAMED Requirements\n- FROM: `### Requirement: Ring`\n- TO: `### Requirement: Sound`\n")
    now = after(given) + "\n" + RING
    assert isinstance(taken_back(given, MAIN, after(given), now), Stuck)


def test_a_spec_that_the_archive_made_goes_unless_others_wrote_into_it() -> None:
    given = delta(f"## ADDED Requirements\n{CHIME}")
    made = after(given, None)
    assert back(given, made, None) is None
    kept = back(given, f"{made}\n{RING}", None)
    assert kept is not None
    assert "Chime" not in kept
    assert "Ring" in kept
    found = taken_back(given, None, made, made.replace("## Purpose", "A line of somebody.\n\n## Purpose").replace("it chimes", "it chimes"))
    assert isinstance(found, Stuck)


def test_a_retired_spec_comes_back_unless_it_was_written_anew() -> None:
    given = delta("## REMOVED Requirements\n### Requirement: Ring\n### Requirement: Light\n")
    assert taken_back(given, MAIN, None, None) == TakenBack(MAIN, is_exact=True)
    assert isinstance(taken_back(given, MAIN, None, MAIN.replace("2 s", "4 s")), Stuck)
