"""A diff by lines is a shortest script that leads from one text to the other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from setsquare.text.line_diff import line_steps, unified

LINES = st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=12)


def kept_by_longest_common(old: list[str], new: list[str]) -> int:
    """Count the lines of the longest common subsequence."""
    row = [0] * (len(new) + 1)
    for left in old:
        before = 0
        for at, right in enumerate(new, 1):
            before, row[at] = row[at], before + 1 if left == right else max(row[at], row[at - 1])
    return row[-1]


@given(LINES, LINES)
def test_steps_lead_from_the_old_text_to_the_new_one_and_keep_as_much_as_can_be(old: list[str], new: list[str]) -> None:
    steps = line_steps(old, new)
    assert [line for sign, line in steps if sign != "+"] == old
    assert [line for sign, line in steps if sign != "-"] == new
    assert sum(sign == " " for sign, _ in steps) == kept_by_longest_common(old, new)


def test_context_that_meets_is_one_hunk() -> None:
    old = "\n".join(f"{number}" for number in range(30))
    near = old.replace("5\n6\n", "five\n6\n").replace("13\n", "thirteen\n")
    assert unified(old, near).count("@@ -") == 1
    far = near.replace("\n13", "\nx").replace("26", "y")
    assert unified(old, far).count("@@ -") == 2


def test_equal_texts_have_no_hunk() -> None:
    assert unified("a\nb", "a\nb") == ""


def test_the_head_counts_lines() -> None:
    assert unified("a\nb\nc", "a\nc", context=0) == "@@ -2,1 +2,0 @@\n-b"


def test_a_text_with_thousands_of_changes_ends() -> None:
    old, new = [f"a{number}" for number in range(3000)], [f"b{number}" for number in range(3000)]
    assert len(line_steps(old, new)) == 6000
