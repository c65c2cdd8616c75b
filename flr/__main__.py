"""``python -m flr``."""

import sys

from flr.cli import main

sys.exit(main())
