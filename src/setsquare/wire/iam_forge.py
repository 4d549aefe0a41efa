"""Wires where pull requests of the IAM Power go: the repository by its address, the forge by its host, the token by the forge's own variable."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from setsquare.errors import ForgeAuth, Refused, Usage

if TYPE_CHECKING:
    from setsquare.adapters.git_branches import GitBranches
    from setsquare.adapters.remote_address import RemoteAddress
    from setsquare.journeys.iam_proposing import Outward
    from setsquare.ports.code_branches import CodeBranches
    from setsquare.ports.forge import Forge
    from setsquare.ports.power_state import PowerState
    from setsquare.powers.iam.settings import PowerSettings

KINDS = ("auto", "github", "gitlab", "gitea", "patch")
"""What a person may call a forge."""
_TOKENS: Mapping[str, tuple[str, ...]] = {
    "github": ("GH_TOKEN", "GITHUB_TOKEN"),
    "github-enterprise": ("GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN", "GH_TOKEN", "GITHUB_TOKEN"),
    "gitlab": ("GITLAB_TOKEN",),
    "gitea": ("GITEA_TOKEN",),
}
_HOSTS = {
    "github.com": "github",
    "ssh.github.com": "github",
    "gitlab.com": "gitlab",
    "altssh.gitlab.com": "gitlab",
    "codeberg.org": "gitea",
    "gitea.com": "gitea",
}
_OWN_HOSTS = (("GH_HOST", "github"), ("GITLAB_HOST", "gitlab"), ("GITEA_HOST", "gitea"))
_USERS = {"github": "x-access-token", "gitlab": "oauth2", "gitea": "setsquare"}


class Where(Struct, frozen=True, kw_only=True):
    """What a person says about it: `checkout` is a clone whose origin is the address, `kind` one of `KINDS`, `api` where the forge's API begins."""

    checkout: str = ""
    kind: str = "auto"
    api: str = ""


def power_state() -> PowerState:
    """Give what is remembered of the Power in this workspace."""
    from setsquare.adapters.power_file import FilePowerState  # noqa: PLC0415  (start-up)

    return FilePowerState(_state_here())


def outward(where: Where) -> Outward:
    """Give where proposals go, each part made when it is needed."""
    from setsquare.adapters.clock import SystemClock  # noqa: PLC0415  (start-up)
    from setsquare.journeys.iam_proposing import Outward  # noqa: PLC0415
    from setsquare.wire import audit_here  # noqa: PLC0415
    from setsquare.wire.iam_escalations import alert_world  # noqa: PLC0415

    return Outward(
        code=lambda settings: _code(where, settings),
        forge=lambda settings, code: _forge(where, settings, code),
        state=power_state,
        audit=audit_here,
        now=SystemClock().now,
        alerts=alert_world,
    )


def _code(where: Where, settings: PowerSettings) -> GitBranches:
    from setsquare.adapters.git_branches import GitBranches, Login  # noqa: PLC0415

    address = _address(where, settings)
    kind = _kind(where, address, is_needed=False)
    token = _token(kind, address)[1] if kind in _USERS else ""
    login = Login(_USERS[kind], token) if token else None
    return GitBranches(str(_state() / "repository" / _digest(address.url)), address, _person(where), login)


def _forge(where: Where, settings: PowerSettings, code: CodeBranches) -> Forge:
    """Give the forge of the repository.

    Raises:
        Usage: nobody says which forge a host is.
        ForgeAuth: there is no token for it.
    """
    from setsquare.adapters.forge_http import ForgeHttp  # noqa: PLC0415
    from setsquare.adapters.forge_words import Target  # noqa: PLC0415

    address = _address(where, settings)
    kind = _kind(where, address, is_needed=True)
    if kind == "patch":
        from setsquare.adapters.forge_patch import PatchForge  # noqa: PLC0415

        def patch(branch: str) -> bytes:
            own = code.own(branch)
            return code.patch(own.commit) if own else b""

        return PatchForge(_state() / "requests" / _digest(address.url), code.default_branch, patch)
    variable, token = _token(kind, address)
    if not token:
        raise ForgeAuth(
            f"There is no token for {address.host or address.shown}.",
            f"Set {variable} to one that may read the code and write pull requests, or write a patch with --forge patch.",
        )
    headers = {
        "github": ("authorization", f"Bearer {token}"),
        "gitlab": ("private-token", token),
        "gitea": ("authorization", f"token {token}"),
    }
    extra = (("x-github-api-version", "2022-11-28"), ("accept", "application/vnd.github+json")) if kind == "github" else ()
    target = Target(
        forge={"github": "GitHub", "gitlab": "GitLab", "gitea": "Gitea"}[kind],
        api=(where.api or _api(kind, address)).rstrip("/"),
        repository=settings.pr_repository,
        headers=(headers[kind], *extra),
        token=token,
        variable=variable,
    )
    http = ForgeHttp(target)
    if kind == "gitlab":
        from setsquare.adapters.forge_gitlab import GitlabForge  # noqa: PLC0415

        return GitlabForge(http)
    from setsquare.adapters.forge_pulls import GITEA, GITHUB, PullsForge  # noqa: PLC0415

    return PullsForge(http, GITHUB if kind == "github" else GITEA)


