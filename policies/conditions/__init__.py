"""The condition language: a typed, loop-free subset of CEL, three-valued.

Text -> tokens -> tree -> type check against the process's fields -> a function over item facts. Nothing is
ever evaluated from text; a missing field is UNKNOWN (None), and there is no truthiness.

>>> env = type_env({"cost": Field(type="money", currency="EUR")}, {})
>>> compile_condition("item.cost > 50000", env).evaluate(item)
True
"""

from policies.conditions.condition import Condition, compile_condition
from policies.conditions.types import TypeEnv, type_env

__all__ = ["Condition", "TypeEnv", "compile_condition", "type_env"]
