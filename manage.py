#!/usr/bin/env python
import gc
import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    # What a command reads stays, and a migration draws models by the thousand: looking for garbage among them after
    # every 700 was a tenth of each start and a quarter of a migration.
    gc.set_threshold(100_000)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qianjiang_portal.settings")
    execute_from_command_line(sys.argv)
