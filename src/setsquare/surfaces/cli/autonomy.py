"""`setsquare autonomy`."""

from __future__ import annotations

import click
from msgspec import Struct

from setsquare.journeys.delegating import SUPERVISED_FIRST, Delegation, delegation_of, restore, told
from setsquare.journeys.opening import named_spec, opened
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.person import require_person, require_reason
from setsquare.surfaces.cli.style import paint, safe
from setsquare.text.paths import quoted
from setsquare.wire import app_here


class Options(Struct, frozen=True, kw_only=True):
    """Which spec, and whether to restore it."""

    spec: str
    restore: bool
    reason: str
    yes: bool


class HeldResult(Struct, frozen=True, kw_only=True):
    """Work that is held against a spec: the step at which an agent first tried to leave the scope of its task, and the rule that stopped it."""

    run: str
    task: str
    step: int
    rule: str
    paths: tuple[str, ...]


class Result(Struct, frozen=True, kw_only=True):
    """How far a spec is delegated: `supervised` are tasks done under a person's eyes, `needed` how many open the autonomous mode."""

    schema: str = "setsquare/autonomy/1"
    spec: str
    manual: bool
    autonomous: bool
    supervised: tuple[str, ...]
    needed: int
    held: tuple[HeldResult, ...] = ()


PARAMS = (
    click.argument("spec"),
    click.option("--restore", is_flag=True, help="Let the spec be delegated again after an agent had left its scope twice."),
    click.option("--reason", default="", help="Why; needed with --restore."),
    click.option("--yes", is_flag=True, help="With --restore: a person wants it, although there is no terminal."),
)


@made("autonomy", Options, PARAMS)
def command(options: Options) -> Output:
    """Say how far SPEC is delegated to agents, and why.

    Two tasks done under a person's eyes open the autonomous mode. An agent that tries to leave its scope on two tasks in a row closes it: the
    spec is then carried out task by task, each step approved, until a person restores it.
    """
    app = app_here()
    spec = named_spec(opened(app), options.spec)
    if options.restore:
        require_reason("A restoration", options.reason, f"setsquare autonomy {quoted(spec.name)} --restore")
        require_person("To restore a spec", is_sure=options.yes)
    found = restore(app, spec.name, options.reason) if options.restore else delegation_of(app, spec.name)
    return Output(result=_result(found), text=_text(found))


def _result(found: Delegation) -> Result:
    """Shape it for programs."""
    held = tuple(
        HeldResult(run=work.run, task=work.task, step=first.step, rule=first.rule, paths=first.paths)
        for work in found.held
        for first in work.attempts[:1]
    )
    return Result(
        spec=found.spec,
        manual=found.is_manual,
        autonomous=found.may_be_autonomous,
        supervised=found.supervised,
        needed=SUPERVISED_FIRST,
        held=held,
    )


def _text(found: Delegation) -> str:
    """Say it to a person."""
    colour = "yellow" if found.is_manual else "green" if found.may_be_autonomous else "cyan"
    lines = [f"{paint(found.spec, 'bold')}: {paint(safe(told(found)), colour)}"]
    if found.supervised:
        lines.append(f"  Done under a person's eyes: {', '.join(map(safe, found.supervised))}")
    lines += [f"  See: setsquare log {work.run}" for work in found.held]
    if found.restored:
        lines.append(f"  Restored {found.restored.at} by {safe(found.restored.by)}: {safe(found.restored.reason)}")
    return "\n".join(lines)
