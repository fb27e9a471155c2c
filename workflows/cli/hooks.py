"""`tollgate hook …`: web hooks and chat rooms that are told of what happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from workflows.cli.output import AsJson, emit, fail, table
from workflows.cli.wired import operator, register, services

if TYPE_CHECKING:
    from gates.service.hooks import Hook

hook_app = typer.Typer(help="Web hooks and chat rooms that are told of what happens.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The hook's name, for instance mes-board.")]
On = Annotated[list[str] | None, typer.Option(help="What it is told: item.moved, decision.recorded… Again for more.")]
OfProcess = Annotated[str | None, typer.Option(help="Only about items of this process.")]
USUAL = ("item.moved", "round.closed", "escalation.raised")


@hook_app.command()
def add(
    name: Name,
    url: Annotated[str, typer.Argument(help="The address: https://…")],
    on: On = None,
    process: OfProcess = None,
    as_json: AsJson = False,
) -> None:
    """Tell a web hook from now on. Prints the secret its receiver checks signatures with."""
    with register() as book:
        hook = book.add_hook(name, "webhook", url, tuple(on or USUAL), process, operator())
        emit(_shown(hook), f"{name} is told from now on. Its secret: {hook.secrets[0]}", as_json)


@hook_app.command("add-room")
def add_room(name: Name, on: On = None, process: OfProcess = None, as_json: AsJson = False) -> None:
    """Tell a chat room from now on. Its address is in TOLLGATE_CHAT_ROOMS, under this name."""
    with services() as wired:
        rooms = wired.settings.chat_rooms
        if name not in rooms:
            fail(f"TOLLGATE_CHAT_ROOMS names no room {name}; there is {', '.join(rooms) or 'none'}.")
        hook = wired.register.add_hook(name, "chat", "", tuple(on or USUAL), process, operator())
        emit(_shown(hook), f"The room {name} is told from now on.", as_json)


@hook_app.command("list")
def list_hooks(as_json: AsJson = False) -> None:
    """List the hooks there are and were."""
    with register(create=False) as book:
        found = book.hooks()
        rows = [
            (one.name, one.way, one.url or "-", ", ".join(one.on), one.process or "all", one.disabled or "told")
            for one in found
        ]
        heads = ("name", "way", "address", "told of", "process", "state")
        emit([_shown(one) for one in found], table(heads, rows) if rows else "None yet: tollgate hook add", as_json)


@hook_app.command()
def rotate(name: Name, as_json: AsJson = False) -> None:
    """Give a web hook a new secret; for 24 hours the old one signs too."""
    with register() as book:
        hook = book.rotate_hook(name, operator())
        emit(_shown(hook), f"The new secret of {name}: {hook.secrets[0]}. The old one signs too for 24 hours.", as_json)


@hook_app.command()
def remove(
    name: Name, reason: Annotated[str, typer.Option(help="Why; it goes on the record.")] = "", as_json: AsJson = False
) -> None:
    """Tell a hook no more."""
    with register() as book:
        book.drop_hook(name, operator(), reason or "removed by the operator")
        emit({"name": name}, f"{name} is told no more.", as_json)


@hook_app.command("test")
def try_hook(name: Name, as_json: AsJson = False) -> None:
    """Tell a hook one made-up event now, and say what it answered."""
    from notifications.errors import PostError
    from notifications.hooks import post_event, post_to_room

    with services(create=False) as wired:
        hook, now = wired.register.hook(name), wired.clock.now()
        if hook.disabled:
            fail(f"{name} is told no more: {hook.disabled}.")
        event = {
            "specversion": "1.0",
            "id": f"test:{now:%Y%m%dT%H%M%S}",
            "source": wired.settings.address,
            "type": "tollgate.test",
            "data": {"item": "TEST-1", "title": "A test of this hook", "state": "test", "url": wired.settings.address},
        }
        try:
            if hook.way == "chat":
                said = post_to_room(name, event, wired.settings.chat_rooms)
            else:
                said = post_event(hook, event, now, may_be_private=wired.settings.hooks_may_be_private)
        except PostError as error:
            fail(f"{name} was not told: {error}.")
        emit({"name": name, "said": said}, f"{name} answered {said}.", as_json)


def _shown(hook: Hook) -> dict[str, object]:
    """A hook as data. Its secret too: whoever runs commands here has the key it is derived from."""
    return {
        "name": hook.name,
        "way": hook.way,
        "url": hook.url,
        "on": list(hook.on),
        "process": hook.process,
        "secret": hook.secrets[0] if hook.secrets else None,
        "disabled": hook.disabled or None,
    }
