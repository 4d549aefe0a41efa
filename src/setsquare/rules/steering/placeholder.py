"""A steering file still holds a template's placeholder.

What: a steering file has text such as `[your framework]`, `[e.g., Jest]`, `<fill in>`, `{{PROJECT_NAME}}` or `TBD`, or a whole value in
brackets. Links, check boxes, code and comments are left out.

Why: the text is put before the model as guidance; a placeholder guides it to invent.

Example: `- **Framework**: [your framework]`

Instead: `- **Framework**: FastAPI`, or no such line

Fix safety: no fix; only the team knows the value.

Source: the steering templates of the deployment playbook and of cc-sdd.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Example, Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import file
from setsquare.text.document import Node, NodeKind, encode
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath
from setsquare.text.span import Span

_KINDS = (NodeKind.HEADING, NodeKind.ITEM, NodeKind.TEXT, NodeKind.TABLE)
_HIDDEN = LazyPattern(
    r"(`{1,4})[^`].{0,500}?\1|<!--.{0,500}?-->|!?\[[^\[\]]{0,500}\](?:\([^()]{0,500}\)|\[[^\[\]]{0,500}\]|:)|\\\[.{0,200}?\\?\]|https?://\S+"
)
_BEGINS = (
    r"your|our|my|insert|add|describe|enter|fill|specify|replace|provide|list|define|choose|select|write|explain|placeholder|to ?do|tbd|tbc|xxx|"
    r"e\.?g\.?|for example|example:|purpose:|name of|project[ _-]?name|company[ _-]?name|team[ _-]?name|product[ _-]?name|service[ _-]?name|application[ _-]?name|"
    r"organi[sz]ation[ _-]?name|company|team|brief|date|版本|你的|您的|项目名|请|填写|待定|未定|記入|あなたの|プロジェクト名|당신의|프로젝트|tu |su |nombre|votre|nom d|seu |nome d|ihr|название|tên "
)
_BUTTON = r"(?:enter|insert|add|select|choose|list|fill|replace|write|define|explain|provide|specify|date|describe)"
_BRACKET = LazyPattern(rf"(?<![\w\]`])\[(?!{_BUTTON}\])(?:{_BEGINS})(?![a-z])[^\[\]\n]{{0,200}}\]", re.IGNORECASE)
_ANGLE = LazyPattern(
    r"<(?!(?:insert|enter|add|describe|fill)>)(?:your|insert|fill|enter|add|placeholder|tbd|todo|project|company|team|product|service|describe)(?![a-z])[^<>\n]{0,80}>",
    re.IGNORECASE,
)
_BRACES = LazyPattern(r"\{\{\s*[A-Z][A-Z0-9_ ]{2,60}\s*\}\}|\{\{\s*(?:your|project|company|team|product)[\w .-]{0,60}\}\}")
_WORD = LazyPattern(
    r"\bTB[DC]\b(?=[*_]{0,3}(?:\s*(?:$|[|)\],;.(:–—-])|\s+(?:by|after|in|with|once|when|later|until)\b))|(?<=[:：]\s)(?:_{4,}|x{3,}|XXX+|FIXME)\s*$|__[A-Z][A-Z0-9_]*_NAME__|(?<!\S)\?\?\?(?!\S)|^TODO\b(?=\s*[:：(])|\bLorem ipsum\b|待补充|（待定）|要記入"
)
_WHOLE = LazyPattern(
    r"(?:[*_]{0,3}[^\[\]*_:：|]{1,60}[*_]{0,3}\s*[:：]\s*[*_]{0,3}\s*)?(?P<value>\[(?=[^\[\]]*[^\W\d_]{2})[^\[\]\n]{3,200}\])[.\s*_]*\Z"
)
_NOT_WHOLE = LazyPattern(
    r"\[(?:!|[A-Z]+-\w+\]|x\]|\^|#|@|optional\]|(?-i:[a-z0-9_.\"'-]+(?:,\s*[a-z0-9_.\"'-]+)+)\]|required\]|deprecated\]|draft\]|wip\])",
    re.IGNORECASE,
)
_DEFINED = LazyPattern(r"^ {0,3}\[([^\[\]]{1,500})\]:\s*\S", re.MULTILINE)
_PATTERNS = (_BRACKET, _ANGLE, _BRACES, _WORD)


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find every placeholder in the prose of active steering files."""
    for steering in evidence.workspace.steering:
        nodes = evidence.workspace.by_path[steering.path].document.nodes
        labels = {_label(label) for node in nodes for label in _DEFINED.findall(node.text)}
        for node in nodes:
            if node.kind in _KINDS:
                for start, end in _places(node):
                    if _label(node.text[start + 1 : end - 1]) not in labels:
                        yield _finding(steering.path, node, start, end)


