"""Marks messages for translation where they are declared; the words are made when the answer is."""


def _(message: str) -> str:
    """The message as it is."""
    return message
