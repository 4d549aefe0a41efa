"""AT26: text that the checker reads in one way and a shell in another.

Defence: guard/shell.py: what shells read differently is refused; guard/words.py: a program's name must be plain text
"""

from __future__ import annotations

import shutil
from typing import Any

import pytest

TWIN = pytest.mark.parametrize("is_permissive", [False, True], ids=["real", "permissive"])

SH = [
    "z''z", 'z""z', "'zz'", '"zz"', "\\zz", "z\\z", "z\\\nz", "\"z\"'z'", "$X", "${X}", '"$X"', "A=zz; $A", "A=z; ${A}z", "z${NONE}z", "$(echo zz)", "`echo zz`",
    "bin/zz", "./bin/zz", "bin/../bin/zz", "$PWD/bin/zz", "bin/z?", "bin/z*", "bin/[z]z", "./bi*/zz", "true\tzz; zz", "true;\\\nzz", "true&\\\n&zz", "e\\\nval zz", "A='zz'; eval $A",
    'eval "$(echo zz)"', "set zz; $1", 'set zz; "$@"', "set -- a zz; shift; $1", "alias x=zz\nx", "x() { zz; }; x", "true() { zz; }; true", "echo() { zz; }\necho a",
    "IFS=,; A=a,zz; set $A; $2", "cat <<E\n`zz`\nE", "cat <<E\n${A:-`zz`}\nE", "cat <<E\nno\\\nE\nE\nzz", "true\n#\nzz", "echo 'a' 'b\n' ; zz", 'echo "a\\""; zz', "echo 'a\\'; zz; echo ''",
    "echo \\'; zz", "echo a\\\\; zz", "for i in z; do ${i}z; done", "A=`echo z`z; $A", "unset NONE; ${NONE:-zz}", "${NONE:=zz}", "command $X", "exec $X", "env $X", "sh -c $X", 'sh -c "$X"', "echo zz | sh",
    "sh <<E\nzz\nE", "sh < bin/zz", ". bin/zz", "printf zz > s; . ./s", "echo zz > s; sh s", "trap $X EXIT", "case zz in z*) zz;; esac", "true ${A:-a;} ; zz", "echo ${#A}; zz",
    "printf 'zz' | xargs env", "PATH=bin:$PATH; zz", "echo enoK | rev | cut -c1-0; zz", "echo 7a7a0a | xxd -r -p | sh; zz", "2>&1 zz", "</dev/null zz", "A=1 zz", "{ zz\n}", "(zz\n)", "!  zz",
    "cat a|zz", "true<a;zz", "echo a>o;zz", "case x in x) zz\nesac", "case x in (x) zz;; esac", "while :;do zz;break;done", "if :;then zz;fi",
]  # fmt: skip
BASH = [
    "$'\\x7a\\x7a'", "$'zz'", "$'\\172z'", "{zz,}", "{zz,a}", "z{z,}", '$"zz"', "A=(a zz); ${A[1]}", "A=zz; ${A@E}", "A=aazz; ${A:2}", "A=zza; ${A%a}", "A=ZZ; ${A,,}", "A=az; ${A/a/z}",
    "echo $'\\'; zz #'", "echo $'a\\'b'; zz", 'echo "$(cat <<< a)"; zz', "declare A=zz; $A", "printf -v A zz; $A", "read A <<< zz; $A", "mapfile A <<< zz; ${A[0]}", "bash <<< zz", "source bin/zz", "shopt -s expand_aliases\nalias x=zz\nx",
    "[[ a || b ]]; zz", "[[ a\n]] ; zz", "(( a[$(zz)] ))", "echo $(( a[$(zz)] ))", "A='a[$(zz)]'; (( A ))", "A='a[$(zz)]'; [[ A -eq 0 ]]", "a[$(zz)]=1", "declare -i B='a[$(zz)]'", "test -v 'a[$(zz)]'", "unset 'a[$(zz)]'",
    "let 'a[$(zz)]'", "true &> o zz; zz", "true >& o; zz", "true >| o; zz", "<<< a zz", "exec {f}>o; zz", "echo ${A[$(zz)]}", "PS4='$(zz)'; set -x; true", "enable -n true; zz", "hash -p bin/zz true; true", "BASH_CMDS[true]=bin/zz; true",
]  # fmt: skip
UNSURE = {"unset 'a[$(zz)]'", "echo $'\\'; zz #'", "echo ${A[$(zz)]}", "BASH_CMDS[true]=bin/zz; true", "cat <<E\nno\\\nE\nE\nzz", '$"zz"', "enable -n true; zz", "echo 7a7a0a | xxd -r -p | sh; zz", "alias x=zz\nx",
          "hash -p bin/zz true; true", 'eval "$(echo zz)"', "[[ a\n]] ; zz", "echo enoK | rev | cut -c1-0; zz"}  # fmt: skip


@pytest.mark.attack("AT26")
@TWIN
@pytest.mark.parametrize("text", SH)
def test_at26_spellings(evasion: Any, text: str, is_permissive: bool) -> None:
    if not is_permissive or text not in UNSURE:
        assert evasion.attacks(text, is_permissive=is_permissive) is is_permissive


@pytest.mark.attack("AT26")
@TWIN
@pytest.mark.parametrize("text", BASH)
def test_at26_spellings_of_one_shell(evasion: Any, text: str, is_permissive: bool) -> None:
    if not is_permissive or text not in UNSURE:
        assert evasion.attacks(text, is_permissive=is_permissive, shell="bash") is is_permissive  # noqa: S604  (the name of a shell)


UNREADABLE = [
    "true\rzz",
    "true\x0bzz",
    "true\u00a0zz",
    "true \u202e zz",
    "tru\u200be",
    "true \U000e0072",
    "echo 'open",
    'echo "open',
    "echo $(true",
    "(true",
    "true)",
    "true ;; zz",
    "true \\",
]


@pytest.mark.attack("AT26")
@pytest.mark.parametrize("text", UNREADABLE)
def test_at26_what_nobody_can_read_for_certain_is_denied(evasion: Any, text: str) -> None:
    assert evasion.judged(text).permission.value == "deny"


@pytest.mark.attack("AT26")
@pytest.mark.parametrize("shell", ["sh", "bash", "dash"])
def test_at26_what_is_allowed_runs_nothing_forbidden_in_any_shell(evasion: Any, shell: str) -> None:
    """Whatever the shell of a machine is: an allowed text among all of these never runs the program."""
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    for text in (*SH, *BASH):
        assert not evasion.attacks(text, is_permissive=False, shell=shell), text
