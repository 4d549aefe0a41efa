"""Works out what Terraform's attachments hang on whom where the reading of names leaves it open: computed ARNs, loops over pairs of roles and policies.

Source: Terraform AWS provider, `aws_iam_role_policy_attachment` and its like; Terraform language, "The for_each Meta-Argument".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from setsquare.powers.iam.escalation.code import Attachment, Code, scope_of
from setsquare.powers.iam.escalation.terraform_code import ATTACHING
from setsquare.powers.iam.escalation.terraform_values import CodeValues
from setsquare.powers.iam.expressions.evaluating import Evaluation, values_of
from setsquare.powers.iam.expressions.values import NOTHING, Fields, Open, Value, items_of
from setsquare.powers.iam.infrastructure.reading import is_code
from setsquare.powers.iam.infrastructure.terraform_module import Home, Scope
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath

_OWN = LazyPattern(r"\$\{(?P<address>aws_iam_policy\.[\w-]+)(?:\[[^\]]*\])?\.(?:arn|id)\}\Z")
_LOOKED_UP = LazyPattern(r"\$\{data\.aws_iam_policy\.(?P<name>[\w-]+)(?:\[[^\]]*\])?\.(?:arn|id)\}\Z")
_OWNER = LazyPattern(r"\$\{(?P<type>aws_iam_(?:role|user|group)|aws_ssoadmin_permission_set)\.(?P<name>[\w-]+)(?:\[[^\]]*\])?\.\w+\}\Z")
_HOLDERS: Mapping[str, str] = {
    "aws_iam_role": "managed_policy_arns",
    "awscc_iam_role": "managed_policy_arns",
    "awscc_iam_user": "managed_policy_arns",
    "awscc_iam_group": "managed_policy_arns",
    "awscc_sso_permission_set": "managed_policies",
}
_SETS = frozenset({"aws_ssoadmin_permission_set"})
_MOST_TURNS = 300


class _Hung(Struct, frozen=True):
    """What a block hangs on whom: `owner` is empty where that is not known."""

    owner: str
    value: Value


def paired(code: Code, values: CodeValues, scopes: Iterable[Scope]) -> Code:
    """Give the code with the attachments worked out that were open; a block of which a part stays open keeps what it had, too."""
    listed = tuple(scopes)
    before: dict[tuple[RelPath, str], list[Attachment]] = {}
    for each in code.attachments:
        if is_code(each.path):
            before.setdefault((each.path, each.place), []).append(each)
    made: dict[tuple[RelPath, str], list[Attachment]] = {}
    settled: dict[tuple[RelPath, str], bool] = {}
    for scope in listed:
        for (type_, name), home in scope.module.resources.items():
            key = (home.path, f"{type_}.{name}")
            known = before.get(key, [])
            if not _is_wanted(home, known):
                continue
            found = _worked_out(_Block(values, scope, home, key[1], code))
            made.setdefault(key, []).extend(found)
            settled[key] = settled.get(key, True) and not any(each.is_open for each in found)
    kept = [
        each
        for each in code.attachments
        if not (settled.get((each.path, each.place)) and made[each.path, each.place] and not each.is_boundary)
    ]
    more = [each for each in dict.fromkeys(each for found in made.values() for each in found) if each not in kept]
    more = [
        each
        for each in more
        if not (each.is_open and any(old.is_open and old.place == each.place and old.path == each.path for old in kept))
    ]
    return replace(code, attachments=(*kept, *more))


def _is_wanted(home: Home, known: list[Attachment]) -> bool:
    type_ = home.block.labels[0]
    if type_.startswith("awscc_"):
        return type_ in _HOLDERS
    if type_ not in ATTACHING and type_ not in _HOLDERS:
        return False
    is_loop = home.block.value("for_each") is not None or home.block.value("count") is not None
    return any(each.is_open for each in known) or (is_loop and type_ in ATTACHING) or (type_ in ATTACHING and not known)


class _Block(Struct, frozen=True):
    values: CodeValues
    scope: Scope
    home: Home
    address: str
    code: Code


def _worked_out(at: _Block) -> list[Attachment]:
    block = at.home.block
    keys, arn = ATTACHING.get(block.labels[0], ((), _HOLDERS.get(block.labels[0], "")))
    attribute = next((each for each in block.attributes if each.name == arn), None)
    if attribute is None:
        return []
    found: list[_Hung] = []
    for where in _turns(at):
        owners = [owner for key in keys for owner in _owners(at, key, where)] if keys else [_holder(at)]
        for choice in values_of(at.values.term(at.home.path, attribute.value.span), where.deeper()):
            for value in items_of(choice):
                found += [_Hung(owner, value) for owner in owners or [""]]
    return [each for hung in dict.fromkeys(found) for each in _attachments(at, hung, attribute.value.span.start)]


def _turns(at: _Block) -> Iterator[Evaluation]:
    """Give where names are looked up, once for each turn of the block's loop that can be listed."""
    where = at.values.evaluation(at.scope, at.home)
    loop = at.home.block.value("for_each")
    if loop is None:
        yield where
        return
    for choice in at.values.at(at.scope, at.home.path, loop.span, at.home):
        if isinstance(choice, Open):
            yield where
        elif isinstance(choice, Fields):
            for key, value in choice.fields[:_MOST_TURNS]:
                yield where.inside({"each": Fields((("key", Open(key) if "${" in key else key), ("value", value)))})
        else:
            for item in items_of(choice)[:_MOST_TURNS]:
                yield where.inside({"each": Fields((("key", item), ("value", item)))})


