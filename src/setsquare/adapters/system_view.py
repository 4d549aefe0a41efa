"""What of the machine a confined command may see: the system's programs and the tool chains, nothing of the user's own.

Only names listed here exist for a command, so a secret in a home folder, another project or a socket of a daemon needs no rule.
"""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH111, PTH116, PTH120

from __future__ import annotations

import contextlib
import os
import pwd
import sys
from collections.abc import Iterator

SYSTEM = ("/usr", "/opt", "/nix/store", "/gnu/store", "/snap", f"{os.sep}home/linuxbrew/.linuxbrew", "/sys/devices/system/cpu")
SYSTEM_ALIASES = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
"""Folders that are links into `/usr` on most systems."""

ETC = (
    "alternatives", "bash.bashrc", "ca-certificates", "ca-certificates.conf", "crypto-policies", "default/locale", "dotnet", "fonts", "group",
    "host.conf", "hosts", "inputrc", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "locale.alias", "locale.conf", "localtime",
    "lsb-release", "magic", "mailcap", "manpath.config", "maven", "mime.types", "nsswitch.conf", "os-release", "papersize", "passwd",
    "perl", "pki/ca-trust", "pki/tls/certs", "profile", "protocols", "python3", "services", "shells", "ssl/certs", "ssl/openssl.cnf",
    "terminfo", "timezone", "xml",
)  # fmt: skip
"""Configuration that programs need to start; no keys, no password hashes."""

TOOLCHAINS = (
    ".asdf/installs", ".asdf/shims", ".bun/bin", ".bun/install/cache", ".cargo/bin", ".cargo/git", ".cargo/registry", ".deno/bin", ".fnm",
    ".local/bin", ".local/lib", ".local/pipx", ".local/share/fnm", ".local/share/hatch", ".local/share/nvm", ".local/share/pipx",
    ".local/share/pypoetry", ".local/share/virtualenvs", ".cache/pypoetry/virtualenvs", ".virtualenvs", "miniconda3", "anaconda3",
    "miniforge3", "mambaforge", ".local/share/mise/installs", ".local/share/mise/shims", ".local/share/pnpm",
    ".local/share/uv/python", ".local/share/uv/tools", ".m2/repository", ".nodenv", ".nvm/versions", ".pyenv", ".rbenv", ".rustup",
    ".sdkman/candidates", ".volta/bin", ".volta/tools", "go/bin", "go/pkg", "sdk",
)  # fmt: skip
"""Where version managers and package managers keep programs and sources below a home folder; none of these holds credentials."""

_INSTALLATION = ("bin", "sbin", "lib", "lib64", "libexec", "include", "pyvenv.cfg")


def _homes() -> tuple[str, ...]:
    """Name the user's home folders: what the environment says, and what the system knows."""
    named = [os.path.expanduser("~")]
    with contextlib.suppress(KeyError):
        named.append(pwd.getpwuid(os.getuid()).pw_dir)
    return tuple(dict.fromkeys(os.path.realpath(name) for name in named if name.startswith("/")))


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def search_path(text: str) -> tuple[str, ...]:
    """Take the absolute folders of a `PATH`; a relative one would mean another folder for each command.

    >>> search_path("/usr/bin:.:bin:/usr/bin")
    ('/usr/bin',)
    """
    return tuple(dict.fromkeys(os.path.normpath(part) for part in text.split(":") if part.startswith("/")))


def _candidates(path: str, homes: tuple[str, ...]) -> Iterator[str]:
    """Name what may be there, each without `.`, `..` and empty parts."""
    yield from SYSTEM
    for name in ETC:
        yield f"/etc/{name}"
    for home in homes:
        yield from (f"{home.rstrip('/')}/{name}" for name in TOOLCHAINS)
    yield from (os.path.normpath(sys.prefix), os.path.normpath(sys.base_prefix))
    for folder in search_path(path):
        yield folder
        prefix, _, name = folder.rpartition("/")
        if name == "shims" and prefix:  # a version manager's: its programs look for the real ones beside
            yield prefix
        elif name in {"bin", "sbin", ".bin"} and prefix not in homes:
            yield from (f"{prefix}/{part}" for part in _INSTALLATION)


def readable_paths(path: str) -> tuple[str, ...]:
    """List the existing files and folders that a command may read, sorted, none below another one; `path` is its `PATH`.

    A folder that holds the home folder, or is one, is left out, whatever names it.
    """
    homes = _homes()
    too_wide = {_identity(above) for home in homes for above in _with_ancestors(home)}
    found = {
        candidate
        for candidate in set(_candidates(path, homes))
        if candidate not in SYSTEM_ALIASES and (here := _identity(candidate)) is not None and here not in too_wide
    }
    return tuple(sorted(place for place in found if not any(above in found for above in _with_ancestors(os.path.dirname(place)))))


def _identity(place: str) -> tuple[int, int] | None:
    """Tell which file or folder stands at a place, whatever its name; every command waits for some hundred of these."""
    try:
        status = os.stat(place)
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino


def _with_ancestors(place: str) -> Iterator[str]:
    yield place
    while place != "/":
        place = os.path.dirname(place)
        yield place


def trusted_path(folder: str) -> str:
    """Give the search path for programs that run outside of any sandbox: nothing in `folder`, where a workspace could plant them.

    Nothing in the project in which the person stands either: its programs are on the path where its environment is active, and `folder` may be
    another one, as when a sandbox is tried in an empty folder.
    """
    barred = (os.path.realpath(folder), *_around())
    parts = (part for part in search_path(os.environ.get("PATH", "")) if not any(_is_below(os.path.realpath(part), top) for top in barred))
    return ":".join(parts) or "/usr/local/bin:/usr/bin:/bin"


def _around() -> tuple[str, ...]:
    """Name the repository around the current folder, or this folder; nothing where a home folder lies in it, which is no project."""
    try:
        here = os.path.realpath(os.getcwd())  # noqa: PTH109  (as everything here)
    except OSError:
        return ()
    top = next((above for above in _with_ancestors(here) if os.path.lexists(f"{above}/.git")), here)
    tops = (place for place in (top, here) if not any(_is_below(home, place) for home in ("/usr", *_homes())))
    return tuple(dict.fromkeys(tops))


def base_environment(private: str) -> dict[str, str]:
    """Give what every command sees: the search path, one language for messages, and `private` as its home and temporary folder.

    The system's git configuration is not there to read, which git takes for a failure unless it is told.
    """
    path = ":".join(search_path(os.environ.get("PATH", ""))) or "/usr/local/bin:/usr/bin:/bin"
    return {"PATH": path, "HOME": private, "TMPDIR": private, "TERM": "dumb", "LANG": "C.UTF-8", "GIT_CONFIG_NOSYSTEM": "1"}
