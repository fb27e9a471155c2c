"""The register's door to those told of what happens beside people: web hooks and chat rooms."""

from __future__ import annotations

from typing import Any

from gates.items import Actor, Owed
from gates.service import hooks
from gates.service.hooks import Hook
from gates.service.workdoor import WorkDoor


class HookDoor(WorkDoor):
    """See the module docstring."""

    def add_hook(self, name: str, way: str, url: str, on: tuple[str, ...], process: str | None, by: Actor) -> Hook:
        """Tell a hook from now on; returns it, with its secret. Raises BadInput."""
        self._desk.work(lambda unit: hooks.add_hook(unit, name, way, url, on, process, by))
        return self.hook(name)

    def rotate_hook(self, name: str, by: Actor) -> Hook:
        """Give a web hook a new secret; for a day both sign. Raises NotFound, Refused."""
        self._desk.work(lambda unit: hooks.rotate_hook(unit, name, by))
        return self.hook(name)

    def drop_hook(self, name: str, by: Actor, why: str) -> None:
        """Tell a hook no more. Raises NotFound."""
        self._desk.work(lambda unit: hooks.drop_hook(unit, name, by, why))

    def hook(self, name: str) -> Hook:
        """One hook. Raises NotFound."""
        with self._desk.store.reading() as connection:
            return hooks.find_hook(self._desk, connection, name, self._desk.clock.now())

    def hooks(self) -> list[Hook]:
        """Every hook there is or was, by name."""
        with self._desk.store.reading() as connection:
            return hooks.all_hooks(self._desk, connection, self._desk.clock.now())

    def hook_event(self, owed: Owed) -> dict[str, Any]:
        """What a hook is told, as a CloudEvents object. Raises NotFound."""
        with self._desk.store.reading() as connection:
            return hooks.event(self._desk, connection, owed)
