"""Kronos Workforce Central payroll."""
