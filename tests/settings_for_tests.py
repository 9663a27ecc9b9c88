"""The product's settings on a data folder of the tests' own.

The environment is set here, before the settings are read: a conftest comes too late for that.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

if "EVENHAND_DATA_DIR" not in os.environ:
    os.environ["EVENHAND_DATA_DIR"] = tempfile.mkdtemp(prefix="evenhand-tests-")
    atexit.register(shutil.rmtree, os.environ["EVENHAND_DATA_DIR"], ignore_errors=True)
os.environ.setdefault("EVENHAND_SECRET_KEY", "only for tests")
os.environ.setdefault("EVENHAND_ORGANISATION", "Lakeside Bank")

from evenhand.web.settings import *  # noqa: F403

# Programs that tests start are the product itself.
os.environ["DJANGO_SETTINGS_MODULE"] = "evenhand.web.settings"
# Nothing is collected for tests: the pages' files keep their own names.
Path(os.environ["EVENHAND_DATA_DIR"], "static").mkdir(parents=True, exist_ok=True)
