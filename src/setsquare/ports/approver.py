"""The person who may say yes."""

from __future__ import annotations

import enum
from typing import Protocol

from msgspec import Struct

from setsquare.text.plan import Digest, digest


class Answer(enum.Enum):
    """What a person said; `ABSENT` means that nobody is there to ask, which never counts as yes."""

    YES = "yes"
    NO = "no"
    ABSENT = "absent"


class Question(Struct, frozen=True, kw_only=True):
    """What is shown to a person: `kind` is `action`, `apply`, `raise-limit`, `verify` or `approve`, `shown` the whole text, rendered by the platform."""

    kind: str
    title: str
    shown: str

    @property
    def digest(self) -> Digest:
        """Name exactly what is shown."""
        return digest(f"{self.kind}\n{self.title}\n{self.shown}".encode("utf-8", "surrogatepass"))


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
