"""`setsquare consistency`."""

from __future__ import annotations

import click
from msgspec import Struct

from setsquare.errors import Usage
from setsquare.journeys.consistency import Checked, checked, proposed
from setsquare.journeys.opening import named_as, named_spec, opened
from setsquare.spec.formal.verdict import FAILING, PROVEN, Claim, Verdict
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.places import shown
from setsquare.surfaces.cli.style import paint, safe
from setsquare.wire import app_here, solver_here

_LONGEST_LIST = 12


class Options(Struct, frozen=True, kw_only=True):
    """Which specs to check and how."""

    specs: tuple[str, ...]
    steps: int
    propose: bool
    write: bool


class Value(Struct, frozen=True):
    """A variable, or a phrase that stands for itself, with a value."""

    name: str
    value: str


class Claimed(Struct, frozen=True, kw_only=True):
    """One claim. `is_proven` says that it holds for certain, given `mapping` and `facts`."""

    check: str
    claim: str
    is_proven: bool
    criteria: tuple[str, ...]
    message: str
    witness: tuple[Value, ...]
    facts: tuple[str, ...]
    mapping: tuple[str, ...]
    question: str


class Wrong(Struct, frozen=True):
    """An entry of a vocabulary that cannot be used."""

    where: str
    reason: str


class SpecResult(Struct, frozen=True, kw_only=True):
    """One spec: `mapped` criteria rest on the vocabulary, `textual` ones on equal words; nothing is known of `not_analysed`."""

    spec: str
    vocabulary: str | None
    problems: tuple[Wrong, ...]
    criteria: int
    formalised: int
    mapped: tuple[str, ...]
    textual: tuple[str, ...]
    not_analysed: tuple[str, ...]
    steps: int
    claims: tuple[Claimed, ...]


class Result(Struct, frozen=True, kw_only=True):
    """What was found in each spec; `proposal` is a vocabulary's beginning where one was asked for, `written` where it was saved."""

    schema: str = "setsquare/consistency/1"
    specs: tuple[SpecResult, ...] = ()
    proposal: str | None = None
    written: str | None = None


PARAMS = (
    click.argument("specs", nargs=-1),
    click.option("--steps", type=click.IntRange(1, 5), default=1, show_default=True, help="How far realizability (K7) looks ahead."),
    click.option("--propose", is_flag=True, help="Print the beginning of one spec's vocabulary (vocab.toml) and check nothing."),
    click.option("--write", is_flag=True, help="With --propose: save it, where the spec has none."),
)


@made("consistency", Options, PARAMS)
def command(options: Options) -> Output:
    """Look for contradictions between the criteria of SPECS by logic; by default in every spec.

    What words mean comes from the spec's vocab.toml, which you write; without it only equal words are compared. Needs the extra
    `formal`. Ends with 1 when criteria cannot be met together, or the vocabulary has an entry that cannot be used.
    """
    app = app_here()
    workspace = opened(app)
    if options.propose:
        if len(options.specs) != 1:
            raise Usage("`--propose` needs the name of one spec.", "Such as: `setsquare consistency login --propose`.")
        path, text = proposed(app, named_spec(workspace, options.specs[0]), is_writing=options.write)
        written = shown(app.folder, path) if options.write else None
        return Output(result=Result(proposal=text, written=written), text=f"  {paint('wrote', 'green')}  {written}" if written else text)
    if options.write:
        raise Usage("`--write` goes with `--propose`.", "See `setsquare consistency --help`.")
    specs = [named_spec(workspace, name) for name in options.specs] or [
        spec for spec in workspace.specs if spec.requirements and not spec.is_archived and spec.is_kiro
    ]
    solver = solver_here()
    results = []
    for spec in specs:
        app.progress(f"checking {spec.name}")
        results.append((named_as(workspace, spec), checked(workspace, spec, solver, options.steps)))
    fails = any(item.problems or any(verdict.claim in FAILING for verdict in item.found.verdicts) for _, item in results)
    return Output(
        result=Result(specs=tuple(_result(name, item) for name, item in results)),
        text="\n\n".join(_text(name, item) for name, item in results) or "There is no spec with requirements here.",
        exit_code=1 if fails else 0,
    )


def _result(name: str, item: Checked) -> SpecResult:
    found = item.found
    return SpecResult(
        spec=name,
        vocabulary=item.vocabulary,
        problems=tuple(Wrong(problem.where, problem.reason) for problem in item.problems),
        criteria=found.total,
        formalised=len(found.mapped) + len(found.textual),
        mapped=found.mapped,
        textual=found.textual,
        not_analysed=found.not_analysed,
        steps=found.steps,
        claims=tuple(_claimed(verdict) for verdict in found.verdicts),
    )


def _claimed(verdict: Verdict) -> Claimed:
    return Claimed(
        check=verdict.check,
        claim=verdict.claim.value,
        is_proven=verdict.claim in PROVEN,
        criteria=verdict.criteria,
        message=verdict.message,
        witness=tuple(Value(name, value) for name, value in verdict.witness),
        facts=verdict.facts,
        mapping=verdict.mapping,
        question=verdict.question,
    )


def _text(name: str, item: Checked) -> str:
    found = item.found
    formalised = len(found.mapped) + len(found.textual)
    lines = [paint(safe(name), "bold")]
    lines += [
        f"  {paint('vocabulary', 'red')}  {safe(f'{problem.where}: ' if problem.where else '')}{safe(problem.reason)}"
        for problem in item.problems
    ]
    for verdict in found.verdicts:
        lines += _lines(verdict)
    share = (
        f"Formalised {formalised} of {found.total} criteria ({len(found.mapped)} by the vocabulary, {len(found.textual)} by equal words)"
    )
    if found.not_analysed:
        share += f"; {len(found.not_analysed)} not analysed: {_ids(found.not_analysed)}"
    lines.append(f"  {share}.")
    if formalised and not any(verdict.claim in FAILING for verdict in found.verdicts):
        lines.append(f"  No conflict found among the {formalised} formalised.")
    if item.vocabulary is None:
        lines.append(f"  There is no vocabulary yet: `setsquare consistency {safe(name)} --propose` begins one.")
    return "\n".join(lines)


def _lines(verdict: Verdict) -> list[str]:
    """Show one claim: what, when, why, and what a person must decide."""
    colour = "red" if verdict.claim in FAILING else "yellow"
    word = verdict.claim.value.upper()
    when = f" when {', '.join(f'{name} = {value}' for name, value in verdict.witness)}" if verdict.witness else ""
    ids = " × ".join(verdict.criteria) if verdict.claim in (Claim.CONFLICT, Claim.POSSIBLE, Claim.OVERLAP) else ", ".join(verdict.criteria)
    lines = [f"  {paint(word, colour)} {ids}{safe(when)}: {safe(verdict.message)}  [{verdict.check}]"]
    lines += [f"      read as: {safe(line)}" for line in verdict.mapping]
    if verdict.question:
        lines.append(f"      {safe(verdict.question)}")
    return lines


def _ids(ids: tuple[str, ...]) -> str:
    more = len(ids) - _LONGEST_LIST
    return ", ".join(ids[:_LONGEST_LIST]) + (f" and {more} more" if more > 0 else "")
