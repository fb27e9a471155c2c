"""Searching the record: an index kept outside the signing path, and the questions put to it.

`texts` says what of an entry is searched, `index` fills the index, `find` answers.
"""
