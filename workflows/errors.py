"""What the drivers refuse.

TollgateError
└── DriverError
    ├── SettingsError   a setting has no meaning, or two do not go together
    ├── PortBusy        somebody else listens there
    └── NotHere         something asked for is not installed or not in this mode
"""

from __future__ import annotations

from policies.errors import TollgateError


class DriverError(TollgateError):
    """The program cannot go on as it was started."""


class SettingsError(DriverError):
    """A setting has no meaning. `docs/reference/settings.md` lists them."""


class PortBusy(DriverError):
    """Somebody else listens on that port."""


class NotHere(DriverError):
    """That is not available here."""
