"""Judging again: from an item's entries alone, what it was at each of them, and what its rules said then. Pure.

`fold` turns entries into the item as it stood; `judge` holds every recorded verdict and move against the rules.
"""
