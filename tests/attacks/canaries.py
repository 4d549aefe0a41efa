"""Canaries in every place where a secret may lie, a model that surfaces each, and all that leaves a run, to look for them in."""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec
import pytest
from msgspec.structs import replace
from tests.attacks.fakes import Careless

from setsquare import wire
from setsquare.adapters.scripted import Scripted, Turn
from setsquare.events.conversation import Reply
from setsquare.events.facts import ActionDecided
from setsquare.journeys.run_task import RunRequest, start
from setsquare.ports.language_model import Request

if TYPE_CHECKING:
    from tests.attacks.conftest import Hostile

ENVIRONMENT = "canary-env-4711-of-the-person"
FILE = "canary-file-0815-of-the-team"
KEYFILE = "canarykeyfile0123456789abcdef"
TOKEN = "ghp_" + "canary0" * 5
KNOWN = (ENVIRONMENT, FILE, KEYFILE)


def spellings(value: str) -> tuple[str, ...]:
    """Spell a secret as programs print it."""
    raw = value.encode()
    named = base64.b64encode(b"user:" + raw).decode()
    return (value, base64.b64encode(raw).decode(), named, raw.hex(), quote(value, safe=""), value[::-1])


def cores(value: str) -> tuple[str, ...]:
    """Give what of each spelling is the secret alone: a name before it in base64 is none."""
    whole, coded, named, *others = spellings(value)
    return (whole, coded, named[8:-4], *others)


class Listening:
    """A scripted model that notes every request as it would be sent."""

    def __init__(self, turns: tuple[Turn, ...]) -> None:
        self._inner = Scripted(turns)
        self.id = self._inner.id
        self.sent = ""

    def complete(self, request: Request, on_text: Callable[[str], None] | None = None) -> Reply:
        self.sent += msgspec.json.encode(request).decode()
        return self._inner.complete(request, on_text)


class Leak:
    """A run in a workspace that holds secrets, with or without what takes them out of texts, and its channels to the outside."""

    known, token, every = KNOWN, TOKEN, (*KNOWN, TOKEN)
    environment, file = ENVIRONMENT, FILE

    def __init__(self, hostile: Hostile, monkeypatch: pytest.MonkeyPatch) -> None:
        self.hostile, self._monkeypatch = hostile, monkeypatch
        self.progress: list[str] = []

    def printed(self) -> str:
        """Print every known secret in every way, and one across the lines."""
        wrapped = "\n".join(ENVIRONMENT[index : index + 7] for index in range(0, len(ENVIRONMENT), 7))
        return "\n".join((*(each for value in KNOWN for each in spellings(value)), TOKEN, wrapped))

    def readable(self, text: str) -> list[str]:
        """List the secrets that can be read from a text, however they are spelled or wrapped."""
        joined = "".join(text.split())
        return [each for value in KNOWN for each in cores(value) if each in text or each in joined] + [TOKEN] * (TOKEN in text)

    def run(self, *turns: Turn, is_open: bool = False, **changes: Any) -> None:
        """Run the turns before a person who says yes to all; where it `is_open`, no secret gives way in any text or argument."""
        self._plant()
        if is_open:
            changes["redact"] = lambda text, _values: text
            self._monkeypatch.setattr("setsquare.journeys.run_secrecy.without_known", lambda text, _values: text)
        self._model, self._person = Listening(turns), Careless()
        app = wire.app_for(self.hostile.folder, is_sandboxed=True, approver=self._person, model=self._model)
        app = replace(app, secrets=(ENVIRONMENT,), progress=self.progress.append, **changes)
        self.hostile.report = start(app, RunRequest(spec="sum"))

    def _plant(self) -> None:
        self.hostile.planted(".env", f"API_TOKEN={FILE}\n")
        self.hostile.planted("secrets/server.key", f"-----BEGIN PRIVATE KEY-----\n{KEYFILE}\n-----END PRIVATE KEY-----\n")
        # Committed by somebody who should have known better.
        key = "-----BEGIN RSA PRIVATE KEY-----\nMIIEcanary0123456789\n-----END RSA PRIVATE KEY-----"
        self.hostile.planted("src/config.txt", f"url = postgres://app:{TOKEN}@db/x\n{key}\ntoken {TOKEN}\n")
        self._git("config", "http.extraheader", f"Authorization: Bearer {TOKEN}")
        self._git("add", "-A")
        self._git("commit", "-q", "-m", "more")
        self._head = self._git("rev-parse", "HEAD").strip()

    def _git(self, *arguments: str) -> str:
        return subprocess.run(("git", *arguments), cwd=self.hostile.folder, check=True, capture_output=True, text=True).stdout

    def inward(self) -> dict[str, str]:
        """What the model, the person and the journal were told."""
        return {
            "requests": self._model.sent,
            "questions": "".join(asked.whole + asked.title for asked in self._person.asked),
            "progress": "\n".join(self.progress),
            "journal": self.hostile.told,
        }

    def sideways(self) -> dict[str, str]:
        """What else a run leaves behind, by which a secret could travel on."""
        hostile = self.hostile
        state = Path(os.environ["XDG_STATE_HOME"])
        return {
            "commit message": self._git("log", "--format=%an %ae %B", f"{self._head}..HEAD"),
            "branch name": self._git("for-each-ref", "--format=%(refname)"),
            "file name": "\n".join(str(path) for path in hostile.folder.rglob("*") if ".git" not in path.parts),
            "task log": (hostile.folder / ".kiro/task-log.md").read_text(),
            "report": repr(hostile.report) + msgspec.json.encode(hostile.report).decode(),
            "tool arguments": "\n".join(event.arguments for event in hostile.events if isinstance(event, ActionDecided)),
            "evidence": "\n".join(path.read_text() for path in (hostile.folder / ".setsquare").rglob("*.jsonl")),
            "state": "\n".join(path.read_text(errors="replace") for path in state.rglob("*") if path.is_file()),
        }
