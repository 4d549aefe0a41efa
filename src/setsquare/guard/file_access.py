"""Decides about one file: may it be read, may it be written?

Source: settings.md § 2.2, 9, 10; safety.md AT09, AT10, AT20, AT27, AT39.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import MappingProxyType

from setsquare.guard.action import EditText, Facts, Write
from setsquare.guard.capability import Capability, Decision, Mode
from setsquare.guard.context_scope import beyond_decision, folder_decision
from setsquare.guard.paths import BadPath, normalised
from setsquare.guard.patterns import Place
from setsquare.guard.permitting import file_decisions, lifting, strict
from setsquare.guard.protected import Protection, is_manifest, is_migration, is_secret, protection_by
from setsquare.guard.verdicts import allow, ask, deny
from setsquare.text.paths import RelPath
from setsquare.workspace.settings import Autonomy

UNCOMMITTED = "uncommitted-edits"
"""The rule about files that hold somebody else's uncommitted changes."""

LARGE_LINES = 200
LARGE_DELETED_LINES = 50
SMALL_FILE_LINES = 40

_REMOTE_SCHEMA = re.compile(
    r"""\$schema["']?\s*[:=]\s*["']?(?:[a-z][a-z0-9+.-]*:)?//      # JSON, YAML, and the line for YAML's language server
    | ^\s*\#:\s*schema\s+(?:[a-z][a-z0-9+.-]*:)?//                 # TOML
    | schemaLocation\s*=\s*["'][^"']*//                             # XML
    | <!(?:DOCTYPE|ENTITY)\b[^>]{0,300}?\bSYSTEM\s+["'][a-z]+://    # the same
    """,
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
_ESCAPED = re.compile(r"\\(?:u00(?P<code>[2-7][0-9a-f])|/)", re.IGNORECASE)
_PROTECTED_REASONS = MappingProxyType(
    {
        Protection.SECRET: "holds secrets; changing it always needs a person (safe boundaries)",
        Protection.PROTECTED: "is protected, by default or by `protectedPaths`; changing it always needs a person",
        Protection.RUNS_LATER: "is run by people or CI later; changing it always needs a person",
    }
)


def read_decisions(path: str, capability: Capability, facts: Facts, *, is_folder: bool = False) -> tuple[Decision, ...]:
    """List everything that is to say about reading a file, or what is below a place (`is_folder`); the last one is what holds without any other.

    Secrets are denied whoever would say yes: what a model has read cannot be taken back.

    >>> from setsquare.workspace.settings import AgentSettings
    >>> capability = Capability(task="1", mode=Mode.AUTONOMOUS, agent=AgentSettings())
    >>> [read_decisions(path, capability, Facts(real_path=path))[0].permission.value for path in ("src/a.py", ".env", "../a")]
    ['allow', 'deny', 'deny']
    """
    place = normalised(path, capability.root)
    if isinstance(place, BadPath):
        return (deny(place.rule, f"Reading is limited to the workspace: {place.reason}."),)
    found: list[Decision] = []
    if facts.real_path is None:
        found.append(deny("outside-workspace", f"`{path}` leads out of the workspace through a symbolic link."))
    for name in dict.fromkeys((place, facts.real_path or place)):
        if is_secret(name):
            found.append(deny("secret-path", f"`{name}` holds secrets, which are never shown to a model."))
        found += file_decisions(capability, name, is_writing=False)
        beyond = folder_decision(capability, name) if is_folder else beyond_decision(capability, name, facts.changed_files)
        found += (beyond,) if beyond else ()
    if capability.mode is Mode.INTERACTIVE:
        found.append(ask("mode: interactive", "The interactive mode asks before every step."))
    return (*found, allow("read", "Files of the workspace may be read."))


def write_action_decisions(action: Write | EditText, capability: Capability, facts: Facts) -> tuple[Decision, ...]:
    """List everything that is to say about a write or an edit with the facts about its target; the last one is what holds without any other.

    >>> from setsquare.workspace.settings import AgentSettings
    >>> capability = Capability(task="1", mode=Mode.AUTONOMOUS, agent=AgentSettings(), writable=("src/**",))
    >>> write_action_decisions(Write(path=".git/hooks/pre-commit", content=""), capability, Facts(real_path=""))[0].permission.value
    'deny'
    """
    place = normalised(action.path, capability.root)
    content = action.content if isinstance(action, Write) else action.new
    found = list(place_decisions(place, capability, facts))
    if facts.real_path is None:
        why = f"{place.reason}." if isinstance(place, BadPath) else f"`{action.path}` leads out of the workspace through a symbolic link."
        found.insert(0, deny("outside-workspace", why))
    elif facts.real_path and facts.real_path != place:
        found[:0] = place_decisions(normalised(facts.real_path), capability, facts)
    asked: list[Decision] = []
    if not facts.exists and capability.agent.requires_approval_for_new_files:
        asked.append(ask("new-file", "`requireApprovalForNewFiles` asks before every new file."))
    if names_remote_schema(content):
        asked.append(ask("remote-schema", "The text names a remote `$schema`, which an editor would fetch."))
    if facts.weakens:
        asked.append(ask("tests-weakened", f"`{action.path}` would prove less than the committed one: {facts.weakens}."))
    if facts.adds:
        names = ", ".join(facts.adds[:8])
        found = [each for each in found if each.rule != "dependency-change"]
        asked.append(ask("dependency-added", f"`{action.path}` would name dependencies that it did not name before: {names}."))
    level = capability.level_at(tuple(name for name in (place, facts.real_path) if isinstance(name, str)))
    if is_large_rewrite(facts) and level is not Autonomy.FULL:
        asked.append(ask("large-rewrite", f"`{level.value}` autonomy asks before large rewrites."))
    return (*found[:-1], *asked, found[-1])


def names_remote_schema(text: str) -> bool:
    """Tell whether a text names a schema that an editor would fetch from another machine, in JSON with or without escapes, YAML, TOML or XML.

    Source: safety.md AT10.

    >>> names_remote_schema('{"$schema": "https://x.example/s.json"}'), names_remote_schema('{"$schema": "./s.json"}')
    (True, False)
    >>> names_remote_schema("# yaml-language-server: $schema=https://x.example/s.json")
    True
    """
    if "schema" not in text.casefold() and "\\" not in text and "<!" not in text:
        return False
    plain = _ESCAPED.sub(lambda found: chr(int(found["code"], 16)) if found["code"] else "/", text)
    return bool(_REMOTE_SCHEMA.search(plain))


def is_large_rewrite(facts: Facts) -> bool:
    """Tell whether an action changes more than half of a file of at least 40 lines, more than 200 lines, or deletes more than 50.

    Source: settings.md § 9.

    >>> is_large_rewrite(Facts(old_lines=40, changed_lines=21)), is_large_rewrite(Facts(old_lines=39, changed_lines=39))
    (True, False)
    """
    is_most = facts.old_lines >= SMALL_FILE_LINES and facts.changed_lines * 2 > facts.old_lines
    return is_most or facts.changed_lines > LARGE_LINES or facts.deleted_lines > LARGE_DELETED_LINES


# req: agent-runtime/1.6
def place_decisions(place: RelPath | BadPath, capability: Capability, facts: Facts, *, is_listed: bool = False) -> tuple[Decision, ...]:
    """List everything that is to say about changing what stands at a place; the last one is what holds without any other.

    `is_listed` says that `allowedCommands`, or a rule that allows, covers the command that does it.

    >>> from setsquare.workspace.settings import AgentSettings
    >>> capability = Capability(task="1", mode=Mode.INTERACTIVE, agent=AgentSettings())
    >>> place_decisions(RelPath("src/a.py"), capability, Facts())[-1].rule, place_decisions(RelPath(""), capability, Facts())[-1].rule
    ('mode: interactive', 'ambiguous-path')
    """
    if isinstance(place, BadPath):
        is_computed = place.rule == "computed-path"
        return ((ask if is_computed else deny)(place.rule, f"It would write where it may not: {place.reason}."),)
    if not place:
        return (deny("ambiguous-path", "The workspace's own folder is not a file."),)
    found = list(_bounds(place, capability, facts))
    protected = protection_by(place, capability.protected)
    if protected not in (Protection.NONE, Protection.DENIED):
        found.append(ask(protected.value, f"`{place}` {_PROTECTED_REASONS[protected]}."))
    if capability.is_shared and is_migration(place):
        found.append(ask("shared-migration", f"`{place}` is a migration, and {_declared(capability)}; others may share its database."))
    if place in facts.uncommitted_files:
        found.append(_uncommitted_decision(place, capability))
    if capability.mode is Mode.SUPERVISED and is_manifest(place):
        found.append(ask("dependency-change", f"`{place}` says which dependencies there are, a risk point of the supervised mode."))
    rules = file_decisions(capability, place, is_writing=True)
    lifted = lifting(rules)
    found += strict(rules)
    return (*found, _careful_decision(place, capability, is_listed=is_listed, lifted=lifted))


# req: agent-runtime/2.2
def _bounds(place: RelPath, capability: Capability, facts: Facts) -> Iterator[Decision]:
    """List what bounds every write: what belongs to the platform, a freeze, the number of files, the scope."""
    if protection_by(place, capability.protected) is Protection.DENIED:
        yield deny(Protection.DENIED.value, f"`{place}` belongs to the platform; agents never change it.")
    if capability.frozen and (glob := capability.frozen_globs.found(Place.of(place, capability.root))) is not None:
        yield deny("freeze", f"`{place}` is frozen (`{glob}`); nothing there changes until a person ends the freeze.")
    limit = capability.agent.max_file_edits_per_task
    if place not in facts.changed_files and len(facts.changed_files) >= limit:
        yield deny("max-file-edits", f"`maxFileEditsPerTask` is {limit} and `{place}` would be one more; the task is too large: split it.")
    if not covers(capability, place):
        yield _scope_decision(place, capability)


def _declared(capability: Capability) -> str:
    """Say in which environment a run stands."""
    return f"the environment is `{capability.environment}`" if capability.environment else "no environment is declared"


def _careful_decision(place: RelPath, capability: Capability, *, is_listed: bool, lifted: Decision | None) -> Decision:
    """Decide by mode, level and broken settings alone; `lifted` is a rule that allows the write."""
    if capability.mode is Mode.INTERACTIVE:
        return ask("mode: interactive", "The interactive mode asks before every step.")
    if capability.agent.asks_for_all_writes:
        why = capability.agent.broken or "`protectedPaths` in the settings is no list of texts"
        return ask("all-writes-ask", f"{why}, so every write asks.")
    level = capability.level_at((place,))
    if level is Autonomy.CAUTIOUS and not is_listed:
        return lifted or ask("autonomy: cautious", "`cautious` autonomy stops at every file write.")
    return allow("write", f"`{level.value}` autonomy allows writes within the scope of the task.")


def _scope_decision(place: str, capability: Capability) -> Decision:
    """Decide about a path that the task does not name."""
    scope = ", ".join(capability.writable)
    if capability.mode is Mode.AUTONOMOUS:
        return deny("out-of-scope", f"`{place}` is not among what task {capability.task} may write ({scope}), and nobody is there to ask.")
    return ask("out-of-scope", f"`{place}` is not among what task {capability.task} may write ({scope}).")


def _uncommitted_decision(place: str, capability: Capability) -> Decision:
    """Decide about a file with somebody's uncommitted changes: with the task's commit they would be committed as the task's."""
    if capability.mode is Mode.AUTONOMOUS:
        return deny(UNCOMMITTED, f"`{place}` holds changes that are not committed, and nobody is there to ask: commit them first.")
    return ask(UNCOMMITTED, f"`{place}` holds changes that are not committed; they would become part of this task's commit.")


def covers(capability: Capability, path: str) -> bool:
    """Tell whether a task may write a path; without globs every path counts. A folder above a named file may be made.

    >>> from setsquare.workspace.settings import AgentSettings
    >>> task = Capability(task="1", mode=Mode.AUTONOMOUS, agent=AgentSettings(), writable=("src/*.py",))
    >>> covers(task, "src/a.py"), covers(task, "src"), covers(task, "lib/a.py")
    (True, True, False)
    """
    if not capability.writable or capability.scope_globs.matches(path):
        return True
    return any(glob.startswith(f"{path}/") for glob in capability.writable)
