"""The register: items, revisions, rounds, decisions, moves, the roster, and the ledger that remembers them.

Refuses web, mail and Prefect: nothing in this package serves a page, sends a message or runs a flow.
Every act is one function of `gates.service.Register`, one unit of work, one commit.
"""
