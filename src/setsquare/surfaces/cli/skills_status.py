"""`setsquare skills status`."""

from __future__ import annotations

from msgspec import Struct

from setsquare._version import __version__
from setsquare.integrations.stamp import FileState
from setsquare.integrations.tool import Tool
from setsquare.integrations.tools import TOOLS
from setsquare.journeys.skill_files import Ground, SkillFile, detected, installed, skill_files
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.skills_named import TOOLS_OPTION, ground_here, named_tools
from setsquare.surfaces.cli.style import paint, safe, table


class StatusOptions(Struct, frozen=True):
    """Which tools."""

    tools: str


class FormSource(Struct, frozen=True, kw_only=True):
    """Where the format of a kind of file is documented, and when that was read; unverified where the tool's maker does not say it."""

    kind: str
    format: str
    path: str
    source: str
    read_on: str
    verified: bool


class StatusFile(Struct, frozen=True, kw_only=True):
    """One file as it stands; `real` differs from `path` where links lead elsewhere."""

    path: str
    real: str
    kind: str
    state: str
    written_by: str
    reason: str


class StatusTool(Struct, frozen=True, kw_only=True):
    """One tool: whether the repository uses it, whether files of Setsquare are there for it, and how they stand."""

    id: str
    title: str
    detected: bool
    installed: bool
    verified: bool
    formats: tuple[FormSource, ...]
    files: tuple[StatusFile, ...]


class StatusResult(Struct, frozen=True, kw_only=True):
    """All tools that were asked for, else all."""

    schema: str = "setsquare/skills-status/1"
    version: str
    tools: tuple[StatusTool, ...]


@made("status", StatusOptions, (TOOLS_OPTION,))
def status(options: StatusOptions) -> Output:
    """Say for each tool which files stand there, and whether they are current, outdated, edited, in the way or missing."""
    ground = ground_here()
    named = named_tools(options.tools)
    here = {tool.id for tool in detected(ground)}
    tools = tuple(_standing(ground, tool, is_detected=tool.id in here, is_named=bool(named)) for tool in named or TOOLS)
    result = StatusResult(version=__version__, tools=tools)
    return Output(result=result, text=_status_text(result))


def _standing(ground: Ground, tool: Tool, *, is_detected: bool, is_named: bool) -> StatusTool:
    """Shape one tool; its missing files only where it is installed, used here or named."""
    files = skill_files(ground, (tool,))
    forms = installed(files)
    listed = [file for file in files if is_named or file.form.path in forms or file.state is FileState.FOREIGN]
    return StatusTool(
        id=tool.id,
        title=tool.title,
        detected=is_detected,
        installed=bool(forms),
        verified=tool.is_verified,
        formats=tuple(
            FormSource(
                kind=form.kind.value,
                format=form.format.value,
                path=form.path.replace("{id}", "*"),
                source=form.source.url,
                read_on=form.source.read_on,
                verified=form.source.is_verified,
            )
            for form in tool.forms
        ),
        files=tuple(_status_file(file) for file in listed),
    )


def _status_file(file: SkillFile) -> StatusFile:
    return StatusFile(
        path=file.path,
        real=file.real,
        kind=file.form.kind.value,
        state=file.state.value,
        written_by=file.written_by,
        reason=file.reason,
    )


def _status_text(result: StatusResult) -> str:
    """Say in one line for each tool how it stands, then what is not current, then which formats nobody verified."""
    rows = [("TOOL", "STANDS", "FILES")]
    rows += [(tool.id, _stands(tool), _numbers_of(tool.files) if tool.installed else "") for tool in result.tools]
    lines = [table(rows, indent="")]
    wrong = [
        file for tool in result.tools for file in tool.files if file.state != FileState.CURRENT.value and (tool.installed or file.reason)
    ]
    lines += [
        f"  {paint(file.state, 'yellow')}  {safe(file.path)}{f': {safe(file.reason)}' if file.reason else ''}"
        for file in dict.fromkeys(wrong)
    ]
    lines += [
        f"  {paint('unverified', 'yellow')}  {tool.id}: the format of its {form.kind} files ({form.path}) is not documented by its maker ({form.source})"
        for tool in result.tools
        for form in tool.formats
        if not form.verified and (tool.installed or tool.detected)
    ]
    return "\n".join([*lines, _advice(result)])


def _stands(tool: StatusTool) -> str:
    if tool.installed:
        return "installed"
    return "used here, not installed" if tool.detected else "–"


def _numbers_of(files: tuple[StatusFile, ...]) -> str:
    """Count files by how they stand.

    >>> _numbers_of((StatusFile(path="a", real="a", kind="skill", state="current", written_by="1", reason=""),))
    '1 current'
    """
    states = [state.value for state in FileState]
    return ", ".join(f"{count} {state}" for state in states if (count := sum(file.state == state for file in files)))


def _advice(result: StatusResult) -> str:
    states = {file.state for tool in result.tools if tool.installed for file in tool.files}
    if states & {FileState.OUTDATED.value, FileState.OBSOLETE.value, FileState.MISSING.value}:
        return "Next: setsquare skills update"
    if not any(tool.installed for tool in result.tools):
        return "Next: setsquare skills install"
    return "Nothing is to be done." if states <= {FileState.CURRENT.value} else "See what would change: setsquare skills update --dry-run"
