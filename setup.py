"""Only what pyproject.toml cannot say: that cffi builds the C core."""

from setuptools import setup

setup(cffi_modules=["build_ffi.py:ffi"])
