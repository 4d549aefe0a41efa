"""A reference names a requirement that does not exist.

What: a task, a property or a design section refers to a requirement or criterion that its spec does not have. Where tasks or properties
refer to requirements and the spec has no requirements file, or an empty one, that is one finding, at the first reference.

Why: the work is traced to nothing, and the criterion that was meant looks uncovered. Mostly the criteria were renumbered or one was
removed.

Example: `_Requirements: 1.9_` where requirement 1 has four criteria

Instead: `_Requirements: 1.4_`

Fix safety: no fix; the nearest existing id is shown, but only a person knows which one was meant.

Source: Kiro's on-disk format, section 2.6; 0.2 % of 25,580 references in public repositories dangle.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Example, Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import spec
from setsquare.rules.similar import nearest
from setsquare.spec.link import Citation, LinkKind, Resolution
from setsquare.spec.link_state import now_called
from setsquare.spec.resolving import bare, qualifier
from setsquare.spec.trace import SpecTrace
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import base_name
from setsquare.workspace.spec import Spec

_MOST_GUESSES = 30
_ORDINAL = LazyPattern(r"(?P<number>.+)\.(?P<ordinal>\d{1,6})\Z")


class _Known(Struct, frozen=True):
    """The ids that a requirements file has: those of each requirement by its number, and all in file order."""

    by_number: dict[str, list[str]]
    ids: list[str]
    unread: frozenset[str]
    file: str


# req: check/2.2
def check(evidence: Evidence) -> Iterator[Finding]:
    """Find every reference of a spec that is not archived which resolves to nothing."""
    by_name = {found.name: found for found in evidence.workspace.specs}
    known: dict[str, _Known] = {}
    similar: dict[tuple[str, str], str] = {}
    for traced in evidence.graph.specs:
        for citation in () if traced.spec.is_archived else traced.dangling:
            written, named = _written(citation)
            target = by_name.get(named, traced.spec)
            if target.path not in known:
                known[target.path] = _known(target)
            there = known[target.path]
            if bare(written).partition(".")[0] in there.unread:
                continue
            meant = ""
            if not named or named in by_name:
                key = (target.path, bare(written))
                if key not in similar:
                    alias = now_called(evidence.locks.identity, target, bare(written))
                    similar[key] = alias or _nearest(bare(written), there, is_guessing=len(similar) < _MOST_GUESSES)
                meant = similar[key]
            yield _finding(citation, bare(written), f'spec "{named}"' if named else there.file, meant, there)
        yield from _groundless(evidence, traced) if traced.spec.is_kiro and not traced.spec.is_archived else ()


def _groundless(evidence: Evidence, traced: SpecTrace) -> Iterator[Finding]:
    """Find a spec whose tasks and properties refer to requirements that nobody wrote; a file with any text is not judged."""
    requirements = traced.spec.requirements
    if requirements and evidence.raw(requirements.path).removeprefix(b"\xef\xbb\xbf").strip():
        return
    unmet = [citation.reference for citation in traced.citations if _is_unmet(citation)]
    if not unmet:
        return
    count = "1 reference" if len(unmet) == 1 else f"{len(unmet)} references"
    lack = f"{base_name(requirements.path)} is empty" if requirements else "there is no requirements.md to resolve"
    it = "it" if len(unmet) == 1 else "them"
    yield Finding(
        code=RULE.code,
        severity=RULE.severity,
        path=unmet[0].path,
        span=unmet[0].span,
        message=f"{count}, and {lack}{'' if requirements else f' {it} against'}",
        hint="write the requirements first, or take the references out",
    )


def _is_unmet(citation: Citation) -> bool:
    """Tell whether a task's or property's reference means the spec's own requirements and finds none."""
    is_own = not qualifier(citation.reference.first)
    return citation.resolution is Resolution.NO_REQUIREMENTS and citation.kind is not LinkKind.REALIZES and is_own


def _written(citation: Citation) -> tuple[str, str]:
    """Give what does not exist as it was written, and the spec that it names, if any."""
    written = citation.missing or citation.reference.first or citation.reference.written
    return written, qualifier(written) or qualifier(citation.reference.first)


def _finding(citation: Citation, written: str, place: str, meant: str, known: _Known) -> Finding:
    return Finding(
        code=RULE.code,
        severity=RULE.severity,
        path=citation.reference.path,
        span=citation.reference.span,
        message=f'"{written}" names no requirement of {place}' + (f", did you mean {meant}?" if meant else ""),
        hint=_hint(written, known),
    )


def _known(target: Spec) -> _Known:
    """Collect a spec's ids; `unread` are the requirements without any criterion that could be read, of which nothing is known."""
    requirements = target.requirements.requirements if target.requirements else ()
    by_number: dict[str, list[str]] = {}
    for requirement in requirements:
        found = [name for criterion in requirement.criteria for name in (criterion.id, criterion.label) if name and "#" not in name]
        by_number.setdefault(requirement.number, []).extend(found)
    return _Known(
        by_number=by_number,
        ids=[name for found in by_number.values() for name in found],
        unread=frozenset(requirement.number for requirement in requirements if not requirement.criteria),
        file=base_name(target.requirements.path) if target.requirements else "requirements.md",
    )


def _nearest(written: str, known: _Known, *, is_guessing: bool) -> str:
    """Name the existing id that was probably meant: the nearest ordinal of the same requirement, else the most similar id."""
    match = _ORDINAL.match(written)
    same = [found for name in known.by_number.get(match["number"], ()) if (found := _ORDINAL.match(name))] if match else []
    if match and same:
        return min(same, key=lambda found: abs(int(found["ordinal"]) - int(match["ordinal"])))[0]
    return nearest(written, known.ids) if is_guessing else ""


