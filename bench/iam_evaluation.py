"""Compares the evaluator with two independent engines on made cases, and explains every difference: `python -m bench.iam_evaluation FOLDER [--cases N] [--seed S]`.

FOLDER is where the engines are installed from npm and PyPI, unless they are there. A difference is explained when a rewriting of the case that means the same by AWS's
documentation makes the engine agree; what no rewriting explains is printed whole, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec import Struct

from bench.iam_cases import Case, cases
from bench.iam_engines import (
    ALLOWED,
    PMAPPER,
    PMAPPER_VERSION,
    SIMULATE,
    SIMULATE_VERSION,
    UNKNOWN,
    evaluation_of,
    install_pmapper,
    install_simulate,
    mapped,
    simulated,
    word_of,
)
from bench.iam_rewriting import (
    another_role,
    bounded,
    dated,
    decided,
    everyone_named,
    halved,
    has_other_case,
    has_wild_type,
    is_variable,
    of_one_family,
    spelt_out,
    unlimited_session,
    without_vacuous,
    without_variables,
)
from setsquare.powers.iam.evaluation.answer import Answer

SEED = 20261126


class Reading(Struct, frozen=True):
    """A class of differences: what AWS documents, on which page, and the rewriting that shows it.

    `is_equal`: the rewriting means the same to us, which is checked; else it says in the engine's words what the engine has no words for.
    """

    name: str
    page: str
    rewrite: Callable[[Case], Case]
    is_equal: bool = True


def _only(wanted: Callable[[str, list[str]], bool]) -> Callable[[Case], Case]:
    return lambda case: decided(case, wanted)


def _spelt(wanted: Callable[[str], bool]) -> Callable[[Case], Case]:
    return lambda case: spelt_out(case, wanted)


_OPERATORS, _PRINCIPAL, _LOGIC = (
    "reference_policies_elements_condition_operators",
    "reference_policies_elements_principal",
    "reference_policies_evaluation-logic",
)
_SIMULATE = (
    Reading("0.0.0.0/0 and ::/0 hold every address", _OPERATORS, halved),
    Reading("seconds since 1970 and ISO 8601 name the same moments", _OPERATORS, dated),
    Reading("an IPv6 address is outside every IPv4 network", _OPERATORS, of_one_family),
    Reading("IfExists holds where the key is absent, with ForAnyValue as well", _OPERATORS, without_vacuous),
    Reading("without Version 2012-10-17, ${…} is text", "reference_policies_variables", without_variables),
    Reading("a session policy does not limit what a resource's policy grants to the session or everyone", _LOGIC, unlimited_session),
    Reading("a variable may stand anywhere in the resource part", "reference_policies_variables", _spelt(is_variable)),
    Reading(
        "a wildcard in the type of a resource, which AWS does not allow: here it matches as elsewhere",
        "reference-arns",
        _spelt(has_wild_type),
    ),
    Reading("a * that ends a segment reaches beyond colons", "reference_policies_elements_resource", spelt_out),
)
_PMAPPER = (
    Reading("boundary and session policies limit what is granted to a role's ARN", _LOGIC, another_role),
    Reading("a resource's policy that names everyone, or the session, grants by itself", _PRINCIPAL, everyone_named, is_equal=False),
    Reading("names of resources have case", "reference_policies_elements_resource", _spelt(has_other_case)),
    Reading("variables have defaults, and are text without Version 2012-10-17", "reference_policies_variables", _spelt(is_variable)),
    Reading("wildcards match in the segments of an ARN", "reference_policies_elements_resource", spelt_out),
    Reading("NotPrincipal with Deny always denies who has a permissions boundary", "access_policies_boundaries", bounded),
    Reading(
        "IfExists compares a key that is there as usual, and holds where it is absent",
        _OPERATORS,
        _only(lambda operator, _: operator.endswith("IfExists")),
    ),
    Reading(
        "ForAnyValue with a negated operator asks for one value of the request that is none of the policy's",
        "reference_policies_condition-single-vs-multi-valued-context-keys",
        _only(lambda operator, _: operator.startswith("For")),
    ),
    Reading("a negated operator holds where the key is absent", _OPERATORS, _only(lambda operator, _: "Not" in operator)),
    Reading("variables in conditions", "reference_policies_variables", _only(lambda _, values: any("${" in value for value in values))),
    Reading("dates in all documented forms", _OPERATORS, _only(lambda operator, _: operator.startswith("Date"))),
    Reading("all conditions together", _OPERATORS, _only(lambda _operator, _values: True)),
)
_OPEN = "AWS leaves open: a variable that cannot be resolved, or NotPrincipal that names a part of the caller"
_SEVERAL = "several of these in one case"


class Difference(Struct, frozen=True):
    """One case on which an engine answers otherwise, with the class that explains it, empty where none does."""

    case: Case
    ours: str
    theirs: str
    reason: str


def explained(
    made: list[Case], ours: list[str], theirs: list[str], classes: tuple[Reading, ...], ask: Callable[[list[Case]], list[str]]
) -> list[Difference]:
    """Explain the cases that differ; `ask` runs the engine, and answers with as much as it tells apart."""
    tells_apart = set(theirs) - {"allowed", "denied"}
    word = (lambda answer: answer) if tells_apart else _narrowed
    differing = [index for index in range(len(made)) if word(ours[index]) != theirs[index]]
    reasons = {index: _OPEN for index in differing if _is_open(made[index], ours[index], theirs[index])}
    for each in (*classes, Reading(_SEVERAL, "", lambda case: _together(case, classes), is_equal=False)):
        left = [index for index in differing if index not in reasons]
        rewritten = [each.rewrite(made[index]) for index in left]
        for index, case, answer in zip(left, rewritten, ask(rewritten), strict=True):
            is_ours = not each.is_equal or word_of(evaluation_of(case)) == ours[index]
            if case != made[index] and is_ours and answer == word(ours[index]):
                reasons[index] = each.name
    return [Difference(made[index], ours[index], theirs[index], reasons.get(index, "")) for index in differing]


def _together(case: Case, classes: tuple[Reading, ...]) -> Case:
    for each in classes:
        case = each.rewrite(case)
    return case


def _narrowed(answer: str) -> str:
    return "allowed" if answer == ALLOWED else "denied"


def _is_open(case: Case, ours: str, theirs: str) -> bool:
    """Tell whether the answer, or only whether the denial is explicit, turns on what AWS leaves open."""
    if ours == UNKNOWN:
        return True
    both_deny = ours != ALLOWED and theirs.endswith("Denied")
    return both_deny and any(step.answer is Answer.UNKNOWN for step in evaluation_of(case).steps)


def _ask_simulate(folder: Path) -> Callable[[list[Case]], list[str]]:
    return lambda made: [answer for answer, _ in simulated(folder, made)]


def _ask_pmapper(folder: Path) -> Callable[[list[Case]], list[str]]:
    return lambda made: ["allowed" if answer is True else "denied" if answer is False else answer for answer in mapped(folder, made)]


class Comparison(Struct, frozen=True):
    """What both engines said: the cases as they were compared, our answers, and the differences of each engine."""

    made: list[Case]
    ours: list[str]
    simulate: list[Difference]
    pmapper: list[Difference]


def compare(simulate: Path, pmapper: Path, count: int, seed: int) -> Comparison:
    """Make cases, let every engine answer, and explain the differences.

    iam-simulate leaves out keys of the context that the service does not know; every engine then sees the context that is left.
    """
    first = cases(count, seed)
    kept = simulated(simulate, first)
    made = [
        msgspec.structs.replace(case, context={key: values for key, values in case.context.items() if key not in ignored})
        for case, (_, ignored) in zip(first, kept, strict=True)
    ]
    ours = [word_of(evaluation_of(case)) for case in made]
    said = [answer for answer, _ in kept]
    mapped_ = _ask_pmapper(pmapper)(made)
    return Comparison(
        made,
        ours,
        explained(made, ours, said, _SIMULATE, _ask_simulate(simulate)),
        explained(made, ours, mapped_, _PMAPPER, _ask_pmapper(pmapper)),
    )


def table(found: Comparison, seed: int) -> list[str]:
    """Write a comparison as a table."""
    pages = {each.name: each.page for each in (*_SIMULATE, *_PMAPPER)}
    total = len(found.made)
    spread = Counter(found.ours)
    lines = [f"{total:,} made cases, seed {seed}: {', '.join(f'{count:,} {word}' for word, count in sorted(spread.items()))}.", ""]
    for name, version, differences in ((SIMULATE, SIMULATE_VERSION, found.simulate), (PMAPPER, PMAPPER_VERSION, found.pmapper)):
        agreed = total - len(differences)
        lines += [
            f"{name} {version}: {agreed:,} of {total:,} agree ({agreed / total:.2%}).",
            "",
            "| cases | what AWS documents | page of the IAM User Guide |",
            "|---|---|---|",
        ]
        for reason, count in Counter(each.reason for each in differences).most_common():
            lines.append(
                f"| {count} | {reason or 'NOT EXPLAINED'} | {pages.get(reason, 'the pages of its parts' if reason == _SEVERAL else 'reference_policies_variables, reference_policies_elements_notprincipal')} |"
            )
        lines.append("")
    allows = {
        name: {each.case.number: each for each in found_ if (each.theirs in _ALLOWING) != (each.ours == ALLOWED)}
        for name, found_ in (("s", found.simulate), ("p", found.pmapper))
    }
    both = [number for number in allows["s"] if number in allows["p"] and allows["s"][number].ours != UNKNOWN]
    lines += [
        f"In {len(both)} cases both engines differ from ours in whether the request is allowed, each for the reason of its own table or both for one:",
        "",
    ]
    lines += ["| cases | iam-simulate | PMapper |", "|---|---|---|"]
    pairs = Counter((allows["s"][number].reason, allows["p"][number].reason) for number in both)
    lines += [f"| {count} | {first} | {second} |" for (first, second), count in pairs.most_common()]
    return lines


_ALLOWING = (ALLOWED, "allowed")
_INTRODUCTION = """# The evaluator beside two other engines

