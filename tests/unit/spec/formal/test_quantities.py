"""Comparisons with numbers in sentences."""

from __future__ import annotations

import pytest

from setsquare.spec.formal.formula import Sort, Variable
from setsquare.spec.formal.quantities import comparison

SIZE = Variable(name="size", sort=Sort.REAL, unit="MB", phrases=("the file", "file size"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("the file is larger than 10 MB", "size > 10"),
        ("The file exceeds 1,000 KB", "size > 1"),
        ("file size is at least 2 gigabytes", "size >= 2000"),
        ("the file is less than or equal to 5", "size <= 5"),
        ("the file is less than 5 MB", "size < 5"),
        ("the file does not exceed 5 MB", "size <= 5"),
        ("the file is no more than 5.5 MB.", "size <= 5.5"),
        ("the file is exactly 3 MB", "size = 3"),
        ("the file is not equal to 3 MB", "size != 3"),
        ("size > 3", "size > 3"),
    ],
)
def test_reads(text: str, shown: str) -> None:
    read = comparison(text, (SIZE,))
    assert read is not None
    assert read.shown == shown


@pytest.mark.parametrize(
    "text",
    [
        "the file is large",
        "the file is larger than 10 seconds",
        "the file is larger than 10 MB and has a name",
        "the profile is larger than 10 MB",
        "the file name is longer than 10",
        "10 MB",
    ],
)
def test_leaves_what_it_cannot_read(text: str) -> None:
    assert comparison(text, (SIZE,)) is None
