"""A process that was started by another ends with it, however the other went."""

from __future__ import annotations

import os
import threading
import time

PARENT = "EVENHAND_PARENT"


def follow_parent(every: float = 0.5) -> None:
    """Where a parent is named in the environment, end this process at once when it is gone.

    All that was accepted is on the disk and all that is to be done is a row: there is nothing to tidy up.
    """
    parent = int(os.environ.get(PARENT) or 0)
    if not parent:
        return

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(every)
        os._exit(1)

    threading.Thread(target=watch, name="follow-parent", daemon=True).start()
