"""Front matter: read as strings, bounded, and never a crash."""

from __future__ import annotations

import pytest

from setsquare.text import markdown
from setsquare.text.paths import RelPath
from setsquare.workspace.front_matter import LIMIT_BYTES, FrontMatter, read_front_matter


def of(inner: bytes) -> FrontMatter:
    return read_front_matter(markdown.scan(RelPath("a.md"), b"---\n" + inner + b"\n---\nbody\n"))


def test_scalars_and_lists_of_scalars_are_kept_as_written() -> None:
    front = of(b"a: 007\nb: [x, 'y', {c: d}, null]\nc: {d: e}\nd:\ne: yes")
    assert front.fields == (("a", ("007",)), ("b", ("x", "y", "null")), ("c", ()), ("d", ()), ("e", ("yes",)))
    assert (front.text("a"), front.texts("b")[0], front.text("none"), front.has("d"), front.has("none")) == ("007", "x", "", True, False)


def test_the_span_covers_the_block() -> None:
    assert of(b"a: 1").span.end == len(b"---\na: 1\n---\n")
    nothing = read_front_matter(markdown.scan(RelPath("a.md"), b"# T\n---\na: 1\n---\n"))
    assert (nothing.fields, nothing.problem, len(nothing.span)) == ((), "", 0)


@pytest.mark.parametrize("inner", [b"", b"# only a comment", b"null", b"~"])
def test_nothing_written_is_no_problem(inner: bytes) -> None:
    assert of(inner).fields == ()


@pytest.mark.parametrize(
    "inner",
    [
        b"a: *x",
        b"a: \x92",
        b"a: \x00",
        b"a: [",
        b"- a",
        b"text",
        b"[1]: 2",
        b"a: &x [*x]",
        b"a: " + b"[" * 30_000,
        b"- " * 30_000,
        b"a: " + b"x" * LIMIT_BYTES,
        b"".join(b"a%d: &a%d [%s]\n" % (n, n, b",".join([b"*a%d" % (n - 1)] * 9) if n else b"x") for n in range(9)) + b"]",
    ],
)
def test_what_cannot_be_read_is_a_problem_without_fields(inner: bytes) -> None:
    front = of(inner)
    assert front.problem
    assert front.fields == ()


def test_aliases_that_multiply_cost_nothing() -> None:
    inner = b"".join(b"a%d: &a%d [%s]\n" % (n, n, b",".join([b"*a%d" % (n - 1)] * 9) if n else b"x") for n in range(30))
    assert of(inner).texts("a0") == ("x",)
