"""Expressions are worked out as Terraform does, with every value that a condition leaves possible."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsquare.powers.iam.expressions.evaluating import Evaluation, values_of
from setsquare.powers.iam.expressions.parsing import parsed, parsed_template
from setsquare.powers.iam.expressions.values import MOST_CHOICES, Open, Value, has_open

NOWHERE = Evaluation(known=lambda *_: None, read=lambda *_: None)


def values(text: str) -> tuple[Value, ...]:
    return values_of(parsed(text), NOWHERE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"a${"b"}c"', ("abc",)),
        ('"$${aws:username}"', ("${aws:username}",)),
        (r'"i\u0061m:\"x\""', ('iam:"x"',)),
        ("true ? 1 : 2", (1.0,)),
        ("var.x ? [1] : [2]", ((1.0,), (2.0,))),
        ('length([1, 2]) > 1 ? "a" : "b"', ("a",)),
        ('[for k, v in { a = "1" } : "${k}${v}"]', (("a1",),)),
        ('[for x in ["a", "b"] : x if x != "a"]', (("b",),)),
        ('{ for x in ["a"] : x => "${x}${x}" }["a"]', ("aa",)),
        ('[{ a = "x" }, { a = "y" }][*].a', (("x", "y"),)),
        ("concat([1], [2])...", (Open("${concat([1], [2])...}"),)),
        ('concat([["a"], ["b"]]...)', (("a", "b"),)),
        ('formatlist("%s:x", ["a", "b"])', (("a:x", "b:x"),)),
        ('setproduct(["a"], ["b", "c"])', ((("a", "b"), ("a", "c")),)),
        ('lookup({ a = "1" }, "b", "2")', ("2",)),
        ('{ (var.k) = "x" }["a"]', (Open('${{ (var.k) = "x" }["a"]}'),)),
        ("<<EOF\nx ${1}\nEOF", ("x 1\n",)),
        ('"%{ if true }x%{ endif }"', (Open('${"%{ if true }x%{ endif }"}'),)),
    ],
)
def test_what_expressions_come_to(text: str, expected: tuple[Value, ...]) -> None:
    assert values(text) == expected


def test_too_many_choices_are_open_and_none_is_lost() -> None:
    many = ", ".join(f'var.x{number} ? "a{number}" : "b{number}"' for number in range(12))
    found = values(f"[{many}]")
    assert len(found) <= MOST_CHOICES
    assert has_open(found)


@given(st.text(alphabet='abc"[]{}()?:.,$%*! =<>&|\\\n0', max_size=60))
def test_any_text_is_parsed_or_kept(text: str) -> None:
    for term in (parsed(text), parsed_template(text)):
        assert values_of(term, NOWHERE)


@pytest.mark.parametrize(
    "text", ["[" * 5_000, "(" * 5_000, "-" * 5_000, 'a["' * 3_000, "x ? " * 3_000, '"${' * 2_000, "[for a in " * 1_000]
)
def test_depth_is_bounded(text: str) -> None:
    assert has_open(values(text))
