"""Schedule backup: workbook and CSV for an outage."""
