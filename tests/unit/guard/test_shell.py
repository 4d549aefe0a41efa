from __future__ import annotations

import pytest

from setsquare.guard.shell import RedirectionKind, Script, parse


def _shown(text):
    script = parse(text)
    assert isinstance(script, Script), script
    return [simple.shown for simple in script.commands if simple.words]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a b  c", ["a b c"]),
        ("a;b&c&&d||e|f", ["a", "b", "c", "d", "e", "f"]),
        ("a # b; c\nd", ["a", "d"]),
        ("a 'b;c' \"d e\"", ["a b;c d e"]),
        ("if a; then b; elif c; then d; else e; fi", ["a", "b", "c", "d", "e"]),
        ("for x in 1 2; do a $x; done", ["a $x"]),
        ("while a; do b; done | c", ["a", "b", "c"]),
        ("case x in a|b) c ;; (d) e ;& *) f; esac; g", ["c", "e", "f", "g"]),
        ("{ a; b; } > c", ["a", "b"]),
        ("(a; (b)) && c", ["a", "b", "c"]),
        ('a $(b `c`) "$(d)"', ["c", "b $(…)", "d", "a $(…) $(…)"]),
        ("a <(b) >(c)", ["b", "c", "a <(…) >(…)"]),
        ("a <<E\nb; $(c)\nE\nd", ["a", "c", "d"]),
        ("a <<'E'\n$(c)\nE\nd", ["a", "d"]),
        ("a \\\n  b", ["a b"]),
        ("X=1 Y=$(a) b", ["a", "b"]),
        ("a${x}b", ["a${x}b"]),
    ],
)
def test_commands_are_found_where_they_stand(text, expected):
    assert _shown(text) == expected


def test_words_say_what_the_shell_would_compute():
    script = parse("a 'x' $y *.z {p,q} \"$w\" ~ \\$v")
    assert isinstance(script, Script)
    (simple,) = script.commands
    assert [word.is_literal for word in simple.words] == [True, True, False, False, False, False, True, True]


def test_redirections_and_assignments_are_kept():
    script = parse("A=1 B='2 3' cmd <in 2>err >>out >&2 2>&1 <<<here")
    assert isinstance(script, Script)
    (simple,) = script.commands
    assert [(each.name, each.value.text) for each in simple.assignments] == [("A", "1"), ("B", "2 3")]
    assert [(each.kind, each.target.text) for each in simple.redirections] == [
        (RedirectionKind.READ, "in"),
        (RedirectionKind.WRITE, "err"),
        (RedirectionKind.WRITE, "out"),
        (RedirectionKind.HERE, "here"),
    ]
