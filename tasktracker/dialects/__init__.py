"""The accents of the domain, one package each. No dialect imports another; registry.py lists them."""
