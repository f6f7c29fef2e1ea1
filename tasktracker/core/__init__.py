"""The bottom of the house: small values and mechanisms that every other part may use.

No models, no HTTP and no imports of ours belong here.
"""
