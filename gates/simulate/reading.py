"""Reading a people file: its form, and whether its words are those of the process and the roster."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from gates.simulate.clock import Hours
from gates.simulate.people import DEFAULT_SAYS, POINT, AbsentLine, HabitLine, PeopleFile, ResponseLine, working_seconds
from gates.simulate.plan import ALWAYS
from policies.errors import Fault, ProcessError
from policies.load import Document, LoadedProcess, build, read_document

_DECIMAL = re.compile(r"(?<=[:\s])([01]?)\.([0-9]+)(?=[\s,}]|$)")

Path = tuple[str | int, ...]


def read_people(text: bytes, source: str) -> tuple[PeopleFile, Document]:
    """A people file and where its words stand. Raises ProcessError with every fault of form."""
    # The closed reader refuses fractions, which no rule may hold. A chance is one: its point goes in disguise,
    # of the same width in characters, so that faults still name the right column.
    document = read_document(_DECIMAL.sub(rf"\1{POINT}\2", text.decode("utf-8", "surrogateescape")), source)
    return build(PeopleFile, document), document


def check_people(
    file: PeopleFile,
    document: Document,
    loaded: LoadedProcess,
    people: Sequence[str],
    roles: Sequence[str],
    sites: Sequence[str],
) -> None:
    """Hold a people file against the process and the roster. Raises ProcessError with every word unknown there."""
    faults = [
        Fault(*document.place(path, key=is_key), "TG007", f"there is no {what} {word!r} {where}.", _near(word, known))
        for path, is_key, what, word, where, known in _words(file, loaded, people, roles, sites)
        if word not in known
    ]
    faults += [Fault(*document.place(path), "TG009", said, remedy) for path, said, remedy in _backward(file)]
    if faults:
        raise ProcessError(document.source, faults)


def _backward(file: PeopleFile) -> Iterator[tuple[Path, str, str]]:
    """What ends before it begins: (path, what is wrong, remedy)."""
    hours = Hours()
    for path, line in _responses(file):
        if line.p90 and working_seconds(line.p90, hours) < working_seconds(line.median, hours):
            yield (
                (*path, "p90"),
                f"nine of ten within {line.p90} is sooner than the median {line.median}.",
                "Give a longer p90.",
            )
    for path, absent in _absences(file):
        if absent.days[1] < absent.days[0]:
            yield (*path, "to"), f"the absence ends on {absent.to}, before it begins.", "`to` is the last day away."


Word = tuple[Path, bool, str, str, str, Sequence[str]]


def _words(
    file: PeopleFile, loaded: LoadedProcess, people: Sequence[str], roles: Sequence[str], sites: Sequence[str]
) -> Iterator[Word]:
    """Every word that names something: (path, is it a key, what, word, where it should be, the words known)."""
    states = loaded.process.states
    yield from ((("people", p), True, "person", p, "on the roster", people) for p in file.people)
    yield from ((("roles", r), True, "role", r, "on the roster", roles) for r in file.roles)
    positions = [*DEFAULT_SAYS, *ALWAYS]
    positions += [word for policy in loaded.policies.values() for word in (*policy.positions, *policy.aliases)]
    for path, line in _lines(file):
        where = "in any policy of this process"
        yield from (((*path, "says", w), True, "position", w, where, positions) for w in line.says or ())
        if line.site is not None:
            yield (*path, "site"), False, "site", line.site, "on the roster", sites
    quiet = [name for name, state in states.items() if state.end is None and state.round is None]
    where = "where people act outside a round"
    yield from ((("acts", s), True, "state", s, where, quiet) for s in file.acts)
    for state, weights in file.acts.items():
        acts = [*states[state].acts, *loaded.process.administrative] if state in states else list(weights)
        yield from ((("acts", state, a), True, "act", a, f"in {state}", acts) for a in weights)
    waiting = [name for name, state in states.items() if state.depends_on or state.conditions]
    yield from (
        (("waits", s), True, "state", s, "that depends on other items or on conditions", waiting) for s in file.waits
    )


def _lines(file: PeopleFile) -> Iterator[tuple[Path, HabitLine]]:
    yield ("defaults",), file.defaults
    yield from ((("roles", name), line) for name, line in file.roles.items())
    yield from ((("people", name), line) for name, line in file.people.items())


def _responses(file: PeopleFile) -> Iterator[tuple[Path, ResponseLine]]:
    yield from (((*path, "response"), line.response) for path, line in _lines(file) if line.response)
    yield from ((("waits", name), line) for name, line in file.waits.items())


def _absences(file: PeopleFile) -> Iterator[tuple[Path, AbsentLine]]:
    for path, line in _lines(file):
        yield from (((*path, "absent", number), one) for number, one in enumerate(line.absent))


def _near(word: str, known: Sequence[str]) -> str:
    near = get_close_matches(word, known, n=1)
    return f"Did you mean {near[0]}?" if near else f"There is: {', '.join(dict.fromkeys(known)) or 'none'}."