Written by `python -m bench.iam_evaluation FOLDER --write`. Setsquare evaluates IAM policies by itself. To know that it reads AWS's documentation rightly, it is compared with two
independent engines, which run as processes of their own and are no part of it: `@cloud-copilot/iam-simulate` from npm and PMapper from PyPI. The requests and policies are
made: identity, boundary, session, service and resource control policies and resources' policies of the same and other accounts, role trust and key policies, all operators.

Where an engine answers otherwise, the case is written in other words that mean the same by the page of AWS's documentation that is named: `0.0.0.0/0` as its two halves, say, or
seconds since 1970 as a date. Our answer stays, which is checked; when the engine's answer then is ours, its reading of those words was the difference, and the documentation
says which reading is right. Only sessions and everyone as principals, for which PMapper has no words, are put in words of its own, without that check, and so are the few cases with
several reasons. PMapper only says whether a request is allowed; iam-simulate also whether a denial is explicit. Every case that differs stands with its
reason in `bench/iam_differences.tsv`. CI compares 2,000 cases of another seed and fails when one is not explained. Cases of our own from AWS's documentation are in
`tests/unit/powers/iam/evaluation/cases`.

Two layers have no part in the comparison, since neither engine was asked about them; their cases are AWS's documentation alone, in `cases/controls.json`. The policy of a VPC endpoint
must let a request through besides all else (AWS PrivateLink, vpc-endpoints-access); a gateway endpoint takes no principals by name (of an account named there only the root user passes), so that the answer is then
`Unknown` for S3 and DynamoDB, which have both kinds of endpoints. S3's Block Public Access (S3 User Guide, access-control-block-public-access): `RestrictPublicBuckets` takes from a bucket's policy that is
public what it grants outside of the bucket's account, services of AWS aside; `BlockPublicAcls` and `BlockPublicPolicy` reject calls, and where the new ACL or policy is not in the request the answer is
`Unknown`; `IgnorePublicAcls` changes nothing that a policy grants. Neither changes an answer where it is not given.

