"""Takes a managed policy off one role in the code, where the policy itself stays: it is AWS's own, or others have it too.

The files are read again afterwards: the role is named no more with it, and every policy that stands in the code says what it said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from setsquare.powers.iam.infrastructure.cloudformation_detaching import template_detachment
from setsquare.powers.iam.infrastructure.nodes import Found
from setsquare.powers.iam.infrastructure.reading import found_in
from setsquare.powers.iam.infrastructure.reproving import key_of, said
from setsquare.powers.iam.infrastructure.statement_editing import Refusal
from setsquare.powers.iam.infrastructure.terraform_detaching import Meant, sites_of, terraform_detachment
from setsquare.powers.iam.infrastructure.yaml_anchors import repeating
from setsquare.text.paths import RelPath
from setsquare.text.plan import FileChange, digest
from setsquare.text.span import Edit, apply_edits


class Detached(Struct, frozen=True):
    """The edits that take a policy off a role, and the place where it hung; `notes` say what a person should know."""

    changes: tuple[FileChange, ...]
    place: str
    notes: tuple[str, ...] = ()


# req: iam-autopilot/6.1
def detached(files: Mapping[RelPath, bytes], role: str, arn: str, name: str) -> Detached | str:
    """Plan the edits that take a policy off a role; why not, in words."""
    meant = Meant(role, arn, name)
    try:
        edits, place = _edits(files, meant)
        contents = {path: apply_edits(files[path], each) for path, each in edits.items()}
    except Refusal as refusal:
        return refusal.reason
    except ValueError:
        return "what attaches it is too entangled to be edited"
    if not contents:
        return "what attaches it to the role is not found in the code"
    wrong = _misread(files, {**files, **contents}, meant)
    if wrong:
        return wrong
    changes = tuple([FileChange(path, digest(files[path]), tuple(each)) for path, each in sorted(edits.items())])
    return Detached(changes, place)


def _edits(files: Mapping[RelPath, bytes], meant: Meant) -> tuple[dict[RelPath, list[Edit]], str]:
    """Give the edits, and name the first place."""
    sites = sites_of(files, meant)
    edits = terraform_detachment(files, sites) if sites else {}
    place = f"{sites[0].home.path} ({'.'.join(sites[0].home.block.labels)})" if sites else ""
    for path, raw in files.items():
        if not path.endswith(".tf") and b"AWS::IAM::Role" in raw:
            found = template_detachment(path, raw, meant.role, meant.arn, meant.name)
            alias = repeating(raw, [each.span for each in found]) if found else ""
            if alias:
                raise Refusal(found[0].span.start, f"{path}: {alias}")
            if found:
                edits[path] = found
                place = place or path
    return edits, place


def attaching(files: Mapping[RelPath, bytes], meant: Meant) -> bool:
    """Tell whether the code attaches the policy to the role.

    Raises:
        Refusal: it may do so for others too.
    """
    return bool(_edits(files, meant)[0])


def _misread(files: Mapping[RelPath, bytes], now: Mapping[RelPath, bytes], meant: Meant) -> str:
    if _edits(now, meant)[0]:
        return "what attaches it would still stand there"
    before, after = found_in(files), found_in(now)
    if _said(before, meant) != _said(after, meant) or len(after.unread) > len(before.unread):
        return "other policies would not be what they were"
    return ""


def _said(found: Found, meant: Meant) -> Sequence[object]:
    """List what the policies say; the one that is meant under no owner, since it may have lost its last one."""
    return sorted(
        (key_of(each), said(each))
        for each in found.located
        if not (each.source.name == meant.name and each.source.owner in {meant.role, ""})
    )
