"""The one error that the commands turn into a plain message instead of a traceback."""


class EmbeddedError(RuntimeError):
    """Something on this machine stands in the way; the text says what, where, and what to do about it."""
