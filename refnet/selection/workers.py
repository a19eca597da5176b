"""Who does the fits? Processes of our own, an executor that is handed in, or nobody else.

All give the same bits: what a fit depends on is in its task, and results are taken in the order of the tasks.
"""

from __future__ import annotations

import concurrent.futures
import multiprocessing
import os
import pickle
import signal
import sys
from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import BrokenExecutor, Executor
from typing import Any, Optional

from refnet.kernels import native_or_none
from refnet.model import Network
from refnet.selection.fitting import Fit, Problem, Task, run

Outcome = tuple[Fit, Optional[Network]]


class FitError(RuntimeError):
    """A fit failed; the message names its parameters, __cause__ is the error itself."""


def failed(task: Task, error: Exception) -> FitError:
    return FitError(f"fit of {task}: {type(error).__name__}: {error}")


def outcomes(problem: Problem, tasks: list[Task], executor: Any) -> Generator[Outcome, None, None]:
    """run(problem, task) of each task in order. What has not started when this is closed never will.

    executor  None: processes of our own, none where there is but one task; "serial": one after the other, here;
              any concurrent.futures.Executor. Raises TypeError for all else.
    """
    alone = len(tasks) == 1 or sys.platform in ("emscripten", "wasi")  # a browser lets nobody start processes
    if executor == "serial" or (executor is None and alone):
        return _in_order(lambda i: _Later(problem, tasks[i]), tasks)
    if executor is None:
        return _by_processes(problem, tasks)
    check_executor(executor)
    return _handed_in(executor, problem, tasks)


def check_executor(executor: Any) -> None:
    if executor is not None and executor != "serial" and not isinstance(executor, Executor):
        raise TypeError(f"executor: {executor!r}; allowed: None (processes), 'serial', and a "
                        "concurrent.futures.Executor")


class _Later:
    """What looks like a future, but is worked out by whoever asks for the result."""

    def __init__(self, problem: Problem, task: Task) -> None:
        self.arguments = problem, task

    def result(self) -> Outcome:
        return run(*self.arguments)

    def cancel(self) -> None:
        pass


def _in_order(submit: Callable[[int], Any], tasks: list[Task]) -> Generator[Outcome, None, None]:
    waiting: deque[Any] = deque()
    try:
        for i in range(len(tasks)):
            waiting.append(submit(i))
        for task in tasks:
            try:
                outcome = waiting.popleft().result()
            except BrokenExecutor:
                raise
            except Exception as error:
                raise failed(task, error) from error
            yield outcome
            del outcome  # a network may be large
    except BrokenExecutor as error:
        raise FitError(
            "a worker process ended before its fit did. Does the program call this under `if __name__ == '__main__':`, "
            "as one that starts processes has to (executor='serial' starts none)? Was there memory enough?"
        ) from error
    finally:
        for future in waiting:
            future.cancel()


def _handed_in(executor: Executor, problem: Problem, tasks: list[Task]) -> Generator[Outcome, None, None]:
    try:
        yield from _in_order(lambda i: executor.submit(run, problem, tasks[i]), tasks)
    except FitError as error:
        if isinstance(error.__cause__, BrokenExecutor):
            executor.shutdown()  # of no use any more; dropped while it takes itself down, Python 3.12 and 3.13 hang
        raise


# --- Processes of our own ---


def _by_processes(problem: Problem, tasks: list[Task]) -> Generator[Outcome, None, None]:
    """A pool that gets the data once a worker, not once a fit, and is gone afterwards, whatever happens.

    Its processes are spawned, not forked: OpenMP's threads, and anyone else's, do not survive a fork.
    """
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        sys.exit(1)  # a worker that runs the caller's script once more: the caller will say what is missing there
    luggage = _packed(problem, tasks)
    pool = concurrent.futures.ProcessPoolExecutor(  # there is none in a browser
        min(len(tasks), processors()), multiprocessing.get_context("spawn"), _begin, (luggage,)
    )
    is_complete = False
    try:
        yield from _in_order(lambda i: pool.submit(_run_number, i), tasks)
        is_complete = True
    finally:
        workers = list((pool._processes or {}).values())
        manager: Any = pool._executor_manager_thread
        pool.shutdown(wait=False, cancel_futures=True)
        for worker in [] if is_complete else workers:
            worker.terminate()
        if manager is not None:
            manager.join()  # shutdown does not wait a second time; and see _handed_in


def _packed(problem: Problem, tasks: list[Task]) -> bytes:
    """Pickled here, where it can be said what is wrong: a pool only says that it is broken."""
    make = problem.make
    while hasattr(make, "func"):  # functools.partial
        make = make.func
    try:
        if getattr(make, "__module__", "") == "__main__" and not hasattr(sys.modules["__main__"], "__file__"):
            raise ValueError("it was typed in or is a notebook's, which a new process cannot import")
        return pickle.dumps((problem, tasks), pickle.HIGHEST_PROTOCOL)
    except Exception as error:
        raise TypeError(
            f"make: {make!r} or a setting cannot be sent to another process: {error}. Define it at the top level of "
            "a module, or hand in executor='serial' or a ThreadPoolExecutor()"
        ) from error


_luggage: tuple[Problem, list[Task]]


def _begin(luggage: bytes) -> None:
    """In a worker, first of all: Ctrl-C is for the caller, one thread (all processors have a worker), unpack."""
    global _luggage
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    native = native_or_none()
    if native is not None and not os.environ.get("REFNET_THREADS"):
        native.threads = 1
    _luggage = pickle.loads(luggage)


def _run_number(i: int) -> Outcome:
    problem, tasks = _luggage
    return run(problem, tasks[i])


def processors() -> int:
    """How many processors this process may use; no more than Windows lets a pool have."""
    allowed = getattr(os, "sched_getaffinity", None)
    return min(61, len(allowed(0)) if allowed else os.cpu_count() or 1)
