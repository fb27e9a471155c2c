"""What auditors do with the record: look for exceptions, draw samples, review trails.

All of it is read from the entries, whose bytes are what was hashed, not from the tables. A sample drawn and a trail
reviewed are acts and stand on the record themselves; a report is a read and leaves nothing behind.
"""
