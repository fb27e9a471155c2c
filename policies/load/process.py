"""One process, read and compiled: model, digest, conditions and policies."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import ValidationError

from policies.canonical import canonical, digest
from policies.conditions import Condition, TypeEnv, compile_condition, type_env
from policies.errors import ConditionError, EvaluationError, Fault, ProcessError
from policies.evaluate import CompiledPolicy, compile_policy
from policies.lint import Remark, lint
from policies.load.document import Document, Path, read_document
from policies.load.typed import build
from policies.model import Process, State, Votes
from policies.model.walk import edits_meant, rules_of


@dataclass(frozen=True)
class LoadedProcess:
    """A checked process.

    `canonical` is the model without defaults (a word written out with its default value has the same digest as
    one left out), in canonical JSON, with every mapping whose order means something as a list of pairs: outcomes
    are judged in their order, and canonical JSON sorts keys. `conditions` holds
    each compiled `when` outside the policies by its path (`("states", "draft", "acts", "submit", "when")`).
    """

    process: Process
    digest: str
    canonical: bytes
    conditions: Mapping[Path, Condition]
    policies: Mapping[str, CompiledPolicy]
    warnings: tuple[Fault, ...] = ()
    source_text: str = ""
    document: Document | None = field(default=None, compare=False)


def load_process(text: str | bytes, source: str) -> LoadedProcess:
    """Read and check the text of a process. Raises ProcessError with every fault found, sorted."""
    document = read_document(text, source)
    _refuse_empty(document)
    process = build(Process, document)
    env = type_env(process.fields, process.criteria)
    faults: list[Fault] = []
    conditions = _conditions(process, env, document, faults)
    remarks = lint(process, env, conditions_read=not faults)
    faults += [_placed(remark, document) for remark in remarks if remark.is_error]
    if faults:
        raise ProcessError(source, faults)
    return _loaded(
        process,
        conditions,
        env,
        warnings=tuple(_placed(remark, document) for remark in remarks if not remark.is_error),
        source_text=text if isinstance(text, str) else text.decode("utf-8"),
        document=document,
    )


def _refuse_empty(document: Document) -> None:
    """A key without a value says nothing: `reject:` with its rule lost below would be a veto nobody has."""
    faults = [
        Fault(
            *document.place(path, key=True),
            "TG009",
            f"nothing stands after `{path[-1]}`." if path and isinstance(path[-1], str) else "nothing stands here.",
            "Give a value, or take it out.",
        )
        for path in _empty(document.data, ())
    ]
    if faults:
        raise ProcessError(document.source, faults)


def _empty(value: Any, path: Path) -> Iterator[Path]:
    if value is None:
        yield path
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _empty(inner, (*path, key))
    elif isinstance(value, tuple):
        for place, inner in enumerate(value):
            yield from _empty(inner, (*path, place))


def process_from_canonical(data: bytes) -> LoadedProcess:
    """Read canonical bytes that were checked when they were published. Raises EvaluationError if they are not."""
    try:
        process = Process.model_validate_json(json.dumps(_from_pairs(json.loads(data))))
    except (ValidationError, ValueError) as error:
        raise EvaluationError(f"The stored process text cannot be read: {error}") from error
    env = type_env(process.fields, process.criteria)
    faults: list[Fault] = []
    conditions = _conditions(process, env, Document("stored process", None), faults)
    if faults:
        raise EvaluationError(f"The stored process text cannot be used: {faults[0].message}")
    return _loaded(process, conditions, env)


def canonical_process(process: Process) -> bytes:
    """The canonical bytes of a process; see `LoadedProcess`."""
    return canonical(_to_pairs(process.model_dump(mode="json", by_alias=True, exclude_defaults=True)))


_ORDERED = frozenset(
    {
        "fields",
        "criteria",
        "states",
        "acts",
        "when",
        "administrative",
        "rules",
        "policies",
        "positions",
        "outcomes",
        "meetings",
    }
)


def _to_pairs(value: Any) -> Any:
    """Mappings with names of the author's own become lists of [name, value], so that their order is kept."""
    if isinstance(value, dict):
        return {
            key: [[name, _to_pairs(one)] for name, one in inner.items()]
            if key in _ORDERED and isinstance(inner, dict)
            else _to_pairs(inner)
            for key, inner in value.items()
        }
    return [_to_pairs(one) for one in value] if isinstance(value, list) else value


