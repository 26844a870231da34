"""Jinja templates of whole pages."""
