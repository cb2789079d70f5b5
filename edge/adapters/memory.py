"""Gives back memory that is not needed any more: freed heap, and pages of files hardly looked at again."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Final

MAPS: Final = Path("/proc/self/maps")
# asm-generic/mman-common.h. The first takes pages out of this process alone, and from Linux 5.4 on the second
# reclaims those that no other process has mapped. What is needed comes back by itself, from the file.
MADV_DONTNEED: Final = 4
MADV_PAGEOUT: Final = 21


def give_back_freed_memory() -> None:
    """Have the C library hand free pages back to the kernel, as after a large piece of work, where it can."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    # Of the GNU C library; others have none.
    if trim is not None:
        trim(0)


def give_back_startup_pages() -> None:
    """Have the kernel reclaim freed heap and the clean pages of files; where it cannot, nothing happens."""
    give_back_freed_memory()
    try:
        mappings = MAPS.read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    libc = ctypes.CDLL(None)
    libc.madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    for mapping in mappings:
        span, permissions, _, _, inode, *path = mapping.split(maxsplit=5)
        # Only what is in a file to come back from.
        if inode == "0" or "w" in permissions or not path:
            continue
        first, last = (int(end, 16) for end in span.split("-"))
        # Code is as it is in the file. Other read-only pages may have been relocated before they became so.
        libc.madvise(first, last - first, MADV_DONTNEED if "x" in permissions else MADV_PAGEOUT)
