"""Which network should it be? Grids, cross-validation, restarts, learning curves: many fits, on any executor.

    def make(lam, seed):
        return rn.Network([rn.Input(4), rn.Dense(8, penalty=rn.L2(lam)), rn.Tanh(), rn.Dense(1)], seed=seed)

    if __name__ == "__main__":
        result = rn.selection.grid(make, {"lam": rn.selection.doubling(0.01, 10.24)}, x, y, validation=(xv, yv),
                                   optimizer=rn.SGD(0.1), epochs=50)
        print(result)               # a line for each λ; result.best.parameters, result.network

`executor` says who does the fits; whoever it is, and however many they are, the same bits come out:

    None                       as many processes as there are processors, each with one thread, started afresh (a
                               script therefore needs its `if __name__ == "__main__":`, and make its place at the top
                               level of a module); the data is sent to each once
    "serial"                   none but the caller, one fit after the other
    ThreadPoolExecutor()       threads: the C core lets them run side by side; good in notebooks
    any other                  of concurrent.futures.Executor's kind, such as dask.distributed's client.get_executor(),
                               whose workers may be other machines; the data is sent with each fit. REFNET_THREADS=1
                               in their environment where each processor has a worker of its own

A fit that fails raises FitError, with its parameters; those that have not started are cancelled then, and by Ctrl-C.
"""

from refnet.selection.diagnosis import Diagnosis, bias_or_variance
from refnet.selection.fitting import Fit
from refnet.selection.folds import doubling, k_folds, seeds, stratified_folds
from refnet.selection.searching import Line, Result, cross_validate, grid, learning_curve, restarts
from refnet.selection.workers import FitError

__all__ = [
    "Diagnosis", "Fit", "FitError", "Line", "Result", "bias_or_variance", "cross_validate", "doubling", "grid",
    "k_folds", "learning_curve", "restarts", "seeds", "stratified_folds",
]
