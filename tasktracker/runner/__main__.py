"""`python -m tasktracker.runner`: the runner without Django."""

import sys

from tasktracker.runner.program import main

sys.exit(main())
