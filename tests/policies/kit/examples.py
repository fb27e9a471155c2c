"""Every check of a process file: texts that it finds something in and where, and what mends the first of them.

The tests hold the checks to it, and the pages of the reference are made from it.
"""

from __future__ import annotations

BASE = """\
process: example
title: Example
kind: issue
numbering: "EX-{n}"
fields:
  cost: {type: money, currency: EUR}
  functions: {type: list}
start: draft
states:
  draft:
    acts:
      submit: {to: sign-off}
  sign-off:
    round: release
    when: {approved: closed}
    due: {within: 5wd}
  closed: {end: done}
policies:
  release:
    approve: {from: engineering, at_least: 1}
"""
RULE = "{from: engineering, at_least: 1}"
SUBMIT = "submit: {to: sign-off}"
KEPT = "conditions: {due: 20wd, met: {to: closed}, lapse: {to: draft}}"
WAITS = f"  waiting:\n    {KEPT}\n  closed: {{end: done}}"
PROMISED = "positions: {approve: {conditions: required}}\n    approve: {"
REVIEWED = "review: {process: afterwards, within: 5wd}"
PARK = f"{SUBMIT}\n      park: {{to: parked}}"
DUE = "due: {within: 5wd}"
TIMES = ("functions: {type: list}", "begins: {type: moment}\n  ends: {type: moment}")
FIXED = ("round: release", "round: release\n    edits: none")
TAKES = "window: {from: begins, until: ends}"
LIMIT = "{from: engineering, position: reject, at_most: 0}"

MEETS = "every: week on tuesday 10:00, chair: {role: lead}, items: [sign-off]"


def meeting(words: str) -> tuple[str, str]:
    """BASE with a meeting."""
    return ("policies:\n", f"meetings:\n  board: {{title: Board, {words}}}\npolicies:\n")


