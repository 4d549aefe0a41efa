"""The tool `shell`: a command in the sandbox."""

from __future__ import annotations

import msgspec
from msgspec import Raw, Struct

from setsquare.agent.tools.wording import plain
from setsquare.agent.tools.workbench import Observation, Workbench, failure
from setsquare.errors import SandboxFailed
from setsquare.events.conversation import Tool
from setsquare.guard.action import Shell

TOOL = Tool(
    "shell",
    "Run a shell command in the workspace's folder, in a sandbox without network. Output comes with the exit code.",
    Raw(b'{"type":"object","properties":{"command":{"type":"string","minLength":1}},"required":["command"],"additionalProperties":false}'),
)


class Arguments(Struct, frozen=True, forbid_unknown_fields=True):
    """What the model may say."""

    command: str


def parse(arguments: str) -> Shell:
    """Read the arguments.

    Raises:
        msgspec.MsgspecError: they are not JSON or do not match the schema.

    >>> parse('{"command": "make test"}').command
    'make test'
    """
    given = msgspec.json.decode(arguments, type=Arguments)
    if not given.command.strip() or "\0" in given.command:
        raise msgspec.ValidationError("an empty command, or one with a NUL character - at `$.command`")
    return Shell(given.command)


def perform(bench: Workbench, action: Shell) -> Observation:
    """Run the command; what it changed is found by comparing trees, outside of this tool."""
    summary = f"shell {action.command}"
    if bench.sandbox is None:
        return failure("There is no sandbox on this machine, so no command can run.", summary)
    try:
        ended = bench.sandbox.run(("sh", "-c", action.command), bench.confinement, bench.is_halted)
    except SandboxFailed as error:
        return failure(error.message, summary)
    note = f"[stopped after {bench.confinement.limit_s:.0f} s]\n" if ended.is_timed_out else ""
    note += "[the output was cut in its middle]\n" if ended.is_truncated else ""
    note += (
        f"[removed, since commands make no repositories and no compiled Python here: {', '.join(ended.removed)}]\n" if ended.removed else ""
    )
    text = bench.shown(plain(ended.output).strip("\n"))
    return Observation(
        is_ok=ended.exit_code == 0 and not ended.removed,
        text=f"{note}{text}\n[exit code {ended.exit_code}]".lstrip("\n"),
        summary=f"{summary}: exit {ended.exit_code}",
        connections=ended.connections,
    )
