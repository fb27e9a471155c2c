"""Validation in the customer's own environment: what is installed, what the tests show, and a report to sign.

Installation qualification looks at the environment it runs in; operation qualification runs the tests of a clone of
the repository that carry requirement ids. Neither decides whether the result is good enough: people do, who sign it.
"""
