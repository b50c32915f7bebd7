"""Members, their cards, PINs and names: facts about people. It knows no points and commits nothing."""
