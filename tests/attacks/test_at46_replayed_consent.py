"""AT46: a yes serves once, for the question that was shown, in the run that asked it, and from somebody else than the agent.

Defence: ports/approver.py and adapters/approver_mailbox.py: one answer, one question, one execution
Twin: test_at46_without_the_binding_one_yes_serves_for_all
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest

from setsquare.adapters.approver_mailbox import FileConsents, MailboxApprover
from setsquare.ports.approver import Answer, Consenting, Question, Verdict
from setsquare.text.plan import Digest

PERMISSIVE = Consenting(belongs=lambda _verdict, _question: True)


class Replaying:
    """Gives the verdict about the first question again and again."""

    def __init__(self) -> None:
        self.first: Digest | None = None
        self.count = 0

    def ask(self, question):
        self.count += 1
        self.first = self.first or question.digest
        return Verdict(answer=Answer.YES, digest=self.first, by="Ada")


def _attack(hostile, driven, acts, **changes):
    act, _, shell = acts
    # The very same call twice: even then one yes is one execution.
    turns = (shell("python3 -c 1 && touch src/one"), act("list"), shell("rm src/one"), act("list"), shell("python3 -c 1 && touch src/one"))
    person = Replaying()
    report = driven(hostile, *turns, approver=person, **changes)
    return report, person


# req: agent-runtime/5.2
@pytest.mark.attack("AT46")
def test_at46_one_yes_is_one_execution(hostile, driven, acts):
    report, person = _attack(hostile, driven, acts)
    assert (report.status, report.code) == ("parked", "needs-answer")
    assert "something else than what was shown" in report.reason
    assert person.count == 2
    assert (hostile.folder / "src/one").exists(), "the first was permitted, the second was not"


@pytest.mark.attack("AT46")
def test_at46_without_the_binding_one_yes_serves_for_all(hostile, driven, acts):
    _, person = _attack(hostile, driven, acts, consenting=PERMISSIVE)
    assert person.count == 3


@pytest.mark.attack("AT46")
def test_at46_a_yes_to_a_protected_file_is_for_that_write_alone(hostile, driven, acts):
    act, write, shell = acts

    class Once:
        def __init__(self):
            self.asked = []

        def ask(self, question):
            self.asked.append(question.title)
            return Verdict(answer=Answer.YES, digest=question.digest, by="Ada")

    person = Once()
    driven(
        hostile,
        write("Makefile", "test:\n\ttrue\n# one\n"),
        act("list"),
        shell("python3 -c \"open('Makefile','a').write('# two')\""),
        approver=person,
    )
    assert "# two" not in (hostile.folder / "Makefile").read_text()
    assert "# one" in (hostile.folder / "Makefile").read_text()


# req: agent-runtime/5.4
@pytest.mark.attack("AT46")
def test_at46_an_agent_can_neither_read_nor_answer_what_waits(boxed, acts):
    _, _, shell = acts
    state = next(path.parent for path in Path(os.environ["XDG_STATE_HOME"]).rglob("trust.json"))
    box = state / "consents"
    (approver := MailboxApprover(str(state), limit_s=0.1)).ask(Question(kind="action", title="t", shown="s", id="q0"))
    key = (box / "key").read_bytes()
    forge = f"import os\nfor n in ('key','q1.answer.json'):\n  try: print(open({str(box)!r}+'/'+n,'rb').read().hex())\n  except OSError as e: print(e)\ntry: open({str(box / 'q1.answer.json')!r},'w').write('yes')\nexcept OSError as e: print(e)"
    boxed.attempt(shell(f"python3 -c {shlex.quote(forge)}"))
    assert key.hex() not in boxed.told
    assert sorted(path.name for path in box.iterdir()) == ["key"]
    assert FileConsents(str(state)).pending() == ()
    del approver