# Code -> pairs of (what stands in BASE, what stands there instead); @@ marks the place.
EXAMPLES: dict[str, list[tuple[str, str]]] = {
    "TG003": [
        ("kind: issue", "kind: issue@@: other"),
        ("policies:", "@@---\npolicies:"),
        ("\n  draft:", "\n@@\tdraft:"),
    ],
    "TG004": [("title: Example", "title: Example\n@@title: Again"), (RULE, f"{RULE}\n    @@approve: {RULE}")],
    "TG005": [("title: Example", "title: @@&t Example"), ("at_least: 1", "@@<<: {at_least: 1}")],
    "TG006": [("title: Example", "title: @@!!str Example"), ("{end: done}", "@@!!python/x {end: done}")],
    "TG007": [
        ("at_least: 1", "@@at_leest: 1"),
        (SUBMIT, "submit: {to: sign-off, by: {@@roll: pmo}}"),
        ("{end: done}", "{end: done, @@finnish: true}"),
    ],
    "TG008": [("process: example\ntitle: Example\nkind: issue", "@@process: example\ntitle: Example")],
    "TG009": [
        ("kind: issue", "kind: @@isue"),
        ("5wd", "@@5 days"),
        ("at_least: 1", "at_least: @@101%"),
        (RULE, "@@5"),
        (RULE, "@@[engineering]"),
        (f"approve: {RULE}", "@@approve:"),
        ("cost: {type: money", "cost: {type: @@cash"),
        ("start: draft", "start: @@1.5"),
        ("title: Example", 'title: @@"half a \\ud800 pair"'),
        ("title: Example", 'title: @@"a bell \\a"'),
        ("process: example", "process: @@Example"),
        ("title: Example", "@@7: Example\ntitle: Example"),
    ],
    "TG010": [("title: Example", f"title: {'[' * 39}@@{'[' * 20}{']' * 59}")],
    "TG101": [
        ("start: draft", "start: @@drafft"),
        ("to: sign-off", "to: @@signoff"),
        ("approved: closed", "approved: @@close"),
        ("due: {within: 5wd}", "due: {within: 5wd}\n    ladder: [{after: 5wd, to: @@lost}]"),
        ("due: {within: 5wd}", "due: {within: 5wd}\n    inactive: {after: 6mo, to: @@lost}"),
        (SUBMIT, f"{SUBMIT}\n    depends_on: {{be: [closed, @@clsed], to: closed}}"),
        ("start: draft", "administrative: {drop: {to: @@dropped}}\nstart: draft"),
    ],
    "TG102": [("round: release", "round: @@relaese")],
    "TG103": [
        ("{approved: closed}", "{@@aproved: closed}"),
        (
            "  sign-off:\n    round: release\n    when: {approved: closed}\n",
            "  @@sign-off:\n    round: release\n",
        ),
        ("when: {approved: closed}", "when: {@@rejected: closed, approved: closed}"),
        (SUBMIT, f"{SUBMIT}\n    @@when: {{approved: closed}}"),
    ],
    "TG104": [("  closed: {end", "  @@lost: {acts: {back: {to: draft}}}\n  closed: {end")],
    "TG105": [(SUBMIT, f"{PARK}\n  @@parked: {{acts: {{stay: {{to: parked}}}}}}")],
    "TG106": [("  closed: {end: done}", "  @@closed: {end: done, acts: {again: {to: draft}}}")],
    "TG107": [(SUBMIT, f"{PARK}\n  @@parked: {{title: Parked}}")],
    "TG108": [("  sign-off:\n", "  @@sign-off:\n"), ("    due: {within: 5wd}\n", "")],
    "TG109": [
        (RULE, "{@@from: engineering}"),
        (RULE, "{@@from: engineering, at_least: 1, at_most: 2}"),
        (RULE, "{from: engineering, at_least: @@0}"),
    ],
    "TG110": [
        (RULE, "@@{any: []}"),
        (RULE, f"{{all: [{RULE}, @@{{all: []}}]}}"),
        (RULE, f"{{n_of: @@2, of: [{RULE}]}}"),
        (RULE, "{from: @@[], at_least: 1}"),
    ],
    "TG111": [
        (f"approve: {RULE}", "@@approve: {from: engineering, at_least: 1, when: item.cost > 5}"),
        (f"approve: {RULE}", f"@@approve: {LIMIT}"),
        (f"approve: {RULE}", f"@@approve: {{any: [{RULE}, {LIMIT}]}}"),
    ],
    "TG112": [
        (RULE, "@@quorum"),
        (RULE, "{rule: @@quorum}"),
        (RULE, f"{RULE}\nrules: {{@@loop: {{all: [loop]}}}}"),
    ],
    "TG114": [('"EX-{n}"', '@@"EX-{m}"')],
    "TG115": [
        ("cost: {type: money, currency: EUR}", "@@cost: {type: money}"),
        ("cost: {type: money, currency: EUR}", "@@cost: {type: choice}"),
        ("currency: EUR}", "currency: EUR, @@of: [low, high]}"),
    ],
    "TG116": [
        ("start: draft", "budget: {field: @@price}\nstart: draft"),
        (SUBMIT, "submit: {to: sign-off, not_before: @@cost}"),
        ("due: {within: 5wd}", "due: {within: 5wd}\n    clears: [@@price]"),
        (RULE, "{from: engineering, at: @@item.sit, at_least: 1}"),
    ],
    "TG118": [
        ("  release:\n", "  @@release:\n"),
        (RULE, f"{RULE}\n    outcomes: {{approved: {{rule: {RULE}}}}}"),
    ],
    "TG119": [("approve: {", "stale_on: [@@costs]\n    approve: {")],
    "TG120": [("approve: {", "positions: {@@maybe: {title: Maybe}}\n    approve: {")],
    "TG121": [("states:\n", "@@states:\n"), ("{end: done}", "{acts: {again: {to: draft}}}")],
    "TG122": [
        ("  release:\n", "  @@release:\n"),
        (RULE, "{all: [{n_of: 15, of: [" + ", ".join([RULE] * 30) + "]}]}"),
    ],
    "TG123": [
        (RULE, "{from: engineering, more_than: @@all}"),
        (RULE, "{from: ['person:ana', 'person:ben'], at_least: @@3}"),
        (RULE, "{from: [engineering, quality], at_least: @@3, distinct: group}"),
    ],
    "TG124": [("  release:\n", f"  @@spare: {{approve: {RULE}}}\n  release:\n")],
    "TG125": [
        (RULE, f"{{all: [{RULE}, {{from: owners, more_than: 1/2, @@weight: shares}}]}}"),
        (RULE, f"{{all: [{RULE}, {{from: owners, at_least: 2, @@distinct: company}}]}}"),
        (RULE, "{from: owners, more_than: 1/2, weight: shares, @@distinct: company}"),
    ],
    "TG126": [
        ("approve: {", "deadline: {in: 5wd, then: @@expire}\n    approve: {"),
        ("approve: {", "deadline: {in: 5wd, then: @@approve}\n    approve: {"),
        ("approve: {", "deadline: {in: 5wd, then: escalate, @@silence: all agreed}\n    approve: {"),
    ],
    "TG127": [
        ("approve: {", "@@deadline: {in: 5wd, then: approve, silence: the board agreed to it}\n    approve: {"),
        (RULE, f"@@{{all: [{{after: 72h}}, {LIMIT}]}}"),
        (RULE, f"{{any: [{RULE}, @@{{after: 5wd}}]}}"),
    ],
    "TG128": [("approve: {", "@@settle: at_close\n    approve: {")],
    "TG129": [(RULE, f"{{all: [{RULE}, @@{{from: engineering, position: hold, at_most: 0}}]}}")],
    "TG130": [
        (SUBMIT, "submit: {to: sign-off, when: @@item.cots > 5}"),
        (SUBMIT, "submit: {to: sign-off, when: 'item.cost > 5 && @@item.cots > 5'}"),
        (RULE, "{from: engineering, at_least: 1, when: item.cost @@> 'x'}"),
        ("currency: EUR}", "currency: EUR, when: @@item.n > 1}"),
        ("start: draft", "criteria: {c: {text: C, when: @@cost > 1}}\nstart: draft"),
        ("start: draft", "administrative: {drop: {to: closed, when: true @@and false}}\nstart: draft"),
        (SUBMIT, "submit:\n        to: sign-off\n        when: @@>-\n          item.cots > 5"),
        (RULE, "{any: [{from: a, at_least: 1}, {check: @@yes(5) > 1}]}"),
        (SUBMIT, "submit: {to: sign-off, when: @@yes('council') > 1}"),
    ],
    "TG131": [
        (RULE, '{for_each: @@function, rule: {from: "{each}", at_least: 1}}'),
        (RULE, f"@@{{for_each: functions, rule: {RULE}}}"),
    ],
    "TG132": [(RULE, f"{{all: [{RULE}, {{after: 5d, since: @@step_opened}}]}}")],
    "TG133": [
        (SUBMIT, "submit: {to: sign-off}\n      skip: {to: closed, when: @@item.cost > 5 && item.cost < 3}"),
        (RULE, f"{{any: [{RULE}, {{from: b, at_least: 1, when: @@item.cost > 5 && item.cost < 3}}]}}"),
    ],
    "TG134": [
        ("approve: {", "none_required: it is free\n    approve: {"),
        (RULE, "@@{any: [{from: a, at_least: 1, when: item.cost < 5}, {from: b, at_least: 1, when: item.cost > 5}]}"),
    ],
    "TG135": [
        ("approve: {", "none_required: it is free\n    approve: {"),
        (RULE, "{any: [{from: a, at_least: 1, when: item.cost <= 5}, {from: b, at_least: 1, when: @@item.cost >= 5}]}"),
    ],
    "TG136": [(RULE, "@@{from: [quality, engineering], at_least: 2}")],
    "TG137": [("  sign-off:\n", "  @@sign-off:\n"), ("approve: {", "settle: live\n    approve: {")],
    "TG138": [("approve: {", "positions: {approve: {aliases: ['+1', @@'+1']}}\n    approve: {")],
    "TG145": [
        (DUE, f"{DUE}\n    ladder: [@@{{after: 5wd}}]"),
        (DUE, f"{DUE}\n    ladder: [@@{{after: 5wd, notify: owner, every: 1h}}]"),
        (DUE, f"{DUE}\n    ladder: [@@{{after: 5wd, to: draft, every: 1h, times: 3}}]"),
        (DUE, f"{DUE}\n    ladder: [{{after: 5wd, @@notify: {{stand_in: true, line_manager: true}}}}]"),
        (SUBMIT, f"{SUBMIT}\n    ladder: [{{after: 5wd, @@hand_to: stand_in}}]"),
    ],
    "TG146": [
        (DUE, "due: [@@{within: 5wd}, {within: 2wd}]"),
        (DUE, "due: [{within: 5wd, when: item.cost > 5}, {within: 2wd, @@when: item.cost <= 5}]"),
        (DUE, "@@due: {within: 5wd, when: item.cost > 5}"),
        (DUE, "@@due: []"),
    ],
    "TG147": [("policies:\n", "escalations: {process: escalation, act: {approved: @@cancel}}\npolicies:\n")],
    "TG148": [
        ("policies:\n", "escalations: {process: escalation, clock: @@pause}\npolicies:\n"),
        ("approve: {", "deadline: {in: 5wd, then: rejected}\n    reject: {from: engineering, position: reject, at_least: 1}\n    approve: {"),
        ("when: {approved: closed}", "when: {approved: closed, rejected: draft}"),
    ],
    "TG149": [
        (DUE, f"{DUE}\n    ladder: [{{after: 5wd, set: {{@@level: L2}}}}]"),
    ],
    "TG150": [("  closed: {end: done}", WAITS.replace("conditions", "@@conditions")), ("approved: closed", "approved: waiting")],
    "TG151": [
        ("  closed: {end: done}", WAITS.replace("lapse: {to: draft}", "lapse: @@{}")),
        ("approved: closed", "approved: waiting"),
        ("approve: {", PROMISED),
    ],
    "TG152": [
        (SUBMIT, f"{SUBMIT}\n    @@{REVIEWED}".replace("@@review: ", "review: @@")),
        (SUBMIT, "submit: {to: sign-off, needs: @@[review]}"),
    ],
    "TG153": [
        (SUBMIT, f"{SUBMIT}\n    expires: @@{{to: closed}}"),
        (SUBMIT, f"{SUBMIT}\n    expires: {{on: @@cost, to: closed}}"),
    ],
    "TG154": [(SUBMIT, "submit: {to: sign-off, under: {item: @@cost, be: [in-force]}}")],
    "TG140": [TIMES, FIXED, (SUBMIT, "submit: {to: sign-off, window: {from: begins, until: @@cost}}")],
    "TG141": [
        TIMES, FIXED,
        (SUBMIT, "submit: {to: sign-off, window: {from: begins, until: ends, outside: @@waiting}}"),
        ("  closed: {end: done}", "  waiting:\n    edits: none\n    acts: {go-on: {to: sign-off}}\n  closed: {end: done}"),
    ],
    "TG142": [TIMES, FIXED, (SUBMIT, f"{SUBMIT}\n      close: {{to: closed, @@{TAKES}}}")],
    "TG143": [TIMES, (SUBMIT, f"submit: {{to: sign-off, @@{TAKES}}}")],
    "TG155": [meeting(MEETS.replace("[sign-off]", "[@@draft]")), meeting(MEETS.replace("[sign-off]", "@@[]"))],
    "TG156": [
        meeting(MEETS.replace("{role: lead}", "@@{role: lead}")),
        (RULE, "{from: engineering, more_than: 1/2, of: present}"),
    ],
    "TG157": [
        meeting(MEETS.replace("{role: lead}", "@@{role: owner}")),
        meeting(f"{MEETS}, invite: [@@{{role: quality, at: item.site}}]"),
        meeting(f"{MEETS}, invite: @@{{at: Lyon}}"),
    ],
    "TG158": [
        meeting(f"{MEETS}, lasts: @@3d"),
        meeting(MEETS.replace("week on", "@@2 weeks on")),
        meeting(f"{MEETS}, from: @@2026-02-30"),
    ],
    "TG159": [
        ("policies:\n", "escalations: {process: escalation, act: {@@withdrawn: submit}}\npolicies:\n"),
        ("policies:\n", "escalations: {process: example, act: {@@rejected: submit}}\npolicies:\n"),
    ],
}  # fmt: skip
# Codes whose example takes several changes at once, and those that are about bytes.
AT_ONCE = {
    "TG108",
    "TG118",
    "TG121",
    "TG122",
    "TG134",
    "TG135",
    "TG137",
    "TG140",
    "TG141",
    "TG142",
    "TG143",
    "TG148",
    "TG150",
    "TG151",
    "TG156",
}
ABOUT_BYTES = {
    "TG001": [(b"process: ex\xffample\n", 1, 12), (BASE.encode() + "title: é".encode("latin-1"), 21, 8)],
    "TG002": [(b"#" * (256 * 1024 + 1), 1, 1)],
}


