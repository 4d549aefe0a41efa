"""What every approver must do: answer the question that was shown, or nothing."""

from __future__ import annotations

import io
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from setsquare.adapters.approver_absent import AbsentApprover
from setsquare.adapters.approver_mailbox import FileConsents, MailboxApprover
from setsquare.adapters.approver_recorded import RecordedAnswer, RecordedApprover
from setsquare.adapters.approver_terminal import TerminalApprover
from setsquare.errors import Refused
from setsquare.ports.approver import Answer, Approver, Question, Verdict, belongs

FIRST = Question(kind="action", title="Run it?", shown="$ rm -rf build", here="In /w", id="q1")
OTHER = Question(kind="action", title="Run it?", shown="$ rm -rf src", here="In /w", id="q2")
LIMIT_S = 0.6


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class _Answering:
    """A mailbox and a person in another terminal, who answers what waits with `answer`."""

    def __init__(self, folder: Path, answer: Answer | None) -> None:
        self.folder, self.answer = str(folder), answer

    def ask(self, question: Question) -> Verdict:
        def person() -> None:
            consents = FileConsents(self.folder)
            until = time.monotonic() + 5
            while self.answer and time.monotonic() < until:
                for each in consents.pending():
                    consents.answer(each.question, self.answer, "Ada")
                    return
                time.sleep(0.01)

        other = threading.Thread(target=person)
        other.start()
        try:
            return MailboxApprover(self.folder, limit_s=5 if self.answer else LIMIT_S).ask(question)
        finally:
            other.join()


Make = Callable[[Path], Approver]
ABSENT: dict[str, Make] = {
    "absent": lambda _folder: AbsentApprover(),
    "terminal": lambda _folder: TerminalApprover(Terminal(""), Terminal()),
    "recorded": lambda _folder: RecordedApprover(()),
    "mailbox": lambda folder: _Answering(folder, None),
}
YES: dict[str, Make] = {
    "terminal": lambda _folder: TerminalApprover(Terminal("y\n"), Terminal()),
    "recorded": lambda _folder: RecordedApprover((RecordedAnswer(digest=FIRST.content, title="", by="Ada"),)),
    "mailbox": lambda folder: _Answering(folder, Answer.YES),
}
NO: dict[str, Make] = {
    "terminal": lambda _folder: TerminalApprover(Terminal("n\n"), Terminal()),
    "mailbox": lambda folder: _Answering(folder, Answer.NO),
}


@pytest.mark.parametrize("name", ABSENT)
def test_nobody_there_is_absent(name, tmp_path):
    assert ABSENT[name](tmp_path).ask(FIRST).answer is Answer.ABSENT


@pytest.mark.parametrize("name", YES)
def test_a_yes_belongs_to_the_question_and_names_a_person(name, tmp_path):
    verdict = YES[name](tmp_path).ask(FIRST)
    assert (verdict.answer, belongs(verdict, FIRST), belongs(verdict, OTHER)) == (Answer.YES, True, False)
    assert verdict.by


@pytest.mark.parametrize("name", NO)
def test_a_no_is_a_no(name, tmp_path):
    assert NO[name](tmp_path).ask(FIRST).answer is Answer.NO


def test_a_question_with_another_id_or_place_is_another_question():
    same = {
        FIRST.digest,
        msgspec.structs.replace(FIRST, id="q9").digest,
        msgspec.structs.replace(FIRST, here="In /v").digest,
        msgspec.structs.replace(FIRST, shown="$ rm -rf buil\u0064 ").digest,
    }
    assert len(same) == 4
    assert FIRST.content == msgspec.structs.replace(FIRST, id="q9", here="").content


def _asking(folder: Path, question: Question = FIRST, limit_s: float = 2.0) -> tuple[threading.Thread, list[Verdict]]:
    said: list[Verdict] = []
    thread = threading.Thread(target=lambda: said.append(MailboxApprover(str(folder), limit_s=limit_s).ask(question)))
    thread.start()
    until = time.monotonic() + 5
    while not FileConsents(str(folder)).pending() and time.monotonic() < until:
        time.sleep(0.01)
    return thread, said


