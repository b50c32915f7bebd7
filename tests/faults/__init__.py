"""Processes killed in the middle: what was acknowledged stands, what was not is wholly there or wholly absent."""
