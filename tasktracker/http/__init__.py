"""Shared glue between HTTP and the domain: who calls, how much, what was sent, and how a refusal is told.

It knows accounts and core, and no dialect. Words and shapes of one dialect do not belong here.
"""
