"""Which sentences can be tested on many inputs."""

from __future__ import annotations

import pytest

from setsquare.spec.ears import parse
from setsquare.spec.property_shape import Shape, shape_of


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        (
            "FOR ALL valid files, parsing then printing then parsing SHALL produce an equivalent object (round-trip property)",
            Shape.ROUND_TRIP,
        ),
        ("WHEN a user exports and imports a project, THE Editor SHALL restore an identical project", Shape.ROUND_TRIP),
        ("*For any* name, saving followed by loading SHALL return the original string", Shape.ROUND_TRIP),
        ("WHEN the migration runs twice, THE Store SHALL hold the same rows as after one run", Shape.IDEMPOTENCE),
        ("THE Sync SHALL be idempotent", Shape.IDEMPOTENCE),
        ("IF the amount is negative, THEN THE Ledger SHALL reject the booking", Shape.ERROR_PATH),
        ("THE Queue SHALL hold at most 100 jobs", Shape.BOUND),
        ("WHEN a name is set, THE Form SHALL accept between 3 and 40 characters", Shape.BOUND),
        ("THE Ledger SHALL always sum to zero", Shape.INVARIANT),
        ("For any list, sorting it SHALL keep its length", Shape.INVARIANT),
    ],
)
def test_shapes(text: str, shape: Shape) -> None:
    assert shape_of(parse(text)) is shape


@pytest.mark.parametrize(
    "text",
    [
        "THE Page SHALL be blue",
        "WHEN a user signs in, THE Portal SHALL show the start page",
        "THE API SHALL answer within 200 ms",
        "Users can filter the list",
        "IF the flag is set, THEN THE Page SHALL glow",
        "系统应显示列表",
        "",
    ],
)
def test_sentences_without_a_shape(text: str) -> None:
    assert shape_of(parse(text)) is None
