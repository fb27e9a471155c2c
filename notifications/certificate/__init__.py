"""The certificate of an item: one PDF that says who signed what, when, in what capacity and under which rule.

`certificate_of(record, site_name)` is its door. The facts come from the record alone (`gates.certificate`), the words
from here, the page from `certificate.typ`; the record itself is attached, so that the page can be checked against it.

    pdf = certificate_of(register.read_record("ECR-0042"), "Pumps Ltd")
"""

from __future__ import annotations

from pathlib import Path

from gates.certificate import certify
from gates.ledger.document import record_document
from gates.ledger.verify import StoredRecord
from notifications.certificate.wording import page_of
from notifications.press import Attachment, press

TEMPLATE = Path(__file__).parent / "certificate.typ"
ATTACHED = "record.json"


def certificate_of(record: StoredRecord, site_name: str, *, cjk: bool = True) -> bytes:
    """The certificate as PDF: the same bytes for the same record and site name.

    Raises RecordBroken (the record does not hold), PressMissing (typst is not installed), PressError.
    """
    certificate = certify(record)
    attached = Attachment(
        ATTACHED,
        record_document(record),
        "application/json",
        f"The record of {certificate.key}: every entry as it was stored and hashed",
    )
    return press(TEMPLATE, page_of(certificate, site_name), at=certificate.last_at, attachment=attached, cjk=cjk)
