"""AT22: a permitted command's prefix, and behind it another command.

Defence: guard/shell.py and guard/commands.py: shell text is parsed as a shell parses it, and each command in it is judged
"""

from __future__ import annotations

from typing import Any

import pytest

TWIN = pytest.mark.parametrize("is_permissive", [False, True], ids=["real", "permissive"])

LISTS = [
    "true; zz", "true;zz", "true && zz", "false || zz", "true | zz", "true & zz", "true\nzz", "true &\nzz", "echo $(zz)", "echo `zz`",
    "echo a > $(zz)o", "(zz)", "( true; zz )", "{ zz; }", "! zz", "if true; then zz; fi", "if zz; then true; fi", "while zz; do break; done",
    "until zz; do break; done", "for i in 1; do zz; done", "for i in $(zz); do :; done", "case a in a) zz;; esac", "case a in a) :;; esac; zz",
    "case $(zz) in *) :;; esac", "cat <<EOF\n$(zz)\nEOF", "cat <<EOF\ntext\nEOF\nzz", "cat <<'EOF'; zz\ntext\nEOF", "cat <<-EOF\n\ttext\n\tEOF\nzz",
    "true # comment\nzz", "echo a#b; zz", "A=$(zz)", "A=1 B=2 zz", ">o zz", "2>/dev/null zz", "echo a >o 2>&1; zz", "echo ${A:-$(zz)}",
    "true&&true&&zz", "true||true;zz", "true ;\n\nzz", "echo 'a\nb'; zz", 'echo "a\nb"\nzz', "echo a \\\n; zz",
    "cat a | cat | zz", "cat < a | zz", "set -- a; zz", "trap zz EXIT; true", "eval zz", "eval 'true; zz'", "true; . ./bin/zz", ": $(true; zz)", ": ${B=$(zz)}",
    ": $((0)) $(zz)", "for i in zz; do $i; done", "echo a | while read l; do zz; done", "sh -c 'true; zz'", "sh -c \"sh -c 'zz'\"",
]  # fmt: skip
BASH = [
    "cat <(zz); wait", "true > >(zz); sleep 0.2", "true |& zz", "true &> o; zz", "cat <<< $(zz)", "[[ $(zz) ]]", "[[ -f a ]] && zz", "cat < <(zz)", "coproc zz; wait",
    "time zz", "function f { zz; }; f", "echo $(< a) $(zz)", "((1)) && zz", "select i in 1; do zz; break; done <<< 1", "for ((i=0;i<1;i++)); do zz; done",
]  # fmt: skip


@pytest.mark.attack("AT22")
@TWIN
@pytest.mark.parametrize("text", LISTS)
def test_at22_what_stands_behind_a_permitted_command(evasion: Any, text: str, is_permissive: bool) -> None:
    assert evasion.attacks(text, is_permissive=is_permissive) is is_permissive


@pytest.mark.attack("AT22")
@TWIN
@pytest.mark.parametrize("text", BASH)
def test_at22_what_only_some_shells_understand(evasion: Any, text: str, is_permissive: bool) -> None:
    assert evasion.attacks(text, is_permissive=is_permissive, shell="bash") is is_permissive  # noqa: S604  (the name of a shell)


HARMLESS = [
    "true; true",
    "echo a && echo b",
    "cat a | sort",
    "echo '; zz'",
    'echo "a; zz"',
    "echo a \\; zz",
    "echo zz",
    "cat <<'EOF'\n$(zz)\nEOF",
    "echo a # ; zz",
]


@pytest.mark.attack("AT22")
@pytest.mark.parametrize("text", HARMLESS)
def test_at22_what_only_looks_like_it_is_permitted(evasion: Any, text: str) -> None:
    assert evasion.judged(text).permission.value == "allow"
    assert not evasion.ran(text)
