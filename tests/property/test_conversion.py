"""Whatever stands in a document: converted there and back by way of its page it has the same bytes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from setsquare.migrate.carried import read_page
from setsquare.migrate.converted import Converted, Form, Source
from setsquare.migrate.kiro_to_openspec import kiro_to_openspec
from setsquare.migrate.openspec_to_kiro import openspec_to_kiro
from setsquare.migrate.proving import converted_back
from setsquare.text.paths import RelPath

OPENSPEC_LINES = st.sampled_from(
    [
        "# a Specification",
        "## Purpose",
        "## Requirements",
        "## ADDED Requirements",
        "## MODIFIED Requirements",
        "## REMOVED Requirements",
        "### Requirement: A",
        "### Requirement:B ##",
        "### Notes",
        "#### Scenario: One",
        "#### Scenario: One (2)",
        "#### two",
        "- **WHEN** a,",
        "- **WHEN** a",
        "- **THEN** the x SHALL y",
        "- **AND** z",
        "- THE x SHALL y",
        "It SHALL work.",
        "",
        "",
        "---",
        "```",
        "~~~~",
        "  - b",
        "The system SHALL meet each scenario below.",
        "- What the text above says holds.",
        "#### Scenario: As written",
        "**Delta:** x",
        "1. c",
    ]
)
KIRO_LINES = st.sampled_from(
    [
        "# Requirements Document",
        "## Introduction",
        "## Requirements",
        "### Requirement 1: A",
        "### Requirement 1",
        "### Requirement 2: A",
        "#### Acceptance Criteria",
        "1. WHEN a, THE x SHALL y",
        "2. WHEN a THEN the x SHALL y",
        "2. WHEN a, THEN the x SHALL y",
        "   more",
        "3. **L:** THE x SHALL y",
        "- THE x SHALL y",
        "**User Story:** As a b, I want c",
        "",
        "",
        "---",
        "```",
        "## Notes",
        "### 需求 1：名",
        "z",
        "   - child",
        "**Acceptance Criteria:**",
        "## Overview",
        "IF a, THEN THE x SHALL y",
        "#### Scenario: One",
    ]
)
ENDS = st.sampled_from(["\n", "\r\n", "\r"])


def document(lines: st.SearchStrategy[str]) -> st.SearchStrategy[bytes]:
    whole = st.tuples(st.lists(lines, max_size=24), ENDS, st.booleans(), st.booleans())
    made = whole.map(
        lambda found: (b"\xef\xbb\xbf" if found[2] else b"") + (found[1].join(found[0]) + (found[1] if found[3] else "")).encode()
    )
    return st.one_of(made, made, made, st.binary(max_size=40))


def back(converted: Converted) -> dict[str, bytes]:
    record = read_page(converted.page().decode())
    assert record == converted.record
    return dict(converted_back(converted.as_source(converted.source.name)).files)


# req: openspec-interop/4.1, openspec-interop/4.2
@given(document(OPENSPEC_LINES))
def test_a_capability_comes_back(raw: bytes) -> None:
    source = Source(form=Form.CAPABILITY, name="a", folder=RelPath("openspec/specs/a"), files={"spec.md": raw})
    assert back(openspec_to_kiro(source, RelPath(".kiro/specs/a"))) == {"spec.md": raw}


@given(document(OPENSPEC_LINES), document(OPENSPEC_LINES), document(OPENSPEC_LINES))
def test_a_change_comes_back(one: bytes, two: bytes, proposal: bytes) -> None:
    files = {"specs/a/spec.md": one, "specs/b/c/spec.md": two, "proposal.md": proposal, "requirements.md": b"own"}
    source = Source(form=Form.CHANGE, name="x", folder=RelPath("openspec/changes/x"), files=files)
    assert back(openspec_to_kiro(source, RelPath(".kiro/specs/x"))) == files


@given(document(KIRO_LINES), st.booleans())
def test_a_kiro_spec_comes_back(raw: bytes, has_tasks: bool) -> None:
    files = {"requirements.md": raw} | (
        {"tasks.md": b"- [x] 1. A\n", "proposal.md": b"own", "specs/q/spec.md": b"own"} if has_tasks else {}
    )
    source = Source(form=Form.KIRO, name="a", folder=RelPath(".kiro/specs/a"), files=files)
    assert back(kiro_to_openspec(source, RelPath("openspec/specs/a"))) == files
