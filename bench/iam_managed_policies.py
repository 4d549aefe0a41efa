"""Writes `src/setsquare/iam_data/managed_policies.json`: what each of AWS's managed policies grants of the actions that escalation paths need.

    python -m bench.iam_managed_policies [FOLDER]

FOLDER holds the IAM corpus: `managed_policies/aws_managed_policies.json.gz`, whose facts MIT allows to take. It lacks a few, AdministratorAccess among them: these are read
from moto, which is installed with the tests. A statement that grants or denies none of these actions is left
out, and so are the words of a list of actions that match none of them; effect, resources and conditions stay as they are. A policy without such a statement is named all the
same: it is known to open no path. The same input gives the same bytes; run it again when `escalation_paths.json` has new actions.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from msgspec import Struct

from bench.corpus_folder import BESIDE
from setsquare.adapters.iam_paths import escalation_paths
from setsquare.powers.iam.policy.patterns import action_matches

TARGET = Path(__file__).resolve().parent.parent / "src" / "setsquare" / "iam_data" / "managed_policies.json"
SOURCES = (
    {
        "name": "iam-dataset",
        "address": "https://github.com/iann0036/iam-dataset",
        "licence": "MIT",
        "version": "commit 2073fa52ac008a45477aa0b1b4580cd99135bf60",
        "notice": "copyright Ian Mckay",
        "taken": "statements of AWS's managed policies as far as they are about actions of escalation paths",
    },
    {
        "name": "moto",
        "address": "https://github.com/getmoto/moto",
        "licence": "Apache-2.0",
        "version": "",
        "notice": "copyright Steve Pulec",
        "taken": "the same, of policies that iam-dataset lacks",
    },
)
DATED = "2026-08-22"
DENY, NOT_ACTION, NOT_RESOURCE = 1, 2, 4
_VERSION = "2012-10-17"
_OTHER_SERVICE = re.compile(r"arn:[^:]*:(?!iam:)[a-z0-9-]+:")


class _Tables(Struct):
    """Texts and statements, each once, in the order in which they are first met."""

    texts: dict[str, int]
    statements: dict[str, int]

    def text(self, words: Iterable[str]) -> list[int]:
        return [self.texts.setdefault(word, len(self.texts)) for word in words]

    def statement(self, row: list[Any]) -> int:
        return self.statements.setdefault(json.dumps(row, separators=(",", ":")), len(self.statements))


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else BESIDE / "iam"
    raw = (folder / "managed_policies" / "aws_managed_policies.json.gz").read_bytes()
    TARGET.write_text(written(_of_moto() | {name: each["document"] for name, each in json.loads(gzip.decompress(raw)).items()}), "utf-8")
    print(f"{TARGET.name}: {TARGET.stat().st_size} bytes")


def _of_moto() -> dict[str, dict[str, Any]]:
    from moto.iam.aws_managed_policies import aws_managed_policies_data  # noqa: PLC0415  (only this script needs it)

    return {name: each["Document"] for name, each in json.loads(aws_managed_policies_data).items()}


def written(documents: dict[str, dict[str, Any]]) -> str:
    """Give the table of some policies by name."""
    wanted = tuple(sorted({action for path in escalation_paths() for action in path.actions}, key=str.lower))
    tables = _Tables({}, {})
    rows: dict[str, list[int]] = {}
    for name, document in sorted(documents.items()):
        if document.get("Version") != _VERSION:
            sys.exit(f"{name} is not of version {_VERSION}, which the table takes for granted")
        rows[name] = [number for at, row in _statements(document, wanted, tables) for number in (at, tables.statement(row))]
    parts = (
        ("sources", json.dumps([{**each, "version": each["version"] or version("moto")} for each in SOURCES])),
        ("dated", json.dumps(DATED)),
        ("actions", json.dumps(" ".join(wanted))),
        ("texts", "[\n" + ",\n".join(map(json.dumps, tables.texts)) + "\n]"),
        ("statements", "[\n" + ",\n".join(tables.statements) + "\n]"),
        ("policies", "{\n" + ",\n".join(f'"{name}":{json.dumps(row, separators=(",", ":"))}' for name, row in rows.items() if row) + "\n}"),
        ("silent", json.dumps(" ".join(name for name, row in rows.items() if not row))),
    )
    return "{\n" + ",\n".join(f'"{key}":{value}' for key, value in parts) + "\n}\n"


def _statements(document: dict[str, Any], wanted: tuple[str, ...], tables: _Tables) -> Iterator[tuple[int, list[Any]]]:
    """Give the index and the row of each statement that matters: what it is, its actions, its resources, and its conditions, each with its values."""
    for at, statement in enumerate(_list(document["Statement"])):
        kept = _kept(statement, wanted)
        if kept is None:
            continue
        is_not, actions = kept
        except_ = "NotResource" in statement
        resources = _list(statement["NotResource" if except_ else "Resource"])
        if not except_ and not is_not:
            resources = _of_iam(actions, resources)
        if not resources:
            continue
        kind = DENY * (statement["Effect"] == "Deny") + NOT_ACTION * is_not + NOT_RESOURCE * except_
        conditions = [
            tables.text([operator, key, *_list(values)])
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        ]
        yield at, [kind, tables.text(actions), tables.text(resources), *conditions]


def _kept(statement: dict[str, Any], wanted: tuple[str, ...]) -> tuple[bool, list[str]] | None:
    """Give the words of a statement's actions that are about wanted ones, and whether they are exceptions; nothing where the statement is about none."""
    is_not = "Action" not in statement
    words = _list(statement["NotAction" if is_not else "Action"])
    about = [word for word in words if any(action_matches(word, action) for action in wanted)]
    if not is_not:
        return (False, about) if about else None
    if all(any(action_matches(word, action) for word in about) for action in wanted):
        return None
    if about:
        return True, about
    # Exceptions of other actions: of the wanted ones a Deny leaves none out, and an Allow must not seem to grant everything.
    return (False, ["*"]) if statement["Effect"] == "Deny" else (True, words)


def _of_iam(actions: list[str], resources: list[str]) -> list[str]:
    """Leave resources of other services out where all actions are of IAM: these take resources of IAM alone."""
    if any(not action.lower().startswith("iam:") for action in actions):
        return resources
    return [resource for resource in resources if not _OTHER_SERVICE.match(resource)]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


if __name__ == "__main__":
    main()
