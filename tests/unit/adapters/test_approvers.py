from __future__ import annotations

import io

import pytest

from setsquare.adapters.approver_absent import AbsentApprover
from setsquare.adapters.approver_terminal import TerminalApprover, made_visible
from setsquare.ports.approver import Answer, Question

QUESTION = Question(kind="action", title="Run it?", shown="rm -rf build")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def asked(said: str, question: Question = QUESTION) -> tuple[Answer, str]:
    screen = Terminal()
    verdict = TerminalApprover(Terminal(said), screen).ask(question)
    assert verdict.digest == question.digest
    return verdict.answer, screen.getvalue()


def test_absent():
    verdict = AbsentApprover().ask(QUESTION)
    assert (verdict.answer, verdict.digest) == (Answer.ABSENT, QUESTION.digest)


@pytest.mark.parametrize("said", ["y\n", "yes\n", " Y \n", "YES\n"])
def test_yes(said):
    assert asked(said)[0] is Answer.YES


@pytest.mark.parametrize("said", ["\n", "n\n", "no\n", "yy\n", "yes please\n", "ja\n", "y\u200b\n"])
def test_anything_else_is_no(said):
    assert asked(said)[0] is Answer.NO


def test_end_of_input_is_nobody():
    assert asked("")[0] is Answer.ABSENT


@pytest.mark.parametrize(("answers", "screen"), [(io.StringIO("y\n"), Terminal()), (Terminal("y\n"), io.StringIO())])
def test_no_terminal_is_nobody(answers, screen):
    assert TerminalApprover(answers, screen).ask(QUESTION).answer is Answer.ABSENT
    assert screen.getvalue() == ""


def test_everything_is_shown_with_its_digest_after_it():
    padded = Question(kind="action", title="Run it?", shown="safe\n" * 500 + "rm -rf /")
    shown = asked("n\n", padded)[1]
    assert padded.shown in shown
    assert shown.index("rm -rf /") < shown.index("Run it?") < shown.index(padded.digest[:19])


@pytest.mark.parametrize(
    "trick",
    [
        "\x1b[2J\x1b[H",
        "\r",
        "\b\b\b",
        "\x07",
        "\x9b2J",
        "\u202e",
        "\u2066",
        "\u200b",
        "\ufeff",
        "\u2028",
        "\U000e0041",
        "\u3164",
        "\xa0",
        "\x00",
        "\x7f",
        "\ud800",
    ],
)
def test_no_character_moves_or_hides_text(trick):
    shown = asked("n\n", Question(kind="action", title=f"a{trick}b", shown=f"c{trick}d"))[1]
    assert trick not in shown
    assert shown.count("<U+") == 2 * len(trick.replace("[2J", "").replace("[H", "").replace("2J", ""))


def test_plain_text_stays():
    assert made_visible("größer ≥ 5 — 日本語 👍\nx") == "größer ≥ 5 — 日本語 👍\nx"
