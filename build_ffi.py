"""What does csrc offer, and how is it compiled? Told to cffi; setup.py runs it, `python build_ffi.py` builds in place.

With REFNET_PLAIN=1 it builds without vector extensions, as for a compiler that has none: plain loops, the same bits.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from cffi import FFI

SOURCES = ["core.c", "threads.c", "baseline.c", "avx2.c", "avx512.c", "replay.c"]

# The contract: one rounding an operation (no fused multiply-adds), no reassociation. -fno-trapping-math and
# -fno-math-errno change no result and let the compiler vectorise loops.
if sys.platform == "win32":
    FLAGS, LIBRARIES = ["/O2", "/fp:precise", "/std:c11"], []
else:
    FLAGS = ["-std=c11", "-D_POSIX_C_SOURCE=200809L", "-O3"]
    FLAGS += ["-ffp-contract=off", "-fno-trapping-math", "-fno-math-errno"]
    LIBRARIES = ["m", "pthread"]


def declarations(header: str) -> str:
    """The structs and functions of refnet.h, as cffi reads them: numbers for the names of sizes."""
    for name, size in re.findall(r"#define (REFNET_\w+) (\d+)", header):
        header = header.replace(f"[{name}]", f"[{size}]")
    structs = re.findall(r"typedef struct \{[^}]*\} \w+;", header)
    functions = re.findall(r"^(?!typedef)[\w ]+[ *]refnet_\w+\([^)]*\);", header, re.MULTILINE)
    return "\n".join(structs + functions)


ffi = FFI()
ffi.cdef(declarations((Path(__file__).parent / "csrc" / "refnet.h").read_text(encoding="utf-8")))
ffi.set_source(
    "refnet._core",
    '#include "refnet.h"',
    sources=["csrc/" + name for name in SOURCES],
    include_dirs=["csrc"],
    depends=[str(path) for path in Path("csrc").rglob("*.h")],
    define_macros=[("REFNET_PLAIN", "1")] if os.environ.get("REFNET_PLAIN") == "1" else [],
    extra_compile_args=FLAGS,
    libraries=LIBRARIES,
    optional=True,  # without a compiler the installation succeeds, and refnet runs on the reference
)

if __name__ == "__main__":
    ffi.compile(verbose=True)
