from __future__ import annotations

import pytest

from setsquare.guard.globs import compiled


@pytest.mark.parametrize(
    ("glob", "yes", "no"),
    [
        ("*.test.ts", ["a.test.ts", "x/y/a.test.ts", ".test.ts"], ["a.test.tsx", "a.test.ts/b"]),
        ("src/*", ["src/a", "src/.a"], ["src", "src/a/b", "x/src/a"]),
        ("a/**", ["a/b", "a/b/c", "a/.b"], ["a", "b/a/c", "ab/c"]),
        ("**/x", ["x", "a/x", "a/b/x"], ["ax", "x/a"]),
        ("a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["ab", "a/xb"]),
        ("a/**/b/**/c", ["a/b/c", "a/x/b/y/z/c", "a/b/b/c"], ["a/c", "a/b"]),
        ("**", ["a", "a/b"], []),
        ("?.py", ["a.py", "x/b.py"], ["ab.py", ".py"]),
        ("[abc].py", ["a.py"], ["d.py"]),
        ("[!a].py", ["b.py"], ["a.py"]),
        ("[a-c]1", ["b1"], ["d1"]),
        ("{a,b}.py", ["a.py", "b.py"], ["c.py"]),
        ("src/{a,b/{c,d}}/*.py", ["src/a/x.py", "src/b/d/x.py"], ["src/b/x.py"]),
        ("./Makefile", ["Makefile"], ["sub/Makefile"]),
        ("/docs/*.md", ["docs/a.md"], ["x/docs/a.md"]),
        ("a.b", ["a.b"], ["axb"]),
        ("a+(b)", ["a+(b)"], ["aab"]),
        ("[", ["["], ["a"]),
        ("{a", ["{a"], ["a"]),
        ("A.py", ["A.py"], ["a.py"]),
        ("a*b*c", ["abc", "axxbyyc", "abbc", "abcbc"], ["acb", "ab/c"]),
    ],
)
def test_globs_match_as_the_settings_page_says(glob, yes, no):
    found = compiled([glob])
    assert [path for path in yes if not found.matches(path)] == []
    assert [path for path in no if found.matches(path)] == []


def test_a_hostile_glob_neither_hangs_nor_grows():
    assert compiled(["*a" * 40 + "b"]).matches("a" * 2000) is False
    assert compiled(["**/a/" * 12 + "b"]).matches("a/" * 500) is False
    assert compiled(["{a,b}" * 20]).broken == ("{a,b}" * 20,)
