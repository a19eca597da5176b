"""How does somebody else's implementation know that its bits are right? The contract on a page, and cases of it.

    write("OUT", Extent(cases=8, epochs=2, seed=0))     # FORMAT.md, schema.json, one JSON file a case, manifest.json
    difference("OUT")                                   # "" if it is what refnet writes, else the first place
    stream("sigmoid", seed=7)                           # one call after another, each a line of JSON

The bytes are the same on every machine, every Python and both backends.
"""

from refnet.verify.vectors.calls import SUBJECTS, stream
from refnet.verify.vectors.exports import EXPORTS, export
from refnet.verify.vectors.folder import Extent, difference, texts, write
from refnet.verify.vectors.page import page

__all__ = ["EXPORTS", "SUBJECTS", "Extent", "difference", "export", "page", "stream", "texts", "write"]