def _from_pairs(value: Any) -> Any:
    """What `_to_pairs` made, back again."""
    if isinstance(value, dict):
        return {
            key: {name: _from_pairs(one) for name, one in inner}
            if key in _ORDERED and isinstance(inner, list)
            else _from_pairs(inner)
            for key, inner in value.items()
        }
    return [_from_pairs(one) for one in value] if isinstance(value, list) else value


def _loaded(
    process: Process,
    conditions: Mapping[Path, Condition],
    env: TypeEnv,
    *,
    warnings: tuple[Fault, ...] = (),
    source_text: str = "",
    document: Document | None = None,
) -> LoadedProcess:
    body, meant = canonical_process(process), _as_edited(process)
    return LoadedProcess(
        process=process,
        digest=digest("process", body),
        canonical=body,
        conditions=conditions,
        policies={name: compile_policy(name, policy, meant.rules, env) for name, policy in meant.policies.items()},
        warnings=warnings,
        source_text=source_text,
        document=document,
    )


def _as_edited(process: Process) -> Process:
    """The process with what `stale_on` names in the names that edits use; itself where they are the same."""
    named = [policy.stale_on for policy in process.policies.values()]
    named += [rule.stale_on for _, rule in rules_of(process) if isinstance(rule, Votes) and rule.stale_on is not None]
    if all(edits_meant(process, one) == one for one in named):
        return process

    def renamed(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: renamed(inner, name) for name, inner in value.items()}
        if isinstance(value, list):
            return list(edits_meant(process, tuple(value))) if key == "stale_on" else [renamed(one) for one in value]
        return value

    data = renamed(process.model_dump(mode="json", by_alias=True, exclude_defaults=True))
    return Process.model_validate_json(json.dumps(data))


def _conditions(process: Process, env: TypeEnv, document: Document, faults: list[Fault]) -> dict[Path, Condition]:
    found: dict[Path, Condition] = {}
    for path, text in condition_texts(process):
        try:
            found[path] = compile_condition(text, replace(env, tallies=path[-1] == "check"))
        except ConditionError as error:
            faults.append(_condition_fault(path, error, document))
    return found


def condition_texts(process: Process) -> Iterator[tuple[Path, str]]:
    """Every condition of a process with its path, those inside rules included."""
    for name, one in process.fields.items():
        if one.when is not None:
            yield ("fields", name, "when"), one.when
    for name, criterion in process.criteria.items():
        if criterion.when is not None:
            yield ("criteria", name, "when"), criterion.when
    for state_name, state in process.states.items():
        for name, act in state.acts.items():
            if act.when is not None:
                yield ("states", state_name, "acts", name, "when"), act.when
        yield from _clock_texts(("states", state_name), state)
    for name, act in process.administrative.items():
        if act.when is not None:
            yield ("administrative", name, "when"), act.when
    for path, rule in rules_of(process):
        for word in ("when", "check"):
            text = getattr(rule, word, None)
            if text is not None:
                yield (*path, word), text


def _clock_texts(path: Path, state: State) -> Iterator[tuple[Path, str]]:
    """Conditions of due times, of steps of the ladder and of notices."""
    for place, due in enumerate(state.dues):
        if due.when is not None:
            yield due_path(path, state, place), due.when
    for place, step in enumerate(state.ladder):
        if step.when is not None:
            yield (*path, "ladder", place, "when"), step.when
    for place, told in enumerate(state.announces):
        if told.when is not None:
            yield announce_path(path, state, place), told.when


def announce_path(path: Path, state: State, place: int) -> Path:
    """Where the condition of a notice stands: in a list of them, or in the only one."""
    return (*path, "announce", place, "when") if isinstance(state.announce, tuple) else (*path, "announce", "when")


def due_path(path: Path, state: State, place: int) -> Path:
    """Where the condition of a due time stands: in a list of them, or in the only one."""
    return (*path, "due", place, "when") if isinstance(state.due, tuple) else (*path, "due", "when")


def _condition_fault(path: Path, error: ConditionError, document: Document) -> Fault:
    line, column = document.place(path)
    # A condition on one line is pointed into; one that is folded over several is named by its start.
    inside = 0 if path in document.folded else error.column - 1 + (path in document.quoted)
    return Fault(line, column + inside, error.code, f"condition: {error.reason}", error.remedy)


def _placed(remark: Remark, document: Document) -> Fault:
    line, column = document.place(remark.path, key=remark.at_key)
    return Fault(line, column, remark.code, remark.message, remark.remedy)
