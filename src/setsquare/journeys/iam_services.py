"""Finds the role of a service in the repository."""

from __future__ import annotations

from msgspec import Struct

from setsquare.errors import StorageFailed, Usage
from setsquare.ports.files import Files
from setsquare.powers.iam.services.finding import READ, named, roles_of
from setsquare.powers.iam.services.model import ServiceRole
from setsquare.text.paths import RelPath

_MOST_FILES = 20_000
_MOST_NAMED = 8


class Services(Struct, frozen=True):
    """The services of a repository; `is_cut` tells that it has more files than were looked at."""

    found: tuple[ServiceRole, ...]
    is_cut: bool = False


def services_of(files: Files) -> Services:
    """Look through the repository's task definitions and infrastructure code."""
    listed = files.listing(RelPath(""), _MOST_FILES)
    read: dict[RelPath, bytes] = {}
    for path in listed:
        if path.endswith(READ):
            try:
                raw = files.read(path)
            except StorageFailed:
                continue
            if raw is not None:
                read[path] = raw
    return Services(roles_of(read), is_cut=len(listed) >= _MOST_FILES)


class Answer(Struct, frozen=True):
    """What the files say of a service: every place that names it. It is certain when all of them name one role."""

    found: tuple[ServiceRole, ...]

    @property
    def roles(self) -> tuple[str, ...]:
        """Give the roles that may be meant, sorted; places that name none are left out."""
        return tuple(sorted({each.role for each in self.found if each.role}))

    @property
    def kind(self) -> str:
        """Tell `certain`, `ambiguous` where several roles may be meant, or `unresolved` where no file holds the role's name.

        >>> here = ServiceRole(names=("a",), role="r", kind="lambda", path=RelPath("x"), line=1)
        >>> there = ServiceRole(names=("a",), role="", kind="lambda", path=RelPath("y"), line=1, unresolved="var.role")
        >>> [Answer(found).kind for found in ((here,), (here, there), (there,))]
        ['certain', 'ambiguous', 'unresolved']
        """
        if not self.roles:
            return "unresolved"
        return "certain" if len(self.roles) == 1 and all(each.role for each in self.found) else "ambiguous"


def answer_for(files: Files, service: str) -> Answer:
    """Find what the files say of a service.

    Raises:
        Usage: no file names the service.
    """
    services = services_of(files)
    found = named(service, services.found)
    if not found:
        known = sorted({name for each in services.found for name in each.names[:1]})
        more = ", …" if len(known) > _MOST_NAMED else ""
        hint = f"Known are: {', '.join(known[:_MOST_NAMED])}{more}." if known else "No infrastructure code or manifest here names any."
        raise Usage(f"No file of the repository says which role the service `{service}` runs as.", hint)
    return Answer(found)


def role_of_service(files: Files, service: str) -> tuple[ServiceRole, ...]:
    """Find the one role of a service: every place that names it.

    Raises:
        Usage: no file names the service, several roles may be meant, or the role's name is made up elsewhere.
    """
    answer = answer_for(files, service)
    found = answer.found
    if answer.kind == "ambiguous":
        places = "; ".join(f"{each.role or each.unresolved} ({each.path}:{each.line})" for each in found[:_MOST_NAMED])
        raise Usage(f"Several roles may be meant by the service `{service}`: {places}.", "Name the role itself.")
    if answer.kind == "unresolved":
        where = f"{found[0].path}:{found[0].line}"
        raise Usage(
            f"The service `{service}` runs as `{found[0].unresolved}` ({where}), whose name no file holds.",
            "Name the role as the account has it.",
        )
    return found
