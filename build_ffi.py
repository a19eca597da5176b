"""Tells cffi what csrc offers and how it is compiled. Run by setup.py; `python build_ffi.py` builds in place."""

import re
import sys
from pathlib import Path

from cffi import FFI

SOURCES = ["csrc/core.c", "csrc/kernels.c"]

# The contract: one rounding an operation (no contraction into fused multiply-adds), no reassociation.
# -fno-trapping-math and -fno-math-errno change no result; they let loops vectorise.
if sys.platform == "win32":
    FLAGS, LIBRARIES = ["/O2", "/fp:precise", "/std:c11"], []
else:
    FLAGS = ["-std=c11", "-O3", "-ffp-contract=off", "-fno-trapping-math", "-fno-math-errno"]
    LIBRARIES = ["m"]


def declarations(header: str) -> str:
    """What cffi has to know of refnet.h: the struct and the functions, its own words."""
    sizes = dict(re.findall(r"#define (REFNET_\w+) (\d+)", header))
    struct = re.search(r"typedef struct \{[^}]*\} refnet_step;", header).group(0)
    for name, size in sizes.items():
        struct = struct.replace(name, size)
    functions = re.findall(r"^[\w ]+[ *]refnet_\w+\([^)]*\);", header, re.MULTILINE)
    return "\n".join([struct] + [line for line in functions if not line.startswith("typedef")])


ffi = FFI()
ffi.cdef(declarations((Path(__file__).parent / "csrc" / "refnet.h").read_text(encoding="utf-8")))
ffi.set_source(
    "refnet._core",
    '#include "refnet.h"',
    sources=SOURCES,
    include_dirs=["csrc"],
    depends=[str(path) for path in Path("csrc").glob("*.h")],
    extra_compile_args=FLAGS,
    libraries=LIBRARIES,
    optional=True,  # without a compiler the installation goes on, and refnet runs on the reference
)

if __name__ == "__main__":
    ffi.compile(verbose=True)
