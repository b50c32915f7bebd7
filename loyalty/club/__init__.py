"""Opinions about members that follow from the books: tier and club. Never writes a fact."""
