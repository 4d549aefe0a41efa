"""The files that a new OpenSpec project begins with. Texts are Setsquare's own."""

from __future__ import annotations

from typing import Final

from setsquare.text.paths import RelPath

KEEP: Final = (RelPath("openspec/specs/.gitkeep"), RelPath("openspec/changes/archive/.gitkeep"))
CONFIG: Final = RelPath("openspec/config.yaml")

_HINTS: Final = """\
# What every agent is told before it writes an artifact (optional):
#   context: |
#     Language, frameworks, conventions, what the product is about.

# Rules for single artifacts (optional):
#   rules:
#     proposal:
#       - Not longer than one page
#     tasks:
#       - No task takes longer than two hours

# How changes are applied and archived (optional):
#   operations:
#     apply:
#       guidance:
#         - Run the whole test suite before the last task
#     archive:
#       guidance:
#         - Say in three lines what the change brought
"""
CLOUD_STEPS: Final = RelPath(".github/workflows/copilot-setup-steps.yml")
CLOUD_AGENT: Final = RelPath(".github/agents/openspec.agent.md")

CLOUD_FILES: Final = {
    CLOUD_STEPS: b"""\
name: Copilot setup steps

on:
  workflow_dispatch:
  push:
    paths:
      - .github/workflows/copilot-setup-steps.yml

jobs:
  copilot-setup-steps:
    runs-on: ubuntu-latest
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - name: Install the command that OpenSpec's skills call
        run: pip install setsquare
""",
    CLOUD_AGENT: b"""\
---
name: openspec
description: Plans and builds changes from the specs in openspec/.
---

Work from the specs in `openspec/`. Read `openspec/config.yaml` first, then the skill in `.github/skills/` that fits the request.
Run the commands as `setsquare openspec ...` where the command `openspec` is not installed.
""",
}
"""Files through which a cloud agent can run the commands; written only where that is asked for."""


def config_file(language: str, *, has_cloud: bool | None) -> bytes:
    """Write the configuration of a new project.

    >>> print(config_file("Spanish", has_cloud=True).decode().partition("# What")[0])
    schema: spec-driven
    <BLANKLINE>
    context: |
      Language: Spanish
      All artifacts must be written in Spanish.
      Keep OpenSpec structural headings and SHALL/MUST keywords in English.
    githubCopilot:
      cloudAgent: true
    <BLANKLINE>
    <BLANKLINE>
    """
    lines = ["schema: spec-driven", ""]
    if language:
        lines += ["context: |", f"  Language: {language}", f"  All artifacts must be written in {language}."]
        lines.append("  Keep OpenSpec structural headings and SHALL/MUST keywords in English.")
    if has_cloud is not None:
        lines += ["githubCopilot:", f"  cloudAgent: {'true' if has_cloud else 'false'}"]
    return ("\n".join([*lines, *([""] if len(lines) > 2 else []), ""]) + _HINTS).encode()
