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
