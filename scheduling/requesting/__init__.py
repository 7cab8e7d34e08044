"""Requests as values: their kinds, the windows in which they are taken, and the rules that answer. Pure: no database, no clock."""
