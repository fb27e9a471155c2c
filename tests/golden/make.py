"""Makes the golden bundle of the present format: run once for a format version, then never again.

    python tests/golden/make.py

A bundle that was ever handed out has to verify for ever, so the file is kept and held against every later verifier.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from world import LOG_KEY, World

from gates.ledger.proof.archive import FORMAT
from gates.service.exporting import Choice
from workflows.steps import seal_step

HERE = Path(__file__).parent


def main() -> None:
    """An item that was edited, refused, taken back and approved, and one that waits; with all leaves and a pin."""
    bundle, facts = HERE / f"bundle-{FORMAT}.zip", HERE / f"bundle-{FORMAT}.json"
    if bundle.exists():
        raise SystemExit(f"{bundle} is there; a golden bundle is made once.")
    with tempfile.TemporaryDirectory() as folder:
        world = World(f"sqlite:///{folder}/golden.db")
        key, other = world.change_in_round(), world.change()
        world.sign("mei", key, comment="Geprüft.")
        seal_step(world.services)
        pin = world.register.log()
        world.clock.move_on(days=1)
        world.register.edit_item(key, world.by("dan"), fields={"cost": "13000"}, reason="Offer of Tuesday.")
        world.carry()
        for person in ("mei", "ana", "ben"):
            world.sign(person, key)
        seal_step(world.services)
        keys, data = world.register.export(Choice((key, other)), site="Golden", complete=True, pins=[pin.size])
        bundle.write_bytes(data)
        told = {"key": str(LOG_KEY.key), "pin": pin.note, "items": keys}
        facts.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        world.close()


if __name__ == "__main__":
    main()
