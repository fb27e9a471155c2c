"""What the post room refuses.

TollgateError
└── PostError
    ├── BadAddress          no mailbox that mail can be sent to
    ├── RenderError         a template and its context do not fit (a poison mail)
    ├── OverrideError       a template of the operator's own cannot be used; the built-in one is
    ├── CatalogueError      a language's catalogue of messages cannot be read
    ├── PressMissing        PDFs cannot be made: typst is not installed
    ├── PressError          a template and its data do not give a PDF
    └── SendError           the transport did not take the mail
        ├── TemporaryError  try again later: 4xx, no connection, dropped
        │   └── TimedOut    no answer in time
        ├── GoneError       the other side wants to be told no more
        └── PermanentError  never: 5xx, refused address
"""

from __future__ import annotations

from policies.errors import TollgateError


class PostError(TollgateError):
    """The mail was not sent."""


class BadAddress(PostError):
    """This is no mailbox that mail can be sent to. Write name@domain, nothing around it."""


class RenderError(PostError):
    """The mail could not be written."""


class OverrideError(PostError):
    """A template of the operator's own cannot be used; the built-in one is."""


class CatalogueError(PostError):
    """The catalogue of a language cannot be read. Mend it, or take it away."""


class PressMissing(PostError):
    """PDFs are made with typst, which is not installed. Run: pip install 'tollgate[pdf]'"""

    def __init__(self) -> None:
        super().__init__((self.__doc__ or "").strip())


class PressError(PostError):
    """The PDF could not be made."""


class SendError(PostError):
    """The mail server did not take the mail."""


class TemporaryError(SendError):
    """The mail server did not take the mail now; it is tried again later."""


class TimedOut(TemporaryError):
    """The mail server did not answer in time; it is tried again later."""


class GoneError(SendError):
    """The other side wants to be told no more."""


class PermanentError(SendError):
    """The mail server refuses the mail for good."""
