"""The rules' own settings cannot be followed as written.

What: `.setsquare/check.toml` is no valid TOML, has a key that nobody reads, names a rule that does not exist, or gives a key a value of
the wrong kind; or a line of the baseline file cannot be read.

Why: a rule that somebody meant to switch off or on is as it ships, and nobody would notice.

Example: `[rules.EARS002]` with `severity = "of"`

Instead: `[rules.EARS002]` with `severity = "off"`

Fix safety: no fix; only its writer knows the value.

Source: Setsquare's page on settings of rules; TOML 1.0. The file is Setsquare's own, so every example is made.
"""

from __future__ import annotations

from collections.abc import Iterator

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Example, Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import file


def check(evidence: Evidence) -> Iterator[Finding]:
    """Pass on what the reader of the settings could not follow."""
    for problem in evidence.problems:
        yield Finding(
            code=RULE.code,
            severity=problem.severity,
            path=problem.path,
            span=problem.span,
            message=problem.message,
            hint=problem.hint,
        )


def _settings(text: str, fires: int = 0) -> Example:
    return file(".setsquare/check.toml", text, fires)


RULE = Rule(
    code="CFG004",
    name="wrong-check-setting",
    severity=Severity.ERROR,
    since="0.2",
    page=__doc__,
    check=check,
    examples=(
        _settings('[rules.EARS002]\nseverity = "of"\n', fires=1),
        _settings('[rules.EARS02]\nseverity = "off"\n', fires=1),
        _settings('ignore = ["TSK1"]\n', fires=1),
        _settings("ignore = \n", fires=1),
        _settings('[rules.EARS002]\ncolour = "red"\n\n[rule.TSK001]\nseverity = "note"\n', fires=2),
        _settings('[[overrides]]\npaths = "legacy/**"\n', fires=2),
        _settings('[baseline]\nfile = "../elsewhere.jsonl"\n', fires=1),
        _settings('[ears.templates.outage]\nkeyword = "DURING"\npattern = "stat"\n', fires=1),
        _settings(""),
        _settings('select = ["EARS", "TSK001", "modal-is-not-shall"]\nfail-on = "error"\n'),
        _settings('[rules]\nEARS002 = { severity = "off" }\nTSK = { severity = "note" }\n'),
        _settings('[[overrides]]\npaths = ["legacy/**"]\n\n[overrides.rules.EARS002]\nseverity = "note"\n'),
        _settings('[baseline]\nfile = ".setsquare/known.jsonl"\n'),
        _settings('[ears.templates.outage]\nkeyword = "DURING"\npattern = "state"\nthen = ","\n'),
    ),
)
