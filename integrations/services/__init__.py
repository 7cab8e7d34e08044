"""The engine's acts. Pages, the API and other packages call these and nothing below them."""
