"""The domain: people, departments, assignments, schedules, shifts, publications."""
