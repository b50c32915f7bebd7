"""Purchases from elsewhere, out of a CSV file: read, staged in a temporary table, booked through `points.purchases`."""
