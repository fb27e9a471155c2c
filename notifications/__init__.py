"""The post room: who is told what, in which words, and the receipt that it went out.

Refuses to decide anything: what is owed and whether it is still to be sent comes from the register.
"""
