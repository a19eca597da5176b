"""Which network should it be? Grids, cross-validation, restarts, learning curves: many fits, on any executor.

    def make(lam, seed):
        return rn.Network([rn.Input(4), rn.Dense(8, penalty=rn.L2(lam)), rn.Tanh(), rn.Dense(1)], seed=seed)

    if __name__ == "__main__":
        result = rn.selection.grid(make, {"lam": rn.selection.doubling(0.01, 10.24)}, x, y, validation=(xv, yv),
                                   optimizer=rn.SGD(0.1), epochs=50)
        print(result)               # one line for each λ; see also result.best.parameters and result.network

`executor` says where the fits run. The bits are the same everywhere, with any number of workers:

    None                       one process for each processor, with one thread each. They are started afresh: a script
                               needs `if __name__ == "__main__":`, and `make` has to be defined at the top level of a
                               module. Each process gets the data once
    "serial"                   one fit after the other, in the calling process
    ThreadPoolExecutor()       threads: the C core lets them run side by side; good in notebooks
    any other Executor         with the interface of concurrent.futures, such as dask.distributed's
                               client.get_executor(), whose workers may be other machines. Each fit gets the data.
                               Set REFNET_THREADS=1 for its workers if there is one for each processor

A fit that fails raises FitError with its parameters. Fits that have not started are then cancelled, as by Ctrl-C.
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
