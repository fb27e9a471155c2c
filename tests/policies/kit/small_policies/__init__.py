"""Generated small policies with people and what they said, for properties and for agreement with the oracle."""

from small_policies.core import PEOPLE, cases
from small_policies.given import compiled, facts
from small_policies.whole import SPECIAL, whole_case

__all__ = ["PEOPLE", "SPECIAL", "cases", "compiled", "facts", "whole_case"]
