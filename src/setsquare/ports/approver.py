"""The person who may say yes."""

from __future__ import annotations

import enum
import operator
from collections.abc import Callable
from typing import Protocol

from msgspec import Struct

from setsquare.text.plan import Digest, digest


class Answer(enum.Enum):
    """What a person said; `ABSENT` means that nobody is there to ask, which never counts as yes."""

    YES = "yes"
    NO = "no"
    ABSENT = "absent"


class Binding(Struct, frozen=True, kw_only=True):
    """What a yes belongs to, as it was when the question was shown.

    `argv` is what runs, `folder` where. `environment` names each variable with the digest of its value, `targets` each place that is named
    with what stands there (links resolved, file names matched as they are now), `files` the programs and build files of the workspace that
    would be run, each with its digest.

    Source: safety.md § 1.3, AT30, AT46.
    """

    argv: tuple[str, ...]
    folder: str = ""
    environment: tuple[tuple[str, str], ...] = ()
    targets: tuple[tuple[str, str], ...] = ()
    files: tuple[tuple[str, str], ...] = ()

    @property
    def digest(self) -> Digest:
        """Name exactly this, in an order in which nothing can pass for something else."""
        parts = (self.argv, self.folder, self.environment, self.targets, self.files)
        return digest(repr(parts).encode("utf-8", "surrogatepass"))


class Question(Struct, frozen=True, kw_only=True):
    """What is shown to a person.

    `kind` is `action`, `apply`, `raise-limit`, `verify`, `already-met` or `approve`; `shown` the text, rendered by the platform.

    `here` says what is so only here and now (the folder, what the answer is bound to) and is shown before and after the text. `id` is new for
    each question, so that no answer serves twice.
    """

    kind: str
    title: str
    shown: str
    here: str = ""
    id: str = ""

    @property
    def content(self) -> Digest:
        """Name what is asked, whenever and wherever it is asked."""
        return digest(f"{self.kind}\n{self.title}\n{self.shown}".encode("utf-8", "surrogatepass"))

    @property
    def digest(self) -> Digest:
        """Name exactly this question; an answer to any other has another digest."""
        if not (self.here or self.id):
            return self.content
        return digest(f"{self.content}\n{self.id}\n{self.here}".encode("utf-8", "surrogatepass"))

    @property
    def whole(self) -> str:
        """Give all that is shown above the title."""
        return f"{self.here}\n\n{self.shown}\n\n{self.here}" if self.here else self.shown


class Verdict(Struct, frozen=True, kw_only=True):
    """An answer bound to what was shown."""

    answer: Answer
    digest: Digest
    by: str = ""
    note: str = ""


class Approver(Protocol):
    """Asks a person."""

    def ask(self, question: Question) -> Verdict:
        """Show a question and wait for the answer."""
        ...


# req: agent-runtime/5.2
def belongs(verdict: Verdict, question: Question) -> bool:
    """Tell whether an answer was given to exactly this question.

    >>> asked = Question(kind="action", title="Run it?", shown="$ ls", id="1")
    >>> belongs(Verdict(answer=Answer.YES, digest=asked.digest), asked), belongs(Verdict(answer=Answer.YES, digest=asked.content), asked)
    (True, False)
    """
    return verdict.digest == question.digest


def rendered(screen: str, arguments: str) -> str:  # noqa: ARG001  (what the model wrote takes no part)
    """Choose what is shown: what the platform rendered, whatever the model wrote.

    >>> rendered("$ rm -rf build", "This only lists files.")
    '$ rm -rf build'
    """
    return screen


class Consenting(Struct, frozen=True, kw_only=True):
    """What makes an answer count.

    At most `limit_questions` within `window_s`; `shown` chooses between what the platform rendered and what the model wrote; the answer
    `belongs` to this question, and the world `still_holds` when the action is performed.

    Source: safety.md AT30, AT45 to AT47.
    """

    limit_questions: int = 15
    window_s: float = 60.0
    shown: Callable[[str, str], str] = rendered
    belongs: Callable[[Verdict, Question], bool] = belongs
    still_holds: Callable[[Binding, Binding], bool] = operator.eq
