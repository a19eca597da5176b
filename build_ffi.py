"""Tells cffi what csrc offers and how it is compiled. Run by setup.py; `python build_ffi.py` builds in place."""

import re
import sys
from pathlib import Path

from cffi import FFI

SOURCES = ["csrc/core.c", "csrc/kernels.c", "csrc/replay.c"]

# The contract: one rounding an operation (no contraction into fused multiply-adds), no reassociation.
# -fno-trapping-math and -fno-math-errno change no result; they let loops vectorise.
if sys.platform == "win32":
    FLAGS, LIBRARIES = ["/O2", "/fp:precise", "/std:c11"], []
else:
    FLAGS = ["-std=c11", "-O3", "-ffp-contract=off", "-fno-trapping-math", "-fno-math-errno"]
    LIBRARIES = ["m"]


def declarations(header: str) -> str:
    """What cffi has to know of refnet.h: its structs of data and its functions, in its own words."""
    for name, size in re.findall(r"#define (REFNET_\w+) (\d+)", header):
        header = header.replace(f"[{name}]", f"[{size}]")
    structs = [text for text in re.findall(r"typedef struct \{[^}]*\} \w+;", header) if "refnet_kernel *" not in text]
    functions = re.findall(r"^(?!typedef)[\w ]+[ *]refnet_\w+\([^)]*\);", header, re.MULTILINE)
    return "\n".join(structs + functions)


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
