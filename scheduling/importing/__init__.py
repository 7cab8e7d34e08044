"""From what a roster file says to what becomes of a draft: who and what is meant, what would change, and the writing.

``scheduling.roster`` reads files and knows no database; ``scheduling.services.roster_import`` is the door for callers.
"""
