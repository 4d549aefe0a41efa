"""`setsquare draft … --changed` as a person meets it, from approved requirements to a task list that was brought up to changed ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

SIGN_IN = [
    "WHEN a user signs in, THE Portal SHALL answer within 200 ms",
    "IF the password is wrong, THEN THE Portal SHALL refuse the sign-in",
    "THE Portal SHALL log every sign-in with its time",
    "WHILE maintenance runs, THE Portal SHALL show a notice",
]
EXPORT = [
    "WHEN a clerk exports a report, THE Exporter SHALL write a CSV file",
    "IF the disk is full, THEN THE Exporter SHALL report the error",
    "THE Exporter SHALL keep reports for 30 days",
]
HUMAN = b"  - Ask Grace about the old portal first\n"


def requirements(sign_in: list[str], export: list[str]) -> str:
    """Write a requirements file with two requirements."""
    one, two = ("".join(f"{number}. {text}\n" for number, text in enumerate(texts, 1)) for texts in (sign_in, export))
    head = "# Requirements Document\n\n## Introduction\n\nA portal.\n\n## Requirements\n\n### Requirement 1: Sign in\n\n"
    return f"{head}#### Acceptance Criteria\n\n{one}\n### Requirement 2: Export reports\n\n#### Acceptance Criteria\n\n{two}"


class Portal:
    """A spec that was drafted by the outline and approved as a whole."""

    def __init__(self, folder: Path, run: Any, git: Any) -> None:
        self.place = folder / ".kiro" / "specs" / "portal"
        self.place.mkdir(parents=True)
        self.run, self.git = run, git
        (self.place / "requirements.md").write_text(requirements(SIGN_IN, EXPORT))
        git("add", "-A")
        git("commit", "-q", "-m", "start")
        self.ok("approve", "portal", "requirements")
        for stage in ("design", "tasks"):
            self.ok("draft", stage, "portal", "--model", "outline", "--write")
            self.ok("approve", "portal", stage)

    def ok(self, *argv: str) -> Any:
        ran = self.run(*argv)
        assert ran.code == 0, ran.err + ran.out
        return ran

    def file(self, name: str) -> bytes:
        return (self.place / name).read_bytes()

    def edit(self, old: bytes, new: bytes, name: str = "tasks.md") -> None:
        assert self.file(name).count(old) == 1
        (self.place / name).write_bytes(self.file(name).replace(old, new))

    def requires(self, sign_in: list[str], export: list[str]) -> None:
        (self.place / "requirements.md").write_text(requirements(sign_in, export))
        self.ok("approve", "portal", "requirements")

    def redraft(self, stage: str, *options: str) -> Any:
        return json.loads(self.ok("draft", stage, "portal", "--changed", "--write", "--format", "json", *options).out)


@pytest.fixture
def portal(folder: Path, run, git) -> Portal:
    return Portal(folder, run, git)


def changed_lines(old: bytes, new: bytes) -> tuple[set[bytes], set[bytes]]:
    """Give the lines that went and those that came."""
    return set(old.splitlines()) - set(new.splitlines()), set(new.splitlines()) - set(old.splitlines())


def actions(result: Any) -> dict[str, str]:
    return {unit["key"]: unit["action"] for unit in result["units"]}


def test_a_threshold_changes_its_lines_and_nothing_else(portal: Portal) -> None:
    portal.edit(b"  - Keep reports for 30 days\n", b"  - Keep reports for 30 days\n" + HUMAN)
    before = portal.file("tasks.md")
    portal.requires(["WHEN a user signs in, THE Portal SHALL answer within 100 ms", *SIGN_IN[1:]], EXPORT)
    made = portal.redraft("tasks")
    assert (made["outcome"], actions(made)) == ("applied", {"1": "replaced"})
    assert portal.file("tasks.md") == before.replace(b"200 ms", b"100 ms")
    again = portal.file("tasks.md")
    assert portal.redraft("tasks")["outcome"] == "unchanged"
    assert portal.file("tasks.md") == again


def test_the_default_base_is_what_the_document_was_made_from_also_after_a_second_change(portal: Portal) -> None:
    portal.requires(["WHEN a user signs in, THE Portal SHALL answer within 100 ms", *SIGN_IN[1:]], EXPORT)
    portal.redraft("tasks")
    portal.requires(["WHEN a user signs in, THE Portal SHALL answer within 50 ms", *SIGN_IN[1:]], EXPORT)
    assert actions(portal.redraft("tasks")) == {"1": "replaced"}
    assert b"within 50 ms" in portal.file("tasks.md")
    assert not (portal.place / "tasks.proposed.md").exists()


def test_a_done_task_is_marked_and_stays_done(portal: Portal) -> None:
    portal.edit(b"- [ ] 1. ", b"- [x] 1. ")
    before = portal.file("tasks.md")
    portal.requires(["WHEN a user signs in, THE Portal SHALL answer within 100 ms", *SIGN_IN[1:]], EXPORT)
    assert actions(portal.redraft("tasks")) == {"1": "marked"}
    went, came = changed_lines(before, portal.file("tasks.md"))
    assert (went, came) == (set(), {b"  - _Needs revision: 1.1 (threshold)_"})


def test_an_inserted_criterion_is_appended_and_later_references_are_renumbered(portal: Portal) -> None:
    portal.edit(b"- [ ] 1. ", b"- [x] 1. ")
    before = portal.file("tasks.md")
    portal.requires([SIGN_IN[0], "WHEN a user signs out, THE Portal SHALL end the session", *SIGN_IN[1:]], EXPORT)
    made = portal.redraft("tasks")
    assert actions(made) == {"1": "renumbered", "new 1": "appended"}
    after = portal.file("tasks.md")
    appended = after[after.index(b"- [ ] 4. ") : after.index(b"\n## Out of Scope")]
    assert b"_Requirements: 1.2_" in appended
    assert after.replace(appended, b"") == before.replace(b"1.1, 1.2, 1.3, 1.4", b"1.1, 1.3, 1.4, 1.5")
    record = (portal.place.parents[2] / ".setsquare" / "history" / "portal.jsonl").read_text().splitlines()[-1]
    assert json.loads(record)["kind"] == "regenerated"
    assert portal.redraft("tasks")["outcome"] == "unchanged"


def test_what_people_and_the_change_both_wrote_is_proposed_beside_and_never_overwritten(portal: Portal) -> None:
    portal.edit(b"Answer within 200 ms", b"Answer within 200 ms, measured at the load balancer")
    before = portal.file("tasks.md")
    portal.requires(["WHEN a user signs in, THE Portal SHALL answer within 100 ms", *SIGN_IN[1:]], EXPORT)
    made = portal.redraft("tasks")
    assert actions(made) == {"1": "conflict"}
    assert changed_lines(before, portal.file("tasks.md")) == (set(), {b"  - _Needs revision: 1.1 (threshold)_"})
    assert b"Answer within 100 ms" in portal.file("tasks.proposed.md")
    assert portal.redraft("tasks")["outcome"] == "unchanged"
    assert "proposed" not in portal.run("check").out


def test_an_obsolete_task_stays_unless_it_may_go(portal: Portal) -> None:
    before = portal.file("tasks.md")
    portal.requires(SIGN_IN, ["WHEN a clerk prints a page, THE Printer SHALL print it"])
    made = portal.redraft("tasks", "--since", "HEAD~2")
    assert actions(made) == {"2": "kept", "new 1": "appended"}
    went, _ = changed_lines(before, portal.file("tasks.md"))
    assert went == set()
    assert actions(portal.redraft("tasks", "--drop-obsolete"))["2"] == "removed"
    assert b"Export reports" not in portal.file("tasks.md")


def test_a_design_gets_a_component_and_keeps_what_people_wrote(portal: Portal) -> None:
    portal.edit(b"## Scope Boundary", b"## Our Notes\n\nThe portal is old.\n\n## Scope Boundary", "design.md")
    before = portal.file("design.md")
    portal.requires(SIGN_IN, [*EXPORT, "WHEN a clerk prints a page, THE Printer SHALL print it"])
    made = portal.redraft("design")
    assert actions(made)["Components and Interfaces / Printer"] == "appended"
    went, came = changed_lines(before, portal.file("design.md"))
    assert all(b"criteria with" in line or b"Example tests" in line for line in went)
    assert {b"### Printer", b"| 2.4 | Printer | Components and Interfaces | example test |"} <= came
    assert b"## Our Notes\n\nThe portal is old.\n" in portal.file("design.md")
    assert portal.redraft("design")["outcome"] == "unchanged"


def test_without_a_yes_nothing_is_written(portal: Portal) -> None:
    portal.requires(["WHEN a user signs in, THE Portal SHALL answer within 100 ms", *SIGN_IN[1:]], EXPORT)
    before = portal.file("tasks.md")
    ran = portal.run("draft", "tasks", "portal", "--changed")
    assert ran.code == 3
    assert "+  - Answer within 100 ms" in ran.out
    assert "draft tasks portal --changed --write" in ran.out
    assert portal.file("tasks.md") == before


def test_refusals(portal: Portal) -> None:
    assert portal.run("draft", "tasks", "portal", "--since", "HEAD").code == 2
    assert portal.run("draft", "tasks", "portal", "--changed", "--since", "no-such-ref").code == 2
    portal.git("checkout", "-q", "--orphan", "empty")
    portal.git("commit", "-q", "--allow-empty", "-m", "all but the specs", "--", ".setsquare")
    assert "no acceptance criterion yet" in portal.run("draft", "tasks", "portal", "--changed", "--since", "HEAD").err
    portal.git("switch", "-q", "-f", "main")
    (portal.place / "requirements.md").write_text(requirements(SIGN_IN[1:], EXPORT))
    ran = portal.run("draft", "tasks", "portal", "--changed", "--write")
    assert ran.code == 3
    assert "requirements.md" in ran.err
    (portal.place / "requirements.md").write_text(requirements(SIGN_IN, EXPORT))
    (portal.place / "tasks.md").unlink()
    ran = portal.run("draft", "tasks", "portal", "--changed", "--write")
    assert (ran.code, "not written yet" in ran.err) == (3, True)


def test_a_document_that_was_never_approved_is_compared_with_the_requirements_approved_before(folder: Path, run, git) -> None:
    place = folder / ".kiro" / "specs" / "portal"
    portal = Portal.__new__(Portal)
    portal.place, portal.run, portal.git = place, run, git
    place.mkdir(parents=True)
    (place / "requirements.md").write_text(requirements(SIGN_IN, EXPORT))
    git("add", "-A")
    git("commit", "-q", "-m", "start")
    portal.ok("approve", "portal", "requirements")
    portal.ok("draft", "design", "portal", "--model", "outline", "--write")
    before = portal.file("design.md")
    portal.requires(["WHEN a user signs in, THE Portal SHALL answer within 100 ms", *SIGN_IN[1:]], EXPORT)
    assert set(actions(portal.redraft("design")).values()) == {"replaced"}
    assert portal.file("design.md") == before.replace(b"200 ms", b"100 ms")


def test_without_a_change_nothing_is_done(portal: Portal) -> None:
    before = portal.file("tasks.md")
    made = portal.redraft("tasks")
    assert (made["outcome"], made["units"]) == ("unchanged", [])
    assert portal.file("tasks.md") == before
