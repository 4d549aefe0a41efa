"""Writes the beginning of a vocabulary from the words that criteria use; every line that would claim something is commented out."""

from __future__ import annotations

import json
from collections.abc import Iterable

from setsquare.spec.fingerprint import canonical
from setsquare.spec.statement import Statement
from setsquare.workspace.spec import Criterion

_HEAD = """\
# What the words of this spec's criteria mean. Owned by people: Setsquare reads this file and never changes it.
# A line without `#` is a claim that you make. `setsquare consistency` says on which lines each result rests.

# [variables]
# upload_mb = { type = "real", unit = "MB", min = 0, phrases = ["the upload"] }
# door_open = { type = "bool", input = true }
# accepted = { type = "bool" }
# state = { type = "enum", values = ["idle", "running"] }

# [facts]
# F1 = "not (accepted and rejected)"

# Variables whose cases the criteria must cover without a gap:
# total = [["upload_mb"]]

# Bounds that must fit into another criterion's bound:
# [[deadlines]]
# whole = "1.4"
# parts = ["1.1", "1.2"]

# [atoms]
"""


def proposal(criteria: Iterable[tuple[Criterion, Statement]]) -> str:
    """List every condition and response once, with the criteria that use it, ready to be given a meaning.

    >>> proposal(()).splitlines()[0][:23]
    '# What the words of thi'
    """
    used: dict[str, tuple[str, list[str]]] = {}
    for criterion, statement in criteria:
        for text in (*(clause.text for clause in statement.clauses), statement.response):
            if key := canonical(text):
                used.setdefault(key, (" ".join(text.split()), []))[1].append(criterion.id)
    lines = [f'# {json.dumps(text, ensure_ascii=False)} = ""  # {", ".join(dict.fromkeys(ids))}' for text, ids in used.values()]
    return _HEAD + "".join(f"{line}\n" for line in lines)
