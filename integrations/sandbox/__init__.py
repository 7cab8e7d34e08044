"""Stateful stand-ins for the vendors we deliver to, all in one process.

Start it with ``python -m integrations.sandbox --port 8090 --data DIR``. Each vendor is one folder below
``vendors`` and is found by looking there. The rest of the product imports nothing from this package: it is a
peer on the other end of the wire, and only the wire connects the two.
"""
