"""The tables beside the roster: how people want their notices; of a directory that keeps it the clients, the groups it
names, and what it calls people."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Integer, PrimaryKeyConstraint, String, Table

from gates.store.tables import DIGEST, ID, WORD, metadata
from gates.store.types import UtcTime

preferences = Table(
    "preferences",
    metadata,
    Column("person", WORD, ForeignKey("people.id"), primary_key=True),
    # immediate or daily, and the hour of their day at which the daily mail goes.
    Column("notices", String(12), nullable=False),
    Column("hour", Integer, nullable=False),
    # Times of day by their clock, such as 19:00; '' where no hour is quiet.
    Column("quiet_from", String(5), nullable=False),
    Column("quiet_until", String(5), nullable=False),
    Column("days_off", Boolean, nullable=False),
)

preference_links = Table(
    "preference_links",
    metadata,
    Column("person", WORD, ForeignKey("people.id"), primary_key=True),
    # How often their links were ended: it goes into the seal of those made since.
    Column("ended", Integer, nullable=False),
)

directory_clients = Table(
    "directory_clients",
    metadata,
    Column("name", WORD, primary_key=True),
    Column("token_hash", DIGEST, nullable=False, unique=True),
    Column("added_at", UtcTime, nullable=False),
    Column("added_by", WORD),
    Column("revoked_at", UtcTime),
)

directory_people = Table(
    "directory_people",
    metadata,
    Column("person", WORD, ForeignKey("people.id"), primary_key=True),
    # As the directory signs them in; told apart without regard to case.
    Column("user_name", String(320), nullable=False),
    Column("user_name_folded", String(320), nullable=False, unique=True),
    Column("external_id", String(320)),
    Column("made_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
)

directory_groups = Table(
    "directory_groups",
    metadata,
    Column("id", ID, primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("external_id", String(320)),
    # What its members hold; NULL where it stands for no role here.
    Column("role", WORD),
    Column("site", WORD),
    Column("made_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
)

directory_members = Table(
    "directory_members",
    metadata,
    Column("group_id", ID, ForeignKey("directory_groups.id"), nullable=False),
    Column("person", WORD, ForeignKey("people.id"), nullable=False),
    PrimaryKeyConstraint("group_id", "person"),
)