def _owners(at: _Block, key: str, where: Evaluation) -> Iterator[str]:
    attribute = next((each for each in at.home.block.attributes if each.name == key), None)
    if attribute is None:
        return
    for choice in values_of(at.values.term(at.home.path, attribute.value.span), where.deeper()):
        for value in items_of(choice):
            if isinstance(value, str) and value:
                yield value
            elif isinstance(value, Open):
                named = _named(at, value.text)
                if named:
                    yield named


def _named(at: _Block, text: str) -> str:
    """Name the principal that a reference leads to, as the code's owners are called."""
    found = _OWNER.match(text)
    if found is None:
        return ""
    address = f"{found['type']}.{found['name']}"
    if found["type"] in _SETS:
        return address
    folder = at.scope.module.folder
    owners = [each for each in at.code.owners if each.home == folder and any(word.startswith(f"{address}.") for word in each.arn_words)]
    return owners[0].name if owners else ""


def _holder(at: _Block) -> str:
    if at.home.block.labels[0].startswith("awscc_"):
        return at.address
    return _named(at, f"${{{at.address}.arn}}")


def _attachments(at: _Block, hung: _Hung, start: int) -> Iterator[Attachment]:
    if hung.value in ("", NOTHING):
        return
    folder = at.scope.module.folder
    is_owned = any(each.key == (folder, hung.owner) for each in at.code.owners)
    scope = folder if is_owned or hung.owner == at.address or hung.owner.startswith(tuple(_SETS)) else scope_of(hung.owner, folder)
    made = Attachment(path=at.home.path, start=start, scope=scope, owner=hung.owner, word="", place=at.address)
    if isinstance(hung.value, str):
        yield replace(made, word=hung.value)
        return
    if not isinstance(hung.value, Open):
        yield replace(made, word="what stands here", is_open=True)
        return
    own = _OWN.match(hung.value.text)
    looked_up = _LOOKED_UP.match(hung.value.text)
    if own is not None:
        yield replace(made, word=own["address"], address=own["address"])
    elif looked_up is not None:
        yield from _looked_up(at, made, looked_up["name"], hung.value)
    else:
        yield replace(made, word=hung.value.text.removeprefix("${").removesuffix("}"), is_open=True)


def _looked_up(at: _Block, made: Attachment, name: str, value: Open) -> Iterator[Attachment]:
    """Give the policy that a data source looks up."""
    home = at.scope.module.data.get(("aws_iam_policy", name))
    for key in ("arn", "name"):
        attribute = home.block.value(key) if home else None
        if home is None or attribute is None:
            continue
        for choice in at.values.at(at.scope, home.path, attribute.span, home):
            is_known = isinstance(choice, str)
            word = choice if isinstance(choice, str) else value.text.removeprefix("${").removesuffix("}")
            yield replace(made, word=word, is_name=is_known and key == "name", is_open=not is_known)
        return
    yield replace(made, word=value.text.removeprefix("${").removesuffix("}"), is_open=True)
