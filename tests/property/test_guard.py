"""The guard is monotone, total and cannot be talked out of a refusal by text around a command."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from setsquare.guard.action import EditText, Facts, ListFiles, Read, Search, Shell, Write
from setsquare.guard.capability import Capability, Mode, Permission, PermissionRule, Scope
from setsquare.guard.compile import Bounds, bounded
from setsquare.guard.decide import decide, decided
from setsquare.guard.globs import compiled
from setsquare.guard.paths import BadPath, normalised
from setsquare.guard.shell import Script, Unparseable, parse
from setsquare.workspace.settings import AgentSettings, Autonomy

ORDER = [Permission.ALLOW, Permission.ASK, Permission.DENY]
MODES = [Mode.INTERACTIVE, Mode.SUPERVISED, Mode.AUTONOMOUS]
LEVELS = list(Autonomy)

PATHS = st.sampled_from(
    [
        "src/a.py",
        "tests/test_a.py",
        ".env",
        "Makefile",
        ".kiro/settings.json",
        "../x",
        "/etc/passwd",
        "package.json",
        "requirements.txt",
        "lib/b.py",
        ".git/config",
        "a/./b",
    ]
) | st.text(max_size=12)
PROGRAMS = [
    "ls",
    "cat",
    "git",
    "npm",
    "python",
    "rm",
    "curl",
    "make",
    "touch",
    "cp",
    "sed",
    "find",
    "xargs",
    "env",
    "bash",
    "echo",
    "sudo",
    "pytest",
    "tee",
    "timeout",
    "$X",
]
ARGUMENTS = [
    "-rf",
    "-f",
    "test",
    "push",
    "--force",
    "status",
    "-c",
    "x",
    "src/a.py",
    ".env",
    ".kiro/settings.json",
    "5",
    "-m",
    "pytest",
    "'a",
    "b'",
    '"$(ls)"',
    "$X",
    "*",
    "{}",
    "\\;",
    "A=1",
    "PATH=x",
    "install",
    "+",
    "-exec",
]
JOINTS = [
    " ",
    "; ",
    " && ",
    " | ",
    "\n",
    " > ",
    " >> ",
    " & ",
    " || ",
    " $(",
    ") ",
    " `",
    "` ",
    "(",
    " { ",
    " }",
    " <<EOF\n",
    "\nEOF\n",
    "'",
    '"',
]
COMMANDS = st.lists(st.sampled_from(PROGRAMS + ARGUMENTS + JOINTS), max_size=14).map(" ".join) | st.lists(
    st.sampled_from(PROGRAMS + ARGUMENTS + JOINTS), max_size=14
).map("".join)
ACTIONS = st.one_of(
    st.builds(Read, PATHS),
    st.builds(Write, PATHS, st.text(max_size=5)),
    st.builds(EditText, PATHS, st.just("x"), st.just("y")),
    st.builds(ListFiles, PATHS),
    st.builds(Search, st.just("x"), PATHS),
    st.builds(Shell, COMMANDS),
)
FACTS = st.builds(
    Facts,
    exists=st.booleans(),
    real_path=st.none() | st.just("") | PATHS,
    old_lines=st.integers(0, 100),
    changed_lines=st.integers(0, 300),
    deleted_lines=st.integers(0, 100),
    changed_files=st.lists(PATHS, max_size=3).map(tuple),
)
AGENTS = st.fixed_dictionaries(
    {
        "allowed_commands": st.lists(
            st.sampled_from(["npm test", "rm", "git push", "cat", "python", "touch", "sudo", "make"]), max_size=3
        ).map(tuple),
        "forbidden_commands": st.lists(st.sampled_from(["curl", "git commit"]), max_size=1).map(tuple),
        "max_file_edits_per_task": st.integers(0, 4),
        "requires_approval_for_new_files": st.booleans(),
        "denies_all_commands": st.booleans(),
        "asks_for_all_writes": st.booleans(),
    }
)


def _decide(mode, level, agent, writable, action, facts):
    capability = Capability(task="1", mode=mode, agent=AgentSettings(autonomy=level, **agent), writable=writable, root="/w")
    return decide(capability, action, facts)


# req: guarded-run/1.2
@given(
    ACTIONS, FACTS, AGENTS, st.sampled_from([(), ("src/**",)]), st.integers(0, 2), st.integers(0, 2), st.integers(0, 2), st.integers(0, 2)
)
@settings(max_examples=400, deadline=None)
def test_less_autonomy_never_permits_more(action, facts, agent, writable, mode_a, mode_b, level_a, level_b):
    mode_a, mode_b = sorted((mode_a, mode_b))
    level_a, level_b = sorted((level_a, level_b))
    careful = _decide(MODES[mode_a], LEVELS[level_a], agent, writable, action, facts)
    free = _decide(MODES[mode_b], LEVELS[level_b], agent, writable, action, facts)
    # Out of scope is the one case in which a run without a person is told "no" where a person would be asked; neither goes on by itself.
    if free.rule == "out-of-scope":
        assert careful.permission is not Permission.ALLOW
    else:
        assert ORDER.index(careful.permission) >= ORDER.index(free.permission)


PATTERNS = st.sampled_from(
    [
        "*",
        "npm *",
        "rm*",
        "git push*",
        "src/**",
        "**/*.py",
        "lib",
        "touch *",
        "*x*",
        "cat *",
        "make *",
        "/w/src",
        "{a,b}/**",
        "python -m pytest",
    ]
)
RULES = st.builds(
    PermissionRule,
    capability=st.sampled_from(["shell", "fs_read", "fs_write", "filesystem", "all", "builtin", "web_fetch", "mcp"]),
    effect=st.sampled_from(list(Permission)),
    match=st.lists(PATTERNS, max_size=2).map(tuple),
    exclude=st.lists(PATTERNS, max_size=1).map(tuple),
    scope=st.sampled_from(list(Scope)),
    source=st.just("p.yaml:1"),
)
HOSTS = st.lists(st.sampled_from(["pypi.org", "*.example.org", "a.example.org"]), max_size=3, unique=True).map(tuple)
GLOBS = st.lists(st.sampled_from(["src/**", "tests/**", "**", "Makefile", "lib/b.py"]), max_size=2).map(tuple)
PATH_LEVELS = st.lists(st.tuples(st.sampled_from(["src/**", "**", "lib"]), st.sampled_from(LEVELS)), max_size=2).map(tuple)


@given(
    action=ACTIONS,
    facts=FACTS,
    agent=AGENTS,
    mode=st.sampled_from(MODES),
    level=st.sampled_from(LEVELS),
    rules=st.lists(RULES, max_size=4).map(tuple),
    kept=st.lists(st.booleans(), min_size=4, max_size=4),
    more=st.lists(RULES, max_size=2).map(tuple),
    frozen=GLOBS,
    paths=PATH_LEVELS,
    environment=st.sampled_from(["test", "staging", ""]),
    hosts=HOSTS,
)
@settings(max_examples=500, deadline=None)
def test_fewer_allows_more_denials_freezes_and_stricter_levels_never_permit_more(
    action, facts, agent, mode, level, rules, kept, more, frozen, paths, environment, hosts
):
    free_agent = AgentSettings(autonomy=level, **agent)
    free = Capability(task="1", mode=mode, agent=free_agent, root="/w", hosts=hosts)
    free = bounded(free, Bounds(permissions=rules, environment="test"))
    fewer = tuple(rule for rule, is_kept in zip(rules, kept, strict=False) if is_kept or rule.effect is not Permission.ALLOW)
    tighter = tuple(rule for rule in more if rule.effect is not Permission.ALLOW)
    careful_agent = AgentSettings(
        autonomy=level,
        path_autonomy=paths,
        **{**agent, "allowed_commands": agent["allowed_commands"][1:], "forbidden_commands": (*agent["forbidden_commands"], "make")},
    )
    careful = Capability(task="1", mode=mode, agent=careful_agent, root="/w", hosts=hosts[1:])
    careful = bounded(careful, Bounds(permissions=(*fewer, *tighter), environment=environment, frozen=frozen))
    assert ORDER.index(decide(careful, action, facts).permission) >= ORDER.index(decide(free, action, facts).permission)
    assert set(careful.hosts) <= set(free.hosts)


@given(ACTIONS, FACTS, AGENTS, st.sampled_from(LEVELS), st.lists(RULES, max_size=3).map(tuple))
@settings(max_examples=300, deadline=None)
def test_rules_of_the_repository_and_the_administrator_cannot_be_read_to_permit(action, facts, agent, level, rules):
    plain = Capability(task="1", mode=Mode.AUTONOMOUS, agent=AgentSettings(autonomy=level, **agent), root="/w")
    tightened = bounded(plain, Bounds(permissions=tuple(rule for rule in rules if rule.effect is not Permission.ALLOW)))
    assert ORDER.index(decide(tightened, action, facts).permission) >= ORDER.index(decide(plain, action, facts).permission)
    assert decided(tightened, action, facts) == decide(tightened, action, facts)


@given(st.text(max_size=60) | COMMANDS)
@settings(max_examples=400, deadline=None)
def test_every_text_gets_an_answer(text):
    assert isinstance(parse(text), Script | Unparseable)
    agent = AgentSettings(autonomy=Autonomy.FULL)
    capability = Capability(task="1", mode=Mode.AUTONOMOUS, agent=agent)
    for action in (Shell(text), Write(text, text), Read(text)):
        decision = decide(capability, action, Facts())
        assert decision.rule
        assert decision.reason


SUFFIXES = [
    "; rm -rf x",
    "\nrm -rf x",
    " && rm -rf x",
    " || rm -rf x",
    " | rm -rf x",
    " & rm -rf x",
    " $(rm -rf x)",
    " `rm -rf x`",
    ' "$(rm -rf x)"',
    " <(rm -rf x)",
]
SAFE = st.lists(
    st.sampled_from(
        [
            "ls -la",
            "git status",
            "npm test",
            "cat src/a.py",
            "echo 'a b'",
            'echo "c"',
            "grep -n 'x;y' src",
            "cat <<'E'\nx\nE\n",
            "(ls)",
            "ls 2>&1",
        ]
    ),
    min_size=1,
    max_size=4,
)


@given(SAFE, st.sampled_from(["; ", " && ", " | ", "\n"]), st.sampled_from(SUFFIXES), st.integers(0, 3))
@settings(max_examples=300, deadline=None)
def test_a_forbidden_command_anywhere_is_never_allowed(parts, joint, suffix, index):
    index = min(index, len(parts) - 1)
    poisoned = [*parts[:index], parts[index] + suffix, *parts[index + 1 :]]
    capability = Capability(
        task="1", mode=Mode.AUTONOMOUS, agent=AgentSettings(autonomy=Autonomy.FULL, allowed_commands=("npm test", "ls", "cat", "echo"))
    )
    assert decide(capability, Shell(joint.join(poisoned)), Facts()).permission is Permission.DENY


@given(st.text(alphabet="ab/.*[]{},?!-\\~ \u00e9", max_size=30), st.text(alphabet="ab/. \u00e9", max_size=30))
@settings(max_examples=400, deadline=None)
def test_globs_compile_and_match_whatever_they_are(glob, path):
    assert compiled([glob]).matches(path) in (True, False)


@given(st.text(alphabet="ab/.~\\ ", max_size=30))
def test_a_normalised_path_is_a_fixed_point(path):
    place = normalised(path)
    if not isinstance(place, BadPath):
        assert normalised(place) == place
        assert not {"..", "."} & set(place.split("/"))
