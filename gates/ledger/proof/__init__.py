"""What an auditor needs to check a bundle, with the standard library alone.

Each module here is a chapter of `docs/compliance/verify.py`, the one file that checks a bundle on a machine that
has never met the server; a test keeps the two the same. Nothing in this room imports anything else of Tollgate.
"""
