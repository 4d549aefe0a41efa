"""Branches of a repository elsewhere, through a bare repository of our own in the state folder: fetched shallow, written with plumbing, pushed.

Git's own ways to the remote are used as the person has set them up (keys, credential helpers, proxies), from their own configuration and never from
a repository's. A token of the environment is offered after these, to its own host alone; it stands in no argument and no file.
"""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH103, PTH112, PTH118

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping

from msgspec import Struct

from setsquare.adapters.remote_address import RemoteAddress
from setsquare.adapters.system_view import trusted_path
from setsquare.errors import GitFailed
from setsquare.guard.secrets import redacted
from setsquare.ports.code_branches import BranchCommit, Fetched, OwnBranch
from setsquare.text.paths import RelPath

LIMIT_FILES = 20_000
LIMIT_FILE_BYTES = 5_000_000
LIMIT_BYTES = 200_000_000
_LIMIT_S = 300.0
_PLAIN = frozenset({"100644", "100755"})
_TRAILER = re.compile(r"^Setsquare-(?P<key>Base|Tree|Mark): (?P<value>\S+)$", re.MULTILINE)
_OID = re.compile(r"[0-9a-f]{40,64}\Z")
_OVERRIDES = (
    "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.attributesFile=/dev/null", "commit.gpgSign=false", "push.gpgSign=false",
    "gc.auto=0", "maintenance.auto=false", "core.quotePath=false", "protocol.ext.allow=never", "fetch.recurseSubmodules=false",
    "push.recurseSubmodules=no", "transfer.fsckObjects=true", "fetch.fsckObjects=true",
)  # fmt: skip
_HELPER = '!f() { test "$1" = get && echo "username=${SETSQUARE_FORGE_USER}" && echo "password=${SETSQUARE_FORGE_TOKEN}"; }; f'


class Login(Struct, frozen=True):
    """What is offered to the remote's own host where the person's helpers know nothing."""

    user: str
    token: str


