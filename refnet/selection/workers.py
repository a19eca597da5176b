"""Who does the fits? New processes, an executor that the caller passes, or the caller itself.

All give the same bits: a fit depends on nothing but its task, and results are taken in the order of the tasks.
"""

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

from refnet.checks import shown
from refnet.kernels import native_or_none
from refnet.kernels.native.loading import processors
from refnet.model import Network
from refnet.selection.fitting import Fit, Problem, Task, run

Outcome = tuple[Fit, Optional[Network]]


class FitError(RuntimeError):
    """A fit failed; the message names its parameters, __cause__ is the error itself."""


def failed(task: Task, error: Exception) -> FitError:
    return FitError(f"fit of {task}: {type(error).__name__}: {error}")


def outcomes(problem: Problem, tasks: list[Task], executor: Any) -> Generator[Outcome, None, None]:
    """run(problem, task) of each task in order. Closing the generator cancels the tasks that have not started.

    executor  None: new processes, unless there is only one task; "serial": one after the other, in this process; or
              any concurrent.futures.Executor
    """
    is_serial = len(tasks) == 1 or sys.platform in ("emscripten", "wasi")  # a browser cannot start processes
    if executor == "serial" or (executor is None and is_serial):
        return _in_order(lambda i: _Later(problem, tasks[i]), tasks)
    if executor is None:
        return _by_processes(problem, tasks)
    return _handed_in(executor, problem, tasks)


def check_executor(executor: Any) -> None:
    """Raise TypeError if this is not one of the three."""
    if executor is not None and executor != "serial" and not isinstance(executor, Executor):
        raise TypeError(f"executor: {shown(executor)}; allowed: None (processes), 'serial', and a "
                        "concurrent.futures.Executor")


class _Later:
    """Looks like a future, but result() itself does the fit."""

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
            "a worker process ended before its fit did. Is the call under `if __name__ == '__main__':`, as it has to "
            "be in a program that starts processes (executor='serial' starts none)? Was there enough memory?"
        ) from error
    finally:
        for future in waiting:
            future.cancel()


def _handed_in(executor: Executor, problem: Problem, tasks: list[Task]) -> Generator[Outcome, None, None]:
    try:
        yield from _in_order(lambda i: executor.submit(run, problem, tasks[i]), tasks)
    except FitError as error:
        if isinstance(error.__cause__, BrokenExecutor):
            executor.shutdown()  # if it is dropped while it shuts down by itself, Python 3.12 and 3.13 hang
        raise


# --- New processes ---


def _by_processes(problem: Problem, tasks: list[Task]) -> Generator[Outcome, None, None]:
    """A pool of processes that get the data once for each worker, not for each fit. It is gone afterwards in any case.

    The processes are spawned, not forked: threads, such as the C core's, do not survive a fork.
    """
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        sys.exit(1)  # a worker that runs the caller's script again: the caller's FitError says what is missing there
    pool = concurrent.futures.ProcessPoolExecutor(  # a browser has none; Windows allows at most 61 processes
        min(len(tasks), processors(), 61), multiprocessing.get_context("spawn"), _begin, (_packed(problem, tasks),)
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
            manager.join()  # a second shutdown would not wait; see also _handed_in


def _packed(problem: Problem, tasks: list[Task]) -> bytes:
    """The work, pickled here, where an error can say what is wrong: a pool would only say that it is broken."""
    make = problem.make
    while hasattr(make, "func"):  # functools.partial
        make = make.func
    try:
        if getattr(make, "__module__", "") == "__main__" and not hasattr(sys.modules["__main__"], "__file__"):
            raise ValueError("it was typed in or is from a notebook, so a new process cannot import it")
        return pickle.dumps((problem, tasks), pickle.HIGHEST_PROTOCOL)
    except Exception as error:
        raise TypeError(
            f"make: {shown(make)} or a setting cannot be sent to another process: {error}. Define it at the top level "
            "of a module, or pass executor='serial' or a ThreadPoolExecutor()"
        ) from error


_work: tuple[Problem, list[Task]]


def _begin(work: bytes) -> None:
    """Set up a worker: ignore Ctrl-C (the caller handles it), use one thread (each processor has a worker), unpack."""
    global _work
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    native = native_or_none()
    if native is not None and not os.environ.get("REFNET_THREADS"):
        native.threads = 1
    _work = pickle.loads(work)


def _run_number(i: int) -> Outcome:
    problem, tasks = _work
    return run(problem, tasks[i])
