"""The register's door: one method per act, one unit of work each, one commit.

Refuses to send anything: what an act owes to the outside is put into the outbox in the same commit, and
flows carry it. Every error is a `gates.errors.RegisterError`; when one is raised nothing was changed,
except that a refused attempt with security meaning is on the record.

>>> register = Register(open_store("sqlite:///tollgate.db"), SystemClock(), key, "https://sign.example")
>>> register.submit("ECR-0042", Actor("ana"))
'sign-off'
"""

from gates.service.deciding import SignRequest
from gates.service.register import Register
from gates.service.singlesign import Begun, SignedOn

__all__ = ["Begun", "Register", "SignRequest", "SignedOn"]
