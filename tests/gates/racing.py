"""One process of a race: decides with every token it is given, and says what came of each. Run as a script."""

import json
import sys
import time

from gates.errors import RegisterError
from gates.ports import SystemClock
from gates.service import Register, SignRequest
from gates.store import open_store

job = json.load(sys.stdin)
store = open_store(job["url"])
register = Register(store, SystemClock(), bytes.fromhex(job["key"]), "http://127.0.0.1:8123")
said = []
while time.time() < job["start"]:
    time.sleep(0.001)
for token, digest in job["tokens"]:
    try:
        receipt = register.decide(SignRequest(token, "approve", digest, typed_name=job["names"][token]))
        said.append(["recorded", receipt.decision_id, receipt.moved_to])
    except RegisterError as error:
        said.append([type(error).__name__, str(error), None])
store.close()
json.dump(said, sys.stdout)
