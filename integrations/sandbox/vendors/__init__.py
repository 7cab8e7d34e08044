"""One folder per vendor; its module ``vendor`` names the class as ``VENDOR``."""
