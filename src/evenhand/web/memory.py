"""Ask the C library to keep little memory that nobody uses."""

from __future__ import annotations

import ctypes
import sys

_ARENAS, _TRIM_ABOVE = -8, -1  # M_ARENA_MAX and M_TRIM_THRESHOLD of malloc.h


def keep_little() -> None:
    """One heap for all threads, trimmed early (glibc alone).

    Each thread would have a heap of its own otherwise, and four that took turns kept twelve megabytes for nothing;
    as Python's own lock lets one of them allocate at a time, sharing costs no time.
    """
    if sys.platform != "linux":
        return
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is not None:
        set_option(_ARENAS, 1)
        set_option(_TRIM_ABOVE, 64 * 1024)
