"""Makes specs and changes of OpenSpec as people and models write them on a bad day: every spelling of a heading, fences, odd line ends, operations that clash."""

from __future__ import annotations

from random import Random

from bench.openspec_words import BODY, BULLETS, FENCES, HEADINGS, NAMES, PURPOSE, REQUIREMENT, SCENARIO, SECTIONS, TASK_HEADS, TASK_PARTS

Files = dict[str, str]
META = (
    *("schema: spec-driven\n",) * 6,
    "schema: spec-driven\nskip_specs: true\n",
    "skip_specs: true\n",
    "schema: nope\n",
    "schema: spec-driven\nretire_capabilities: true\n",
    "schema: spec-driven\nretire_capabilities: maybe\n",
)


def lines(random: Random, count: int) -> list[str]:
    """Give lines of a body; some open or close a fence."""
    return [random.choice(FENCES if random.random() < 0.06 else BODY) for _ in range(count)]


def requirement(random: Random, neat: float = 0.75, name: str = "") -> list[str]:
    """Give a requirement; `neat` is the share of those whose heading is spelled as the format has it."""
    head = "### Requirement: " if random.random() < neat else random.choice(REQUIREMENT)
    made = [head + (name or random.choice(NAMES))]
    if random.random() < 0.85:
        made += ["The system SHALL do."] if random.random() < 0.6 else lines(random, random.randint(1, 3))
    for _ in range(random.choice((0, 1, 1, 1, 2, 3))):
        title = random.choice(("One", "Two", "Three", "one", "One ##", "", "Scenario: x"))
        made.append(("#### Scenario: " if random.random() < 0.7 else random.choice(SCENARIO)) + title)
        if random.random() < 0.9:
            made += lines(random, random.randint(1, 3))
    return made


def neat_requirement(random: Random, name: str) -> list[str]:
    """Give a requirement that is valid, in one of the layouts that are."""
    made = [f"### Requirement: {name}", random.choice(("The system SHALL do.", "It MUST.", "**Key**: v\nIt SHALL."))]
    made += ["#### Scenario: One", random.choice(("- x", "- **WHEN** x\n- **THEN** y"))]
    return made + random.choice(
        ([], [""], ["#### Scenario: Two", "- y"], ["### Note", "foo"], ["", "", ""], ["```", "#### Scenario: F", "```"])
    )


def written(random: Random, made: list[str]) -> str:
    """Join lines, now and then with other line ends, a byte order mark, or no end."""
    text = "\n".join(made) + "\n"
    match random.randrange(100):
        case 0 | 1 | 2 | 3 | 4 | 5:
            return text.replace("\n", "\r\n")
        case 6 | 7 | 8:
            return text.replace("\n", "\r")
        case 9 | 10 | 11:
            return "\ufeff" + text
        case 12 | 13:
            return text.replace("\n", "\r\n", 3)
        case 14 | 15:
            return text.rstrip("\n")
        case 16:
            return text.replace(" ", "\u00a0", 2)
        case _:
            return text


def spec(random: Random) -> str:
    """Give the text of a capability with anything in it."""
    made = ["# T"] if random.random() < 0.5 else []
    if random.random() < 0.9:
        made += ["## Purpose" if random.random() < 0.8 else random.choice(HEADINGS)]
        made += [PURPOSE] if random.random() < 0.6 else lines(random, 2)
    if random.random() < 0.95:
        made.append("## Requirements" if random.random() < 0.8 else random.choice(HEADINGS))
    for _ in range(random.choice((0, 1, 1, 2, 3, 4))):
        made += requirement(random)
    if random.random() < 0.2:
        made += [random.choice((*SECTIONS, *HEADINGS)), *requirement(random)]
    return written(random, made)


def neat_spec(random: Random, names: list[str]) -> str:
    """Give the text of a capability that is as it should be, in one of the layouts that are."""
    made = random.choice((["# T", ""], [], ["# T", "intro", "", ""]))
    made += ["## Purpose", random.choice((PURPOSE, PURPOSE, "Short.", "TBD")), ""]
    made += random.choice(([], [], ["## Extra", "x", ""]))
    made += ["## Requirements", *random.choice(([""], [], ["before", "", "", ""], ["```", "### Requirement: Z", "```"]))]
    for name in names:
        made += neat_requirement(random, name)
    made += random.choice(([], [], ["", "## After", "foo", "", "", "bar"]))
    return written(random, made) if random.random() < 0.3 else "\n".join(made) + "\n"


