"""A vocabulary has an entry that cannot be used.

What: a spec's `vocab.toml` is no TOML, has a part that is not known, a variable without a usable type, a formula that cannot be read or names a
variable that is not declared.

Why: the checks that compare criteria leave the entry out, so a contradiction that it would show stays hidden.

Example: `"the upload is small" = "mbb <= 10"` where the variable is `mb`

Instead: `"the upload is small" = "mb <= 10"`

Fix safety: no fix; people own the file.

Source: Setsquare's page on the formal checks. The file is Setsquare's own, so every example is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from setsquare.rules.evidence import Evidence, line_span
from setsquare.rules.finding import Example, Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import spec
from setsquare.text.document import decode, encode
from setsquare.text.paths import base_name
from setsquare.text.span import Span

_NAME: Final = "vocab.toml"
_MOST: Final = 20


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find the entries of every spec's vocabulary that cannot be used; of very many the first ones."""
    for found in evidence.active_specs:
        for path in found.extras:
            if base_name(path) != _NAME:
                continue
            from setsquare.spec.formal.vocabulary import read_vocabulary  # noqa: PLC0415  (start-up: few specs have one)

            raw = evidence.raw(path)
            for problem in read_vocabulary(decode(raw)).problems[:_MOST]:
                yield Finding(
                    code=RULE.code,
                    severity=RULE.severity,
                    path=path,
                    span=_place(raw, problem.where),
                    message=f"{problem.where}: {problem.reason}" if problem.where else problem.reason,
                    hint="correct the entry; until then the checks leave it out",
                )


def _place(raw: bytes, where: str) -> Span:
    """Find an entry's key in its part of the file; the first line where it is written otherwise."""
    part, _, name = where.partition(".")
    start = max(raw.find(b"[" + encode(part)), 0)
    found = raw.find(encode(name or part), start + len(part) if name else start)
    if not where or found < 0:
        return line_span(raw, 0)
    return Span(found, found + len(encode(name or part)))


_PATH = ".kiro/specs/orders/vocab.toml"
_MB = '[variables.mb]\ntype = "real"\nunit = "MB"\n\n[atoms]\n'


def _with(text: str, fires: int = 0, path: str = _PATH) -> Example:
    return Example(files=((path, text), *spec("THE Store SHALL keep orders").files), fires=fires)


RULE = Rule(
    code="CFG006",
    name="unusable-vocabulary-entry",
    severity=Severity.WARNING,
    since="0.2",
    page=__doc__,
    check=check,
    examples=(
        _with(_MB + '"the upload is small" = "mbb <= 10"\n', fires=1),
        _with('[variables.mb]\ntype = "decimal"\n', fires=1),
        _with("[variables.mb\n", fires=1),
        _with('[words]\n"small" = "mb <= 10"\n', fires=1),
        _with(_MB + '"the upload is small" = 10\n"it is large" = "mb >"\n', fires=2),
        _with(_MB + '"the upload is small" = "mb <= 10"\n'),
        _with('[variables.paid]\ntype = "bool"\n'),
        _with(""),
        _with("# nothing yet\n"),
        _with("[variables.mb\n", path=".kiro/specs/orders/other.toml"),
    ),
)
