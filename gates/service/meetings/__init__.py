"""Meetings: planned ahead, moved and cancelled, opened with an agenda, and closed with minutes.

`chain` keeps the entries and the rows of one, `planning` puts the next ones into the calendar, `inviting` says who
hears of it, `agenda` works out what is ready, and `acts`, `rollcall`, `minutes` are what the chair does.
"""
