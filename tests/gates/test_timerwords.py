"""What timers did, as people read it."""

from __future__ import annotations

import pytest

from gates.service.timerwords import timer_sentence


@pytest.mark.parametrize(
    ("timer", "did", "said"),
    [
        ("remind:0", "reminded 3", "A reminder went to 3 people."),
        ("remind:0", "reminded 1", "A reminder went to 1 person."),
        ("remind:0", "reminded 0", "Nobody was left to remind."),
        (
            "remind:0",
            "folded into the later reminder that is due as well",
            "A reminder was due too; the later one stands for it.",
        ),
        (
            "ladder:1",
            "told 2; raised ESC-0002",
            "Step 2 of the ladder: 2 people were told and escalation ESC-0002 was raised.",
        ),
        ("ladder:0", "told 1", "Step 1 of the ladder: 1 person was told."),
        ("due", "told 2 that it is overdue", "It is overdue; 2 people were told."),
        ("verdict", "Approved: 2 of 2 parts are met", "By time alone: Approved: 2 of 2 parts are met."),
        ("verdict", "told 2 that the deadline has passed", "By time alone: 2 people were told."),
        ("inactive", "A-1 goes to Closed", "Nothing happened for as long as the process allows: A-1 goes to Closed."),
    ],
)
def test_a_timer_is_told_in_plain_words(timer: str, did: str, said: str) -> None:
    """No engine's words, no count without its noun."""
    assert timer_sentence(timer, did) == said
