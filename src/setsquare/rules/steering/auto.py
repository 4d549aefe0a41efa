"""A steering file that a model chooses says too little about itself.

What: a steering file with `inclusion: auto` has no `name` or no `description` in its front matter.

Why: the model decides from the two whether it reads the file. Without them the file is in the folder and is never used.

Example: `inclusion: auto` with a `description` alone

Instead: `name: infrastructure-components` above the `description`

Fix safety: no fix; what the file is about is for its writer to say.

Source: Kiro's steering page: for `auto` both are required (18 of 359 public steering files are so).
"""

from __future__ import annotations

from collections.abc import Iterator

from setsquare.rules.evidence import Evidence, line_span
from setsquare.rules.finding import Example, Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import file
from setsquare.workspace.steering import Inclusion


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find the steering files for `auto` that lack what they are chosen by."""
    for steering in evidence.workspace.steering:
        missing = [key for key, value in (("name", steering.name), ("description", steering.description)) if not value.strip()]
        if steering.inclusion is Inclusion.AUTO and missing:
            raw = evidence.raw(steering.path)
            yield Finding(
                code=RULE.code,
                severity=RULE.severity,
                path=steering.path,
                span=line_span(raw, max(raw.find(b"inclusion"), 0)),
                message=f"inclusion: auto needs {' and '.join(missing)} in the front matter",
                hint=f"add {missing[0]}: and say when the file matters" if missing[0] == "description" else "add name: with a short name",
            )


def _steering(front: str, fires: int = 0, source: str = "") -> Example:
    return file(".kiro/steering/infra.md", f"---\n{front}\n---\n" + ("" if source else "Text.\n"), fires, source)


_FOLDER = "ikaiguang/go-srv-kit .kiro/steering"

RULE = Rule(
    code="STR002",
    name="auto-without-description",
    severity=Severity.WARNING,
    since="0.2",
    page=__doc__,
    check=check,
    examples=(
        _steering("inclusion: auto", fires=1),
        _steering("inclusion: auto\nname: infra", fires=1),
        _steering("inclusion: auto\ndescription: How services are run", fires=1),
        _steering("inclusion: auto\nname: infra\ndescription:", fires=1),
        _steering('inclusion: auto\nname: ""\ndescription: How services are run', fires=1),
        _steering(
            "inclusion: auto\ndescription: 基础设施组件（Consul、Jaeger、Redis、MySQL 等）的职责分类和 Provider 接口规范",
            fires=1,
            source=f"{_FOLDER}/infrastructure-components.md",
        ),
        _steering(
            "inclusion: auto\ndescription: 设计基础设施组件（数据库、缓存、消息队列等）时的多实例命名规范",
            fires=1,
            source=f"{_FOLDER}/multi-instance-design.md",
        ),
        _steering("inclusion: auto\nname: infra\ndescription: How services are run"),
        _steering("inclusion: manual"),
        _steering("inclusion: always\ndescription: How services are run"),
        _steering("title: Infra"),
        file(".kiro/steering/infra.md", "# Infra\n\ninclusion: auto\n"),
        file(
            ".kiro/steering/product.md",
            "---\ninclude: always\n---\n\n# Product Overview\n",
            source="kingkw1/2Truths-1Lie .kiro/steering/product.md",
        ),
        file(
            ".kiro/steering/tech.md",
            "# Technology Stack\n\n## Architecture\n",
            source="gotalab/cc-sdd .kiro/settings/templates/steering/tech.md",
        ),
    ),
)
