"""A stand-in for Stripe, spoken to over HTTP: a program of its own, for development and tests.

It imports nothing of ours and nothing of ours imports it (ADR 0030); how to start it stands in __main__.py.
"""
