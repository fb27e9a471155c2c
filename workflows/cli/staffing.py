"""`tollgate process check … --roster`: a process held against the people there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from workflows.cli.files import day_of, read_file
from workflows.cli.output import plain, talk

if TYPE_CHECKING:
    from gates.roster import RosterBook
    from policies.load import Document, LoadedProcess
    from policies.staffing import Staff, StaffRemark

PATIENCE_S = 2.0
"""Seconds after which progress is said."""


@dataclass
class StaffedBy:
    """The roster a process is checked against, read once for all files."""

    path: Path
    document: Document | None
    staff: Staff

    @classmethod
    def registered(cls, book: RosterBook, today: date) -> StaffedBy:
        """The register's own roster, from `today` on."""
        from gates.staffing import staff_of

        return cls(Path("roster"), None, staff_of(book, today))

    @classmethod
    def read(cls, path: Path, start: str | None, days: int) -> StaffedBy:
        """Read a roster file. Raises ProcessError with every fault of it; a day that is none is misuse."""
        from gates.roster import RosterFile, book_from_file
        from gates.staffing import staff_of
        from policies.load import build, read_document

        document = read_document(read_file(path), str(path))
        return cls(path, document, staff_of(book_from_file(build(RosterFile, document)), day_of(start, "--from"), days))

    def check(self, loaded: LoadedProcess) -> list[StaffRemark]:
        """What the checks find, with progress on stderr when it takes long."""
        from policies.staffing import check_staffing

        begun, said = monotonic(), monotonic()

        def progress(what: str) -> None:
            nonlocal said
            if monotonic() - begun > PATIENCE_S and monotonic() - said > PATIENCE_S:
                said = monotonic()
                talk(f"Checking {what} …")

        return check_staffing(loaded, self.staff, progress)

    def line(self, remark: StaffRemark, loaded: LoadedProcess, file: Path) -> str:
        """One line for people: file, line, column, code, what is wrong, what would mend it."""
        from policies.errors import Fault
        from policies.staffing import Level

        document = self.document if remark.on_roster else loaded.document
        line, column = document.place(remark.path, key=True) if document is not None else (1, 1)
        fault = Fault(line, column, remark.code, remark.message, remark.remedy)
        level = "" if remark.level is Level.ERROR else f" ({remark.level.value})"
        return fault.at(str(self.path if remark.on_roster else file)) + level

    def data(self, remark: StaffRemark, loaded: LoadedProcess, file: Path) -> dict[str, Any]:
        """The same as data."""
        document = self.document if remark.on_roster else loaded.document
        line, column = document.place(remark.path, key=True) if document is not None else (1, 1)
        found: dict[str, Any] = plain(remark)
        found["path"] = str(self.path if remark.on_roster else file)
        del found["on_roster"]
        return {"line": line, "column": column, **found}
