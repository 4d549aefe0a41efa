"""Lazy patterns: they compile at the first use, once, and behave like compiled ones."""

import re

from setsquare.text.lazy_pattern import LazyPattern


def test_nothing_is_compiled_before_the_first_use() -> None:
    broken = LazyPattern("(")
    try:
        broken.search("text")
    except re.error:
        return
    raise AssertionError


def test_it_compiles_once() -> None:
    pattern = LazyPattern("a+")
    assert pattern.compiled is pattern.compiled
    assert pattern.search is pattern.search


def test_its_methods_are_those_of_a_compiled_pattern() -> None:
    pattern, compiled = LazyPattern(r"(?<!x)a+", re.IGNORECASE), re.compile(r"(?<!x)a+", re.IGNORECASE)
    text = "xa AA baa"
    assert pattern.findall(text) == compiled.findall(text)
    assert [found.span() for found in pattern.finditer(text, 2)] == [found.span() for found in compiled.finditer(text, 2)]
    assert pattern.sub("-", text) == compiled.sub("-", text)
    assert pattern.split(text) == compiled.split(text)
    assert pattern.match(text, 3, 4) is not None
    assert pattern.fullmatch("AAA") is not None
    assert pattern.fullmatch(text) is None
