"""The JSON Schema of a process file, for editors: completion, hover text and errors as one types.

The shapes and most of the words are the model's. What is added is what an editor shows and the model has no
place for: a description of every key, examples, what to write where a pattern does not fit, and snippets.
`markdownDescription`, `patternErrorMessage` and `defaultSnippets` are words of yaml-language-server and of VS
Code; whatever else reads the schema leaves them alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from policies.model import Process
from policies.model.base import DURATION, NAME, SHARE
from policies.model.meetings import EVERY
from policies.model.process import NUMBERING

Schema = dict[str, Any]


def process_schema() -> Schema:
    """JSON Schema (2020-12). Put it beside your files and name it in a first line:
    `# yaml-language-server: $schema=process.schema.json`."""
    made = Process.model_json_schema(by_alias=True)
    definitions = {name: _told(name, found) for name, found in made.pop("$defs").items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **_told("Process", made),
        "title": "Tollgate process",
        "$defs": definitions,
    }


def _told(name: str, definition: Schema) -> Schema:
    """One mapping of the file, as an editor shows it."""
    for key, value in definition.get("properties", {}).items():
        _say(value, value.get("description") or _KEYS.get(f"{name}.{key}") or _KEYS.get(key))
    plain: Schema = _plain(definition)
    _explain(name, plain)
    return plain


def _say(node: Schema, text: str | None) -> None:
    if text:
        node["description"] = node["markdownDescription"] = " ".join(text.split())


# -- the same shapes, written so that an editor's answers are short ------------------------------------


def _plain(node: Any) -> Any:
    """`node` without titles made from names, without null (a file with nothing after a key is refused anyway),
    and with each choice as flat as it goes."""
    if isinstance(node, list):
        return [_plain(part) for part in node]
    if not isinstance(node, dict):
        return node
    made = {key: _plain(value) for key, value in node.items() if not _is_noise(key, value)}
    choices = [one for one in made.pop("anyOf", made.pop("oneOf", ())) if one != {"type": "null"}]
    if not choices:
        return made
    if len(choices) == 1 and "oneOf" in choices[0]:
        choices = choices[0]["oneOf"]
    if len(choices) == 1:
        return {**choices[0], **made}
    if _may_merge(choices):
        return {**_merged(choices), **made}
    if "description" not in made:
        return {**made, "oneOf": choices}
    # The choices exclude each other. yaml-language-server shows the text of the one that fits in place of the
    # key's own, unless they stand in an `anyOf` all of which fits: so they do, alone, and with a title, by
    # which the server knows that it is this one that fits.
    return {**made, "anyOf": [{"title": "", "oneOf": choices}]}


def _is_noise(key: str, value: Any) -> bool:
    return (key == "title" and isinstance(value, str)) or (key == "default" and value in (None, [], {}))


def _may_merge(choices: list[Schema]) -> bool:
    """Whether all are scalars of different types, whose other keywords then do not touch each other."""
    types = [one.get("type") for one in choices]
    scalars = {"string", "integer", "number", "boolean"}
    return len(set(types)) == len(types) and set(types) <= scalars and not any("enum" in one for one in choices)


def _merged(choices: list[Schema]) -> Schema:
    keywords = {key: value for one in choices for key, value in one.items() if key != "type"}
    return {"type": [one["type"] for one in choices], **keywords}


# -- what an editor shows ------------------------------------------------------------------------------


def _explain(name: str, found: Schema) -> None:
    """Give one mapping its title and snippets, and each of its keys its texts."""
    found["title"] = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=^N)(?=Of)", " ", name).capitalize()
    _say(found, found.get("description"))
    if name in _SNIPPETS:
        found["defaultSnippets"] = [
            {"label": label, "description": text, "body": body} for label, text, body in _SNIPPETS[name]
        ]
    for key, value in found.get("properties", {}).items():
        examples = _EXAMPLES.get(f"{name}.{key}", _EXAMPLES.get(key))
        if examples:
            value["examples"] = list(examples)
        for part in _below(value) if key in _BOUNDS else ():
            if "pattern" in part:
                part["patternErrorMessage"] = _BOUND_WANTED
    for part in _below(found):
        if part.get("pattern") in WANTED:
            part["patternErrorMessage"] = WANTED[part["pattern"]]


def _below(node: Any) -> Iterator[Schema]:
    """`node` and every mapping in it."""
    if isinstance(node, dict):
        yield node
    for part in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _below(part)


_BOUNDS = ("at_least", "more_than", "at_most", "quorum")
_BOUND_WANTED = "A bound is a number of people, all, majority, a percentage such as 60%, or a fraction such as 2/3."
WANTED: Mapping[str, str] = {
    NAME: "A name is lower case: letters, digits, - and _, such as quality-lead.",
    DURATION: "A duration is a number and m, h, d, wd (working days), wh (working hours), w or mo: 24h, 3wd, 2w.",
    SHARE: "A share is a percentage, such as 30%.",
    EVERY: "Write week on tuesday 10:00, 2 weeks on monday 14:00, month on first friday 09:30 or workday 08:30.",
    NUMBERING: "A numbering holds {n} or the name of a field in braces: ECR-{n:04}.",
}

_EXAMPLES: Mapping[str, tuple[Any, ...]] = {
    "State.when": (),
    "after": ("5wd",),
    "at": ("item.site",),
    "at_least": (1, "majority", "2/3"),
    "at_most": (0,),
    "by": ("author", "owner", "anyone"),
    "cap": ("30%",),
    "check": ("yes('council') > no('council')",),
    "currency": ("EUR",),
    "Meeting.at": ("Lyon",),
    "cut_off": ("2wd",),
    "end": ("done", "withdrawn"),
    "Meeting.every": (
        "week on tuesday 10:00",
        "2 weeks on monday 14:00",
        "month on first friday 09:30",
        "workday 08:30",
    ),
    "more_than": ("1/2",),
    "n_of": (2,),
    "numbering": ("ECR-{n:04}",),
    "when": ("item.cost > 50000",),
    "within": ("3wd",),
}

_GUARD = "A condition on the item. While it is false, this does not apply; while a field it reads is empty, it waits."
_KEYS: Mapping[str, str] = {
    # Of one mapping.
    "Act.by": "Who may do it: `author`, `owner`, `anyone`, `{role: …, at: …}`, or a list of them.",
    "Act.reason": "Whether whoever does it has to say why.",
    "AllOf.all": "The parts, every one of which has to be met.",
    "AnyOf.any": "The parts, one of which has to be met.",
    "Check.check": "A condition that has to hold; it may count votes too: `yes('council') > no('council')`.",
    "Due.within": "How long a round or a state may take: `24h`, `3wd` (working days at the item's site), `2w`.",
    "Edits.by": "Who may edit the item here: `author`, `owner`, `{role: …}`, or a list of them.",
    "ForEach.rule": "The rule that has to be met for each of them.",
    "InOrder.in_order": "The parts, one after the other: what is said before a step opens does not count.",
    "Inactive.after": "How long nothing has to have happened.",
    "Inactive.to": "The state the item then moves to.",
    "LadderStep.after": "How long the item has been here: `24h`, `5wd`, `2w`.",
    "LadderStep.notify": "Who is told.",
    "NOf.n_of": "How many of the parts have to be met.",
    "NOf.of": "The parts.",
    "Named.rule": "The name of an entry under `rules:`.",
    "Outcome.rule": "What has to be met for this outcome.",
    "Outcome.title": "The outcome as people read it; its name when left out.",
    "Policy.one_seat": "Within one `all`, one person fills one seat. `false` lets one signature serve several rules.",
    "Override.reason": "Whether whoever overrides has to say why.",
    "Policy.outcomes": "What a round can come to, in the order of judging: the first one met is the verdict.",
    "Policy.positions": "Positions beyond `approve` and `reject`, and how they are offered.",
    "Policy.signature": "What a signature means, and the proof it takes.",
    "PositionWord.title": "The position as approvers read it.",
    "Process.budget": "The money field that a gate releases.",
    "Process.criteria": "Lines that have to be met, with their evidence.",
    "Process.description": "What the process is for, as people read it.",
    "Process.fields": "What an item carries, name by name.",
    "Process.kind": "What its items are.",
    "Process.policies": "The policies that rounds are judged by, name by name.",
    "Process.process": "The name of the process. Items keep it for ever.",
    "Process.start": "The state in which an item begins.",
    "Process.states": "The places an item can be, name by name.",
    "Process.title": "The process as people read it.",
    "Selector.person": "One person, by id.",
    "Selector.role": "Everybody who holds this role.",
    "State.acts": "What people may do here, act by act.",
    "Meeting.title": "What people call it.",
    "Meeting.description": "What it is for, as its invitation says it.",
    "Act.window": "The act takes a time at the item's site, in a window of its calendar, and books it.",
    "Act.under": "What the act rests on: another item that is in force.",
    "State.conditions": "Keeps each condition of a conditional decision, until it is met, waived or lapsed.",
    "State.review": "A review after the fact: an item of its own, about this one.",
    "State.expires": "How long what is in force here stays in force.",
    "State.depends_on": "Waits here for the items this one depends on.",
    "State.due": "By when this state should be left, and when people are reminded.",
    "State.inactive": "Moves the item when nothing has happened to it for so long.",
    "State.ladder": "What happens the longer the item is here: somebody is told, an escalation is raised, it moves.",
    # Of whatever has no text of its own.
    "at_least": "At least so many of the body: a number, `all`, `majority`, a percentage or a fraction of it.",
    "more_than": "More than so many of the body: a number, a percentage or a fraction of it.",
    "description": "What it is for, as people read it.",
    "one_seat": "One person fills one seat (the policy's setting when left out).",
    "title": "What people read; the name itself when left out.",
    "when": _GUARD,
}

_SNIPPETS: Mapping[str, tuple[tuple[str, str, Schema], ...]] = {
    "Votes": (
        (
            "votes: so many of a role",
            "At least so many approvals from a role.",
            {"from": "${1:role}", "at_least": "^${2:1}"},
        ),
        (
            "votes: one at the item's site",
            "An approval by the role at the site of the item.",
            {"from": "${1:role}", "at": "item.site", "at_least": "^${2:1}"},
        ),
        (
            "votes: a share of a role",
            "A share of everybody who holds the role.",
            {"from": "${1:role}", "at_least": "${2:2/3}"},
        ),
        (
            "votes: a veto",
            "One rejection from the role is enough.",
            {"from": "${1:role}", "position": "reject", "at_least": "^${2:1}"},
        ),
    ),
    "AllOf": (
        (
            "all of several",
            "Every part is met, and nobody fills two seats.",
            {"all": [{"from": "${1:role}", "at_least": "^1"}, {"from": "${2:other-role}", "at_least": "^1"}]},
        ),
    ),
    "Policy": (
        (
            "policy: approve or reject",
            "Several roles approve, and one of them may stop it.",
            {
                "question": "${1:Release this change?}",
                "reject": {"from": "${2:role}", "position": "reject", "at_least": "^1"},
                "approve": {
                    "all": [{"from": "${2:role}", "at_least": "^1"}, {"from": "${3:other-role}", "at_least": "^1"}]
                },
            },
        ),
    ),
    "State": (
        (
            "state: people act",
            "Somebody works on the item here, and moves it on.",
            {"acts": {"${1:submit}": {"to": "${2:next-state}"}}},
        ),
        (
            "state: a round of approval",
            "A policy is judged here; its outcomes lead on.",
            {
                "round": "${1:policy}",
                "when": {"approved": "${2:next-state}", "rejected": "${3:draft}"},
                "due": {"within": "${4:3wd}"},
            },
        ),
        ("state: an end", "The item ends here.", {"end": "${1:done}"}),
    ),
    "Act": (("act: to another state", "Moves the item on.", {"to": "${1:state}", "by": "${2:author}"}),),
}
