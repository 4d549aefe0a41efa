from __future__ import annotations

import re
import time

import pytest

from setsquare.agent.tools.expression import searched_chars, too_costly


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$", "(a*)*b", "(a|aa)+$", "(.*a){20}", r"(\w+\s?)*$", "((a+))+", "([a-z]+)*1", "(?:a+){2,}", "(a?)+b", r"(\d+)\1", "(?P<x>a)(?P=x)",
        "a" * 501, "", "(", "[", "*a", "a.*b.*c.*d.*e", "a?" * 20 + "a" * 20, "(?x) a # b", "(a|b|(c+))*x", "(?:(?:a|b))+z", "(?>a+)+", "x{9999999999}",
    ],
)  # fmt: skip
def test_costly_or_broken_patterns_are_refused(pattern):
    assert too_costly(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "token", r"def \w+\(", "TODO|FIXME", r"class .*Error", r"^import (os|sys)$", r"[a-z]+_id", r"\bfoo\b", r"a\.b\(c\)", "(?i)login", r"(foo)?bar",
        r"[)(*+]", r"\[\w+\]", "é+", r"issue\(.*\) ->", "x{2,4}", "[]]", "[^]]*x", r"\\", "a{", "{}",
    ],
)  # fmt: skip
def test_everyday_patterns_are_accepted(pattern):
    assert too_costly(pattern) == ""


@pytest.mark.parametrize(
    "pattern", ["a.*a.*a.*b", ".*.*b", "a+a+a+b", r"\s*\w*\s*b", "(a|aa)(a|aa)(a|aa)(a|aa)(a|aa)b", "a?a?a?a?a?a?a?a?b", ".*b"]
)
def test_one_line_never_takes_long(pattern):
    assert too_costly(pattern) == ""
    line = "a" * 100_000
    started = time.process_time()
    assert re.compile(pattern).search(line, 0, searched_chars(pattern)) is None
    assert time.process_time() - started < 5
