"""In what way a sentence changed."""

from __future__ import annotations

import pytest

from setsquare.spec.change_class import difference

CASES = [
    ("WHEN a, THE X SHALL go", "When a then the X shall go.", "cosmetic", ""),
    ("THE X SHALL  **go**", "THE X SHALL go", "cosmetic", ""),
    ("THE X SHALL go", "THE X SHALL NOT go", "polarity", "SHALL → SHALL NOT"),
    ("THE X SHALL answer within 200 ms", "THE X SHALL answer within 100 ms", "threshold", "200 ms → 100 ms, tightened"),
    ("THE X SHALL answer within 200 ms", "THE X SHALL answer within 1 s", "threshold", "200 ms → 1 s"),
    ("THE X SHALL keep at least 3 copies", "THE X SHALL keep at least 2 copies", "threshold", "3 copies → 2 copies, loosened"),
    ("THE X SHALL keep at least 3 copies", "THE X SHALL keep at least 5 copies", "threshold", "3 copies → 5 copies, tightened"),
    ("THE X SHALL hold at most 1,000 jobs", "THE X SHALL hold at most 2,000 jobs", "threshold", "1,000 jobs → 2,000 jobs, loosened"),
    ("WHEN 3 tries fail, THE X SHALL lock", "WHEN 5 tries fail, THE X SHALL lock", "threshold", "3 tries → 5 tries"),
    ("THE X SHALL answer within 2 s", "THE X SHALL answer within 2 seconds", "cosmetic", ""),
    ("THE X SHALL go", "THE X SHOULD go", "modal", "SHALL → SHOULD"),
    ("THE X SHALL go", "THE Y SHALL go", "subject", "X → Y"),
    ("WHEN a, THE X SHALL go", "WHEN b, THE X SHALL go", "guard", ""),
    ("WHEN a, THE X SHALL go", "IF a, THEN THE X SHALL go", "guard", ""),
    ("THE X SHALL go", "WHILE hot, THE X SHALL go", "guard", ""),
    ("THE X SHALL go", "THE X SHALL stop", "response", ""),
    ("WHEN a, THE X SHALL go", "WHEN a, THE X SHALL stop", "response", ""),
    ("系统必须显示列表", "系统必须显示表格", "response", ""),
]


@pytest.mark.parametrize(("before", "after", "kind", "detail"), CASES)
def test_classes(before: str, after: str, kind: str, detail: str) -> None:
    found = difference(before, after)
    assert (found.kind.value, found.detail) == (kind, detail)


def test_weaker_words_are_weaker() -> None:
    assert difference("THE X SHALL go", "THE X SHOULD go").is_weaker
    assert not difference("THE X SHOULD go", "THE X SHALL go").is_weaker
