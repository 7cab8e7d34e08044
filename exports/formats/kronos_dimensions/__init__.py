"""Kronos Workforce Dimensions (UKG Pro WFM) payroll."""