class GitBranches:
    """The branches of one remote; `person` is `Name <mail>` for commits."""

    __slots__ = ("_address", "_folder", "_login", "_person")

    def __init__(self, folder: str, address: RemoteAddress, person: tuple[str, str], login: Login | None = None) -> None:
        """Take the folder of our own repository, which is made when it is needed."""
        self._folder = folder
        self._address = address
        self._person = person
        self._login = login

    def default_branch(self) -> str:
        """Name the branch that the remote's HEAD stands for."""
        told = self._git("ls-remote", "--symref", "--", self._address.url, "HEAD").decode("utf-8", "replace")
        found = re.search(r"^ref: refs/heads/(\S+)\tHEAD$", told, re.MULTILINE)
        if found is None:
            raise GitFailed(f"{self._address.shown} names no default branch.", "Is it empty? Push a first commit.")
        return found[1]

    def fetched(self, branch: str, endings: tuple[str, ...]) -> Fetched:
        """Fetch the last commit of a branch and read its files."""
        commit = self._fetch(branch)
        if not commit:
            raise GitFailed(f"{self._address.shown} has no branch {branch}.", "Look at the branch that requests go to.")
        names: list[tuple[RelPath, str]] = []
        left_out: list[RelPath] = []
        total = 0
        for record in self._git("ls-tree", "-r", "-l", "-z", "--full-tree", commit).split(b"\0")[:-1]:
            head, _, raw_path = record.partition(b"\t")
            mode, _, oid, size = head.decode("ascii").split()
            path = RelPath(os.fsdecode(raw_path))
            if mode not in _PLAIN or not path.endswith(endings):
                continue
            if int(size) > LIMIT_FILE_BYTES or total + int(size) > LIMIT_BYTES or len(names) == LIMIT_FILES:
                left_out.append(path)
                continue
            total += int(size)
            names.append((path, oid))
        contents = self._blobs({oid for _, oid in names})
        return Fetched(commit=commit, files={path: contents[oid] for path, oid in names}, left_out=tuple(left_out))

    def naming(self, commit: str, words: str) -> tuple[RelPath, ...]:
        """Search a commit's files; what git takes for binary is searched too."""
        raw = self._git("grep", "-l", "-z", "-a", "-F", "--no-recurse-submodules", "-e", words, commit, "--", ok=frozenset({0, 1}))
        return tuple([RelPath(os.fsdecode(each.partition(b":")[2])) for each in raw.split(b"\0")[:-1]])

    def own(self, branch: str) -> OwnBranch | None:
        """Look at the last commit of a branch: it names its own tree and its parent, so one that a person made or changed differs."""
        # Two deep: what lies below a branch of ours is what its patch is made against.
        commit = self._fetch(branch, depth=2)
        if not commit:
            return None
        raw = self._git("cat-file", "commit", commit).decode("utf-8", "replace")
        head, _, message = raw.partition("\n\n")
        said = {found["key"]: found["value"] for found in _TRAILER.finditer(message)}
        parents = re.findall(r"^parent (\w+)$", head, re.MULTILINE)
        tree = re.findall(r"^tree (\w+)$", head, re.MULTILINE)
        is_ours = "Mark" in said and [said.get("Tree")] == tree and [said.get("Base")] == parents
        return OwnBranch(commit=commit, is_ours=is_ours, mark=said.get("Mark", ""))

    def commit(self, request: BranchCommit) -> str:
        """Make a commit with an index of its own."""
        with tempfile.TemporaryDirectory(prefix="setsquare-") as private:
            places = {"GIT_INDEX_FILE": os.path.join(private, "index")}
            self._git("read-tree", request.base, places=places)
            records = []
            for path, raw in request.contents.items():
                listed = self._git("ls-tree", "-z", "--full-tree", request.base, "--", path).decode("utf-8", "surrogateescape")
                mode = listed.split(" ")[0] if listed else "100644"
                if mode not in _PLAIN:
                    raise GitFailed(f"{path} is no plain file there.", "Edit it by hand.")
                oid = self._git("hash-object", "-w", "--no-filters", "--stdin", stdin=raw).decode().strip()
                records.append(f"{mode} {oid}\t".encode() + os.fsencode(path) + b"\0")
            for path in request.removed:
                listed = self._git("ls-tree", "-z", "--full-tree", request.base, "--", path).decode("utf-8", "surrogateescape")
                if listed.split(" ")[0] not in _PLAIN:
                    raise GitFailed(f"{path} is no plain file there.", "Remove it by hand.")
                records.append(f"0 {'0' * len(request.base)}\t".encode() + os.fsencode(path) + b"\0")
            self._git("update-index", "-z", "--index-info", stdin=b"".join(records), places=places)
            tree = self._git("write-tree", places=places).decode().strip()
        trailers = f"Setsquare-Base: {request.base}\nSetsquare-Tree: {tree}\nSetsquare-Mark: {request.mark}\n"
        message = f"{request.message.strip()}\n\n{trailers}".encode("utf-8", "replace")
        name, mail = self._person
        people = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in (("NAME", name), ("EMAIL", mail))}
        return self._git("commit-tree", tree, "-p", request.base, stdin=message, places=people).decode().strip()

    def push(self, branch: str, commit: str, expects: str) -> None:
        """Push, on the condition that the branch still stands where it was seen."""
        ref = f"refs/heads/{branch}"
        self._git("push", "--porcelain", f"--force-with-lease={ref}:{expects}", "--", self._address.url, f"{commit}:{ref}")

    def patch(self, commit: str) -> bytes:
        """Write one commit as a patch."""
        args = ("--stdout", "--binary", "--no-signature", "--no-ext-diff", "--no-textconv", "--no-color", "-1", commit)
        return self._git("format-patch", *args)

    def _fetch(self, branch: str, depth: int = 1) -> str:
        """Fetch the last commit of a branch; give its name, empty where there is no such branch."""
        ref = f"refs/heads/{branch}"
        told = self._git("ls-remote", "--", self._address.url, ref).decode("utf-8", "replace")
        found = next((line.split("\t")[0] for line in told.splitlines() if line.endswith(f"\t{ref}")), "")
        if _OID.match(found):
            args = ("--no-tags", f"--depth={depth}", "--no-write-fetch-head", "--no-recurse-submodules", "--quiet")
            self._git("fetch", *args, "--", self._address.url, f"+{ref}:refs/setsquare/{branch}")
        return found

    def _blobs(self, names: set[str]) -> dict[str, bytes]:
        raw = self._git("cat-file", "--batch", stdin="".join(f"{name}\n" for name in sorted(names)).encode()) if names else b""
        found: dict[str, bytes] = {}
        at = 0
        for name in sorted(names):
            end = raw.index(b"\n", at)
            size = int(raw[at:end].split(b" ")[2])
            found[name] = raw[end + 1 : end + 1 + size]
            at = end + 2 + size
        return found

    def _git(self, *args: str, stdin: bytes = b"", places: Mapping[str, str] = {}, ok: frozenset[int] = frozenset({0})) -> bytes:
        """Run git in our own repository; `ok` are the codes that it may end with.

        Raises:
            GitFailed: it is not there, does not end, or says no.
        """
        if not os.path.isdir(os.path.join(self._folder, "objects")) and args[0] != "init":
            os.makedirs(self._folder, mode=0o700, exist_ok=True)
            self._git("init", "--bare", "--quiet", "--template=", self._folder)
        path = trusted_path(self._folder)
        program = shutil.which("git", path=path)
        if program is None:
            raise GitFailed("cannot run git: it is not on the PATH", "install git")
        overrides = [part for override in (*_OVERRIDES, *_helpers(self._address, self._login)) for part in ("-c", override)]
        environment = {**self._environment(path), **places}
        try:
            done = subprocess.run(
                [program, *overrides, *args],
                input=stdin,
                capture_output=True,
                cwd=self._folder,
                env=environment,
                timeout=_LIMIT_S,
                check=False,
            )
        except (OSError, ValueError) as error:
            raise GitFailed(f"cannot run git {args[0]}: {error}", "see whether git works on this machine") from error
        except subprocess.TimeoutExpired as error:
            raise GitFailed(f"git {args[0]} with {self._address.shown} did not end within {_LIMIT_S:.0f} s", "try again later") from error
        if done.returncode not in ok:
            raise GitFailed(
                f"git {args[0]} with {self._address.shown} failed: {_said(done.stderr, done.stdout, self._address, self._login)}",
                _hint(done.stderr),
            )
        return done.stdout

    def _environment(self, path: str) -> dict[str, str]:
        """Give git the person's own environment without what would lead it into another repository or to a terminal."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("GIT_") or name in {"GIT_SSH_COMMAND", "GIT_CONFIG_GLOBAL", "GIT_SSL_CAINFO"}
        }
        login = self._login
        offered = {"SETSQUARE_FORGE_USER": login.user, "SETSQUARE_FORGE_TOKEN": login.token} if login else {}
        fixed = {
            "PATH": path,
            "LC_ALL": "C",
            "GIT_DIR": self._folder,
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_LITERAL_PATHSPECS": "1",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_ALLOW_PROTOCOL": "https:http:ssh:file",
        }
        return {**kept, **offered, **fixed}


def _helpers(address: RemoteAddress, login: Login | None) -> tuple[str, ...]:
    """Offer the token to the remote's host alone, after the helpers that the person has."""
    if login is None or address.scheme not in {"https", "http"}:
        return ()
    return (f"credential.{address.scheme}://{address.host}.helper={_HELPER}",)


def _said(complaint: bytes, output: bytes, address: RemoteAddress, login: Login | None) -> str:
    text = b" ".join((output[:2_000], complaint)).decode("utf-8", "replace").strip().replace(address.url, address.shown)
    text = redacted(text, (login.token,) if login else ())
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:500]


def _hint(complaint: bytes) -> str:
    if b"stale info" in complaint or b"rejected" in complaint:
        return "Somebody changed the branch meanwhile, or a rule of the repository refuses it; nothing was pushed."
    return "Git must be able to fetch and push there without asking: see `git ls-remote` in a terminal."
