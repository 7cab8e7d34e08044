"""Microsoft Graph: sign-in and calendars, as strict as the service is known to be."""
