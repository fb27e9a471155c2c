"""A second, slow evaluator to hold the real one against: no matching, no shortcuts, only trying everything.

It shares no line with `policies.evaluate`. It reads rules as plain mappings, looks at every half hour of a case's
history, tries every way of giving people seats, and every future: each person saying anything, keeping what they
said, or taking it back, now or when somebody comes back, judged at every hour at which time alone may matter.
"""

from oracle.case import Case, Overrides, Rule, Said, Sits
from oracle.futures import can_be_reached, unblocking
from oracle.trial import Trial

__all__ = ["Case", "Overrides", "Rule", "Said", "Sits", "Trial", "can_be_reached", "unblocking"]
