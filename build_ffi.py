"""What does csrc offer, and how is it compiled? Told to cffi; setup.py runs it, `python build_ffi.py` builds in place.

With REFNET_PLAIN=1 it builds without vector extensions, as for a compiler that has none: plain loops, the same bits.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cffi import FFI
from setuptools._distutils import ccompiler, sysconfig

SOURCES = ["core.c", "threads.c", "baseline.c", "avx2.c", "avx512.c", "replay.c"]

# The contract: one rounding an operation (no fused multiply-adds), no reassociation. -fno-trapping-math and
# -fno-math-errno change no result and let the compiler vectorise loops.
if sys.platform == "win32":
    FLAGS, LIBRARIES = ["/O2", "/fp:precise", "/std:c11"], []
else:
    FLAGS = ["-std=c11", "-D_POSIX_C_SOURCE=200809L", "-O3"]
    FLAGS += ["-ffp-contract=off", "-fno-trapping-math", "-fno-math-errno"]
    LIBRARIES = ["m"]

OPENMP_PROBE = "#include <omp.h>\nint main(void) { return omp_get_max_threads() < 1; }\n"


def openmp_flags() -> tuple[list[str], list[str]]:
    """The flags for OpenMP, of compiler and linker, or none if a program with them cannot be built."""
    compile_flags, link_flags = (["/openmp"], []) if sys.platform == "win32" else (["-fopenmp"], ["-fopenmp"])
    with tempfile.TemporaryDirectory() as folder, silence():
        source = Path(folder) / "probe.c"
        source.write_text(OPENMP_PROBE, encoding="ascii")
        try:
            compiler = ccompiler.new_compiler()
            sysconfig.customize_compiler(compiler)
            objects = compiler.compile([str(source)], output_dir=folder, extra_postargs=compile_flags)
            compiler.link_executable(objects, str(Path(folder) / "probe"), extra_postargs=link_flags)
        except Exception:  # compilers fail in many ways; after any of them there is one thread
            return [], []
    return compile_flags, link_flags


@contextmanager
def silence() -> Iterator[None]:
    """Hide what a compiler prints about a failed attempt: it is not an error."""
    kept = os.dup(2)
    with open(os.devnull, "w") as nothing:
        os.dup2(nothing.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def declarations(header: str) -> str:
    """The structs and functions of refnet.h, as cffi reads them: numbers for the names of sizes."""
    for name, size in re.findall(r"#define (REFNET_\w+) (\d+)", header):
        header = header.replace(f"[{name}]", f"[{size}]")
    structs = re.findall(r"typedef struct \{[^}]*\} \w+;", header)
    functions = re.findall(r"^(?!typedef)[\w ]+[ *]refnet_\w+\([^)]*\);", header, re.MULTILINE)
    return "\n".join(structs + functions)


OPENMP_COMPILE, OPENMP_LINK = openmp_flags()

ffi = FFI()
ffi.cdef(declarations((Path(__file__).parent / "csrc" / "refnet.h").read_text(encoding="utf-8")))
ffi.set_source(
    "refnet._core",
    '#include "refnet.h"',
    sources=["csrc/" + name for name in SOURCES],
    include_dirs=["csrc"],
    depends=[str(path) for path in Path("csrc").rglob("*.h")],
    define_macros=[("REFNET_PLAIN", "1")] if os.environ.get("REFNET_PLAIN") == "1" else [],
    extra_compile_args=FLAGS + OPENMP_COMPILE,
    extra_link_args=OPENMP_LINK,
    libraries=LIBRARIES,
    optional=True,  # without a compiler the installation succeeds, and refnet runs on the reference
)

if __name__ == "__main__":
    ffi.compile(verbose=True)
