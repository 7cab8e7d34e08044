"""The schedulers' pages: thin views that read selectors, call services, and draw."""
