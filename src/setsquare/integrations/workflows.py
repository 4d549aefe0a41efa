"""Holds the workflows that other tools get, in the order of the work. The one source of all tools' files."""

from __future__ import annotations

from typing import Final

from setsquare.integrations.workflow import Workflow

WORKFLOWS: Final[tuple[Workflow, ...]] = (
    Workflow(
        id="specify",
        title="Specify a feature",
        about="Turn an idea into requirements in EARS sentences with Setsquare. Use when somebody wants a new feature, a bug fix or a change "
        "described before it is built, or says spec, requirement or acceptance criterion.",
        asks="the idea, or the name of a spec",
        steps="""\
## What to do

1. `setsquare status --format json`: is there a spec for this already? Its `specs` name them. If so, work on that one.
2. Ask what you cannot know: who uses it, what starts it, what must happen, what when it goes wrong, which numbers. One question at a time.
3. For a new spec type `setsquare spec new NAME` (short words joined by `-`). It makes `.kiro/specs/NAME/` with empty documents.
4. Write the requirements in the conversation, not in the file. One user story each, then numbered criteria:
   - `WHEN <trigger>, THE <system> SHALL <response>`
   - `IF <unwanted condition>, THEN THE <system> SHALL <response>`
   - `WHILE <state>, THE <system> SHALL <response>`
   - `WHERE <feature is included>, THE <system> SHALL <response>`
   - `THE <system> SHALL <response>`
5. Test the sentences before you show them: pipe them, one a line, into `setsquare ears parse - --format json`. Each line comes back as an object;
   one whose `pattern` is `none` is to be written again.
6. The person copies the text into `requirements.md`. Then `setsquare check .kiro/specs/NAME --format json` and explain each of `findings`: `code`,
   `message`, `hint`. `setsquare check --explain CODE` tells the rule.
7. Say what comes next: the person reads the requirements and types `setsquare approve NAME requirements`.
""",
    ),
    Workflow(
        id="draft",
        title="Draft a design or tasks",
        about="Draft the design or the task list of a spec from its approved requirements with Setsquare. Use when requirements are approved and a design "
        "or an implementation plan is wanted, or when requirements changed and the documents must follow.",
        asks="design or tasks, and the spec",
        steps="""\
## What to do

1. `setsquare status --format json`: in `specs`, the stage before must be approved (`requirements` for a design, `design` for tasks). If it is not, say
   so and stop: the person approves.
2. `setsquare draft design SPEC`, or `setsquare draft tasks SPEC`: shows a diff and writes nothing. Explain it: what follows from the requirements, what
   the draft asks.
3. Answer the draft's questions together with the person. They decide; you list the choices and what each costs.
4. When the person says that the draft is to be written: `setsquare draft design SPEC --write`. Only then.
5. After a change of requirements: `setsquare impact SPEC --format json` (each entry of `affected` has `kind`, `name`, `effect`, `reason`), then
   `setsquare draft tasks SPEC --changed`: it keeps what people wrote and what is done.
6. `setsquare check .kiro/specs/SPEC` and `setsquare trace uncovered`: criteria that no task names are gaps in the plan.
7. Say what comes next: the person reads it and types `setsquare approve SPEC design` or `setsquare approve SPEC tasks`.
""",
    ),
    Workflow(
        id="approve",
        title="Prepare an approval",
        about="Prepare a person's approval of requirements, a design or tasks: what changed since the last one, what is open, what to look at. Use when "
        "somebody asks for a review of a spec or wants to approve one. It never approves.",
        asks="the spec, and the stage",
        steps="""\
## What to do

1. `setsquare status --format json`: which stage is next, what is `stale`.
2. `setsquare check .kiro/specs/SPEC --format json`: list errors and warnings, with your view on each.
3. `setsquare impact SPEC`: what changed since the last approval, and what that reaches.
4. `setsquare approve SPEC --verify`: whether the approvals so far can be proved.
5. Tell the person in a few lines: what the document promises, what is missing or vague, which sentence you would ask about. Name lines.
6. Then stop. The person types `setsquare approve SPEC STAGE` in a terminal. An approval is bound to the file's bytes: any later change voids it,
   so mend first, approve then.
""",
    ),
    Workflow(
        id="run",
        title="Run a task",
        about="Execute an approved task of a spec with Setsquare, under guard, verified and traced. Use when somebody wants to implement a task, go on with a "
        "plan or resume a run. Not for code that belongs to no spec.",
        asks="the spec, and the task",
        steps="""\
## What to do

1. `setsquare status --format json`: `next` says whether a run is possible, and `open_run` whether one is parked. If approvals are missing, stop and say so.
2. Ask the person whether Setsquare's own agent does the task, or you do.

### Setsquare's agent does it

3. `setsquare run SPEC --task ID --format json`, in the mode that the person named. Questions go to the person: without a terminal start it with
   `--consent mailbox`, and tell them to type `setsquare consents` in another one. Do not answer for them.
4. In the result `status` says how it ended, `code`, `reason` and `hint` why it stopped, `done` which tasks have which commit. A parked run goes on with
   `setsquare run --resume RUN`.

### You do it

3. Read the task, its criteria (`setsquare trace explain SPEC/1.2`) and the design. Stay within the files that the task names.
4. Put the criterion's id into the code or its test, as a comment: `# req: SPEC/1.2` (with your language's own comment sign). That is how the trace finds it.
5. Run the project's verification command, and repeat until it passes. Do not weaken a test.
6. Leave the box as it is, and say so: the person decides whether `setsquare run SPEC --task ID` verifies and ticks it.
7. `setsquare trace status --format json`: the criterion should count as implemented or verified under `states`.
""",
    ),
    Workflow(
        id="check",
        title="Check and trace",
        about="Check specs and follow requirements to design, tasks, code and tests with Setsquare. Use before a commit or a pull request, when asked whether "
        "something is covered, tested or still true, or why a requirement exists.",
        asks="a spec, a criterion or a path",
        steps="""\
## What to do

- Are the specs sound? `setsquare check --format json`. Each of `findings` has `code`, `severity`, `path`, `line`, `message`, `hint`, `fixable`.
  `setsquare check --diff` shows the safe fixes; show that diff, and let the person type `setsquare check --fix`.
- Only what this branch changed: `setsquare check --since main`.
- What is covered? `setsquare trace status --format json`, then `setsquare trace uncovered` and `setsquare trace untested`.
- Everything about one criterion: `setsquare trace explain SPEC/1.2`.
- One table for a review: `setsquare trace matrix SPEC --format md`.
- What does a change of requirements break? `setsquare impact --format json`.
- Have code and spec gone apart? `setsquare drift --format json`. Accepting drift is the person's decision, with a reason.

Say what you found with file and line, most severe first, and which of it you can mend in code. What must change in a spec, you propose.
""",
    ),
    Workflow(
        id="review",
        title="Review a run",
        about="Review what a run of Setsquare did: steps, decisions of the guard, changes, evidence, and what to take back. Use when a run ended, was parked or "
        "looks wrong, or before its commits are merged.",
        asks="the run",
        steps="""\
## What to do

1. `setsquare log`: the runs, the latest first. `setsquare log RUN --format json`: its numbered steps, with what the guard decided and by which rule.
2. `setsquare diff RUN --stat`, then `setsquare diff RUN`; one step with `--step N`.
3. `setsquare evidence RUN --format json`: for each criterion the `command`, its `exit` code, the `commit`, and `is_current`. A criterion without evidence
   was not seen to hold, whatever the run said.
4. Look for what people miss: tests that became weaker, files outside of the task, steps that were denied and tried another way, secrets.
5. Tell the person what you would keep, what not, and why, by step.
6. To take back: show `setsquare revert RUN --dry-run`. The person types `setsquare revert RUN`; edits of theirs stay.
""",
    ),
    Workflow(
        id="migrate",
        title="Migrate from other tools",
        about="Bring specs and instruction files of other tools (OpenSpec, Spec Kit, .cursorrules, CLAUDE.md and their like) to Setsquare without loss. Use when "
        "a repository comes from one of them.",
        asks="where the repository comes from",
        steps="""\
## What to do

1. `setsquare status` and `setsquare check`: what Setsquare reads here already. OpenSpec's and Kiro's trees are read as they are; nothing must be moved.
2. `setsquare migrate --dry-run`: shows the whole plan as a diff and writes nothing. `--from SOURCE` limits it to one tool.
3. Explain the plan: what is carried over, what is kept verbatim and where, which rules of two sources say the same or contradict each other. Contradictions
   are the person's to decide.
4. The person types `setsquare migrate`. `setsquare migrate --undo` gives every byte back.
5. To turn a spec of another tool into one of `.kiro/specs/`, or back: `setsquare convert --help`. Go through its report of losses with the person, line by line.
6. `setsquare check` again, and `setsquare init` where there is no steering yet.
""",
    ),
)
