"""A process as frozen pydantic types: the closed vocabulary of the YAML, one class per word.

Refuses unknown keys everywhere. Knows shapes, not sense: what a process *means* is judged by
`policies.lint`, and where a fault stands in the file is found by `policies.load`.
"""

from policies.model.clocks import Due, Escalations, Extend, LadderStep, OfThoseAsked, Pausing, Raise
from policies.model.fields import Criterion, Field, FieldType
from policies.model.following import Conditions, Demand, Expires, Lapse, Met, Review, Under
from policies.model.meetings import Meeting
from policies.model.policy import Deadline, Outcome, Override, Policy, PositionWord, Signature, is_refusal, meaning_of
from policies.model.process import (
    Act,
    Announce,
    Budget,
    DependsOn,
    Edits,
    Inactive,
    Process,
    State,
)
from policies.model.rules import (
    After,
    AllOf,
    AnyOf,
    Bound,
    Check,
    ForEach,
    InOrder,
    Named,
    NOf,
    Quorum,
    Rule,
    Selector,
    Votes,
)
from policies.model.windows import WindowUse

__all__ = [
    "Act",
    "After",
    "AllOf",
    "Announce",
    "AnyOf",
    "Bound",
    "Budget",
    "Check",
    "Conditions",
    "Criterion",
    "Deadline",
    "Demand",
    "DependsOn",
    "Due",
    "Edits",
    "Escalations",
    "Expires",
    "Extend",
    "Field",
    "FieldType",
    "ForEach",
    "InOrder",
    "Inactive",
    "LadderStep",
    "Lapse",
    "Meeting",
    "Met",
    "NOf",
    "Named",
    "OfThoseAsked",
    "Outcome",
    "Override",
    "Pausing",
    "Policy",
    "PositionWord",
    "Process",
    "Quorum",
    "Raise",
    "Review",
    "Rule",
    "Selector",
    "Signature",
    "State",
    "Under",
    "Votes",
    "WindowUse",
    "is_refusal",
    "meaning_of",
]
