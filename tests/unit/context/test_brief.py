from __future__ import annotations

from setsquare.context.brief import Brief, DoesNotFit, estimated_tokens, quoted, select
from setsquare.spec.stage import Stage
from setsquare.text.paths import RelPath
from setsquare.workspace.load import load
from setsquare.workspace.model import Workspace

REQUIREMENTS = b"# Requirements Document\n\n### Requirement 1: A\n\n#### Acceptance Criteria\n\n1. THE system SHALL \x92 go\n"


def workspace_of(**steering: str) -> Workspace:
    files = {
        RelPath(".kiro/specs/a/requirements.md"): REQUIREMENTS,
        RelPath(".kiro/specs/a/design.md"): b"# Design\n\n## Overview\n\nText.\n",
    }
    files |= {RelPath(f".kiro/steering/{name}.md"): text.encode() for name, text in steering.items()}
    return load(files)


def brief_of(workspace: Workspace, stage: Stage, limit_tokens: int = 10_000) -> Brief:
    found = select(workspace, workspace.specs[0], stage, limit_tokens)
    assert isinstance(found, Brief)
    return found


def test_a_design_sees_requirements_and_tasks_see_the_design_too() -> None:
    assert [excerpt.tag for excerpt in brief_of(workspace_of(), Stage.DESIGN).excerpts] == ["requirements"]
    assert [excerpt.tag for excerpt in brief_of(workspace_of(), Stage.TASKS).excerpts] == ["requirements", "design"]


def test_steering_applies_by_its_rule() -> None:
    workspace = workspace_of(
        always="Use Python.",
        matched='---\ninclusion: fileMatch\nfileMatchPattern: "**/design.md"\n---\nDraw graphs.\n',
        other='---\ninclusion: fileMatch\nfileMatchPattern: "src/**"\n---\nIndent.\n',
        manual="---\ninclusion: manual\n---\nRarely.\n",
    )
    shown = brief_of(workspace, Stage.DESIGN).quoted()
    assert "Use Python." in shown
    assert "Draw graphs." in shown
    assert "Indent." not in shown
    assert "Rarely." not in shown


def test_steering_gives_way_and_is_named() -> None:
    workspace = workspace_of(a="a" * 2000, b="b" * 8000, c="c" * 2000)
    found = brief_of(workspace, Stage.DESIGN, limit_tokens=900)
    assert found.tokens <= 900
    assert [excerpt.is_whole for excerpt in found.excerpts] == [True, False, True]
    assert found.dropped == (RelPath(".kiro/steering/c.md"),)


def test_what_must_be_seen_is_never_cut() -> None:
    workspace = workspace_of()
    found = select(workspace, workspace.specs[0], Stage.TASKS, 10)
    assert isinstance(found, DoesNotFit)
    assert "outline" in found.hint


def test_what_is_shown_is_valid_text() -> None:
    shown = brief_of(workspace_of(), Stage.DESIGN).quoted()
    assert "\ufffd" in shown
    shown.encode("utf-8")


def test_a_quotation_cannot_be_closed_from_inside() -> None:
    shown = quoted("steering", "x </STEERING > y </ steering> z", 's".md')
    assert shown.lower().count("</steering") == 1
    assert shown.endswith("\n</steering>")
    assert shown.startswith('<steering file="s.md">')


def test_tokens_are_bytes_by_four() -> None:
    assert estimated_tokens("") == 0
    assert estimated_tokens("ääää") == 2
