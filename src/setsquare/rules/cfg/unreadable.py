"""A file cannot be read as what it should be.

What: a hook, agent, MCP, spec or permission file is no valid JSON, a text file is not UTF-8 or is binary, or a front matter cannot be
followed.

Why: the tools that read the file ignore it or a part of it, mostly without a word.

Example: `.kiro/settings/mcp.json` that ends inside an object

Instead: the same file with its closing bracket

Fix safety: no fix; the bytes are kept as they are.

Source: RFC 8259 (JSON), RFC 3629 (UTF-8); Kiro's steering page for front matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from setsquare.rules.credentials import mentions_credential
from setsquare.rules.evidence import Evidence, line_span
from setsquare.rules.finding import Finding, Fix, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import file
from setsquare.rules.similar import nearest
from setsquare.text.document import decode
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.span import Edit, Span
from setsquare.workspace.artefact import ArtefactKind, Malformed

# A broken file of these kinds changes what an agent does.
_GRAVE = frozenset({ArtefactKind.MCP, ArtefactKind.HOOK, ArtefactKind.AGENT, ArtefactKind.PERMISSIONS, ArtefactKind.TEAM_STATE})

_MODES: Final = ("always", "fileMatch", "manual", "auto")
_MODE: Final = LazyPattern(r'unknown \w+ "(?P<mode>[^"]{1,40})"')
_NO_YAML: Final = "the front matter is not valid YAML"
_STAR: Final = re.compile(rb"(?m)^(?:[\w-]+:|[ \t]*-)[ \t]+(?P<value>\*[^\r\n\"]*?)[ \t]*\r?$")


def check(evidence: Evidence) -> Iterator[Finding]:
    """Pass on what the readers could not read, settings aside."""
    settings = {read.path for read in evidence.workspace.settings}
    for problem in evidence.workspace.malformed:
        if problem.path in settings:
            continue
        is_grave = evidence.workspace.by_path[problem.path].kind in _GRAVE and not problem.is_warning
        yield Finding(
            code=RULE.code,
            severity=Severity.ERROR if is_grave else Severity.WARNING,
            path=problem.path,
            span=problem.span,
            message=_message(evidence, problem),
            hint=_hint(problem),
            fix=_quoting(evidence, problem),
        )


def _hint(problem: Malformed) -> str:
    """Say what to do: the mode of a steering file that was probably meant, else where to look."""
    written = _MODE.search(problem.reason)
    meant = nearest(written["mode"], _MODES) if written else ""
    if meant:
        return f"did you mean {meant}?"
    return "" if problem.is_warning else "correct the file at this place"


def _quoting(evidence: Evidence, problem: Malformed) -> Fix | None:
    """Offer quotes around the values of a front matter that begin with a star, which YAML takes for an alias; what applies then changes."""
    if evidence.workspace.by_path[problem.path].kind is not ArtefactKind.STEERING or not problem.reason.startswith(_NO_YAML):
        return None
    raw = evidence.raw(problem.path)
    found = [match.span("value") for match in _STAR.finditer(raw[problem.span.start : problem.span.end])]
    spans = [Span(problem.span.start + start, problem.span.start + end) for start, end in found]
    edits = tuple(Edit(span, b'"' + raw[span.start : span.end] + b'"') for span in spans)
    return Fix(title="put the value in quotes", edits=edits, is_safe=False) if edits else None


def _message(evidence: Evidence, problem: Malformed) -> str:
    """Say what is wrong, without the text that was found where it may be a credential."""
    raw = evidence.raw(problem.path)
    start = raw.rfind(b"\n", 0, problem.span.start) + 1
    line = decode(raw[start : line_span(raw, start).end])
    return problem.reason.partition(", found ")[0] if mentions_credential(line) else problem.reason


RULE = Rule(
    code="CFG003",
    name="unreadable-file",
    severity=Severity.ERROR,
    since="0.1",
    page=__doc__,
    check=check,
    examples=(
        file(".kiro/settings/mcp.json", '{"mcpServers": {', fires=1),
        file(".kiro/hooks/lint.kiro.hook", "{'enabled': true}", fires=1),
        file(".kiro/agents/a.json", "", fires=1),
        file(".kiro/settings/mcp.json", '{"mcpServers": {},}', fires=1),
        file(".kiro/steering/a.md", "---\ninclusion: sometimes\n---\nText\n", fires=1),
        file(".kiro/steering/a.md", "---\ninclusion: fileMatch\nfileMatchPattern: *.ts\n---\nText\n", fires=1),
        file(".kiro/steering/a.md", "---\ninclusion: filesMatch\nfileMatchPattern: '*.ts'\n---\nText\n", fires=1),
        file(
            ".kiro/steering/api-standards.md",
            '---\ninclude: conditional\npattern: "backend/**/*"\n---\n\n# Mobile API Standards\n',
            fires=1,
            source="kingkw1/2Truths-1Lie .kiro/steering/api-standards.md",
        ),
        file(
            ".kiro/steering/product.md",
            "---\ninclude: always\n---\n\n# Product Overview\n",
            fires=1,
            source="kingkw1/2Truths-1Lie .kiro/steering/product.md",
        ),
        file(".kiro/specs/a/requirements.md", "# A\0\n", fires=1),
        file(".kiro/settings/mcp.json", '{"mcpServers": {}}'),
        file(".kiro/hooks/lint.kiro.hook", '{"enabled": true}'),
        file(".kiro/steering/a.md", "---\ninclusion: manual\n---\nText\n"),
        file(".kiro/specs/a/requirements.md", ""),
        file(".kiro/specs/a/notes.json", "{ not json"),
        file(".kiro/settings/mcp.json", '{\n  "mcpServers": {}\n}', source="argondev22/notion-relation-view .kiro/settings/mcp.json"),
        file(
            ".kiro/steering/tech.md",
            "# Technology Stack\n\n## Architecture\n",
            source="gotalab/cc-sdd .kiro/settings/templates/steering/tech.md",
        ),
    ),
)
