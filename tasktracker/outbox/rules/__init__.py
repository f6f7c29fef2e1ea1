"""Pure rules of the outbox: values in, values out.

No rows, no clock, no settings, no sockets.
"""
