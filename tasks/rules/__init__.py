"""Pure rules of tasks: values in, value out.

No ORM, no clock, no settings and no HTTP belong here.
"""
