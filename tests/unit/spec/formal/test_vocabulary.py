"""A vocabulary is read whole or says what of it cannot be used."""

from __future__ import annotations

import pytest

from setsquare.spec.formal.vocabulary import read_vocabulary


def test_a_full_vocabulary_has_no_problem() -> None:
    found = read_vocabulary(
        """
        total = [["mb"]]
        [variables]
        mb = { type = "int", unit = "MB", min = 0, max = 100.5, phrases = ["the upload"] }
        state = { type = "enum", values = ["idle", "busy"] }
        [facts]
        F1 = "state = idle implies mb = 0"
        [atoms]
        "The system is idle." = "state = idle"
        [[deadlines]]
        whole = "1.3"
        parts = ["1.1", "1.2"]
        """
    )
    assert found.problems == ()
    assert list(found.atoms) == ["system is idle"]
    assert found.total == (("mb",),)
    assert found.deadlines[0].parts == ("1.1", "1.2")
    assert found.variables["mb"].most is not None


@pytest.mark.parametrize(
    ("text", "where", "reason"),
    [
        ("not toml", "", "no TOML"),
        ("[variabels]", "variabels", "no such part"),
        ('variables = "x"', "variables", "table"),
        ('[variables]\nmb = "real"', "variables.mb", "table"),
        ('[variables]\nmb = { type = "float" }', "variables.mb", "bool, real, int or enum"),
        ('[variables]\ns = { type = "enum", values = [] }', "variables.s", "values"),
        ('[variables]\n"a|b" = { type = "bool" }', "variables.a|b", "letters"),
        ('[facts]\nF1 = "ok"', "facts.F1", "no variable"),
        ("[facts]\nF1 = 3", "facts.F1", "quotes"),
        ('total = ["mb"]', "total", "no variable"),
        ('deadlines = ["1.1"]', "deadlines", "whole"),
        ("a=" + "[" * 5000, "", "no TOML"),
    ],
)
def test_what_is_wrong_is_named(text: str, where: str, reason: str) -> None:
    problems = read_vocabulary(text).problems
    assert [problem.where for problem in problems] == [where]
    assert reason in problems[0].reason
