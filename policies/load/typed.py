"""Plain data -> pydantic model, with pydantic's errors turned into faults at the right line, in our words."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from policies.errors import Fault, ProcessError
from policies.load.document import Document, Path
from policies.model.meetings import EVERY
from policies.model.process import NUMBERING
from policies.schema import WANTED

M = TypeVar("M", bound=BaseModel)

_UNION_TAGS = frozenset({"name", "votes", "after", "check", "all", "any", "n_of", "in_order", "for_each", "named"})


def build(model: type[M], document: Document) -> M:
    """The document as `model`. Raises ProcessError with every fault."""
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        details = _of_its_shape(model, _innermost(document, error.errors(include_url=False)))
        faults = [_fault(model, document, detail) for detail in details]
        raise ProcessError(document.source, list(dict.fromkeys(_most_telling(faults)))) from None


def _innermost(document: Document, details: list[ErrorDetails]) -> list[ErrorDetails]:
    """Where one shape of a union fits down to a detail, that detail is the fault: not that others do not fit."""
    paths = [_path(document, tuple(detail["loc"])) for detail in details]
    inner = {path[:length] for path in paths for length in range(len(path))}
    return [detail for detail, path in zip(details, paths, strict=True) if path not in inner]


def _of_its_shape(model: type[BaseModel], details: list[ErrorDetails]) -> list[ErrorDetails]:
    """Of a union the shapes that lack a key which another has say nothing, as long as the other one says what is
    wrong."""
    telling = [one for one in details if not _is_of_another_shape(model, one)]
    places = [tuple(one["loc"][:-1]) for one in telling]
    return [
        one
        for one in details
        if one in telling or not any(len(place) and _beside(tuple(one["loc"]), place) for place in places)
    ]


def _is_of_another_shape(model: type[BaseModel], detail: ErrorDetails) -> bool:
    loc = tuple(detail["loc"])
    return detail["type"] == "extra_forbidden" and str(loc[-1]) in _known_keys(model, loc[:-1])


def _beside(loc: tuple[Any, ...], place: tuple[Any, ...]) -> bool:
    """Whether `place` is another shape of the same place as that of the key at `loc`."""
    here = loc[:-2]
    return place[: len(here)] == here and place != loc[:-1]


def _most_telling(faults: list[Fault]) -> list[Fault]:
    """A union tried in several shapes complains once a shape: keep what names a key, else the first."""
    by_place: dict[tuple[int, int], list[Fault]] = {}
    for fault in faults:
        by_place.setdefault((fault.line, fault.column), []).append(fault)
    kept: list[Fault] = []
    for found in by_place.values():
        keys = [fault for fault in found if fault.code in ("TG007", "TG008")]
        kept += keys or found[:1]
    return kept


def _fault(model: type[BaseModel], document: Document, detail: ErrorDetails) -> Fault:
    path = _path(document, tuple(detail["loc"]))
    kind = detail["type"]
    if kind == "extra_forbidden":
        return _unknown_key(model, document, path, tuple(detail["loc"]))
    if kind == "missing":
        name = detail["loc"][-1]
        where = document.place(path[:-1] if path and path[-1] == name else path)
        return Fault(*where, "TG008", f"the key `{name}` is missing.", _need(model, tuple(detail["loc"])))
    place = document.place(path)
    remedy = _remedy(detail, path)
    if not remedy and kind == "model_type":
        remedy = f"Its keys are: {', '.join(sorted(_known_keys(model, tuple(detail['loc']))))}."
    if remedy and kind == "string_pattern_mismatch":
        return Fault(*place, "TG009", f"{_shown(detail['input'])} is not in the form that is read here.", remedy)
    return Fault(*place, "TG009", _said(detail), remedy)


def _path(document: Document, loc: tuple[Any, ...]) -> Path:
    """The location in the file: union tags and class names are pydantic's, not the author's."""
    path: Path = ()
    for part in loc:
        longer = (*path, part)
        known = longer in document.positions
        if known or isinstance(part, int):
            path = longer
        elif part in _UNION_TAGS or not isinstance(part, str) or _looks_internal(part):
            continue
        else:
            return longer
    return path


def _looks_internal(part: str) -> bool:
    return part[:1].isupper() or "[" in part or part in ("str", "int", "tuple", "constrained-str", "constrained-int")


def _unknown_key(model: type[BaseModel], document: Document, path: Path, loc: tuple[Any, ...]) -> Fault:
    known = sorted(_known_keys(model, loc[:-1]))
    name = str(loc[-1])
    near = get_close_matches(name, known, n=1, cutoff=0.7)
    remedy = f"Did you mean `{near[0]}`?" if near else f"There is: {', '.join(known)}."
    if name in known:
        return Fault(*document.place(path, key=True), "TG007", f"the key `{name}` does not go with the others here.")
    return Fault(*document.place(path, key=True), "TG007", f"the key `{name}` is not known here.", remedy)


def _known_keys(model: type[BaseModel], loc: tuple[Any, ...]) -> set[str]:
    """The keys the model takes at `loc`, by walking its fields the way pydantic did."""
    here: Any = model
    for part in loc:
        here = _step(here, part)
    models = _models(here)
    tagged = [m for m in models if m.__name__.lower() == str(loc[-1]).replace("_", "") + "of"] if loc else []
    return {info.alias or name for m in (tagged or models) for name, info in m.model_fields.items()}


def _step(here: Any, part: Any) -> Any:
    for candidate in _models(here):
        for name, info in candidate.model_fields.items():
            if part in (name, info.alias):
                return info.annotation
    return here


def _models(annotation: Any) -> list[type[BaseModel]]:
    """The model classes inside an annotation (unions, tuples, mapping values)."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    value = getattr(annotation, "__value__", None)
    parts = get_args(annotation) or (get_args(value) if value is not None else ())
    return [m for part in parts for m in _models(part)]


