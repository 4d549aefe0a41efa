from __future__ import annotations

import pytest

from setsquare.spec.approval import ApprovalState, Standing, approve, authored
from setsquare.spec.signoff import SignOff, demanded_role, is_same_person, judged, refusal, role_of
from setsquare.spec.stage import Stage
from setsquare.text.markdown import scan
from setsquare.text.paths import RelPath
from setsquare.workspace.settings import Governance

ADA, EVE = "Ada <ada@example.org>", "Eve <eve@example.org>"
STRICT = Governance(
    requirements_role="product-owner",
    design_role="architect",
    requires_peer=True,
    roles=(("architect", ("ada@example.org",)), ("product-owner", (EVE,))),
)


def reason(governance: Governance, stage: Stage, by: str, role: str = "", author: str = "") -> str:
    found = refusal(governance, stage, SignOff(by, role, author))
    return found.reason if found else ""


# req: spec-engine/6.2
def test_nothing_is_demanded_by_default() -> None:
    for stage in (Stage.REQUIREMENTS, Stage.DESIGN, Stage.TASKS):
        assert demanded_role(Governance(), stage) == ""
        assert reason(Governance(), stage, ADA, "anything", ADA) == ""


def test_the_demanded_role_is_taken_by_who_holds_it() -> None:
    assert role_of(STRICT, Stage.DESIGN, SignOff(ADA, "")) == "architect"
    assert reason(STRICT, Stage.DESIGN, ADA, author=EVE) == ""
    assert reason(STRICT, Stage.REQUIREMENTS, EVE, author=ADA) == ""


@pytest.mark.parametrize(
    ("stage", "by", "role", "author", "said"),
    [
        (Stage.DESIGN, EVE, "", ADA, "does not hold that role"),
        (Stage.DESIGN, EVE, "architect", ADA, "does not hold the role architect"),
        (Stage.DESIGN, ADA, "developer", EVE, "not as developer"),
        (Stage.DESIGN, ADA, "architect", ADA, "somebody else than its last author"),
        (Stage.DESIGN, ADA, "architect", "", "whom git does not name"),
        (Stage.REQUIREMENTS, EVE, "product-owner", EVE, "somebody else than its last author"),
        (Stage.TASKS, EVE, "architect", "", "does not hold the role architect"),
    ],
)
def test_who_may_not_is_refused_with_the_reason(stage: Stage, by: str, role: str, author: str, said: str) -> None:
    assert said in reason(STRICT, stage, by, role, author)


def test_a_demanded_role_that_nobody_holds_refuses_everybody() -> None:
    empty = Governance(design_role="architect")
    assert reason(empty, Stage.DESIGN, ADA, "architect", EVE) == "nobody holds the role architect"
    assert reason(empty, Stage.DESIGN, ADA, "", EVE)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (ADA, "ada <ADA@example.org>", True),
        ("Ada", ADA, True),
        ("ada@example.org", ADA, True),
        ("Ada <other@example.org>", ADA, False),
        ("", "", False),
        ("<>", "<>", False),
        ("eve", "Eve", True),
    ],
)
def test_a_person_is_known_by_mail_then_by_name(one: str, other: str, same: bool) -> None:
    assert is_same_person(one, other) is same
    assert is_same_person(other, one) is same


def test_stricter_rules_ask_for_a_new_approval() -> None:
    design = scan(RelPath("design.md"), b"# A\n")
    made = authored(approve(Stage.DESIGN, design, role="", by=ADA, at="2026-01-01T00:00:00Z", commit="c"), ADA)
    valid = ApprovalState(stage=Stage.DESIGN, standing=Standing.VALID, approval=made)
    assert judged(Governance(), Stage.DESIGN, valid) is valid
    found = judged(STRICT, Stage.DESIGN, valid)
    assert (found.standing, found.is_valid, found.approval) == (Standing.INSUFFICIENT, False, made)