def _hint(written: str, known: _Known) -> str:
    """Say what the requirement has, or which requirements there are."""
    match = _ORDINAL.match(written)
    same = known.by_number.get(match["number"], []) if match else []
    if match and same:
        return f"requirement {match['number']} has {same[0] if len(same) == 1 else f'{same[0]} to {same[-1]}'}"
    numbers = list(known.by_number)
    return f"requirements: {', '.join(numbers[:12])}{' …' if len(numbers) > 12 else ''}" if numbers else ""


_TWO = "THE Store SHALL keep orders\nWHEN a customer pays, THE Store SHALL send a receipt"

_CHAT = """# Requirements Document

### Requirement 1

#### Acceptance Criteria

1. WHEN a user selects a character and submits a message THEN the system SHALL include the selected character value in the form submission
2. WHEN the form is submitted via HTMX streaming endpoint THEN the system SHALL transmit the character parameter in the request
3. WHEN the backend receives the character parameter THEN the system SHALL use that character for generating the response
"""
_GRAPH = """# Requirements Document

### 要件5: インタラクティブな操作

#### 受け入れ基準

1. WHEN ユーザーがノードをクリックする THEN THE System SHALL Notionでそのページを開く
2. WHEN ユーザーがノードをドラッグする THEN THE Graph_Visualizer SHALL ノードの位置を更新し、接続されたエッジを再描画する
3. WHEN ユーザーがキャンバスをドラッグする THEN THE Graph_Visualizer SHALL ビュー全体をパンする
4. WHEN ユーザーがスクロールする THEN THE Graph_Visualizer SHALL ズームレベルを調整する
"""
_PERIOD = """# Requirements Document

### Requirement 1: Custom Period UI Component

#### Acceptance Criteria

1. WHEN a user clicks the "custom" period button, THE Custom_Period_Selector SHALL display a date/time picker interface
2. THE Custom_Period_Selector SHALL allow selection of start date and time
3. THE Custom_Period_Selector SHALL allow selection of end date and time
4. WHEN start or end date/time is changed, THE Custom_Period_Selector SHALL validate that start is before end
5. IF start date/time is after end date/time, THEN THE Custom_Period_Selector SHALL display a validation error and prevent data fetch
6. THE Custom_Period_Selector SHALL provide an "Apply" button to confirm the selection
7. WHEN the "Apply" button is clicked with valid dates, THE Custom_Period_Selector SHALL trigger a data refresh with the selected period
"""

RULE = Rule(
    code="TRC001",
    name="dangling-reference",
    severity=Severity.ERROR,
    since="0.1",
    page=__doc__,
    check=check,
    examples=(
        spec(_TWO, tasks="- [ ] 1. Build it\n  - _Requirements: 1.1, 1.9_\n", fires=1),
        spec(_TWO, tasks="- [ ] 1. Build it\n  - _Requirements: 7_\n", fires=1),
        spec(_TWO, tasks="- [ ] 1. Build it\n  - _Requirements: 1.1-1.5_\n", fires=1),
        spec(
            _TWO,
            design="## Correctness Properties\n\n### Property 1: Kept\n\n*For any* order it SHALL be kept.\n\n**Validates: Requirements 2.1**\n",
            fires=1,
        ),
        spec(_TWO, tasks="- [ ] 1. Build it\n  - _需求：3.1_\n", fires=1),
        spec(
            _CHAT,
            tasks="- [x] 5. E2E test for character selection (streaming)\n  - _Requirements: 1.1, 1.2, 1.4_\n",
            fires=1,
            source="dentsusoken/kabotan .kiro/specs/feature-15-character-chat-fixes",
        ),
        spec(
            _GRAPH,
            tasks="- [ ] 14.2 検索機能を実装\n  - _要件: 5.4, 5.5_\n",
            fires=1,
            source="argondev22/notion-relation-view .kiro/specs/mvp",
        ),
        spec(_TWO, tasks="- [ ] 1. Build it\n  - _Requirements: 1.1, 1.2_\n"),
        spec(_TWO, tasks="- [ ] 1. Build it\n  - _Requirements: 1_\n- [ ] 2. Rest\n  - _Requirements: All_\n"),
        spec(_TWO, tasks="- [ ] 1. Build it\n  - _Requirements: Requirement 1.1-1.2_\n"),
        spec(tasks="- [ ] 1. Build it\n  - _Requirements: 4.2_\n- [ ] 2. Rest\n  - _Requirements: 1.1, 1.2_\n", fires=1),
        Example(
            files=(
                (".kiro/specs/orders/bugfix.md", "\n"),
                (".kiro/specs/orders/tasks.md", "- [ ] 1. Build it\n  - _Requirements: 4.2_\n"),
            ),
            fires=1,
        ),
        spec(design="### Property 1: Kept\n\n*For any* order it SHALL be kept.\n\n**Validates: Requirements 2.1**\n", fires=1),
        spec(tasks="- [ ] 1. Build it\n  - _Requirements: All_\n"),
        spec(design="## Architecture\n\nThe store answers requirement 1.1.\n"),
        spec("# Requirements Document\n", tasks="- [ ] 1. Build it\n  - _Requirements: 4.2_\n"),
        spec(
            _PERIOD,
            tasks="- [x] 1. Create CustomPeriodPicker component\n  - _Requirements: 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7_\n",
            source="Homas/RpiDNS .kiro/specs/custom-period",
        ),
        spec(
            _GRAPH,
            tasks="- [ ] 14.1 データベースフィルター機能を実装\n  - _要件: 5.1, 5.2, 5.3_\n",
            source="argondev22/notion-relation-view .kiro/specs/mvp",
        ),
    ),
)
