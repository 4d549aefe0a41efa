"""The commands of `setsquare openspec`: each is imported only when it is used, and help is printed from this table alone."""

from __future__ import annotations

from collections.abc import Mapping

from setsquare.surfaces.cli.loading import Listed

PLAN = "Plan and look"
JUDGE = "Check and archive"
SET_UP = "Set up"
OLD = "Deprecated nouns"

COMMANDS: Mapping[str, Listed] = {
    "list": Listed("openspec.listing", PLAN, "List changes, or specs with --specs."),
    "show": Listed("openspec.showing", PLAN, "Show a change or a spec."),
    "view": Listed("openspec.view", PLAN, "Show specs and changes with their progress at a glance."),
    "status": Listed("openspec.status", PLAN, "Say which artifacts of a change are done and what is next."),
    "instructions": Listed("openspec.instructions", PLAN, "Print how an artifact is written, or how a change is applied or archived."),
    "new": Listed("openspec.new", PLAN, "Make a new change."),
    "templates": Listed("openspec.templates", PLAN, "Print where the templates of a schema are."),
    "schemas": Listed("openspec.schemas", PLAN, "List the workflow schemas."),
    "schema": Listed("openspec.schema", PLAN, "Find, check, copy and make workflow schemas."),
    "context": Listed("openspec.context", PLAN, "Print which folders the work here draws on."),
    "validate": Listed("openspec.validate", JUDGE, "Validate specs and changes."),
    "archive": Listed("openspec.archive", JUDGE, "Archive a change: merge its deltas into the specs, move its folder."),
    "overlap": Listed("openspec.overlap", JUDGE, "Show where open changes touch the same requirement."),
    "base": Listed("openspec.base", JUDGE, "Show or record what requirements said when a change was written."),
    "gate": Listed("openspec.gate", JUDGE, "Fail when an open change is invalid, unapproved or in another one's way."),
    "unarchive": Listed("openspec.unarchive", JUDGE, "Take an archived change back out of the specs."),
    "expand": Listed("openspec.expand", JUDGE, "Write operations on scenarios out as whole requirements."),
    "init": Listed("openspec.init", SET_UP, "Set up a project: folders, configuration, skills and commands for tools."),
    "update": Listed("openspec.update", SET_UP, "Bring the skills and commands of a project up to date."),
    "doctor": Listed("openspec.doctor", SET_UP, "Say whether the chosen root, its store and its references are sound."),
    "config": Listed("openspec.config", SET_UP, "Show and change the settings of this person."),
    "completion": Listed("openspec.completion", SET_UP, "Print, install or remove shell completion."),
    "store": Listed("openspec.store", SET_UP, "Make, register and forget stores: planning folders that many projects share."),
    "workset": Listed("openspec.workset", SET_UP, "Keep folders together under a name and open them in an editor."),
    "feedback": Listed("openspec.feedback", SET_UP, "Say where feedback can be written; sends nothing."),
    "change": Listed("openspec.change_noun", OLD, "Show, list and validate changes."),
    "spec": Listed("openspec.spec_noun", OLD, "Show, list and validate specs."),
}
