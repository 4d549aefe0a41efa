"""Every rule's examples are its tests."""

from __future__ import annotations

import pytest

from setsquare.rules.check import check
from setsquare.rules.finding import Example, Finding
from setsquare.rules.fixing import fixed, safe_edits
from setsquare.rules.page import PARTS, parts_of
from setsquare.rules.registry import RULES
from setsquare.rules.rule import Rule
from setsquare.text.paths import RelPath
from setsquare.workspace.load import load

CASES = [pytest.param(rule, example, id=f"{rule.code}-{number}") for rule in RULES for number, example in enumerate(rule.examples)]
LEAST_EXAMPLES = 5
LEAST_REAL = 2
INVENTED = {
    **dict.fromkeys(("MCP001", "EARS010", "EARS011", "EARS020", "EARS022", "RSET002", "RSET003", "RSET005"), frozenset({True})),
    **dict.fromkeys(
        ("TSK004", "TSK005", "TSK006", "TSK007", "TSK009", "TSK010", "TSK012", "TSK013", "TSK014", "DSN003", "DSN005"), frozenset({True})
    ),
    **dict.fromkeys(
        tuple(f"OSP{number:03}" for number in range(1, 19)),
        frozenset({True, False}),
    ),
    **dict.fromkeys(
        (
            "KIT001",
            "KIT002",
            "GOV001",
            "GOV002",
            "GOV003",
            "CFG001",
            "CFG002",
            "CFG004",
            "CFG005",
            "CFG006",
            "CFG007",
            "CFG008",
            "PWR001",
            "PWR002",
            "PWR003",
            "SUP001",
            "SUP002",
            "SUP003",
        ),
        frozenset({True, False}),
    ),
}
"""Rules, and whether their examples that fire or are silent cannot have a source; their page says why."""


def files_of(example: Example) -> dict[RelPath, bytes]:
    return {RelPath(path): text.encode() for path, text in example.files}


def findings_of(rule: Rule, files: dict[RelPath, bytes]) -> tuple[Finding, ...]:
    return check(load(files), [rule.code])


# req: check/2.3
@pytest.mark.parametrize(("rule", "example"), CASES)
def test_example(rule: Rule, example: Example) -> None:
    found = findings_of(rule, files_of(example))
    assert len(found) == example.fires, [finding.message for finding in found]
    for finding in found:
        assert finding.code == rule.code
        assert finding.message
        assert finding.path in files_of(example)
        assert finding.span.end <= len(files_of(example)[finding.path])


# req: check/3.2
@pytest.mark.parametrize(("rule", "example"), CASES)
def test_fix_silences_its_rule_and_touches_only_its_span(rule: Rule, example: Example) -> None:
    files = files_of(example)
    for path in list(files):
        found = [finding for finding in findings_of(rule, files) if finding.path == path]
        mendable = [finding for finding in found if finding.fix and finding.fix.is_safe]
        for finding in mendable:
            assert finding.fix
            for edit in finding.fix.edits:
                assert finding.span.start <= edit.span.start <= edit.span.end <= finding.span.end
        files[path] = fixed(files[path], found)
        after = [finding for finding in findings_of(rule, files) if finding.path == path]
        assert len(after) == len(found) - len(mendable)
        assert safe_edits(after) == ()
    if example.fixed is not None:
        assert files[RelPath(example.files[0][0])].decode() == example.fixed


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_rule_has_enough_examples_and_a_whole_page(rule: Rule) -> None:
    for fires in (True, False):
        group = [example for example in rule.examples if bool(example.fires) is fires]
        assert len(group) >= LEAST_EXAMPLES
        if fires not in INVENTED.get(rule.code, ()):
            assert sum(bool(example.source) for example in group) >= LEAST_REAL
    assert ("every example" in parts_of(rule)["Source"]) is (rule.code in INVENTED)
    assert tuple(parts_of(rule)) == PARTS
    assert rule.summary.endswith(".")


def test_codes_and_names_are_unique() -> None:
    assert len({rule.code for rule in RULES}) == len(RULES)
    assert len({rule.name for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("text", ["", "\n", "\ufeff", "# T\n"])
def test_empty_files_give_no_finding(text: str) -> None:
    files = {RelPath(f".kiro/specs/a/{name}.md"): text.encode() for name in ("requirements", "design", "tasks", "bugfix")}
    found = [finding for finding in check(load(files)) if finding.code != "DSN001"]
    assert found == []
    assert text.strip("\ufeff\n") or check(load(files)) == ()
