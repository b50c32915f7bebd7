"""A coalition on paper: a file, played through the real use-cases in throwaway books, and what came out."""
