"""One process that guesses a password by one link, and says what came of each guess. Run as a script."""

import json
import sys
import time

from gates.errors import ProofFailed, ProofLocked
from gates.ports import SystemClock
from gates.service import Register, SignRequest
from gates.store import open_store

job = json.load(sys.stdin)
store = open_store(job["url"])
register = Register(store, SystemClock(), bytes.fromhex(job["key"]), "http://127.0.0.1:8123")
said = []
while time.time() < job["start"]:
    time.sleep(0.001)
for _ in range(job["tries"]):
    try:
        register.decide(SignRequest(job["token"], "approve", job["digest"], secret="wrong"))
    except ProofLocked:
        said.append("locked")
    except ProofFailed as error:
        said.append("locked" if "takes no more" in str(error) else "checked")
store.close()
json.dump(said, sys.stdout)
