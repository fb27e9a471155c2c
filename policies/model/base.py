"""The base of every model class, and the spellings that several of them share."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

NAME = r"^[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*$"
DURATION = r"^[1-9][0-9]{0,4}(?:m|h|d|wd|wh|w|mo)$"
SHARE = r"^(?:100|[1-9]?[0-9])%$"

Name = Annotated[str, StringConstraints(pattern=NAME, max_length=60)]
"""A word of the author's own: lower case, digits, `-` or `_`."""

Text = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
Title = Annotated[str, StringConstraints(min_length=1, max_length=120)]

Duration = Annotated[str, StringConstraints(pattern=DURATION)]
"""`90m`, `24h`, `3d`, `5wd` (working days), `16wh` (working hours, in the shifts), `2w`, `6mo` (calendar months)."""

Condition = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
"""Text of the condition language; typed against the process's fields when the file is read."""


class Model(BaseModel):
    """Frozen and closed: an unknown key is an error."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, use_attribute_docstrings=True, strict=True
    )
