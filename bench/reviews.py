"""Twenty findings that a person looked up in the files: how they are chosen, whether they still stand, and how they are shown.

`tests/corpus/reviewed_findings.jsonl` holds them. `python -m bench.reviews` prints which findings the choice would take now.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct, convert

import setsquare
from bench.corpus_folder import corpus_folder, repositories, repository_name
from bench.precision import labels
from setsquare.rules.check import check
from setsquare.rules.finding import Severity
from setsquare.workspace.model import Workspace

REVIEWS = Path(__file__).resolve().parents[1] / "tests" / "corpus" / "reviewed_findings.jsonl"
HOW_MANY = 20


class Seen(Struct, frozen=True, kw_only=True):
    """One finding of a real repository; `repository` is its folder, `path` below it, `line` counts from 1, `text` is the line."""

    repository: str
    code: str
    severity: str
    path: str
    line: int
    message: str
    text: str


class Review(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a reader says of one finding, after reading the file around it: `right` or not, and why in one sentence."""

    repository: str
    code: str
    severity: str
    path: str
    line: int
    text: str
    right: bool
    why: str

    @property
    def key(self) -> tuple[str, str, str, int]:
        """Say which finding is meant."""
        return (self.repository, self.code, self.path, self.line)


def reviews() -> list[Review]:
    """Read the reviews.

    Raises:
        msgspec.ValidationError: a line has another shape.
    """
    return [convert(json.loads(line), Review) for line in REVIEWS.read_text(encoding="utf-8").splitlines() if line.strip()]


def seen_in(workspace: Workspace, repository: str) -> Iterator[Seen]:
    """Judge one repository's workspace."""
    for finding in check(workspace):
        raw = workspace.render(finding.path)
        line = raw.count(b"\n", 0, finding.span.start) + 1
        yield Seen(
            repository=repository,
            code=finding.code,
            severity=finding.severity.value,
            path=str(finding.path),
            line=line,
            message=finding.message,
            text=raw.decode("utf-8", "replace").split("\n")[line - 1].rstrip("\r"),
        )


def keys(findings: Iterable[Seen]) -> set[tuple[str, str, str, int]]:
    """Give what reviews are compared with."""
    return {(each.repository, each.code, each.path, each.line) for each in findings}


def choose(findings: Iterable[Seen], many: int = HOW_MANY) -> list[Seen]:
    """Choose findings of as many rules and repositories as there are: errors before warnings, notes never.

    Of every rule one, rules of few repositories first; of the repositories that have it, the one least chosen so far; there, the middle one.
    """
    chosen: list[Seen] = []
    by_rule: dict[tuple[str, str], list[Seen]] = {}
    for each in findings:
        if each.severity != Severity.NOTE.value:
            by_rule.setdefault((each.severity, each.code), []).append(each)

    def rank(item: tuple[tuple[str, str], list[Seen]]) -> tuple[bool, int, str]:
        (severity, code), found = item
        return severity != Severity.ERROR.value, len({each.repository for each in found}), code

    for (_, code), found in sorted(by_rule.items(), key=rank):
        if len(chosen) == many or any(each.code == code for each in chosen):
            continue
        used = Counter(each.repository for each in chosen)
        repository = min({each.repository for each in found}, key=lambda name: (used[name], name))
        of_it = sorted((each for each in found if each.repository == repository), key=lambda each: (each.path, each.line))
        chosen.append(of_it[len(of_it) // 2])
    return chosen


def page(listed: list[Review], standing: set[tuple[str, str, str, int]]) -> str:
    """Lay the reviews out as Markdown; `standing` are the findings of now."""
    right = sum(each.right for each in listed)
    known = {(label.path, label.code, label.line): label.right for label in labels()}
    others = [(each.right, known.get((f"{each.repository}/{each.path}", each.code, each.line))) for each in listed]
    double = [(own, other) for own, other in others if other is not None]
    gone = sum(each.key not in standing for each in listed)
    counts = (
        f"{len(listed)} findings of {len({each.code for each in listed})} rules in {len({each.repository for each in listed})} repositories, "
        f"each read in its file: {right} right, {len(listed) - right} wrong, {gone} no longer found."
    )
    agreed = f"Another reader labelled {len(double)} of them for the precision of the rules; the two agree on {sum(own == other for own, other in double)}."
    lines = [
        counts,
        "",
        agreed,
        "",
        "| Rule | Place | The line | Judged | Why |",
        "|---|---|---|---|---|",
    ]
    for each in listed:
        judged = f"{'right' if each.right else 'wrong'}{'' if each.key in standing else ', no longer found'}"
        place = f"{repository_name(each.repository)}, {each.path}:{each.line}"
        lines.append(f"| {each.code} {each.severity} | {place} | {_cell(each.text)} | {judged} | {each.why} |")
    return "\n".join(lines)


def _cell(text: str) -> str:
    """Quote a line in a table."""
    escaped = text.strip().replace("|", "\\|").replace("`", "'")
    return f"`{escaped}`" if escaped else "(an empty line)"


def main() -> None:
    """Print the choice as JSON Lines, with the messages."""
    corpus = corpus_folder()
    if corpus is None:
        sys.exit("the corpus is absent: put it beside the project (../shared/corpus), or name it in SETSQUARE_CORPUS")
    found = [each for folder in repositories(corpus) for each in seen_in(setsquare.load(folder), folder.name)]
    for each in choose(found):
        print(json.dumps({name: getattr(each, name) for name in each.__struct_fields__}, ensure_ascii=False))


if __name__ == "__main__":
    main()
