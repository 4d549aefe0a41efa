"""Reads the functions of a `serverless.yml` and their roles.

Source: Serverless Framework, "AWS Lambda Functions", "IAM Permissions For Functions": a function's own role beats the provider's; without either the framework makes one.
"""

from __future__ import annotations

from collections.abc import Mapping

from setsquare.powers.iam.services.model import ServiceRole, role_in
from setsquare.powers.iam.services.values import Tree, child, line_of, read_tree, text_of
from setsquare.text.paths import RelPath

_MADE = "a role that the Serverless Framework makes"
_LIMIT_SHOWN = 200


def roles_of_serverless(path: RelPath, raw: bytes) -> list[ServiceRole]:
    r"""List the functions of a service; any other file has none.

    >>> raw = b"service: auth\nprovider:\n  name: aws\n  iam:\n    role: arn:aws:iam::123456789012:role/lambda-auth\nfunctions:\n  login: {handler: a.b}\n"
    >>> [(found.names, found.role, found.line) for found in roles_of_serverless(RelPath("serverless.yml"), raw)]
    [(('login', 'auth'), 'lambda-auth', 7)]
    """
    if b"provider" not in raw or b"service" not in raw:
        return []
    tree = read_tree(path, raw)
    provider = child(tree, "provider")
    service = child(tree, "service")
    title = text_of(service) or text_of(child(service, "name"))
    if not title or "aws" not in (text_of(provider), text_of(child(provider, "name"))):
        return []
    resources = child(child(tree, "resources"), "Resources")
    named = resources if isinstance(resources, dict) else {}
    common = child(child(provider, "iam"), "role") or child(provider, "role")
    functions = child(tree, "functions")
    # A service without functions in this file still says as what it runs.
    rows = functions if isinstance(functions, dict) and functions else {"": None}
    return [_function(path, raw, title, (name, about), child(about, "role") or common, named) for name, about in rows.items()]


def _function(
    path: RelPath, raw: bytes, title: str, function: tuple[str, Tree], written: Tree, resources: Mapping[str, Tree]
) -> ServiceRole:
    name, about = function
    role, said = _role(written, resources)
    names = (text_of(child(about, "name")), name, title)
    return ServiceRole(
        names=tuple(dict.fromkeys(each for each in names if each and "${" not in each)) or (title,),
        role=role,
        kind="lambda",
        path=path,
        line=line_of(raw, f"{name}:".encode() if name else b"service"),
        address=f"functions.{name}" if name else "provider",
        unresolved="" if role else said[:_LIMIT_SHOWN],
    )


def _role(written: Tree, resources: Mapping[str, Tree]) -> tuple[str, str]:
    """Follow what is written to the role's name; the second is what stands in its place."""
    if isinstance(written, dict):
        chosen = written.get("Fn::GetAtt") or written.get("!GetAtt") or written.get("Ref") or written.get("!Ref")
        logical = chosen[0] if isinstance(chosen, list) and chosen else chosen
        if isinstance(logical, str):
            return _named(logical.partition(".")[0], resources), logical
        # `role: {name: …}` names the role that the framework makes.
        name = text_of(written.get("name"))
        return role_in(name), name or _MADE
    text = text_of(written)
    if not text:
        return "", _MADE
    return (_named(text, resources), text) if text in resources else (role_in(text) if ":role/" in text else "", text)


def _named(logical: str, resources: Mapping[str, Tree]) -> str:
    return role_in(text_of(child(child(resources.get(logical), "Properties"), "RoleName")))
