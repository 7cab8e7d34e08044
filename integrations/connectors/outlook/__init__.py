"""Outlook: published shifts in people's calendars, through Microsoft Graph."""