A request is answered `Unknown` where AWS leaves the answer open; that never allows anything.

Three readings were decided where the documentation is short. A `*` that ends a segment of an ARN reaches beyond colons, and any other stays in its segment, as
reference_policies_elements_resource says; in the resource part, after the fifth colon, both match colons, since keys of S3 and log streams hold them. `ForAnyValue:…IfExists` holds
where the key is absent, as `IfExists` says of every operator but `Null`. A wildcard in the type of a resource, which AWS says it does not allow, matches as it does elsewhere.

"""


def write(repository: Path, found: Comparison, seed: int) -> None:
    """Write the page and the list of differences."""
    (repository / "docs" / "reference" / "iam-evaluation.md").write_text(
        _INTRODUCTION + "\n".join(table(found, seed)) + "\n", encoding="utf-8"
    )
    rows = ["engine\tcase\tours\ttheirs\treason"]
    for name, differences in ((SIMULATE, found.simulate), (PMAPPER, found.pmapper)):
        rows += [f"{name}\t{each.case.number}\t{each.ours}\t{each.theirs}\t{each.reason}" for each in differences]
    (repository / "bench" / "iam_differences.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Install what is missing, compare and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--simulate", type=Path, help="a folder in which iam-simulate is installed")
    parser.add_argument("--pmapper", type=Path, help="an environment in which PMapper is installed")
    parser.add_argument("--write", action="store_true", help="write the page of the documentation and the list of differences")
    options = parser.parse_args(arguments)
    simulate, pmapper = options.simulate or options.folder / "simulate", options.pmapper or options.folder / "pmapper"
    problem = (None if options.simulate else install_simulate(simulate)) or (None if options.pmapper else install_pmapper(pmapper))
    if problem:
        print(f"the engines could not be installed: {problem}", file=sys.stderr)
        return 4
    started = time.perf_counter()
    found = compare(simulate, pmapper, options.cases, options.seed)
    print("\n".join(table(found, options.seed)))
    if options.write:
        write(Path(__file__).resolve().parents[1], found, options.seed)
    print(f"\n{time.perf_counter() - started:.0f} s in all", file=sys.stderr)
    open_ = [each for each in (*found.simulate, *found.pmapper) if not each.reason]
    for each in open_:
        print(f"\nNOT EXPLAINED {each.case.number}: ours {each.ours}, theirs {each.theirs}\n{msgspec.json.encode(each.case).decode()}")
    return 1 if open_ else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