def _files(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "consents").iterdir())


def test_the_box_is_private_and_empty_afterwards(tmp_path):
    thread, said = _asking(tmp_path, limit_s=0.4)
    box = tmp_path / "consents"
    assert box.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in box.iterdir())
    thread.join()
    assert said[0].answer is Answer.ABSENT
    assert _files(tmp_path) == ["key"]


def test_an_answer_counts_once(tmp_path):
    thread, said = _asking(tmp_path)
    consents = FileConsents(str(tmp_path))
    waiting = consents.pending()[0].question
    consents.answer(waiting, Answer.NO, "Ada")
    with pytest.raises(Refused):
        consents.answer(waiting, Answer.YES, "Eve")
    thread.join()
    assert (said[0].answer, said[0].by) == (Answer.NO, "Ada")
    with pytest.raises(Refused):
        consents.answer(waiting, Answer.YES, "Eve")


def _forged(folder: Path, mac: str = "0" * 64) -> None:
    body = {"id": "q1", "digest": FIRST.digest, "answer": "yes", "by": "Eve", "note": "", "at_s": 1.0, "mac": mac}
    (folder / "consents/q1.answer.json").write_bytes(msgspec.json.encode(body))


def _forged_beyond_ascii(folder: Path) -> None:
    _forged(folder, "é" * 64)


def _edited(folder: Path) -> None:
    FileConsents(str(folder)).answer(FileConsents(str(folder)).pending()[0].question, Answer.NO, "Ada")
    path = folder / "consents/q1.answer.json"
    path.write_bytes(path.read_bytes().replace(b'"no"', b'"yes"'))


def _garbage(folder: Path) -> None:
    (folder / "consents/q1.answer.json").write_bytes(b"\xff{")


def _linked(folder: Path) -> None:
    (folder / "elsewhere").write_text("yes")
    (folder / "consents/q1.answer.json").symlink_to(folder / "elsewhere")


@pytest.mark.parametrize("attack", [_forged, _forged_beyond_ascii, _edited, _garbage, _linked])
def test_a_bad_answer_counts_as_none(attack, tmp_path):
    thread, said = _asking(tmp_path, limit_s=LIMIT_S)
    attack(tmp_path)
    thread.join()
    assert said[0].answer is Answer.ABSENT


def test_an_answer_to_an_earlier_question_counts_as_none(tmp_path):
    thread, _ = _asking(tmp_path)
    consents = FileConsents(str(tmp_path))
    kept = tmp_path / "consents/q1.answer.json"
    consents.answer(consents.pending()[0].question, Answer.YES, "Ada")
    stolen = kept.read_bytes()
    thread.join()
    again = msgspec.structs.replace(FIRST, here="In /w, run 2")
    for question, name in ((again, "q1"), (OTHER, "q2")):
        thread, said = _asking(tmp_path, question, LIMIT_S)
        (tmp_path / f"consents/{name}.answer.json").write_bytes(stolen)
        thread.join()
        assert said[0].answer is Answer.ABSENT


def test_a_question_that_was_changed_on_its_way_is_not_shown(tmp_path):
    thread, said = _asking(tmp_path, limit_s=LIMIT_S)
    path = tmp_path / "consents/q1.question.json"
    path.write_bytes(path.read_bytes().replace(b"rm -rf build", b"ls       --all"))
    assert FileConsents(str(tmp_path)).pending() == ()
    thread.join()
    assert said[0].answer is Answer.ABSENT


def test_a_key_that_others_can_read_is_no_key(tmp_path):
    thread, _ = _asking(tmp_path, limit_s=0.2)
    thread.join()
    os.chmod(tmp_path / "consents/key", 0o644)
    with pytest.raises(Exception, match="others can read it"):
        MailboxApprover(str(tmp_path), limit_s=0.2).ask(FIRST)