def odd_delta(random: Random) -> str:
    """Give the delta of a change with anything in it."""
    made = requirement(random) if random.random() < 0.1 else []
    for _ in range(random.choice((1, 1, 2, 2, 3, 4))):
        section = random.choice(SECTIONS[:4] if random.random() < 0.85 else SECTIONS)
        made.append(section)
        if "RE" not in section:
            for _ in range(random.choice((0, 1, 1, 2))):
                made += requirement(random, 0.9)
            continue
        for _ in range(random.choice((0, 1, 2, 2, 3))):
            if "REN" in section and random.random() < 0.6:
                made += [f"- {word}: `### Requirement: {random.choice(NAMES)}`" for word in ("FROM", "TO")]
            elif random.random() < 0.3:
                made += requirement(random)
            else:
                made.append(random.choice(BULLETS).format(random.choice(NAMES)))
    return written(random, made)


def fitting_delta(random: Random, names: list[str]) -> str:
    """Give a delta whose operations mostly fit the requirements that there are."""

    def usual(name: str) -> list[str]:
        return neat_requirement(random, name) if random.random() < 0.95 else requirement(random, 1.0, name)

    left = random.sample(names, len(names))
    fresh = [f"New {number}" for number in range(4)]
    parts: list[list[str]] = []
    if left and random.random() < 0.4:
        parts.append(["## RENAMED Requirements", f"- FROM: `### Requirement: {left.pop()}`", f"- TO: `### Requirement: {fresh.pop()}`"])
    removed: list[str] = []
    while left and random.random() < 0.4:
        removed += [random.choice(("### Requirement: {}", "- `### Requirement: {}`")).format(left.pop())]
    if random.random() < 0.08:
        removed.append("### Requirement: Gone")
    parts += [["## REMOVED Requirements", *removed]] if removed else []
    changed = [line for name in left if random.random() < 0.4 for line in usual(name)]
    parts += [["## MODIFIED Requirements", *changed]] if changed else []
    added = [line for _ in range(random.randint(0, 2)) for line in usual(fresh.pop())]
    if names and random.random() < 0.06:
        added += usual(random.choice(names).lower())
    parts += [["## ADDED Requirements", *added]] if added else []
    if random.random() < 0.2:
        parts.append(["## Purpose", random.choice((PURPOSE, "Other purpose text here.", "<!-- x -->"))])
    random.shuffle(parts)
    return written(random, [line for part in parts for line in (*part, "")])


def tasks(random: Random) -> str:
    """Give a list of tasks in which most lines are nearly tasks."""
    made = []
    for _ in range(random.randint(0, 8)):
        kind = random.random()
        if kind < 0.25:
            made.append(random.choice(TASK_HEADS))
        elif kind < 0.85:
            made.append("".join(random.choice(part) for part in TASK_PARTS))
        else:
            made += lines(random, 1)
    return written(random, made)


def workspace(seed: int, size: int) -> Files:
    """Make a workspace with `size` odd specs and as many odd changes, to be validated as a whole."""
    random = Random(seed)  # noqa: S311  (the same in every run)
    made = {"openspec/config.yaml": "schema: spec-driven\n"}
    for number in range(size):
        made[f"openspec/specs/s{number}/spec.md"] = spec(random)
        below = f"openspec/changes/c{number}"
        if random.random() < 0.85:
            made[f"openspec/specs/m{number}/spec.md"] = neat_spec(random, random.sample(NAMES[:10], 2))
        made[f"{below}/proposal.md"] = "## Why\nx\n"
        if random.random() < 0.95:
            made[f"{below}/specs/m{number}/spec.md"] = odd_delta(random)
        if random.random() < 0.1:
            made[f"{below}/specs/m{number}/sub/spec.md"] = odd_delta(random)
        if random.random() < 0.6:
            made[f"{below}/tasks.md"] = tasks(random)
        if random.random() < 0.5:
            made[f"{below}/.openspec.yaml"] = random.choice(META)
    return made


def archiving(seed: int) -> tuple[Files, tuple[str, ...]]:
    """Make a workspace with one change, and the arguments with which it is archived."""
    random = Random(seed)  # noqa: S311  (the same in every run)
    made = {"openspec/config.yaml": "schema: spec-driven\n", "openspec/changes/c/proposal.md": "## Why\nBecause it is needed.\n"}
    for capability in random.sample(("cap", "a/b", "zed", "x-y"), random.choice((1, 1, 2, 2, 3))):
        names = [f"R{number}" for number in range(random.randint(1, 4))] if random.random() < 0.8 else []
        if names:
            made[f"openspec/specs/{capability}/spec.md"] = neat_spec(random, names)
        made[f"openspec/changes/c/specs/{capability}/spec.md"] = (
            fitting_delta(random, names) if random.random() < 0.95 else odd_delta(random)
        )
    if random.random() < 0.9:
        made["openspec/changes/c/.openspec.yaml"] = random.choice(META)
    if random.random() < 0.7:
        made["openspec/changes/c/tasks.md"] = random.choice(("- [x] a\n", "- [x] a\n", "- [ ] a\n"))
    options = ("--no-validate",) if random.random() < 0.25 else ("--skip-specs",) if random.random() < 0.05 else ()
    return made, ("archive", "c", "-y", "--json", *options)
