"""Every code a fault of a process file may carry: what it finds and why it matters.

A code keeps its meaning for ever. `docs/reference/checks.md` and a page for each are made from this table. TG2.. are
about a process and a roster together.
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
    "TG123": ("More than there can be", "A bound that nobody can reach makes the outcome impossible for ever."),
    "TG124": ("Unused policy", "It looks like a rule and binds nobody."),
    "TG125": (
        "A count that fills no seats",
        "Weighted and grouped counts look at everybody; beside seats people would count twice.",
    ),
    "TG126": (
        "Deadline that decides nothing",
        "When the time is over something has to be said, and it has to be an outcome.",
    ),
    "TG127": (
        "Silence approves",
        "What nobody objected to is approved; whoever reads the record should know that it was so.",
    ),
    "TG128": (
        "Round that closes by itself only",
        "Without a chair or a deadline it waits for the last person to speak.",
    ),
    "TG129": ("Veto nobody can lift", "One person who holds it and is away holds up everything."),
    "TG130": ("Condition", "The condition does not read, or does not fit the fields."),
    "TG131": ("for_each", "It goes over a list field, and its word stands for the entry."),
    "TG132": ("step_opened outside of steps", "There is no step whose opening could be counted from."),
    "TG133": ("Guard that never holds", "What stands behind it never applies."),
    "TG134": ("Gap between guards", "There is an item that none of them fits, and nobody is asked about it."),
    "TG135": ("Guards overlap", "There is an item that fits two of them, and either may be taken."),
    "TG136": ("A union where one of each is likely meant", "Two of `quality or engineering` may both be engineers."),
    "TG137": (
        "Verdict nobody acts on",
        "A policy that is judged live moves nothing by itself; an act has to name the outcome.",
    ),
    "TG138": ("Position said twice", "A word has to mean one position."),
    "TG145": (
        "Step that does nothing, or cannot",
        "When its time comes nothing would happen, or to nobody.",
    ),
    "TG146": ("Due times that leave a gap", "An item that none of them fits would never be due."),
    "TG147": ("Escalation that does what there is not", "Its end is to do an act that the process does not have."),
    "TG148": (
        "Time that does not pause",
        "A rule that counts by itself goes on while the clocks of the state wait.",
    ),
    "TG149": ("Step that sets what there is not", "A field or a value of that name is not in the process."),
    "TG150": ("Conditions nobody can set", "The state would wait for promises that no decision makes."),
    "TG151": ("A lapse without a consequence", "A promise that may be broken without anything following is none."),
    "TG152": (
        "Review and closing apart",
        "A review that holds up nothing is forgotten; one nobody asks for is never held.",
    ),
    "TG153": ("An expiry without one end", "It has to be known on which day something stops being in force."),
    "TG154": ("Nothing to rest on", "An act can rest only on an item that a field names."),
    "TG201": ("Role nobody holds", "What asks it waits for somebody who is not there."),
    "TG202": ("Person without a role", "They are on the roster and can take part in nothing here."),
    "TG203": (
        "Outcome that some authors make impossible",
        "Authors do not count in their own matter. Where one of few writes it, it is stuck before it is submitted.",
    ),
    "TG204": (
        "Outcome that some owners or editors make impossible",
        "Who edits an item no longer counts in it. An edit by one too many and nobody is left to agree.",
    ),
    "TG205": (
        "Outcome that leaves on file make impossible",
        "The question will be asked and nobody will be there; it is known today, and a stand-in is soon named.",
    ),
    "TG206": ("One absence that blocks", "People fall ill without putting it on file first."),
    "TG207": ("One person meets it alone", "Four eyes see more than two. Where one is meant, all is well."),
    "TG208": ("Stand-ins in a circle", "Each sits for the other, and nobody sits at all."),
    "TG209": ("Stand-in who will not do", "They are away too, or the policy keeps them apart: the place stays empty."),
    "TG210": (
        "Attribute that people lack",
        "What is counted by it counts as nothing for them, and a text in place of a number stops the policy.",
    ),
    "TG211": ("What fractions mean today", "A fault it is not: the number of people is what people act on."),
}
