"""What goes into one program with refnet? PyInstaller asks here, by the entry point pyinstaller40, where the hook is.

The folder's name is the one that PyInstaller's documentation gives such folders.
"""

import os


def hook_dirs() -> list[str]:
    """The folders with files called hook-PACKAGE.py."""
    return [os.path.dirname(__file__)]
