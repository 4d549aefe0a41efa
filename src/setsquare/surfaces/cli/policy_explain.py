"""`setsquare policy explain`."""

from __future__ import annotations

import shlex
from pathlib import Path

import click
from msgspec import Struct

from setsquare.journeys.policy_explaining import Explanation, ReadCommand, Ruled, asked_action
from setsquare.journeys.policy_explaining import explain as explained
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.policy_options import UNDER, wanted
from setsquare.surfaces.cli.style import paint, safe, table
from setsquare.wire import reading_at, workspace_folder

COLOURS = {"allow": "green", "ask": "yellow", "deny": "red"}


class Options(Struct, frozen=True, kw_only=True):
    """What to explain, and under what."""

    command: tuple[str, ...]
    write: str
    read: str
    spec: str
    task: str
    mode: str
    autonomy: str | None
    environment: str | None
    allow: tuple[str, ...]
    deny: tuple[str, ...]


class RuleResult(Struct, frozen=True, kw_only=True):
    """A rule that had something to say; `source` is the file and key, or the line, that it stands in."""

    permission: str
    rule: str
    reason: str
    source: str


class CommandResult(Struct, frozen=True, kw_only=True):
    """One simple command as it was read out of the text; `kind` is its class, `wrappers` are the commands that run it."""

    command: str
    kind: str
    why: str
    writes: tuple[str, ...]
    wrappers: tuple[str, ...]
    doubt: str


class ProblemResult(Struct, frozen=True, kw_only=True):
    """Something wrong with a permission file; `line` is 0 for all of it."""

    path: str
    line: int
    reason: str


class Result(Struct, frozen=True, kw_only=True):
    """What would be decided: `permission` by `rule` from `source`; `others` are all other rules that matched, strictest first."""

    schema: str = "setsquare/policy-explain/1"
    action: str
    permission: str
    rule: str
    reason: str
    source: str
    mode: str
    autonomy: str
    environment: str
    spec: str
    task: str
    others: tuple[RuleResult, ...]
    commands: tuple[CommandResult, ...]
    problems: tuple[ProblemResult, ...]


PARAMS = (
    click.argument("command", nargs=-1),
    click.option("--write", default="", metavar="PATH", help="Explain writing a file."),
    click.option("--read", default="", metavar="PATH", help="Explain reading a file."),
    *UNDER,
)


@made("explain", Options, PARAMS, epilog='For example: setsquare policy explain "git push --force"')
def explain(options: Options) -> Output:
    """Say whether an agent may run COMMAND, by which rule from which file, and what else was to say. Nothing is run, and nothing need be trusted."""
    text = options.command[0] if len(options.command) == 1 else shlex.join(options.command)
    folder = str(Path(workspace_folder()).resolve())
    action = asked_action(text, options.write, options.read)
    under = wanted(options)
    found = explained(reading_at(folder), folder, under, action)
    shown = text or (f"write {options.write}" if options.write else f"read {options.read}")
    return Output(result=_result(found, shown), text=_text(found, shown))


def _result(found: Explanation, shown: str) -> Result:
    """Shape an explanation for programs."""
    capability, decision = found.standing.capability, found.decision
    return Result(
        action=shown,
        permission=decision.permission,
        rule=decision.rule,
        reason=decision.reason,
        source=decision.source,
        mode=capability.mode.value,
        autonomy=capability.agent.autonomy.value,
        environment=capability.environment,
        spec=found.standing.spec,
        task=found.standing.task,
        others=tuple(_rule(each) for each in found.others),
        commands=tuple(_command(each) for each in found.commands),
        problems=tuple(
            ProblemResult(path=problem.path, line=problem.line, reason=problem.reason)
            for file in found.standing.files
            for problem in file.problems
        ),
    )


def _rule(each: Ruled) -> RuleResult:
    """Shape one rule."""
    return RuleResult(permission=each.permission, rule=each.rule, reason=each.reason, source=each.source)


def _command(each: ReadCommand) -> CommandResult:
    """Shape one simple command."""
    return CommandResult(command=each.command, kind=each.kind, why=each.why, writes=each.writes, wrappers=each.wrappers, doubt=each.doubt)


def _text(found: Explanation, shown: str) -> str:
    """Say what would be decided and why."""
    capability, decision = found.standing.capability, found.decision
    under = f"{capability.mode.value}, {capability.agent.autonomy.value}"
    under += f", task {found.standing.task} of {found.standing.spec}" if found.standing.task else ", no task"
    under += f", environment {capability.environment}" if capability.environment else ", no environment declared"
    lines = [
        f"{paint(decision.permission, COLOURS[decision.permission], 'bold')}  {safe(shown)}",
        f"  by    {safe(decision.rule)}",
        f"  from  {safe(decision.source)}",
        f"  {safe(decision.reason)}",
        paint(f"  under {under}", "dim"),
    ]
    if found.commands:
        lines += ["", "Read as:"]
        rows = [(each.kind, safe(each.command), safe(_notes(each))) for each in found.commands]
        lines.append(table(rows))
    if found.others:
        lines += ["", "Also matched:"]
        lines.append(
            table([(paint(each.permission, COLOURS[each.permission]), safe(each.rule), safe(each.source)) for each in found.others])
        )
    problems = [problem for file in found.standing.files for problem in file.problems]
    lines += ["", *(f"{paint('!', 'yellow')} {safe(problem.shown)}" for problem in problems)] if problems else []
    return "\n".join(lines)


def _notes(each: ReadCommand) -> str:
    """Say on one line what is known of a simple command."""
    writes = f"writes {', '.join(each.writes)}" if each.writes else ""
    around = f"run by {each.wrappers[-1]}" if each.wrappers else ""
    return "; ".join(part for part in (each.why, writes, around, each.doubt) if part)
