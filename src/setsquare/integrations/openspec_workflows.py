"""The workflows that agents follow in an OpenSpec project: what each is for, and its steps."""

from __future__ import annotations

from typing import Final

from msgspec import Struct


class SpecWorkflow(Struct, frozen=True, kw_only=True):
    """A workflow: `id` names its command, `skill` its skill; `use` says when an agent takes it up."""

    id: str
    skill: str
    title: str
    line: str
    use: str
    steps: tuple[str, ...]


_STATUS = 'Run `openspec status --change "<name>" --json` and read `changeRoot`, `artifacts` and `nextSteps`.'
_CHOOSE = "Take the change that the person named. Without a name run `openspec list --json` and ask which one is meant; never guess between several."
_WRITE = (
    'Run `openspec instructions <artifact> --change "<name>" --json`. Read the files of `dependencies`, keep to `context` and `rules` without '
    "copying them, fill in `template` and write the result to `resolvedOutputPath`."
)
_VALIDATE = 'Run `openspec validate "<name>" --strict` and mend what it reports.'

WORKFLOWS: Final[tuple[SpecWorkflow, ...]] = (
    SpecWorkflow(
        id="propose",
        skill="openspec-propose",
        title="Propose",
        line="Plan a change: write its proposal, specs, design and tasks in one go",
        use="the person describes something to build and wants a whole plan",
        steps=(
            "Find out what is to change and why. Ask when the request leaves that open.",
            "Look at what exists: `openspec list --specs` for the capabilities, `openspec list` for the open changes.",
            "Choose a name in kebab-case and run `openspec new change <name>`.",
            _STATUS,
            f"For each artifact with the status `ready`, in order: {_WRITE} Ask for the status again after each one.",
            _VALIDATE,
            "Show what was written and stop. Code is written only when the person asks for it.",
        ),
    ),
    SpecWorkflow(
        id="explore",
        skill="openspec-explore",
        title="Explore",
        line="Think a problem through before or during a change, without writing code",
        use="the person wants to understand, compare or sketch before deciding",
        steps=(
            "Read the code and the specs that the question touches; `openspec show <spec-id> --type spec` prints a spec.",
            "Ask, compare ways with their costs, draw small diagrams. Change no code.",
            "When something is decided, offer to put it into the artifact of a change where it belongs.",
        ),
    ),
    SpecWorkflow(
        id="new",
        skill="openspec-new-change",
        title="New",
        line="Begin a change and show what its first artifact needs",
        use="the person wants to begin a change step by step",
        steps=(
            "Agree on a name in kebab-case, and on a schema when the person names one (`openspec schemas` lists them).",
            "Run `openspec new change <name>`.",
            _STATUS,
            "Show the instructions of the first artifact that is ready, and wait.",
        ),
    ),
    SpecWorkflow(
        id="continue",
        skill="openspec-continue-change",
        title="Continue",
        line="Write the next artifact of a change",
        use="the person wants the next planning step of a change",
        steps=(
            _CHOOSE,
            _STATUS,
            f"Take the first artifact that is ready. {_WRITE}",
            "Write one artifact only; then show what is unlocked by it.",
        ),
    ),
    SpecWorkflow(
        id="apply",
        skill="openspec-apply-change",
        title="Apply",
        line="Carry out the tasks of a change",
        use="the person wants a planned change to be built",
        steps=(
            _CHOOSE,
            'Run `openspec instructions apply --change "<name>" --json`. With the state `blocked` say what is missing and stop; with `all_done` offer to archive.',
            "Read every file of `contextFiles`, and follow `instruction`, `context` and `operationGuidance`.",
            "Work on one task after the other. Run the tests of a task before you set its box to `- [x]`.",
            "Stop and ask when a task is unclear, the design turns out to be wrong, or a test keeps failing.",
        ),
    ),
    SpecWorkflow(
        id="update",
        skill="openspec-update-change",
        title="Update",
        line="Revise the artifacts of a change so that they agree with each other",
        use="a decision changed and the plan has to follow",
        steps=(
            _CHOOSE,
            _STATUS,
            "Read all artifacts that exist. Say which of them the new decision touches.",
            "Edit those, beginning with the one that the others build on; keep what is still true, done tasks above all.",
            _VALIDATE,
        ),
    ),
    SpecWorkflow(
        id="ff",
        skill="openspec-ff-change",
        title="Fast Forward",
        line="Write all artifacts that a change still lacks",
        use="the person wants the rest of the plan without stopping after each artifact",
        steps=(_CHOOSE, _STATUS, f"Until nothing is ready any more, take the next artifact. {_WRITE}", _VALIDATE),
    ),
    SpecWorkflow(
        id="sync",
        skill="openspec-sync-specs",
        title="Sync",
        line="Bring the delta specs of a change into the main specs without archiving it",
        use="the main specs are to show a change that stays open",
        steps=(
            _CHOOSE,
            "Read each delta below `specs/` of the change and the main spec of the same path.",
            "Bring additions, changes, removals and new names into the main spec. Requirements and scenarios that the delta does not name stay as they are.",
            "Run `openspec validate --specs --strict` and show the differences.",
        ),
    ),
    SpecWorkflow(
        id="archive",
        skill="openspec-archive-change",
        title="Archive",
        line="Finish a change: merge its specs and put it away",
        use="a change is built and accepted",
        steps=(
            _CHOOSE,
            'Run `openspec instructions archive --change "<name>" --json` and follow what it says.',
            _VALIDATE,
            "Say how many tasks are open, if any are, and ask whether to go on.",
            'Run `openspec archive "<name>" -y --json` and report the totals, the warnings and the new place.',
        ),
    ),
    SpecWorkflow(
        id="bulk-archive",
        skill="openspec-bulk-archive-change",
        title="Bulk Archive",
        line="Archive several finished changes, one after the other",
        use="several changes are done",
        steps=(
            "Run `openspec list --json` and ask which of the changes are meant.",
            "Look for requirements that more than one of them touches. Name them and agree on the order first.",
            'For each change: `openspec validate "<name>" --strict`, then `openspec archive "<name>" -y --json`. Stop at the first one that fails.',
        ),
    ),
    SpecWorkflow(
        id="verify",
        skill="openspec-verify-change",
        title="Verify",
        line="Compare what was built with what a change says",
        use="the person wants to know whether a change is really done",
        steps=(
            _CHOOSE,
            'Run `openspec instructions apply --change "<name>" --json` and read its `contextFiles`.',
            "For each requirement and scenario find the code and the test that show it. For each done task look whether it is.",
            "Report what is missing, what differs and what could not be judged, each with its place. Change nothing.",
        ),
    ),
    SpecWorkflow(
        id="onboard",
        skill="openspec-onboard",
        title="Onboard",
        line="Go through one small change together, from idea to archive",
        use="the person is new to working with specs",
        steps=(
            "Find something small and useful in this repository, and agree on it.",
            "Go through new, proposal, specs, design, tasks, apply and archive. Explain each step before you take it, and wait.",
            "At the end say which commands to use from now on.",
        ),
    ),
)
CORE: Final = ("propose", "explore", "apply", "update", "sync", "archive")
"""The workflows of the profile `core`."""


def chosen_workflows(names: tuple[str, ...]) -> tuple[SpecWorkflow, ...]:
    """Give the workflows of a profile; what is archived is synced, too.

    >>> [workflow.id for workflow in chosen_workflows(("archive", "new"))]
    ['new', 'sync', 'archive']
    """
    wanted = {*names, *(("sync",) if "archive" in names else ())}
    return tuple(workflow for workflow in WORKFLOWS if workflow.id in wanted)
