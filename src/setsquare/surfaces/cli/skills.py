"""`setsquare skills install`, `update` and `remove`."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import click
from msgspec import Struct

from setsquare._version import __version__
from setsquare.errors import Usage
from setsquare.integrations.tool import Kind, Tool
from setsquare.integrations.tools import TOOLS
from setsquare.journeys.installing_skills import Deed, Outcome, Planned, Step, carry_out, planned_install, planned_removal, planned_update
from setsquare.journeys.skill_files import detected
from setsquare.surfaces.cli.diff import coloured
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.skills_named import TOOLS_OPTION, ground_here, named_tools
from setsquare.surfaces.cli.skills_status import status
from setsquare.surfaces.cli.style import paint, safe
from setsquare.text.counted import counted
from setsquare.text.paths import quoted
from setsquare.wire import app_here

_REFUSED = 3
_FINDINGS = 1
_KINDS = {"skills": frozenset({Kind.SKILL}), "commands": frozenset({Kind.COMMAND})}


class InstallOptions(Struct, frozen=True, kw_only=True):
    """Which tools, which kinds of file, and how."""

    tools: str
    only: str | None
    dry_run: bool
    yes: bool
    force: bool


class UpdateOptions(Struct, frozen=True, kw_only=True):
    """Which tools, and how."""

    tools: str
    dry_run: bool
    yes: bool
    force: bool


class RemoveOptions(Struct, frozen=True, kw_only=True):
    """Which tools, and whether it is only shown."""

    tools: str
    dry_run: bool
    yes: bool


class ChangedFile(Struct, frozen=True, kw_only=True):
    """One file: how it stood, the version that wrote it, what is done with it and why not more; `backup` holds its old bytes."""

    path: str
    tools: tuple[str, ...]
    kind: str
    state: str
    written_by: str
    deed: str
    reason: str
    backup: str


class ChangeResult(Struct, frozen=True, kw_only=True):
    """What an install, update or removal does, or did when `outcome` is `applied`; `edits` shows what people changed in files that stay."""

    schema: str = "setsquare/skills-change/1"
    action: str
    version: str
    tools: tuple[str, ...]
    outcome: str
    files: tuple[ChangedFile, ...]
    diff: str
    edits: str


_DRY = click.option("--dry-run", is_flag=True, help="Only show what would change.")
_YES = click.option("--yes", is_flag=True, help="Do it without asking; without it somebody must be at the terminal.")
_FORCE = click.option("--force", is_flag=True, help="Also rewrite files that somebody edited; their bytes are kept beside as .bak.")


@click.group("skills")
def command() -> None:
    """Let other tools use Setsquare: write and update their skills and commands.

    Files that people edited are shown and stay; files that Setsquare did not make are never touched.
    """


@made(
    "install",
    InstallOptions,
    (TOOLS_OPTION, click.option("--only", type=click.Choice(list(_KINDS)), help="Only this kind of file."), _DRY, _YES, _FORCE),
)
def install(options: InstallOptions) -> Output:
    """Write the skill and command files for tools; by default for those that the repository uses.

    Shows the change as a diff and asks. Ends with 1 when a file could not be written because another stands there, with 3 when nobody said yes.
    """
    ground = ground_here()
    tools = named_tools(options.tools) or detected(ground)
    if not tools:
        raise Usage("No tool is known here by its files.", f"Name tools: setsquare skills install --tools {TOOLS[0].id}, or `all`.")
    kinds = _KINDS[options.only] if options.only else frozenset(Kind)
    return _changed("install", tools, lambda: planned_install(ground, tools, kinds, is_forced=options.force), options)


@made("update", UpdateOptions, (TOOLS_OPTION, _DRY, _YES, _FORCE))
def update(options: UpdateOptions) -> Output:
    """Bring the files that are installed to this version of Setsquare; what somebody edited is shown and stays.

    Files of a kind of which none is installed are not added; those of workflows that are no more go.
    """
    ground = ground_here()
    tools = named_tools(options.tools) or TOOLS
    return _changed("update", tools, lambda: planned_update(ground, tools, is_forced=options.force), options)


@made("remove", RemoveOptions, (TOOLS_OPTION, _DRY, _YES))
def remove(options: RemoveOptions) -> Output:
    """Take the files away that Setsquare made and nobody edited; a shared file stays while another tool here reads it."""
    ground = ground_here()
    tools = named_tools(options.tools) or TOOLS
    return _changed("remove", tools, lambda: planned_removal(ground, tools), options)


def _changed(
    action: str, tools: tuple[Tool, ...], again: Callable[[], Planned], options: InstallOptions | UpdateOptions | RemoveOptions
) -> Output:
    """Show a plan, or carry it out."""
    planned, outcome = again(), Outcome.PROPOSED
    if not options.dry_run:
        planned, outcome = carry_out(app_here(), planned, again, is_sure=options.yes)
    elif not planned.has_changes:
        outcome = Outcome.NOTHING
    result = ChangeResult(
        action=action,
        version=__version__,
        tools=tuple(tool.id for tool in tools),
        outcome=outcome.value,
        files=tuple(_file(step) for step in planned.steps),
        diff=planned.diff,
        edits=planned.edits,
    )
    is_refused = not options.dry_run and outcome in (Outcome.PROPOSED, Outcome.DECLINED)
    is_incomplete = action == "install" and bool(planned.in_the_way)
    code = _REFUSED if is_refused else _FINDINGS if is_incomplete else 0
    return Output(result=result, text=_change_text(result, planned, _again(action, options)), exit_code=code)


def _again(action: str, options: InstallOptions | UpdateOptions | RemoveOptions) -> str:
    """Write the command that makes the change that was only shown."""
    parts = [f"setsquare skills {action}", f"--tools {quoted(options.tools)}" if options.tools else ""]
    if isinstance(options, InstallOptions) and options.only:
        parts.append(f"--only {options.only}")
    if not isinstance(options, RemoveOptions) and options.force:
        parts.append("--force")
    return " ".join(part for part in (*parts, "" if options.dry_run else "--yes") if part)


def _file(step: Step) -> ChangedFile:
    return ChangedFile(
        path=step.file.real,
        tools=step.file.tools,
        kind=step.file.form.kind.value,
        state=step.file.state.value,
        written_by=step.file.written_by,
        deed=step.deed.value,
        reason=step.why,
        backup=step.backup or "",
    )


def _change_text(result: ChangeResult, planned: Planned, again: str) -> str:
    """Say what is changed, in a few lines; the diff where nothing was written yet."""
    is_applied = result.outcome == Outcome.APPLIED.value
    lines = coloured(result.diff) if result.outcome == Outcome.PROPOSED.value else []
    lines += coloured(result.edits)
    lines += ["" for _ in lines[:1]]
    by_deed = {deed: [step for step in planned.steps if step.deed is deed] for deed in Deed}
    for deed in (Deed.WRITTEN, Deed.REWRITTEN, Deed.REMOVED):
        for folder, steps in _by_form(by_deed[deed]):
            versions = sorted({step.file.written_by for step in steps if step.file.written_by and step.file.written_by != result.version})
            since = f" (of version {', '.join(versions)})" if versions else ""
            lines.append(
                f"  {paint(deed.value if is_applied else _WILL[deed], 'green')}  {counted(len(steps), steps[0].file.form.kind.value)}: {safe(folder)}{safe(since)}"
            )
    lines += [f"  {paint('old bytes', 'dim')}  {safe(step.backup)}" for step in planned.steps if step.backup]
    lines += [f"  {paint('kept', 'yellow')}  {safe(step.file.real)}: {safe(step.why)}" for step in by_deed[Deed.KEPT]]
    if by_deed[Deed.UNCHANGED]:
        lines.append(f"  {paint('current', 'dim')}  {counted(len(by_deed[Deed.UNCHANGED]), 'file')}")
    return "\n".join([*lines, _end(result, again)])


_WILL = {Deed.WRITTEN: "write", Deed.REWRITTEN: "rewrite", Deed.REMOVED: "remove"}


def _end(result: ChangeResult, again: str) -> str:
    """Say what comes next."""
    match result.outcome:
        case Outcome.APPLIED.value:
            return "Next: commit the files. See them: setsquare skills status" if result.action != "remove" else "Next: commit the change."
        case Outcome.NOTHING.value:
            return "Nothing is to be changed."
        case Outcome.DECLINED.value:
            return "Nothing was written."
    return f"Nothing is written yet. Next: {again}"


def _by_form(steps: list[Step]) -> Iterable[tuple[str, list[Step]]]:
    """Group steps by the form that they belong to, with the place that all share."""
    found: dict[str, list[Step]] = {}
    for step in steps:
        name = step.file.form.path.replace("{id}", "*") if step.file.form.is_for_each_workflow else step.file.real
        found.setdefault(name, []).append(step)
    return found.items()


for _made in (install, update, status, remove):
    command.add_command(_made)
