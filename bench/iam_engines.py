"""Runs engines that evaluate IAM policies on made cases: ours, and two of others as processes of their own.

`@cloud-copilot/iam-simulate` (AGPL-3.0, npm) and PMapper (AGPL-3.0, PyPI) are installed from their registries into a folder that the caller names; nothing of them is part of
this project.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec

from bench.iam_cases import Case, Json, role_of
from setsquare.powers.iam.evaluation.answer import Answer, Evaluation
from setsquare.powers.iam.evaluation.evaluating import evaluate
from setsquare.powers.iam.evaluation.request import Layers, NamedPolicy, Request
from setsquare.powers.iam.policy.document import Policy
from setsquare.powers.iam.policy.reading import read_policy
from setsquare.text.json_document import scan
from setsquare.text.paths import RelPath

SIMULATE = "@cloud-copilot/iam-simulate"
PMAPPER = "principalmapper"
SIMULATE_VERSION, PMAPPER_VERSION = "0.1.173", "1.1.5"
ALLOWED, EXPLICIT, IMPLICIT, UNKNOWN = "Allowed", "ExplicitlyDenied", "ImplicitlyDenied", "Unknown"

_SIMULATE_DRIVER = """
import { readFileSync } from 'node:fs'
import { runSimulation } from '@cloud-copilot/iam-simulate'
const named = (policies, name) => (policies ?? []).map((policy, index) => ({ name: `${name}${index}`, policy }))
const levels = (found) => (found ?? []).map((policies, index) => ({ orgIdentifier: `level${index}`, policies: named(policies, 'p') }))
const answers = []
for (const one of JSON.parse(readFileSync(0, 'utf8'))) {
  const context = Object.fromEntries(Object.entries(one.context).map(([key, values]) =>
    [key, one.lists.includes(key) ? values : values[0]]))
  try {
    const found = await runSimulation({
      request: { principal: one.principal, action: one.action, contextVariables: context,
        resource: { resource: one.resource, accountId: one.resource_account } },
      identityPolicies: named(one.identity, 'identity'),
      serviceControlPolicies: levels(one.service_control),
      resourceControlPolicies: levels(one.resource_control),
      resourcePolicy: one.resource_policy ?? undefined,
      sessionPolicy: one.session ?? undefined,
      permissionBoundaryPolicies: one.boundary ? named([one.boundary], 'boundary') : undefined,
    }, {})
    if (found.resultType === 'single') answers.push([found.overallResult, found.result.ignoredContextKeys ?? []])
    else answers.push(['refused: ' + JSON.stringify(found.errors ?? found).slice(0, 400), []])
  } catch (error) { answers.push(['error: ' + error.message, []]) }
}
console.log(JSON.stringify(answers))
"""
_PMAPPER_DRIVER = """
import collections, collections.abc, json, logging, sys
for name in ('Mapping', 'MutableMapping', 'OrderedDict'):
    if not hasattr(collections, name):
        setattr(collections, name, getattr(collections.abc, name))
logging.disable(logging.CRITICAL)
from principalmapper.common import Node, Policy
from principalmapper.querying.query_interface import local_check_authorization_full
answers = []
for one in json.load(sys.stdin):
    arn = one['role']
    is_user = ':user/' in arn
    named = [Policy(f'arn:aws:iam::111122223333:policy/p{index}', f'p{index}', body) for index, body in enumerate(one['identity'])]
    boundary = Policy('arn:aws:iam::111122223333:policy/b', 'b', one['boundary']) if one['boundary'] else None
    node = Node(arn, 'AIDAX' if is_user else 'AROAX', named, [] if is_user else None, None if is_user else {'Statement': []},
        None, 0, False, False, boundary, False, {})
    control = one['service_control']
    if control is not None:
        control = [[Policy('arn:aws:organizations::1:policy/s', 's', body) for body in level] for level in control]
    context = {key: values if key in one['lists'] else values[0] for key, values in one['context'].items()}
    try:
        answers.append(local_check_authorization_full(node, one['action'], one['resource'], context, one['resource_policy'],
            one['resource_account'], control, one['session']))
    except Exception as error:
        answers.append(f'error: {type(error).__name__} {error}')
print(json.dumps(answers))
"""


def policy_from(document: Json) -> Policy:
    """Read a policy of a case with the project's own reader."""
    policy, problems = read_policy(scan(RelPath("policy.json"), json.dumps(document).encode()))
    if policy is None:
        msg = f"a made policy does not read: {problems}"
        raise ValueError(msg)
    return policy


