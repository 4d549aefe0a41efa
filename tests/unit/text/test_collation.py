"""Names sort as people list them."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from setsquare.text.collation import collation_key


def test_punctuation_comes_before_digits_before_letters() -> None:
    names = ["Zed", "zed2", "éa", "emp", "_u", "alpha", "10", "9", "Beta", ".hidden", "a-b", "ab", "a", "A"]
    assert sorted(names, key=collation_key) == [
        "_u",
        ".hidden",
        "10",
        "9",
        "a",
        "A",
        "a-b",
        "ab",
        "alpha",
        "Beta",
        "éa",
        "emp",
        "Zed",
        "zed2",
    ]


@given(st.lists(st.text(max_size=5), max_size=6))
def test_any_names_can_be_sorted(names: list[str]) -> None:
    found = sorted(names, key=collation_key)
    assert all(collation_key(first) <= collation_key(second) for first, second in itertools.pairwise(found))
