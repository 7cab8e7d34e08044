"""Reading rosters out of CSV and Excel files: pure functions over bytes, local dates and wall times.

Nothing here knows the database. ``read`` turns a file into a ``Sheet``; ``parse`` turns a sheet into
entries and issues; the import service decides what becomes of them.
"""
