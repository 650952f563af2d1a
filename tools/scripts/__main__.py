import sys

from tools import scripts

sys.exit(scripts.errors() or None)
