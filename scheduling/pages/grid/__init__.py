"""The schedule grid and its Select panel."""
