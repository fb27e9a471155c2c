"""Whether a map of attempts fits its process: every name it uses is there, and of the right kind."""

from __future__ import annotations

from collections.abc import Iterator

from gates.replay.attempts.mapping import AttemptsMap, AttemptWords
from gates.replay.rows import LogFault, need_known
from policies.evaluate import CompiledPolicy
from policies.facts import RELATIONS
from policies.load import LoadedProcess


def policy_of(loaded: LoadedProcess, mapping: AttemptsMap) -> CompiledPolicy:
    """The policy that judges, once all of the map is found to fit. Raises LogFault with the choices."""
    process = loaded.process
    said = f"The map judges by the policy {mapping.policy!r}, which the process has not"
    need_known(mapping.policy, loaded.policies, said)
    policy = loaded.policies[mapping.policy]
    for name in mapping.exempt:
        outcomes = [outcome.name for outcome in policy.outcomes]
        need_known(name, outcomes, f"The map exempts the outcome {name!r}, which the policy has not")
    for name, wanted in _fields(mapping):
        need_known(name, process.fields, f"The map speaks of the field {name!r}, which the process has not")
        found = process.fields[name].type
        if wanted is not None and found != wanted:
            raise LogFault(f"The map fills {name!r} with what is {wanted}; the process says it is {found}.")
    _words_fit(policy, mapping)
    return policy


def _fields(mapping: AttemptsMap) -> Iterator[tuple[str, str | None]]:
    """Each field the map speaks of, with the type it has to have where only one will do."""
    for name, source in mapping.fields.items():
        yield name, "integer" if source.as_ == "version" else "list" if source.split else None
    for flag in (mapping.sign_offs.any_field, mapping.sign_offs.key_field):
        if flag is not None:
            yield flag, "boolean"
    for name in mapping.by:
        yield name, None


def _words_fit(policy: CompiledPolicy, mapping: AttemptsMap) -> None:
    position = mapping.sign_offs.position
    need_known(position, policy.positions, f"The map says a signature is {position!r}, which nobody may say")
    for role in mapping.groups.roles.values() if mapping.groups else ():
        need_known(role, sorted(policy.roles), f"The map leads to the role {role!r}, which the policy does not ask")
    for title, change in mapping.what_if.items():
        for word in change.exclude:
            said = f"What if {title!r} excludes {word!r}, which is neither a relation nor a role of the policy"
            need_known(word, [*RELATIONS, *sorted(policy.roles)], said)
    for title, overlap in mapping.overlaps.items():
        if (overlap.some is None) == (overlap.every is None):
            raise LogFault(f"The overlap {title!r} has one of `some` and `every`.")
    if (mapping.sign_offs.scope is None) != (mapping.columns.scope is None):
        raise LogFault("`scope` stands both under `columns` and under `sign_offs`, or under neither.")


def kinds_of(words: AttemptWords) -> dict[str, str]:
    """The log's word -> what kind of event it is. Raises LogFault for a word of two kinds."""
    found: dict[str, str] = {}
    for kind in AttemptWords.model_fields:
        for word in getattr(words, kind):
            if word in found:
                raise LogFault(f"The map says that {word!r} is both {found[word]} and {kind}.")
            found[word] = kind
    return found


def names_read(mapping: AttemptsMap) -> set[str]:
    """The names of the log that the map reads. One that never comes is likely misspelt, and is reported."""
    sources = [field.from_ for field in mapping.fields.values()] + [people.from_ for people in mapping.people.values()]
    signs = [name for name in (mapping.sign_offs.key, mapping.sign_offs.scope) if name is not None]
    pairs = [name for one in mapping.overlaps.values() for name in (one.some, one.every, one.among) if name is not None]
    return {*sources, *signs, *pairs, *mapping.attempt.changes, *mapping.attempt.while_, *mapping.follow}
