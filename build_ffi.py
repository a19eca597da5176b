"""What does csrc offer, and how is it compiled? Told to cffi; setup.py runs it, `python build_ffi.py` builds in place.

With REFNET_PLAIN=1 it builds without vector extensions, as for a compiler that has none: plain loops, the same bits.
"""

from __future__ import annotations

import os
import re
import sys
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from sysconfig import get_platform

from cffi import FFI

SOURCES = ["core.c", "running.c", "threads.c", "replay.c", "baseline.c", "avx2.c", "avx512.c"]
SOURCES += ["baseline_binary32.c", "avx2_binary32.c", "avx512_binary32.c"]

# The contract: one rounding an operation (no fused multiply-adds), no reassociation. These flags come after CFLAGS and
# undo what a user has set there, in linking too: -Ofast would link a file that switches flush-to-zero on.
# -fno-trapping-math and -fno-math-errno change no result and let the compiler vectorise loops.
if sys.platform == "win32":
    FLAGS, LINK_FLAGS, LIBRARIES = ["/O2", "/fp:precise", "/std:c11"], [], []
else:
    LINK_FLAGS = ["-O3", "-fno-fast-math", "-fno-unsafe-math-optimizations", "-fno-associative-math"]
    LINK_FLAGS += ["-fno-reciprocal-math", "-fno-finite-math-only", "-fsigned-zeros", "-ffp-contract=off"]
    if re.search("x86_64|amd64|i[3-6]86", get_platform()) and sys.platform != "darwin":
        LINK_FLAGS += ["-msse2", "-mfpmath=sse"]  # not the x87 unit, which rounds twice
    if "s390x" in get_platform():
        LINK_FLAGS += ["-fexcess-precision=fast"]  # with standard C, gcc computes float as double there
    FLAGS = ["-std=c11", "-D_POSIX_C_SOURCE=200809L", *LINK_FLAGS, "-fno-trapping-math", "-fno-math-errno"]
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
    depends=[str(path) for path in Path("csrc").rglob("*.[ch]")],
    define_macros=[("REFNET_PLAIN", "1")] if os.environ.get("REFNET_PLAIN") == "1" else [],
    extra_compile_args=FLAGS,
    extra_link_args=LINK_FLAGS,
    libraries=LIBRARIES,
    optional=True,  # without a compiler the installation succeeds, and refnet runs on the reference
)

if __name__ == "__main__":
    with suppress(PackageNotFoundError):  # Python 3.11 and before can build without setuptools
        found = version("setuptools")
        if 61 <= int(found.split(".")[0]) < 77:  # older ones do not look at that file
            sys.exit(f"build_ffi.py: setuptools {found} cannot read pyproject.toml; needed: 77 or later")
    ffi.compile(verbose=True)
