"""Finds links from code and tests to criteria in comments, docstrings and test marks.

Forms: `# req: login/1.2`, `Validates: Requirements 1.2` (with `Feature: login` nearby), `@pytest.mark.req("login/1.2")`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from setsquare.spec.link import LinkKind, TraceLink
from setsquare.spec.resolving import CriterionIndex, bare, indexed, qualifier, resolve
from setsquare.text.paths import RelPath, base_name
from setsquare.workspace.model import Workspace
from setsquare.workspace.references import read_references, read_value
from setsquare.workspace.spec import Reference, ReferenceKind, Spec

_LIMIT_LINE: Final = 600
_NEARBY: Final = 8
_COMMENT: Final = re.compile(r"(?:#|//|/\*|\*|--|;|<!--)\s*req(?:s|uirements?)?\s*[:：]\s*(?P<ids>[^*>]*)", re.IGNORECASE)
_MARK: Final = re.compile(r"\bmark\.req(?:uirement)?\(\s*(?P<ids>[^)]*)")
_QUOTES: Final = re.compile(r"[\"']")
_VALIDATES: Final = re.compile(r"[\W_]*(?:validates|verifies)\b", re.IGNORECASE)
_FEATURE: Final = re.compile(r"\b(?:Feature|Spec)\s*[:：]\s*(?P<spec>[\w.-]+)")
_HINT: Final = re.compile(r"req|validates|verifies|feature|spec", re.IGNORECASE)
_TEST: Final = re.compile(r"(?:\A|/)(?:tests?|__tests__|e2e)/|\Aspec/|(?:\A|/)test_[^/]*\Z|[._-](?:test|tests|spec)\.[^/]*\Z|Tests?\.\w+\Z")


def code_links(files: Mapping[RelPath, str], workspace: Workspace) -> tuple[TraceLink, ...]:
    r"""Read the links that source files hold; one that names no spec belongs to the only spec that has such a criterion, else to none.

    A link from a test or a test mark is `VERIFIES`, any other is `IMPL`.

    >>> from setsquare.text.markdown import scan
    >>> from setsquare.workspace.requirements import read_requirements
    >>> needs = read_requirements(scan(RelPath("r.md"), b"## Requirement 1\n### Acceptance Criteria\n1. THE Bell SHALL ring"))
    >>> workspace = Workspace(specs=(Spec(name="bell", path=RelPath("bell"), root=RelPath(""), requirements=needs),))
    >>> [(link.kind.value, link.source, link.target) for link in code_links({RelPath("bell.py"): "# req: bell/1.1"}, workspace)]
    [('impl', 'bell.py', '1.1')]
    """
    indices = tuple((spec, index) for spec in workspace.specs if (index := indexed(spec)))
    found: list[TraceLink] = []
    for path in sorted(files):
        is_test = _TEST.search(path) is not None
        for line, feature, reference in _references(path, files[path]):
            target = _target(reference, qualifier(reference.first) or feature, indices)
            if target is None:
                continue
            spec, index = target
            found += [
                TraceLink(
                    kind=LinkKind.VERIFIES if is_test else LinkKind.IMPL,
                    spec=spec.name,
                    source=path,
                    target=index.criteria[position].id,
                    target_spec=spec.name,
                    path=path,
                    line=line,
                )
                for position in resolve(index, reference).positions
            ]
    return tuple(dict.fromkeys(found))


def _references(path: RelPath, text: str) -> Iterator[tuple[int, str, Reference]]:
    """List a file's references with their line and the feature named just above."""
    feature, feature_line = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > _LIMIT_LINE or not _HINT.search(line):
            continue
        if named := _FEATURE.search(line):
            feature, feature_line = named["spec"], number
        nearby = feature if number - feature_line <= _NEARBY else ""
        for reference in _line(path, line, number):
            if reference.kind is not ReferenceKind.PROSE:
                yield number, nearby, reference


def _line(path: RelPath, line: str, number: int) -> tuple[Reference, ...]:
    """Read one line of code."""
    if mark := _MARK.search(line):
        return read_value(_QUOTES.sub(" ", mark["ids"]), path, number)
    if comment := _COMMENT.search(line):
        return read_value(comment["ids"], path, number)
    return read_references(line, path, number) if _VALIDATES.match(line) else ()


def _target(reference: Reference, named: str, indices: tuple[tuple[Spec, CriterionIndex], ...]) -> tuple[Spec, CriterionIndex] | None:
    """Find the spec that a reference belongs to."""
    if named:
        return next((pair for pair in indices if named.casefold() in (pair[0].name.casefold(), base_name(pair[0].name).casefold())), None)
    bearing = [pair for pair in indices if pair[1].find(bare(reference.first)).is_found]
    return bearing[0] if len(bearing) == 1 else None
