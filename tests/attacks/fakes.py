"""What an attack is made of: turns of a model, persons who answer, and defences that defend nothing."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import msgspec

from setsquare.adapters.scripted import ScriptedCall, Turn
from setsquare.events.conversation import Reply, ToolCall
from setsquare.ports.approver import Answer, Question, Verdict
from setsquare.ports.language_model import Request
from setsquare.ports.sandbox import Confinement, Execution
from setsquare.text.plan import Plan


def act(tool: str, **arguments: object) -> Turn:
    """Make a turn with one tool call."""
    return Turn(calls=(ScriptedCall(tool=tool, arguments=msgspec.Raw(json.dumps(arguments).encode())),))


def write(path: str, content: str) -> Turn:
    return act("write", path=path, content=content)


def shell(command: str) -> Turn:
    return act("shell", command=command)


WORK = write("src/work.py", "DONE = True\n")
"""Some work of a task's own: a task that names criteria and changes nothing is not taken as done."""


class Careless:
    """Says yes to everything, and remembers what was shown."""

    def __init__(self) -> None:
        self.asked: list[Question] = []

    def ask(self, question: Question) -> Verdict:
        self.asked.append(question)
        return Verdict(answer=Answer.YES, digest=question.digest, by="Ada")


class Refusing:
    """Says no to every action, lets the run go on after what was refused or put back, and remembers what was shown."""

    def __init__(self) -> None:
        self.asked: list[Question] = []

    def ask(self, question: Question) -> Verdict:
        self.asked.append(question)
        answer = Answer.YES if question.title.endswith("Go on?") else Answer.NO
        return Verdict(answer=answer, digest=question.digest, by="Ada")


class Unconfined:
    """A sandbox that is none: commands run as whoever started the tests, with `programs` first on their search path."""

    name, supports_hosts, lacks = "unconfined", True, ()

    def __init__(self, folder: Path, programs: Path | None = None) -> None:
        self._folder, self._programs = folder, programs
        self.confinements: list[Confinement] = []

    def run(self, argv: tuple[str, ...], confinement: Confinement, is_halted: object = None) -> Execution:
        self.confinements.append(confinement)
        path = ":".join(filter(None, (str(self._programs or ""), os.environ["PATH"])))
        environment = {**os.environ, "GIT_PAGER": "cat", **dict(confinement.environment), "PATH": path}
        ended = subprocess.run(
            argv, cwd=self._folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=60
        )
        return Execution(exit_code=ended.returncode, output=ended.stdout + ended.stderr, duration_s=0.1)


class Blind:
    """Checkpoints in which nothing ever differs."""

    def __init__(self, checkpoints: Any) -> None:
        self._checkpoints = checkpoints

    def __getattr__(self, name: str) -> Any:
        return getattr(self._checkpoints, name)

    def changes(self, old: str, new: str) -> tuple[()]:
        return ()


class PlainFiles:
    """Files as everybody opens them: by name, through whatever link stands there; new bytes go through a file whose name can be guessed."""

    def __init__(self, files: Any, folder: Path) -> None:
        self._files, self._folder = files, folder

    def __getattr__(self, name: str) -> Any:
        return getattr(self._files, name)

    def read(self, path: str) -> bytes | None:
        place = self._folder / path
        return place.read_bytes() if place.is_file() else None

    def apply(self, plan: Plan) -> None:
        for change in plan.changes:
            place = self._folder / change.path
            new = change.applied(self.read(change.path) or b"")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.with_name(f"{place.name}.tmp").write_bytes(new)
            place.write_bytes(new)


class Obedient:
    """A model that makes the calls that it is given, and does whatever a text asks of it: ``run `…` ``."""

    id = "scripted:obedient"

    def __init__(self, calls: tuple[Turn, ...]) -> None:
        self._calls, self._count, self.obeyed = list(calls), 0, list[str]()

    def complete(self, request: Request, on_text: object = None) -> Reply:
        self._count += 1
        texts = [request.system, *(getattr(message, "text", "") for message in request.messages)]
        asked = [command for text in texts for command in re.findall(r"run `([^`\n]+)`", text)]
        if fresh := [command for command in dict.fromkeys(asked) if command not in self.obeyed]:
            self.obeyed.append(fresh[0])
            return self._calling("shell", json.dumps({"command": fresh[0]}))
        if self._calls:
            call = self._calls.pop(0).calls[0]
            return self._calling(call.tool, bytes(call.arguments).decode())
        return Reply(text="Done.")

    def _calling(self, tool: str, arguments: str) -> Reply:
        return Reply(calls=(ToolCall(f"call-{self._count}", tool, arguments),), stop="tools")
