"""Only what pyproject.toml cannot say: that cffi builds the C core, for which Pythons, with which setuptools."""

import sys
import sysconfig

import setuptools

if int(setuptools.__version__.split(".")[0]) < 77:
    sys.exit(f"setup.py: setuptools {setuptools.__version__} cannot read pyproject.toml; needed: 77 or later")

# CPython's limited API: one wheel for 3.9 and later. PyPy, free-threaded and debug builds do not have it, and cffi
# then builds for the one Python that runs.
has_limited_api = (
    sys.implementation.name == "cpython"
    and not sysconfig.get_config_var("Py_GIL_DISABLED")
    and not hasattr(sys, "gettotalrefcount")
)
setuptools.setup(
    cffi_modules=["build_ffi.py:ffi"],
    options={"bdist_wheel": {"py_limited_api": "cp39"}} if has_limited_api else {},
)
