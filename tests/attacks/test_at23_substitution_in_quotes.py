"""AT23: a command inside a double-quoted argument, where a careless reader sees a path.

Defence: guard/shell.py and guard/words.py: substitutions inside quotes are parsed and judged like any other command
"""

from __future__ import annotations

from typing import Any

import pytest

QUOTED = [
    'cat "$(zz)"', 'cat "`zz`"', 'cat "src/$(zz)/a.py"', 'cat "${X1:-$(zz)}"', "cat ${X1:-`zz`}", 'echo "a $(echo "$(zz)")"', 'git log --grep="$(zz)"', 'echo "$(\nzz\n)"',
    'echo "${X1:+a}$(zz)"', 'echo "a"b"$(zz)"', "echo 'a'\"$(zz)\"", 'echo "\\\\$(zz)"', 'echo "${X1-"$(zz)"}"', 'cat "a$(zz)" "b"', 'ls -- "$(true;zz)"', 'echo "$(cat a; zz)"',
    'cat < "$(zz)a"', 'echo x > "o$(zz)"', 'cat <<EOF\n"$(zz)"\nEOF', 'echo "$(echo `zz`)"', 'echo "`echo $(zz)`"', 'echo "`echo \\`zz\\``"', 'A="$(zz)" true', 'case "$(zz)" in *) ;; esac',
    'echo "$( (zz) )"', 'echo "${#X}$(zz)"', 'echo "$(true && zz)"', 'for i in "$(zz)"; do :; done',
]  # fmt: skip


@pytest.mark.attack("AT23")
@pytest.mark.parametrize("is_permissive", [False, True], ids=["real", "permissive"])
@pytest.mark.parametrize("text", QUOTED)
def test_at23_a_command_in_double_quotes(evasion: Any, text: str, is_permissive: bool) -> None:
    assert evasion.attacks(text, is_permissive=is_permissive) is is_permissive


@pytest.mark.attack("AT23")
@pytest.mark.parametrize("text", ["echo '$(zz)'", 'echo "\\$(zz)"', "echo \"'a'\"", 'echo "\\`zz\\`"', "cat '`zz`' a"])
def test_at23_quoted_so_that_nothing_runs(evasion: Any, text: str) -> None:
    assert not evasion.ran(text)
    assert not evasion.judged(text).rule.startswith("forbidden")
