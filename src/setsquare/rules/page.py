"""Writes a rule's page from its docstring and its examples."""

from __future__ import annotations

import re
from collections.abc import Iterable

from setsquare.rules.config import Value
from setsquare.rules.finding import Example
from setsquare.rules.rule import Rule

PARTS = ("What", "Why", "Example", "Instead", "Fix safety", "Source")
"""What every rule's docstring explains, in order."""

_PART = re.compile(rf"^({'|'.join(PARTS)}): ", re.MULTILINE)
_SHOWN_EXAMPLES = 3


def parts_of(rule: Rule) -> dict[str, str]:
    r"""Split a rule's docstring into its parts, each as one paragraph of plain text.

    >>> from setsquare.rules.ears.modal import RULE
    >>> parts_of(RULE)["Example"]
    '`WHEN an order is paid, THE Store should send a receipt`'
    """
    pieces = _PART.split(rule.page.strip())
    return {name: " ".join(text.split()) for name, text in zip(pieces[1::2], pieces[2::2], strict=True)}


def part(rule: Rule, name: str) -> str:
    """Give one part of a rule's page; its summary where the part is missing.

    >>> from setsquare.rules.ears.modal import RULE
    >>> part(RULE, "no such part") == RULE.summary
    True
    """
    return parts_of(rule).get(name) or rule.summary


def page(rule: Rule) -> str:
    """Write a rule's page in Markdown, with some of its examples.

    >>> from setsquare.rules.ears.modal import RULE
    >>> page(RULE).splitlines()[0]
    '# EARS002 modal-is-not-shall'
    """
    fixable = "yes, with `setsquare check --fix`" if rule.is_fixable else "no"
    lines = [
        f"# {rule.code} {rule.name}",
        "",
        rule.summary,
        "",
        f"Severity: {rule.severity.value} · Fixable: {fixable} · Since {rule.since}"
        + ("" if rule.is_default else " · Off unless switched on"),
    ]
    for name, text in parts_of(rule).items():
        lines += ["", f"## {name}", "", text[:1].upper() + text[1:]]
    lines += _options(rule)
    lines += _examples("It finds", (example for example in rule.examples if example.fires))
    lines += _examples("It is silent on", (example for example in rule.examples if not example.fires))
    return "\n".join(lines) + "\n"


def _options(rule: Rule) -> list[str]:
    """Show what can be set, as a table, and how."""
    if not rule.options:
        return []
    rows = [f"| `{option.name}` | `{written(option.default)}` | {option.meaning} |" for option in rule.options]
    setting = f"Set in `.setsquare/check.toml` below `[rules.{rule.code}]`:"
    return ["", "## Options", "", setting, "", "| option | default | meaning |", "|---|---|---|", *rows]


def written(value: Value) -> str:
    """Write an option's value as TOML does.

    >>> written(("API", "TLS")), written(True), written("shall"), written(40)
    ('["API", "TLS"]', 'true', '"shall"', '40')
    """
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return f'"{value}"'
        case _:
            return "[" + ", ".join(f'"{item}"' for item in value) + "]"


def index(rules: Iterable[Rule]) -> str:
    """Write the list of all rules in Markdown.

    >>> from setsquare.rules.ears.modal import RULE
    >>> index([RULE]).splitlines()[-1].split(" | ")[:2]
    ['| [EARS002](EARS002.md) modal-is-not-shall', 'error']
    """
    lines = [
        "# Rules",
        "",
        "Written from the rules themselves. `setsquare check --explain CODE` shows one.",
        "",
        "| rule | severity | fixable | finds |",
        "|---|---|---|---|",
    ]
    for rule in rules:
        fixable = "yes" if rule.is_fixable else ""
        lines.append(f"| [{rule.code}]({rule.code}.md) {rule.name} | {rule.severity.value} | {fixable} | {rule.summary.rstrip('.')} |")
    return "\n".join(lines) + "\n"


def _examples(title: str, examples: Iterable[Example]) -> list[str]:
    """Show the first examples, each file with its path; a token is shown by its prefix alone."""
    lines = ["", f"## {title}"]
    for example in list(examples)[:_SHOWN_EXAMPLES]:
        for path, text in example.files:
            lines += ["", f"`{path}`" + (f" (from {example.source})" if example.source else ""), "", "~~~", *_significant(text), "~~~"]
    return lines


def _significant(text: str) -> list[str]:
    """Leave out the headings that only frame an example, and cut invented tokens."""
    frame = ("# Requirements Document", "## Requirements", "### Requirement 1: Orders", "#### Acceptance Criteria")
    kept = [re.sub(r"(gh[pousr]_)\w+", r"\1…", line) for line in text.splitlines() if line not in frame]
    while kept and not kept[0].strip():
        kept.pop(0)
    return [line for index, line in enumerate(kept) if line.strip() or index]
