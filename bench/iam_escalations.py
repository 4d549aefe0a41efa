"""Looks for escalation paths in AWS's managed policies, beside the flags of another list and the methods of cloudsplaining; writes the page of what was found.

    python -m bench.iam_escalations [FOLDER] [--write]

FOLDER holds the IAM corpus: `managed_policies/aws_managed_policies.json.gz` and `privesc/cloudsplaining_methods.json`.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct

from bench.corpus_folder import BESIDE
from setsquare.adapters.iam_paths import escalation_paths
from setsquare.adapters.iam_tables import universe
from setsquare.powers.iam.escalation.finding import ADMINISTRATOR, escalations
from setsquare.powers.iam.escalation.model import Escalation, EscalationPath
from setsquare.powers.iam.escalation.principal import Principal
from setsquare.powers.iam.evaluation.request import Layers, NamedPolicy
from setsquare.powers.iam.policy.patterns import action_matches
from setsquare.powers.iam.policy.reading import read_policy
from setsquare.text.json_document import scan
from setsquare.text.paths import RelPath

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "iam-escalations.md"
NAME_ONLY = "every action, by name alone"
_SHOWN = 40


class Judged(Struct, frozen=True, kw_only=True):
    """One managed policy: whether the list flags it, what was found, and the paths whose actions it names whatever the resources, conditions and denials are."""

    name: str
    is_flagged: bool
    found: tuple[Escalation, ...]
    by_name: frozenset[str]

    @property
    def certainty(self) -> str:
        """Give the strongest certainty of what was found, empty where nothing was."""
        present = {each.certainty for each in self.found}
        return next((word for word in ("certain", "conditional", "possible") if word in present), "")


def judged(folder: Path) -> Iterator[Judged]:
    """Judge every managed policy as a principal of its own."""
    policies: dict[str, dict[str, Any]] = json.loads(
        gzip.decompress((folder / "managed_policies" / "aws_managed_policies.json.gz").read_bytes())
    )
    known, paths = universe(), escalation_paths()
    for name, entry in sorted(policies.items()):
        policy, _ = read_policy(scan(RelPath(f"{name}.json"), json.dumps(entry["document"]).encode()))
        if policy is None:
            continue
        principal = Principal(name=name, layers=Layers(identity=(NamedPolicy(name, policy),)), is_policy=True)
        by_name = frozenset(path.id for path in paths if _names(entry["document"], path.actions))
        yield Judged(name=name, is_flagged=bool(entry["privesc"]), found=escalations(principal, paths, known), by_name=by_name)


def methods(folder: Path, paths: Iterable[EscalationPath]) -> dict[str, tuple[str, ...]]:
    """Give for each method of cloudsplaining the paths that are found wherever the method is: those whose actions are among the method's."""
    listed: dict[str, list[str]] = json.loads((folder / "privesc" / "cloudsplaining_methods.json").read_text())
    known = [(path.id, {action.lower() for action in path.actions}) for path in paths]
    return {name: tuple(path for path, needed in known if needed <= set(actions)) for name, actions in listed.items()}


def page(found: list[Judged], covered: dict[str, tuple[str, ...]], seconds: float) -> str:
    """Write the page."""
    counts = Counter((each.is_flagged, each.certainty) for each in found)
    lines = [
        "# Escalation paths in AWS's managed policies",
        "",
        "Written by `python -m bench.iam_escalations --write`. Each of AWS's managed policies is judged as if it were all that a principal has. The flags are those of",
        "iam-dataset, which flags whatever manages permissions, such as `iam:PassRole` or `iam:CreateServiceLinkedRole` alone; a path needs more, so that the two are no",
        "measure of each other: what they disagree on was looked at.",
        "",
        f"{len(found):,} policies, {len(escalation_paths())} paths, {seconds:.1f} CPU seconds.",
        "",
        "| what was found | flagged | not flagged |",
        "|---|---|---|",
    ]
    for certainty, words in (
        ("certain", "a path, certain"),
        ("conditional", "conditional at most"),
        ("possible", "possible at most"),
        ("", "no path"),
    ):
        lines.append(f"| {words} | {counts[True, certainty]:,} | {counts[False, certainty]:,} |")
    lines += ["", *_disagreements(found), "", *_paths(found), "", *_methods(covered)]
    return "\n".join(lines) + "\n"


def _disagreements(found: list[Judged]) -> Iterator[str]:
    yield "## Found, and not flagged"
    yield ""
    yield "Each of these grants every action of the path it is named for. None is certain but those that are marked so."
    yield ""
    yield "| policy | paths |"
    yield "|---|---|"
    for each in found:
        if not each.is_flagged and each.found:
            shown = ", ".join(f"{one.path} ({one.certainty})" for one in each.found[:4])
            yield f"| {each.name} | {shown} |"
    yield ""
    yield "## Silent, although every action is named"
    yield ""
    yield "These name every action of the path, but not on a resource that fits, or pass roles only to services that the path does not run in."
    yield ""
    yield "| policy | paths |"
    yield "|---|---|"
    for each in found:
        silent = sorted(each.by_name - {one.path for one in each.found})
        if silent:
            yield f"| {each.name} | {', '.join(silent)} |"


def _paths(found: list[Judged]) -> Iterator[str]:
    counts = Counter((one.path, one.certainty) for each in found for one in each.found)
    yield "## By path"
    yield ""
    yield "| path | what is enough | certain | conditional | possible |"
    yield "|---|---|---|---|---|"
    for path in escalation_paths():
        yield (
            f"| {path.id} | {path.name} | "
            + " | ".join(str(counts[path.id, word]) for word in ("certain", "conditional", "possible"))
            + " |"
        )
    yield ""
    yield f"{sum(counts[ADMINISTRATOR, word] for word in ('certain', 'conditional', 'possible'))} policies grant everything."


def _methods(covered: dict[str, tuple[str, ...]]) -> Iterator[str]:
    missing = sorted(name for name, paths in covered.items() if not paths)
    yield "## Beside cloudsplaining"
    yield ""
    yield f"Of the {len(covered)} methods of cloudsplaining 0.9.1, {len(covered) - len(missing)} are found wherever cloudsplaining finds them, each by a path that needs no more"
    yield "actions. cloudsplaining looks at one policy at a time and at no condition; here all policies of a principal count together."
    if missing:
        yield ""
        yield "Not found, because the path of the source needs more actions than the method:"
        yield ""
        yield from (f"- {name}" for name in missing)


def _names(document: dict[str, Any], actions: Iterable[str]) -> bool:
    statements = [each for each in _list(document["Statement"]) if each["Effect"] == "Allow"]
    return all(any(_has(each, action) for each in statements) for action in actions)


def _has(statement: dict[str, Any], action: str) -> bool:
    if "Action" in statement:
        return any(action_matches(pattern, action) for pattern in _list(statement["Action"]))
    return not any(action_matches(pattern, action) for pattern in _list(statement["NotAction"]))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def main() -> None:
    """Judge the corpus, print the counts, and write the page where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", default=str(BESIDE / "iam"))
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    folder = Path(asked.folder)
    if not (folder / "managed_policies").is_dir():
        sys.exit(f"{folder} holds no IAM corpus")
    begun = time.process_time()
    found = list(judged(folder))
    text = page(found, methods(folder, escalation_paths()), time.process_time() - begun)
    if asked.write:
        PAGE.write_text(text)
    print("\n".join(text.splitlines()[: _SHOWN - 26]))


if __name__ == "__main__":
    main()
