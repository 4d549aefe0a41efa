"""AT25: so many commands in one text that the checker gives up: it must give up by denying, and where nobody is there, asking is no yes either.

Defence: guard/shell.py: limits on length, depth and number; over a limit nothing runs
"""

from __future__ import annotations

from typing import Any

import pytest

from setsquare.guard.capability import Mode

TWIN = pytest.mark.parametrize("is_permissive", [False, True], ids=["real", "permissive"])

MANY = {
    "51 in a list": "; ".join(["true"] * 50 + ["zz"]),
    "400 in a list": "; ".join(["true"] * 400 + ["zz"]),
    "lines": "\n".join(["true"] * 80 + ["zz"]),
    "a pipe": " | ".join(["true"] * 60 + ["zz"]),
    "and": " && ".join(["true"] * 60 + ["zz"]),
    "long": "true " + "a" * 20_001 + "; zz",
    "spaces": "true" + " " * 30_000 + "; zz",
    "deep": "echo " + "$(echo " * 40 + "$(zz)" + ")" * 40,
    "parentheses": "( " * 60 + "zz" + " )" * 60,
    "braces": "{ " * 60 + "zz; " + "} ; " * 59 + "}",
    "many substitutions": "echo " + "$(true) " * 60 + "$(zz)",
    "defaults": "echo " + "${A:-" * 60 + "$(zz)" + "}" * 60,
    "words": "echo " + "a " * 9_990 + "; zz",
    "here-documents": "".join(f"cat <<E{n}\nx\nE{n}\n" for n in range(60)) + "zz",
    "assignments": "A=1 " * 4000 + "zz",
    "ifs": "if true; then " * 55 + "zz; " + "fi; " * 54 + "fi",
}


@pytest.mark.attack("AT25")
@TWIN
@pytest.mark.parametrize("name", MANY)
def test_at25_more_than_anybody_reads(evasion: Any, name: str, is_permissive: bool) -> None:
    assert evasion.attacks(MANY[name], is_permissive=is_permissive) is is_permissive
    assert evasion.judged(MANY[name]).permission.value == "deny"


@pytest.mark.attack("AT25")
@pytest.mark.parametrize("mode", [Mode.SUPERVISED, Mode.AUTONOMOUS])
@TWIN
def test_at25_a_careless_yes_and_an_absent_person(assault: Any, acts: Any, mode: Mode, is_permissive: bool) -> None:
    """A denial is not asked about; and where one would be asked, nobody's answer is no."""
    _, _, shell = acts
    much, some = "; ".join(["true"] * 400 + ["touch src/much"]), "python3 -c \"open('src/some', 'w')\""
    assault(shell(much), shell(some), mode=mode, without=("guard",) if is_permissive else ())
    made = {name for name in ("much", "some") if (assault.hostile.folder / "src" / name).exists()}
    assert made == ({"much", "some"} if is_permissive else {"some"} if mode is Mode.SUPERVISED else set())
