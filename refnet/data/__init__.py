"""Where do the numbers come from? Reads data sets, splits them, and prepares them for training.

    data = read("iris.csv")                     # or a folder of IDX files, like MNIST's
    train, test = split(data, 0.2, seed=1)
    scale = Standardizer().fit(train.inputs)    # on the training part only
    net.fit(scale.transform(train.inputs), train.targets, …)

`read_table` reads columns of words too, and missing values; a Preparation, fitted on the training part, makes numbers.
"""

from refnet.data.containers import ByteMatrix, Dataset, FloatMatrix
from refnet.data.csv_files import read_csv
from refnet.data.encoding import Preparation
from refnet.data.files import read
from refnet.data.idx import is_idx_file, read_idx, read_idx_folder
from refnet.data.playground import circle, plane_features, spiral, two_moons, xor
from refnet.data.preparation import Standardizer, column_statistics, one_hot, split
from refnet.data.row_names import identifiers
from refnet.data.table_files import read_table
from refnet.data.tables import Table

__all__ = [
    "ByteMatrix", "Dataset", "FloatMatrix", "Preparation", "Standardizer", "Table", "circle", "column_statistics",
    "identifiers", "is_idx_file", "one_hot", "plane_features", "read", "read_csv", "read_idx", "read_idx_folder",
    "read_table", "spiral", "split", "two_moons", "xor",
]
