"""Judges a workspace by the rules."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Final

from msgspec import Struct

from setsquare.rules.config import CONFIG_PATH, Config
from setsquare.rules.config_reader import ReadConfig, read_config
from setsquare.rules.directives import Directive, Named
from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Disabled, Finding
from setsquare.rules.registry import RULES
from setsquare.rules.rule import Rule
from setsquare.rules.selection import Selection, names_of, selection
from setsquare.rules.silencing import reach_of, silenced, used
from setsquare.workspace.model import Workspace

_UNUSED: Final = "SUP003"
"""The rule that needs the findings of all others."""

_OWN_FAMILY: Final = "SUP"


class Verdict(Struct, frozen=True):
    """What the rules found, sorted: what stands, and what comments switched off."""

    findings: tuple[Finding, ...]
    disabled: tuple[Disabled, ...] = ()


def check(workspace: Workspace, selected: Collection[str] | None = None) -> tuple[Finding, ...]:
    """Judge a workspace by its own settings, or by the rules of the given codes, families and names; findings are sorted by path, place and code.

    >>> check(Workspace())
    ()
    """
    return judge(workspace, selected).findings


# req: check/1.1
def judge(workspace: Workspace, selected: Collection[str] | None = None, ignored: Collection[str] = ()) -> Verdict:
    """Judge a workspace by its own settings and comments; `selected` and `ignored` are what a person asks for on top.

    >>> judge(Workspace()).disabled
    ()
    """
    read = config_of(workspace)
    return judged(evidence_of(workspace, read), selection(read.config, selected, ignored))


def judged(evidence: Evidence, chosen_rules: Selection, only: Collection[Rule] = RULES) -> Verdict:
    """Judge prepared evidence by those of the `only` rules that are selected.

    >>> judged(Evidence(Workspace()), Selection())
    Verdict(findings=(), disabled=())
    """
    running = [rule for rule in only if rule.code != _UNUSED and chosen_rules.runs(rule)]
    found = ordered(finding for rule in running for finding in _found(evidence, chosen_rules, rule))
    standing, disabled = split(found, evidence.directives)
    if any(rule.code == _UNUSED and chosen_rules.runs(rule) for rule in only):
        rule = next(rule for rule in RULES if rule.code == _UNUSED)
        known = evidence.under(evidence.config, tuple(_unused(evidence, chosen_rules, running, found)))
        standing = ordered((*standing, *_found(known, chosen_rules, rule)))
    return Verdict(standing, disabled)


def config_of(workspace: Workspace) -> ReadConfig:
    """Read a workspace's settings of the rules; those of a workspace without the file are as the rules ship.

    >>> config_of(Workspace()).config == Config()
    True
    """
    artefact = workspace.by_path.get(CONFIG_PATH)
    return ReadConfig(Config()) if artefact is None else read_config(CONFIG_PATH, artefact.document.render(), RULES)


def evidence_of(workspace: Workspace, read: ReadConfig) -> Evidence:
    """Prepare what the rules judge.

    >>> evidence_of(Workspace(), ReadConfig(Config())).problems
    ()
    """
    return Evidence(workspace, read.config, read.problems, _KNOWN)


def chosen(selected: Collection[str] | None = None) -> tuple[Rule, ...]:
    """List the rules of codes, families and names in any letter case; those that are on as they ship where nothing is selected.

    >>> [rule.code for rule in chosen(["mcp", "EARS004"])]
    ['EARS004', 'MCP001']
    """
    wanted = selection(Config(), selected)
    return tuple(rule for rule in RULES if wanted.has(rule))


# req: check/1.5
def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Sort findings by path, place, code and message, each once.

    >>> ordered([])
    ()
    """
    return tuple(sorted(set(findings), key=lambda finding: (finding.path, finding.span, finding.code, finding.message)))


def split(findings: Iterable[Finding], directives: Collection[Directive]) -> tuple[tuple[Finding, ...], tuple[Disabled, ...]]:
    """Part findings in those that stand and those that a comment switches off.

    >>> split([], [])
    ((), ())
    """
    if not directives:
        return tuple(findings), ()
    standing: list[Finding] = []
    disabled: list[Disabled] = []
    for finding, hit in silenced(findings, directives, _NAMES):
        if hit is None:
            standing.append(finding)
        else:
            disabled.append(Disabled(finding, hit.reason))
    return tuple(standing), tuple(disabled)


_KNOWN: Final = tuple(dict.fromkeys(name for rule in RULES for name in (rule.code, rule.name, rule.family)))

# Comments cannot silence what is said of comments.
_NAMES: Final = {rule.code: frozenset[str]() if rule.family == _OWN_FAMILY else names_of(rule) for rule in RULES}
_SILENCED: Final = frozenset[str]().union(*_NAMES.values())


def _found(evidence: Evidence, chosen_rules: Selection, rule: Rule) -> Iterator[Finding]:
    """Run one rule under each of its settings."""
    for config in chosen_rules.variants(rule):
        here = evidence if config is evidence.config else evidence.under(config)
        yield from chosen_rules.placed(rule, rule.check(here), config)


def _unused(
    evidence: Evidence, chosen_rules: Selection, running: Collection[Rule], found: Collection[Finding]
) -> Iterator[tuple[Directive, Named]]:
    """List the names in comments that switched nothing off, rules that did not run asked too."""
    asked = {named.name.upper() for directive in evidence.directives for named in directive.names}
    named_rules = [rule for rule in RULES if rule not in running and not asked.isdisjoint(_NAMES[rule.code])]
    wanted = Selection(chosen_rules.config, frozenset(rule.code for rule in named_rules))
    everything = (*found, *(finding for rule in named_rules for finding in _found(evidence, wanted, rule)))
    hits = used(everything, evidence.directives, _NAMES)
    for directive in evidence.directives:
        for named in directive.names:
            name = named.name.upper()
            if name in _SILENCED and (directive.path, reach_of(directive), name) not in hits:
                yield directive, named
