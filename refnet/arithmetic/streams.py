"""Which streams of random numbers are there, and what is each for? The one table of them.

A stream's number has its purpose in the high half and an index in the low half. Two purposes of one seed never share
draws: `stream_key(seed, SHUFFLE_STREAM + epoch)` is the key of one epoch's order, and of nothing else.
"""

INITIALIZE_STREAM = 1 << 32  # initial weights and biases; index: the parameter
SHUFFLE_STREAM = 2 << 32  # the order of the rows in an epoch; index: the epoch
SPLIT_STREAM = 3 << 32  # which rows `data.split` holds out
LAYER_STREAM = 4 << 32  # what layers draw in training, such as dropout's masks; index: the layer
COMPARE_STREAM = 5 << 32  # the random cases of `refnet check`; index: the kernel and the case
CANONICAL_STREAM = 6 << 32  # the data of the canonical network
PLAYGROUND_STREAM = 7 << 32  # the playground's data sets; index: which of them
FOLD_STREAM = 8 << 32  # cross-validation: the order that is dealt out into folds
SIZE_STREAM = 9 << 32  # learning curves: the order whose beginnings are the training sets
SEED_STREAM = 10 << 32  # restarts: the seeds of the fits; index: the restart
BENCH_STREAM = 11 << 32  # the data and labels of `refnet bench`; index: the matrix
HOLD_OUT_STREAM = 12 << 32  # which rows `fit` holds out to validate with
VECTOR_STREAM = 13 << 32  # the cases of `refnet vectors`; index: the CRC-32 of the name of what is called
EXERCISE_STREAM = 15 << 32  # the numbers of an invented exercise
