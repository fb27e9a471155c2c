"""Tests beside a policy: who says what about which item, and what the policy then says. Pure.

A cases file holds people and cases; each case names a policy, the item's fields, events in order (somebody
decides, edits, lifts, overrides; time passes) and the verdict expected. The report says which rules no case shows
met, and which none shows unmet.
"""

from policies.cases.coverage import Coverage
from policies.cases.model import Case, CasesFile, Event, Expected, ItemFile
from policies.cases.run import START, CaseResult, CasesReport, facts_of, facts_of_item, run_cases

__all__ = [
    "START",
    "Case",
    "CaseResult",
    "CasesFile",
    "CasesReport",
    "Coverage",
    "Event",
    "Expected",
    "ItemFile",
    "facts_of",
    "facts_of_item",
    "run_cases",
]
