"""`python -m include.sync.decide`."""

import sys

from include.sync.decide.command import main

sys.exit(main())