def _address(where: Where, settings: PowerSettings) -> RemoteAddress:
    """Find the address: the checkout's origin; else that of this workspace, where it is the repository of the settings; else the one on the forge's host.

    Raises:
        Usage: the checkout has no origin that is an address.
        Refused: the checkout is another repository's than the settings name.
    """
    from setsquare.adapters.remote_address import remote_address  # noqa: PLC0415
    from setsquare.adapters.store_git import ProcessStoreGit  # noqa: PLC0415
    from setsquare.wire import workspace_folder  # noqa: PLC0415

    wanted = settings.pr_repository
    git = ProcessStoreGit()
    if where.checkout:
        url = git.origin(str(Path(where.checkout).resolve()))
        found = remote_address(url)
        if found is None:
            raise Usage(
                f"`{where.checkout}` is no clone with an origin that can be used.", "Name the top folder of a clone of prRepository."
            )
        if not _is_named(found, wanted):
            raise Refused(
                f"`{where.checkout}` is a clone of {found.shown}, and the settings name {wanted}.", "Name a clone of prRepository."
            )
        return found
    here = remote_address(git.origin(str(Path(workspace_folder()).resolve())))
    if here is not None and _is_named(here, wanted):
        return here
    hosts = {"gitlab": "gitlab.com", "gitea": "gitea.com"}
    own = next((os.environ[name] for name, kind in _OWN_HOSTS if kind == where.kind and os.environ.get(name)), "")
    host = own or hosts.get(where.kind, "github.com")
    found = remote_address(f"https://{host}/{wanted}.git")
    if found is None:
        raise Usage(f"{wanted} is no name of a repository.", "Write it as owner/name.")
    return found


def _is_named(address: RemoteAddress, wanted: str) -> bool:
    """Tell whether an address is that of a repository; on this machine the path ends with its name."""
    name, wanted = address.repository.lower(), wanted.lower()
    return name == wanted or (not address.host and name.endswith(f"/{wanted}"))


def _kind(where: Where, address: RemoteAddress, *, is_needed: bool) -> str:
    """Say which forge a host is; a token goes only where the forge is known or a person names it."""
    if where.kind != "auto":
        return where.kind
    host = address.host.lower()
    known = _HOSTS.get(host) or next((kind for name, kind in _OWN_HOSTS if host and os.environ.get(name, "").lower() == host), "")
    if known or not host:
        return known or "patch"
    if is_needed:
        raise Usage(f"Nobody says which forge {host} is.", "Say it: --forge github, gitlab, gitea or patch.")
    return "patch"


def _token(kind: str, address: RemoteAddress) -> tuple[str, str]:
    """Give the name of the variable that holds the token, and the token."""
    is_own = kind == "github" and address.host not in _HOSTS
    names = _TOKENS["github-enterprise" if is_own else kind]
    name = next((each for each in names if os.environ.get(each)), "")
    return (name, os.environ[name].strip()) if name else (names[-1], "")


def _api(kind: str, address: RemoteAddress) -> str:
    host = address.host if address.scheme in {"https", "http"} else address.host.partition(":")[0]
    if kind == "github":
        return "https://api.github.com" if _HOSTS.get(host.lower()) == "github" else f"https://{host}/api/v3"
    host = {"altssh.gitlab.com": "gitlab.com"}.get(host, host)
    return f"https://{host}/api/v4" if kind == "gitlab" else f"https://{host}/api/v1"


def _person(where: Where) -> tuple[str, str]:
    from setsquare.adapters.git import GitCommand  # noqa: PLC0415
    from setsquare.wire import workspace_folder  # noqa: PLC0415

    name, _, mail = GitCommand(where.checkout or workspace_folder()).user().partition(" <")
    return (name, mail.rstrip(">")) if mail else ("Setsquare", "setsquare@localhost")


def _state() -> Path:
    folder = _state_here()
    if folder is None:
        raise Refused(
            "No state can be kept here, so no pull request can be made.", "Set SETSQUARE_STATE to a folder outside of the workspace."
        )
    return Path(folder) / "iam-requests"


def _digest(url: str) -> str:
    return hashlib.sha256(url.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _state_here() -> str | None:
    """Give the workspace's state folder; `None` where no state can be kept, as in a person's home."""
    from setsquare.adapters.state import state_folder  # noqa: PLC0415  (start-up)
    from setsquare.wire import workspace_folder  # noqa: PLC0415

    try:
        return state_folder(str(Path(workspace_folder()).resolve()), os.environ)
    except Usage:
        return None
