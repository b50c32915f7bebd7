"""Twenty processes at the tills at once, then the audit."""
