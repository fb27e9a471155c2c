"""The drivers: everything that makes an item move. Flows, pages, the command line, settings and wiring.

Refuses rules: what may happen is asked of the register, which asks the rule book.
"""
