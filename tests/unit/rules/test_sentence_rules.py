"""The rules about single sentences and sets of them, on text of other trades than that of their examples."""

from __future__ import annotations

import time

import pytest

from setsquare.rules.actor import person
from setsquare.rules.atom import length, several, verbs
from setsquare.rules.config import Config, RuleSetting
from setsquare.rules.ears import empty, failure, if_then, letter_case, obligation, order, postfix, triggers, when_then, where
from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rewriting import Change, keeps_meaning, rewritten
from setsquare.rules.rset import balance, contradiction, granularity, placement, repeated, testable
from setsquare.rules.rule import Rule
from setsquare.spec.ears import parse
from setsquare.text.paths import RelPath
from setsquare.text.span import apply_edits
from setsquare.workspace.load import load

HEAD = "# Requirements Document\n\n### Requirement 1: A\n\n#### Acceptance Criteria\n\n"
PATH = RelPath(".kiro/specs/a/requirements.md")
MINE = (
    *(obligation.RULE, empty.RULE, letter_case.RULE, when_then.RULE, if_then.RULE, order.RULE, postfix.RULE, triggers.RULE, where.RULE),
    *(failure.RULE, several.RULE, verbs.RULE, length.RULE, person.RULE, repeated.RULE, contradiction.RULE, placement.RULE),
    *(granularity.RULE, balance.RULE, testable.RULE),
)


def document(*texts: str) -> bytes:
    return (HEAD + "".join(f"{number}. {text}\n" for number, text in enumerate(texts, 1))).encode()


def found(rule: Rule, *texts: str, config: Config | None = None) -> list[Finding]:
    return list(rule.check(Evidence(load({PATH: document(*texts)}), config or Config())))


def mended(rule: Rule, *texts: str) -> list[str]:
    """Apply the fix of the only finding, safe or not."""
    raw = document(*texts)
    (finding,) = rule.check(Evidence(load({PATH: raw})))
    assert finding.fix
    lines = apply_edits(raw, finding.fix.edits).decode().splitlines()
    return [line for line in lines if line[:1].isdigit()]


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (obligation.RULE, "Cabin lights in warm white"),
        (obligation.RULE, "The pump runs quietly"),
        (empty.RULE, "IF , THEN THE Valve SHALL close"),
        (empty.RULE, "While the valve is open, the pump shall"),
        (if_then.RULE, "If the pressure drops, the pump shall stop"),
        (if_then.RULE, "IF the seal leaks THE Pump SHALL stop"),
        (order.RULE, "When the door opens, where a ramp is fitted, the bus shall kneel"),
        (postfix.RULE, "The bus shall kneel when the door opens"),
        (postfix.RULE, "THE Pump SHALL stop IF the seal leaks"),
        (triggers.RULE, "WHEN the door opens AND the ramp is out OR the bell rings, THE Bus SHALL wait"),
        (triggers.RULE, "When the door opens, and when the bell rings, the bus shall wait"),
        (where.RULE, "WHERE the driver presses the horn, THE Bus SHALL beep"),
        (where.RULE, "Where a fault occurs, the bus shall stop"),
        (failure.RULE, "When the brake test fails, the bus shall not start"),
        (several.RULE, "THE Bus SHALL stop and the bell SHALL ring"),
        (several.RULE, "The bus shall stop; the bell shall ring."),
        (verbs.RULE, "THE Bus SHALL open the door and display the stop"),
        (person.RULE, "The administrator SHALL approve the trip"),
        (person.RULE, "WHEN the bus stops, new customers must show a ticket"),
        (testable.RULE, "THE Bus SHALL provide a pleasant experience"),
    ],
)
def test_found(rule: Rule, text: str) -> None:
    assert [finding.code for finding in found(rule, text)] == [rule.code]


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (obligation.RULE, "The pump shall run quietly"),
        (obligation.RULE, "WHEN the seal leaks, stop the pump"),
        (obligation.RULE, "Die Pumpe läuft leise und ist für den Betrieb mit Öl"),
        (obligation.RULE, "Rationale: pumps wear out"),
        (empty.RULE, "WHEN `(x)` THEN `y` SHALL `z`"),
        (empty.RULE, "The pump shall: start, stop"),
        (if_then.RULE, "Si la bomba falla, el sistema debe parar"),
        (if_then.RULE, "The pump shall stop if the seal leaks"),
        (order.RULE, "WHERE a ramp is fitted, WHILE the bus stands, WHEN the door opens, THE Bus SHALL kneel"),
        (postfix.RULE, "The log shall record when the door opened"),
        (postfix.RULE, "The bus shall kneel only when the door opens"),
        (postfix.RULE, "THE Bus SHALL determine if the door is open"),
        (triggers.RULE, "WHEN bread and butter or jam are ordered, THE Kitchen SHALL serve"),
        (triggers.RULE, "WHEN the door (front or rear) opens and the bell rings, THE Bus SHALL wait"),
        (where.RULE, "WHERE a ramp is fitted, THE Bus SHALL kneel"),
        (where.RULE, "THE Map SHALL show where the bus stops"),
        (failure.RULE, "WHEN the failure rate is shown, THE Bus SHALL refresh it"),
        (several.RULE, 'THE Bus SHALL show "you shall not pass"'),
        (verbs.RULE, "THE Bus SHALL show arrival and report times"),
        (verbs.RULE, "THE Bus SHALL allow the driver to open the door and close the ramp"),
        (person.RULE, "THE Customer_Portal SHALL list trips"),
        (person.RULE, "Customers SHALL be informed of delays"),
        (person.RULE, "The user interface SHALL be blue"),
        (testable.RULE, "THE Bus SHALL provide 3 doors"),
        (testable.RULE, "WHILE the bus stands, THE Bus SHALL ensure comfort"),
    ],
)
def test_silent(rule: Rule, text: str) -> None:
    assert found(rule, text) == []


