"""A process as frozen pydantic types: the closed vocabulary of the YAML, one class per word.

Refuses unknown keys everywhere. Knows shapes, not sense: what a process *means* is judged by
`policies.lint`, and where a fault stands in the file is found by `policies.load`.
"""

from policies.model.fields import Criterion, Field, FieldType
from policies.model.process import (
    Act,
    Budget,
    DependsOn,
    Due,
    Edits,
    Inactive,
    LadderStep,
    Process,
    State,
)
from policies.model.rules import (
    AllOf,
    AnyOf,
    Bound,
    Named,
    NOf,
    Outcome,
    Policy,
    PositionWord,
    Rule,
    Selector,
    Signature,
    Votes,
)

__all__ = [
    "Act",
    "AllOf",
    "AnyOf",
    "Bound",
    "Budget",
    "Criterion",
    "DependsOn",
    "Due",
    "Edits",
    "Field",
    "FieldType",
    "Inactive",
    "LadderStep",
    "NOf",
    "Named",
    "Outcome",
    "Policy",
    "PositionWord",
    "Process",
    "Rule",
    "Selector",
    "Signature",
    "State",
    "Votes",
]
