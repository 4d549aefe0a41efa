"""What an event's request says beyond its name, as one short text that folds well: `flags=version verbs=SELECT roles=arn:…`."""

from __future__ import annotations

from msgspec import Struct


class Detail(Struct, frozen=True):
    """What a request asked for.

    `flags` are `acl`, `tagging`, `version`, `retention`, `legal-hold`, `tags`, `profile`; `verbs` a statement's verbs or the kinds of a transaction's items; `roles`
    the ARNs of roles in the request, which may have been passed; `name` the role that the call makes or deletes.
    """

    flags: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    name: str = ""


def written(detail: Detail) -> str:
    """Give a detail as text; empty for an empty one.

    >>> written(Detail(flags=("version",), roles=("arn:aws:iam::123456789012:role/app",)))
    'flags=version roles=arn:aws:iam::123456789012:role/app'
    >>> written(Detail())
    ''
    """
    parts = (("flags", detail.flags), ("verbs", detail.verbs), ("roles", detail.roles), ("name", (detail.name,) if detail.name else ()))
    return " ".join(f"{name}={','.join(values)}" for name, values in parts if values)


def read(text: str) -> Detail:
    """Read a detail back; words that are none of its parts are passed over.

    >>> read("verbs=SELECT,UPDATE").verbs
    ('SELECT', 'UPDATE')
    >>> read(written(Detail(flags=("acl", "tagging")))) == Detail(flags=("acl", "tagging"))
    True
    """
    if not text:
        return Detail()
    parts = dict(word.partition("=")[::2] for word in text.split(" "))
    flags, verbs, roles = (tuple(filter(None, parts.get(name, "").split(","))) for name in ("flags", "verbs", "roles"))
    # A role's name may hold commas and signs of equality, but no blank.
    return Detail(flags, verbs, roles, parts.get("name", ""))
