"""Makes workspaces of any size whose content is the same every time."""

from __future__ import annotations

from pathlib import Path

PARTS = ("Billing_Service", "Auth_Service", "Scheduler", "Order_Gateway")
SHAPES = (
    "WHEN a user submits form {n} THEN THE {part} SHALL store record {n} within {t} ms",
    "IF the upstream of form {n} returns HTTP 503, THEN THE {part} SHALL retry {r} times with a delay of {t} ms",
    "WHILE batch {n} is running, THE {part} SHALL reject a second start of batch {n} with HTTP 409",
    "WHERE the export module {n} is installed, THE {part} SHALL write export {n} as UTF-8",
    "THE {part} SHALL write an audit record for every change of record {n}",
)


def write_workspace(folder: Path, criteria: int, a_spec: int = 50) -> None:
    """Write `criteria` criteria in specs of `a_spec`, each with a requirements, design and tasks file."""
    for number in range(0, criteria, a_spec):
        spec = folder / ".kiro" / "specs" / f"feature-{number // a_spec:03d}"
        spec.mkdir(parents=True)
        rows = range(number, min(number + a_spec, criteria))
        requirements = ["# Requirements Document\n\n## Introduction\n\nOne area of the product.\n\n## Requirements\n"]
        design = ["# Design Document\n\n## Overview\n\nText.\n\n## Correctness Properties\n"]
        tasks = ["# Implementation Plan\n"]
        for at, row in enumerate(rows):
            story, nth = at // 5 + 1, at % 5 + 1
            if nth == 1:
                requirements.append(
                    f"\n### Requirement {story}: Capability {row}\n\n**User Story:** As a user, I want {row}, so that it works.\n\n#### Acceptance Criteria\n"
                )
            text = SHAPES[row % len(SHAPES)].format(n=row, part=PARTS[row % 4], t=50 + row % 400, r=1 + row % 5)
            requirements.append(f"{nth}. {text}")
            design.append(
                f"### Property {at + 1}: behaviour {row}\n\n*For any* input, behaviour {row} holds.\n\n**Validates: Requirements {story}.{nth}**\n"
            )
            tasks.append(
                f"- [{'x' if row % 3 == 0 else ' '}] {at + 1}. Implement behaviour {row}\n  - Write code in src/mod_{row % 40}.py\n  - _Requirements: {story}.{nth}_\n"
            )
        for name, lines in (("requirements", requirements), ("design", design), ("tasks", tasks)):
            (spec / f"{name}.md").write_text("\n".join(lines) + "\n")


def write_code(folder: Path, criteria: int, a_spec: int = 50, modules: int = 40) -> None:
    """Write source and test modules that name the criteria of such a workspace, or of any whose specs and numbers are called alike.

    Every criterion has a function of eight lines below `# req: SPEC/ID`, every second one a test that names it.
    """
    sources: list[list[str]] = [['"""One part of the product."""\n'] for _ in range(modules)]
    tests: list[list[str]] = [["import pytest\n"] for _ in range(modules)]
    for row in range(criteria):
        at = row % a_spec
        name = f"feature-{row // a_spec:03d}/{at // 5 + 1}.{at % 5 + 1}"
        sources[row % modules].append(_FUNCTION.format(name=name, n=row))
        if row % 2 == 0:
            tests[row % modules].append(_TEST.format(name=name, n=row))
    for number in range(modules):
        for place, lines in ((f"src/mod_{number}.py", sources[number]), (f"tests/test_mod_{number}.py", tests[number])):
            (folder / place).parent.mkdir(exist_ok=True)
            (folder / place).write_text("\n".join(lines))


_FUNCTION = """
# req: {name}
def behaviour_{n}(record: dict[str, int], limit: int = {n}) -> dict[str, int]:
    kept = {{}}
    for key, value in record.items():
        if value > limit:
            raise ValueError(f"{{key}} is over the limit")
        kept[key] = value
    return kept
"""

_TEST = """
@pytest.mark.req("{name}")
def test_behaviour_{n}() -> None:
    kept = behaviour_{n}({{"a": 1}})
    assert kept == {{"a": 1}}
"""
