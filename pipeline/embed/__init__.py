"""Vectors of a frozen encoder, computed once per content."""
