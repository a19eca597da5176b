"""Only what pyproject.toml cannot say: that cffi builds the C core, and which setuptools can read that file."""

import sys

import setuptools

if int(setuptools.__version__.split(".")[0]) < 77:
    sys.exit(f"setup.py: setuptools {setuptools.__version__} cannot read pyproject.toml; needed: 77 or later")

setuptools.setup(cffi_modules=["build_ffi.py:ffi"])
