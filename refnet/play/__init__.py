"""What does a network do while one plays with it? A session that a page asks; its server is refnet.play.server.

    session = Session()
    session.answer({"do": "set", "settings": {"data": "spiral", "hidden": [8, 8]}})
    session.answer({"do": "train", "epochs": 100})["state"]["accuracy"]
"""

from refnet.play.session import Session

__all__ = ["Session"]
