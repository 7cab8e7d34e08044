"""Planning ahead: from a block or a pattern to the edits that a draft needs. Reads the database and writes nothing.

``services.blocks``, ``services.patterns`` and ``services.handover`` are the doors for callers.
"""
