"""The arithmetic of the coalition: frozen values in, frozen values out. No database, no clock, no random."""