def _named(documents: list[Json], name: str) -> tuple[NamedPolicy, ...]:
    return tuple([NamedPolicy(f"{name}{index}", policy_from(each)) for index, each in enumerate(documents)])


def layers_of(case: Case) -> Layers:
    """Give a case's policies as the evaluator takes them."""

    def one(document: Json, name: str) -> NamedPolicy | None:
        return None if document is None else NamedPolicy(name, policy_from(document))

    def levels(found: list[list[Json]] | None, name: str) -> tuple[tuple[NamedPolicy, ...], ...] | None:
        return None if found is None else tuple([_named(each, name) for each in found])

    return Layers(
        identity=_named(case.identity, "identity"),
        boundary=one(case.boundary, "boundary"),
        service_control=levels(case.service_control, "scp"),
        resource_control=levels(case.resource_control, "rcp"),
        session=None if case.session is None else _named([case.session], "session"),
        resource=one(case.resource_policy, "resource"),
        is_same_account=case.is_same_account,
        is_delegating=case.is_delegating,
    )


def request_of(case: Case) -> Request:
    """Give a case's request as the evaluator takes it."""
    context = {key.lower(): tuple(values) for key, values in case.context.items()}
    return Request(action=case.action, resource=case.resource, principal=case.principal, context=context)


def evaluation_of(case: Case) -> Evaluation:
    """Evaluate a case with the project's own evaluator."""
    return evaluate(request_of(case), layers_of(case))


def word_of(evaluation: Evaluation) -> str:
    """Name an answer as the engines do."""
    match evaluation.answer:
        case Answer.ALLOW:
            return ALLOWED
        case Answer.DENY:
            return EXPLICIT if evaluation.is_explicit else IMPLICIT
        case Answer.UNKNOWN:
            return UNKNOWN


def install_simulate(folder: Path) -> str | None:
    """Install iam-simulate from npm into a folder; give what went wrong, `None` when nothing did."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return "node and npm are not installed"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text('{"private": true}')
    command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", f"{SIMULATE}@{SIMULATE_VERSION}"]
    return _said(command, folder)


def install_pmapper(folder: Path) -> str | None:
    """Install PMapper from PyPI into an environment of its own; give what went wrong."""
    python, asked = str(folder / "bin" / "python"), f"{PMAPPER}=={PMAPPER_VERSION}"
    return _said([sys.executable, "-m", "venv", "--without-pip", str(folder)], None) or _said(
        [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--disable-pip-version-check", asked], None
    )


def _said(command: list[str], folder: Path | None) -> str | None:
    """Run a command; give the last lines of what it said when it fails."""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=240)
    except subprocess.TimeoutExpired:
        return f"{command[0]} took more than 240 s"
    return None if done.returncode == 0 else " ".join((done.stderr or done.stdout).split()[-40:])


def simulated(folder: Path, made: list[Case]) -> list[tuple[str, tuple[str, ...]]]:
    """Let iam-simulate answer, with the keys of the context that it leaves out because the service does not know them."""
    driver = folder / "driver.mjs"
    driver.write_text(_SIMULATE_DRIVER)
    return msgspec.json.decode(_answered(["node", str(driver)], made), type=list[tuple[str, tuple[str, ...]]])


def mapped(folder: Path, made: list[Case]) -> list[bool | str]:
    """Let PMapper answer: allowed or not, or what it failed with.

    It knows no resource control policies: what they deny is given to it as denied by the principal's own policies, and a denial decides wherever it stands.
    """
    command = [str(folder / "bin" / "python"), "-c", _PMAPPER_DRIVER]
    return msgspec.json.decode(_answered(command, [_without_control(case) for case in made]), type=list[bool | str])


def _without_control(case: Case) -> Case:
    denials: list[Json] = []
    for level in case.resource_control or []:
        for document in level:
            assert isinstance(document, dict)
            statements = [{key: value for key, value in each.items() if key != "Principal"} for each in document["Statement"]]
            denials.append({**document, "Statement": statements})
    return msgspec.structs.replace(case, identity=[*case.identity, *denials], resource_control=None)


def _answered(command: list[str], made: list[Case]) -> str:
    """Run an engine on cases; give what it printed."""
    sent = [
        {**msgspec.to_builtins(case), "role": role_of(case.principal), "lists": ["aws:TagKeys", "aws:PrincipalOrgPaths"]} for case in made
    ]
    return subprocess.run(command, input=json.dumps(sent), capture_output=True, text=True, check=True, timeout=1200).stdout
