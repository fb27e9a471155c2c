"""What an act may rest on besides its own item: the reviews held about it, and the items its fields name. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gates.ledger.entries import stamp
from gates.windows import Found
from policies.facts import ItemFacts
from policies.model import Act
from policies.model.windows import REFUSE


@dataclass(frozen=True, slots=True)
class Held:
    """One review: its item ('' while it is being made), what it is called, and how it ended (None: still open)."""

    key: str
    title: str
    ended: str | None = None


@dataclass(frozen=True, slots=True)
class Linked:
    """Another item that a field names, as it is now. `until` is when it stops being in force, if that is known."""

    key: str
    state: str
    state_title: str
    owner: str
    revision: int
    revision_digest: str
    process_digest: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Around:
    """See the module docstring, as of `now`. `items` is by the field that names each, `windows` by the act that takes
    a time."""

    now: datetime
    reviews: tuple[Held, ...] = ()
    items: Mapping[str, Linked] = field(default_factory=dict)
    windows: Mapping[str, Found] = field(default_factory=dict)
    no_site: Mapping[str, str] = field(default_factory=dict)
    """By the act that leads to a round: that the item has no site, and the rules ask nobody without one."""
    no_site_here: str = ""
    """The same of the round of the state it is in; '' where that is no matter."""


Because = tuple[str, str, str]
"""A refusal in parts: code, sentence, remedy."""


def review_open(word: Act, around: Around) -> Because | None:
    """Why an act that needs the review is not open yet."""
    if "review" not in word.needs:
        return None
    waiting = [one for one in around.reviews if one.ended is None]
    if not around.reviews:
        return "review-open", "The review after the fact has not been asked for yet.", "It follows from the act before."
    if not waiting:
        return None
    first = waiting[0]
    if not first.key:
        return "review-open", f"The review ({first.title}) is about to be made.", "Try again in a moment."
    return "review-open", f"The review {first.key} ({first.title}) is still open.", f"Hold it: /items/{first.key}."


def not_under(word: Act, item: ItemFacts, around: Around) -> Because | None:
    """Why an act cannot rest on the item its field names."""
    if word.under is None:
        return None
    name, called = word.under.item, word.under.item.replace("-", " ").replace("_", " ")
    linked = around.items.get(name)
    if linked is None:
        given = item.fields.get(name)
        said = f"There is no item {given}." if given else f"No {called} is named."
        return "not-under", said, f"Name the {called} it is done under."
    ask = f"Ask {linked.owner}, who owns it." if linked.owner else "It has no owner to ask."
    if linked.state not in word.under.be:
        return "not-in-force", f"{linked.key} is not in force: it is in {linked.state_title}.", ask
    if linked.until is not None and linked.until <= around.now:
        return "not-in-force", f"{linked.key} is not in force: it expired on {linked.until:%Y-%m-%d %H:%M} UTC.", ask
    return None


def no_room(word: Act, found: Found | None) -> Because | None:
    """Why an act that takes a time cannot take the one its item names; None where it can, or an exception is asked."""
    if word.window is None:
        return None
    if found is None or found.fault:
        said = found.fault if found is not None else "It is not known what time it takes."
        return "no-window", said, "Edit the item."
    if not found.against or word.window.outside != REFUSE:
        return None
    return "outside-window", " ".join(found.against), found.free_in_words


def rested_on(name: str, word: Act, around: Around) -> dict[str, Any]:
    """What of this an act relied on, as its entry keeps it; empty where it relied on nothing."""
    found: dict[str, Any] = {}
    if "review" in word.needs:
        found["reviews"] = [{"review": one.key, "title": one.title, "ended": one.ended} for one in around.reviews]
    if word.under is not None and word.under.item in around.items:
        linked = around.items[word.under.item]
        found["under"] = {
            "field": word.under.item,
            "item": linked.key,
            "state": linked.state,
            "state_title": linked.state_title,
            "owner": linked.owner,
            "revision": linked.revision,
            "revision_digest": linked.revision_digest,
            "process_digest": linked.process_digest,
            "until": None if linked.until is None else stamp(linked.until),
        }
    taken = around.windows.get(name)
    if word.window is not None and taken is not None:
        found["window"] = window_as_data(taken)
    return found


def window_as_data(found: Found) -> dict[str, Any]:
    """A time taken at a site, as entries keep it."""
    return {
        "site": found.site,
        "zone": found.zone,
        "line": found.line,
        "within": found.within,
        "begins_at": _stamp(found.begins),
        "ends_at": _stamp(found.ends),
        "window": found.window,
        "opens_at": _stamp(found.opens),
        "closes_at": _stamp(found.closes),
        "calendar": found.calendar,
        "against": list(found.against),
    }


def _stamp(moment: datetime | None) -> str | None:
    return None if moment is None else stamp(moment)
