"""Checks of printed numbers against each other, one module a kind of number."""
