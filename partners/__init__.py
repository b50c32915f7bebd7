"""Shops and those who run the coalition: contracts, catalogue, tills and the API they speak."""
