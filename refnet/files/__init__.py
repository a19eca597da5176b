"""How does a network outlive its program? As one text file that keeps every bit, written whole or not at all.

    save(net, "model.refnet")
    net = load("model.refnet")      # fit goes on bit for bit as if it had never stopped, on either backend

The file is standard JSON in ASCII; each row of a matrix is a line. It has exactly these keys:

    format      "refnet network"
    version     of this layout: 3, or 4 if the network's number format is not binary64 (version 2, whose classes had
                fewer settings and less state, and version 1, whose layers are a chain, are read too)
    contract    the version of the arithmetic contract that the numbers were computed under
    seed        the network's; with `progress` it is the whole state of the random numbers
    number      in version 4 alone: the name of the number format, "binary32" or "Q7.8" (refnet.arithmetic.formats)
    layers      [{"class": name, "settings": {constructor's argument: value}, "after": [indices of its parents],
                "shares": null, or the index of the layer whose parameters it uses}, …], each after its parents
    inputs      the indices of the Inputs, in the order in which their rows are given; outputs: those of the outputs
    parameters  {"dense1.weights": {"shape": [units, inputs], "rows": [[…], …]}, …}; a bias has one row
    frozen      the names of the parameters that training leaves as they are
    buffers     the same for a layer's other matrices, "standardize1.mean"
    loss        null, or a class with its settings
    penalties   [a class with its settings, …], those of the whole network
    optimizer   null, or a class with its settings, the rate in effect, and its "state" by parameter and matrix
                (rate and state are null for an optimizer that has not been used yet)
    callbacks   [a class with its settings and its "state", …], without Checkpoint and classes that are not registered
                (of which a UserWarning says so)
    progress    epoch, step, position, loss_sum and plan (null, or rows, batch_size, shuffle, seed, drop_last)
    notes       an object of the user's own
    sha256      the checksum

A number of a matrix is the shortest decimal that reads back as the same binary64; −0.0 keeps its sign. NaN and the
infinities, which JSON does not have, are "nan", "inf" and "-inf". A setting that is an object is written like a layer.
In version 4 the numbers of parameters, buffers and the optimizer's state are numbers of the format, each of which is a
binary64 number too. The rate, the state "step" and counters of draws are binary64 in every format.

The checksum. The file's last 81 bytes are these two lines, each ended by one newline:

      "sha256": "64 small hexadecimal digits"
    }

and the digits are the SHA-256 of all bytes before them: `sha256(data[:-81])`. No byte can change unnoticed.

Loading executes no code from the file: it names classes of refnet or of `register` and gives their settings.
Gradients, activations and initializers are not saved.
"""

from refnet.files.classes import FileError, entry_of, register
from refnet.files.description import Saved, described
from refnet.files.fields import as_fields, as_table, fill, in_place
from refnet.files.reading import about, bytes_of, contents_in, of_this_version, read, unpacked
from refnet.files.replacing import replace
from refnet.files.writing import check_savable, contents, finite, layout, packed, rows_of, write

__all__ = [
    "FileError", "Saved", "about", "as_fields", "as_table", "bytes_of", "check_savable", "contents", "contents_in",
    "described", "entry_of", "fill", "finite", "in_place", "layout", "of_this_version", "packed", "read", "register",
    "replace", "rows_of", "unpacked", "write",
]
