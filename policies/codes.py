"""Every code a fault of a process file may carry: what it finds and why it matters.

A code keeps its meaning for ever. `docs/reference/checks.md` is made from this table.
"""

from __future__ import annotations

CODES: dict[str, tuple[str, str]] = {
    "TG001": ("Not UTF-8", "Other encodings read differently on another machine."),
    "TG002": ("Too large", "A process that people cannot read is not governed by anybody."),
    "TG003": ("Not YAML", "The file cannot be read at all, or holds several documents."),
    "TG004": ("Key twice", "Readers of YAML disagree on which of the two counts."),
    "TG005": ("Anchor, alias or merge", "They hide what a rule says, and can make a small file huge."),
    "TG006": ("Tag", "Tags can make a reader build things that are not data."),
    "TG007": ("Unknown key", "A misspelt word would be a rule that never binds."),
    "TG008": ("Missing key", "The process cannot run without it."),
    "TG009": ("Wrong value", "The value does not have the form its word asks for."),
    "TG010": ("Too deep", "Nesting past any use is a mistake or an attack."),
    "TG101": ("Unknown state", "A move would lead nowhere."),
    "TG102": ("Unknown policy", "A round would have nothing to be judged by."),
    "TG103": ("Outcomes and `when` disagree", "Each outcome has to lead somewhere, and nothing else can."),
    "TG104": ("Unreachable state", "Nobody will ever see it; usually a name was mistyped."),
    "TG105": ("No way to an end", "An item that gets there can never be finished."),
    "TG106": ("An end that goes on", "People would be asked about something that is over."),
    "TG107": ("Stuck state", "Nothing leads out of it."),
    "TG108": ("Round without a deadline", "A question without a date is answered last."),
    "TG109": ("No bound, or two", "`how many` has to have one answer, and zero is met by nobody."),
    "TG110": ("Empty list, or more than there is", "An empty list would approve by itself."),
    "TG111": ("May ask nobody", "Where no part applies, nobody has approved anything."),
    "TG112": ("Unknown rule, or a circle", "The rule cannot be written out."),
    "TG114": ("Numbering", "A key is made from `n`, the site, the program or a required choice."),
    "TG115": ("Field not whole", "A choice needs values, money needs a currency."),
    "TG116": ("Unknown field", "The word names a field of the process, of the right type."),
    "TG118": ("No outcomes, or said twice", "A policy decides by its outcomes, written in one of two ways."),
    "TG119": ("Unknown name in stale_on", "An edit of it would not ask anybody again."),
    "TG120": ("Position no rule counts", "People could choose it and it would never matter."),
    "TG121": ("No end", "Items would stay open for ever."),
    "TG122": ("Too many ways", "A rule that can be met in thousands of ways is slow and unreadable."),
    "TG124": ("Unused policy", "It looks like a rule and binds nobody."),
    "TG130": ("Condition", "The condition does not read, or does not fit the fields."),
}
