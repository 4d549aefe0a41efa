"""`setsquare git-hooks`."""

from __future__ import annotations

from pathlib import Path

import click
from msgspec import Struct

from setsquare.errors import SetsquareError, Usage
from setsquare.journeys.git_hooks import HOOKS, KNOWN, HookDone, install, standing_hooks, uninstall
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.style import paint, safe
from setsquare.wire import audit_here, files_at, history_at, hooks_at, staging_at, workspace_folder

_LIMIT_BYTES = 1_000_000


class InstallOptions(Struct, frozen=True, kw_only=True):
    """Which hooks, and how."""

    hooks: tuple[str, ...]
    strict: bool
    outside: bool


class UninstallOptions(Struct, frozen=True):
    """Whether hooks outside of the repository are meant."""

    outside: bool


class StatusOptions(Struct, frozen=True):
    """Nothing to choose."""


class RunOptions(Struct, frozen=True, kw_only=True):
    """Which hook runs; `message` is the file that git names to `commit-msg`."""

    hook: str
    message: str
    strict: bool


class Hook(Struct, frozen=True, kw_only=True):
    """One hook: what was done, or what stands there."""

    name: str
    path: str
    state: str


class ChangeResult(Struct, frozen=True, kw_only=True):
    """What was written or taken out."""

    schema: str = "setsquare/git-hooks-install/1"
    folder: str
    hooks: tuple[Hook, ...]


class StatusHook(Struct, frozen=True, kw_only=True):
    """One hook as it is; `own` tells that a script of the user's is there, too."""

    name: str
    path: str
    state: str
    own: bool
    strict: bool


class StatusResult(Struct, frozen=True, kw_only=True):
    """Where git takes hooks from, and which of ours are there."""

    schema: str = "setsquare/git-hooks-status/1"
    folder: str
    hooks_path: str
    inside: bool
    hooks: tuple[StatusHook, ...]


class Notice(Struct, frozen=True, kw_only=True):
    """One thing to know."""

    severity: str
    text: str


class RunResult(Struct, frozen=True, kw_only=True):
    """What a hook found."""

    schema: str = "setsquare/git-hooks-run/1"
    hook: str
    notices: tuple[Notice, ...]


_OUTSIDE = click.option("--outside", is_flag=True, help="Also when git takes hooks from a folder outside of the repository.")


@click.group("git-hooks")
def command() -> None:
    """Let git warn of broken locks, edited designs and changed requirements.

    The hooks warn and never stop git, unless they were installed with --strict. Your own hooks stay and run.
    """


@made(
    "install",
    InstallOptions,
    (
        click.argument("hooks", nargs=-1, type=click.Choice(KNOWN), metavar="[HOOK]..."),
        click.option("--strict", is_flag=True, help="Let errors, such as a broken lock, stop the commit."),
        _OUTSIDE,
    ),
)
def install_(options: InstallOptions) -> Output:
    """Write the hooks pre-commit and post-merge, or the HOOKs that are named: commit-msg asks for a trailer where linked code is committed."""
    hooks = hooks_at(workspace_folder())
    wanted = options.hooks or HOOKS
    done = install(hooks, wanted, is_strict=options.strict, is_outside_meant=options.outside, audit=audit_here())
    return _changed(done, "Take them out again: setsquare git-hooks uninstall")


@made("uninstall", UninstallOptions, (_OUTSIDE,))
def uninstall_(options: UninstallOptions) -> Output:
    """Take the hooks out; your own ones have their exact bytes again."""
    return _changed(uninstall(hooks_at(workspace_folder()), is_outside_meant=options.outside, audit=audit_here()), "")


@made("status", StatusOptions)
def status(_options: StatusOptions) -> Output:
    """Say where git takes hooks from, and which of ours are there."""
    place, seen = standing_hooks(hooks_at(workspace_folder()))
    result = StatusResult(
        folder=place.folder,
        hooks_path=place.setting,
        inside=place.is_inside,
        hooks=tuple(
            StatusHook(name=item.name, path=item.path, state=item.state.value, own=item.has_own, strict=item.is_strict) for item in seen
        ),
    )
    lines = [f"git takes hooks from {safe(place.folder)}" + ("" if place.is_inside else ", outside of this repository")]
    for item in seen:
        own = ", with a script of yours" if item.has_own else ""
        lines.append(f"  {item.name:<12} {item.state.value}{', strict' if item.is_strict else ''}{own}")
    return Output(result=result, text="\n".join(lines))


@made(
    "run",
    RunOptions,
    (
        click.argument("hook", type=click.Choice(KNOWN)),
        click.argument("message", required=False, default="", metavar="[FILE]"),
        click.option("--strict", is_flag=True, help="End with 1 when there is an error."),
    ),
)
def run(options: RunOptions) -> Output:
    """Do what an installed hook does: look at what is staged or merged, and say in a few lines what to know."""
    # What cannot be looked at must not stop a commit.
    try:
        notices = _noticed(options)
    except Usage:
        raise
    except SetsquareError as error:
        notices = (Notice(severity="warning", text=f"not looked at: {error.message}"),)
    fails = options.strict and any(notice.severity == "error" for notice in notices)
    lines = [f"setsquare: {paint(item.severity, 'red' if item.severity == 'error' else 'yellow')}: {safe(item.text)}" for item in notices]
    return Output(result=RunResult(hook=options.hook, notices=notices), text="\n".join(lines), exit_code=1 if fails else 0)


def _noticed(options: RunOptions) -> tuple[Notice, ...]:
    """Run what belongs to a hook."""
    from setsquare.journeys.hook_runs import after_merge, before_commit, on_message  # noqa: PLC0415  (install needs none of it)

    folder = workspace_folder()
    match options.hook:
        case "post-merge":
            found = after_merge(files_at(folder))
        case "commit-msg":
            found = on_message(staging_at(folder), _message(options.message))
        case _:
            found = before_commit(staging_at(folder), history_at(folder))
    return tuple(Notice(severity="error" if item.is_error else "warning", text=item.text) for item in found)


def _message(name: str) -> str:
    """Read a commit's message as far as git keeps it.

    Raises:
        Usage: there is no such file.
    """
    path = Path(name) if name else None
    if path is None or not path.is_file():
        raise Usage("The file that holds the commit's message is missing.", "git names it: setsquare git-hooks run commit-msg FILE.")
    with path.open("rb") as file:
        raw = file.read(_LIMIT_BYTES)
    return "\n".join(line for line in raw.decode("utf-8", "replace").split("\n") if not line.startswith("#"))


def _changed(done: tuple[HookDone, ...], hint: str) -> Output:
    result = ChangeResult(
        folder=str(Path(done[0].path).parent) if done else "",
        hooks=tuple(Hook(name=item.name, path=item.path, state=item.deed.value) for item in done),
    )
    lines = [f"{item.deed.value}: {safe(item.path)}" for item in done] or ["Nothing of Setsquare is there."]
    if not done:
        return Output(result=result, text=lines[0])
    return Output(result=result, text="\n".join((*lines, *([hint] if hint else []))))


for _made in (install_, uninstall_, status, run):
    command.add_command(_made)
