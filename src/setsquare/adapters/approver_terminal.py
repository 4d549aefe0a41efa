"""Asks the person at the terminal."""

from __future__ import annotations

import contextlib
import getpass
import os
import sys
import termios
import unicodedata
from typing import TextIO

from setsquare.ports.approver import Answer, Question, Verdict

_YES = frozenset({"y", "yes"})


def made_visible(text: str) -> str:
    r"""Show every character that could move, hide or reorder what a terminal shows as its code point; line ends stay.

    Source: Unicode general categories Cc, Cf, Cs, Co, Cn, Zl, Zp; blank letters and variation selectors.

    >>> made_visible("rm \x1b[2K\u202ex\tok\r\n")
    'rm <U+001B>[2K<U+202E>x    ok<U+000D>\n'
    """
    return "".join(_shown(letter) for letter in text.replace("\t", "    "))


def _shown(letter: str) -> str:
    code = ord(letter)
    is_blank = code in {0x115F, 0x1160, 0x2800, 0x3164, 0xFFA0} or 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF
    is_odd_space = unicodedata.category(letter) == "Zs" and letter != " "
    if letter == "\n" or not (is_blank or is_odd_space or unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}):
        return letter
    return f"<U+{code:04X}>"


class TerminalApprover:
    """Shows a question on standard error and reads the answer from standard input, if both are the terminal of a person.

    The whole text is shown, however long, and the question stands after it, with its digest, so that no padding pushes it out of sight.
    """

    def __init__(self, answers: TextIO | None = None, screen: TextIO | None = None) -> None:
        """Take the streams; by default those of the process at the time of a question."""
        self._answers = answers
        self._screen = screen

    def ask(self, question: Question) -> Verdict:
        """Show a question and wait for `y`; anything else is no, and the end of the input means that nobody is there."""
        answers, screen = self._answers or sys.stdin, self._screen or sys.stderr
        if answers is None or screen is None or not (answers.isatty() and screen.isatty()):
            return Verdict(answer=Answer.ABSENT, digest=question.digest)
        _forget_typed_ahead(answers)
        screen.write(f"\n{made_visible(question.whole)}\n\n{made_visible(question.title)}  [{question.digest[:19]}]\nYes? [y/N] ")
        screen.flush()
        said = answers.readline()
        if not said:
            return Verdict(answer=Answer.ABSENT, digest=question.digest)
        answer = Answer.YES if said.strip().lower() in _YES else Answer.NO
        return Verdict(answer=answer, digest=question.digest, by=_person())


def _forget_typed_ahead(answers: TextIO) -> None:
    """Drop what was typed before the question was there: it answers something else."""
    with contextlib.suppress(OSError, ValueError, termios.error):
        termios.tcflush(answers.fileno(), termios.TCIFLUSH)


def _person() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return str(os.getuid())
