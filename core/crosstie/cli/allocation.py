"""How this process asks the system for memory."""

import ctypes
import gc
import sys

M_MMAP_THRESHOLD = -3
LARGE = 128 * 1024


def give_back_large_buffers() -> None:
    """Let large buffers (pages of JSON) go back to the system when they are freed.

    glibc stops doing so after it has freed the first one (mallopt(3), "dynamic mmap threshold"),
    so that peak memory creeps up with the number of pages read: 89 MB for 5,000 orders and 98 MB
    for 20,000, against 82 and 87 MB this way. Other C libraries have no such setting.
    """
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "mallopt"):
        libc.mallopt(M_MMAP_THRESHOLD, LARGE)


def spare_the_collector() -> None:
    """Keep the cycle collector from walking through loaded code and pages of records in vain.

    Records hold no cycles; with its own thresholds the collector takes a tenth of a run's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