def with_changes(*changes: tuple[str, str]) -> str:
    text = BASE
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def refused(code: str) -> list[str]:
    """The texts of one code, each with its mark."""
    changes = EXAMPLES[code]
    return [with_changes(*changes)] if code in AT_ONCE else [with_changes(change) for change in changes]


# Code -> what mends its first example, where that is not to leave the base as it is.
MENDED: dict[str, list[tuple[str, str]]] = {
    "TG105": [(SUBMIT, f"{PARK}\n  parked: {{acts: {{stay: {{to: parked}}, back: {{to: draft}}}}}}")],
    "TG107": [(SUBMIT, f"{PARK}\n  parked: {{title: Parked, acts: {{back: {{to: draft}}}}}}")],
    "TG111": [
        (
            f"approve: {RULE}",
            "none_required: It is cheap.\n    approve: {from: engineering, at_least: 1, when: item.cost > 5}",
        )
    ],
    "TG112": [(RULE, f"quorum\nrules: {{quorum: {RULE}}}")],
    "TG116": [("start: draft", "budget: {field: cost}\nstart: draft")],
    "TG119": [("approve: {", "stale_on: [cost]\n    approve: {")],
    "TG123": [(RULE, "{from: engineering, at_least: all}")],
    "TG125": [(RULE, f"{{one_seat: false, all: [{RULE}, {{from: owners, more_than: 1/2, weight: shares}}]}}")],
    "TG126": [("approve: {", "deadline: {in: 5wd, then: escalate}\n    approve: {")],
    "TG127": [("approve: {", "deadline: {in: 5wd, then: escalate}\n    approve: {")],
    "TG128": [("approve: {", "settle: at_close\n    chair: chair\n    approve: {")],
    "TG129": [
        (RULE, f"{{all: [{RULE}, {{from: engineering, position: hold, at_most: 0}}]}}"),
        ("approve: {", "positions: {hold: {lifted_by: [chair]}}\n    approve: {"),
    ],
    "TG130": [(SUBMIT, "submit: {to: sign-off, when: item.cost > 5}")],
    "TG131": [(RULE, '{for_each: functions, rule: {from: "{each}", at_least: 1}}')],
    "TG132": [(RULE, f"{{in_order: [{RULE}, {{after: 5d, since: step_opened}}]}}")],
    "TG133": [(SUBMIT, "submit: {to: sign-off}\n      skip: {to: closed, when: item.cost > 3 && item.cost < 5}")],
    "TG134": [
        ("approve: {", "none_required: it is free\n    approve: {"),
        (RULE, "{any: [{from: a, at_least: 1, when: item.cost <= 5}, {from: b, at_least: 1, when: item.cost > 5}]}"),
    ],
    "TG135": [
        ("approve: {", "none_required: it is free\n    approve: {"),
        (RULE, "{any: [{from: a, at_least: 1, when: item.cost < 5}, {from: b, at_least: 1, when: item.cost >= 5}]}"),
    ],
    "TG136": [(RULE, "{from: [quality, engineering], at_least: 2, distinct: group}")],
    "TG138": [("approve: {", "positions: {approve: {aliases: ['+1']}}\n    approve: {")],
    "TG145": [(DUE, f"{DUE}\n    ladder: [{{after: 5wd, notify: owner}}]")],
    "TG146": [(DUE, "due: [{within: 2wd, when: item.cost > 5}, {within: 5wd}]")],
    "TG147": [("policies:\n", "escalations: {process: escalation, act: {approved: submit}}\npolicies:\n")],
    "TG148": [
        ("policies:\n", "escalations: {process: escalation}\npolicies:\n"),
        (
            "approve: {",
            "deadline: {in: 5wd, then: rejected}\n    reject: {from: engineering, position: reject, at_least: 1}\n    approve: {",
        ),
        ("when: {approved: closed}", "when: {approved: closed, rejected: draft}"),
    ],
    "TG149": [
        ("functions: {type: list}", "level: {type: choice, of: [L1, L2]}"),
        (DUE, f"{DUE}\n    ladder: [{{after: 5wd, set: {{level: L2}}}}]"),
    ],
    "TG150": [("  closed: {end: done}", WAITS), ("approved: closed", "approved: waiting"), ("approve: {", PROMISED)],
    "TG151": [("  closed: {end: done}", WAITS), ("approved: closed", "approved: waiting"), ("approve: {", PROMISED)],
    "TG152": [(SUBMIT, f"submit: {{to: sign-off, needs: [review]}}\n    {REVIEWED}")],
    "TG153": [(SUBMIT, f"{SUBMIT}\n    expires: {{after: 12mo, to: closed}}")],
    "TG154": [
        ("functions: {type: list}", "model: {type: item}"),
        (SUBMIT, "submit: {to: sign-off, under: {item: model, be: [in-force]}}"),
    ],
    "TG140": [TIMES, FIXED, (SUBMIT, f"submit: {{to: sign-off, {TAKES}}}")],
    "TG141": [TIMES, FIXED, (SUBMIT, "submit: {to: sign-off, window: {from: begins, until: ends, outside: refuse}}")],
    "TG142": [TIMES, FIXED, (SUBMIT, f"submit: {{to: sign-off, {TAKES}}}")],
    "TG143": [TIMES, FIXED, (SUBMIT, f"submit: {{to: sign-off, {TAKES}}}")],
    "TG155": [meeting(MEETS)],
    "TG156": [
        meeting(MEETS),
        (RULE, "{from: engineering, more_than: 1/2, of: present}"),
        ("approve: {", "chair: lead\n    approve: {"),
    ],
    "TG157": [meeting(MEETS)],
    "TG158": [meeting(f"{MEETS}, lasts: 90m")],
    "TG159": [("policies:\n", "escalations: {process: escalation, act: {approved: submit}}\npolicies:\n")],
}


def mended(code: str) -> str:
    """The first example of a code, put right."""
    return with_changes(*MENDED.get(code, ()))