@pytest.mark.parametrize("rule", MINE, ids=lambda rule: rule.code)
def test_other_languages_get_no_error_of_wording(rule: Rule) -> None:
    texts = [
        "WHEN 用户登录 THEN 系统 SHALL 创建会话",
        "ユーザーが保存したとき、システムは記録しなければならない",
        "El sistema debe guardar el pedido del usuario",
    ]
    assert [finding for finding in found(rule, *texts) if finding.severity is not Severity.NOTE] == []


def test_fixes_that_are_offers() -> None:
    assert mended(postfix.RULE, "The bus shall kneel when the door opens.") == ["1. When the door opens, the bus shall kneel."]
    assert mended(order.RULE, "WHEN a stop nears, WHILE it rains, THE Bus SHALL slow down") == [
        "1. WHILE it rains, WHEN a stop nears, THE Bus SHALL slow down"
    ]
    assert mended(where.RULE, "Where a fault occurs, the bus shall stop") == ["1. When a fault occurs, the bus shall stop"]
    assert mended(failure.RULE, "When the test fails, the bus shall wait") == ["1. If the test fails, then the bus shall wait"]
    assert mended(person.RULE, "THE Bus SHALL stop", "The user SHALL be able to ring")[1] == "2. THE Bus SHALL let the user ring"


def test_a_split_numbers_what_follows() -> None:
    lines = mended(
        several.RULE,
        "THE Bus SHALL wait",
        "WHEN it stops, THE Bus SHALL kneel and THE Bell SHALL ring",
        "THE Bus SHALL go",
        "THE Bus SHALL end",
    )
    assert lines == [
        "1. THE Bus SHALL wait",
        "2. WHEN it stops, THE Bus SHALL kneel",
        "3. WHEN it stops, THE Bell SHALL ring",
        "4. THE Bus SHALL go",
        "5. THE Bus SHALL end",
    ]


def test_a_contrast_is_a_note() -> None:
    assert [finding.severity for finding in found(several.RULE, "THE Bus SHALL stop and SHALL NOT kneel")] == [Severity.NOTE]
    assert [finding.severity for finding in found(several.RULE, "THE Bus SHALL stop and the bell SHALL NOT ring")] == [Severity.WARNING]


