"""Tells cffi what csrc offers and how it is compiled. Run by setup.py; `python build_ffi.py` builds in place.

REFNET_PLAIN=1 builds without vector extensions, as a compiler that has none would: plain loops, the same bits.
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

SOURCES = ["core.c", "threads.c", "baseline.c", "avx2.c", "avx512.c", "replay.c"]

# The contract: one rounding an operation (no contraction into fused multiply-adds), no reassociation.
# -fno-trapping-math and -fno-math-errno change no result; they let loops vectorise.
if sys.platform == "win32":
    FLAGS, LIBRARIES = ["/O2", "/fp:precise", "/std:c11"], []
else:
    FLAGS = ["-std=c11", "-D_POSIX_C_SOURCE=200809L", "-O3"]
    FLAGS += ["-ffp-contract=off", "-fno-trapping-math", "-fno-math-errno"]
    LIBRARIES = ["m"]

OPENMP_PROBE = "#include <omp.h>\nint main(void) { return omp_get_max_threads() < 1; }\n"


def openmp_flags() -> tuple[list[str], list[str]]:
    """The flags with which compiler and linker make threads, or none: found out by trying."""
    from setuptools._distutils import ccompiler, sysconfig

    compile_flags, link_flags = (["/openmp"], []) if sys.platform == "win32" else (["-fopenmp"], ["-fopenmp"])
    with tempfile.TemporaryDirectory() as folder, silence():
        source = Path(folder) / "probe.c"
        source.write_text(OPENMP_PROBE, encoding="ascii")
        try:
            compiler = ccompiler.new_compiler()
            sysconfig.customize_compiler(compiler)
            objects = compiler.compile([str(source)], output_dir=folder, extra_postargs=compile_flags)
            compiler.link_executable(objects, str(Path(folder) / "probe"), extra_postargs=link_flags)
        except Exception:  # whatever fails, and compilers fail in many ways: then there is one thread
            return [], []
    return compile_flags, link_flags


@contextmanager
def silence() -> Iterator[None]:
    """What compilers say of a failed attempt is no error of ours."""
    kept = os.dup(2)
    with open(os.devnull, "w") as nothing:
        os.dup2(nothing.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def declarations(header: str) -> str:
    """What cffi has to know of refnet.h: its structs of data and its functions, in its own words."""
    for name, size in re.findall(r"#define (REFNET_\w+) (\d+)", header):
        header = header.replace(f"[{name}]", f"[{size}]")
    structs = [text for text in re.findall(r"typedef struct \{[^}]*\} \w+;", header) if "refnet_kernel *" not in text]
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
    optional=True,  # without a compiler the installation goes on, and refnet runs on the reference
)

if __name__ == "__main__":
    ffi.compile(verbose=True)