def _need(model: type[BaseModel], loc: tuple[Any, ...]) -> str:
    """What the key at `loc` means, as the first model that has it there describes it."""
    here: Any = model
    for part in loc[:-1]:
        here = _step(here, part)
    found = [one.model_fields[str(loc[-1])].description for one in _models(here) if str(loc[-1]) in one.model_fields]
    return " ".join((found[0] or "").split()) if found else ""


def _said(detail: ErrorDetails) -> str:
    kind, given, context = detail["type"], detail["input"], detail.get("ctx", {})
    shown = _shown(given)
    if kind == "rule_shape":
        return f"{shown} is no rule."
    if kind == "string_pattern_mismatch":
        return f"{shown} does not have the form {context.get('pattern')}."
    if kind in ("literal_error", "enum"):
        return f"{shown} is not one of: {str(context.get('expected', '')).replace(' or ', ', ')}."
    if kind == "value_error":
        return str(context.get("error", detail["msg"])) + "."
    message = detail["msg"].removeprefix("Input should be ").removeprefix("a valid ")
    if kind == "model_type":
        return f"{shown} is not a mapping of keys to values."
    wanted = {"tuple": "a list", "string": "text", "dictionary": "a mapping", "integer": "a whole number"}
    return f"{shown} is not {wanted.get(message, message)}."


def _remedy(detail: ErrorDetails, path: Path) -> str:
    kind, given, context = detail["type"], detail["input"], detail.get("ctx", {})
    if kind == "rule_shape":
        return "Write a rule's name, or a mapping with one of: from, after, check, all, any, n_of, in_order, for_each."
    if kind == "literal_error":
        options = [o.strip().strip("'") for o in str(context.get("expected", "")).replace(" or ", ",").split(",")]
        near = get_close_matches(str(given), options, n=1)
        return f"Did you mean {near[0]!r}?" if near else ""
    if path[-1:] in (("at_least",), ("more_than",), ("at_most",), ("quorum",)):
        return "Write a number of people, all, majority, 60% or 2/3."
    pattern = str(context.get("pattern", ""))
    if "wd" in pattern:
        return "Write 90m, 24h, 3d, 5wd (working days), 16wh (working hours), 2w or 6mo" + (
            ", or a share such as 50%." if "%" in pattern else "."
        )
    if pattern in (EVERY, NUMBERING):
        return WANTED[pattern]
    if pattern == "^[A-Z]{3}$":
        return "Write the three capitals of the currency, for instance EUR."
    if path[-2:-1] == ("remind",):
        return "Write a share of the time, '50%', or how long before it is due, 1d."
    if pattern.startswith("^[a-z]"):
        return "Names are lower case, with digits and single `-` or `_` between."
    return ""


def _shown(given: Any) -> str:
    text = "nothing" if given is None else repr(given) if isinstance(given, str) else str(given)
    return text if len(text) <= 60 else f"{text[:59]}…"
