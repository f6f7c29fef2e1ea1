"""Runs one experiment in this process, started by houses.py: python -m benchmarks.inside <name> [--short]."""

import sys
from importlib import import_module

import django

if __name__ == "__main__":
    del sys.argv[0]  # experiments read their arguments as if they had been started by themselves
    django.setup()
    import_module(f"benchmarks.{sys.argv[0]}").main()
