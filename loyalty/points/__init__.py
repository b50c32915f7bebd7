"""Points: the ledger and everything that moves it. Facts only; it never asks what anybody thinks of them."""
