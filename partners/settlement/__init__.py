"""What partners owe each other: periods closed, runs released, papers, cash, and the proof that nothing was changed."""
