"""The outline is total, deterministic and complete on whatever requirements say."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from setsquare.drafting.outline_design import outline_design
from setsquare.drafting.outline_reading import NothingToDraft
from setsquare.drafting.outline_tasks import limit_of, outline_tasks
from setsquare.spec.link import LinkKind
from setsquare.spec.trace import trace
from setsquare.text.document import encode
from setsquare.text.paths import RelPath
from setsquare.workspace.load import load

FOLDER = ".kiro/specs/sample"
words = st.sampled_from(
    [
        "the",
        "a",
        "user",
        "file",
        "Order_Store",
        "`code`",
        '"quoted',
        'text"',
        "password",
        "5",
        "ms",
        "token",
        "with",
        "and",
        "or",
        "{x}",
        "[NEEDS]",
        "|",
        "用户",
        "系统",
        "(open)",
        "`odd",
        "_Requirements:",
        "9.9_",
        "**bold**",
        "<!--",
        "no",
        "-->",
        "-",
        "[x]",
        "#1",
        "POST",
        "/orders",
        "HTTP",
        "404",
        "`a",
        "--b`",
        "when",
        "shall",
        "never",
        "at",
        "most",
        "10",
        "%",
        "naïve",
        "→",
        "\\",
        "*",
        "_",
    ]
)
phrase = st.lists(words, min_size=1, max_size=9).map(" ".join)
subject = st.sampled_from(["THE system", "THE Order_Store", "the `Api`", "THE Login Page", "it", "users", "THE AuthService"])
opening = st.sampled_from(["", "WHEN {}, ", "IF {} THEN ", "WHILE {}, ", "WHERE {}, ", "WHEN {} THEN ", "For any {}, "])
criterion = st.builds(lambda o, c, s, r: f"{o.format(c)}{s} SHALL {r}", opening, phrase, subject, phrase)
sentence = st.one_of(criterion, criterion, criterion, phrase)
title = st.one_of(st.just(""), phrase)
requirement = st.tuples(title, st.one_of(st.just(""), phrase), st.lists(sentence, max_size=12))


def kiro(found: list[tuple[str, str, list[str]]], numbers: list[str]) -> str:
    """Write requirements in Kiro's form; `numbers` may repeat."""
    lines = ["# Requirements Document", "", "## Introduction", "", "Some words.", "", "## Requirements", ""]
    for number, (name, story, criteria) in zip(numbers, found, strict=False):
        lines += [f"### Requirement {number}{': ' + name if name else ''}", ""]
        lines += [f"**User Story:** As a user, I want {story}, so that I can.", ""] if story else []
        lines += ["#### Acceptance Criteria", "", *(f"{n}. {text}" for n, text in enumerate(criteria, 1)), ""]
    return "\n".join(lines)


def tutorial(found: list[tuple[str, str, list[str]]], numbers: list[str]) -> str:
    """Write requirements in the tutorial's form."""
    rows = [text for _, _, criteria in found for text in criteria]
    half = len(rows) // 2
    return "\n".join(
        [
            "# Requirements: Sample",
            "",
            "## Functional Requirements",
            "",
            *(f"- {row}" for row in rows[:half]),
            "",
            "## Non-Functional Requirements",
            "",
            *(f"- {row}" for row in rows[half:]),
            "",
        ]
    )


requirements = st.builds(
    lambda write, found, numbers: write(found, numbers),
    st.sampled_from([kiro, kiro, tutorial]),
    st.lists(requirement, min_size=1, max_size=6),
    st.lists(st.sampled_from(["1", "2", "3", "7", "NFR-2"]), min_size=6, max_size=6),
)


def bare(text: str) -> str:
    """Reduce a sentence to what makes it the same sentence."""
    return " ".join(text.lower().split()).rstrip(".")


# req: draft-and-approve/1.2, draft-and-approve/1.5
@settings(max_examples=120, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(requirements)
def test_any_requirements_can_be_drafted(text: str) -> None:
    files = {RelPath(f"{FOLDER}/requirements.md"): encode(text)}
    spec = load(files).specs[0]
    assert spec.requirements
    design = outline_design(spec)
    if not spec.requirements.criteria:
        assert isinstance(design, NothingToDraft)
        return
    assert isinstance(design, str)
    assert design == outline_design(load(files).specs[0])
    files[RelPath(f"{FOLDER}/design.md")] = encode(design)
    spec = load(files).specs[0]
    tasks = outline_tasks(spec, spec.design)
    assert isinstance(tasks, str)
    files[RelPath(f"{FOLDER}/tasks.md")] = encode(tasks)
    after = load(files)
    drafted = after.specs[0]
    assert drafted.tasks
    assert drafted.requirements
    criteria = drafted.requirements.criteria
    traced = trace(after).spec(drafted)
    assert traced
    named = {link.target for link in traced.links if link.kind is LinkKind.IMPLEMENTS}
    assert [criterion.id for criterion in criteria if criterion.id not in named] == []
    assert [citation.reference.written for citation in traced.dangling] == []
    if len(criteria) > 10:
        assert len(drafted.tasks.tasks) <= limit_of(len(criteria))
    known = {criterion.id for criterion in criteria}
    written = [citation for citation in traced.citations if citation.kind is LinkKind.IMPLEMENTS]
    assert {citation.reference.first for citation in written} == known
    inexact = [
        citation for citation in written if "#" in citation.reference.first and citation.targets != (("sample", citation.reference.first),)
    ]
    assert inexact == []
    sentences = {bare(criterion.text) for criterion in criteria}
    lines = [line for task in drafted.tasks.tasks for line in (task.title, *task.details)]
    assert [line for line in lines if bare(line) in sentences] == []
