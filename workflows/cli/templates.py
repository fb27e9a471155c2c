"""The texts `tollgate init` writes. Each approval is one block of a policy, with the cases that show it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from policies.rolewords import role_words

if TYPE_CHECKING:
    from workflows.cli.init import Answers

APPROVALS = ("two-functions", "two-person", "quorum", "value-bands", "tiers")

_REJECT = "reject: {{from: {first}, at: item.site, position: reject, at_least: 1}}\n"
_POLICIES = {
    "two-functions": """\
# One of each function: a person who holds both roles fills one seat.
approve:
  all:
    - {{from: {first}, at: item.site, at_least: 1}}
    - {{from: {second}, at_least: 1}}
""",
    "two-person": """\
# Any two of the second role, never the author, never the same one twice.
approve: {{from: {second}, at_least: 2}}
""",
    "quorum": """\
# More than half of those who vote, when at least half of the body takes part.
approve: {{from: {second}, more_than: 1/2, of: cast, quorum: 1/2}}
""",
    "value-bands": """\
# Who signs depends on the amount. The bands have no gap and do not overlap.
none_required: Every amount falls into one of the bands.
approve:
  any:
    - {{from: {second}, at_least: 1, when: item.amount <= 10000}}
    - all: [{{from: {second}, at_least: 1}}, {{from: {first}, at: item.site, at_least: 1}}]
      when: item.amount > 10000
""",
    "tiers": """\
# One after the other: what is said before a step is open is set aside.
approve:
  in_order:
    - {{from: {second}, at_least: 1}}
    - {{from: {first}, at: item.site, at_least: 1}}
""",
}
_CASES = {
    "two-functions": (
        ("Both functions approve it", "", "[{by: mei, says: approve}, {by: ana, says: approve}]", "approved"),
        ("One function is not enough", "", "[{by: mei, says: approve}]", "pending"),
        ("The author does not count", "", "[{by: mei, says: approve}, {by: author, says: approve}]", "pending"),
    ),
    "two-person": (
        ("Two persons approve it", "", "[{by: ana, says: approve}, {by: ben, says: approve}]", "approved"),
        ("One person is not enough", "", "[{by: ana, says: approve}]", "pending"),
    ),
    "quorum": (
        ("Two of three approve it", "", "[{by: ana, says: approve}, {by: ben, says: approve}]", "approved"),
        ("One of three is no quorum", "", "[{by: ana, says: approve}]", "pending"),
    ),
    "value-bands": (
        ("A small amount needs one signature", "{amount: 10000}", "[{by: ana, says: approve}]", "approved"),
        ("A larger one needs both", "{amount: 10001}", "[{by: ana, says: approve}]", "pending"),
        ("Both sign", "{amount: 10001}", "[{by: ana, says: approve}, {by: mei, says: approve}]", "approved"),
    ),
    "tiers": (
        ("One after the other", "", "[{by: ana, says: approve}, {by: mei, says: approve}]", "approved"),
        ("Too early is set aside", "", "[{by: mei, says: approve}, {by: ana, says: approve}]", "pending"),
    ),
}


def process(answers: Answers, schema: str) -> str:
    """The process file."""
    first, second = answers.roles
    policy = (_REJECT + _POLICIES[answers.approvals]).format(first=first, second=second)
    indented = "".join(f"    {line}\n" for line in policy.splitlines())
    return f"""\
# yaml-language-server: $schema={schema}
# An editor that knows the line above completes and explains every word. `tollgate process check` tells faults by line.
process: {answers.name}
title: {json.dumps(answers.title, ensure_ascii=False)}
kind: {answers.kind}
numbering: "{_prefix(answers.name)}-{{n:04}}"      # the keys of the items: {_prefix(answers.name)}-0001, …
description: Say here what this is for; approvers read it.

fields:                       # what an item carries; conditions below may read it as item.<name>
  reason: {{type: text, title: Why it is needed}}
  amount: {{type: money, currency: EUR, title: Amount}}

criteria:                     # what has to be true before it is submitted
  impact: {{text: Impact assessed, evidence: link}}

start: draft

states:
  draft:
    title: Draft
    acts:
      submit:   {{to: sign-off, needs: [fields, criteria]}}
      withdraw: {{to: withdrawn}}
  sign-off:
    title: Sign-off
    round: release            # opens a round of the policy below
    when: {{approved: done, rejected: draft}}
    acts: {{withdraw: {{to: withdrawn}}}}
    due: {{within: 5wd, remind: [50%]}}     # five working days of the item's site
    ladder:
      - {{after: 7wd, notify: owner}}       # silence never approves: somebody is told
  done:      {{title: Done, end: done}}
  withdrawn: {{title: Withdrawn, end: withdrawn}}

policies:
  release:
    title: Release
    question: Release it?
    signature: {{meaning: Approved, proof: secret}}   # link: the typed name; secret: one's password; sso; passkey
{indented}"""


def cases(answers: Answers) -> str:
    """The cases beside it: every rule met by one and not met by another."""
    first, second = answers.roles
    site = answers.sites[0]
    head = f"""\
# Each case: who says what about which item, and what the policy then says. `tollgate process test` runs them.
process: {answers.name}
people:
  author: {{roles: [{second}]}}
  mei: {{roles: [{{role: {first}, at: {site}}}]}}
  ana: {{roles: [{second}]}}
  ben: {{roles: [{second}]}}
  cid: {{roles: [{second}]}}
cases:
"""
    refused = ("It can be stopped", "{amount: 10}", "[{by: mei, says: reject}]", "rejected")
    return head + "".join(_case(site, *one) for one in (*_CASES[answers.approvals], refused))


def _case(site: str, title: str, fields: str, events: str, verdict: str) -> str:
    filled = f"    fields: {fields}\n" if fields else ""
    return (
        f"  - case: {title}\n    policy: release\n    site: {site}\n{filled}"
        f"    events: {events}\n    expect: {{verdict: {verdict}}}\n"
    )


def roster(answers: Answers) -> str:
    """A roster that can meet it, to be replaced by yours."""
    first, second = answers.roles
    sites = "".join(
        f"  {site}: {{zone: Europe/Paris, country: FR}}  # set me: {site}'s own time zone and country\n"
        for site in answers.sites
    )
    leads = "".join(
        f"  lead-{place}{letter}: {{name: Lead {place}{letter}, email: lead-{place}{letter}@example.com, "
        f"roles: [{{role: {first}, at: {site}}}]}}\n"
        for place, site in enumerate(answers.sites, 1)
        for letter in "abc"
    )
    others = "".join(
        f"  person-{place}: {{name: Person {place}, email: person-{place}@example.com, roles: [{second}]}}\n"
        for place in range(1, 6)
    )
    return f"""\
# Your people in place of these: `tollgate roster import` makes this the roster.
sites:
{sites}roles:
  {first}: {{title: {_title(first)}}}
  {second}: {{title: {_title(second)}}}
people:
{leads}{others}"""


def _title(role: str) -> str:
    words = role_words(role)
    return words[:1].upper() + words[1:]


def _prefix(name: str) -> str:
    """`label-change` -> `LC`."""
    return "".join(part[0] for part in name.split("-")).upper()
