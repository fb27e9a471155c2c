"""The register's door for a directory that keeps the roster."""

from __future__ import annotations

from collections.abc import Mapping

from gates.items import Actor
from gates.service import directory, directorygroups
from gates.service.directory import Client, User
from gates.service.directorygroups import Group
from gates.service.tokendoor import TokenDoor


class DirectoryDoor(TokenDoor):
    """See the module docstring. `by` names the client in its origin."""

    def admit_directory(self, name: str, by: Actor) -> str:
        """Let a directory keep the roster. Returns its token, which is kept nowhere."""
        return self._desk.work(lambda unit: directory.admit(unit, name, by))

    def revoke_directory(self, name: str, by: Actor) -> None:
        """End a directory's token. Raises NotFound."""
        self._desk.work(lambda unit: directory.revoke(unit, name, by))

    def directory_clients(self) -> list[Client]:
        """Every directory that was ever let in."""
        with self._desk.store.reading() as connection:
            return directory.clients(connection)

    def directory_client(self, token: str) -> str | None:
        """The directory a token belongs to."""
        with self._desk.store.reading() as connection:
            return directory.client_of(connection, token)

    def directory_users(self, where: Mapping[str, str], start: int, count: int) -> tuple[list[User], int]:
        """One page of a directory's people, from 1, and how many there are."""
        with self._desk.store.reading() as connection:
            return directory.users(self._desk, connection, where=where, start=start, count=count)

    def directory_user(self, person: str) -> User:
        """One of a directory's people. Raises NotFound."""
        with self._desk.store.reading() as connection:
            return directory.user(self._desk, connection, person)

    def put_directory_user(self, wanted: User, by: Actor) -> User:
        """Make or change one of a directory's people. Raises Refused, BadInput, NotFound."""
        return self._desk.work(lambda unit: directory.put_user(self._desk, unit, wanted, by))

    def drop_directory_user(self, person: str, by: Actor) -> None:
        """Deactivate one of a directory's people, whom it knows no more. Raises NotFound."""
        self._desk.work(lambda unit: directory.drop_user(self._desk, unit, person, by))

    def directory_groups(self, where: Mapping[str, str], start: int, count: int) -> tuple[list[Group], int]:
        """One page of groups, from 1, and how many there are."""
        with self._desk.store.reading() as connection:
            return directorygroups.groups(connection, where=where, start=start, count=count)

    def directory_group(self, group: str) -> Group:
        """One group. Raises NotFound."""
        with self._desk.store.reading() as connection:
            return directorygroups.group_of(connection, group)

    def put_directory_group(self, wanted: Group, mapping: Mapping[str, str], by: Actor) -> Group:
        """Make or change a group and who holds its role. Raises Refused, BadInput, NotFound."""
        return self._desk.work(lambda unit: directorygroups.put_group(self._desk, unit, wanted, mapping, by))

    def drop_directory_group(self, group: str, by: Actor) -> None:
        """Remove a group. Raises NotFound."""
        self._desk.work(lambda unit: directorygroups.drop_group(self._desk, unit, group, by))
