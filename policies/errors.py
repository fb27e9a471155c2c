"""The family tree of errors, for all four floors.

TollgateError                     a sentence that names place, value, choices and remedy
├── ProcessError                  a process file was refused; carries every Fault found
├── ConditionError                a condition was refused, with its column
├── EvaluationError               facts that no policy may be judged on (a bug or a broken roster)
└── (gates.errors, notifications.errors, workflows.errors add their own branches)

Only the command line and the web edge turn one into an exit code or a page.
"""

from __future__ import annotations

from dataclasses import dataclass


class TollgateError(Exception):
    """Something was refused; nothing was changed. Read the message: it ends with the remedy."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip().splitlines()[0])


POISON = (TollgateError, LookupError, ValueError, TypeError, AttributeError, ArithmeticError, AssertionError)
"""What is wrong with one thing that is worked on, so that the work on others goes on. Anything else (a database that is
away, a full disk) is wrong with the machine."""


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing wrong in one file. `line` and `column` count from 1."""

    line: int
    column: int
    code: str
    """`TG101`-shaped; each code has one meaning for ever."""
    message: str
    """What is wrong, the value, the choices."""
    remedy: str = ""

    def at(self, source: str) -> str:
        """One line for people: `file.yaml:31:7: TG104 …`. `source` is the file's name as typed."""
        tail = f" {self.remedy}" if self.remedy else ""
        return f"{source}:{self.line}:{self.column}: {self.code} {self.message}{tail}"


class ProcessError(TollgateError):
    """The process file was refused. Mend the lines named and check it again."""

    def __init__(self, source: str, faults: list[Fault]) -> None:
        self.source = source
        self.faults = sorted(faults)
        super().__init__("\n".join(fault.at(source) for fault in self.faults))


class ConditionError(TollgateError):
    """The condition was refused. `column` counts from 1 within the condition's own text."""

    def __init__(self, message: str, column: int = 1, remedy: str = "", code: str = "TG130") -> None:
        self.column = column
        self.remedy = remedy
        self.code = code
        self.reason = message
        super().__init__(f"column {column}: {message}{' ' + remedy if remedy else ''}")


class EvaluationError(TollgateError):
    """These facts cannot be judged. Check that item, roster and process belong together."""