def test_safe_fixes_keep_what_a_sentence_means() -> None:
    for rule, texts in (
        (if_then.RULE, ["If the seal\n   leaks, the pump shall stop", "- **IF** the seal leaks, THE Pump SHALL stop"]),
        (when_then.RULE, ["WHEN it stops THEN the Bus SHALL kneel", "WHEN 车停 THEN 系统 SHALL 开门"]),
        (letter_case.RULE, ["WHEN it stops, THE Bus shall kneel"]),
    ):
        for finding in found(rule, *texts, "WHEN it goes, THE Bus SHALL ring", "THE Bus SHALL go"):
            assert finding.fix is None or finding.fix.is_safe
    assert keeps_meaning(parse("WHEN a THEN the B SHALL c"), [Change(6, 12, ", ")])
    assert not keeps_meaning(parse("THE B SHALL c"), [Change(6, 11, "SHALL NOT")])
    assert rewritten("abc", []) == "abc"


def test_options() -> None:
    short = Config(rules=(RuleSetting(code="ATOM003", options=(("words", 4),)),))
    assert [finding.code for finding in found(length.RULE, "THE Bus SHALL stop at once", config=short)] == ["ATOM003"]
    assert found(length.RULE, "THE Bus SHALL stop at once") == []
    detailed = Config(rules=(RuleSetting(code="RSET004", options=(("min", 20), ("max", 0))),))
    texts = [f"THE Bus SHALL stop at {number}" for number in range(19)]
    assert [finding.message for finding in found(granularity.RULE, *texts, config=detailed)] == [
        "19 criteria in this spec; agreed are 20 or more"
    ]
    assert found(granularity.RULE, *texts, "THE Bus SHALL end", config=detailed) == []


def test_a_list_in_another_style_is_one_finding() -> None:
    assert len(found(obligation.RULE, *(f"Door {number}" for number in range(9)))) == 1
    assert len(found(obligation.RULE, "Door", "Bell", *(f"THE Bus SHALL stop at {number}" for number in range(9)))) == 2


def test_archived_specs_are_left_in_peace() -> None:
    path = RelPath(".kiro/specs/_archived/a/requirements.md")
    evidence = Evidence(load({path: document("THE Bus SHALL stop now", "THE Bus SHALL stop now", "THE Bus SHALL NOT stop now")}))
    for rule in (repeated.RULE, contradiction.RULE, placement.RULE, granularity.RULE, balance.RULE):
        assert list(rule.check(evidence)) == []


@pytest.mark.parametrize("rule", MINE, ids=lambda rule: rule.code)
@pytest.mark.parametrize(
    "text",
    [
        "WHEN " + "a and b or " * 4000 + "c, THE Bus SHALL stop",
        "THE Bus SHALL stop" + " " * 40_000 + "and " + "the bell SHALL ring and " * 400,
        "THE user SHALL " + "validate x and send y, then " * 2000,
        "Word, " * 8000,
        "WHERE the user " + "selects " * 5000 + ", it SHALL stop when " + "it fails and " * 3000,
    ],
    ids=["joins", "blanks", "verbs", "commas", "where"],
)
def test_hostile_sentences_cost_little(rule: Rule, text: str) -> None:
    evidence = Evidence(load({PATH: document(text)}))
    assert len(evidence.sentences) == 1
    started = time.process_time()
    list(rule.check(evidence))
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize("rule", [person.RULE, several.RULE, repeated.RULE, placement.RULE, contradiction.RULE], ids=lambda rule: rule.code)
def test_large_files_cost_little(rule: Rule) -> None:
    texts = [f"The user SHALL open door {number % 1500} and the bell SHALL ring" for number in range(3000)]
    design = "# Design\n\n" + "".join(f"- WHEN {number} opens, THE Bus SHALL stop\n" for number in range(3000))
    evidence = Evidence(load({PATH: document(*texts), RelPath(".kiro/specs/a/design.md"): design.encode()}))
    assert len(evidence.sentences) == 3000
    started = time.process_time()
    assert list(rule.check(evidence)) or rule is contradiction.RULE
    assert time.process_time() - started < 2
