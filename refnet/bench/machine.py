"""What was it measured on? Processor, system, Python, compiler, instruction set, threads, and how busy it was."""

import os
import platform
import re
import subprocess
import sys
from typing import Any

import refnet
from refnet.kernels.native.loading import processors


def describe(native: Any, why_no_c: str, threads: int, peers: dict[str, str],
             number: str = "binary64") -> dict[str, Any]:
    """Name and value of everything that a time depends on, ready for JSON."""
    return {
        "number": number,
        "processor": processor(),
        "cores": processors(),
        # How many processes wanted to run in the last minute; None if the system does not say.
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "system": f"{platform.system()} {platform.machine()}",
        "python": f"{platform.python_version()} ({platform.python_implementation()})",
        "refnet": refnet.__version__,
        "contract": refnet.CONTRACT,
        "compiler": native.compiler if native else None,
        "instruction_set": native.instruction_set if native else None,
        "why_no_c": why_no_c,
        "threads": threads,
        "threads_of_c": native.threads if native else None,
        "peers": peers,
    }


def processor() -> str:
    """The processor's name, with family and model, which tell more if a virtual machine hides the name."""
    if sys.platform == "darwin":
        return _output("sysctl", "-n", "machdep.cpu.brand_string") or platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            facts = dict(re.findall(r"^([^\t:]+)\s*: (.*)$", file.read(), re.MULTILINE))
    except OSError:
        facts = {}
    name = facts.get("model name") or platform.processor() or platform.machine()
    if "cpu family" in facts:
        name += f" (family {facts['cpu family']}, model {facts['model']})"
    return " ".join(name.split())


def _output(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=5).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""
