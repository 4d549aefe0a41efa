"""`setsquare audit verify` and `anchor`."""

from __future__ import annotations

import click
from msgspec import Struct

from setsquare.events.audit_chain import Verdict
from setsquare.journeys.audit_reading import anchor as anchored
from setsquare.journeys.audit_reading import verify as verified
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.style import paint, safe
from setsquare.wire import app_here


class Options(Struct, frozen=True, kw_only=True):
    """What must be in the log."""

    expect: str


class AnchorOptions(Struct, frozen=True, kw_only=True):
    """Whether to keep it in the workspace."""

    write: bool


class BreakResult(Struct, frozen=True, kw_only=True):
    """One place where the log is broken, the first entry that it concerns."""

    kind: str
    seq: int
    text: str


class Result(Struct, frozen=True, kw_only=True):
    """Whether the log is as it was written; `breaks` in order, `head` is the digest of the last entry."""

    schema: str = "setsquare/audit-verify/1"
    whole: bool
    log: str
    entries: int
    head: str
    breaks: tuple[BreakResult, ...]
    notes: tuple[str, ...]


class AnchorResult(Struct, frozen=True, kw_only=True):
    """The end of the log: `anchor` is what to keep, `file` where it was kept, empty when it was only shown."""

    schema: str = "setsquare/audit-anchor/1"
    anchor: str
    log: str
    seq: int
    digest: str
    file: str = ""


@made(
    "verify", Options, (click.option("--expect", default="", metavar="DIGEST", help="What `audit anchor` printed: the log must hold it."),)
)
def verify(options: Options) -> Output:
    """Hold the audit log against its own chain, its head, and every anchor in the workspace and in the commits of approvals.

    Names the first place that is broken and how: edited, deleted, reordered, forked, truncated, replaced, or the clock went back. Ends with 1
    when there is one. Somebody who can write the state folder can write a whole new log; an anchor that is kept elsewhere tells.
    """
    found = verified(app_here(), options.expect)
    breaks = tuple(BreakResult(kind=each.kind.value, seq=each.seq, text=each.text) for each in found.breaks)
    result = Result(whole=not breaks, log=found.log, entries=found.entries, head=found.head, breaks=breaks, notes=found.notes)
    return Output(result=result, text=_text(found), exit_code=1 if breaks else 0)


def _text(found: Verdict) -> str:
    """Say what the log is worth."""
    lines = list[str]()
    if found.breaks:
        first = found.breaks[0]
        lines.append(f"{paint('Broken', 'red', 'bold')} from entry {first.seq} on, {first.kind.value}: {safe(first.text)}.")
        lines += [f"  also entry {each.seq}, {each.kind.value}: {safe(each.text)}" for each in found.breaks[1:]]
    elif found.entries:
        lines.append(f"{paint('Whole', 'green', 'bold')}: {found.entries} entries, the last is {found.head}.")
    else:
        lines.append("The audit log is empty: nothing here has changed yet what agents may do.")
    lines += [f"  {safe(note[:1].upper() + note[1:])}." for note in found.notes]
    return "\n".join(lines)


@made(
    "anchor", AnchorOptions, (click.option("--write", is_flag=True, help="Also add it to .setsquare/audit-anchors.jsonl, for the team."),)
)
def anchor(options: AnchorOptions) -> Output:
    """Print the end of the audit log, to be kept where whoever changes the log cannot reach: `audit verify --expect` takes it later.

    Commits of approvals hold it by themselves, as the trailer `Audit`.
    """
    done = anchored(app_here(), is_kept=options.write)
    found = done.anchor
    result = AnchorResult(anchor=found.text, log=found.log, seq=found.seq, digest=found.digest, file=done.path)
    commit = f"\nCommit it for the team: git add {done.path} && git commit" if done.path else ""
    return Output(result=result, text=f"{found.text}{commit}")
