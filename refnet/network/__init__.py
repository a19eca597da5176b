"""How are layers wired? Their graph, its two passes, and its state; nothing here trains or saves."""
