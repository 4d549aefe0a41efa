"""Judges a draft by the rules on the workspace as it would be with the draft in it."""

from __future__ import annotations

import re

from msgspec import Struct

from setsquare.rules.check import judge as judge_by_rules
from setsquare.rules.finding import Finding, Severity
from setsquare.spec.stage import Stage
from setsquare.spec.trace import trace
from setsquare.text.document import encode
from setsquare.text.paths import RelPath
from setsquare.workspace.load import load
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import Spec

_DECIDING = frozenset({"DSN001", "STR001", "TSK002", "TRC001", "TRC002"})
_DESIGN_KEY = re.compile(r"^[\W_]*Design[*_`\s]*[:：]\s*(?P<value>.+?)[\s_*]*$", re.IGNORECASE)
_MOST_IDS = 40
UNCOVERED = "no task names these criteria:"
"""Begins the reason that lists what no task names."""


class Verdict(Struct, frozen=True, kw_only=True):
    """What stands against a draft: `reasons` must be mended, `notes` are worth knowing."""

    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def judge(workspace: Workspace, spec: Spec, stage: Stage, path: RelPath, text: str, most_tasks: int | None = None) -> Verdict:
    """Judge a draft of one stage. `most_tasks` bounds the number of task lines; `None` means no bound.

    A reason is an error that the workspace did not have before, a missing section, a criterion without a task, a design section that does
    not exist, or too many tasks; everything else that the rules newly find is a note. A comment in the draft silences nothing that no person
    had silenced there before: whoever writes a draft does not decide which rules it is held to.
    """
    files = {artefact.path: artefact.document.render() for artefact in workspace.artefacts if artefact.path != path}
    after = load({**files, path: encode(text)}, workspace.skipped)
    before = judge_by_rules(workspace)
    known = {_known(finding) for finding in before.findings if finding.path != path} | {_known(off.finding) for off in before.disabled}
    now = judge_by_rules(after)
    everything = (*now.findings, *(off.finding for off in now.disabled))
    found = [finding for finding in everything if _known(finding) not in known and _concerns(finding, spec)]
    deciding = [finding for finding in found if finding.severity is Severity.ERROR or finding.code in _DECIDING]
    own = after.spec(spec.path) or spec
    reasons = [_told(finding, after) for finding in deciding]
    reasons += _of_design(own) if stage is Stage.DESIGN else _of_tasks(after, own, most_tasks)
    notes = [_told(finding, after) for finding in found if finding not in deciding and finding.severity is not Severity.NOTE]
    return Verdict(reasons=tuple(dict.fromkeys(reasons)), notes=tuple(dict.fromkeys(notes)))


def _known(finding: Finding) -> tuple[str, RelPath, str]:
    """Give what makes a finding the same one before and after; its place moves with the text."""
    return finding.code, finding.path, finding.message


def _concerns(finding: Finding, spec: Spec) -> bool:
    """Tell whether a finding is about this spec; the draft cannot mend another one."""
    return finding.path.startswith(f"{spec.path}/")


def _told(finding: Finding, workspace: Workspace) -> str:
    """Say what was found and where."""
    artefact = workspace.by_path.get(finding.path)
    place = f":{artefact.document.place(finding.span.start).line}" if artefact else ""
    hint = f" ({finding.hint})" if finding.hint else ""
    return f"{finding.code} {finding.path.rpartition('/')[2]}{place}: {finding.message}{hint}"


def _of_design(spec: Spec) -> list[str]:
    """Say what a design lacks that no rule would see."""
    sections = spec.design.sections if spec.design else ()
    return [] if any(section.level > 1 for section in sections) else ["the design has no section below its title"]


def _of_tasks(workspace: Workspace, spec: Spec, most_tasks: int | None) -> list[str]:
    """Say what a task list lacks that no rule would see."""
    tasks = spec.tasks.tasks if spec.tasks else ()
    if not tasks:
        return ["the document holds no task: each is a line `- [ ] N. Verb phrase`"]
    reasons = []
    if most_tasks is not None and len(tasks) > most_tasks:
        reasons.append(f"the list has {len(tasks)} tasks; at most {most_tasks} are allowed, so group what belongs together")
    traced = trace(workspace).spec(spec)
    if traced and traced.uncovered:
        shown = ", ".join(traced.uncovered[:_MOST_IDS])
        more = f" and {len(traced.uncovered) - _MOST_IDS} more" if len(traced.uncovered) > _MOST_IDS else ""
        reasons.append(f"{UNCOVERED} {shown}{more}")
    if traced:
        reasons += [
            f"{citation.source} names {citation.missing}, which does not exist"
            for citation in traced.dangling
            if citation.kind.value == "implements"
        ]
    return [*reasons, *_dangling_sections(spec)]


def _dangling_sections(spec: Spec) -> list[str]:
    """List references to design sections that do not exist; nothing can be said without a design."""
    if spec.design is None or spec.tasks is None or not spec.design.sections:
        return []
    titles = {_key(section.title) for section in spec.design.sections} | {
        _key(f"property {item.number}") for item in spec.design.properties
    }
    reasons = []
    for task in spec.tasks.tasks:
        for detail in task.details:
            match = _DESIGN_KEY.match(detail)
            if match and not _names_section(match["value"], titles):
                reasons.append(f"task {task.id or task.title}: the design has no section “{match['value']}”")
    return reasons


def _names_section(value: str, titles: set[str]) -> bool:
    """Tell whether a value names existing sections: as a whole, or each part of a path or list of them."""
    if _key(value) in titles:
        return True
    first, *others = (_key(part) for part in re.split(r"\s+/\s+|\s*[,;>→]\s*", value))
    return all(any(part == title or (len(part) > 3 and part in title) for title in titles) for part in (first, *others) if part)


def _key(title: str) -> str:
    """Give the form in which titles are compared: without case, number and markup."""
    return re.sub(r"^[\d.\s]+", "", re.sub(r"[`*_]", "", title)).strip().casefold().replace("_", " ")
