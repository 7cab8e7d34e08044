"""The demo health system: Alder Bay Health, deterministic, filled through the product's own services."""