def _label(written: str) -> str:
    """Give a link's label as Markdown compares labels."""
    return " ".join(written.split()).casefold()


def _places(node: Node) -> list[tuple[int, int]]:
    """Find the placeholders of one line, as character ranges of its text."""
    prose = _HIDDEN.sub(lambda match: " " * len(match[0]), node.text)
    found = [match.span() for pattern in _PATTERNS for match in pattern.finditer(prose)]
    whole = _WHOLE.match(prose) if node.kind is not NodeKind.TABLE else None
    if whole and not _NOT_WHOLE.match(whole["value"]):
        found.append(whole.span("value"))
    kept: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept


def _finding(path: RelPath, node: Node, start: int, end: int) -> Finding:
    first = node.text_start + len(encode(node.text[:start]))
    return Finding(
        code=RULE.code,
        severity=RULE.severity,
        path=path,
        span=Span(first, first + len(encode(node.text[start:end]))),
        message=f'"{node.text[start:end][:60]}" was never filled in',
        hint="write the team's own value, or remove the line",
    )


def _steering(text: str, fires: int = 0, source: str = "") -> Example:
    return file(".kiro/steering/tech.md", text + "\n", fires, source)


RULE = Rule(
    code="STR001",
    name="unfilled-placeholder",
    severity=Severity.WARNING,
    since="0.1",
    page=__doc__,
    check=check,
    examples=(
        _steering("- **Framework**: [your framework]", fires=1),
        _steering("Deploy with <fill in> to [placeholder].", fires=2),
        _steering("- Coverage: TBD", fires=1),
        _steering("# {{PROJECT_NAME}}", fires=1),
        _steering("我们使用 [你的框架] 开发。", fires=1),
        _steering("- **Language**: [e.g., TypeScript, Python]", fires=1, source="gotalab/cc-sdd .kiro/settings/templates/steering/tech.md"),
        _steering(
            "[Brief description of what this product does and who it serves]",
            fires=1,
            source="gotalab/cc-sdd .kiro/settings/templates/steering/product.md",
        ),
        _steering(
            "- **Files**: [Pattern, e.g., PascalCase, kebab-case]",
            fires=1,
            source="gotalab/cc-sdd .kiro/settings/templates/steering/structure.md",
        ),
        _steering("- **Framework**: FastAPI, see [the guide](https://fastapi.test) and [notes][1]"),
        _steering("- [ ] Review the list\n- [x] Done"),
        _steering("Commits read `feat: [your text]`.\n\n```\n[your framework]\n```"),
        _steering("<!-- [your framework] -->"),
        _steering("[Our Guide]\n\n[our guide]: https://guide.test"),
        _steering("Use `List[str]` and dict[key]; footnotes[1] are fine; see [RFC-12]."),
        _steering(
            "- Streaming-specific tests: `streaming-<feature-name>.spec.js`",
            source="dentsusoken/kabotan .kiro/steering/development.md",
        ),
        _steering("- 组件样式：`<style scoped>` 避免全局污染", source="WhitePlusMS/calenparse .kiro/steering/tech.md"),
    ),
)
