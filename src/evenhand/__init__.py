"""Evenhand: customer service in which nobody has to shout, and the proof that it is so."""

__version__ = "0.1.0"
