"""A process around one policy, published and put into its round: for tests of what policies do in the register."""

from __future__ import annotations

from world import World

from gates.items import Actor

PROCESS = """
process: {name}
title: Example
kind: issue
numbering: "{key}-{{n}}"
fields:
  cost: {{type: money, currency: EUR, required: false}}
start: draft
states:
  draft: {{acts: {{submit: {{to: vote}}, drop: {{to: refused}}}}}}
  vote:
    round: rule
    when: {{{when}}}
    {due}
    {acts}
  done: {{end: done}}
  refused: {{end: rejected}}
policies:
  rule:
    signature: {{meaning: Agreed, proof: link}}
    {policy}
"""


def publish(
    world: World,
    policy: str,
    *,
    when: str = "approved: done",
    due: str = "no_deadline: a test",
    acts: str = "",
    by: Actor | None = None,
) -> str:
    """Publish a process around one policy, and put an item of Dan's into its round. Returns the key."""
    indented = policy.strip().replace("\n", "\n    ")
    text = PROCESS.format(name="example", key="EX", when=when, due=due, acts=acts, policy=indented)
    world.register.publish_process(text, "example.yaml", by or Actor(None, "import"))
    key = world.register.create_item("example", "An example", world.by("dan"), site="Lyon")
    world.register.submit(key, world.by("dan"))
    world.carry()
    return key
