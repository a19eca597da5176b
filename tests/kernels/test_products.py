"""Is a matrix product right however it is handed in? In one go or continued, B packed or not, for every register."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from refnet.kernels import native_or_none

ROOT = Path(__file__).resolve().parents[2]
FLAGS = ["-std=c11", "-O2", "-ffp-contract=off", "-fno-trapping-math", "-fno-math-errno", "-Wno-psabi"]
pytestmark = pytest.mark.skipif(not shutil.which("cc") or os.name != "posix", reason="no compiler called cc")


@pytest.mark.parametrize("size", [8, 4])
@pytest.mark.parametrize("register, target", [(0, ""), (16, ""), (32, "-mavx2"), (64, "-mavx2")])
def test_products_against_plain_loops(tmp_path, register, target, size):
    native = native_or_none()
    if target and (native is None or "avx2" not in native.instruction_sets):
        pytest.skip("no AVX2 here")
    if register == 64 and "avx512" in native.instruction_sets:
        target = "-mavx512f"  # the same bits in a third of the time
    program, source = str(tmp_path / "products"), str(ROOT / "tests" / "kernels" / "products.c")
    command = ["cc", *FLAGS, *target.split(), f"-DREFNET_REGISTER={register}", f"-DREFNET_REAL={size}",
               f"-I{ROOT / 'csrc'}", source, "-o", program, "-lm"]
    subprocess.run(command, check=True)
    done = subprocess.run([program], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")  # and it has not crashed
