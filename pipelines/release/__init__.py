"""The gate: the only way from counts to published files.

`gate.release` is a pure function from a cube of hidden counts, the releases made before it and a policy to
tables that may be seen; `publish` splits those by audience and writes them. Read in this order: cube,
tree, windows, relations, values, audit, insider, tables, gate, publish, stage.
"""
